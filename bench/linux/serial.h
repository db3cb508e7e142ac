/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one device of a Linux guest: a 16550 at COM1 that takes what is sent to it, line by line. It
 * receives nothing and interrupts nobody.
 */
#ifndef BENCH_LINUX_SERIAL_H
#define BENCH_LINUX_SERIAL_H

#include <stddef.h>
#include <stdint.h>

#define SERIAL_PORT	0x3f8
#define SERIAL_PORTS	8
#define SERIAL_LINE	256	/* longer lines are cut into several */

struct serial {
	uint8_t ier, lcr, mcr, scr, dll, dlm, fcr;
	char line[SERIAL_LINE];
	size_t len;
	void (*said)(void *arg, const char *line);	/* a whole line, without its end */
	void *arg;
};

/* @reg: 0..7. */
uint8_t serial_read(struct serial *s, unsigned int reg);
void serial_write(struct serial *s, unsigned int reg, uint8_t value);

#endif
