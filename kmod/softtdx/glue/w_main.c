// SPDX-License-Identifier: GPL-2.0-only
/* The tree's vmx/main.c, unmodified. Watched: a TD's VM comes and goes. */
#include "glue.h"
#include "vmx/x86_ops.h"
#include "vmx/tdx.h"

#define tdx_vm_init soft_vm_init
#define tdx_vm_destroy soft_vm_destroy

#include "vmx/main.c"
