// SPDX-License-Identifier: GPL-2.0-only
/* The tree's vmx/posted_intr.c, unmodified. */
#include "vmx/posted_intr.c"
