/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verbs that work on result files alone. argv[0] is the verb's name. Data goes to stdout, messages
 * to stderr, the return value is the exit status: 0 no regression, 1 regression, 2 usage, 3
 * invalid, 4 cannot run here.
 */
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

/* compare FILE [FILE2]: the mail table, and whether anything got worse. */
int cmd_compare(int argc, char **argv);

/* explain FILE [FILE2]: which functions the difference is in. */
int cmd_explain(int argc, char **argv);

/* plot FILE...: pictures and the gnuplot scripts that draw them. */
int cmd_plot(int argc, char **argv);

/* gate FILE: may tonight's results pass, against the nights before and the agreed values? */
int cmd_gate(int argc, char **argv);

/* trend: where the history changed. */
int cmd_trend(int argc, char **argv);

/* export FORMAT FILE...: results in the formats of other tools. */
int cmd_export(int argc, char **argv);

/* report FILE [FILE2]: one page of HTML with verdict, tables, pictures, environment. */
int cmd_report(int argc, char **argv);

/* validate FILE...: published figures beside what the model makes of the counts, in Markdown. */
int cmd_validate(int argc, char **argv);

#endif
