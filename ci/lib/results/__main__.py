# SPDX-License-Identifier: GPL-2.0-or-later
"""python3 -m results VERB FILE: what scripts ask of a result file; setup.sh's results() calls it.

cases, variants, counters: the names in it, one a line. keep: the file without its warm-up blocks, which nobody
judges. injected: per pass of `lab --inject` what was injected, as the kernel counts it. repeat: the command that
made it, from what its lines say.
"""
import sys

from results import Unreadable, end, read


def distinct(values):
    return list(dict.fromkeys(values))


def cases(r):
    return "".join(f"{name}\n" for name in distinct(b["case"] for b in r.blocks))


def variants(r):
    return "".join(f"{name}\n" for name in distinct(b["variant"] for b in r.blocks))


def counters(r):
    return "".join(f"{name}\n" for name in distinct(name for b in r.blocks for name in b["counters"]))


def keep(r):
    return r.only(lambda b: not b.get("warmup")).text()


def counts_text(counts):
    return " ".join(f"{name} {n}" for name, n in counts.items())


def injected(r):
    total, text = {}, ""
    # The block of a pass; that of a TD which was broken has its seed.
    for b in (b for b in r.blocks if "inject" in b["params"] and "seed" not in b["params"]):
        counts = {name.split(".")[1]: n for name, n in b["counters"].items() if n}
        text += f"{b['variant']:24}{b['params']['inject']:10} {counts_text(counts)}\n"
        for name, n in counts.items():
            total[name] = total.get(name, 0) + n
    return text + f"{'all':24}{'':10} {counts_text(total)}\n"


def repeat(r):
    def seen(of):
        return ",".join(distinct(str(of(b)) for b in r.blocks))
    seeds = sorted({b.get("seed", b["params"].get("seed", r.run["seed"])) for b in r.blocks})
    return (f"septbench lab --clock {r.run['clock']} --variants {seen(lambda b: b['variant'])}"
            f" --cases {seen(lambda b: b['case'])} --vcpus {seen(lambda b: b['params']['vcpus'])}"
            f" --pages {seen(lambda b: b['params']['pages'])} -o FILE  # seeds {', '.join(map(str, seeds))}\n")


VERBS = {verb.__name__: verb for verb in (cases, variants, counters, keep, injected, repeat)}


def main(argv):
    if len(argv) != 2 or argv[0] not in VERBS:
        print(f"usage: results {'|'.join(VERBS)} FILE", file=sys.stderr)
        return 2
    try:
        print(VERBS[argv[0]](read(argv[1])), end="")
    except Unreadable as e:
        end(3, e)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
