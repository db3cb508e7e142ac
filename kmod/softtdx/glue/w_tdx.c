// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree's vmx/tdx.c, unmodified, with two things under it replaced:
 *  - INVEPT, which is #UD on AMD: vmx_ops.h is read first under another name for ept_sync_global();
 *  - the question whether the platform is a TDX host. cpu_feature_enabled() is patched when a
 * module loads, so a CPU capability set by this very module would come too late. And two things
 * watched: tdx_quirk_reset_paddr(), whose pages are counted; and kvm_make_all_cpus_request(), which
 * is how tdx.c kicks vCPUs, so kicks are counted there, and one can be lost on purpose
 * (bug=skip_kick) to show that the missing exit is noticed.
 */
#include "glue.h"
#define ept_sync_global vmx_ept_sync_global
#include "vmx/vmx_ops.h"
#undef ept_sync_global
#include "vmx/vmx.h"

#define ept_sync_global soft_ept_sync_global
#define tdx_quirk_reset_paddr(base, size) soft_reset_paddr(base, size)
#define kvm_make_all_cpus_request(kvm, req) soft_kick_vcpus(kvm, req)

/* Where a variant takes mmu_lock here, it counts as in kvm.ko (count.h). */
#define _raw_read_lock sept_read_lock
#define _raw_read_unlock sept_read_unlock
#define _raw_write_lock sept_write_lock
#define _raw_write_unlock sept_write_unlock

#undef cpu_feature_enabled
#define cpu_feature_enabled(bit) ((bit) == X86_FEATURE_TDX_HOST_PLATFORM || boot_cpu_has(bit))

#include "vmx/tdx.c"
