// SPDX-License-Identifier: GPL-2.0-or-later
#include "order.h"

uint64_t order_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

uint32_t order_random_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((unsigned __int128)order_random(state) * n >> 64);
}

/* Fisher and Yates. */
static void shuffle(uint32_t *a, size_t n, uint64_t seed)
{
	for (size_t i = n; i > 1; i--) {
		uint32_t j = order_random_below(&seed, (uint32_t)i);
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
