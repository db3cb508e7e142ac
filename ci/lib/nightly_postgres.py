# SPDX-License-Identifier: GPL-2.0-or-later
"""
The history of ci/nightly shared through PostgreSQL, by psql alone.

What is shared are the result files themselves, since all else is made of them: each machine's store keeps
its own files and its own index, puts there what it measured and takes what others did.
"""
import csv
import hashlib
import io
import subprocess

from nightly_store import write_whole

TABLE = """CREATE TABLE IF NOT EXISTS septbench_result(cell text NOT NULL, night text NOT NULL,
 sha256 text NOT NULL, result text NOT NULL, PRIMARY KEY(cell, night));
"""


class Failed(Exception):
    """The database did not do what it was asked."""


def psql(config, script):
    """What @script prints, as rows."""
    try:
        p = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", config.postgres],
                           input="SET client_min_messages = warning;\n" + script, capture_output=True,
                           text=True, encoding="utf-8", check=False)
    except FileNotFoundError as e:
        raise Failed("postgres is configured, and there is no psql; install postgresql-client") from e
    if p.returncode:
        raise Failed(f"PostgreSQL: {' '.join(p.stderr.split()) or 'psql failed'}; the results are in the store "
                     "and the same command goes on from there")
    return list(csv.reader(io.StringIO(p.stdout, newline="")))


def quote(text):
    return "'" + text.replace("'", "''") + "'"


def push(night, cell, say):
    """This night's result; another one under the same name stays, and is told of."""
    if not night.config.postgres:
        return
    text = night.result(cell).read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    row = io.StringIO()
    csv.writer(row, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow([cell.name, night.name, digest, text])
    there = psql(night.config, TABLE + f"""BEGIN;
CREATE TEMP TABLE fresh(LIKE septbench_result) ON COMMIT DROP;
COPY fresh FROM STDIN (FORMAT csv);
{row.getvalue()}\\.
INSERT INTO septbench_result SELECT * FROM fresh ON CONFLICT DO NOTHING;
COPY (SELECT sha256 FROM septbench_result WHERE cell = {quote(cell.name)} AND night = {quote(night.name)})
 TO STDOUT (FORMAT csv);
COMMIT;
""")
    if there != [[digest]]:
        say(f"{cell.name}: the database has another result of night {night.name}, which stays; "
            "give the machines' nights different names (--night)")


def pull(config, cell, say):
    """Nights of this cell that other machines measured."""
    if not config.postgres:
        return
    store = config.state / "store" / cell.name
    store.mkdir(parents=True, exist_ok=True)
    mine = {f.stem for f in store.glob("*.jsonl")}
    names = psql(config, f"""COPY (SELECT night FROM septbench_result WHERE cell = {quote(cell.name)})
 TO STDOUT (FORMAT csv);
""")
    for [night] in names:
        if night in mine or "/" in night:
            continue
        csv.field_size_limit(1 << 30)
        [[digest, text]] = psql(config, f"""COPY (SELECT sha256, result FROM septbench_result
 WHERE cell = {quote(cell.name)} AND night = {quote(night)}) TO STDOUT (FORMAT csv);
""")
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise Failed(f"PostgreSQL: the result of {cell.name}, night {night}, is not what was put there")
        write_whole(store / f"{night}.jsonl", text)
        say(f"{cell.name}: took night {night} from the database")
