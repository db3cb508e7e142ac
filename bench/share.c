// SPDX-License-Identifier: GPL-2.0-or-later
#include "share.h"

#include <stddef.h>

/* What two readings of the clock, and an interrupt between them and the ledger's, may cost. */
#define READING		2000u

struct share share_between(uint64_t start, const struct ledger_sums *from, uint64_t end,
			   const struct ledger_sums *to, uint64_t driver, bool told)
{
	struct share s = { .ticks = end - start, .told = told };

	if (!told)
		return s;
	s.module = to->module - from->module;
	s.waiting = to->waiting - from->waiting;
	s.driver = driver;
	return s;
}

static uint64_t others(const struct share *s)
{
	return s->module + s->waiting + s->driver;
}

uint64_t share_kernel(const struct share *s)
{
	return s->ticks > others(s) ? s->ticks - others(s) : 0;
}

const char *share_fault(const struct share *s, uint64_t counted)
{
	if (!s->told)
		return NULL;
	if (others(s) > s->ticks + READING)
		return "module, waiting and driver have more than the clock";
	if (counted && s->module > counted + READING)
		return "the ledger has more for the module than the module's counter";
	if (counted && !s->module)
		return "the ledger stands still while the module's counter does not";
	return NULL;
}
