# SPDX-License-Identifier: GPL-2.0-or-later
"""Result files: JSON Lines as record/ writes them. The one reader of ci/ and of the tests of the lab.

It knows the shape of a file and judges nothing: what the figures mean is for septbench itself to say.
"""
import json
import pathlib
import sys


class Unreadable(SystemExit):
    """What is wrong with a file: "PATH:LINE: why", in one line, which ends a script that does not catch it."""


def end(status, text):
    """Ends a program: 2 it was called wrongly, 3 what it was given does not do, 4 it cannot run here. 1 is for verdicts."""
    print(f"septbench: {text}", file=sys.stderr)
    sys.exit(status)


def program(main):
    """Runs @main, which reads results, to its end; a file that cannot be read is no verdict."""
    try:
        sys.exit(main())
    except Unreadable as e:
        end(3, e)


class Result:
    """A file's lines, as objects: .run is the first of type "run", .end the last of type "end", {} without one."""

    def __init__(self, lines):
        self.lines = lines
        self.blocks = [line for line in lines if line["type"] == "block"]
        self.run = next((line for line in lines if line["type"] == "run"), {})
        self.end = next((line for line in reversed(lines) if line["type"] == "end"), {})

    def measured(self):
        """The blocks that are no warm-up, invalid ones among them."""
        return [b for b in self.blocks if not b.get("warmup")]

    def sound(self):
        """Those whose figures stand."""
        return [b for b in self.measured() if b["valid"]]

    def only(self, wanted):
        """A result of the blocks that are wanted(BLOCK) alone; its end says how many."""
        kept = Result([dict(line) for line in self.lines if line["type"] != "block" or wanted(line)])
        if kept.end:
            kept.end["blocks"] = len(kept.blocks)
        return kept

    def text(self):
        """The file that says this, in the form in which septbench writes it."""
        return "".join(dump(line) + "\n" for line in self.lines)


def dump(line):
    return json.dumps(line, separators=(",", ":"))


def read(path, cut_short=False):
    """The Result in file @path, else Unreadable. @cut_short: lines that are not whole are left out, not refused."""
    lines = []
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except OSError as e:
        raise Unreadable(f"{path}: {e.strerror}") from e
    except ValueError as e:
        raise Unreadable(f"{path}: not UTF-8") from e
    for nr, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as e:
            if cut_short:
                continue
            raise Unreadable(f"{path}:{nr}: not JSON") from e
        if not isinstance(value, dict) or "type" not in value:
            raise Unreadable(f"{path}:{nr}: not a line of a result")
        lines.append(value)
    return Result(lines)


def with_env(text, **said):
    """A result file's @text whose run line says @said in its environment too; all other lines stay to the byte."""
    first, rest = text.split("\n", 1)
    run = json.loads(first)
    run["env"].update(said)
    return dump(run) + "\n" + rest
