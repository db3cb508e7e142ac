// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where and how it was measured.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "report.h"

#define SHORT_HASH	12	/* digits name a patch or a build as well as all of them */

const char *report_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_hash(const char *value)
{
	size_t len = strspn(value, "0123456789abcdef");

	return len >= 32 && !value[len];
}

static void put_fact(FILE *out, const char *name, const char *value)
{
	fputs("<tr><th scope=\"row\">", out);
	report_text(out, "%s", name);
	fputs("</th><td>", out);
	report_text(out, "%.*s", is_hash(value) ? SHORT_HASH : 1 << 16, value);
	fputs("</td></tr>\n", out);
}

static void open_table(FILE *out, const char *what)
{
	fputs("<table class=\"env\">\n<caption>", out);
	report_text(out, "%s", what);
	fputs("</caption>\n<tbody>\n", out);
}

static void close_table(FILE *out)
{
	fputs("</tbody>\n</table>\n", out);
}

/* Objects inside objects get names with dots. @apart: shown elsewhere. */
static int put_env(FILE *out, const char *prefix, struct json_object *env,
		   bool (*apart)(const char *name))
{
	int err = 0;

	json_object_object_foreach(env, key, value) {
		char *name = NULL;

		if (err || (apart && apart(key)))
			continue;
		if (asprintf(&name, "%s%s%s", prefix, *prefix ? "." : "", key) < 0)
			return -ENOMEM;
		if (json_object_is_type(value, json_type_object))
			err = put_env(out, name, value, NULL);
		else
			put_fact(out, name, value ? json_object_get_string(value) : "-");
		free(name);
	}
	return err;
}

static bool stands_apart(const char *name)
{
	return !strcmp(name, "variants") || !strcmp(name, "qemu_args");
}

static int put_variants(FILE *out, struct json_object *env)
{
	struct json_object *variants;
	int err = 0;

	if (!json_object_object_get_ex(env, "variants", &variants) ||
	    !json_object_is_type(variants, json_type_object))
		return 0;
	json_object_object_foreach(variants, name, facts) {
		if (err || !json_object_is_type(facts, json_type_object))
			continue;
		open_table(out, name);
		err = put_env(out, "", facts, NULL);
		close_table(out);
	}
	return err;
}

static int put_file(FILE *out, const struct record_file *f)
{
	struct json_object *env = NULL;
	const char *qemu = record_env(f, "qemu_args", "");
	char seed[24];
	int err = 0;

	snprintf(seed, sizeof(seed), "%" PRIu64, f->run.seed);
	open_table(out, report_basename(f->path));
	put_fact(out, "septbench", f->run.version);
	put_fact(out, "substrate", f->run.substrate);
	put_fact(out, "clock", f->run.clock);
	put_fact(out, "cost profile", f->run.profile);
	put_fact(out, "kernel flavour", f->run.flavour);
	put_fact(out, "seed", seed);
	if (json_object_object_get_ex(f->json, "env", &env))
		err = put_env(out, "", env, stands_apart);
	close_table(out);
	if (env && !err)
		err = put_variants(out, env);
	if (*qemu) {
		fputs("<details>\n<summary>QEMU's command line</summary>\n<p><small>", out);
		report_text(out, "%s", qemu);
		fputs("</small></p>\n</details>\n", out);
	}
	return err;
}

int report_environment(FILE *out, const struct report *r)
{
	const struct dataset *ds = r->ds;
	size_t i;
	int err = 0;

	fputs("<section aria-labelledby=\"environment\">\n<h2 id=\"environment\">Environment</h2>\n",
	      out);
	for (i = 0; i < ds->nr_arms && !err; i++)
		if (!i || ds->arms[i].file != ds->arms[i - 1].file)
			err = put_file(out, ds->arms[i].file);
	fputs("</section>\n", out);
	return err;
}
