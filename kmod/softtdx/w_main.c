// SPDX-License-Identifier: GPL-2.0-only
/* The tree's vmx/main.c, unmodified. */
#include "rename.h"
#include "vmx/main.c"
