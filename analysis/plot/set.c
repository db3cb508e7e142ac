// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Result files made ready for drawing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"

static int read_file(struct plot_set *s, const char *path)
{
	struct record_file *f, *first;
	int status = record_read(path, &f, stderr);

	if (!f)
		return status;
	s->unsound |= status != 0;
	s->files[s->nr_files++] = f;
	first = s->files[0];
	if (!strcmp(f->run.substrate, first->run.substrate) &&
	    !strcmp(f->run.clock, first->run.clock))
		return 0;
	fprintf(stderr,
		"septbench %s: %s has substrate %s and clock %s, %s has %s and %s; %s them apart\n",
		s->verb, f->path, f->run.substrate, f->run.clock, first->path,
		first->run.substrate, first->run.clock, s->verb);
	return 3;
}

static int read_files(struct plot_set *s, char *const *paths, size_t nr)
{
	size_t i;
	int err = 0;

	s->files = calloc(nr, sizeof(*s->files));
	if (!s->files)
		return -ENOMEM;
	for (i = 0; i < nr && !err; i++)
		err = read_file(s, paths[i]);
	return err;
}

static char *arm_label(const struct plot_set *s, const struct arm *a)
{
	const char *file = strrchr(a->file->path, '/');
	char *label = NULL;
	size_t i;

	file = file ? file + 1 : a->file->path;
	for (i = 0; i < s->ds->nr_arms; i++)
		if (&s->ds->arms[i] != a && !strcmp(s->ds->arms[i].variant, a->variant))
			return asprintf(&label, "%s (%s)", a->variant, file) < 0 ? NULL : label;
	return strdup(a->variant);
}

/* The first arm of the variant; without --base: upstream, if it is there. */
static int find_base(const struct plot_set *s, const char *wanted, size_t *base)
{
	const char *variant = wanted ? wanted : "freeze";

	for (*base = 0; *base < s->ds->nr_arms; ++*base)
		if (!strcmp(s->ds->arms[*base].variant, variant))
			return 0;
	*base = 0;
	if (!wanted)
		return 0;
	fprintf(stderr, "septbench %s: no variant %s in the files\n", s->verb, wanted);
	return 2;
}

/* The base first, those of its variant in other files next, the others as they come. */
static int order_arms(struct plot_set *s, size_t base)
{
	size_t i, nr = 0, pass;

	s->order = calloc(s->ds->nr_arms + 1, sizeof(*s->order));
	s->labels = calloc(s->ds->nr_arms + 1, sizeof(*s->labels));
	if (!s->order || !s->labels)
		return -ENOMEM;
	if (!s->ds->nr_arms)
		return 0;
	s->order[nr++] = base;
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < s->ds->nr_arms; i++)
			if (i != base && !strcmp(s->ds->arms[i].variant,
						 s->ds->arms[base].variant) == !pass)
				s->order[nr++] = i;
	for (i = 0; i < nr; i++) {
		s->labels[i] = arm_label(s, &s->ds->arms[s->order[i]]);
		if (!s->labels[i])
			return -ENOMEM;
	}
	return 0;
}

static int build_table(struct plot_set *s)
{
	size_t nr = s->ds->nr_arms, *others;

	if (nr < 2)
		return 0;
	others = calloc(nr, sizeof(*others));
	if (!others)
		return -ENOMEM;
	memcpy(others, s->order + 1, (nr - 1) * sizeof(*others));
	return table_build(&s->table, s->ds, s->order[0], others, nr - 1);
}

int plot_set_adopt(struct plot_set *s, const char *verb, const struct dataset *ds, size_t base)
{
	int err;

	*s = (struct plot_set){ .verb = verb, .ds = ds };
	err = order_arms(s, base);
	return err ? err : build_table(s);
}

int plot_set_open(struct plot_set *s, const char *verb, char *const *paths, size_t nr_paths,
		  const char *wanted)
{
	size_t base = 0;
	int err;

	*s = (struct plot_set){ .verb = verb };
	err = read_files(s, paths, nr_paths);
	if (err)
		return err;
	s->ds = s->own = dataset_build(s->files, s->nr_files, NULL);
	err = s->ds ? find_base(s, wanted, &base) : -ENOMEM;
	if (!err)
		err = order_arms(s, base);
	return err ? err : build_table(s);
}

void plot_set_close(struct plot_set *s)
{
	size_t i;

	for (i = 0; s->labels && i < s->ds->nr_arms; i++)
		free(s->labels[i]);
	free(s->labels);
	free(s->order);
	table_clear(&s->table);
	dataset_free(s->own);
	for (i = 0; i < s->nr_files; i++)
		record_file_free(s->files[i]);
	free(s->files);
}
