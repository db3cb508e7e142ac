# SPDX-License-Identifier: GPL-2.0-or-later
"""What ci/nightly keeps: a history of result files per cell, and a folder of evidence per night.

STATE/store/CELL/NIGHT.jsonl   the history, one store of `septbench gate` per cell; never deleted here
STATE/nights/NIGHT/            logs, verdicts, pages, exports, second runs; retention takes these
"""
import contextlib
import datetime
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import results


class Unsound(Exception):
    """A result file that may not enter the history."""


def write_whole(path, text):
    """Whole or not at all, also when killed in between."""
    new = path.with_name(path.name + ".new")
    try:
        with open(new, "w", encoding="utf-8") as f:
            f.write(text)
            f.flush()
            os.fsync(f.fileno())
        os.replace(new, path)
    except OSError as e:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise OSError(e.errno, e.strerror, str(path)) from e


def lock(state):
    """Held by this process for as long as the file is open; None: another one has it."""
    state.mkdir(parents=True, exist_ok=True)
    held = open(state / "lock", "a+", encoding="ascii")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    held.truncate(0)
    held.write(f"{os.getpid()}\n")
    held.flush()
    return held


def holder(state):
    return (state / "lock").read_text(encoding="ascii").strip() or "unknown"


def file_hash(h, path, name):
    h.update(name.encode() + b"\0" + path.read_bytes())


def folder_hash(h, top):
    for f in sorted(p for p in top.rglob("*") if p.is_file()):
        file_hash(h, f, f.relative_to(top).as_posix())


def default_tree(root):
    """The tree that kmod/kernel-source fetches. A point release in the middle of a night must not matter."""
    p = subprocess.run([root / "kmod/kernel-source"], stdout=subprocess.PIPE, text=True, check=False)
    if p.returncode:
        raise SystemExit(p.returncode)
    return pathlib.Path(p.stdout.strip())


def inputs_of(config):
    """A hash of all that a night's results depend on: a night goes on only with the same."""
    h = hashlib.sha256(config.text.encode())
    file_hash(h, pathlib.Path(config.program), "program")
    folder_hash(h, pathlib.Path(os.environ.get("SEPTBENCH_PATCHES") or config.root / "patches"))
    folder_hash(h, config.root / "kmod")
    for tree in sorted({c.tree for c in config.cells.values()}):
        h.update(str(tree).encode())
        if (tree / ".git").exists():
            for what in (["rev-parse", "HEAD"], ["diff", "HEAD"]):
                h.update(subprocess.run(["git", "-C", tree, *what], capture_output=True, check=False).stdout)
        file_hash(h, tree / "Makefile", "Makefile")
        for folder in ("arch/x86/kvm", "arch/x86/include", "virt/kvm"):
            folder_hash(h, tree / folder)
    return h.hexdigest()


class Night:
    """A night under way, or one that is over."""

    def __init__(self, config, name):
        self.config, self.name = config, name
        self.dir = config.state / "nights" / name

    def result(self, cell):
        return self.config.state / "store" / cell.name / f"{self.name}.jsonl"

    def second(self, cell):
        return self.dir / f"{cell.name}.again.jsonl"

    def start(self, inputs):
        self.dir.mkdir(parents=True, exist_ok=True)
        write_whole(self.dir / "inputs", inputs + "\n")

    def verdict(self, cell):
        """What was made of a cell, None if nothing yet."""
        path = self.dir / f"{cell.name}.json"
        return json.loads(path.read_text()) if path.exists() else None

    def finish_cell(self, cell, verdict):
        write_whole(self.dir / f"{cell.name}.json", json.dumps(verdict, indent="\t") + "\n")

    def is_over(self):
        return (self.dir / "status").exists()

    def finish(self, status):
        write_whole(self.dir / "status", f"{status}\n")


def nights_of(config):
    top = config.state / "nights"
    return [Night(config, d.name) for d in sorted(top.iterdir()) if d.is_dir()] if top.is_dir() else []


def choose_night(config, name, inputs):
    """The one named; else the last one if it was cut short and nothing has changed since; else a new one."""
    past = nights_of(config)
    night = Night(config, name or datetime.datetime.now().strftime("%Y%m%d-%H%M%S"))
    if not name and past and not past[-1].is_over() and (past[-1].dir / "inputs").exists():
        if (past[-1].dir / "inputs").read_text().strip() == inputs:
            night = past[-1]
    if not night.dir.exists() or not (night.dir / "inputs").exists():
        night.start(inputs)
    return night


def check_result(path, cell):
    """Is it a result that is whole and is this cell's? Else Unsound."""
    try:
        r = results.read(path)
    except results.Unreadable as e:
        raise Unsound(str(e)) from e
    if r.lines[:1] != [r.run] or r.lines[-1:] != [r.end] or r.end.get("status") != 0:
        raise Unsound(f"{path}: not a whole and sound result")
    made = {(r.run["clock"], b["case"], b["params"].get("vcpus"), b["variant"]) for b in r.blocks}
    want = {(cell.clock, c, cell.vcpus, v) for c in cell.cases for v in cell.variants}
    if made != want:
        raise Unsound(f"{path}: not of {cell.name}: {sorted(map(str, made ^ want))[0]} is in one of them only")


def note_commit(cell, path):
    """Which commit of a git tree this is: what a search for the cause of a regression starts and ends at."""
    if not cell.tree or not (cell.tree / ".git").exists():
        return
    p = subprocess.run(["git", "-C", cell.tree, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    if not p.returncode and "kernel_commit" not in results.read(path).run["env"]:
        text = path.read_text(encoding="utf-8")
        write_whole(path, results.with_env(text, kernel_commit=p.stdout.strip()))


def keep_result(night, cell, path, to):
    """
    A sound result to its place. The file says which night it is: two nights over one tree are otherwise the same
    to the byte, and the store takes a file that it has already for a copy.
    """
    check_result(path, cell)
    to.parent.mkdir(parents=True, exist_ok=True)
    write_whole(to, results.with_env(path.read_text(encoding="utf-8"), night=night.name))


def folder_size(top):
    return sum(f.stat().st_size for f in top.rglob("*") if f.is_file())


def forget_old(config, tonight):
    """Evidence of old nights goes, oldest first; the history and the baseline stay."""
    past = [n for n in nights_of(config) if n.name != tonight.name]
    sizes = {n.name: folder_size(n.dir) for n in past}
    total = sum(sizes.values()) + folder_size(tonight.dir)
    kept = len(past) + 1
    for night in past:
        over = (config.keep_nights and kept > config.keep_nights) or \
               (config.keep_mb and total > config.keep_mb << 20)
        if not over:
            break
        shutil.rmtree(night.dir)
        kept -= 1
        total -= sizes[night.name]
