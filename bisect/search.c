// SPDX-License-Identifier: GPL-2.0-or-later
#include "search.h"

#include <errno.h>
#include <stdlib.h>

int search_init(struct search *s, size_t nr)
{
	*s = (struct search){ .nr = nr, .first_bad = nr - 1 };
	s->side = calloc(nr, sizeof(*s->side));
	if (!s->side)
		return -ENOMEM;
	s->side[0] = SIDE_GOOD;
	s->side[nr - 1] = SIDE_BAD;
	return 0;
}

void search_free(struct search *s)
{
	free(s->side);
	s->side = NULL;
}

void search_tell(struct search *s, size_t i, enum side side)
{
	s->side[i] = side;
	if (side == SIDE_GOOD)
		s->last_good = i;
	else if (side == SIDE_BAD)
		s->first_bad = i;
}

size_t search_between(const struct search *s, enum side side)
{
	size_t n = 0;

	for (size_t i = s->last_good + 1; i < s->first_bad; i++)
		n += s->side[i] == side;
	return n;
}

/*
 * Neighbours of a point that does not build tend not to build either. So the search goes on a
 * quarter of the way from the outermost of them to the end of the longer side: far enough to leave
 * a broken stretch soon, near enough to halve what is left.
 */
static bool beside_skips(const struct search *s, size_t *i)
{
	size_t low = s->last_good + 1, high = s->first_bad - 1, left, right;

	while (s->side[low] != SIDE_SKIP)
		low++;
	while (s->side[high] != SIDE_SKIP)
		high--;
	left = low - s->last_good - 1;
	right = s->first_bad - high - 1;
	if (!left && !right)
		return false;
	*i = left >= right ? low - 1 - left / 4 : high + 1 + right / 4;
	return true;
}

/* Between points that do not build: the middle of the longest gap. */
static bool among_skips(const struct search *s, size_t *i)
{
	size_t longest = 0, gap = 0;

	for (size_t at = s->last_good + 1; at < s->first_bad; at++) {
		gap = s->side[at] == SIDE_UNKNOWN ? gap + 1 : 0;
		if (gap > longest) {
			longest = gap;
			*i = at - gap / 2;
		}
	}
	return longest;
}

bool search_next(const struct search *s, size_t *i)
{
	size_t skips = search_between(s, SIDE_SKIP);

	if (skips >= SEARCH_MAX_SKIPS || !search_between(s, SIDE_UNKNOWN))
		return false;
	*i = s->last_good + (s->first_bad - s->last_good) / 2;
	if (s->side[*i] == SIDE_UNKNOWN)
		return true;
	return beside_skips(s, i) || among_skips(s, i);
}

unsigned int search_steps_left(const struct search *s)
{
	unsigned int steps = 0;

	for (size_t n = s->first_bad - s->last_good; n > 1; n -= n / 2)
		steps++;
	return steps;
}
