/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the softtdx core needs from its surroundings: integer types, the virtual address of a
 * physical page, and whole-page clear and copy. In the kernel these are the kernel's own; in user
 * space physical memory is one array.
 */
#ifndef SOFTTDX_SHIM_H
#define SOFTTDX_SHIM_H

struct sx_sys;

#ifdef __KERNEL__

#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/page.h>
#include <asm/processor.h>

static inline void *sx_page_va(struct sx_sys *sys, u64 pa)
{
	(void)sys;
	return __va(pa);
}

/* Not memset(): at -Os it becomes REP STOSB, 4096 counted instructions per page under icount. */
#define sx_clear_page(va)	clear_page(va)
#define sx_copy_page(to, from)	copy_page(to, from)
#define sx_relax()		cpu_relax()

#else /* user space */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
/* As in the kernel, so that %llx is right in both. */
typedef unsigned long long u64;

/*
 * Simulated physical memory: physical address 0 is here. Set before the first call and
 * page-aligned; the caller owns it and keeps it at least as large as the nr_pages it gave
 * sx_sys_init().
 */
extern unsigned char *sx_user_mem_base;

static inline void *sx_page_va(struct sx_sys *sys, u64 pa)
{
	(void)sys;
	return sx_user_mem_base + pa;
}

#define sx_clear_page(va)	memset((va), 0, 4096)
#define sx_copy_page(to, from)	memcpy((to), (from), 4096)
#define sx_relax()		__builtin_ia32_pause()

#endif

#endif
