// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `lab --exec`: programs of somebody's own over softtdx, under the modules of each variant. The
 * guest's side is bench/guest_exec.c; between the two go lines of text, by the port that is the
 * results' otherwise.
 */
#include "exec.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <util/file.h>

#include "fatal.h"
#include "guest_exec.h"
#include "state.h"

#define MAX_PROGRAM	(256u << 20)

const char *exec_refuse(const void *file, size_t len)
{
	const unsigned char *f = file;
	Elf64_Ehdr e;
	Elf64_Phdr p;

	if (len < sizeof(e) || memcmp(f, ELFMAG, SELFMAG))
		return "not an ELF file: no program, or a script, which there is no shell for";
	memcpy(&e, f, sizeof(e));
	if (e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_machine != EM_X86_64)
		return "not an ELF file for x86-64";
	if ((e.e_type != ET_EXEC && e.e_type != ET_DYN) || e.e_phentsize != sizeof(p))
		return "an ELF file, but not one that can be executed";
	for (unsigned int i = 0; i < e.e_phnum; i++) {
		if (e.e_phoff > len || sizeof(p) * (i + 1ull) > len - e.e_phoff)
			return "its ELF program headers lie beyond its end";
		memcpy(&p, f + e.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type == PT_INTERP)
			return "not static: it wants a loader and libraries, which the guest has not; "
			       "link it with -static";
	}
	return NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int check_file(const char *file)
{
	struct stat st;
	const char *why;
	size_t len;
	char *text;

	if (stat(file, &st))
		return complain(BENCH_CANNOT, "--exec %s: %s", file, strerror(errno));
	if (!S_ISREG(st.st_mode) || access(file, X_OK))
		return complain(BENCH_CANNOT, "--exec %s: not executable", file);
	if (!bench_is_name(base_name(file)))
		return complain(BENCH_CANNOT,
				"--exec %s: its name is to be of letters, digits and ._-, shorter than %d",
				file, BENCH_NAME_LEN);
	text = file_read(file, MAX_PROGRAM, &len);
	if (!text)
		return complain(BENCH_CANNOT, "--exec %s: %s", file, strerror(errno));
	why = exec_refuse(text, len);
	free(text);
	return why ? complain(BENCH_CANNOT, "--exec %s: %s", file, why) : 0;
}

int exec_add(struct exec *e, const char *file)
{
	if (e->nr == BENCH_MAX_LIST)
		return complain(BENCH_USAGE, "--exec: more than %d programs", BENCH_MAX_LIST);
	e->file[e->nr++] = file;
	return check_file(file);
}

/* What goes to the guest in one word of a line. */
static bool is_word(const char *word)
{
	size_t n = 0;

	while (word[n] > ' ' && word[n] < 0x7f && !strchr(",\"'\\", word[n]))
		n++;
	return n && !word[n];
}

int exec_add_arg(struct exec *e, const char *word)
{
	const char **arg;
	size_t n = 0;

	if (!e->nr)
		return complain(BENCH_USAGE, "--exec-arg %s: of no program: --exec goes before it",
				word);
	if (!is_word(word))
		return complain(BENCH_USAGE,
				"--exec-arg %s: has to be printable, without blank, comma, quote or backslash",
				word);
	arg = e->arg[e->nr - 1];
	while (n < GUEST_EXEC_MAX_ARGS && arg[n])
		n++;
	if (n == GUEST_EXEC_MAX_ARGS)
		return complain(BENCH_USAGE, "--exec-arg: more than %d for one program",
				GUEST_EXEC_MAX_ARGS);
	arg[n] = word;
	return 0;
}

/* Two of one name are two. */
static void guest_path(const struct exec *e, size_t i, char out[128])
{
	snprintf(out, 128, "/exec/%zu/%s", i, base_name(e->file[i]));
}

char *exec_guest_args(const struct exec *e, const char *run)
{
	char *text = NULL, path[128];
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	fprintf(f, GUEST_EXEC_VERB " %u", e->limit);
	for (size_t i = 0; i < e->nr; i++) {
		guest_path(e, i, path);
		fprintf(f, " %s", path);
		for (size_t k = 0; k < GUEST_EXEC_MAX_ARGS && e->arg[i][k]; k++)
			fprintf(f, ",%s", e->arg[i][k]);
	}
	fprintf(f, " %s", run);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

void exec_add_files(const struct exec *e, struct cpio *c)
{
	char path[128];

	for (size_t i = 0; i < e->nr; i++) {
		guest_path(e, i, path);
		cpio_add_file(c, path, e->file[i], 0755);
	}
}

/* "INDEX HOW": which program it was, and how it ended. */
static void take_end(struct lab *l, const char *text)
{
	struct exec *e = &l->exec;
	char *how;
	unsigned long i = strtoul(text, &how, 10);

	if (how == text || *how++ != ' ' || i >= e->nr)
		return;
	e->ended++;
	e->failed += strcmp(how, GUEST_EXEC_GOOD) != 0;
	fprintf(e->log, "-- %s: %s: %s\n", l->boot.arm, base_name(e->file[i]), how);
	printf("%s: %s: %s\n", l->boot.arm, base_name(e->file[i]), how);
	fflush(NULL);
	if (strcmp(how, GUEST_EXEC_GOOD))
		lab_worsen(l, complain(BENCH_INVALID, "%s: %s: %s; what it said is in %s",
				       l->boot.arm, base_name(e->file[i]), how, l->out));
}

bool exec_take_line(const char *line, size_t len, const char *bad_log, void *lab)
{
	static const char end[] = GUEST_EXEC_END, said[] = GUEST_EXEC_SAID;
	struct lab *l = lab;
	char *text = strndup(line, len);

	(void)bad_log;	/* the boot fails by it */
	if (text && !strncmp(text, end, sizeof(end) - 1))
		take_end(l, text + sizeof(end) - 1);
	else if (text && !strncmp(text, said, sizeof(said) - 1))
		fprintf(l->exec.log, "%s\n", text + sizeof(said) - 1);
	free(text);
	if (!ferror(l->exec.log))
		return true;
	lab_worsen(l, complain(BENCH_INVALID, "%s: %s", l->out, strerror(errno)));
	return false;
}

int exec_open(struct lab *l)
{
	l->exec.log = fopen(l->out, "we");
	return l->exec.log ? 0 : complain(BENCH_CANNOT, "%s: %s", l->out, strerror(errno));
}

void exec_close(struct lab *l)
{
	const struct exec *e = &l->exec;

	if (fclose(e->log))
		lab_worsen(l, complain(BENCH_INVALID, "%s: %s", l->out, strerror(errno)));
	complain(0, "%zu of %zu ended with exit status 0; what they said: %s",
		 e->ended - e->failed, e->nr * l->nr_variants, l->out);
}
