// SPDX-License-Identifier: GPL-2.0-or-later
/* `septbench try`: from a patch to the table. */
#include "try.h"

#include <analysis/analysis.h>
#include <bench/fatal.h>
#include <lab/lab.h>
#include <stddef.h>

int cmd_try(int argc, char **argv)
{
	struct lab_tried tried;
	int measured = lab_try(argc, argv, &tried), verdict;
	char *compare[] = { (char *)"compare", tried.out, (char *)"--base", tried.base, NULL };

	if (tried.help || !*tried.out)
		return measured;
	verdict = cmd_compare(4, compare);
	complain(0, "result file: %s", tried.out);
	/* A regression that was seen is one, whatever else went wrong. */
	return verdict ? verdict : measured;
}
