/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A promise of the reader's header. */
static inline void insist(bool sound, const char *what)
{
	if (sound)
		return;
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

/* Whole lines, with nothing in them that steers a terminal. */
static inline void insist_printable(const char *said)
{
	const char *at;

	for (at = said; *at; at++) {
		insist((unsigned char)*at >= ' ' || *at == '\n', "a control character");
		insist(*at != 0x7f && !(*at == '\xc2' && (at[1] & 0xe0) == 0x80), "a control character");
	}
	insist(at == said || at[-1] == '\n', "a message without end");
}

/* libFuzzer's entry: one input. Returns 0, or does not return. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
