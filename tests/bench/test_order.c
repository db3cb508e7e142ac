// SPDX-License-Identifier: GPL-2.0-or-later
/* Page orders are what they promise, for any size and seed. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"

#define MAX_PAGES	2000

static unsigned int visits[MAX_PAGES];

/* Fills all lists of @nr vCPUs and counts how often each page occurs. */
static void visit_all(enum order_layout layout, size_t pages, unsigned int nr, uint64_t seed)
{
	static uint32_t list[MAX_PAGES];

	memset(visits, 0, sizeof(visits));
	for (unsigned int i = 0; i < nr; i++) {
		size_t n = order_count(layout, pages, nr, i);

		cr_assert_leq(n, pages);
		order_fill(list, layout, pages, nr, i, seed);
		for (size_t j = 0; j < n; j++) {
			cr_assert_lt(list[j], pages);
			visits[list[j]]++;
		}
	}
}

static void check_visits(size_t pages, unsigned int want)
{
	for (size_t i = 0; i < pages; i++)
		cr_assert_eq(visits[i], want, "page %zu of %zu occurs %u times", i, pages,
			     visits[i]);
}

Test(order, every_page_once)
{
	srandom(7);
	for (int round = 0; round < 300; round++) {
		unsigned int nr = 1 + (unsigned int)random() % 64;
		size_t pages = nr + (size_t)random() % (MAX_PAGES - nr);
		uint64_t seed = (uint64_t)random();

		visit_all(ORDER_DISJOINT, pages, nr, seed);
		check_visits(pages, 1);
		visit_all(ORDER_INTERLEAVED, pages, nr, seed);
		check_visits(pages, 1);
		visit_all(ORDER_SAME, pages, nr, seed);
		check_visits(pages, nr);
	}
}

Test(order, disjoint_parts_are_contiguous)
{
	uint32_t list[100];
	uint32_t next = 0;

	for (unsigned int i = 0; i < 3; i++) {
		size_t n = order_count(ORDER_DISJOINT, 100, 3, i);
		uint32_t min = UINT32_MAX, max = 0;

		order_fill(list, ORDER_DISJOINT, 100, 3, i, 1);
		for (size_t j = 0; j < n; j++) {
			min = list[j] < min ? list[j] : min;
			max = list[j] > max ? list[j] : max;
		}
		cr_assert_eq(min, next);
		cr_assert_eq(max - min + 1, n);
		next = max + 1;
	}
	cr_assert_eq(next, 100);
}

Test(order, interleaved_is_ascending_by_the_number_of_vcpus)
{
	uint32_t list[10];

	order_fill(list, ORDER_INTERLEAVED, 10, 3, 1, 5);
	cr_assert_eq(order_count(ORDER_INTERLEAVED, 10, 3, 1), 3);
	cr_assert_eq(list[0], 1);
	cr_assert_eq(list[1], 4);
	cr_assert_eq(list[2], 7);
}

Test(order, same_is_the_same_for_all)
{
	uint32_t a[50], b[50];

	order_fill(a, ORDER_SAME, 50, 4, 0, 9);
	order_fill(b, ORDER_SAME, 50, 4, 3, 9);
	cr_assert_arr_eq(a, b, sizeof(a));
}

Test(order, the_seed_decides)
{
	uint32_t a[50], b[50];

	order_fill(a, ORDER_DISJOINT, 50, 1, 0, 9);
	order_fill(b, ORDER_DISJOINT, 50, 1, 0, 9);
	cr_assert_arr_eq(a, b, sizeof(a));
	order_fill(b, ORDER_DISJOINT, 50, 1, 0, 10);
	cr_assert_neq(memcmp(a, b, sizeof(a)), 0);
}

/* Each of the 6 orders of 3 pages comes up: a shuffle that forgets some would not. */
Test(order, all_permutations_occur)
{
	unsigned int seen = 0;

	for (uint64_t seed = 0; seed < 200; seed++) {
		uint32_t a[3];

		order_fill(a, ORDER_DISJOINT, 3, 1, 0, seed);
		seen |= 1u << (a[0] * 3 + a[1]);
	}
	cr_assert_eq(__builtin_popcount(seen), 6);
}
