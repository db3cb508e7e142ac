# SPDX-License-Identifier: GPL-2.0-or-later
"""units.py TESTLOG: prints "PASSED FAILED" of meson's testlog.json. A Criterion program says how many tests it ran;
any other counts as one."""
import json
import re
import sys

SUM = re.compile(r"Tested: (\d+) \| Passing: (\d+)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def count(program):
    """(passed, failed) of one line of the log."""
    text = COLOUR.sub("", (program.get("stdout") or "") + (program.get("stderr") or ""))
    ok = program["result"] in ("OK", "EXPECTEDFAIL")
    said = SUM.search(text)
    tested, good = map(int, said.groups()) if said else (1, int(ok))
    # A program that passed its tests and then failed, by a sanitizer say, has failed.
    if not ok and good == tested:
        good -= 1 if tested else 0
        tested = max(tested, 1)
    return good, tested - good


def main(path):
    with open(path, encoding="utf-8") as f:
        counts = [count(json.loads(line)) for line in f]
    print(sum(passed for passed, _ in counts), sum(failed for _, failed in counts))


if __name__ == "__main__":
    main(sys.argv[1])
