# SPDX-License-Identifier: GPL-2.0-or-later
"""machines.py NAME=FILE...: do the gated figures of one run agree between machines? Counts of events and numbers
of instructions apart: a compiler changes the latter, and a QEMU may."""
import json
import sys

import results


def read(path):
    """The run line, and {(variant, case, params, boot, block, metric): (value, unit)} of what gates."""
    result, values = results.read(path), {}
    for o in result.sound():
        params = json.dumps(o["params"], sort_keys=True)
        for name, m in o["metrics"].items():
            if m["gated"] and m["v"] is not None:
                values[o["variant"], o["case"], params, o["boot"], o["block"], name] = m["v"], m["unit"]
    return result.run, values


def is_time(unit):
    return unit.startswith(("insn", "ns"))


def show_difference(a, b, names, what, keys):
    """One line: how many of the figures that both have are equal; then the ones that are not, a row a metric."""
    differ = [k for k in keys if a[k][0] != b[k][0]]
    print(f"{what}: {len(keys) - len(differ)} of {len(keys)} the same on {names[0]} and {names[1]}")
    rows = {}
    for k in differ:
        rows.setdefault((k[0], k[1], k[5]), k)
    for (variant, case, metric), k in sorted(rows.items()):
        print(f"    {variant} {case} {metric}: {a[k][0]:g} {b[k][0]:g} {a[k][1]}")
    return len(differ)


def main():
    machines = [(n, *read(f)) for n, f in (arg.split("=", 1) for arg in sys.argv[1:])]
    for name, run, values in machines:
        env = run["env"]
        print(f"{name}: {len(values)} gated figures; kernel {env.get('kernel')}, {env.get('compiler')}, {env.get('qemu')}")
    base, _, first = machines[0]
    for name, _, values in machines[1:]:
        both = sorted(first.keys() & values.keys())
        if not both:
            results.end(3, f"{base} and {name} have no figure in common")
        for what, some in (("counts", [k for k in both if not is_time(first[k][1])]),
                           ("instructions", [k for k in both if is_time(first[k][1])])):
            show_difference(first, values, (base, name), what, some)


results.program(main)
