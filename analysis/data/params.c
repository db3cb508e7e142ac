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

char *params_select_in(const struct dataset *ds, const bool *in, const char *params, bool common)
{
	char *out = calloc(1, strlen(params) + 2);
	size_t len;

	for (; out && *params; params += len) {
		params += *params == ' ';
		len = strcspn(params, " ");
		if (is_common(ds, in, params, len) != common)
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
