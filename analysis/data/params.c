// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "data.h"

static bool has_param(const char *params, const char *param, size_t len)
{
	while (*params) {
		size_t own = strcspn(params, " ");

		if (own == len && !strncmp(params, param, len))
			return true;
		params += own;
		params += *params == ' ';
	}
	return false;
}

static bool is_common(const struct dataset *ds, const bool *in, const char *param, size_t len)
{
	size_t g;

	for (g = 0; g < ds->nr_groups; g++)
		if ((!in || in[g]) && !has_param(ds->groups[g].params, param, len))
			return false;
	return true;
}

/* Has @params this parameter, with this value or another? */
static bool has_key(const char *params, const char *param)
{
	size_t len = strcspn(param, "= ") + 1;

	while (*params) {
		if (!strncmp(params, param, len))
			return true;
		params += strcspn(params, " ");
		params += *params == ' ';
	}
	return false;
}

static bool case_has_key(const struct dataset *ds, const char *case_name, const char *param)
{
	for (size_t g = 0; g < ds->nr_groups; g++)
		if (!strcmp(ds->groups[g].case_name, case_name) &&
		    has_key(ds->groups[g].params, param))
			return true;
	return false;
}

/* The same in all groups of several cases, and none of the others: it tells no two groups apart. */
static bool is_shared(const struct dataset *ds, const bool *in, const char *param, size_t len)
{
	const char *one = NULL;
	bool several = false;

	for (size_t g = 0; g < ds->nr_groups; g++) {
		const struct group *group = &ds->groups[g];

		if (in && !in[g])
			continue;
		if (!has_param(group->params, param, len)) {
			if (case_has_key(ds, group->case_name, param))
				return false;
			continue;
		}
		several |= one && strcmp(one, group->case_name);
		one = group->case_name;
	}
	return several;
}

char *params_select_in(const struct dataset *ds, const bool *in, const char *params, bool common)
{
	char *out = calloc(1, strlen(params) + 2);
	size_t len;

	for (; out && *params; params += len) {
		params += *params == ' ';
		len = strcspn(params, " ");
		if (is_common(ds, in, params, len) != common ||
		    (!common && is_shared(ds, in, params, len)))
			continue;
		if (*out)
			strcat(out, " ");
		strncat(out, params, len);
	}
	return out;
}

char *params_select(const struct dataset *ds, const char *params, bool common)
{
	return params_select_in(ds, NULL, params, common);
}
