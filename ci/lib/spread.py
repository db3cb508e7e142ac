# SPDX-License-Identifier: GPL-2.0-or-later
"""spread.py FILE...: per exact metric, the range of the files' means: one build each."""
import collections
import json
import sys

values = collections.defaultdict(lambda: collections.defaultdict(list))
gated = {}
for path in sys.argv[1:]:
    for line in open(path):
        b = json.loads(line)
        if b["type"] != "block" or b["warmup"] or not b["valid"]:
            continue
        for name, m in b["metrics"].items():
            if m["class"] == "exact":
                values[b["case"], name][path].append(m["v"])
                gated[b["case"], name] = m["gated"]

print(f"{'case':16} {'metric':28} {'min':>12} {'max':>12} {'spread':>8}")
for (case, name), per in sorted(values.items(), key=lambda i: (not gated[i[0]], i[0])):
    means = [sum(v) / len(v) for v in per.values()]
    low, high = min(means), max(means)
    if not high:
        continue
    mark = "" if gated[case, name] else "  (not gated)"
    print(f"{case:16} {name:28} {low:12.6g} {high:12.6g} {100 * (high - low) / high:7.2f}%{mark}")
print(f"n = {len(next(iter(values.values())))} builds, clock count")
