"""The dbt build, run in this process: models always, tests on demand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loaders.database import one_writer, open_database
from loaders.errors import BuildError
from loaders.landing import next_log_id
from loaders.settings import Settings


@dataclass
class BuildReport:
    """What dbt did: one line per node that was not simply fine, and how many were."""

    ok_count: int = 0
    warnings: list[str] = field(default_factory=list)


def decided_log_id(settings: Settings) -> int:
    """The last log entry that a build has decided; 0 before the first."""
    if not settings.database.exists():
        return 0
    with open_database(settings.database, read_only=True) as connection:
        found = connection.execute(
            "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'log_progress'"
        ).fetchall()
        if not found:
            return 0
        rows = connection.execute("select coalesce(max(decided_log_id), 0) from marts.log_progress").fetchall()
        return int(rows[0][0])


def has_pending(settings: Settings) -> bool:
    """Whether the log has entries that no build has decided yet, or nothing was ever built."""
    if not settings.database.exists():
        return False
    decided = decided_log_id(settings)
    with open_database(settings.database, read_only=True) as connection:
        return decided == 0 or next_log_id(connection) - 1 > decided


def build(settings: Settings, *, full_refresh: bool = False, tests: bool = False) -> BuildReport:
    """Bring the marts up to the end of the log.

    `full_refresh` computes all of them anew from the log; `tests` also runs the dbt tests. Raises `BuildError`
    with the failures, `LockedError` if another run is at work.
    """
    arguments = [
        "--quiet", "--no-print", "build",
        "--project-dir", str(settings.root), "--profiles-dir", str(settings.root),
        "--target-path", str(settings.home / "target"), "--log-path", str(settings.home / "logs"),
    ]  # fmt: skip
    if full_refresh:
        arguments.append("--full-refresh")
    if not tests:
        arguments += ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
    with one_writer(settings.home), _environment(settings):
        return _invoke(arguments)


def _invoke(arguments: list[str]) -> BuildReport:
    """Run dbt and close its database, which it would keep open for the life of the process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    try:
        outcome = dbtRunner().invoke(arguments)
    finally:
        if DuckDBConnectionManager._ENV is not None:
            DuckDBConnectionManager._ENV.close()
    results: list[Any] = list(getattr(outcome.result, "results", None) or [])
    failures = [f"{r.node.name}: {r.message}" for r in results if r.status in ("error", "fail")]
    if failures or outcome.exception or not results:
        raise BuildError(
            "\n".join(failures) or str(outcome.exception or "dbt built nothing: is this the project's folder?")
        )
    return BuildReport(
        ok_count=sum(r.status in ("success", "pass") for r in results),
        warnings=[f"{r.node.name}: {r.message}" for r in results if r.status == "warn"],
    )


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """The environment that profiles.yml reads, for the length of a build."""
    wanted = {
        "MUSTER_DATABASE": str(settings.database),
        "MUSTER_ROOT": str(settings.root),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    before = {name: os.environ.get(name) for name in wanted}
    here = Path.cwd()
    os.environ.update(wanted)
    os.chdir(settings.root)
    try:
        yield
    finally:
        os.chdir(here)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
