# SPDX-License-Identifier: GPL-2.0-or-later
"""The cells of the correctness matrix: runs, judges and tabulates them. Started by ci/matrix."""
import argparse
import concurrent.futures
import fnmatch
import hashlib
import json
import os
import pathlib
import subprocess
import sys

import results
from results import why

CASES = ["populate", "populate-shared", "same-page", "sparse", "prefault", "zap", "zap-running",
         "zap-vs-fault", "convert", "slot-delete", "teardown"]
# The candidates. no-freeze and rcu-zap-prune, which show what does not work, have a cell each.
VARIANTS = ["freeze", "freeze-batched", "seamcall-first", "split-zap", "rcu-zap", "rcu-zap-seamcall-first",
            "lean-fault", "split-zap-lean-fault", "pamt-lock", "pamt-refcount", "terminate", "huge"]
# What a series is about and the cases of all do not touch.
OWN = {"huge": ["populate-2m", "zap-2m", "convert-hole", "same-2m"], "pamt-lock": ["neighbour"], "pamt-refcount": ["neighbour"]}
# Cases whose hole covers whole page tables, from 512 pages on.
PRUNING = ["zap", "zap-running", "convert", "slot-delete"]
CAUSES = {
    "frozen": ["kvm.pf_retry_frozen"], "cmpxchg": ["kvm.pf_retry_cmpxchg"],
    "stale": ["kvm.pf_retry_stale"], "busy_tree": [".busy_tree"], "busy_entry": [".busy_entry"],
    "busy_epoch": [".busy_epoch"], "prev_epoch": [".prev_epoch"],
    "state_incorrect": [".state_incorrect"], "walk_failed": [".walk_failed"],
}
YIELD = 4
NO_FREEZE_TRIES = 8


class Cell:
    """One boot: a variant, a flavour, a rate of BUSY; all cases under the same seeds."""

    def __init__(self, variant, flavour, busy, seeds, pages, cases):
        self.variant, self.flavour, self.busy = variant, flavour, busy
        self.first, self.last = seeds
        self.pages, self.cases = pages, cases
        self.name = f"{variant}-{flavour}-busy{busy}-pages{pages}-seeds{self.first}-{self.last}"

    def command(self, program, out):
        return [program, "lab", "-o", out, "--variants", self.variant, "--flavour", self.flavour,
                "--cases", ",".join(self.cases), "--vcpus", "2", "--pages", str(self.pages),
                "--sweep", "--seeds", f"{self.first}-{self.last}", "--clock", "count", "--timeout", "900",
                "--softtdx", f"yield={YIELD},busy_permille={self.busy}"]


RATES = (0, 10, 100)
# Cases in which CPUs meet.
MEETING = ["same-page", "zap-running", "zap-vs-fault", "convert"]

# flavour, BUSY in permille, seeds, pages, cases. None: one of the rates for each variant, in turn.
SMALL = [("plain", RATES, 1, 512, CASES), ("debug", None, 1, 128, CASES), ("kcsan", None, 1, 128, MEETING)]
FULL = [("plain", RATES, 20, 1024, CASES),
        ("debug", RATES, 2, 512, CASES),
        ("kcsan", (10,), 1, 128, ["same-page", "zap-vs-fault"])]


def runs(rates):
    """Which variants run at which rates."""
    if rates:
        return [(busy, variant) for busy in rates for variant in VARIANTS]
    return [(RATES[i % len(RATES)], variant) for i, variant in enumerate(VARIANTS)]


def plan(small):
    cells, seed = [], 1
    for flavour, rates, n, pages, cases in SMALL if small else FULL:
        for busy, variant in runs(rates):
            cells.append(Cell(variant, flavour, busy, (seed, seed + n - 1), pages, cases + OWN.get(variant, [])))
            seed += n
    return cells + [Cell("rcu-zap-prune", "plain", 0, (seed, seed + 1), 512, PRUNING)]


def lineage(root, variant):
    """The variant and those that its series starts from."""
    names = [variant]
    for f in (root / "patches").glob(f"*/{variant}/series"):
        for line in f.read_text().splitlines():
            if line.startswith("from "):
                names += lineage(root, line.split()[1])
    return names


def is_foreign(path, variants, flavour):
    """A file of another variant, or the configuration of another flavour's kernel."""
    if path.parts[0] == "patches":
        return len(path.parts) > 3 and path.parts[2] not in variants
    return path.parent.name == "kmod" and path.suffix == ".config" and path.stem not in ("lab", flavour)


def sources_hash(root, variant, flavour):
    """Of what decides a cell's outcome, beside what its name says."""
    h, variants = hashlib.sha256(), ["base"] + lineage(root, variant)
    for folder in ("patches", "kmod", "bench"):
        for f in sorted((root / folder).rglob("*")):
            path = f.relative_to(root)
            if f.is_file() and not is_foreign(path, variants, flavour):
                h.update(path.as_posix().encode() + b"\0" + f.read_bytes())
    return h.hexdigest()[:16]


def commit_of(root):
    """The sources' commit, with what git says of changes on top; "unknown" without git."""
    p = subprocess.run(["git", "-C", root, "describe", "--always", "--dirty", "--exclude=*"],
                       capture_output=True, text=True, check=False)
    return p.stdout.strip() or "unknown"


def blocks_of(path):
    if not path.exists():
        return []
    # A run that was cut short has said so by its exit status.
    return results.read(path, cut_short=True).blocks


def count(block, patterns):
    return sum(v for k, v in block["counters"].items() for p in patterns
               if k == p or (p[0] == "." and k.startswith("seamcall.") and k.endswith(p)))


def row(cell, case, blocks, said):
    """What a case did in a cell whose lab ended as it @said, and whether that is what it must do."""
    want = cell.last - cell.first + 1
    bad = [b for b in blocks if not b["valid"]]
    causes = {name: sum(count(b, p) for b in blocks) for name, p in CAUSES.items()}
    wrong = []
    if len(blocks) != want:
        wrong.append(f"{len(blocks)} of {want} blocks" + (f" ({said})" if said.status else ""))
    if bad:
        wrong.append(f"seed {bad[0]['params']['seed']}: {bad[0]['invalid_reason']}")
    if any(not b["oracle"] or not b["oracle"]["ok"] for b in blocks) and not bad:
        wrong.append("a block without the oracle's word")
    if cell.variant == "rcu-zap-prune" and case in PRUNING and not causes["walk_failed"]:
        wrong.append("no walk failed: nothing was pruned")
    if cell.variant != "rcu-zap-prune" and causes["walk_failed"]:
        wrong.append("EPT_WALK_FAILED")
    if said.status and not wrong:
        wrong.append(f"the lab ended with {said}")
    ran = not said.status or said.of_measured()
    if not ran:
        wrong = [f"not run: {said}"]
    return {"variant": cell.variant, "flavour": cell.flavour, "busy_permille": cell.busy,
            "case": case, "vcpus": 2, "pages": cell.pages, "seeds": [cell.first, cell.last],
            "blocks": len(blocks), "faults": sum(count(b, ["seamcall.mem_page_aug.ok"]) for b in blocks),
            "invalid": len(bad), "lab_status": said.status, "lab_reason": said.reason,
            "ran": ran, "causes": causes, "ok": not wrong, "why": "; ".join(wrong)}


def forget(cell, keep):
    for f in (keep / f"{cell.name}.log", *keep.glob(f"{cell.name}.jsonl*")):
        f.unlink(missing_ok=True)


def lab(cell, program, keep):
    """
    How the cell's lab ended, and its blocks. Its files in @keep stay until forget(), also if this process is ended
    meanwhile.
    """
    forget(cell, keep)
    out = keep / f"{cell.name}.jsonl"
    said = why.run_lab(cell.command(program, str(out)), keep / f"{cell.name}.log")
    return said, blocks_of(out)


def run_cell(cell, program, keep):
    said, blocks = lab(cell, program, keep)
    rows = [row(cell, c, [b for b in blocks if b["case"] == c], said) for c in cell.cases]
    if all(r["ok"] for r in rows):
        forget(cell, keep)
    return rows


def run_no_freeze(program, keep):
    """One boot per seed, since the kernel may not survive it, until the race of the thread is seen."""
    for seed in range(1, NO_FREEZE_TRIES + 1):
        cell = Cell("no-freeze", "plain", 0, (seed, seed), 64, ["same-page"])
        said, blocks = lab(cell, program, keep)
        r = row(cell, "same-page", blocks, said)
        if not r["ran"]:
            return [r]
        r["ok"] = r["causes"]["walk_failed"] > 0
        r["why"] = ("EPT_WALK_FAILED, as it must" if r["ok"] else
                    f"no EPT_WALK_FAILED under seeds 1-{NO_FREEZE_TRIES}")
        if r["ok"]:
            forget(cell, keep)
            return [r]
    return [r]


def verdict_of(bad):
    """A machine that failed says nothing about a variant."""
    return "FAIL" if any(r["ran"] for r in bad) else "NOT RUN"


def exit_status(rows):
    bad = [r for r in rows if not r["ok"]]
    return 0 if not bad else 1 if any(r["ran"] for r in bad) else 4


def table(rows):
    out = [f"{'variant':23}{'flavour':8}{'BUSY':>5}{'seeds':>7}{'blocks':>8}{'faults':>11}  verdict"]
    cells = {}
    for r in rows:
        cells.setdefault((r["variant"], r["flavour"], r["busy_permille"]), []).append(r)
    for (variant, flavour, busy), rs in sorted(cells.items(), key=lambda kv: (kv[0][1] != "plain", kv[0])):
        bad = [r for r in rs if not r["ok"]]
        seeds = sum(b - a + 1 for a, b in {tuple(r["seeds"]) for r in rs})
        out.append(f"{variant:23}{flavour:8}{busy / 10:4.0f}%{seeds:7}{sum(r['blocks'] for r in rs):8}"
                   f"{sum(r['faults'] for r in rs):11}  "
                   + (f"{verdict_of(bad)} {bad[0]['case']}: {bad[0]['why']}" if bad else
                      rs[0]["why"] if variant == "no-freeze" else "ok"))
    seeds = len({s for r in rows for s in range(r["seeds"][0], r["seeds"][1] + 1)})
    out.append("")
    out.append(f"{'case':17}" + "".join(f"{v[:15]:>16}" for v in VARIANTS))
    for case in CASES + sorted({c for own in OWN.values() for c in own}):
        line = f"{case:17}"
        for v in VARIANTS:
            rs = [r for r in rows if r["variant"] == v and r["case"] == case]
            bad = [r for r in rs if not r["ok"]]
            line += f"{(verdict_of(bad) + ' ' if bad else '') + str(sum(r['faults'] for r in rs)):>16}"
        out.append(line)
    out.append("")
    out.append(f"{seeds} seeds, {sum(r['blocks'] for r in rows)} blocks, "
               f"{sum(r['faults'] for r in rows)} faults; substrate soft, clock count, yield={YIELD}, 2 vCPUs")
    out.append("A fault is a page that a SEAMCALL added to a TD. In the second table: faults per case.")
    return "\n".join(out) + "\n"


def finish_cell(name, rows, origin, cells_dir):
    """Each row says what it was made from, since a table may be made over many commits."""
    for r in rows:
        r.update(origin)
    (cells_dir / f"{name}.json").write_text(json.dumps({"sources": origin["sources"], "rows": rows}))
    bad = [r for r in rows if not r["ok"]]
    print(f"septbench: {name}: " + ("ok" if not bad else f"{verdict_of(bad)} {bad[0]['case']}: {bad[0]['why']}"),
          file=sys.stderr, flush=True)
    return rows


def load_cell(name, digest, cells_dir):
    f = cells_dir / f"{name}.json"
    if not f.exists():
        return None
    done = json.loads(f.read_text())
    return done["rows"] if done["sources"] == digest and all(r["ok"] for r in done["rows"]) else None


def write_table(rows, stem):
    stem.with_suffix(".jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    text = table(rows)
    stem.with_suffix(".txt").write_text(text)
    print(text, end="")


def show_done(digests, cells_dir, stem):
    """The table of the cells that are done; those that are not, or failed, are named on stderr."""
    rows, missing = [], []
    for name, digest in digests.items():
        done = load_cell(name, digest, cells_dir)
        rows += done or []
        missing += [] if done else [name]
    write_table(rows, stem)
    for name in missing:
        print(f"septbench: {name}: not done, or not ok", file=sys.stderr)
    return 1 if missing else 0


def run_missing(work, digests, commit, kept, jobs):
    """The rows of all cells: those that are done, and those that are run now, @jobs at a time."""
    rows, running = [], {}
    with concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        for name, job in work.items():
            done = load_cell(name, digests[name], kept)
            if done:
                rows += done
            else:
                running[pool.submit(job)] = name
        for f in concurrent.futures.as_completed(running):
            name = running[f]
            rows += finish_cell(name, f.result(), {"sources": digests[name], "commit": commit}, kept)
    return rows


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--small", action="store_true")
    ap.add_argument("--only", default="*")
    ap.add_argument("--jobs", type=int, default=os.cpu_count())
    ap.add_argument("--done", type=pathlib.Path, metavar="STEM")
    ap.add_argument("root", type=pathlib.Path)
    ap.add_argument("program")
    a = ap.parse_args()
    top = a.root / "results"
    kept = top / ("matrix-small-cells" if a.small else "matrix-cells")
    cells = [c for c in plan(a.small) if fnmatch.fnmatchcase(c.name, a.only)]
    digests = {c.name: sources_hash(a.root, c.variant, c.flavour) for c in cells}
    if fnmatch.fnmatchcase("no-freeze", a.only):
        digests["no-freeze"] = sources_hash(a.root, "no-freeze", "plain")
    if not digests:
        print(f"septbench: no cell is called {a.only}", file=sys.stderr)
        return 2
    if a.done:
        return show_done(digests, kept, a.done)
    kept.mkdir(parents=True, exist_ok=True)
    work = {c.name: (lambda c=c: run_cell(c, a.program, kept)) for c in cells}
    if "no-freeze" in digests:
        work["no-freeze"] = lambda: run_no_freeze(a.program, kept)
    rows = run_missing(work, digests, commit_of(a.root), kept, a.jobs)
    write_table(rows, top / ("matrix-small" if a.small else "matrix"))
    return exit_status(rows)


if __name__ == "__main__":
    # Not after the cells that wait for their turn.
    why.end_by_ctrl_c()
    sys.exit(main())
