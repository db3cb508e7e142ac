// SPDX-License-Identifier: GPL-2.0-only
/* Physical memory in user space. */
#include "shim.h"

#ifndef __KERNEL__
unsigned char *sx_user_mem_base;
#endif
