// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PID 1 of a Linux guest that has something to do after its boot, between the marks "work" and
 * "done": a word of the kernel's command line says what, with a number.
 *
 * septbench.touch=MIB: a process writes to all memory that is free and accepted ("fill"), and then
 * to so much more.
 * septbench.fork=N: so many processes are made, and each executes this file anew.
 * septbench.cpus: a process runs on each CPU in turn.
 * septbench.load=N: the modules of /modules/order are loaded, and the last so many times removed
 * and loaded again.
 *
 * It says figures by "septmark value NAME N", and "septmark fail WHY" if it cannot go on.
 */
#include "sys.h"

#define PAGE		4096ul
#define MAX_CPUS	1024
#define PROT_RW		3
#define MAP_NEW		0x22	/* private, anonymous */

static void fail(const char *why)
{
	char line[48] = "fail ";
	size_t n = length(line);

	for (size_t i = 0; why[i] && n < sizeof(line) - 1; i++)
		line[n++] = why[i];
	line[n] = 0;
	say(line);
	for (;;)
		call(SYS_pause, 0, 0, 0, 0, 0);
}

static void say_value(const char *name, unsigned long v)
{
	char line[48] = "value ", digit[24];
	size_t n = length(line), d = 0;

	while (*name)
		line[n++] = *name++;
	line[n++] = ' ';
	do
		digit[d++] = (char)('0' + v % 10);
	while (v /= 10);
	while (d)
		line[n++] = digit[--d];
	line[n] = 0;
	say(line);
}

/* The first bytes of a small file, with a NUL behind them. */
static const char *read_file(const char *path)
{
	static char text[4096];
	long fd = call(SYS_open, (long)path, O_RDONLY, 0, 0, 0), n;

	n = fd < 0 ? -1 : call(SYS_read, fd, (long)text, sizeof(text) - 1, 0, 0);
	if (n < 0)
		fail("a file cannot be read");
	call(SYS_close, fd, 0, 0, 0, 0);
	text[n] = 0;
	return text;
}

/* What stands behind @word in @text; NULL: it is not there. */
static const char *behind(const char *text, const char *word)
{
	for (; *text; text++) {
		size_t i = 0;

		while (word[i] && text[i] == word[i])
			i++;
		if (!word[i])
			return text + i;
	}
	return NULL;
}

static unsigned long number(const char *s)
{
	unsigned long v = 0;

	while (*s == ' ')
		s++;
	while (*s >= '0' && *s <= '9')
		v = v * 10 + (unsigned long)(*s++ - '0');
	return v;
}

/* --- touch --- */

/* A figure of /proc/meminfo in KiB; 0: this kernel has none of that name. */
static unsigned long meminfo(const char *name)
{
	const char *at = behind(read_file("/proc/meminfo"), name);

	return at ? number(at) : 0;
}

/* Pages of @from up to @to get written to. */
static void fill(unsigned long from, unsigned long to)
{
	for (; from < to; from += PAGE)
		*(volatile char *)from = 1;
}

/* All that is free and accepted first: what is touched then is new to the TD. */
static void touch(unsigned long mib)
{
	unsigned long unaccepted = meminfo("Unaccepted:"), free = meminfo("MemFree:");
	unsigned long first = (free > unaccepted ? free - unaccepted : 0) << 10, at;
	long p = call(SYS_mmap, 0, (long)(first + (mib << 20)), PROT_RW, MAP_NEW, -1);

	if (p < 0)
		fail("no memory to touch");
	at = (unsigned long)p;
	say("fill");
	fill(at, at + first);
	unaccepted = meminfo("Unaccepted:");
	say("work");
	fill(at + first, at + first + (mib << 20));
	say("done");
	say_value("unaccepted_before", unaccepted);
	say_value("unaccepted_after", meminfo("Unaccepted:"));
}

/* --- fork --- */

static void fork_one(void)
{
	static const char *const arguments[] = { "/init", NULL };
	long pid = call(SYS_fork, 0, 0, 0, 0, 0);
	int status = -1;

	if (!pid) {
		/* Which finds that it is not PID 1. */
		call(SYS_execve, (long)arguments[0], (long)arguments, (long)(arguments + 1), 0, 0);
		leave(1);
	}
	if (pid < 0 || call(SYS_wait4, pid, (long)&status, 0, 0, 0) != pid || status)
		fail("a process did not come to its end");
}

static void fork_many(unsigned long n)
{
	say("work");
	for (unsigned long i = 0; i < n; i++)
		fork_one();
	say("done");
	say_value("forks", n);
}

/* --- CPUs --- */

static int is_on(unsigned int cpu)
{
	unsigned int is = MAX_CPUS;

	return !call(SYS_getcpu, (long)&is, 0, 0, 0, 0) && is == cpu;
}

static void visit_cpus(void)
{
	static unsigned long all[MAX_CPUS / 64], one[MAX_CPUS / 64];
	unsigned long n = 0;

	if (call(SYS_sched_getaffinity, 0, sizeof(all), (long)all, 0, 0) <= 0)
		fail("the CPUs are not told");
	say("work");
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (!(all[cpu / 64] >> cpu % 64 & 1))
			continue;
		one[cpu / 64] = 1ul << cpu % 64;
		if (call(SYS_sched_setaffinity, 0, sizeof(one), (long)one, 0, 0) || !is_on(cpu))
			fail("a CPU runs no process");
		one[cpu / 64] = 0;
		n++;
	}
	say("done");
	say_value("cpus", n);
}

/* --- modules --- */

static void load(const char *name)
{
	char path[96] = "/modules/";
	size_t n = length(path);
	long fd;

	for (size_t i = 0; name[i] && n < sizeof(path) - 4; i++)
		path[n++] = name[i];
	for (size_t i = 0; i < 4; i++)
		path[n++] = ".ko"[i];
	fd = call(SYS_open, (long)path, O_RDONLY, 0, 0, 0);
	if (fd < 0 || call(SYS_finit_module, fd, (long)"", 0, 0, 0))
		fail("a module cannot be loaded");
	call(SYS_close, fd, 0, 0, 0, 0);
}

/* The names in @order, a line each, are loaded one by one. Returns the last. */
static const char *load_all(char *order)
{
	const char *last = NULL;

	for (char *at = order; *at;) {
		char *end = at;

		while (*end && *end != '\n')
			end++;
		if (*end)
			*end++ = 0;
		last = at;
		load(at);
		at = end;
	}
	if (!last)
		fail("no modules in /modules/order");
	return last;
}

/* --- measurement registers, which a loaded tdx-guest shows --- */

#define MEASUREMENTS	"/sys/devices/virtual/misc/tdx_guest/measurements/"

/* The first four bytes, the highest first. */
static unsigned long head_of(const char *path)
{
	const unsigned char *b = (const unsigned char *)read_file(path);

	return (unsigned long)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

/* RTMR 2 is extended by the bytes 0 to 47. A kernel before 6.16 has no such files. */
static void extend_register(void)
{
	static const char rtmr[] = MEASUREMENTS "rtmr2:sha384";
	char data[48];
	long fd;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)i;
	call(SYS_mkdir, (long)"/sys", 0755, 0, 0, 0);
	call(SYS_mount, (long)"sys", (long)"/sys", (long)"sysfs", 0, 0);
	fd = call(SYS_open, (long)rtmr, O_WRONLY, 0, 0, 0);
	if (fd < 0)
		return;
	if (call(SYS_write, fd, (long)data, sizeof(data), 0, 0) != (long)sizeof(data))
		fail("RTMR 2 is not extended");
	call(SYS_close, fd, 0, 0, 0, 0);
	say_value("rtmr", head_of(rtmr));
	say_value("mrtd", head_of(MEASUREMENTS "mrtd:sha384"));
}

static void load_many(unsigned long n)
{
	static char order[256];
	const char *text = read_file("/modules/order"), *last;

	for (size_t i = 0; text[i] && i < sizeof(order) - 1; i++)
		order[i] = text[i];
	say("work");
	last = load_all(order);
	for (unsigned long i = 0; i < n; i++) {
		if (call(SYS_delete_module, (long)last, 0, 0, 0, 0))
			fail("a module cannot be removed");
		load(last);
	}
	say("done");
	say_value("loads", n + 1);
	extend_register();
}

static void work(void)
{
	const char *line = read_file("/proc/cmdline"), *at;

	if ((at = behind(line, "septbench.touch=")))
		touch(number(at));
	else if ((at = behind(line, "septbench.fork=")))
		fork_many(number(at));
	else if (behind(line, "septbench.cpus"))
		visit_cpus();
	else if ((at = behind(line, "septbench.load=")))
		load_many(number(at));
	else
		fail("it was told to do nothing");
}

__attribute__((noreturn, force_align_arg_pointer)) void _start(void)
{
	if (call(SYS_getpid, 0, 0, 0, 0, 0) != 1)
		leave(0);
	call(SYS_mount, (long)"dev", (long)"/dev", (long)"devtmpfs", 0, 0);
	call(SYS_mount, (long)"proc", (long)"/proc", (long)"proc", 0, 0);
	say("init");
	work();
	say("end");
	for (;;)
		call(SYS_pause, 0, 0, 0, 0, 0);
}
