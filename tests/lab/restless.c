// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into QEMU by a test: its main loop never waits longer than 20 us for an event, so that
 * it meets the vCPUs at every instruction where a late one on a busy host may.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#define SOON_NS	20000

int ppoll(struct pollfd *fds, nfds_t nr, const struct timespec *timeout, const sigset_t *mask)
{
	int (*poll_fds)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
	static const struct timespec soon = { .tv_nsec = SOON_NS };
	void *found = dlsym(RTLD_NEXT, "ppoll");

	memcpy(&poll_fds, &found, sizeof(poll_fds));
	if (!timeout || timeout->tv_sec || timeout->tv_nsec > SOON_NS)
		timeout = &soon;
	return poll_fds(fds, nr, timeout, mask);
}
