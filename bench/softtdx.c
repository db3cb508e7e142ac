// SPDX-License-Identifier: GPL-2.0-or-later
#include "softtdx.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SOFTTDX_DIR	"/sys/kernel/debug/softtdx"
#define SOFTTDX_PARAM	"/sys/module/kvm_intel/parameters/"

bool softtdx_present(void)
{
	return !access(SOFTTDX_DIR "/pamt", F_OK);
}

int softtdx_map_ledger(void *at, const volatile struct ledger **ledger)
{
	int fd = open(SOFTTDX_DIR "/ledger", O_RDONLY | O_CLOEXEC), r = 0;
	struct ledger *l;

	if (fd < 0)
		return -errno;
	l = mmap(at, LEDGER_BYTES, PROT_READ, MAP_SHARED | (at ? MAP_FIXED : 0), fd, 0);
	if (l == MAP_FAILED)
		r = -errno;
	else if (l->magic != LEDGER_MAGIC)
		r = -EBADMSG;
	close(fd);
	*ledger = l;
	return r;
}

static bool read_number(const char *path, const char *format, int64_t *v)
{
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return false;
	ok = fscanf(f, format, v) == 1;
	fclose(f);
	return ok;
}

bool softtdx_find_td(char *path, size_t len)
{
	DIR *dir = opendir(SOFTTDX_DIR);
	struct dirent *e;
	long newest = -1;

	while (dir && (e = readdir(dir))) {
		char file[128];
		int64_t pid;
		long nr;

		if (sscanf(e->d_name, "td%ld", &nr) != 1 || nr <= newest)
			continue;
		snprintf(file, sizeof(file), SOFTTDX_DIR "/td%ld/pid", nr);
		if (read_number(file, "%" SCNd64, &pid) && pid == getpid())
			newest = nr;
	}
	if (dir)
		closedir(dir);
	return newest >= 0 && snprintf(path, len, SOFTTDX_DIR "/td%ld", newest) < (int)len;
}

int softtdx_add_counters(struct counters *cs, const char *td)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/counters", td);
	return counters_add_file(cs, path);
}

int softtdx_add_totals(struct counters *cs)
{
	return counters_add_file(cs, SOFTTDX_DIR "/counters");
}

int softtdx_oracle(const char *td, void (*fault)(void *arg, const char *line), void *arg)
{
	char path[160], line[256];
	int faults = 0, lines = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/oracle", td);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		lines++;
		if (!strncmp(line, "ok ", 3))
			continue;
		faults++;
		fault(arg, line);
	}
	fclose(f);
	return lines ? faults : -ENODATA;
}

static int write_number(const char *path, uint64_t v)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return -errno;
	fprintf(f, "0x%" PRIx64 "\n", v);
	return fclose(f) ? -errno : 0;
}

int softtdx_corrupt(const char *td, uint64_t gpa)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/corrupt", td);
	return write_number(path, gpa);
}

int softtdx_set_seed(uint64_t seed)
{
	return write_number(SOFTTDX_PARAM "seed", seed);
}

int softtdx_set_busy(unsigned int permille)
{
	return write_number(SOFTTDX_PARAM "busy_permille", permille);
}

int64_t softtdx_pages_in_use(void)
{
	int64_t n;

	return read_number(SOFTTDX_DIR "/pamt", "in_use %" SCNd64, &n) ? n : -EIO;
}

int64_t softtdx_pamt_pairs(void)
{
	int64_t n;

	return read_number(SOFTTDX_DIR "/pamt", "in_use %*" SCNd64 " pairs %" SCNd64, &n) ? n : 0;
}
