// SPDX-License-Identifier: GPL-2.0-or-later
/* Reasons not to touch a machine's modules, found before anything is touched. */
#include "swap.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "child.h"
#include "fatal.h"
#include "manifest.h"
#include "root.h"

static bool module_file(const char *module, const char *file, char text[HOST_TEXT])
{
	char path[HOST_PATH];

	snprintf(path, sizeof(path), "/sys/module/%s/%s", module, file);
	return root_read(path, text);
}

static int check_lockdown(void)
{
	char text[HOST_TEXT];

	if (!root_read("/sys/kernel/security/lockdown", text) || strstr(text, "[none]"))
		return 0;
	return complain(
		BENCH_CANNOT,
		"the kernel is locked down (%s) and takes signed modules alone; boot without "
		"Secure Boot, or with lockdown=none",
		text);
}

/* A module that is built in has no refcnt. */
static int check_present(void)
{
	char path[HOST_PATH], text[HOST_TEXT];

	root_path(path, "/sys/module/kvm");
	if (access(path, F_OK))
		return complain(
			BENCH_CANNOT,
			"KVM is not loaded: load the distribution's first (modprobe kvm_intel "
			"or kvm_amd), for it is what gets restored");
	if (!module_file("kvm", "refcnt", text))
		return complain(BENCH_CANNOT,
				"KVM is built into this kernel; variants need it as modules");
	if (!module_file("kvm_intel", "refcnt", text) && !module_file("kvm_amd", "refcnt", text))
		return complain(BENCH_CANNOT,
				"neither kvm_intel nor kvm_amd is loaded as a module; load the "
				"distribution's first, for it is what gets restored");
	return 0;
}

/* Does process @pid hold KVM open? */
static bool uses_kvm(const char *pid)
{
	char dir[HOST_PATH], link[HOST_PATH + 300], to[HOST_TEXT];
	struct dirent *e;
	bool found = false;
	ssize_t n;
	DIR *d;

	snprintf(link, sizeof(link), "/proc/%.20s/fd", pid);
	root_path(dir, link);
	d = opendir(dir);
	while (d && !found && (e = readdir(d))) {
		snprintf(link, sizeof(link), "%s/%s", dir, e->d_name);
		n = readlink(link, to, sizeof(to) - 1);
		to[n > 0 ? n : 0] = 0;
		found = !strcmp(to, "/dev/kvm") || !strncmp(to, "anon_inode:kvm-", 15);
	}
	if (d)
		closedir(d);
	return found;
}

/* "12 (qemu-system-x86), 40 (septbench)": who has /dev/kvm or a VM open. */
static void find_users(char *text, size_t len)
{
	char path[HOST_PATH], name[HOST_TEXT];
	struct dirent *e;
	size_t at = 0;
	DIR *d;

	snprintf(text, len, "nobody who shows in /proc");
	root_path(path, "/proc");
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (!atoi(e->d_name) || !uses_kvm(e->d_name) || at >= len)
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/comm", e->d_name);
		root_read(path, name);
		at += (size_t)snprintf(text + at, len - at, "%s%.20s (%.40s)", at ? ", " : "",
				       e->d_name, name);
	}
	if (d)
		closedir(d);
}

static int check_unused(void)
{
	static const char * const vendors[] = { "kvm_intel", "kvm_amd" };
	char text[HOST_TEXT], who[HOST_TEXT];
	int holders = 0;

	for (size_t i = 0; i < 2; i++) {
		if (!module_file(vendors[i], "refcnt", text))
			continue;
		holders++;
		if (!atoi(text))
			continue;
		find_users(who, sizeof(who));
		return complain(BENCH_CANNOT, "%s is in use (%s times) by %s: end the VMs first",
				vendors[i], text, who);
	}
	module_file("kvm", "refcnt", text);
	if (atoi(text) > holders)
		return complain(
			BENCH_CANNOT,
			"module kvm has users besides its vendor module: see /sys/module/kvm/holders");
	return 0;
}

/* The kernel's own check would come after the distribution's modules are gone. */
static int check_vermagic(const char *dir)
{
	char ko[LAB_PATH + 16], ours[HOST_TEXT], theirs[HOST_TEXT];
	char *argv[] = { (char *)"modinfo", (char *)"-F", (char *)"vermagic", ko, NULL };

	snprintf(ko, sizeof(ko), "%s/kvm.ko", dir);
	if (child_capture(argv, ours, sizeof(ours)))
		return complain(
			BENCH_CANNOT,
			"modinfo cannot read %s; is kmod installed, and is this a folder of "
			"kmod/build-variant?",
			ko);
	snprintf(ko, sizeof(ko), "kvm");
	if (child_capture(argv, theirs, sizeof(theirs)))
		return complain(
			BENCH_CANNOT,
			"modinfo does not know this kernel's own kvm; depmod makes its index");
	if (strcmp(ours, theirs))
		return complain(
			BENCH_CANNOT,
			"%s/kvm.ko is for the kernel \"%s\", and this one is \"%s\"; build it with "
			"kmod/build-variant --build /lib/modules/$(uname -r)/build",
			dir, ours, theirs);
	return 0;
}

/* The build id of the kernel that the modules are for, or "unknown". */
static void take_kernel(const char *key, const char *value, void *arg)
{
	if (!strcmp(key, "vmlinux"))
		snprintf(arg, BUILD_ID_HEX, "%s", value);
}

/* The same release may be another build of the kernel, with other structures. */
static int check_kernel(const char *dir)
{
	char path[HOST_PATH], notes[4096], is[BUILD_ID_HEX] = "", want[BUILD_ID_HEX] = "";
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%.480s/manifest", dir);
	if (manifest_read(path, take_kernel, want))
		return complain(BENCH_CANNOT, "%s is missing; give a folder of kmod/build-variant",
				path);
	root_path(path, "/sys/kernel/notes");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, notes, sizeof(notes));
		close(fd);
	}
	if (n < 0 || modules_parse_build_id(notes, (size_t)n, is))
		return complain(BENCH_CANNOT, "this kernel does not say its build id (%s)", path);
	if (strcmp(is, want))
		return complain(
			BENCH_CANNOT,
			"%s is for the kernel with build id %s, and the running one has %s; build the "
			"modules again",
			dir, *want ? want : "unknown", is);
	return 0;
}

int swap_check_set(const char *dir, enum swap_set set)
{
	char path[LAB_PATH + 32];

	snprintf(path, sizeof(path), "%s/soft/kvm-intel.ko", dir);
	if (set != SWAP_SOFT || !access(path, R_OK))
		return 0;
	return complain(
		BENCH_CANNOT,
		"%s is missing: this kernel was configured without CONFIG_INTEL_TDX_HOST, so it has no "
		"TDs; ordinary VMs (substrate none, --cases plain) remain",
		path);
}

int swap_check(const char *dir)
{
	int r = geteuid() ? complain(BENCH_CANNOT, "modules can be loaded by root alone") : 0;

	if (!r)
		r = check_lockdown();
	if (!r)
		r = check_present();
	if (!r)
		r = check_unused();
	if (!r)
		r = check_vermagic(dir);
	return r ? r : check_kernel(dir);
}
