"""dbt, run in this process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loaders.building.compiled import CompiledModel, failure_of
from loaders.config.settings import Settings
from loaders.interrupts import end_if_told


@dataclass
class DbtOutcome:
    """What dbt did."""

    ok_count: int = 0
    warnings: list[str] = field(default_factory=list)
    """One line per node that was not simply fine."""
    models: list[CompiledModel] = field(default_factory=list)
    """Those that have something to do in each build, in the order in which they were built."""


def dbt_build(settings: Settings, *, full_refresh: bool = False, tests: bool = False) -> DbtOutcome:
    """One `dbt build`: all models, on demand with all tests. Raises `BuildError` with the failures."""
    arguments = _arguments(settings)
    if full_refresh:
        arguments.append("--full-refresh")
    if not tests:
        arguments += ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
    with dbt_environment(settings):
        return invoke(arguments)


def build_only(settings: Settings, selection: Sequence[str], work: Path) -> None:
    """Build only these nodes, without tests, and keep the intermediate models in the database `work`.

    Raises `BuildError`.
    """
    with dbt_environment(settings, MUSTER_WORK=str(work)):
        invoke(
            [
                *_arguments(settings), "--target", "on_disk", "--select", *selection,
                "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test",
            ]
        )  # fmt: skip


def _arguments(settings: Settings) -> list[str]:
    """The command line of one dbt run."""
    return [
        "--quiet", "--no-print", "--no-write-json", "--log-level", "none", "--log-level-file", "info", "build",
        "--project-dir", str(settings.root), "--profiles-dir", str(settings.root),
        "--target-path", str(settings.home / "target"), "--log-path", str(settings.home / "logs"),
    ]  # fmt: skip


def invoke(arguments: list[str]) -> DbtOutcome:
    """Run dbt and close its database, which it would keep open for the life of the process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    try:
        outcome = dbtRunner().invoke(arguments)
    finally:
        if DuckDBConnectionManager._ENV is not None:
            DuckDBConnectionManager._ENV.close()
    end_if_told()
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
    results: list[Any] = list(getattr(outcome.result, "results", None) or [])
    failed = [result for result in results if result.status in ("error", "fail")]
    failed += [result for result in results if result.status == "skipped" and result.message]  # it does not compile
    failures = [f"{result.node.name}: {result.message}" for result in failed]
    if failures or outcome.exception or not results:
        raise failure_of(
            [result.node.name for result in failed],
            "\n".join(failures) or str(outcome.exception or "dbt built nothing: is this the project's folder?"),
        )
    return DbtOutcome(
        ok_count=sum(r.status in ("success", "pass") for r in results),
        warnings=[f"{r.node.name}: {r.message}" for r in results if r.status == "warn"],
        models=[CompiledModel(r.node.name, _statements(r.node)) for r in results if _has_work(r.node)]
        if all(map(_can_be_run_again, results))
        else [],
    )


def _has_work(node: Any) -> bool:
    """Whether a node has something to do in each build: a mart that is a table, or whatever is in memory."""
    return bool(node.resource_type == "model" and (node.config.materialized != "view" or node.database == "work"))


def _can_be_run_again(result: Any) -> bool:
    """Whether a node is one of ours: how snapshots, and hooks that a project adds, are run, only dbt knows."""
    node = result.node
    kinds = ("model", "seed", "test", "unit_test", "exposure")
    return node.resource_type in kinds or node.unique_id == "operation.muster.muster-on-run-start-0"


def _statements(node: Any) -> str:
    """The statements by which dbt built a model."""
    return Path(node.build_path).read_text(encoding="utf-8")


@contextmanager
def dbt_environment(settings: Settings, **more: str) -> Iterator[None]:
    """The environment that profiles.yml and the plugin read, and `more` of it, for the length of a build."""
    wanted = {
        "MUSTER_DATABASE": str(settings.database),
        "MUSTER_ROOT": str(settings.root),
        "MUSTER_RUN_ROWS": str(settings.run_rows),
        "MUSTER_BUILD": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        **more,
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
