/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host and the payload in the guest agree on. Freestanding; also included by assembly.
 *
 * The payload is one flat image of 64 KiB that ends at 4 GiB, where the reset vector is. Its first
 * page holds struct guest_params, filled by the host before the image is given to the TD. Page
 * tables and stacks are built by the host too, below the image, so the payload has no memory to set
 * up.
 */
#ifndef BENCH_GUEST_ABI_H
#define BENCH_GUEST_ABI_H

/* Guest physical layout. Private memory: boot range and test range. Shared: the mailbox range. */
#define GUEST_IMAGE_GPA		0xffff0000
#define GUEST_IMAGE_SIZE	0x10000
#define GUEST_BOOT_GPA		0xffe00000	/* page tables, stacks, then the image */
#define GUEST_BOOT_SIZE		0x200000
#define GUEST_SHARED_GPA	0x80000000
#define GUEST_TEST_GPA		0x100000000
#define GUEST_STACK_SIZE	0x1000

/* Private memory is mapped one to one; shared memory at its GPA plus this. */
#define GUEST_SHARED_VA		0x400000000000

/* Offsets in struct guest_params that the start-up code uses. */
#define GUEST_PARAMS_CR3	0
#define GUEST_PARAMS_STACKS	8

/* The port that ends a command; its value is the vCPU's index. */
#define GUEST_PORT		0x5e

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

#include "../barrier.h"
#include "../ledger.h"
#include "record/hist.h"

/* How the payload reaches the TDX module. */
enum guest_call {
	GUEST_CALL_NONE,	/* a plain VM: no module, port I/O by OUT */
	GUEST_CALL_TDCALL,	/* hardware */
	GUEST_CALL_VMMCALL,	/* softtdx on AMD-V, where TDCALL is #UD */
};

struct guest_params {
	uint64_t cr3;
	uint64_t stacks;	/* lowest stack; vCPU i's ends (i + 1) * GUEST_STACK_SIZE above */
	uint64_t call;			/* enum guest_call */
	uint64_t common;		/* virtual address of struct guest_common */
	uint64_t mailboxes;		/* virtual address of mailbox 0 */
	uint64_t mailbox_stride;
	uint64_t ledger;		/* virtual address of struct ledger */
	uint64_t shared_bit;		/* of a GPA; 0 in an ordinary VM */
};

_Static_assert(offsetof(struct guest_params, cr3) == GUEST_PARAMS_CR3, "start.S");
_Static_assert(offsetof(struct guest_params, stacks) == GUEST_PARAMS_STACKS, "start.S");

/* What all vCPUs share. */
struct guest_common {
	struct barrier start, end;
	uint32_t stop;			/* ends GUEST_SPIN */
};

enum guest_cmd {
	GUEST_NOP,
	/*
	 * args: n. Times @n empty loops of two instructions each turn (DEC, JNZ) and leaves the
	 * ticks in ->result: so many ticks for 2n instructions.
	 */
	GUEST_INSN_LOOP,
	/*
	 * Reads the order list and writes the histogram's pages, so that the timed part finds them
	 * mapped.
	 */
	GUEST_WARM,
	/*
	 * Walks ->order[0..count): for each page ACCEPT (flag) and touch (flag), timed one by one.
	 * With neither flag it is the empty loop that gives the bias. ->rounds times over. Start
	 * and end barrier around it.
	 */
	GUEST_TOUCH,
	/* Reads what GUEST_TOUCH wrote; ->result counts pages with anything else. */
	GUEST_VERIFY,
	/*
	 * Stays in the guest until ->stop, or for ->limit turns if that is not 0, with a PAUSE each
	 * turn. ->result is the longest turn, in ticks, ->stall what of it was not the kernel's;
	 * ->least is the shortest; ->turns is raised each turn. Start barrier first.
	 */
	GUEST_SPIN,
	/*
	 * Asks the host (MapGPA) for the ->limit pages at each page of ->order[0..count) as shared
	 * and then as private, timed as one; ACCEPTs them and writes to them. Start and end barrier
	 * around it. A TD's alone.
	 */
	GUEST_CONVERT,
	/*
	 * As GUEST_TOUCH, by 2M: what the list has is the first of GUEST_LARGE_PAGES pages, which
	 * are accepted at once, or one by one if the module says that they are not one page. A TD's
	 * alone, as the one below.
	 */
	GUEST_TOUCH_LARGE,
	/* Reads what that wrote; ->result counts 4K pages with anything else. */
	GUEST_VERIFY_LARGE,
};

#define GUEST_LARGE_PAGES	512u	/* 4K pages of a large one */

#define GUEST_F_ACCEPT	1u
#define GUEST_F_TOUCH	2u
#define GUEST_F_PARTS	4u	/* the ledger tells: faults are recorded in their parts */
#define GUEST_F_SMALL	8u	/* of GUEST_TOUCH_LARGE: accept one by one from the start */

/* What the time of a fault is told apart into. */
enum guest_part { GUEST_SUBJECT, GUEST_MODULE, GUEST_WAITING, GUEST_NR_PARTS };

/* One per vCPU, in shared memory. The host writes it only while the vCPU is out of the guest. */
struct guest_mailbox {
	uint32_t cmd;			/* enum guest_cmd */
	uint32_t flags;
	uint64_t base;			/* address of page 0 of the order list */
	uint64_t order;			/* virtual address of uint32_t[count]: page numbers */
	uint64_t count;
	uint64_t rounds;		/* of GUEST_TOUCH */
	uint64_t scale;			/* recorded value = ticks * scale >> 32 */
	/*
	 * Virtual address of uint32_t[count][GUEST_NR_PARTS]: values of fault i of the last round,
	 * besides the histograms; 0: none.
	 */
	uint64_t samples;
	uint64_t limit;			/* of GUEST_SPIN; of GUEST_CONVERT */
	/* Answers. */
	uint64_t done;			/* commands finished so far */
	uint64_t start_tsc, end_tsc;	/* after the start barrier; when its own work was done */
	struct ledger_sums start, end;	/* at these */
	uint64_t turns, least;		/* of GUEST_SPIN */
	struct ledger_sums stall;
	/* By the host: when what is of interest began. What was read before does not count. */
	uint64_t since;
	struct ledger_sums since_sums;
	uint64_t busy;			/* ACCEPT tries that came back BUSY */
	uint64_t already;		/* pages that another vCPU had accepted */
	uint64_t error;			/* first ACCEPT status that is neither; 0: none */
	uint64_t error_gpa;
	uint64_t result;
	struct hist hist[GUEST_NR_PARTS];	/* without GUEST_F_PARTS all is in the first */
};

static inline void guest_add_part(struct guest_mailbox *m, uint32_t *samples, uint64_t i,
				  enum guest_part part, uint64_t v)
{
	hist_add(&m->hist[part], v);
	/* What does not fit is the largest value there is. */
	if (samples)
		samples[i * GUEST_NR_PARTS + part] = v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

/*
 * Records fault @i, which took @ticks; @from and @to are the ledger before and after. @samples: as
 * ->samples, where the caller can reach it.
 */
static inline void guest_add_fault(struct guest_mailbox *m, uint32_t *samples, uint64_t i,
				   uint64_t ticks, struct ledger_sums from, struct ledger_sums to)
{
	uint64_t v = (uint64_t)((unsigned __int128)ticks * m->scale >> 32), others;

	if (m->flags & GUEST_F_PARTS) {
		guest_add_part(m, samples, i, GUEST_MODULE, to.module - from.module);
		guest_add_part(m, samples, i, GUEST_WAITING, to.waiting - from.waiting);
		others = to.module - from.module + to.waiting - from.waiting;
		v = v > others ? v - others : 0;
	}
	guest_add_part(m, samples, i, GUEST_SUBJECT, v);
}

#endif /* __ASSEMBLER__ */
#endif
