# SPDX-License-Identifier: GPL-2.0-or-later
"""Planted regressions must be flagged by `septbench gate`, harmless rebuilds must not. Started by ci/sensitivity."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import results
from results import why
from nightly_report import change, rows_of
from nightly_store import holder, lock

# What is measured, and what besides the exact metrics is agreed on, within how much. What harmless rebuilds do
# to the means of races falls with the number of blocks: ci/rebuilds 8 gave a standard deviation of a build of
# 4.7 % (retries_frozen_per_fault, two blocks), 1.2 % (twelve). Two nights then differ by 1.7 %, a sixth of 10 %.
CELLS = {
    "paths": (["--cases", "populate,zap", "--vcpus", "2", "--pages", "256", "--blocks", "1"],
              [("*", None), ("*/zap_per_page", "10%")]),
    # What costs no CPU an instruction, but has another one wait.
    "side": (["--cases", "populate", "--vcpus", "8", "--pages", "256", "--blocks", "1", "--turn", "1000"], [("*", None)]),
    "races": (["--cases", "zap-vs-fault", "--vcpus", "2", "--pages", "256", "--blocks", "12",
               "--softtdx", "yield=4"],
              [("*/exits_per_fault", "10%"), ("*/fault_mean", "10%"), ("*/retries_frozen_per_fault", "10%")]),
}
SMALL = ["extra-track", "one-percent"]
VARIANT = "planted"             # of a folder of its own, so that freeze's build is left alone


class Arm:
    """A patch over the base, or none: what is expected of it, and what came of it."""

    def __init__(self, name, patch=None, harmless=False):
        self.name, self.patch, self.harmless = name, patch, harmless
        self.cells, self.metric = list(CELLS), None
        if patch and not harmless:
            m = re.search(r"^Flagged-by: (\w+) (\S+) (\S+)$", patch.read_text(), re.M)
            if not m or m[1] not in CELLS:
                results.end(2, f"{patch}: no line Flagged-by: CELL CASE METRIC")
            self.cells, self.metric = [m[1]], (m[2], m[3])


def arms_of(folder, names, small):
    planted = [Arm(p.stem, p) for p in sorted(folder.glob("*.patch"))]
    harmless = [Arm("A/A", harmless=True),
                *(Arm(p.stem, p, True) for p in sorted(folder.glob("harmless/*.patch")))]
    if small:
        planted = [a for a in planted if a.name in SMALL]
        harmless[0].cells, harmless = ["paths"], harmless[:1]
    arms = [a for a in planted + harmless if not names or a.name in names]
    if unknown := set(names) - {a.name for a in arms}:
        results.end(2, f"there is no {sorted(unknown)[0]} in {folder}")
    return arms


def make_patches(root, to, patches):
    """A patches folder in which the variant is base and the patches."""
    shutil.rmtree(to, ignore_errors=True)
    for base in sorted((root / "patches").glob("[0-9]*/base")):
        series = to / base.parent.name
        shutil.copytree(base, series / "base")
        variant = series / VARIANT
        variant.mkdir()
        (variant / "series").write_text(f"# A tree with {', '.join(p.stem for p in patches) or 'nothing'} planted.\n"
                                        + "".join(f"{p.name}\n" for p in patches))
        for p in patches:
            shutil.copy(p, variant)


def patches_of(a):
    return dict(os.environ, SEPTBENCH_PATCHES=str(a.dir / "patches"))


def measure(a, arm, cell, out):
    """Measures into @out; its run line says what was planted, so that no two nights are the same file."""
    make_patches(a.root, a.dir / "patches", [arm.patch] if arm.patch else [])
    command = [a.program, "lab", "-o", str(out), "--clock", "count", "--boots", "1", "--variants", VARIANT,
               *CELLS[cell][0], *(["--kernel", a.kernel] if a.kernel else [])]
    log = out.with_suffix(".log")
    said = why.run_lab(command, log, patches_of(a))
    if said.status:
        print(log.read_text(errors="replace"), file=sys.stderr)
        print(f"septbench: {arm.name}, {cell}: the lab ended with {said}", file=sys.stderr)
        return False
    out.write_text(results.with_env(out.read_text(), planted=arm.name))
    return True


def gate(a, cell, out, *options):
    return subprocess.run([a.program, "gate", str(out), "--base", VARIANT, "--baseline",
                           str(a.dir / f"{cell}.json"), *options], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)


def agree(a, cell):
    """The first night of a cell: measured, and agreed on."""
    store = a.dir / cell
    store.mkdir()
    first = store / "first.jsonl"
    if not measure(a, Arm("nothing", harmless=True), cell, first):
        return False
    for key, within in CELLS[cell][1]:
        p = gate(a, cell, first, "--accept", key, "--reason", "the tree as it is",
                 *(["--within", within] if within else []))
        if p.returncode:
            print(p.stdout, file=sys.stderr)
            return False
    return True


def judge(arm, cell, status, flags):
    """A row of the table: what is flagged, the largest first."""
    hit = next((f for f in flags if (f["case"], f["metric"]) == arm.metric), flags[0] if flags else None)
    if arm.harmless:
        ok = status == 0
    else:
        ok = status == 1 and hit is not None and (hit["case"], hit["metric"]) == arm.metric
    row = {"arm": arm.name, "cell": cell, "harmless": arm.harmless, "status": status, "ok": ok, "metric": "",
           "others": max(len(flags) - 1, 0)}
    if hit:
        row |= {"metric": f"{hit['case']} {hit['metric']}", "from": f"{hit['agreed']:.14g}",
                "to": f"{hit['tonight']:.14g}", "unit": hit["unit"], "effect": change(hit["agreed"], hit["tonight"])}
    return row


def show(row):
    what = "not flagged" if not row["metric"] else \
        f"{row['metric']}  {row['from']} -> {row['to']} {row['unit']}  {row['effect']}" + \
        (f"  and {row['others']} more" if row["others"] else "")
    verdict = ("ok" if row["ok"] else "FALSE ALARM" if row["harmless"] else
               "MISSED" if row["status"] != 1 else "OTHER METRIC")
    return f"{verdict:12} {'harmless' if row['harmless'] else 'planted':9} {row['arm']:17} {row['cell']:6} {what}"


def run(a, arms):
    rows, sound = [], True
    used = {c for arm in arms for c in arm.cells}
    if not all([agree(a, cell) for cell in CELLS if cell in used]):
        return 3
    print(f"{'verdict':12} {'arm':27} {'cell':6} flagged by, value agreed on -> measured")
    for arm in arms:
        for cell in arm.cells:
            out = a.dir / f"{arm.name.replace('/', '-')}-{cell}.jsonl"
            if not measure(a, arm, cell, out):
                sound = False
                continue
            said = out.with_suffix(".gate")
            p = gate(a, cell, out, "--store", str(a.dir / cell), "--json", str(said))
            flags = rows_of(json.loads(said.read_text()), "regressed") if said.exists() else []
            rows.append(judge(arm, cell, p.returncode, flags))
            print(show(rows[-1]), flush=True)
            if not rows[-1]["ok"]:
                print(p.stdout, file=sys.stderr)
    bad = [r for r in rows if not r["ok"]]
    print(f"{sum(not r['harmless'] for r in rows)} planted, {sum(r['harmless'] for r in rows)} harmless, {len(bad)} wrong; "
          "n = 1 boot each, substrate soft, clock count, one baseline night")
    for cell in sorted(used):
        print(f"{cell}: septbench lab {' '.join(CELLS[cell][0])}")
    return 1 if bad else 0 if sound else 3


def bisect(a, arm):
    """Among harmless patches, bisect must find the planted one. True if it does."""
    harmless = [arm.patch.parent / "harmless" / f"{n}.patch" for n in ("padding", "reordered")]
    make_patches(a.root, a.dir / "patches", [harmless[0], arm.patch, harmless[1]])
    case, metric = arm.metric
    options = CELLS[arm.cells[0]][0][2:]        # bisect takes one case
    said = a.dir / "found.json"
    said.unlink(missing_ok=True)
    log = a.dir / f"bisect-{arm.name}.log"
    ended = why.run_lab([a.program, "bisect", "--series", VARIANT, "--case", case, "--metric", metric, *options,
                         "--json", str(said), *(["--kernel", a.kernel] if a.kernel else [])], log, patches_of(a))
    hit = json.loads(said.read_text()) if said.exists() else {}
    found = pathlib.PurePath(hit["first_bad"]["subject"]).name if hit.get("found") else None
    ok = ended.status == 0 and found == arm.patch.name
    print(f"{'ok' if ok else 'NOT FOUND':12} bisect    {arm.name:17} {arm.cells[0]:6} {found or 'nothing'}"
          + (f"  {hit['from']:.14g} -> {hit['to']:.14g} {hit['unit']}" if hit else ""), flush=True)
    if not ok:
        print(log.read_text(errors="replace"), file=sys.stderr)
    return ok


def bisect_all(a, arms):
    planted = [arm for arm in arms if not arm.harmless]
    found = [bisect(a, arm) for arm in planted]
    print(f"{sum(found)} of {len(found)} found between two harmless patches; substrate soft, clock count")
    return 0 if all(found) else 1


def begin(folder):
    """Not a temporary folder: a signal that ends this leaves nothing, for the next run begins with an empty one."""
    try:
        held = lock(folder)
        if not held:
            results.end(4, f"process {holder(folder)} is at work in {folder}")
        for path in set(folder.iterdir()) - {folder / "lock"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    except OSError as e:
        results.end(4, f"{e.filename}: {e.strerror}")
    return held


def main():
    ap = argparse.ArgumentParser(prog="ci/sensitivity")
    ap.add_argument("root", type=pathlib.Path, help=argparse.SUPPRESS)
    ap.add_argument("program", help=argparse.SUPPRESS)
    ap.add_argument("--small", action="store_true", help="two planted ones and A/A")
    ap.add_argument("--bisect", action="store_true", help="in place of gate: bisect must find each planted one")
    ap.add_argument("--kernel", metavar="DIR", help="tree (default: Debian's)")
    ap.add_argument("names", nargs="*", metavar="NAME", help="of a patch, or A/A (default: all)")
    a = ap.parse_intermixed_args()
    folder = sorted((a.root / "tests/planted").glob("[0-9]*"))[-1]
    arms = arms_of(folder, a.names, a.small)
    a.dir = a.root / "results/sensitivity"
    held = begin(a.dir)
    status = bisect_all(a, arms) if a.bisect else run(a, arms)
    held.close()
    return status


if __name__ == "__main__":
    why.end_by_ctrl_c()
    sys.exit(main())
