// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest_cpus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fatal.h"

/* False: there is no such CPU. */
static bool set_online(unsigned int cpu, bool online)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return false;
	if (fd < 0 || write(fd, online ? "1" : "0", 1) != 1)
		die("%s: %s", path, strerror(errno));
	close(fd);
	return true;
}

void guest_cpus_others(bool online)
{
	for (unsigned int cpu = 1; set_online(cpu, online); cpu++)
		;
}
