# SPDX-License-Identifier: GPL-2.0-or-later
"""
kselftests.py LIST VARIANT=LOG...: what the guests of ci/kselftests said, as a table on stdout. LIST has the tests
(SECONDS NAME PROGRAM ARGUMENT...); the first VARIANT is what the others are held against. Exit status 1 if one
differs from it, a kernel complained or a log has no end; 3 if a test failed under all of them or none passed.
"""
import collections
import re
import sys

# As `septbench lab` judges a log (lab/klog.c).
BAD = re.compile(r"WARNING:|BUG:|kernel BUG|Oops|Kernel panic|general protection|possible recursive|possible circular"
                 r"|inconsistent lock|bad unlock|suspicious RCU|detected stall|blocked for more|soft lockup|KASAN:"
                 r"|UBSAN:|ODEBUG:|corruption|Call Trace:")
VERDICTS = {0: "pass", 4: "skip", 124: "timeout", 137: "timeout"}
DEFECTS = {"KERNEL", "missing", "NOT-CLEAN"}


def telling(said):
    """Of the last words of a test that did not pass: what it asserts or why it skips, and what it said about it."""
    for i, line in enumerate(said[:-1]):
        if "Assertion Failure" in line:
            return f"{said[i + 1].strip()}: {said[-1].strip()}"
    return next((line for line in said if "SKIP" in line), said[-1] if said else "")


def judge(names, path):
    """{name: (verdict, why, seconds)} of one log, with "log" for what the kernel said beside the tests."""
    got, said, complaint = {}, [], ""
    for line in open(path, encoding="utf-8", errors="replace"):
        line = re.sub(r"^\[[^]]*\] *", "", line.rstrip("\r\n"))
        if line.startswith("KST| "):
            said.append(line[5:])
        elif line.startswith("KST "):
            name, status, start, end = (line.split() + ["0", "0"])[1:5]
            verdict = "KERNEL" if complaint else VERDICTS.get(int(status), "fail")
            got[name] = (verdict, complaint or ("" if status == "0" else telling(said)), float(end) - float(start))
            said, complaint = [], ""
            # After the last, "end", comes init's own, a panic.
        elif BAD.search(line) and not complaint:
            complaint = line
    result = {name: got.get(name, ("missing", complaint, 0)) for name in names}
    wrong = [why or name for name, (verdict, why, _) in got.items() if name not in names and verdict != "pass"]
    if "end" not in got:
        wrong.insert(0, complaint or "it has no end")
    result["log"] = ("NOT-CLEAN" if wrong else "clean", "; ".join(wrong), 0)
    return result


def table(names, results):
    """Prints it all; the exit status."""
    base = next(iter(results.values()))
    differences = bad = 0
    counts = collections.Counter()
    print(f"{'test':28} {'seconds':>7}", *(f"{v:12.12}" for v in results), "verdict")
    for name in [*names, "log"]:
        verdicts = [r[name][0] for r in results.values()]
        differs = sum(v != verdicts[0] for v in verdicts)
        differences += differs
        bad += bool(DEFECTS & set(verdicts))
        if name != "log":
            counts.update(verdicts)
        seconds = f"{base[name][2]:7.1f}" if name != "log" else " " * 7
        print(f"{name:28} {seconds}", *(f"{v:12}" for v in verdicts), "DIFFERS" if differs else "same")
    for variant, result in results.items():
        for name, (verdict, why, _) in result.items():
            if verdict not in ("pass", "clean"):
                print(f"  {variant}: {name} {verdict}: {why}")
    alike = sum(v not in ("pass", "skip", "clean") for v, _, _ in base.values())
    print(f"{len(names)} tests, {next(iter(results))} and {len(results) - 1} variants: {differences} differences;",
          ", ".join(f"{n} {v}" for v, n in counts.most_common()))
    return 1 if differences or bad else 3 if alike or not counts["pass"] else 0


def main():
    names = [line.split()[1] for line in open(sys.argv[1], encoding="utf-8")]
    logs = dict(arg.split("=", 1) for arg in sys.argv[2:])
    sys.exit(table(names, {variant: judge(names, path) for variant, path in logs.items()}))


main()
