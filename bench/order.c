// SPDX-License-Identifier: GPL-2.0-or-later
#include "order.h"

#include <util/random.h>

/* Fisher and Yates. */
static void shuffle(uint32_t *a, size_t n, uint64_t seed)
{
	for (size_t i = n; i > 1; i--) {
		uint32_t j = random_below(&seed, (uint32_t)i);
		uint32_t t = a[i - 1];

		a[i - 1] = a[j];
		a[j] = t;
	}
}

size_t order_count(enum order_layout layout, size_t pages, unsigned int nr, unsigned int index)
{
	if (layout == ORDER_SAME)
		return pages;
	/* Both ways of sharing out give the first (pages % nr) vCPUs one more. */
	return pages / nr + (index < pages % nr);
}

static size_t first_page(size_t pages, unsigned int nr, unsigned int index)
{
	size_t longer = index < pages % nr ? index : pages % nr;

	return index * (pages / nr) + longer;
}

void order_fill(uint32_t *out, enum order_layout layout, size_t pages, unsigned int nr,
		unsigned int index, uint64_t seed)
{
	size_t n = order_count(layout, pages, nr, index);
	size_t first = layout == ORDER_SAME ? 0 : first_page(pages, nr, index);

	for (size_t i = 0; i < n; i++)
		out[i] = (uint32_t)(layout == ORDER_INTERLEAVED ? index + i * nr : first + i);
	if (layout != ORDER_INTERLEAVED)
		shuffle(out, n, layout == ORDER_SAME ? seed : seed + index);
}
