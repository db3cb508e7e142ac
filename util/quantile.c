// SPDX-License-Identifier: GPL-2.0-or-later
#include "quantile.h"

#include <math.h>
#include <stdlib.h>

int quantile_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void quantile_sort(double *x, size_t n)
{
	qsort(x, n, sizeof(*x), quantile_compare);
}

/* Puts the value that is number @k by size at x[k]: none before it is greater, none after less. */
static void place(double *x, size_t n, size_t k)
{
	size_t low = 0, high = n - 1, i, j;
	double pivot, t;

	while (low < high) {
		pivot = x[low + (high - low) / 2];
		for (i = low, j = high;; i++, j--) {
			for (; x[i] < pivot; i++)
				;
			for (; x[j] > pivot; j--)
				;
			if (i >= j)
				break;
			t = x[i];
			x[i] = x[j];
			x[j] = t;
		}
		if (k <= j)
			high = j;
		else
			low = j + 1;
	}
}

double quantile_of(double *x, size_t n, double q)
{
	double at = q * (double)(n - 1), whole = floor(at), next;
	size_t i = (size_t)whole, k;

	place(x, n, i);
	if (i + 1 == n)
		return x[i];
	for (next = x[i + 1], k = i + 2; k < n; k++)
		next = fmin(next, x[k]);
	return x[i] + (at - whole) * (next - x[i]);
}
