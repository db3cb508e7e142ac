// SPDX-License-Identifier: GPL-2.0-or-later
#include "serial.h"

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR };

#define LCR_DLAB	0x80
#define MCR_LOOP	0x10
#define LSR_EMPTY	0x60	/* ready to send */
#define IIR_NONE	0x01
#define IIR_FIFO	0xc0
#define MSR_THERE	0xb0	/* carrier, data set ready, clear to send */

/* In loopback, by which Linux finds the chip, the modem's inputs are its own outputs. */
static uint8_t modem_status(const struct serial *s)
{
	if (!(s->mcr & MCR_LOOP))
		return MSR_THERE;
	return (uint8_t)((s->mcr & 0x0c) << 4 | (s->mcr & 0x02) << 3 | (s->mcr & 0x01) << 5);
}

uint8_t serial_read(struct serial *s, unsigned int reg)
{
	switch (reg) {
	case DATA:
		return s->lcr & LCR_DLAB ? s->dll : 0;
	case IER:
		return s->lcr & LCR_DLAB ? s->dlm : s->ier;
	case IIR:
		return s->fcr & 1 ? IIR_NONE | IIR_FIFO : IIR_NONE;
	case LCR:
		return s->lcr;
	case MCR:
		return s->mcr;
	case LSR:
		return LSR_EMPTY;
	case MSR:
		return modem_status(s);
	default:
		return s->scr;
	}
}

static void send(struct serial *s, uint8_t c)
{
	if (c == '\r')
		return;
	if (c != '\n')
		s->line[s->len++] = (char)c;
	if (c == '\n' || s->len == SERIAL_LINE - 1) {
		s->line[s->len] = 0;
		s->len = 0;
		s->said(s->arg, s->line);
	}
}

void serial_write(struct serial *s, unsigned int reg, uint8_t v)
{
	switch (reg) {
	case DATA:
		if (s->lcr & LCR_DLAB)
			s->dll = v;
		else
			send(s, v);
		break;
	case IER:
		if (s->lcr & LCR_DLAB)
			s->dlm = v;
		else
			s->ier = v & 15;
		break;
	case IIR:
		s->fcr = v;
		break;
	case LCR:
		s->lcr = v;
		break;
	case MCR:
		s->mcr = v & 0x1f;
		break;
	case SCR:
		s->scr = v;
		break;
	}
}
