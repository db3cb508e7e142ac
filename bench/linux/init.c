// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PID 1 of a Linux guest: says on the console which phase begins, and does what the kernel's
 * command line asks for. Linked statically; what the guest's kernel gives it is all it needs.
 *
 * septbench.touch=MIB: a process writes to that much memory, a word a page.
 * septbench.loop: never gets to its end.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096

/* As an emergency of the kernel's, which is on the console before write() returns. */
static void say(const char *phase)
{
	char line[64];
	int fd = open("/dev/kmsg", O_WRONLY), n;

	n = snprintf(line, sizeof(line), "<0>septmark %s\n", phase);
	if (fd < 0 || write(fd, line, (size_t)n) != n)
		_exit(1);
	close(fd);
}

static const char *argument(const char *name)
{
	static char line[4096];
	const char *at;
	ssize_t n;
	int fd = open("/proc/cmdline", O_RDONLY);

	n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	if (n < 0)
		_exit(1);
	close(fd);
	line[n] = 0;
	at = strstr(line, name);
	return at ? at + strlen(name) : NULL;
}

static void touch(size_t mib)
{
	volatile char *p = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(1);
	for (size_t at = 0; at < mib << 20; at += PAGE)
		p[at] = 1;
}

static void touch_in_a_process(const char *mib)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		touch(strtoul(mib, NULL, 10));
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		say("failed touch");
}

int main(void)
{
	const char *mib;

	if (mount("dev", "/dev", "devtmpfs", 0, NULL) || mount("proc", "/proc", "proc", 0, NULL))
		return 1;
	say("init");
	mib = argument("septbench.touch=");
	if (mib) {
		say("touch");
		touch_in_a_process(mib);
	}
	if (argument("septbench.loop"))
		for (;;)
			__asm__ volatile("pause");
	say("end");
	for (;;)
		pause();
}
