"""The commands of a schedule: `muster land`, `build` and `run`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

import click

from loaders import queries
from loaders.cli import output
from loaders.cli.exports import export_what_is_due
from loaders.cli.judged import notices_of, repeats_of_rejected, too_late
from loaders.cli.notices import (
    behind_refused,
    crowded,
    guarded,
    held_lists,
    late_imports,
    silent,
    unjoined,
    waiting_too_long,
)
from loaders.cli.options import json_option
from loaders.config.settings import Settings
from loaders.database import one_writer
from loaders.errors import MusterError, NeedsAttentionError
from loaders.feeds.loading import load_feeds
from loaders.feeds.switching import partners
from loaders.landing.report import LandingReport
from loaders.landing.run import land
from loaders.publishing import publish

JOB_COLUMNS = (
    "file_id", "path", "status", "code",
    "line_count", "accepted_count", "rejected_count", "ignored_count", "duplicate_count", "filtered_count",
    "dropped_cell_count",
    "added_count", "removed_count", "deleted_count", "expired_count", "unchanged_count", "created_count",
    "updated_count",
)  # fmt: skip


_MOST_NAMES = 10
"""How many files that no feed takes are named one by one (C115)."""


def _landing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option(
        "--scheduled", is_flag=True, help="Only the feeds that are due (`every`, `schedule`): for cron."
    )(command)
    return click.option(
        "--feed", "feeds", multiple=True, help="Only this feed, also if it is switched off; may be repeated."
    )(command)


@click.command("land")
@_landing_options
@json_option
@click.pass_obj
def land_command(settings: Settings, feeds: tuple[str, ...], scheduled: bool, as_json: bool) -> None:
    """Fetch and land new files; build nothing."""
    with one_writer(settings.home):
        landing = _land(settings, feeds, scheduled)
        publish(settings)
    output.show(_landed_rows(landing), as_json=as_json, empty="no new files")
    _hint(settings, landing)
    _finish(landing)


@click.command("build")
@click.option("--full-refresh", is_flag=True, help="Compute everything anew from the log.")
@click.option("--tests", is_flag=True, help="Run the dbt tests too.")
@json_option
@click.pass_obj
def build_command(settings: Settings, full_refresh: bool, tests: bool, as_json: bool) -> None:
    """Bring the tables up to the landed files (dbt build)."""
    from loaders.building.build import build

    with one_writer(settings.home):
        result = build(settings, full_refresh=full_refresh, tests=tests)
        publish(settings)
    _warn(result.warnings)
    output.show([{"ok_count": result.ok_count, "warning_count": len(result.warnings)}], as_json=as_json)
    if result.set_aside:
        raise NeedsAttentionError("\nmuster: ".join(result.set_aside))


@click.command("run")
@_landing_options
@json_option
@click.pass_obj
def run_command(settings: Settings, feeds: tuple[str, ...], scheduled: bool, as_json: bool) -> None:
    """Land new files and, if there is anything new, build: the command for a schedule."""
    land_and_build(
        settings,
        as_json,
        lambda meanwhile: _land(settings, feeds, scheduled, meanwhile),
        then=lambda: export_what_is_due(settings, scheduled=scheduled),
    )


def land_and_build(
    settings: Settings,
    as_json: bool,
    land: Callable[[Callable[[], None]], LandingReport],
    said_of: Callable[[LandingReport], list[str]] = lambda _: [],
    then: Callable[[], list[MusterError]] = lambda: [],
) -> None:
    """Land, build what is new, and show what became of it.

    `land` is told how to build meanwhile; `said_of`: what somebody should look at besides; `then`: what is done with
    what was built, and went wrong.
    """
    from loaders.building.successive import SuccessiveBuilds

    builds = SuccessiveBuilds(settings)
    with one_writer(settings.home):
        landing = land(builds.try_to_build)
        try:
            builds.build()
        except MusterError:  # what was landed is said all the same (C62)
            output.show(_landed_rows(landing), as_json=as_json, empty="no new files")
            _say(landing)
            raise
        faults = then()
    before = builds.before
    judged = list(reversed(queries.jobs(settings, since=before.decided))) if before else []
    output.show(judged, as_json=as_json, columns=JOB_COLUMNS, empty="no new files")
    _hint(settings, landing)
    _warn(builds.warnings)
    for text in notices_of(settings, judged):
        click.echo(f"muster: {text}", err=True)
    open_problems = said_of(landing) + repeats_of_rejected(settings, landing) + too_late(judged) + builds.set_aside
    if settings.database.exists() and not landing.is_all_off:
        open_problems += waiting_too_long(settings) + behind_refused(settings) + silent(settings)
    if before:
        for notice in (held_lists, guarded, crowded, unjoined, late_imports):
            open_problems += notice(settings, before.decided)
    for text in open_problems:
        click.echo(f"muster: {text}", err=True)
    is_open = bool(open_problems) or any(job["status"] in ("held", "rejected") for job in judged)
    _finish(landing, faults, needs_attention=is_open)


def _warn(warnings: Iterable[str]) -> None:
    """Say what a build has found that changes neither its result nor the exit code."""
    for warning in warnings:
        click.echo(f"muster: warning: {warning}", err=True)


def _land(
    settings: Settings, feeds: tuple[str, ...], scheduled: bool, meanwhile: Callable[[], None] = lambda: None
) -> LandingReport:
    is_new = not settings.database.exists()
    with output.progress() as progress:
        landing = land(settings, only=feeds, scheduled=scheduled, progress=progress, meanwhile=meanwhile)
    if is_new and settings.database.exists():  # else nobody would notice that MUSTER_DATABASE was forgotten once (C63)
        click.echo(f"muster: {settings.database}: a new database was made", err=True)
    return landing


def _hint(settings: Settings, landing: LandingReport) -> None:
    """Say what is to be done first, where no feed is switched on."""
    if landing.is_all_off:
        known = partners(load_feeds(settings.root))
        enable = f"`muster feeds enable PARTNER` ({', '.join(known)}), or " if known else ""
        click.echo(f"muster: no feed is switched on: {enable}`muster feeds new SAMPLE`", err=True)


def _landed_rows(landing: LandingReport) -> queries.Rows:
    return [
        {
            "file_id": landed.file_id,
            "feed": landed.feed,
            "path": landed.path,
            "line_count": landed.line_count,
            "unreadable_count": landed.unreadable_count,
            "status": "duplicate" if landed.duplicate_of else "rejected" if landed.refusal_code else "landed",
            "code": landed.refusal_code,
        }
        for landed in landing.landed
    ]


def _say(landing: LandingReport) -> None:
    """Say what did not go well."""
    for connection, path, reason in landing.unrecognised[:_MOST_NAMES]:
        click.echo(f"muster: {connection}:{output.printable(path)}: not taken: {reason}", err=True)
    if landing.unrecognised[_MOST_NAMES:]:
        more = len(landing.unrecognised) - _MOST_NAMES
        click.echo(f"muster: {more} more files are not taken: `muster files --unrecognised` names them", err=True)
    for landed in landing.landed:
        if landed.refusal_code:
            why = f"{landed.refusal_code}: {output.printable(landed.refusal_detail)}"
            click.echo(f"muster: {output.printable(landed.path)}: rejected: {why}", err=True)
        if landed.advice:
            why = f"{landed.unreadable_count} of {landed.line_count} lines are unreadable: {landed.advice}"
            click.echo(f"muster: {output.printable(landed.path)}: {output.printable(why)}", err=True)
    if landing.never_landed:
        connection, path = landing.never_landed[0]
        click.echo(
            f"muster: {len(landing.never_landed)} files have the suffix of what has landed, and are not in the ledger"
            f" of this database (first: {connection}:{output.printable(path)}): is it the right one (MUSTER_DATABASE,"
            " MUSTER_HOME)? To have them land take the suffix away; else move them elsewhere",
            err=True,
        )
    for text in (*landing.vanished, *landing.not_renamed):
        click.echo(f"muster: {output.printable(text)}", err=True)
    for feed, error in landing.errors.items():
        click.echo(f"muster: {feed}: {error}", err=True)


def _finish(landing: LandingReport, faults: Iterable[MusterError] = (), *, needs_attention: bool = False) -> None:
    """Say what did not go well, and end with the exit code for it: of several the greatest."""
    _say(landing)
    if errors := [*landing.errors.values(), *faults]:
        sys.exit(max(error.exit_code for error in errors))
    if (
        needs_attention
        or landing.not_renamed
        or landing.never_landed
        or any(landed.refusal_code for landed in landing.landed)
    ):
        sys.exit(NeedsAttentionError.exit_code)
