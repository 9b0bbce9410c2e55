"""What the rows of the scorecard share: a run that dies where it is told to, and all that an installation has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from loaders.database import open_database
from loaders.landing.ledger import Landed
from tests.contracts.installation import FOLDERS, ROOT, Installation, Row, lines
from tests.made_once import made_once

ENDS_WITHIN = 600
"""Seconds: what takes longer hangs."""

_DIE = """
import importlib, os, signal, sys
target, nth, moment, *arguments = sys.argv[1:]
module, _, path = target.partition(":")
owner, (*parents, name) = importlib.import_module(module), path.split(".")
for parent in parents:
    owner = getattr(owner, parent)
work, calls = getattr(owner, name), []

def dying(*args, **options):
    calls.append(name)
    if moment == "before" and len(calls) == int(nth):
        os.kill(os.getpid(), signal.SIGKILL)
    found = work(*args, **options)
    if moment == "after" and len(calls) == int(nth):
        os.kill(os.getpid(), signal.SIGKILL)
    return found

setattr(owner, name, dying)
sys.argv = ["muster", *arguments]
from loaders.__main__ import main
main()
"""

LISTS = [f"shop_vip_2026010{day}080000.csv" for day in (1, 2, 3)]


def drop_three_days(muster: Installation) -> None:
    """Three lists of one segment, with a bad line, and a file of another feed between them."""
    muster.drop(LISTS[0], lines("id,email,first_name", "1,ann@x.org,Ann", "2,bob@x.org,Bob", "3,bad"))
    muster.drop(LISTS[1], lines("id,email,first_name", "1,ann@x.org,Anna", "4,dee@x.org,Dee"))
    muster.drop("acme_subscribers_20260102.csv", lines("phone,email,opt_in_status", "2125550101,ann@x.org,1"))
    muster.drop(LISTS[2], lines("id,email,first_name", "4,dee@x.org,", "5,eve@x.org,Eve"))


def killed_at(muster: Installation, target: str, nth: int, moment: str, *arguments: str) -> None:
    """Run `muster`, which is killed before or after its nth call of `module:function`."""
    command = [sys.executable, "-c", _DIE, target, str(nth), moment, *arguments]
    done = ended(muster, command)
    assert done.returncode == -9, f"it was never called so often: {target}; {done.stderr}"


def ended(muster: Installation, command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """A process that reads what `muster` does, after its end."""
    given: dict[str, Any] = {"env": muster.environment, "cwd": ROOT, "timeout": ENDS_WITHIN} | options
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, text=True, capture_output=True, check=False, **given
    )
    return done


def everything(muster: Installation, *schemas: str) -> dict[str, list[str]]:
    """All rows of all tables, as text and in order; but for when they were landed, renamed and built."""
    tables: dict[str, list[str]] = {}
    with open_database(muster.settings.database, read_only=True) as connection:
        found = connection.execute(
            """select schema_name, table_name, string_agg('"' || column_name || '"', ', ' order by column_index)
            from duckdb_columns() where not internal and column_name not in ('landed_at')
                and (schema_name || '.' || table_name) in (
                    select schema_name || '.' || table_name from duckdb_tables()
                    where schema_name in ('landing', 'marts') and database_name = current_database()
                ) and table_name not in ('pickups', 'renames', 'built_by')
            group by all order by all"""
        ).fetchall()
        for schema, table, columns in found:
            if not schemas or schema in schemas:
                rows = connection.execute(f'select {columns} from {schema}."{table}"').fetchall()
                tables[f"{schema}.{table}"] = sorted(map(repr, rows))
    assert tables
    return tables


def expect_equal(got: dict[str, list[str]], expected: dict[str, list[str]]) -> None:
    """The two have the same tables with the same rows."""
    different = {
        name: (set(got.get(name, ())) ^ set(expected[name])) for name in expected if got.get(name) != expected[name]
    }
    assert different == {}
    assert sorted(got) == sorted(expected)


def read_by_sftp(muster: Installation, port: int, host_key: str, **settings: Any) -> None:
    """Remarkety's files come from this server; `SERVER_PASSWORD` names the password."""
    remarkety = {
        "type": "sftp", "settle": 0, "host": "127.0.0.1", "port": port, "username": "muster",
        "password_env": "SERVER_PASSWORD", "host_keys": [host_key], "root": "/",
    }  # fmt: skip
    drops = muster.drops
    others = {name: {"type": "local", "path": str(drops / name)} for name in FOLDERS if name != "remarkety"}
    muster.connect({"remarkety": remarkety | settings, **others}, muster.settings.connections.parent)


def names(landed: Iterable[Landed]) -> list[str]:
    """The names of what was landed, in the order of the log."""
    return [one.path.rpartition("/")[2] for one in landed]


def wal_of(muster: Installation) -> Path:
    """The log that DuckDB writes beside the database."""
    return muster.settings.database.with_name(muster.settings.database.name + ".wal")


def _play(home: Path) -> None:
    muster = Installation.ready(home)
    drop_three_days(muster)
    done = muster.muster("run")
    assert done.returncode == 0, done.stderr


def undisturbed() -> Installation:
    """The three days after one run that nobody disturbed."""
    return Installation(made_once("undisturbed", _play))


def expect_as_undisturbed(muster: Installation, may_repeat: bool = False) -> None:
    """The next run needs nobody's help, and leaves nothing behind; the one after has nothing to do.

    `may_repeat`: it may have died while a name was given, and then the file is looked at once more, a duplicate (C80).
    """
    done = muster.muster("run")
    assert done.returncode == 0, done.stderr
    if may_repeat:
        assert told(muster) == told(undisturbed())
    else:
        expect_equal(everything(muster), everything(undisturbed()))
    assert list(muster.settings.spool.iterdir()) == []
    lists = muster.path_of(LISTS[0]).parent
    assert sorted(path.name for path in lists.iterdir()) == [f"{name}.done" for name in LISTS]
    assert muster.muster("run").stdout == "no new files\n"
    assert told(muster) == told(undisturbed())


def told(muster: Installation) -> list[list[Row]]:
    """What the marts say, but for the numbers of the log and those of contacts, which go by them."""
    return [
        muster.rows(
            """select identifier_value, segment_name, entered_at, exited_at, exit_reason
            from marts.membership_spells inner join marts.contact_identifiers using (contact_id)
            inner join marts.segments using (segment_id) order by all"""
        ),
        muster.rows(
            """select identifier_value, property, value
            from marts.contact_properties inner join marts.contact_identifiers using (contact_id) order by all"""
        ),
        muster.rows("select path, status, line_count from marts.import_jobs where status <> 'duplicate' order by all"),
        muster.rows("select count(*) as n from landing.remarkety__lists"),
    ]
