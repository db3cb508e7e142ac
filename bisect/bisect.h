/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `septbench bisect`: which commit, which patch of a series, which value of an option. It stands
 * above lab and analysis and uses both: a search must build and boot, which analysis never does.
 */
#ifndef BISECT_BISECT_H
#define BISECT_BISECT_H

/*
 * The verb. 0: found and confirmed; 3: no answer (the ends do not differ, only a range could be
 * named, ...); 2 usage; 4 cannot run here. With --step what `git bisect run` wants: 0 good, 1 bad,
 * 125 skip, 255 abort.
 */
int cmd_bisect(int argc, char **argv);

#endif
