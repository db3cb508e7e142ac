# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration of ci/nightly: an INI file, checked line by line. docs/nightly.md describes it."""
import configparser
import os
import pathlib
import re
import subprocess

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
CLOCKS = ("count", "wall")
EXPORTS = ("go", "bmf", "kcidb", "ktap")
# Options of `septbench lab` that a matrix may set as they are, and what they must look like.
NUMBER = re.compile(r"[0-9]+")
PASSED_ON = {
    "pages": NUMBER, "blocks": NUMBER, "boots": NUMBER, "seed": NUMBER, "smp": NUMBER, "numa": NUMBER,
    "timeout": NUMBER, "flavour": re.compile("plain|debug|kcsan|wide"), "placement": re.compile(r"\S+"),
    "profile": re.compile(r"\S+"), "softtdx": re.compile(r"\S+"), "turn": NUMBER,
}
KEYS = {
    "nightly": {"state", "baseline", "base", "exports", "keep_nights", "keep_mb", "notify", "postgres"},
    "kernel": {"tree"},
    "matrix": {"kernels", "clocks", "variants", "cases", "vcpus", *PASSED_ON},
}


class Bad(Exception):
    """Something in the configuration; says where."""


class Cell:
    """One run of the lab: all variants of a matrix, interleaved, so that ratios to the base are sound."""

    def __init__(self, matrix, kernel, clock, vcpus, tree, settings):
        self.name = f"{matrix}.{kernel}.{clock}.vcpus{vcpus}"
        self.kernel, self.clock, self.vcpus, self.tree = kernel, clock, vcpus, tree
        self.variants, self.cases = settings["variants"], settings["cases"]
        self.options = settings["options"]

    def command(self, program, out):
        line = [program, "lab", "-o", str(out), "--clock", self.clock, "--vcpus", str(self.vcpus),
                "--variants", ",".join(self.variants), "--cases", ",".join(self.cases)]
        if self.tree:
            line += ["--kernel", str(self.tree)]
        for name, value in sorted(self.options.items()):
            line += [f"--{name}", value]
        return line


class Config:
    """What a file says: settings of the whole, and .cells by name."""

    def __init__(self, path, root, program):
        self.path, self.root, self.program = pathlib.Path(path), pathlib.Path(root), program
        try:
            self.text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as e:
            raise Bad(f"{path}: {getattr(e, 'strerror', None) or 'not UTF-8'}") from e
        self.lines = self._number_lines()
        self.ini = self._parse()
        self._check_names()
        self._read_settings()
        self.trees = {s.split()[1]: self._tree(s) for s in self._sections("kernel")}
        self.cells = {c.name: c for s in self._sections("matrix") for c in self._matrix(s)}
        if not self.cells:
            self._bad(None, None, "there is no [matrix NAME] section: nothing to run")

    def _number_lines(self):
        """Line numbers of (section, key), and of (section, None)."""
        lines, section = {}, None
        for number, text in enumerate(self.text.splitlines(), 1):
            if m := re.match(r"\[([^]]*)\]", text):
                section = m[1]
                lines[section, None] = number
            elif m := re.match(r"([^\s#;=:][^=:]*?)\s*[=:]", text):
                lines[section, m[1].lower()] = number
        return lines

    def _bad(self, section, key, what):
        line = self.lines.get((section, key)) or self.lines.get((section, None))
        raise Bad(f"{self.path}:{line}: {what}" if line else f"{self.path}: {what}")

    def _parse(self):
        ini = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=("#",),
                                        default_section="")
        try:
            ini.read_string(self.text)
        except configparser.ParsingError as e:
            number = e.errors[0][0] if getattr(e, "errors", None) else e.lineno
            text = self.text.splitlines()[number - 1].strip()
            raise Bad(f"{self.path}:{number}: {text}: not [section], key = value or # comment") from e
        except configparser.DuplicateSectionError as e:
            raise Bad(f"{self.path}:{e.lineno}: section [{e.section}] is there twice") from e
        except configparser.DuplicateOptionError as e:
            raise Bad(f"{self.path}:{e.lineno}: {e.option} is there twice in [{e.section}]") from e
        return ini

    def _check_names(self):
        for section in self.ini.sections():
            kind, *name = section.split()
            if kind not in KEYS or len(name) != (kind != "nightly"):
                self._bad(section, None, f"[{section}]: use [nightly], [kernel NAME] or [matrix NAME]")
            if name and not NAME.fullmatch(name[0]):
                self._bad(section, None, f"{name[0]}: a name is of small letters, digits and minus signs")
            for key in self.ini[section]:
                if key not in KEYS[kind]:
                    self._bad(section, key, f"{key}: [{kind}] knows {', '.join(sorted(KEYS[kind]))}")
        if "nightly" not in self.ini:
            self._bad(None, None, "there is no [nightly] section")

    def _sections(self, kind):
        return [s for s in self.ini.sections() if s.split()[0] == kind]

    def _list(self, section, key, default=None):
        words = self.ini[section].get(key, default or "").replace(",", " ").split()
        if not words:
            self._bad(section, key, f"[{section}] needs {key} = one or more")
        return list(dict.fromkeys(words))

    def _number(self, key):
        value = self.ini["nightly"].get(key, "0")
        if not NUMBER.fullmatch(value):
            self._bad("nightly", key, f"{key} = {value}: not a number; 0 is no limit")
        return int(value)

    def _path(self, section, key):
        value = self.ini[section].get(key)
        if not value:
            self._bad(section, key, f"[{section}] needs {key} = a folder")
        return (self.path.parent / os.path.expanduser(value)).resolve()

    def _read_settings(self):
        top = self.ini["nightly"]
        self.state, self.baseline = self._path("nightly", "state"), self._path("nightly", "baseline")
        self.base, self.postgres = top.get("base", "freeze"), top.get("postgres", "")
        self.notify = top.get("notify", "")
        self.exports = top.get("exports", "").replace(",", " ").split()
        for name in self.exports:
            if name not in EXPORTS:
                self._bad("nightly", "exports", f"exports: {name} is none of {', '.join(EXPORTS)}")
        self.keep_nights, self.keep_mb = self._number("keep_nights"), self._number("keep_mb")

    def _tree(self, section):
        if "tree" not in self.ini[section]:
            return None
        tree = self._path(section, "tree")
        if not (tree / "arch/x86/kvm").is_dir():
            self._bad(section, "tree", f"{tree} is not a Linux kernel tree")
        return tree

    def _check_variant(self, section, name):
        patches = pathlib.Path(os.environ.get("SEPTBENCH_PATCHES") or self.root / "patches")
        if not NAME.fullmatch(name) or not list(patches.glob(f"*/{name}/series")):
            self._bad(section, "variants", f"there is no variant {name}; `septbench list` names them")

    def _check_case(self, section, name):
        """Only the program knows; what needs none, as --list-cells, goes without."""
        if self.program and subprocess.run([self.program, "list", name], capture_output=True, check=False).returncode:
            self._bad(section, "cases", f"there is no case {name}; `septbench list` names them")

    def _options(self, section):
        options = {k: v for k, v in self.ini[section].items() if k in PASSED_ON}
        for key, value in options.items():
            if not PASSED_ON[key].fullmatch(value):
                self._bad(section, key, f"{key} = {value}: see septbench lab --help")
        return options

    def _matrix(self, section):
        kernels, clocks = self._list(section, "kernels"), self._list(section, "clocks", "count")
        settings = {"variants": self._list(section, "variants"), "cases": self._list(section, "cases"),
                    "options": self._options(section)}
        vcpus = self._list(section, "vcpus", "2")
        for name in settings["variants"]:
            self._check_variant(section, name)
        for name in settings["cases"]:
            self._check_case(section, name)
        for kernel in kernels:
            if kernel not in self.trees:
                self._bad(section, "kernels", f"there is no section [kernel {kernel}]")
        for clock in clocks:
            if clock not in CLOCKS:
                self._bad(section, "clocks", f"clocks: {clock} is none of {', '.join(CLOCKS)}")
        for n in vcpus:
            if not NUMBER.fullmatch(n) or not 1 <= int(n) <= 64:
                self._bad(section, "vcpus", f"vcpus: {n} is not a number from 1 to 64")
        return [Cell(section.split()[1], k, c, int(n), self.trees[k], settings)
                for k in kernels for c in clocks for n in vcpus]
