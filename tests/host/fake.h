/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine made of plain files, in a folder of the test's own that SEPTBENCH_ROOT names. */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#define FAKE_CPU "/sys/devices/system/cpu/"

void fake_machine(void);		/* an empty one */
void fake_end(void);			/* and its end: a test's .fini */
void fake_file(const char *path, const char *text);
const char *fake_read(const char *path);	/* static buffer; "" for no such file */

/* Two CPUs in the state that a distribution leaves them in: powersave, turbo, deep C-states. */
void fake_untuned(void);

/* Are the files of fake_untuned() as it made them? */
void fake_expect_untuned(void);

#endif
