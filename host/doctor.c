// SPDX-License-Identifier: GPL-2.0-or-later
/* `septbench doctor`: what this machine can run. It looks, and changes nothing. */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <util/options.h>

#include "build.h"
#include "conditions.h"
#include "fatal.h"
#include "folder.h"
#include "host.h"
#include "source.h"

#define NEED_MB		4500	/* source 2.6 GB while unpacking, a kernel build 1.5 GB */
#define NEED_RAM_MB	3072	/* the lab VM has 2 GB */

static bool in_path(const char *program)
{
	char file[512], *copy = strdup(getenv("PATH") ? getenv("PATH") : ""), *rest = copy, *dir;
	bool found = false;

	while (rest && !found && (dir = strsep(&rest, ":"))) {
		snprintf(file, sizeof(file), "%s/%s", dir, program);
		found = !access(file, X_OK);
	}
	free(copy);
	return found;
}

/* One line: "ok" or "--", what, and for a problem its remedy. */
static bool report(bool ok, const char *what, const char *remedy)
{
	printf("  %-2s  %s%s%s\n", ok ? "ok" : "--", what, ok ? "" : ": ", ok ? "" : remedy);
	return ok;
}

static bool check_programs(void)
{
	static const char * const programs[][2] = {
		{ "qemu-system-x86_64", "install qemu-system-x86" },
		{ "gcc", "install gcc" },
		{ "make", "install make" },
		{ "flex", "install flex" },
		{ "bison", "install bison" },
		{ "bc", "install bc" },
		{ "patch", "install patch" },
		{ "git", "install git" },
		{ "rsync", "install rsync" },
		{ "xz", "install xz-utils" },
		{ "readelf", "install binutils" },
		{ "flock", "install util-linux" },
	};
	bool ok = true;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		ok &= report(in_path(programs[i][0]), programs[i][0], programs[i][1]);
	return ok;
}

static bool is_file(const char *path)
{
	return !access(path, R_OK);
}

/* False: there is nothing above. */
static bool go_up(char *dir)
{
	char *slash = strrchr(dir, '/');

	if (!slash || !slash[1])
		return false;
	slash[slash == dir] = 0;
	return true;
}

static bool check_disk(void)
{
	char dir[LAB_PATH], source[LAB_PATH + 16], what[LAB_PATH + 64];
	struct statvfs s;
	bool fetched;

	if (cache_root(dir))
		return report(false, "a place for what is built",
			      "neither HOME nor XDG_CACHE_HOME is set");
	snprintf(source, sizeof(source), "%s/source", dir);
	fetched = is_file(source);
	/* The nearest folder of the path that exists: that is whose disk will be filled. */
	while (access(dir, F_OK) && go_up(dir))
		;
	if (statvfs(dir, &s))
		return report(false, dir, "cannot be examined; set XDG_CACHE_HOME");
	snprintf(what, sizeof(what), "%llu MB free for the cache under %s",
		 (unsigned long long)s.f_bavail * s.f_frsize >> 20, dir);
	return report(((unsigned long long)s.f_bavail * s.f_frsize >> 20) >=
				      (fetched ? NEED_MB / 3 : NEED_MB) &&
			      !access(dir, W_OK),
		      what, "too little, or not writable; set XDG_CACHE_HOME");
}

static bool check_ram(void)
{
	long mb = sysconf(_SC_PHYS_PAGES) / (1048576 / sysconf(_SC_PAGESIZE));
	char what[64];

	snprintf(what, sizeof(what), "%ld MB of memory", mb);
	return report(mb >= NEED_RAM_MB, what, "the lab VM alone takes 2048 MB");
}

static bool cpu_has(const char *flag)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char *line = NULL;
	size_t size = 0, len = strlen(flag);
	bool found = false;

	while (f && !found && getline(&line, &size, f) > 0) {
		if (strncmp(line, "flags", 5))
			continue;
		for (char *at = line; (at = strstr(at, flag)); at += len)
			found |= at[-1] == ' ' && (at[len] == ' ' || at[len] == '\n');
		break;
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

static bool file_says(const char *path, char c)
{
	FILE *f = fopen(path, "re");
	bool yes = f && fgetc(f) == c;

	if (f)
		fclose(f);
	return yes;
}

static void check_host(void)
{
	report(cpu_has("svm") || cpu_has("vmx"), "hardware virtualization",
	       "neither svm nor vmx; the lab does not need it");
	report(cpu_has("tdx_host_platform") ||
		       file_says("/sys/module/kvm_intel/parameters/tdx", 'Y'),
	       "TDX (substrate tdx)",
	       "no TDX host: needs such a CPU, TDX enabled in the firmware, and kvm_intel.tdx=1");
}

static void check_pmu(void)
{
	struct perf_event_attr a = {
		.type = PERF_TYPE_HARDWARE, .size = sizeof(a), .config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
	};
	long fd = syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);

	report(fd >= 0, "hardware counters",
	       errno == EACCES || errno == EPERM ? "forbidden; lower kernel.perf_event_paranoid"
						 : "no PMU here; the lab does not need it");
	if (fd >= 0)
		close((int)fd);
}

static bool check_source(void)
{
	char path[LAB_PATH];

	snprintf(path, sizeof(path), "%s/kmod/build-variant", source_dir());
	return report(!access(path, X_OK), "the project's source folder",
		      "it has moved since the build; build again there, or set SEPTBENCH_SRC");
}

static const struct options options = {
	.verb = "doctor", .usage = "", .text = "What this machine can run; changes nothing.",
};

int cmd_doctor(int argc, char **argv)
{
	int r = options_parse(&options, NULL, argc, argv);
	struct conditions conditions;
	bool ok;

	if (r)
		return r < 0 ? 0 : r;
	printf("needed by the lab\n");
	ok = check_source();
	ok &= check_programs();
	ok &= check_disk();
	ok &= check_ram();
	printf("for the kernel source, unless --kernel gives it\n");
	report(in_path("apt-get"), "apt-get", "not a Debian machine: use --kernel DIR");
	report(is_file("/usr/share/keyrings/debian-archive-keyring.gpg"),
	       "Debian's archive keyring", "install debian-archive-keyring, or use --kernel DIR");
	printf("for plots\n");
	report(in_path("gnuplot"), "gnuplot", "install gnuplot-nox");
	printf("for `septbench run` on this host\n");
	check_host();
	check_pmu();
	printf("what a timing on this host depends on besides the code (--tune and boot options change it)\n");
	conditions_read(&conditions);
	conditions_report(&conditions, stdout);
	printf("%s\n", ok ? "The lab can run here."
			  : "The lab cannot run here yet; ci/quickstart installs what is missing.");
	return ok ? 0 : BENCH_CANNOT;
}
