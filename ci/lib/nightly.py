# SPDX-License-Identifier: GPL-2.0-or-later
"""The nightly run: measures the cells of a configuration, gates them, leaves evidence. Started by ci/nightly."""
import argparse
import errno
import fnmatch
import pathlib
import re
import signal
import subprocess
import sys
import time

import nightly_postgres
import nightly_report
from results import why
from nightly_config import Bad, Config
from nightly_store import (Night, Unsound, choose_night, default_tree, forget_old, holder, inputs_of,
                           keep_result, lock, nights_of, note_commit)

OK, REGRESSED, USAGE, UNDECIDED, CANNOT = range(5)
WORDS = {OK: "passes", REGRESSED: "REGRESSED", UNDECIDED: "not decided", CANNOT: "cannot run here"}


def say(text):
    print(f"septbench: {text}", file=sys.stderr, flush=True)


def worst(statuses):
    """A regression is certain, so it goes before what nobody knows."""
    return next((s for s in (REGRESSED, UNDECIDED, CANNOT) if s in statuses), OK)


def run_lab(command, log):
    said = why.run_lab(command, log)
    return said if said.status in (OK, USAGE, UNDECIDED, CANNOT) else said._replace(status=UNDECIDED)


def measure(night, cell, to):
    """Runs a cell into @to; how it ended, after that was said."""
    part = night.dir / f"{cell.name}.part.jsonl"
    part.unlink(missing_ok=True)
    said = run_lab(cell.command(night.config.program, part), night.dir / f"{cell.name}.log")
    if said.status == OK:
        try:
            note_commit(cell, part)
            to(part)
            part.unlink(missing_ok=True)
            return said
        except Unsound as e:
            said = why.Why(UNDECIDED, "result", str(e))
    say(f"{cell.name}: the lab ended with {said}")
    if part.exists():
        part.rename(night.dir / f"{cell.name}.failed.jsonl")
    say(f"{cell.name}: what it left: {night.dir}/{cell.name}.*")
    return said


def baseline_of(config, cell):
    return config.baseline / f"{cell.name}.json"


def gate(night, cell, files):
    """Status and text of `septbench gate`."""
    command = [night.config.program, "gate", *map(str, files), "--base", night.config.base,
               "--store", str(night.result(cell).parent), "--json", str(nightly_report.rows_file(night, cell))]
    nightly_report.rows_file(night, cell).unlink(missing_ok=True)
    if cell.tree and (cell.tree / ".git").exists():
        command += ["--kernel", str(cell.tree)]
    if baseline_of(night.config, cell).exists():
        command += ["--baseline", str(baseline_of(night.config, cell))]
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return p.returncode if 0 <= p.returncode <= CANNOT else UNDECIDED, p.stdout


def wants_second(rows):
    """Does any of the gate's rows depend on whether it shows again? None: the gate came to nothing."""
    return rows is not None and any(r["gates"] and r["verdict"] in ("regressed", "to confirm") for r in rows["rows"])


def judge(night, cell, may_run):
    """The verdict on a cell; an alert is measured once more before it counts."""
    files = [night.result(cell)]
    if night.second(cell).exists():
        files.append(night.second(cell))
    status, text = gate(night, cell, files)
    if status in (REGRESSED, UNDECIDED) and len(files) == 1 and may_run and \
            wants_second(nightly_report.gate_of(night, cell)):
        say(f"{cell.name}: an alert; measuring once more")
        if measure(night, cell, lambda part: keep_result(night, cell, part, night.second(cell))).status == OK:
            status, text = gate(night, cell, [*files, night.second(cell)])
    return status, text


def do_cell(night, cell, may_run):
    """From nothing, or from wherever it was cut short, to a verdict."""
    start = time.time()
    if not night.result(cell).exists():
        if not may_run:
            return {"status": UNDECIDED, "seconds": 0, "text": "no result was collected\n"}
        said = measure(night, cell, lambda part: keep_result(night, cell, part, night.result(cell)))
        if said.status != OK:
            return {"status": UNDECIDED if said.status == USAGE else said.status, "reason": said.reason,
                    "seconds": round(time.time() - start), "text": f"not measured: the lab ended with {said}\n"}
    nightly_postgres.push(night, cell, say)
    nightly_postgres.pull(night.config, cell, say)
    status, text = judge(night, cell, may_run)
    nightly_report.write_cell(night, cell, say)
    return {"status": status, "seconds": round(time.time() - start), "text": text}


def run_night(night, may_run, also):
    """All cells that have no verdict yet; the night's exit status."""
    config, verdicts = night.config, {}
    for i, cell in enumerate(config.cells.values(), 1):
        v = night.verdict(cell)
        # A cell that could not be measured is tried again when the night is gone on with.
        if v is None or not night.result(cell).exists():
            say(f"night {night.name}: {cell.name} ({i} of {len(config.cells)})")
            v = do_cell(night, cell, may_run)
            night.finish_cell(cell, v)
        verdicts[cell.name] = v
        print(f"{cell.name}: {WORDS[v['status']]}", flush=True)
        print(nightly_report.as_text(night, cell), end="", flush=True)
        if not baseline_of(config, cell).exists():
            say(f"{cell.name}: nothing is agreed on yet; ci/nightly {config.path} --accept '{cell.name}' "
                f"--reason TEXT takes this night's values, to be committed")
    status = worst([v["status"] for v in verdicts.values()])
    page = nightly_report.write_night(night, verdicts, WORDS, status)
    summary = nightly_report.write_summary(night, verdicts, WORDS, status, also, say)
    night.finish(status)
    nightly_report.notify(night, summary, WORDS[status], status, say)
    forget_old(config, night)
    print(f"night {night.name}: {WORDS[status]}; {page}")
    return status


def collect(night, files):
    """
    Results that other machines made, by their names: CELL.jsonl, and CELL.again.jsonl for a second run. One that
    is not sound must not keep the others from being gated; its cell is then not decided.
    """
    kept = 0
    for path in map(pathlib.Path, files):
        stem = path.name.removesuffix(".jsonl")
        name = stem.removesuffix(".again")
        cell = night.config.cells.get(name)
        try:
            if not cell or stem == path.name:
                raise Unsound(f"{path}: no cell of {night.config.path} has this name; --list-cells prints them")
            keep_result(night, cell, path, night.second(cell) if name != stem else night.result(cell))
            (night.dir / f"{name}.json").unlink(missing_ok=True)
            kept += 1
        except Unsound as e:
            say(e)
    if not kept:
        raise Unsound("none of the files could be taken")


def accept(config, a):
    """The last night's values become what is agreed on."""
    pattern, name = a.accept, a.night
    within = ["--within", a.within] if a.within else []
    night = Night(config, name) if name else (nights_of(config) or [None])[-1]
    cells = [c for c in config.cells.values() if fnmatch.fnmatchcase(c.name, pattern)]
    done = [c for c in cells if night and night.result(c).exists()]
    if not done:
        say(f"no result of {pattern} in {f'night {night.name}' if night else 'any night'}: nothing to accept")
        return USAGE
    config.baseline.mkdir(parents=True, exist_ok=True)
    statuses = [subprocess.run([config.program, "gate", night.result(c), "--base", config.base, "--baseline",
                                baseline_of(config, c), "--accept", a.key, "--reason", a.reason, *within],
                               check=False).returncode for c in done]
    say(f"commit {config.baseline}: a change of it is the agreement")
    return max(statuses)


def one_cell(config, name, out):
    cell = config.cells.get(name)
    if not cell:
        raise Bad(f"{config.path}: there is no cell {name}; --list-cells prints them")
    status = subprocess.run(cell.command(config.program, out), check=False).returncode
    if status == OK:
        note_commit(cell, pathlib.Path(out))
    return status


def fetch_trees(config):
    fetched = None
    for cell in config.cells.values():
        if not cell.tree:
            fetched = fetched or default_tree(config.root)
            cell.tree = fetched


def start_night(config, a):
    """Returns the exit status of the whole night."""
    held = lock(config.state)
    if not held:
        say(f"{config.state}: another ci/nightly is at work there, process {holder(config.state)}; "
            "wait for it, or give each configuration a state folder of its own")
        return CANNOT
    fetch_trees(config)
    night = choose_night(config, a.night, inputs_of(config))
    try:
        if a.collect:
            collect(night, a.collect)
        return run_night(night, not a.collect, a.summary)
    finally:
        held.close()


def parse():
    ap = argparse.ArgumentParser(prog="ci/nightly", usage="%(prog)s CONFIG [OPTION...]", description="Measures, gates, keeps evidence. Exit status: "
                                 "0 passes, 1 regressed or changed, 2 usage, 3 not decided, 4 cannot run here.")
    ap.add_argument("root", help=argparse.SUPPRESS)
    ap.add_argument("program", help=argparse.SUPPRESS)
    ap.add_argument("config", metavar="CONFIG")
    ap.add_argument("--night", metavar="NAME", help="instead of one named after date and time")
    what = ap.add_mutually_exclusive_group()
    what.add_argument("--list-cells", action="store_true", help="prints their names and ends")
    what.add_argument("--cell", metavar="NAME", help="measures this one into -o FILE, and nothing else")
    what.add_argument("--collect", metavar="FILE", nargs="+", help="takes these results instead of measuring")
    what.add_argument("--accept", metavar="CELLS", help="agrees to the last night's values ('*': of all cells)")
    ap.add_argument("--summary", metavar="FILE", help="adds the night's summary, Markdown, to this file too "
                    "(default: $GITHUB_STEP_SUMMARY)")
    ap.add_argument("-o", dest="out", metavar="FILE", help="of --cell")
    ap.add_argument("--key", default="*", help="of --accept: these series only")
    ap.add_argument("--reason", help="of --accept: why")
    ap.add_argument("--within", metavar="PERCENT", help="of --accept: may be off by so much")
    if len(sys.argv) <= 3:
        ap.print_help(sys.stderr)
        sys.exit(USAGE)
    a = ap.parse_args()
    if a.cell and not a.out:
        ap.error("--cell wants -o FILE")
    if a.accept and not a.reason:
        ap.error("--accept wants --reason TEXT")
    return a


def main():
    a, config = parse(), None
    try:
        config = Config(a.config, a.root, a.program)
        if a.list_cells:
            print("\n".join(config.cells))
            return OK
        if a.cell:
            return one_cell(config, a.cell, a.out)
        if a.accept:
            return accept(config, a)
        return start_night(config, a)
    except (Bad, Unsound) as e:
        say(e)
        return USAGE if isinstance(e, Bad) else UNDECIDED
    except nightly_postgres.Failed as e:
        say(e)
        return UNDECIDED
    except OSError as e:
        say(f"{e.filename or (config.state if config else a.config)}: {e.strerror}")
        return UNDECIDED if e.errno in (errno.ENOSPC, errno.EDQUOT) else CANNOT
    except KeyboardInterrupt:
        say("interrupted; the same command goes on where it was")
        return UNDECIDED


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.exit(main())
