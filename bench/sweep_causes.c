// SPDX-License-Identifier: GPL-2.0-or-later
/* What can happen under a schedule, and what of it did. */
#include <inttypes.h>

#include "metrics.h"
#include "sweep.h"

static const struct {
	const char *what, *counters;
} causes[SWEEP_NR_CAUSES] = {
	{ "frozen SPTE seen", "kvm.pf_retry_frozen" },
	{ "cmpxchg of an SPTE lost", "kvm.pf_retry_cmpxchg" },
	{ "fault overtaken by an invalidation", "kvm.pf_retry_stale" },
	{ "page table allocated in vain", "kvm.pf_unused_sp" },
	{ "mirror SPTE overwritten", "kvm.mmu_mirror_overwritten" },
	{ "BUSY: S-EPT tree", "seamcall.*.busy_tree" },
	{ "BUSY: S-EPT entry", "seamcall.*.busy_entry" },
	{ "BUSY: TLB epoch", "seamcall.*.busy_epoch" },
	{ "PREVIOUS_TLB_EPOCH_BUSY", "seamcall.*.prev_epoch" },
	{ "EPT_ENTRY_STATE_INCORRECT", "seamcall.*.state_incorrect" },
	{ "EPT_WALK_FAILED", "seamcall.*.walk_failed" },
	{ "ACCEPT told the guest BUSY", "guest.accept_busy|softtdx.accept_busy" },
	{ "kick found a vCPU in the guest", "softtdx.kick_inside" },
	/* Windows: the SEAMCALL yielded there, and another one was under way when it went on. */
	{ "met at a SEAMCALL's begin", "softtdx.met_begin" },
	{ "met with a SEAMCALL's locks held", "softtdx.met_locked" },
	{ "met at a SEAMCALL's end", "softtdx.met_end" },
	{ "met just before the guest runs", "softtdx.met_enter" },
};

void sweep_note(struct sweep *sw, const struct counters *life)
{
	int64_t n = 0;

	if (metrics_sum(life, "seamcall.mem_page_aug.ok", &n) && n > 0)
		sw->faults += (uint64_t)n;
	for (size_t i = 0; i < SWEEP_NR_CAUSES; i++) {
		struct sweep_cause *c = &sw->cause[i];

		if (!metrics_sum(life, causes[i].counters, &n) || n <= 0)
			continue;
		if (!c->seeds++)
			c->first = sw->seed;
		c->times += (uint64_t)n;
	}
}

void sweep_print_causes(const struct sweep *sw, FILE *out)
{
	for (size_t i = 0; i < SWEEP_NR_CAUSES; i++) {
		const struct sweep_cause *k = &sw->cause[i];

		if (k->seeds)
			fprintf(out,
				"septbench:   %-34s %" PRIu64 " seeds, the first %" PRIu64
				", %" PRIu64 " times\n",
				causes[i].what, k->seeds, k->first, k->times);
	}
	for (size_t i = 0; i < SWEEP_NR_CAUSES; i++)
		if (!sw->cause[i].seeds)
			fprintf(out, "septbench:   %-34s never\n", causes[i].what);
}
