// SPDX-License-Identifier: GPL-2.0-or-later
#include "conditions.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CPU		"/sys/devices/system/cpu/"
#define MSR_SMI_COUNT	0x34		/* Intel only */
#define SLOW_EXIT_US	10		/* a C-state that takes longer to leave shows in a kick */

/* --- readers: "" where the machine does not say --- */

/* The same file of every CPU: "performance", or "performance x6, powersave x2". */
static void read_per_cpu(const char *pattern, char value[HOST_TEXT])
{
	char seen[8][HOST_TEXT], text[HOST_TEXT];
	unsigned int times[8] = { 0 };
	size_t nr = 0, at = 0, j;
	glob_t g;

	root_glob(pattern, &g);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		root_read(g.gl_pathv[i], text);
		for (j = 0; j < nr && strcmp(seen[j], text); j++)
			;
		if (j == 8)
			continue;
		if (j == nr)
			strcpy(seen[nr++], text);
		times[j]++;
	}
	globfree(&g);
	if (nr == 1)
		strcpy(value, seen[0]);
	for (j = 0; nr > 1 && j < nr && at < HOST_TEXT; j++)
		at += (size_t)snprintf(value + at, HOST_TEXT - at, "%s%.30s x%u", j ? ", " : "",
				       seen[j], times[j]);
}

static void read_governor(char value[HOST_TEXT])
{
	read_per_cpu(CPU "cpu[0-9]*/cpufreq/scaling_governor", value);
}

static void read_turbo(char value[HOST_TEXT])
{
	char text[HOST_TEXT];

	if (root_read(CPU "intel_pstate/no_turbo", text))
		strcpy(value, *text == '0' ? "on" : "off");
	else if (root_read(CPU "cpufreq/boost", text))
		strcpy(value, *text == '0' ? "off" : "on");
}

/* The slowest state that a CPU may still enter: "C6 (133 us)". */
static void read_cstates(char value[HOST_TEXT])
{
	char file[HOST_PATH], text[HOST_TEXT], name[HOST_TEXT];
	long slowest = -1;
	glob_t g;

	root_glob(CPU "cpu[0-9]*/cpuidle/state[0-9]*", &g);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		snprintf(file, sizeof(file), "%.480s/disable", g.gl_pathv[i]);
		if (root_read(file, text) && *text == '1')
			continue;
		snprintf(file, sizeof(file), "%.480s/latency", g.gl_pathv[i]);
		if (!root_read(file, text) || atol(text) <= slowest)
			continue;
		slowest = atol(text);
		snprintf(file, sizeof(file), "%.480s/name", g.gl_pathv[i]);
		root_read(file, name);
		snprintf(value, HOST_TEXT, "%.60s (%ld us)", name, slowest);
	}
	globfree(&g);
}

static void read_smt(char value[HOST_TEXT])
{
	root_read(CPU "smt/control", value);
}

/* An empty list of CPUs is an answer, and so is nohz_full's "(null)". */
static void read_cpu_list(const char *path, char value[HOST_TEXT])
{
	if (root_read(path, value) && (!*value || *value == '('))
		strcpy(value, "none");
}

static void read_isolcpus(char value[HOST_TEXT])
{
	read_cpu_list(CPU "isolated", value);
}

static void read_nohz(char value[HOST_TEXT])
{
	read_cpu_list(CPU "nohz_full", value);
}

static void read_numa_balancing(char value[HOST_TEXT])
{
	char text[HOST_TEXT];

	if (root_read("/proc/sys/kernel/numa_balancing", text))
		strcpy(value, *text == '0' ? "off" : "on");
}

/* "always [madvise] never" is madvise. */
static void read_chosen(const char *path, char value[HOST_TEXT])
{
	char text[HOST_TEXT], *at, *end;

	if (!root_read(path, text))
		return;
	at = strchr(text, '[');
	end = at ? strchr(at, ']') : NULL;
	if (end)
		snprintf(value, HOST_TEXT, "%.*s", (int)(end - at - 1), at + 1);
}

static void read_thp(char value[HOST_TEXT])
{
	read_chosen("/sys/kernel/mm/transparent_hugepage/enabled", value);
}

static void read_lockdown(char value[HOST_TEXT])
{
	read_chosen("/sys/kernel/security/lockdown", value);
}

/* How many of each kind, and a number that stands for the exact texts. */
static void read_mitigations(char value[HOST_TEXT])
{
	unsigned int mitigated = 0, vulnerable = 0;
	uint32_t hash = 2166136261u;	/* FNV-1a */
	char text[HOST_TEXT];
	glob_t g;

	root_glob(CPU "vulnerabilities/*", &g);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		root_read(g.gl_pathv[i], text);
		mitigated += !strncmp(text, "Mitigation", 10);
		vulnerable += !strncmp(text, "Vulnerable", 10);
		for (const char *p = g.gl_pathv[i]; *p; p++)
			hash = (hash ^ (unsigned char)*p) * 16777619u;
		for (const char *p = text; *p; p++)
			hash = (hash ^ (unsigned char)*p) * 16777619u;
	}
	if (g.gl_pathc)
		snprintf(value, HOST_TEXT, "%u mitigated, %u vulnerable of %zu (%08x)", mitigated,
			 vulnerable, g.gl_pathc, hash);
	globfree(&g);
}

static void read_clocksource(char value[HOST_TEXT])
{
	root_read("/sys/devices/system/clocksource/clocksource0/current_clocksource", value);
}

/* "cpu user nice system idle iowait irq softirq steal ...", in ticks. */
static void read_steal(char value[HOST_TEXT])
{
	char text[HOST_TEXT];
	uint64_t steal;

	if (root_read("/proc/stat", text) &&
	    sscanf(text, "cpu %*u %*u %*u %*u %*u %*u %*u %" SCNu64, &steal) == 1)
		snprintf(value, HOST_TEXT, "%" PRIu64, steal);
}

static void read_smi(char value[HOST_TEXT])
{
	char file[HOST_PATH];
	uint64_t count;
	int fd;

	root_path(file, "/dev/cpu/0/msr");
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (pread(fd, &count, sizeof(count), MSR_SMI_COUNT) == sizeof(count))
		snprintf(value, HOST_TEXT, "%" PRIu32, (uint32_t)count);
	close(fd);
}

static void read_microcode(char value[HOST_TEXT])
{
	read_per_cpu(CPU "cpu[0-9]*/microcode/version", value);
}

static void read_tdx_module(char value[HOST_TEXT])
{
	root_read("/sys/devices/faux/tdx_host/version", value);
}

static void read_dev_kvm(char value[HOST_TEXT])
{
	char file[HOST_PATH];
	struct stat st;
	struct passwd *user;
	struct group *group;

	root_path(file, "/dev/kvm");
	if (stat(file, &st))
		return;
	user = getpwuid(st.st_uid);
	group = getgrgid(st.st_gid);
	snprintf(value, HOST_TEXT, "%04o %.60s:%.60s", (unsigned int)st.st_mode & 07777,
		 user ? user->pw_name : "?", group ? group->gr_name : "?");
}

/* --- judges: does this value disturb a measurement? --- */

static bool not_performance(const char *v)
{
	return strcmp(v, "performance");
}

static bool is_on(const char *v)
{
	return !strcmp(v, "on");
}

static bool is_slow(const char *v)
{
	const char *at = strchr(v, '(');

	return at && atol(at + 1) > SLOW_EXIT_US;
}

static bool is_none(const char *v)
{
	return !strcmp(v, "none");
}

static bool is_always(const char *v)
{
	return !strcmp(v, "always");
}

static bool not_tsc(const char *v)
{
	return strcmp(v, "tsc");
}

static bool not_zero(const char *v)
{
	return strcmp(v, "0");
}

static bool not_none(const char *v)
{
	return strcmp(v, "none");
}

static bool cannot_open(const char *v)
{
	char file[HOST_PATH];

	(void)v;
	root_path(file, "/dev/kvm");
	return access(file, R_OK | W_OK) != 0;
}


static const struct condition {
	const char *name, *what;
	void (*read)(char value[HOST_TEXT]);
	bool (*bad)(const char *value);		/* NULL: information, good as it is */
	const char *remedy;
	const char *absent;			/* why a machine may not say */
} list[] = {
	{ "governor", "frequency governor", read_governor, not_performance,
	  "clocks change under the measurement: `run --tune`, or cpupower frequency-set -g performance",
	  "no cpufreq: a virtual machine, or the firmware decides" },
	{ "turbo", "turbo", read_turbo, is_on,
	  "the clock depends on how many CPUs are busy and how warm they are: `run --tune`",
	  "no switch for it here" },
	{ "cstates", "slowest C-state", read_cstates, is_slow,
	  "an idle CPU answers a kick late: `run --tune`, or boot with intel_idle.max_cstate=1",
	  "no cpuidle: a virtual machine, or idle=poll" },
	{ "smt", "SMT", read_smt, is_on,
	  "siblings share a core: --placement one-per-core, or boot with nosmt", "no SMT control" },
	{ "isolcpus", "isolated CPUs", read_isolcpus, is_none,
	  "other work runs on the measured CPUs: boot with isolcpus=LIST and place vCPUs there",
	  "not said" },
	{ "nohz_full", "CPUs without timer tick", read_nohz, is_none,
	  "ticks interrupt the measured CPUs: boot with nohz_full=LIST",
	  "the kernel has no NO_HZ_FULL" },
	{ "numa_balancing", "NUMA balancing", read_numa_balancing, is_on,
	  "the kernel unmaps pages to see who uses them: `run --tune`, or sysctl kernel.numa_balancing=0",
	  "the kernel has none" },
	{ "thp", "transparent huge pages", read_thp, is_always,
	  "khugepaged works beside the measurement: `run --tune`", "the kernel has none" },
	{ "mitigations", "CPU vulnerabilities", read_mitigations, NULL, "", "not said" },
	{ "clocksource", "clock source", read_clocksource, not_tsc,
	  "the driver reads the TSC, which this kernel does not trust: see its log; in a VM ask for an invariant TSC",
	  "not said" },
	{ "steal", "stolen time since boot, ticks", read_steal, not_zero,
	  "another guest had this CPU: measure on a machine of its own", "not said" },
	{ "smi", "SMIs since boot", read_smi, NULL, "",
	  "not readable: Intel only, as root, after modprobe msr" },
	{ "microcode", "microcode", read_microcode, NULL, "", "not said" },
	{ "tdx_module", "TDX module", read_tdx_module, NULL, "",
	  "none, or it does not say its version" },
	{ "lockdown", "kernel lockdown", read_lockdown, not_none,
	  "`host load` is refused: boot without Secure Boot, or sign the modules yourself",
	  "the kernel has none" },
	{ "kvm_device", "/dev/kvm", read_dev_kvm, cannot_open,
	  "not open to you: join the group kvm",
	  "none: no hardware virtualization, or kvm_intel or kvm_amd is not loaded" },
};

#define NR	(sizeof(list) / sizeof(list[0]))
_Static_assert(NR <= CONDITIONS_MAX, "room for every condition");

void conditions_read(struct conditions *c)
{
	memset(c, 0, sizeof(*c));
	for (c->nr = 0; c->nr < NR; c->nr++) {
		c->c[c->nr].name = list[c->nr].name;
		list[c->nr].read(c->c[c->nr].value);
	}
}

void conditions_report(const struct conditions *c, FILE *out)
{
	for (size_t i = 0; i < c->nr; i++) {
		const char *value = c->c[i].value;
		bool bad = *value && list[i].bad && list[i].bad(value);

		fprintf(out, "  %-2s  %s: %s%s%s\n",
			!*value ? " ?"
			: bad	? "--"
				: "ok",
			list[i].what, *value ? value : list[i].absent, bad ? ": " : "",
			bad ? list[i].remedy : "");
	}
}

struct json_object *conditions_json(const struct conditions *c)
{
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; i < c->nr; i++)
		if (*c->c[i].value)
			json_object_object_add(o, c->c[i].name,
					       json_object_new_string(c->c[i].value));
	return o;
}

char *conditions_changed(const struct conditions *before, const struct conditions *after)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (size_t i = 0; i < before->nr; i++) {
		const char *a = before->c[i].value, *b = after->c[i].value;

		/* /dev/kvm comes and goes with the modules, which run --load changes itself. */
		if (strcmp(a, b) && strcmp(before->c[i].name, "kvm_device"))
			fprintf(out, "%s%s: %s -> %s", ftell(out) ? "; " : "", before->c[i].name,
				*a ? a : "?", *b ? b : "?");
	}
	if (!fclose(out) && *text)
		return text;
	free(text);
	return NULL;
}
