# SPDX-License-Identifier: GPL-2.0-or-later
"""spread.py FILE...: per metric, the files' means: range and standard deviation. One build each."""
import collections
import statistics
import sys

import results


def main():
    values = collections.defaultdict(lambda: collections.defaultdict(list))
    rank = {}
    for path in sys.argv[1:]:
        for b in results.read(path).sound():
            for name, m in b["metrics"].items():
                if m["v"] is not None:
                    values[b["case"], name][path].append(m["v"])
                    rank[b["case"], name] = (not m["gated"], m["class"])

    print(f"{'case':16} {'metric':28} {'min':>12} {'max':>12} {'spread':>8} {'sd':>7}  class")
    for (case, name), per in sorted(values.items(), key=lambda i: (rank[i[0]], i[0])):
        means = [statistics.fmean(v) for v in per.values()]
        low, high, mean = min(means), max(means), statistics.fmean(means)
        if not high or len(means) < 2:
            continue
        print(f"{case:16} {name:28} {low:12.6g} {high:12.6g} {100 * (high - low) / high:7.2f}% "
              f"{100 * statistics.stdev(means) / mean:6.2f}%  {rank[case, name][1]}"
              f"{', not gated' if rank[case, name][0] else ''}")
    print(f"n = {len(sys.argv) - 1} builds, clock count")


results.program(main)
