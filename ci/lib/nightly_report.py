# SPDX-License-Identifier: GPL-2.0-or-later
"""The evidence that ci/nightly leaves of a night: a page per cell, exports, and a page over all cells."""
import html
import subprocess

from nightly_store import write_whole

HISTORY = ("go", "otava")       # formats that take all nights of a cell
STYLE = """body { font: 15px/1.45 sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; } td, th { padding: .25em .8em; border-bottom: 1px solid #ccc; text-align: left; }
pre { background: #f5f5f5; padding: .6em; overflow-x: auto; } .s0 { color: #176f2c; } .s1 { color: #b00020; }
.s3, .s4 { color: #8a5a00; } .s1, .s3, .s4 { font-weight: bold; }"""


def export(night, cell, form, say):
    files = sorted(night.result(cell).parent.glob("*.jsonl")) if form in HISTORY else [night.result(cell)]
    p = subprocess.run([night.config.program, "export", form, *files, "--base", night.config.base],
                       capture_output=True, text=True, check=False)
    if p.returncode not in (0, 1):
        say(f"{cell.name}: export {form} ended with status {p.returncode}: {p.stderr.strip()}")
    write_whole(night.dir / f"{cell.name}.{form}", p.stdout)


def write_cell(night, cell, say):
    """Status 1 of the page says that one variant is slower than another, which is no failure of ours."""
    page = night.dir / f"{cell.name}.html"
    p = subprocess.run([night.config.program, "report", night.result(cell), "-o", page, "--base",
                        night.config.base], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                       check=False)
    if not page.exists():
        say(f"{cell.name}: no page: {p.stderr.strip()}")
    for form in night.config.exports:
        export(night, cell, form, say)


def links(night, cell):
    known = (("page", ".html"), ("log", ".log"), ("second run", ".again.jsonl"), ("failed", ".failed.jsonl"),
             *((f, "." + f) for f in night.config.exports))
    return " · ".join(f'<a href="{cell.name}{end}">{word}</a>' for word, end in known
                      if (night.dir / (cell.name + end)).exists())


def write_night(night, verdicts, words, status):
    """One page: the verdicts, then what the gate said of each cell. Returns its path."""
    rows, texts = [], []
    for cell in night.config.cells.values():
        v = verdicts[cell.name]
        rows.append(f'<tr><td><a href="#{cell.name}">{cell.name}</a></td>'
                    f'<td class="s{v["status"]}">{words[v["status"]]}</td><td>{v["seconds"]} s</td>'
                    f'<td>{links(night, cell)}</td></tr>')
        texts.append(f'<h2 id="{cell.name}">{cell.name}</h2><pre>{html.escape(v["text"])}</pre>')
    page = night.dir / "index.html"
    write_whole(page, f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>septbench, night {night.name}</title>
<style>{STYLE}</style></head><body>
<h1>Night {night.name}: <span class="s{status}">{words[status]}</span></h1>
<p>Substrate, clock and seed stand at the start of each key; a cell is <i>matrix.kernel.clock.vCPUs</i>.
TCG time is not TDX time. Configuration: {html.escape(str(night.config.path))}.</p>
<table><tr><th>cell</th><th>verdict</th><th>time</th><th>evidence</th></tr>
{chr(10).join(rows)}
</table>
{chr(10).join(texts)}
</body></html>
""")
    return page
