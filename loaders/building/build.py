"""A build: the marts are brought up to the end of the log."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from loaders.building.compiled import Compiled, ProjectVersion, built_version, run_compiled
from loaders.building.idle_rules import idle_limits, idle_rules
from loaders.building.progress import NOTHING, Progress, progress, progress_of
from loaders.building.set_aside import looking_up_to, see_all, set_aside
from loaders.config.settings import Settings
from loaders.database import one_writer, open_for_build
from loaders.errors import BuildError, GuardError
from loaders.feeds.declared_data import check_declared_data
from loaders.feeds.feed import Feed
from loaders.feeds.loading import load_feeds
from loaders.installation import check, make_database
from loaders.publishing import noted_build


@dataclass
class BuildReport:
    """What was built: how many nodes, and a line per node that was not simply fine, or rule that never fired."""

    before: Progress = NOTHING
    """Where the log stood."""
    ok_count: int = 0
    warnings: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)
    """Files that were refused after all, because the models fail on them, with why (X13)."""


def build(
    settings: Settings, *, full_refresh: bool = False, tests: bool = False, only_pending: bool = False
) -> BuildReport:
    """Bring the marts up to the end of the log, in stretches of `settings.run_rows` lines: one is in memory at a time.

    By dbt; or, while the project's files are those of the last dbt build, by the statements that it compiled
    (docs/decisions/0016). `full_refresh` computes all of them anew from the log; `tests` also runs the dbt tests;
    `only_pending`: nothing is done if every entry of the log is decided, by this version of the project. Raises
    `BuildError` with the failures, `ConfigurationError` for wrong declared data (C91), `LockedError` if another run is
    at work, `DamagedError` if the database is not that of its archive.
    """
    report = BuildReport()
    with one_writer(settings.home):
        feeds = load_feeds(settings.root)
        check_declared_data(settings.root, feeds)
        make_database(settings, feeds)
        while True:
            try:
                if not _is_done(settings, report, by_dbt=full_refresh or tests, only_pending=only_pending):
                    with noted_build(settings):
                        _build_with_dbt(settings, feeds, report, full_refresh=full_refresh, tests=tests)
                break
            except BuildError as error:
                Compiled.forget(settings)  # dbt builds the next time, and says more
                up_to = partial(_build_up_to, settings, feeds)
                report.set_aside.append(set_aside(settings, error, up_to))
                full_refresh = False
        if report.ok_count:
            report.warnings += idle_rules(settings, feeds) + idle_limits(settings)
        return report


def _build_up_to(settings: Settings, feeds: Sequence[Feed], log_id: int) -> None:
    """Build with dbt until this entry of the log is decided, and once if it is. Raises `BuildError`."""
    from loaders.building.dbt_runs import dbt_build
    from loaders.feeds.declared_feeds import write_declared_feeds

    write_declared_feeds(settings.root, feeds)
    while True:
        with suppress(GuardError), noted_build(settings), looking_up_to(settings, log_id):
            dbt_build(settings)
        if progress(settings).decided >= log_id:
            return


def _is_done(settings: Settings, report: BuildReport, *, by_dbt: bool, only_pending: bool) -> bool:
    """Whether there is nothing to do, or compiled statements have done it."""
    with open_for_build(settings.database) as connection:
        check(settings, connection)
        see_all(connection)
        report.before = progress_of(connection)
        version = ProjectVersion.of(settings)
        is_pending = report.before.pending_entries > 0 or not report.before.is_built
        if only_pending and not is_pending and built_version(connection) == version.text:
            return True
        if by_dbt or not (compiled := Compiled.load(settings, version, connection)):
            return False
        with noted_build(settings):
            report.ok_count = run_compiled(connection, compiled)
        return True


def _build_with_dbt(
    settings: Settings, feeds: Sequence[Feed], report: BuildReport, *, full_refresh: bool, tests: bool
) -> None:
    from loaders.building.dbt_runs import dbt_build
    from loaders.feeds.declared_feeds import write_declared_feeds

    write_declared_feeds(settings.root, feeds)
    version = ProjectVersion.of(settings)
    Compiled.forget(settings)  # until this build has ended well
    while True:
        before = NOTHING if full_refresh else progress(settings)
        with_tests = tests and before.pending_lines <= settings.run_rows
        try:
            outcome = dbt_build(settings, full_refresh=full_refresh, tests=with_tests)
        except GuardError:  # a list is held: once more, with that
            full_refresh = False
            continue
        # Only a build on a database that has the marts compiles how they are advanced.
        compiled = Compiled(tuple(outcome.models if before.is_built else ()))
        compiled.keep(settings, version)
        full_refresh = False
        report.ok_count, report.warnings = outcome.ok_count, outcome.warnings
        if compiled.models and progress(settings).pending_entries:
            with open_for_build(settings.database) as connection:
                run_compiled(connection, compiled)
        if not progress(settings).pending_entries and with_tests == tests:
            return
