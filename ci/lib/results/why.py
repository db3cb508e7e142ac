# SPDX-License-Identifier: GPL-2.0-or-later
"""How a step ended, as a value: the line "STATUS REASON TEXT" that `septbench lab` and the scripts of kmod/ write
into the file SEPTBENCH_WHY (lab/why.h names the reasons)."""
import os
import subprocess
import tempfile
from typing import NamedTuple

# What was to be measured failed; with any other reason nothing is known about it.
MEASURED = ("tree", "apply", "config", "build", "boot", "result")


class Why(NamedTuple):
    status: int
    reason: str
    text: str

    def of_measured(self):
        return self.reason in MEASURED

    def __str__(self):
        return f"status {self.status}, {self.reason}" + (f": {self.text}" if self.text else "")


def parse(line, status):
    """Of a program that ended with @status. Another's line, or none: the reason is "unsaid"."""
    words = line.rstrip("\n").split(" ", 2)
    if len(words) < 2 or words[0] != str(status):
        return Why(status, "unsaid", "")
    return Why(status, words[1], "".join(words[2:]))


def run(command, env=None, **how):
    """subprocess.run() of a step, and its Why."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace", prefix="septbench-why.") as f:
        p = subprocess.run(command, env=dict(env or os.environ, SEPTBENCH_WHY=f.name), check=False, **how)
        return p, parse(f.readline(), p.returncode)
