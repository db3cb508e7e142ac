# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/answer.md from the result files under results/reference. Started by ci/reference.

Only arithmetic on what the files hold happens here: values are those of `septbench compare`, event
counts are sums over blocks. The text around them says what the rule is; the numbers are the files'.
"""
import collections
import json
import pathlib
import statistics
import subprocess
import sys

import results

VCPUS = (1, 2, 4, 8)
BOTH = "split-zap-lean-fault"
VARIANTS = ("freeze", "freeze-batched", "seamcall-first", "split-zap", "rcu-zap", "rcu-zap-seamcall-first",
            "lean-fault", BOTH, "rcu-zap-prune", "no-freeze")
# Whose faults do less work.
LEAN = ("lean-fault", BOTH)


class Results:
    """A result file: its lines, and what `compare` makes of them."""

    def __init__(self, folder, name, program):
        self.path = folder / f"{name}.jsonl"
        self.program = program
        result = results.read(self.path)
        self.run, self.blocks = result.run, result.blocks
        self.variants = sorted({b["variant"] for b in self.blocks}, key=order)
        self.seeds = len({b.get("seed") for b in self.blocks})
        self.values, self.parts = {}, {}

    def compare(self, base):
        """Reads (case, vCPUs, metric, variant) -> value, the kernel's part where told; empty cells are absent."""
        p = subprocess.run([self.program, "compare", str(self.path), "--base", base, "--format", "json",
                            "--profile", "tdx-estimate"], stdout=subprocess.PIPE, text=True, check=False)
        if p.returncode not in (0, 1, 3) or not p.stdout:
            results.end(3, f"{self.path}: compare ended with status {p.returncode}")
        for table in json.loads(p.stdout)["tables"]:
            names = [table["base"]["variant"]] + [o["variant"] for o in table["others"]]
            for row in table["rows"]:
                params = dict(kv.split("=") for kv in row["params"].split())
                cells = [row["base"]] + row["others"]
                for name, cell in zip(names, cells):
                    if cell.get("value") is not None:
                        key = (row["case"], int(params["vcpus"]), row["metric"], name)
                        self.values[key] = cell["value"]
                        self.parts[key] = cell.get("module"), cell.get("waiting")
        return self

    def median(self, variant, case, metric, vcpus=4):
        """Of the seeds: a tick in one of them moves a mean."""
        return statistics.median(b["metrics"][metric]["v"] for b in self.blocks if not b["warmup"] and
                                 (b["variant"], b["case"], b["params"]["vcpus"]) == (variant, case, vcpus))

    def sums(self, variant, case=None, vcpus=None):
        """Counters of the measured blocks, added up."""
        total = collections.Counter()
        for b in self.blocks:
            if b["variant"] == variant and not b["warmup"] and case in (None, b["case"]) and \
                    vcpus in (None, b["params"]["vcpus"]):
                total.update(b["counters"])
        return total


def order(variant):
    known = ("unpatched",) + VARIANTS
    return (known.index(variant) if variant in known else len(known), variant)


def number(v):
    if v is None:
        return "-"
    if v == 0:
        return "0"
    if abs(v) >= 1000:
        return f"{v:.0f}"
    return f"{v:.4g}"


def table(head, rows):
    out = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return "\n".join(out + ["| " + " | ".join(str(c) for c in r) + " |" for r in rows]) + "\n"


def by_vcpus(res, case, metric):
    return table(["variant"] + [f"{n} vCPU{'s' * (n > 1)}" for n in VCPUS],
                 [[f"`{v}`"] + [number(res.values.get((case, n, metric, v))) for n in VCPUS]
                  for v in res.variants])


# What the designs are judged by: case, metric, what it is.
FIGURES = (("populate", "fault_p50", "fault, median"), ("populate", "fault_p99", "fault, 99th percentile"),
           ("same-page", "fault_mean", "fault, mean"), ("zap", "zap_per_page", "a page, until the call returns"),
           ("zap", "zap_free_per_page", "a page, until the last is FREE"),
           ("zap-running", "zap_per_page", "a page, until the call returns"),
           ("slot-delete", "zap_per_page", "a page, until the call returns"),
           ("convert", "zap_per_page", "a page, until the call returns"))


# The same of CPUs side by side.
SIDE = (("populate", "fault_p50", "fault, median"), ("populate", "fault_mean", "time of all faults, a fault"),
        ("zap-vs-fault", "fault_mean", "fault beside zaps, mean"), ("zap-vs-fault", "fault_p99", "99th percentile"),
        ("zap-vs-fault", "retries_frozen_per_fault", "tries that met a frozen SPTE, a turn"),
        ("zap-vs-fault", "retries_cmpxchg_per_fault", "tries that lost a cmpxchg, a turn"),
        ("same-page", "fault_p50", "fault, median"), ("same-page", "augs_per_fault", "PAGE.AUGs a fault"),
        ("zap-running", "zap_per_page", "a page, until the call returns"), ("zap-running", "guest_stall", "guest stall"))


def designs(res):
    return [v for v in res.variants if v in VARIANTS]


def differ(values):
    """By more than a percent: what is less is not worth a row."""
    known = [v for v in values if v is not None]
    return bool(known) and max(known) - min(known) > max(known) / 100


def side_by_side(res, figures, vcpus=4):
    """A row a figure, a column a design: the kernel's part; below it the module's and waiting, where they differ."""
    rows = []
    for case, metric, what in figures:
        keys = [(case, vcpus, metric, v) for v in designs(res)]
        rows.append([f"`{case}`: {what}"] + [number(res.values.get(k)) for k in keys])
        for i, part in enumerate(("module", "waiting")):
            cells = [res.parts.get(k, (None, None))[i] for k in keys]
            if metric.endswith(("_mean", "_per_page")) and differ(cells):
                rows.append([f"&nbsp; {part}"] + [number(c) for c in cells])
    return table(["figure"] + [f"`{v}`" for v in designs(res)], rows)


def seamcalls(sums, leaves, status):
    return sum(sums[f"seamcall.{leaf}.{status}"] for leaf in leaves)


POPULATE = ("mem_page_aug", "mem_sept_add")


def race_rows(races):
    rows = []
    for variant in races.variants:
        for case in sorted({b["case"] for b in races.blocks}):
            s = races.sums(variant, case)
            if not s:
                continue
            won = seamcalls(s, POPULATE, "ok")
            rows.append([f"`{variant}`", case, won, seamcalls(s, POPULATE, "state_incorrect"),
                         seamcalls(s, POPULATE, "busy_entry"), s["kvm.pf_retry_cmpxchg"],
                         s["kvm.pf_retry_frozen"], s["kvm.pf_unused_sp"],
                         s["kvm.mmu_mirror_overwritten"]])
    return rows


def times(a, b):
    """How many times as much @a is as @b; what is missing makes it unknown."""
    return "?" if not a or not b else f"{a / b:#.2g}".rstrip(".")


def claim(words, true):
    """The sentences stand here, the numbers in the files: a page on which they disagree is not written."""
    if not true:
        sys.exit(f"septbench: docs/answer.md says \"{words}\", and the results do not; change the words in ci/lib/answer.py")


def check_claims(res, waits, turns):
    def v(case, metric, variant, r=res):
        return r.values[case, 4, metric, variant]

    for case, metric in (("zap", "zap_per_page"), ("zap", "zap_free_per_page"), ("zap-running", "zap_per_page")):
        least = min(v(case, metric, x) for x in res.variants if x not in LEAN)
        claim(f"split-zap is the best: {case} {metric}", v(case, metric, "split-zap") <= least * 1.01)
    claim("a fault beside zaps is better off with split-zap",
          v("zap-vs-fault", "fault_mean", "split-zap", turns) < 0.98 * v("zap-vs-fault", "fault_mean", "freeze", turns))
    claim("with QEMU's own turns the guest's longest stall is worse",
          v("zap-running", "guest_stall", "split-zap") > v("zap-running", "guest_stall", "freeze"))
    claim("side by side it is not, by the median seed", turns.median("split-zap", "zap-running", "guest_stall") <
          turns.median("freeze", "zap-running", "guest_stall"))
    claim("TRACKs go by batching", v("zap-running", "tracks_per_page", "split-zap") ==
          v("zap-running", "tracks_per_page", "freeze-batched") < v("zap-running", "tracks_per_page", "rcu-zap"))
    claim("seamcall-first takes no less time where vCPUs meet, and more AUGs", v("same-page", "augs_per_fault", "seamcall-first", turns) >
          2 * v("same-page", "augs_per_fault", "freeze", turns) and v("same-page", "fault_mean", "seamcall-first", turns) >
          0.99 * v("same-page", "fault_mean", "freeze", turns))
    claim("lean-fault saves", v("populate", "fault_p50", "lean-fault") < v("populate", "fault_p50", "freeze"))
    claim("each keeps what it has alone", all(v(case, metric, BOTH) <= 1.01 * v(case, metric, one) for case, metric, one in (
        ("populate", "fault_p50", "lean-fault"), ("zap", "zap_per_page", "split-zap"), ("zap-running", "zap_per_page", "split-zap"))))
    claim("a fault beside zaps gains from both", v("zap-vs-fault", "fault_mean", BOTH, turns) <
          0.98 * min(v("zap-vs-fault", "fault_mean", x, turns) for x in ("split-zap", "lean-fault")))


def in_short(res, waits, turns, races, prune):
    check_claims(res, waits, turns)

    def v(case, metric, variant, r=res):
        return r.values.get((case, 4, metric, variant))

    def ratio(case, metric, a, b, r=res):
        return times(v(case, metric, a, r), v(case, metric, b, r))

    medians = [v("populate", "fault_p50", x) for x in res.variants if x not in LEAN]
    thrown = sum(races.sums(x)["kvm.mmu_mirror_overwritten"] for x in races.variants)
    walk = prune.sums("rcu-zap-prune", "zap", 4)["seamcall.mem_page_remove.walk_failed"]

    def stall(variant):
        return turns.median(variant, "zap-running", "guest_stall")

    def against8(metric, case, r):
        one, other = (times(r.values[case, 8, metric, x], r.values[case, 8, metric, "freeze"])
                      for x in ("split-zap", "freeze-batched"))
        return f"{one} ({other})"

    def against(metric, case="zap", r=res):
        return f"{ratio(case, metric, 'split-zap', 'freeze', r)} ({ratio(case, metric, 'freeze-batched', 'freeze', r)})"

    return f"""## In short (4 vCPUs)

- **For zaps `split-zap` is the best**: BLOCK the whole range, one TRACK and kick, REMOVE with mmu_lock shared. Times of
  `freeze` (in brackets: `freeze-batched`): a zapped page until the call returns {against("zap_per_page")}, until the last is FREE
  {against("zap_free_per_page")}, beside running vCPUs {against("zap_per_page", "zap-running")}. That is work of the kernel on all CPUs; the latency of the
  last, CPUs side by side and softtdx in it, is {against("zap_per_page", "zap-running", turns)}, with 8 vCPUs {against8("zap_per_page", "zap-running", turns)}.
- **A fault beside zaps** is better off with `split-zap` than under `freeze`. With CPUs side by side its mean is {against("fault_mean", "zap-vs-fault", turns)}, the
  99th percentile {against("fault_p99", "zap-vs-fault", turns)}; with 8 vCPUs the mean is {against8("fault_mean", "zap-vs-fault", turns)}.
- **The guest's longest stall** is {against("guest_stall", "zap-running")} with QEMU's own turns, where the whole of a zap that waits for nobody is one
  turn. With CPUs side by side it is {times(stall("split-zap"), stall("freeze"))} ({times(stall("freeze-batched"), stall("freeze"))}), by the median seed.
- **The TLB flushes go by batching, not by RCU**: TRACKs and kicks in `zap-running` are {v("zap-running", "tracks_per_page", "freeze")} a page in
  `freeze`, {number(v("zap-running", "tracks_per_page", "freeze-batched"))} in `freeze-batched` and {number(v("zap-running", "tracks_per_page", "split-zap"))} in `split-zap`. `rcu-zap`, which is `split-zap` and frees page
  tables by RCU, has {number(v("zap-running", "tracks_per_page", "rcu-zap"))}: it must flush again for each page table. No reader needs a grace period for a leaf.
- **Freezing adds nothing that shows to an undisputed fault**: the median `populate` fault takes
  {number(v("populate", "fault_p50", "freeze"))} of the kernel's instructions under `freeze`, and {number(min(medians))} to {number(max(medians))} over all designs for zaps.
  What there is to save lies elsewhere: `lean-fault` takes {number(v("populate", "fault_p50", "lean-fault"))}.
- **Both at once** (`split-zap-lean-fault`, the two series one after the other): each keeps what it has alone, and a fault beside zaps gains
  from both. Times of `freeze`: median fault {ratio("populate", "fault_p50", BOTH, "freeze")}, zapped page {ratio("zap", "zap_per_page", BOTH, "freeze")}, beside running vCPUs {ratio("zap-running", "zap_per_page", BOTH, "freeze")}; with CPUs side by side
  the mean of a fault beside zaps {ratio("zap-vs-fault", "fault_mean", BOTH, "freeze", turns)} (`split-zap` {ratio("zap-vs-fault", "fault_mean", "split-zap", "freeze", turns)}, `lean-fault` {ratio("zap-vs-fault", "fault_mean", "lean-fault", "freeze", turns)}).
- **SEAMCALL first works** with the rule "the SEAMCALL's winner owns the SPTE": {thrown} winners lost their
  cmpxchg. But it saves no time where all vCPUs want the same page (`same-page`): with CPUs side by side all faults take {ratio("same-page", "fault_mean", "seamcall-first", "freeze", turns)}
  times as long as under `freeze`, with {ratio("same-page", "augs_per_fault", "seamcall-first", "freeze", turns)} times the PAGE.AUGs, most of them in vain.
- **BLOCK(parent) first does not work** on the module as it is: {walk} of {walk} tries to REMOVE a child below a blocked
  parent came back WALK_FAILED. Leaves first (`rcu-zap`) works.

The figures are the kernel's part, KVM and all else of it, a mean over {res.seeds} seeds; softtdx's part and waiting stand apart.
Those of CPUs side by side are latency, softtdx's instructions in it, over {turns.seeds} seeds.
A mere rebuild moves means by up to a percent (README), and what depends on who meets whom, `same-page`
and `zap-vs-fault`, by more. Medians and counts of SEAMCALLs and kicks repeat.

"""


def question1(races, matrix):
    rows = race_rows(races)
    seeds = collections.Counter((b["variant"], b["case"]) for b in races.blocks).values()
    vcpus = races.blocks[0]["params"]["vcpus"]
    first = [r for r in rows if "seamcall-first" in r[0]]
    won, over = sum(r[2] for r in first), sum(r[8] for r in first)
    text = f"""## Q1. The SEAMCALL succeeds and then try_cmpxchg64() fails: how to proceed?

**Rule** (`seamcall-first`): who wins the SEAMCALL owns the mirror SPTE. A loser is told by the module
(BUSY on the entry while the winner holds its lock, EPT_ENTRY_STATE_INCORRECT afterwards), writes nothing
and retries its fault. Zaps hold mmu_lock for write, so nobody else writes the SPTE either, and the
cmpxchg of a winner cannot fail. Should it fail all the same, the VM is bugged, what the S-EPT has is
leaked, and `mmu_mirror_overwritten` counts it: a successful AUG is never undone, since that takes BLOCK,
TRACK, a kick and REMOVE, and the guest may have accepted the page.

**How often**: {over} of {won} winning SEAMCALLs lost their cmpxchg ({min(seeds)} seeds a case and more,
{vcpus} vCPUs, yield points on). The losers' tries are STATE_INCORRECT and BUSY. "frozen" counts tries that met a
frozen SPTE, which cost `freeze` no SEAMCALL.

"""
    text += table(["variant", "case", "SEAMCALLs won", "STATE_INCORRECT", "BUSY entry", "cmpxchg lost",
                   "frozen", "tables in vain", "winner's cmpxchg lost"], rows)
    lost = collections.Counter()
    for r in matrix:
        if "seamcall-first" in r["variant"]:
            lost["faults"] += r["faults"]
            lost["state"] += r["causes"]["state_incorrect"]
            lost["bad"] += not r["ok"]
    if lost["faults"]:
        text += (f"\nIn the correctness matrix the two `seamcall-first` variants populated {lost['faults']} pages, "
                 f"met STATE_INCORRECT {lost['state']} times, and {lost['bad']} of their cells failed "
                 "(a lost cmpxchg is a KVM_MMU_WARN_ON on the debug kernel).\n")
    text += """
**Only hardware can add**: how long a losing SEAMCALL takes (the model prices it at 1.2 us, an estimate).

"""
    return text


def block_by_status(res, case):
    leaves = (("BLOCK", "mem_range_block"), ("TRACK", "mem_track"), ("UNBLOCK", "mem_range_unblock"),
              ("PAGE.REMOVE", "mem_page_remove"), ("SEPT.REMOVE", "mem_sept_remove"))
    rows = []
    for variant in ("rcu-zap-prune", "rcu-zap", "freeze"):
        s = res.sums(variant, case, 4)
        row = [f"`{variant}`", case] + [s[f"seamcall.{leaf}.ok"] for _, leaf in leaves]
        rows.append(row + [s["seamcall.mem_page_remove.walk_failed"], s["kvm.tdx_kicks"]])
    return rows


def question2(res):
    rows = block_by_status(res, "zap") + block_by_status(res, "slot-delete")
    walk = rows[0][7]
    text = f"""## Q2. BLOCK(parent), then REMOVE(child): does only the child's own state count?

The thread is right that BLOCK changes exactly one entry, and that REMOVE tests "blocked" and "tracked" on its target
alone. But the module's walk to the target stops at every entry that is not
present, and a blocked parent is not present: REMOVE(child) returns **TDX_EPT_WALK_FAILED**
(0xC0000B0000000001), and so do BLOCK, UNBLOCK and AUG below it; SEPT.REMOVE(parent) returns
EPT_PAGE_NOT_FREE while a child is left. So the proposal as worded cannot go on: `rcu-zap-prune` blocks
the parent, meets the refusal ({walk} in `zap`), unblocks it, and then does what `rcu-zap` does at once.
Between UNBLOCK and the children's BLOCK the guest can reach the range again.

**Rule** (`rcu-zap`): BLOCK the leaves first, one TRACK and kick for all, REMOVE them; then, from a workqueue, the
parent's BLOCK, TRACK, kick and SEPT.REMOVE. A grace period is for the mirror's page table alone.

SEAMCALLs by status in {res.seeds} zaps of {res.blocks[0]['params']['pages']} pages each (4 vCPUs); `rcu-zap-prune` asks once for each page table:

"""
    text += table(["variant", "case", "BLOCK ok", "TRACK ok", "UNBLOCK ok", "PAGE.REMOVE ok", "SEPT.REMOVE ok",
                   "PAGE.REMOVE WALK_FAILED", "kicks"], rows)
    text += """
The rule is that of the module's source from 1.5.01 to 1.5.25; `--softtdx walk_through_blocked=1` is the hypothetical other one.

"""
    return text


def replay_row(name, run):
    b = run.blocks[0]
    failed = sum(v for k, v in b["counters"].items() if k.endswith(".walk_failed"))
    return [name, b["params"]["seed"], "valid" if b["valid"] else "invalid", failed,
            b.get("invalid_reason") or ""]


def ordering(*runs):
    rows = [replay_row(f"boot {i + 1}", r) for i, r in enumerate(runs)]
    same = all(r.blocks == runs[0].blocks for r in runs)
    b = runs[0].blocks[0]
    leaf = [k for k in b["counters"] if k.endswith(".walk_failed")]
    text = f"""## The race that freezing prevents

`no-freeze` makes the mirror SPTE visible before its SEAMCALL. A second vCPU then populates a child whose
parent is not in the S-EPT yet. Seed {b['params']['seed']} is such a schedule ({b['params']['vcpus']} vCPUs,
{b['params']['pages']} pages, case `{b['case']}`), replayed from two fresh boots; the SEAMCALLs that failed:
{', '.join(f"`{k}`" for k in leaf) or 'none'}. The two blocks are {'the same, byte for byte' if same else 'NOT the same'}.

"""
    text += table(["replay", "seed", "block", "WALK_FAILED", "how it ended"], rows)
    text += f"""
    septbench lab --variants no-freeze --cases {b['case']} --vcpus {b['params']['vcpus']} \\
      --pages {b['params']['pages']} --sweep --seeds {b['params']['seed']}-{b['params']['seed']} --clock count --softtdx yield=4

The kernel's log of it is `results/reference/replay.log`. Under other seeds the same race ends in a NULL
dereference, and no block is left to tell.

**Only hardware can add**: how wide the window is in time; that it exists follows from the order alone.

"""
    return text


def comparison(res, waits):
    text = f"""## The designs side by side

4 vCPUs, {res.blocks[0]["params"]["pages"]} pages (`zap-vs-fault`: {waits.blocks[0]["params"]["pages"]}), one boot a variant, mean over {res.seeds} seeds, instructions. **Not TDX time.**

A row of time is the kernel's part: what KVM and the rest of the kernel executed on all CPUs while the call or the fault
lasted. Rows below it have softtdx's part and waiting, where the designs differ in them by more than a percent; while a
CPU waits, none has work. Where vCPUs run (`zap-running`) the emulator's turns are part of it. A guest's stall is the longest
turn of a vCPU's loop, with all that ran in it.

{side_by_side(res, FIGURES)}
{side_by_side(waits, (("zap-vs-fault", "fault_mean", "fault beside zaps, mean"), ("zap-vs-fault", "fault_p99", "99th percentile"), ("zap-vs-fault", "retries_frozen_per_fault", "tries that met a frozen SPTE, a turn")))}
{side_by_side(res, (("zap-running", "guest_stall", "guest stall"), ("zap-running", "tracks_per_page", "TRACKs a page"), ("zap-running", "kicks_per_page", "kicks a page"), ("zap", "pruned_tables", "page tables freed")))}
![ratios to freeze](../results/reference/comparison-overview.png)

![against vCPUs](../results/reference/comparison-scaling.png)

![TRACKs and kicks](../results/reference/comparison-flushes.png)

"""
    for case, metric, what in (("populate", "fault_p99", "99th percentile of a fault"),
                               ("zap", "zap_per_page", "a page until the call returns"),
                               ("zap-running", "zap_per_page", "a page until the call returns"),
                               ("zap-running", "guest_stall", "guest stall")):
        text += f"`{case}`, {what}, by vCPUs:\n\n" + by_vcpus(res, case, metric) + "\n"
    return text + "`zap-vs-fault`, mean of a fault beside zaps, by vCPUs:\n\n" + \
        by_vcpus(waits, "zap-vs-fault", "fault_mean") + "\n"


def side(turns):
    """What depends on who meets whom."""
    b = turns.blocks[0]
    run = turns.run["env"]
    text = f"""## CPUs side by side

QEMU gives a CPU its turn up to the next timer, HLT or PAUSE, some 4 ms of its time, and the clock adds up what all CPUs run. So
two vCPUs seldom meet in the middle of a fault, and a fault beside a zap takes longer if both work at once than if one waits. Here
the CPUs take turns of {run["turn"]} instructions and run side by side, and a time is latency ([time.md](time.md#turns)). softtdx's instructions
are in it. {b["params"]["pages"]} pages, trimmed mean over {turns.seeds} seeds; first 4 vCPUs. **Not TDX time.**

{side_by_side(turns, SIDE)}
"""
    for case, metric, what in (("populate", "fault_mean", "time of all faults, a fault"),
                               ("zap-vs-fault", "fault_mean", "mean of a fault beside zaps"),
                               ("zap-running", "zap_per_page", "a page until the call returns")):
        text += f"`{case}`, {what}, by vCPUs:\n\n" + by_vcpus(turns, case, metric) + "\n"
    return text


def estimates(res):
    """What counts would cost, at 1 and 4 vCPUs."""
    rows = []
    for case, metric, unit in (("populate", "model_ns_per_fault", "ns a fault"),
                               ("zap", "model_ns_per_page", "ns a page"),
                               ("zap-running", "model_ns_per_page", "ns a page"),
                               ("slot-delete", "model_ns_per_page", "ns a page")):
        for n in (1, 4):
            rows.append([f"ESTIMATE, `{case}`, {unit}, {n} vCPU{'s' * (n > 1)}"] +
                        [number(res.values.get((case, n, metric, v))) for v in designs(res)])
    return """### ESTIMATE: what it might cost on TDX (clock `model`, cost profile `tdx-estimate`)

Counts priced by a profile whose leaf costs nobody has published; it is chosen so that sums meet published
times of whole operations (a zapped page 15 us with 4 vCPUs, an accept fault 8 us). **Not a measurement.**
All SEAMCALLs until the pages are FREE are priced; instructions are those until the call returns, less the module's own.

""" + table(["figure"] + [f"`{v}`" for v in designs(res)], rows) + "\n"


CONTROL = (("plain", "fault_p50"), ("plain-zap", "flush_requests_per_page"), ("protected", "fault_p50"),
           ("protected-zap", "flush_requests_per_page"), ("protected-convert", "fault_p50"),
           ("protected-convert", "flush_requests_per_page"))
CONTROL_MEANS = (("plain", "fault_mean"), ("plain-zap", "zap_per_page"), ("protected", "fault_mean"),
                 ("protected-zap", "zap_per_page"), ("protected-convert", "zap_per_page"),
                 ("protected-convert", "fault_mean"))
# What moves for reasons that are no variant's: timer ticks, preemption, and who waits for whom.
CONTROL_NOISE = ("kvm.exits", "kvm.irq_exits", "kvm.host_state_reload", "kvm.preemption_other",
                 "kvm.preemption_reported", "kvm.irq_injections", "kvm.blocking", "placement.", "clock.")


def control_events(control, variant):
    """(case, vCPUs) -> counters that a schedule does not move and that the unpatched tree has too."""
    out = {}
    for b in control.blocks:
        if b["variant"] == variant and not b["warmup"]:
            out[b["case"], b["params"]["vcpus"], b["block"]] = {
                k: v for k, v in b["counters"].items() if k.startswith("kvm.") and not k.startswith(CONTROL_NOISE)}
    return out


def control_differences(control, variant):
    base, mine = control_events(control, "unpatched"), control_events(control, variant)
    return sorted({f"{case} {name.removeprefix('kvm.')}" for (case, n, i), c in base.items()
                   for name, v in c.items() if mine.get((case, n, i), {}).get(name) != v})


def control_arms(control):
    counts = sorted({b["params"]["vcpus"] for b in control.blocks})
    n = max(counts)
    head = ["variant"] + [f"{c}: {m}" for c, m in CONTROL]
    rows, means, differ = [], [], []
    for v in control.variants:
        rows.append([f"`{v}`"] + [number(control.values.get((c, n, m, v))) for c, m in CONTROL])
        means.append([f"`{v}`"] + [number(control.values.get((c, n, m, v))) for c, m in CONTROL_MEANS])
        if v != "unpatched":
            differ += [f"`{v}`: {d}" for d in control_differences(control, v)]
    checked = len(next(iter(control_events(control, "unpatched").values())))
    text = f"""## Other VMs: an ordinary one and a software-protected one

Substrate `none`. `unpatched` is the kernel tree without any patch, base included. Of each block {checked} of
KVM's own statistics are compared with the unpatched kernel's, block by block, at {' and '.join(map(str, counts))} vCPUs
(left out: exits and what else timer ticks move). They differ in: {'; '.join(differ) or '**nothing**'}.

Medians and event counts, {n} vCPUs:

"""
    return text + table(head, rows) + f"\nMeans, which timer ticks move, {n} vCPUs:\n\n" + \
        table(["variant"] + [f"{c}: {m}" for c, m in CONTROL_MEANS], means) + "\n"


def matrix_row(variant, flavour, rs):
    bad = [f"{r['case']}: {r['why']}" for r in rs if not r["ok"]]
    seeds = sum(b - a + 1 for a, b in {tuple(r["seeds"]) for r in rs})
    rates = ", ".join(f"{busy / 10:g}" for busy in sorted({r["busy_permille"] for r in rs}))
    verdict = f"FAIL {bad[0]}" if bad else rs[0]["why"] if variant == "no-freeze" else "ok"
    return [f"`{variant}`", flavour, f"{rates} %", seeds, len({r["case"] for r in rs}), sum(r["blocks"] for r in rs),
            sum(r["faults"] for r in rs), verdict]


def matrix_summary(rows):
    if not rows:
        return "## Correctness\n\n`ci/matrix` has no finished result here.\n\n"
    cells = {}
    for r in rows:
        cells.setdefault((r["variant"], r["flavour"]), []).append(r)
    by_variant = sorted(cells.items(), key=lambda kv: (order(kv[0][0]), kv[0][1] != "plain", kv[0]))
    seeds = len({s for r in rows for s in range(r["seeds"][0], r["seeds"][1] + 1)})
    return ("## Correctness\n\nWhat is not in the table has not run. `ci/matrix`: "
            f"{seeds} seeds, {sum(r['blocks'] for r in rows)} blocks, {sum(r['faults'] for r in rows)} faults; "
            "a cell is one boot, in which the oracle looks after every block and the kernel log must be clean.\n\n" +
            table(["variant", "kernel", "BUSY injected", "seeds", "cases", "blocks", "faults", "verdict"],
                  [matrix_row(*key, rs) for key, rs in by_variant]) + "\n")


HEADER = """<!-- Generated by `ci/reference --page` from results/reference/; changes here are lost. -->

# What the thread asked, and what the kernels did

Substrate `soft`: KVM's own TDX code over a software TDX module, not TDX hardware. Clock `count`:
instructions, executed by QEMU. **Nothing on this page ran on TDX.** Kernel, compiler, QEMU, patches and build
ids are in the first line of each result; the last table here says where each result is from.

"""


def origins(folder):
    made = json.loads((folder / "made.json").read_text())
    rows = [[f"`results/reference/{name}`", f"`{m['commit']}`", f"`{m['command']}`"] for name, m in sorted(made.items())]
    return """## Where the results are from

`ci/reference` makes all of it anew (hours, most of them for the matrix), `ci/reference NAME` one result,
`ci/reference --page` this page from the files. When the matrix ran, `rcu-zap`,
`seamcall-first` and `lean-fault` had other patches, and the lab's kernel test-and-set spinlocks, where a TDX host's are queued (so they are since 0c75be1).

""" + table(["result", "made at commit", "by"], rows) + "\n"


def read_matrix(folder):
    f = folder / "matrix.jsonl"
    return [json.loads(text) for text in f.read_text().splitlines()] if f.exists() else []


def read(folder, program, name, base=None):
    """A result, or None where there is none yet."""
    if not (folder / f"{name}.jsonl").exists():
        return None
    res = Results(folder, name, program)
    return res.compare(base) if base else res


def section(fn, name, *args):
    """What @fn says of results, or that one of them is missing."""
    if any(a is None for a in args):
        return f"## {fn.__name__.replace('_', ' ').capitalize()}\n\nNo result here: `ci/reference {name}` makes it.\n\n"
    return fn(*args)


def main():
    folder, program, page = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    res = read(folder, program, "comparison", "freeze")
    waits = read(folder, program, "contention", "freeze")
    control = read(folder, program, "control", "unpatched")
    turns = read(folder, program, "turns", "freeze")
    races, prune = read(folder, program, "races"), read(folder, program, "prune")
    matrix = read_matrix(folder)
    replays = [read(folder, program, f"replay-{i}") for i in (1, 2)]
    text = HEADER + section(in_short, "comparison contention turns races prune", res, waits, turns, races, prune)
    text += section(comparison, "comparison contention", res, waits) + section(side, "turns", turns) + section(question1, "races", races, matrix)
    text += section(question2, "prune", prune) + section(ordering, "replay", *replays)
    text += section(estimates, "comparison", res) + section(control_arms, "control", control)
    page.write_text((text + matrix_summary(matrix) + origins(folder)).rstrip() + "\n")


results.program(main)
