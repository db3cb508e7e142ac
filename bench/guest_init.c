// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PID 1 of the lab's guest: mounts what is needed, loads the variant's modules, runs the cases,
 * sends the results out by a virtio port, says with which status it ended, and powers the machine
 * off. Whatever goes wrong, the status goes out: die() ends in exit(), and exit() in finish().
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fatal.h"
#include "guest_cpus.h"
#include "guest_exec.h"
#include "modules.h"
#include "run.h"

#define MODULES_DIR	"/modules"
#define PORTS_DIR	"/sys/class/virtio-ports"
#define PORT_TRIES	200	/* of 10 ms: the ports appear while the kernel is still probing */

static int exit_port = -1;

/* 0 too where the kernel has no such file. */
static int tell_kernel(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

/*
 * The flavour kcsan's race detector. It is on only while cases run: boot and end are not what is
 * looked at, and native_stop_other_cpus() reads the mask that it waits for without a mark.
 */
static int detect_races(const char *on_or_off)
{
	return tell_kernel("/sys/kernel/debug/kcsan", on_or_off);
}

/*
 * QEMU ends where another machine would start anew (-no-reboot). By a triple fault, since that
 * halts the CPU: after ACPI's power-off the kernel spins until QEMU's main loop has ended it, which
 * under count waits for halted CPUs (lab/tcg/lockstep.c).
 */
static void __attribute__((noreturn)) end_machine(void)
{
	sync();
	detect_races("off");
	tell_kernel("/sys/kernel/reboot/type", "triple");
	reboot(RB_AUTOBOOT);
	/* If there is no way to restart, the lab's watchdog ends QEMU. */
	for (;;)
		pause();
}

static void finish(int status, void *unused)
{
	(void)unused;
	/* A block's own process that dies does not take the machine with it. */
	if (getpid() != 1)
		return;
	fflush(NULL);
	if (exit_port >= 0)
		dprintf(exit_port, "{\"type\":\"exit\",\"status\":%d}\n", status);
	else
		fprintf(stderr, "septbench: exit status %d, and no port to report it\n", status);
	end_machine();
}

static void mount_one(const char *type, const char *at)
{
	mkdir(at, 0755);
	if (mount(type, at, type, 0, NULL) && errno != EBUSY)
		die("mount of %s on %s: %s", type, at, strerror(errno));
}

/* An initramfs without /dev/console gives PID 1 no stdin, stdout and stderr. */
static void open_console(void)
{
	int fd;

	if (fcntl(STDERR_FILENO, F_GETFD) >= 0)
		return;
	fd = open("/dev/console", O_RDWR);
	for (int i = 0; i <= STDERR_FILENO && fd >= 0; i++)
		if (i != fd)
			dup2(fd, i);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void mount_all(void)
{
	mount_one("devtmpfs", "/dev");
	open_console();
	mount_one("proc", "/proc");
	mount_one("sysfs", "/sys");
	mount_one("tmpfs", "/tmp");
	mount_one("debugfs", "/sys/kernel/debug");
	/* For --events alone; a kernel without tracing has none, and they say so. */
	(void)!mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
}

/* The device node of the port called @name is named like its folder. */
static bool is_port(const char *folder, const char *name)
{
	char path[320], is[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), PORTS_DIR "/%s/name", folder);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(is, sizeof(is), f))
		is[0] = 0;
	fclose(f);
	is[strcspn(is, "\n")] = 0;
	return !strcmp(is, name);
}

static int open_port(const char *name)
{
	char path[320];
	struct dirent *e;
	DIR *dir = opendir(PORTS_DIR);
	int fd = -1;

	while (dir && fd < 0 && (e = readdir(dir))) {
		if (!is_port(e->d_name, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", e->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	return fd;
}

static int wait_for_port(const char *name)
{
	for (int i = 0; i < PORT_TRIES; i++) {
		int fd = open_port(name);

		if (fd >= 0)
			return fd;
		usleep(10000);
	}
	die("the machine has no virtio port \"%s\"", name);
}

/*
 * QEMU's threads do not survive every patching of code that several CPUs run: now and then one
 * keeps the breakpoint of the patching as translated code ("Oops: int3"). So in real time one CPU
 * is alone while the kernel patches itself: when modules come and go, and when the first VM
 * switches the scheduler's preempt notifiers on. Under count there is one thread.
 */
static void alone(const struct session *s, bool on)
{
	if (s->o->clock == BENCH_CLOCK_WALL)
		guest_cpus_others(!on);
}

static int load_set(struct session *s, enum case_substrate substrate, const char *set,
		    const char *params)
{
	int r;

	alone(s, true);
	r = modules_load(MODULES_DIR, set, params);
	if (!r)
		r = modules_check_manifest(MODULES_DIR "/manifest", s->o->variants[0]);
	if (!r)
		r = session_begin(s, substrate);
	alone(s, false);
	return r;
}

static int unload_set(struct session *s, const char *set)
{
	int r;

	alone(s, true);
	session_end(s);
	r = modules_unload(MODULES_DIR, set);
	alone(s, false);
	return r;
}

/* Cases of one substrate, with the modules that make it. */
static int run_set(struct session *s, enum case_substrate substrate, const char *set,
		   const char *params)
{
	int r;

	if (!session_wants(s, substrate))
		return 0;
	r = load_set(s, substrate, set, params);
	if (!r)
		r = session_run(s);
	if (!r) {
		/*
		 * For a profile of the blocks so far. Always, and after them: they are the same
		 * without one.
		 */
		modules_tell(MODULES_DIR, set, exit_port);
		dprintf(exit_port, "blocks %u\n", s->written);
		r = unload_set(s, set);
	}
	return r;
}

static char *soft_params(const struct session *s)
{
	char *params;

	if (asprintf(&params, "seed=%llu release=%s%s%s", (unsigned long long)s->o->seed,
		     s->o->module, *s->o->softtdx ? " " : "", s->o->softtdx) < 0)
		die("no memory");
	return params;
}

/* The words "exec SECONDS PROGRAM... run": what is said of them goes to @port. */
static int run_programs(struct session *s, char **words, int port)
{
	unsigned int limit = (unsigned int)strtoul(words[1], NULL, 10);
	char *params = soft_params(s);
	int r = load_set(s, CASE_TD, "soft", params);

	free(params);
	if (r)
		return r;
	for (unsigned int i = 0; strcmp(words[i + 2], "run"); i++)
		guest_exec(i, words[i + 2], limit, port);
	return unload_set(s, "soft");
}

static int run_all(struct session *s)
{
	char *params = soft_params(s);
	int r;

	r = run_set(s, CASE_TD, "soft", params);
	free(params);
	if (!r)
		r = run_set(s, CASE_PLAIN, "plain", "");
	if (!r)
		r = run_set(s, CASE_PROTECTED, "plain", "");
	return r ? r : session_verdict(s);
}

/* The cases that the options say; with @programs, those in their place. */
static int run(int argc, char **argv, char **programs)
{
	struct bench_options o;
	struct record_writer *w;
	struct session s;
	static const struct options spec = { .verb = "run", .usage = "", .shared = bench_option_table };
	int r = bench_options_parse(&spec, &o, argc, argv), port;

	if (r)
		return r == OPTIONS_HELP ? BENCH_USAGE : r;
	if (o.nr_variants != 1)
		return complain(BENCH_USAGE, "the guest measures one variant: --variants NAME");
	port = wait_for_port("septbench.results");
	w = record_writer_fd(port);
	if (!w)
		return complain(BENCH_INVALID, "no memory");
	/* Blocks of all variants are of one length here: the lab knows which one this is. */
	r = session_open(&s, &o, w, "guest");
	if (!r) {
		r = programs ? run_programs(&s, programs, port) : run_all(&s);
		session_close(&s);
	}
	record_close(w);
	bench_options_free(&o);
	return r;
}

/* The kernel puts boot parameters that it does not know in front of what came after "--". */
static int find_verb(int argc, char **argv, const char *verb)
{
	int i = 1;

	while (i < argc && strcmp(argv[i], verb))
		i++;
	return i;
}

int bench_guest_init(int argc, char **argv)
{
	int at = find_verb(argc, argv, "run"), exec = find_verb(argc, argv, GUEST_EXEC_VERB), r;

	on_exit(finish, NULL);
	mount_all();
	r = detect_races("on");
	if (r)
		die("the detector of data races: %s", strerror(-r));
	exit_port = wait_for_port("septbench.exit");
	if (at == argc)
		exit(complain(BENCH_USAGE, "the guest's command line must be: run [option]..."));
	exit(run(argc - at, argv + at, exec < at ? argv + exec : NULL));
}
