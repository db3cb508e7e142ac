# SPDX-License-Identifier: GPL-2.0-or-later
"""The evidence that ci/nightly leaves of a night: a page per cell, exports, a page and a summary over all cells."""
import html
import json
import os
import subprocess

from nightly_store import write_whole

HISTORY = ("go",)               # formats that take all nights of a cell
TOP = 10                        # rows of a cell that are told in full; the page has them all
STYLE = """body { font: 15px/1.45 sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; } td, th { padding: .25em .8em; border-bottom: 1px solid #ccc; text-align: left; }
pre { background: #f5f5f5; padding: .6em; overflow-x: auto; } .s0 { color: #176f2c; } .s1 { color: #b00020; }
.s3, .s4 { color: #8a5a00; } .s1, .s3, .s4 { font-weight: bold; } .regressed { color: #b00020; font-weight: bold; } .improved { color: #176f2c; }
td.n { text-align: right; } code { white-space: pre-wrap; }"""


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


def rows_file(night, cell):
    """What the gate made of a cell, row by row."""
    return night.dir / f"{cell.name}.gate.json"


def gate_of(night, cell):
    """The same, read; None: the gate came to nothing."""
    try:
        return json.loads(rows_file(night, cell).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def number(v):
    return "-" if v is None else f"{v:.10g}" if abs(v) >= 1e6 or v == int(v) else f"{v:.5g}"


def change(old, new):
    """How much @new differs from @old: "+3.4 %", "appeared" where there was none."""
    if old is None or new is None:
        return "-"
    if old == 0:
        return "0 %" if new == 0 else "appeared"
    return f"{100 * (new - old) / abs(old):+.3g} %" if new != old else "0 %"


def size(row):
    old, new = row["agreed"], row["tonight"]
    return 0 if None in (old, new) else abs(new - old) / abs(old) if old else float("inf")


def rows_of(gate, verdict):
    """Those of this verdict that gate, the largest change first."""
    found = [r for r in gate["rows"] if r["verdict"] == verdict and r["gates"]]
    return sorted(found, key=lambda r: (-size(r), r["key"]))


def title(row):
    return f"{row['case']} {row['params']}, {row['variant']}: {row['metric']}"


def told(row, gate):
    """One sentence: from what to what, how much, since when."""
    since = "this night" if row.get("since") == gate["night"] else f"night {row.get('since')}"
    last = "" if row["last"] is None else f"; last night {number(row['last'])}"
    return (f"{number(row['agreed'])} -> {number(row['tonight'])} {row['unit']} "
            f"({change(row['agreed'], row['tonight'])}), since {since}{last}")


def cause(row):
    if row.get("changed") is None:
        return "unknown: no night before it is in the store"
    return row["changed"] or "none of kernel, patches, configuration, compiler, QEMU and options"


def grouped(rows):
    """Rows with what changed and the command, both only where they are not those of the row before."""
    before = None
    for row in rows[:TOP]:
        news = (row.get("changed"), row.get("since"), row["variant"])
        yield row, news != before
        before = news


def as_text(night, cell):
    """The lines of a cell in the log: why nothing is decided, what regressed, what improved."""
    gate = gate_of(night, cell)
    if not gate:
        return ""
    out = [f"  {gate[k]}" for k in ("host", "control") if gate[k]]
    if gate["status"] == 3 and gate["why"]:
        out.append(f"  because: {gate['why']}")
    worse, better = rows_of(gate, "regressed"), rows_of(gate, "improved")
    for row, first in grouped(worse):
        out.append(f"  REGRESSED {title(row)}: {told(row, gate)}")
        if first:
            out.append(f"    changed with it: {cause(row)}")
            if row.get("bisect"):
                out.append(f"    find it: {row['bisect']}")
    out += [f"  and {len(worse) - TOP} more regressed"] if len(worse) > TOP else []
    out += [f"  improved {title(r)}: {told(r, gate)}" for r in better[:TOP]]
    out += [f"  and {len(better) - TOP} more improved"] if len(better) > TOP else []
    if better:
        out.append(f"    to keep it: ci/nightly {night.config.path} --accept {cell.name} --reason TEXT")
    return "".join(f"{line}\n" for line in out)


def links(night, cell):
    known = (("page", ".html"), ("log", ".log"), ("rows", ".gate.json"), ("second run", ".again.jsonl"),
             ("failed", ".failed.jsonl"), *((f, "." + f) for f in night.config.exports))
    return " · ".join(f'<a href="{cell.name}{end}">{word}</a>' for word, end in known
                      if (night.dir / (cell.name + end)).exists())


def table_row(row):
    cells = [number(row["agreed"]), number(row["last"]), number(row["tonight"]), row["unit"],
             change(row["agreed"], row["tonight"]), change(row["last"], row["tonight"])]
    return (f'<tr><td>{html.escape(title(row))}</td><td class="{row["verdict"].replace(" ", "-")}">'
            f'{row["verdict"]}</td>' + "".join(f'<td class="n">{html.escape(c)}</td>' for c in cells) + "</tr>")


def table(rows):
    return ("<table><tr><th>row</th><th>verdict</th><th>baseline</th><th>last night</th><th>tonight</th><th>unit</th>"
            "<th>to baseline</th><th>to last night</th></tr>\n" + "\n".join(map(table_row, rows)) + "</table>")


def causes_html(rows, gate):
    out = []
    for row, first in grouped(rows):
        out.append(f"<li><b>{html.escape(title(row))}</b>: {html.escape(told(row, gate))}")
        if first:
            out.append(f"<br>Changed with it: {html.escape(cause(row))}.")
            if row.get("bisect"):
                out.append(f"<br><code>{html.escape(row['bisect'])}</code>")
    return f"<ul>{''.join(out)}</ul>" if out else ""


def section(night, cell, verdict):
    """A cell on the page: what moved, against baseline and last night, then all the rest, folded."""
    gate = gate_of(night, cell)
    head = f'<h2 id="{cell.name}">{cell.name}</h2>'
    if not gate:
        return f"{head}<pre>{html.escape(verdict['text'])}</pre>"
    moved = [r for r in gate["rows"] if r["gates"] and r["verdict"] not in ("same", "new")]
    moved.sort(key=lambda r: (r["verdict"] != "regressed", r["verdict"] != "improved", -size(r)))
    rest = [r for r in gate["rows"] if r not in moved]
    says = [f"substrate {gate['substrate']}, clock {gate['clock']}, seed {gate['seed']}, kernel {gate['kernel']}; "
            f"{gate['nights_before']} nights before, the last {gate['last_night'] or 'none'}"]
    says += [gate[k] for k in ("host", "control") if gate[k]]
    says += [f"not decided: {gate['why']}"] if gate["why"] else []
    return (head + "".join(f"<p>{html.escape(s)}</p>" for s in says)
            + causes_html(rows_of(gate, "regressed"), gate)
            + (table(moved) if moved else "<p>No gated row moved.</p>")
            + f"<details><summary>{len(rest)} other rows</summary>{table(rest)}</details>"
            + f"<details><summary>what the gate says</summary><pre>{html.escape(verdict['text'])}</pre></details>")


def write_night(night, verdicts, words, status):
    """One page: the verdicts, then each cell's rows. Returns its path."""
    rows, texts = [], []
    for cell in night.config.cells.values():
        v = verdicts[cell.name]
        rows.append(f'<tr><td><a href="#{cell.name}">{cell.name}</a></td>'
                    f'<td class="s{v["status"]}">{words[v["status"]]}</td><td>{v["seconds"]} s</td>'
                    f'<td>{links(night, cell)}</td></tr>')
        texts.append(section(night, cell, v))
    page = night.dir / "index.html"
    write_whole(page, f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>septbench, night {night.name}</title>
<style>{STYLE}</style></head><body>
<h1>Night {night.name}: <span class="s{status}">{words[status]}</span></h1>
<p>A cell is <i>matrix.kernel.clock.vCPUs</i>. TCG time is not TDX time.
Configuration: {html.escape(str(night.config.path))}.</p>
<table><tr><th>cell</th><th>verdict</th><th>time</th><th>evidence</th></tr>
{chr(10).join(rows)}
</table>
{chr(10).join(texts)}
</body></html>
""")
    return page


def as_markdown(night, cell, verdict, word):
    gate = gate_of(night, cell)
    lines = [f"### {cell.name}: {word}", ""]
    if not gate:
        return lines + ["```", *verdict["text"].rstrip().splitlines()[-5:], "```", ""]
    lines += [f"Substrate {gate['substrate']}, clock {gate['clock']}, seed {gate['seed']}, kernel {gate['kernel']}.", ""]
    lines += [f"**{gate[k]}**\n" for k in ("host", "control") if gate[k]]
    lines += [f"Not decided: {gate['why']}.\n"] if gate["status"] == 3 and gate["why"] else []
    worse, better = rows_of(gate, "regressed"), rows_of(gate, "improved")
    if worse or better:
        lines += ["| row | baseline | last night | tonight | change | verdict | since |",
                  "|---|--:|--:|--:|--:|---|---|"]
        lines += [f"| {title(r)} | {number(r['agreed'])} | {number(r['last'])} | {number(r['tonight'])} {r['unit']} | "
                  f"{change(r['agreed'], r['tonight'])} | {r['verdict'].upper() if r in worse else r['verdict']} | "
                  f"{r.get('since', '')} |" for r in [*worse[:TOP], *better[:TOP]]]
        lines += [f"\n{len(worse)} regressed, {len(better)} improved; the page has all rows.", ""]
    for row, first in grouped(worse):
        if first:
            lines += [f"Changed with {row['metric']} of {row['variant']}: {cause(row)}.", ""]
            lines += ["```", row["bisect"], "```", ""] if row.get("bisect") else []
    return lines


def write_summary(night, verdicts, words, status, also, say):
    """The night as Markdown: beside the page, and where a CI engine shows it. Returns its text."""
    lines = [f"## septbench, night {night.name}: {words[status]}", ""]
    for cell in night.config.cells.values():
        v = verdicts[cell.name]
        lines += as_markdown(night, cell, v, words[v["status"]])
    text = "\n".join(lines).rstrip() + "\n"
    write_whole(night.dir / "summary.md", text)
    also = also or os.environ.get("GITHUB_STEP_SUMMARY")
    if also:
        try:
            with open(also, "a", encoding="utf-8") as f:
                f.write(text)
        except OSError as e:
            say(f"{also}: {e.strerror}; the summary is in {night.dir}/summary.md")
    return text


def notify(night, summary, word, status, say):
    """The command of the configuration, with the summary on its stdin. Its failure changes no verdict."""
    if not night.config.notify:
        return
    env = dict(os.environ, SEPTBENCH_NIGHT=night.name, SEPTBENCH_STATUS=str(status), SEPTBENCH_VERDICT=word,
               SEPTBENCH_PAGE=str(night.dir / "index.html"))
    try:
        p = subprocess.run(["sh", "-c", night.config.notify], input=summary, text=True, env=env, timeout=300,
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    except subprocess.TimeoutExpired:
        say("notify: the command did not end within 300 s; the verdict stands")
        return
    if p.returncode:
        say(f"notify: the command ended with status {p.returncode}: {p.stderr.strip()[-200:]}; the verdict stands")
