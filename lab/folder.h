/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders of the cache that the program itself keeps things in; kmod/ has its own. */
#ifndef LAB_FOLDER_H
#define LAB_FOLDER_H

#include <stdbool.h>

#define CACHE_PATH	1024

/*
 * $XDG_CACHE_HOME/septbench, or that of HOME; it need not exist. 0, or 4 after one line on stderr:
 * neither is set, or the name is too long.
 */
int cache_root(char path[CACHE_PATH]);

/* @name, which may have slashes, under it; made if need be. 0, or 4 after one line on stderr. */
int cache_folder(const char *name, char path[CACHE_PATH]);

/*
 * Makes this process the only one to use @folder, for as long as it lives; @wait: when the one that
 * does now has ended, which is said. 0, or 4 after one line on stderr that says that @what is
 * already in use.
 */
int cache_lock(const char *folder, const char *what, bool wait);

#endif
