#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pages.py cases|metrics PROGRAM NOTES: a man page of section 7 from what `PROGRAM list CASE` says, and for
metrics from NOTES too. A metric without a note is an error, so that the manual cannot fall behind."""
import fnmatch
import re
import subprocess
import sys


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in ".'" else text


def head(name, what):
    return [f'.TH "{name.upper()}" 7 "" "septbench" ""', ".SH NAME", f"{roff(name)} \\- {what}"]


def read_cases(program):
    def listed(*names):
        return subprocess.run([program, "list", *names], capture_output=True, text=True, check=True).stdout

    names = re.findall(r"^  (\S+)", listed().split("\nvariants")[0], re.M)
    cases = []
    for name in names:
        lines = listed(name).splitlines()
        case = {"name": name, "summary": lines[0].split(": ", 1)[1], "facts": [], "metrics": []}
        for line, after in zip(lines[1:], lines[2:] + [""]):
            if m := re.match(r"  (\S.*?)  +(\S.*)$", line):
                case["facts"].append(m.groups())
            elif m := re.match(r"    (\S+) +(\S+) +(.*;.*)$", line):
                case["metrics"].append((*m.groups(), after.strip()))
        if not case["facts"] or not case["metrics"]:
            sys.exit(f"pages.py: `list {name}` is not as expected")
        cases.append(case)
    return cases


def cases_page(cases):
    out = head("septbench-cases", "what is measured, and how")
    for c in cases:
        out += [f".SH {roff(c['name'].upper())}", roff(c["summary"]) + "."]
        for key, text in c["facts"]:
            out += [".TP", f"\\fB{roff(key)}\\fR", roff(text)]
        out += [".PP", "Metrics:"]
        for name, unit, kind, text in c["metrics"]:
            out += [".TP", f"\\fB{roff(name)}\\fR ({roff(unit)}; {roff(kind)})", roff(text)]
    return out + [".SH SEE ALSO", "\\fBseptbench\\-metrics\\fR(7), \\fBseptbench\\-list\\fR(1)"]


def read_notes(path):
    notes = []
    for part in open(path).read().split("\n\n"):
        lines = [l for l in part.splitlines() if not l.startswith("#")]
        if lines:
            notes.append((lines[0].split(), lines[1:]))
    return notes


def metrics_page(cases, notes):
    metrics = {}
    for c in cases:
        for name, unit, kind, text in c["metrics"]:
            m = metrics.setdefault(name, {"unit": unit, "kind": kind.replace("; gated", ""), "texts": [],
                                          "cases": [], "gates": []})
            m["cases"].append(c["name"])
            if kind.endswith("gated"):
                m["gates"].append(c["name"])
            if text not in m["texts"]:
                m["texts"].append(text)
    out = head("septbench-metrics", "what each number means, what it leaves out, how it errs")
    out += [".SH DESCRIPTION", "Unit, clock, better direction and class under count, as \\fBseptbench list\\fR prints them."]
    for name, m in sorted(metrics.items()):
        said = [l for patterns, lines in notes if any(fnmatch.fnmatch(name, p) for p in patterns) for l in lines]
        if not said:
            sys.exit(f"pages.py: {name} has no note in docs/man/metrics.notes")
        out += [f".SH {roff(name)}", f"{roff(m['unit'])}; {roff(m['kind'])}. Cases: {roff(', '.join(m['cases']))}."]
        if m["gates"]:
            out.append(f"Gates in: {roff(', '.join(m['gates']))}.")
        for text in m["texts"] + said:
            out += [".PP", roff(text)]
    return out + [".SH SEE ALSO", "\\fBseptbench\\-cases\\fR(7), \\fBseptbench\\-compare\\fR(1)"]


def main():
    kind, program, notes = sys.argv[1:]
    cases = read_cases(program)
    page = cases_page(cases) if kind == "cases" else metrics_page(cases, read_notes(notes))
    print("\n".join(['.\\" Made by docs/man/pages.py.'] + page))


main()
