// SPDX-License-Identifier: GPL-2.0-or-later
#include "septcount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fatal.h"

#define SEPTCOUNT_DIR	"/sys/kernel/debug/septcount"

static int window = -1;

static void write_window(const char *on)
{
	if (window < 0)
		window = open(SEPTCOUNT_DIR "/window", O_WRONLY | O_CLOEXEC);
	if (window >= 0 && write(window, on, 1) != 1)
		die(SEPTCOUNT_DIR "/window: %s", strerror(errno));
}

void septcount_begin(void)
{
	write_window("1");
}

void septcount_end(void)
{
	write_window("0");
}

int septcount_add_counters(struct counters *cs)
{
	return window < 0 ? 0 : counters_add_file(cs, SEPTCOUNT_DIR "/counters");
}

void septcount_close(void)
{
	if (window >= 0)
		close(window);
	window = -1;
}
