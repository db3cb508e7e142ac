# SPDX-License-Identifier: GPL-2.0-or-later
"""What ci/reference writes beside the results.
note MADE NAME COMMIT COMMAND: file MADE says how result NAME was made.
readme README TABLE: prints README with TABLE, whole, between its marks."""
import json
import pathlib
import re
import sys


def note(made_json, name, commit, command):
    path = pathlib.Path(made_json)
    made = json.loads(path.read_text()) if path.exists() else {}
    made[name] = {"commit": commit, "command": command}
    path.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")


def readme(page, table):
    lines = pathlib.Path(table).read_text().rstrip().split("\n")
    shown = "".join(f"    {line}".rstrip() + "\n" for line in lines)
    text, n = re.subn(r"(<!-- quick.txt -->\n).*?(<!-- end of quick.txt -->)", lambda m: f"{m[1]}\n{shown}\n{m[2]}",
                      pathlib.Path(page).read_text(), flags=re.S)
    if n != 1:
        sys.exit("README.md has no marks for quick.txt")
    print(text, end="")


if __name__ == "__main__":
    {"note": note, "readme": readme}[sys.argv[1]](*sys.argv[2:])
