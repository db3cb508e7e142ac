// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "lab.h"

#define MAX_WORDS	64
#define MAX_ARGS	8192	/* 32 variants' worth of lists and then some */

_Noreturn void lab_guest(void)
{
	static char line[MAX_ARGS], *argv[MAX_WORDS + 1] = { (char *)"septbench" };
	FILE *f = fopen(LAB_GUEST_ARGS, "re");
	char *rest = line, *word;
	int argc = 1;

	/* Without the file there are no words, and init says what it misses. */
	if (f && fgets(line, sizeof(line), f))
		line[strcspn(line, "\n")] = 0;
	if (f)
		fclose(f);
	while (argc < MAX_WORDS && (word = strsep(&rest, " ")))
		if (*word)
			argv[argc++] = word;
	bench_guest_init(argc, argv);
	abort();
}
