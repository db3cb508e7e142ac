// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/plot/plot.h"
#include "trend.h"

#define NIGHT_LABEL	16

/* The part of a key before its last slash but one, and what stands between the two. */
static char *variant_of(const char *key)
{
	const char *end = strrchr(key, '/'), *start = end;

	if (!end)
		return strdup(key);
	while (start > key && start[-1] != '/')
		start--;
	return strndup(start, (size_t)(end - start));
}

static char *picture_name(const char *key)
{
	char *name = NULL, *p;

	if (asprintf(&name, "history-%s", key) < 0)
		return NULL;
	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '.' && *p != '_')
			*p = '-';
	return name;
}

/* Dates are short enough for an axis; names without one stand as they are. */
static void label_night(char label[NIGHT_LABEL], const char *name)
{
	char stamp[STORE_STAMP];

	store_stamp(name, stamp);
	if (*stamp)
		snprintf(label, NIGHT_LABEL, "%.4s-%.2s-%.2s", stamp, stamp + 4, stamp + 6);
	else
		snprintf(label, NIGHT_LABEL, "%s", name);
}

static int write_script(FILE *out, const struct history *h, const struct series *s,
			const double *v, const char *base, const struct gp_change *changes,
			size_t nr, const char *name)
{
	struct gp_night *nights = calloc(h->nr_nights + 1, sizeof(*nights));
	char (*labels)[NIGHT_LABEL] = calloc(h->nr_nights + 1, sizeof(*labels));
	char *variant = variant_of(s->key), *unit = NULL, *caption = NULL;
	struct gp_history g = { .title = s->key, .variant = variant, .nights = nights,
				.nr_nights = h->nr_nights, .changes = changes, .nr_changes = nr,
				.host = "" };
	size_t measured = 0, i;
	int err = nights && labels && variant ? 0 : -ENOMEM;

	for (i = 0; i < h->nr_nights && !err; i++) {
		label_night(labels[i], h->nights[i].name);
		nights[i] = (struct gp_night){ .label = labels[i], .v = v[i], .low = NAN,
					       .high = NAN };
		measured += !isnan(v[i]);
	}
	if (!err && (asprintf(&caption, "%zu of %zu nights", measured, h->nr_nights) < 0 ||
		     asprintf(&unit, s->ratio ? "ratio to %s" : "%s", s->ratio ? base : s->unit) <
			     0))
		err = -ENOMEM;
	g.unit = unit;
	g.caption = caption;
	g.caveat = strncmp(s->key, "soft/", 5) ? "" : "Software TDX module under KVM's own code: "
						      "not TDX hardware.";
	if (!err && !gp_history(out, &g, name))
		err = -EIO;
	free(nights);
	free(labels);
	free(variant);
	free(unit);
	free(caption);
	return err;
}

static int draw(const char *dir, const char *name, const char *text, size_t len)
{
	int err = plot_draw("trend", dir, name, text, len);

	if (!err)
		printf("  %s/%s.svg\n  %s/%s.png\n  %s/%s.gp\n", dir, name, dir, name, dir, name);
	return err;
}

int trend_plot(const char *dir, const struct history *h, size_t series, const char *base,
	       const struct trend_change *changes, const bool *accepted, size_t nr)
{
	struct gp_change *marks = calloc(nr + 1, sizeof(*marks));
	char *name = picture_name(h->series[series].key), *text = NULL;
	size_t len, i;
	FILE *out = name && marks ? open_memstream(&text, &len) : NULL;
	int err = -ENOMEM;

	for (i = 0; out && i < nr; i++)
		marks[i] = (struct gp_change){ .at = changes[i].at, .acknowledged = accepted[i] };
	if (out) {
		err = write_script(out, h, &h->series[series], h->v + series * h->nr_nights, base,
				   marks, nr, name);
		if (fclose(out) && !err)
			err = -ENOMEM;
	}
	if (!err)
		err = draw(dir, name, text, len);
	free(marks);
	free(name);
	free(text);
	return err;
}
