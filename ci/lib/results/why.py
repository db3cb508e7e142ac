# SPDX-License-Identifier: GPL-2.0-or-later
"""How a step ended, as a value: the line "STATUS REASON TEXT" that `septbench lab` and the scripts of kmod/ write
into the file SEPTBENCH_WHY (lab/why.h names the reasons)."""
import os
import signal
import subprocess
from typing import NamedTuple

# What was to be measured failed; with any other reason nothing is known about it.
MEASURED = ("tree", "apply", "config", "build", "boot", "result")

MAX_LINE = 4096


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
    # A file without a name of its own, which no end of this process can leave behind.
    fd = os.memfd_create("why")
    try:
        p = subprocess.run(command, env=dict(env or os.environ, SEPTBENCH_WHY=f"/proc/{os.getpid()}/fd/{fd}"),
                           check=False, **how)
        line = os.pread(fd, MAX_LINE, 0).decode(errors="replace").partition("\n")[0]
        return p, parse(line, p.returncode)
    finally:
        os.close(fd)


def end_by_ctrl_c():
    """At once, without a word; unless who started this process has it ignored."""
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def run_lab(command, log, env=None):
    """
    How a lab, or what runs labs, ended; its messages go to the file @log. It is told to end, and ends its VM, should
    this process be killed: so no pipe to us, which would end it before it has put its own things away.
    """
    with open(log, "wb") as out:
        return run(["setpriv", "--pdeathsig", "TERM", *command], env=env, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=out)[1]
