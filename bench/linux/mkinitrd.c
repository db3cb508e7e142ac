// SPDX-License-Identifier: GPL-2.0-or-later
/* mkinitrd OUT INIT, at build time: an initrd that holds INIT and the folders it mounts on. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cpio.h"

int main(int argc, char **argv)
{
	static const char * const folders[] = { "/dev", "/proc", "/sys" };
	struct cpio *c;
	int r;

	if (argc == 3)
		unlink(argv[1]);	/* cpio_create() replaces nothing */
	c = argc == 3 ? cpio_create(argv[1]) : NULL;
	if (!c) {
		perror(argc == 3 ? argv[1] : "usage: mkinitrd OUT INIT");
		return 2;
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		cpio_add_dir(c, folders[i]);
	cpio_add_file(c, "/init", argv[2], 0755);
	r = cpio_close(c);
	if (r)
		fprintf(stderr, "mkinitrd: %s\n", strerror(-r));
	return r ? 3 : 0;
}
