"""The `muster` command."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from loaders import output, report
from loaders.cli_feeds import feeds
from loaders.database import one_writer
from loaders.errors import MusterError, NeedsAttentionError
from loaders.feeds import load_feeds
from loaders.pipeline import LandingReport, land
from loaders.settings import Settings

EXIT_CODES = """
\b
Exit codes:
  0  all is well (also when there was nothing to do)
  1  an unexpected error
  2  wrong usage or configuration
  3  done, but files were rejected, held or could not be renamed: somebody should look
  4  a server could not be reached or broke off; the next run tries again
  5  a server refused the credentials
  6  a server's host key is unknown or has changed
  7  another run is at work
  8  a dbt model or test failed; the landed files are safe
  130, 143  ended by Ctrl-C or SIGTERM; the next run goes on from there
"""


class _TerminatedError(KeyboardInterrupt):
    """SIGTERM: what Ctrl-C does, with another exit code."""


def _terminate(*_: object) -> None:
    raise _TerminatedError


class _Group(click.Group):
    """A group whose errors end in one line on stderr and the documented exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MusterError as error:
            click.echo(f"muster: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt as interrupt:
            click.echo("muster: interrupted; every file that was landed is kept, and the next run goes on", err=True)
            ctx.exit(143 if isinstance(interrupt, _TerminatedError) else 130)


@click.group(
    cls=_Group,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(package_name="muster")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=".",
    envvar="MUSTER_ROOT",
    show_envvar=True,
    help="The project's folder.",
)
@click.option(
    "--database",
    type=click.Path(path_type=Path),
    envvar="MUSTER_DATABASE",
    show_envvar=True,
    help="The DuckDB file.  [default: muster.duckdb in the project]",
)
@click.option(
    "--connections",
    type=click.Path(path_type=Path),
    envvar="MUSTER_CONNECTIONS",
    show_envvar=True,
    help="connections.yml.  [default: in the project]",
)
@click.pass_context
def main(context: click.Context, root: Path, database: Path | None, connections: Path | None) -> None:
    """Partners' audience files, exactly once and in order, to memberships you can ask about at any moment."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminate)
    given: dict[str, Any] = {"database": database, "connections": connections}
    context.obj = replace(Settings.for_project(root), **{name: path.absolute() for name, path in given.items() if path})


def _limit(command: Callable[..., Any]) -> Callable[..., Any]:
    def default(context: click.Context, _: click.Parameter, value: int | None) -> int | None:
        return value or (None if context.params["as_json"] else 50)

    return click.option(
        "--limit", type=click.IntRange(1), callback=default, help="How many rows.  [default: 50; all with --json]"
    )(command)


def _landing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option(
        "--scheduled", is_flag=True, help="Only the feeds whose period (`every`) has passed: for cron."
    )(command)
    return click.option("--feed", "feeds", multiple=True, help="Only this feed; may be repeated.")(command)


@main.command("land")
@_landing_options
@output.json_option
@click.pass_obj
def land_command(settings: Settings, feeds: tuple[str, ...], scheduled: bool, as_json: bool) -> None:
    """Fetch and land new files; build nothing."""
    landing = _land(settings, feeds, scheduled)
    output.show(_landed_rows(landing), as_json=as_json, empty="no new files")
    _finish(landing)


@main.command("build")
@click.option("--full-refresh", is_flag=True, help="Compute everything anew from the log.")
@click.option("--tests", is_flag=True, help="Run the dbt tests too.")
@output.json_option
@click.pass_obj
def build_command(settings: Settings, full_refresh: bool, tests: bool, as_json: bool) -> None:
    """Bring the tables up to the landed files (dbt build)."""
    from loaders.build import build

    result = build(settings, full_refresh=full_refresh, tests=tests)
    for warning in result.warnings:
        click.echo(f"muster: warning: {warning}", err=True)
    output.show([{"ok_count": result.ok_count, "warning_count": len(result.warnings)}], as_json=as_json)


@main.command("run")
@_landing_options
@output.json_option
@click.pass_obj
def run_command(settings: Settings, feeds: tuple[str, ...], scheduled: bool, as_json: bool) -> None:
    """Land new files and, if there is anything new, build: the command for a schedule."""
    from loaders.build import build, decided_log_id, has_pending

    with one_writer(settings.home):
        before = decided_log_id(settings)
        landing = _land(settings, feeds, scheduled)
        if has_pending(settings):
            build(settings)
    judged = list(reversed(report.jobs(settings, since=before))) if settings.database.exists() else []
    output.show(judged, as_json=as_json, columns=JOB_COLUMNS, empty="no new files")
    for job in judged:
        if job["status"] == "held":
            click.echo(f"muster: {output.printable(job['path'])}: held: {job['code']}: nothing was changed", err=True)
    _finish(landing, needs_attention=any(job["status"] in ("held", "rejected") for job in judged))


JOB_COLUMNS = (
    "file_id", "path", "status", "code",
    "line_count", "accepted_count", "rejected_count", "ignored_count", "duplicate_count",
    "added_count", "removed_count", "deleted_count", "unchanged_count", "created_count", "updated_count",
)  # fmt: skip


@main.command()
@click.option("--feed", help="Only this feed.")
@_limit
@output.json_option
@click.pass_obj
def jobs(settings: Settings, feed: str | None, limit: int | None, as_json: bool) -> None:
    """Show import jobs: what became of each file, its lines by outcome, what it added and removed."""
    _check_feed(settings, feed)
    output.show(report.jobs(settings, feed, limit), as_json=as_json, columns=JOB_COLUMNS)


@main.command()
@click.option("--feed", help="Only this feed.")
@click.option("--unrecognised", is_flag=True, help="The files on the servers that no feed takes.")
@_limit
@output.json_option
@click.pass_obj
def files(settings: Settings, feed: str | None, unrecognised: bool, limit: int | None, as_json: bool) -> None:
    """Show the ledger: every version of every file that was seen."""
    if unrecognised:
        output.show(report.unrecognised(settings, limit), as_json=as_json, empty="every file was recognised")
        return
    _check_feed(settings, feed)
    columns = (
        "file_id",
        "feed",
        "path",
        "status",
        "code",
        "size_bytes",
        "line_count",
        "unreadable_count",
        "sent_at",
        "landed_at",
    )
    output.show(report.files(settings, feed, limit), as_json=as_json, columns=columns)


@main.command()
@click.option("--tenant", help="Only this tenant.")
@output.json_option
@click.pass_obj
def segments(settings: Settings, tenant: str | None, as_json: bool) -> None:
    """Show the segments and how many members they have."""
    output.show(
        report.segments(settings, tenant=tenant),
        as_json=as_json,
        columns=("tenant_id", "segment_name", "member_count"),
    )


@main.command()
@click.argument("segment")
@click.option("--tenant", help="The tenant, where several have a segment of this name.")
@click.option("--as-of", metavar="TIME", help="At this moment (ISO 8601; without an offset it is UTC) instead of now.")
@_limit
@output.json_option
@click.pass_obj
def members(
    settings: Settings, segment: str, tenant: str | None, as_of: str | None, limit: int | None, as_json: bool
) -> None:
    """Show who is in SEGMENT, now or at a past moment, and the file that brought them."""
    rows = report.members(settings, segment, tenant, _moment(as_of), limit)
    output.show(rows, as_json=as_json, empty="nobody")


@main.command()
@click.argument("segment")
@click.option("--tenant", help="The tenant, where several have a segment of this name.")
@_limit
@output.json_option
@click.pass_obj
def changes(settings: Settings, segment: str, tenant: str | None, limit: int | None, as_json: bool) -> None:
    """Show what each file added to SEGMENT and removed from it, the latest first."""
    output.show(report.changes(settings, segment, tenant, limit), as_json=as_json, empty="no changes")


@main.command()
@click.option("--file", "file_id", type=int, help="Only of this file (its file_id).")
@_limit
@output.json_option
@click.pass_obj
def rejected(settings: Settings, file_id: int | None, limit: int | None, as_json: bool) -> None:
    """Show rejected rows: the code that says why, the line, the text as sent."""
    columns = ("file_id", "path", "line_number", "code", "raw_text")
    output.show(report.rejected(settings, file_id, limit), as_json=as_json, columns=columns, empty="no rejected rows")


@main.command()
@click.argument("file_id", type=int)
@click.pass_obj
def errors(settings: Settings, file_id: int) -> None:
    """Write the error file of FILE_ID to stdout: its rejected lines as sent, to be corrected and sent again."""
    from loaders.error_file import error_file

    for piece in error_file(settings, file_id):
        click.echo(piece, nl=False)


def _check_feed(settings: Settings, name: str | None) -> None:
    if name is not None and name not in {feed.name for feed in load_feeds(settings.root)}:
        raise click.BadParameter(f"there is no feed {name!r}; `muster feeds list` names them")


def _moment(text: str | None) -> datetime | None:
    """A moment as naive UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is not a time such as 2026-01-31T08:00 or 2026-01-31T08:00+02:00"
        ) from error
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError as error:
        raise click.BadParameter(f"{text!r} is before the year 1 or after 9999 in UTC") from error


def _land(settings: Settings, feeds: tuple[str, ...], scheduled: bool) -> LandingReport:
    with output.progress() as progress:
        return land(settings, only=feeds, scheduled=scheduled, progress=progress)


def _landed_rows(landing: LandingReport) -> report.Rows:
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


def _finish(landing: LandingReport, *, needs_attention: bool = False) -> None:
    """Say what did not go well, and end with the exit code for it."""
    for connection, path, reason in landing.unrecognised:
        click.echo(f"muster: {connection}:{output.printable(path)}: not taken: {reason}", err=True)
    for landed in landing.landed:
        if landed.refusal_code:
            why = f"{landed.refusal_code}: {output.printable(landed.refusal_detail)}"
            click.echo(f"muster: {output.printable(landed.path)}: rejected: {why}", err=True)
    for text in landing.not_renamed:
        click.echo(f"muster: {output.printable(text)}", err=True)
    for feed, error in landing.errors.items():
        click.echo(f"muster: {feed}: {error}", err=True)
    if landing.errors:
        sys.exit(max(error.exit_code for error in landing.errors.values()))
    if needs_attention or landing.not_renamed or any(landed.refusal_code for landed in landing.landed):
        sys.exit(NeedsAttentionError.exit_code)


main.add_command(feeds)
