"""The dbt build, run in this process: models always, tests on demand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loaders.config.settings import Settings
from loaders.database import one_writer, open_database
from loaders.errors import BuildError
from loaders.feeds.merge_rules import check_merge_rules
from loaders.landing.ledger import next_log_id


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
    return decided == 0 or _undecided(settings, decided)[0] > 0


def _undecided(settings: Settings, decided: int) -> tuple[int, int]:
    """How many log entries are behind `decided`, and how many lines they have."""
    with open_database(settings.database, read_only=True) as connection:
        rows = connection.execute("select sum(line_count) from landing.files where file_id > ?", [decided]).fetchall()
        return next_log_id(connection) - 1 - decided, int(rows[0][0] or 0)


def build(settings: Settings, *, full_refresh: bool = False, tests: bool = False) -> BuildReport:
    """Bring the marts up to the end of the log, in stretches of `settings.run_rows` lines: one is in memory at a time.

    `full_refresh` computes all of them anew from the log; `tests` also runs the dbt tests. Raises `BuildError`
    with the failures, `ConfigurationError` for wrong merge rules, `LockedError` if another run is at work.
    """
    check_merge_rules(settings.root)
    with one_writer(settings.home), _environment(settings):
        while True:
            decided = 0 if full_refresh else decided_log_id(settings)
            lines = _undecided(settings, decided)[1] if settings.database.exists() else 0
            with_tests = tests and lines <= settings.run_rows
            report = _invoke(_arguments(settings, full_refresh=full_refresh, tests=with_tests))
            full_refresh = False
            if not _undecided(settings, decided_log_id(settings))[0] and with_tests == tests:
                return report


def build_only(settings: Settings, selection: str) -> None:
    """Build only the nodes of a dbt selection, without tests. Raises `BuildError`."""
    with _environment(settings):
        _invoke([*_arguments(settings, full_refresh=False, tests=False), "--select", selection])


def _arguments(settings: Settings, *, full_refresh: bool, tests: bool) -> list[str]:
    """The command line of one dbt run."""
    arguments = [
        "--quiet", "--no-print", "--no-write-json", "--log-level", "none", "--log-level-file", "debug", "build",
        "--project-dir", str(settings.root), "--profiles-dir", str(settings.root),
        "--target-path", str(settings.home / "target"), "--log-path", str(settings.home / "logs"),
    ]  # fmt: skip
    if full_refresh:
        arguments.append("--full-refresh")
    if not tests:
        arguments += ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
    return arguments


def _invoke(arguments: list[str]) -> BuildReport:
    """Run dbt and close its database, which it would keep open for the life of the process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    try:
        outcome = dbtRunner().invoke(arguments)
    finally:
        if DuckDBConnectionManager._ENV is not None:
            DuckDBConnectionManager._ENV.close()
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
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
        "MUSTER_RUN_ROWS": str(settings.run_rows),
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
