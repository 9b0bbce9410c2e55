"""The `muster` command."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from loaders import output, report
from loaders.cli_feeds import feeds
from loaders.cli_landing import JOB_COLUMNS, build_command, import_command, land_command, moment, run_command
from loaders.errors import MusterError
from loaders.feeds import load_feeds
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
    rows = report.members(settings, segment, tenant, moment(as_of), limit)
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
@click.argument("publication")
@click.option("--tenant", help="Only this tenant.")
@click.option("--status", type=click.Choice(["active", "inactive", "lead"]), help="Only these.")
@click.option("--as-of", metavar="FILE_ID", type=int, help="As they were after this file instead of now.")
@_limit
@output.json_option
@click.pass_obj
def subscriptions(
    settings: Settings,
    publication: str,
    tenant: str | None,
    status: str | None,
    as_of: int | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Show the subscriptions to PUBLICATION with status, tags and SMS number."""
    rows = report.subscriptions(settings, publication, tenant, status, as_of, limit)
    columns = ("contact_id", "identifiers", "status", "tags", "sms_phone", "source_campaign", "changed_at", "file")
    output.show(rows, as_json=as_json, columns=columns, empty="no subscriptions")


@main.command()
@click.option("--file", "file_id", type=int, help="Only of this file (its file_id).")
@_limit
@output.json_option
@click.pass_obj
def rejected(settings: Settings, file_id: int | None, limit: int | None, as_json: bool) -> None:
    """Show rejected rows: the code that says why, the line, its text; `muster errors` gives the lines as sent."""
    columns = ("file_id", "path", "line_number", "code", "raw_text")
    rows = report.rejected(settings, file_id, limit)
    if not as_json:
        rows = [row | {"raw_text": output.shortened(row["raw_text"])} for row in rows]
    output.show(rows, as_json=as_json, columns=columns, empty="no rejected rows")


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


for command in (land_command, build_command, run_command, import_command, feeds):
    main.add_command(command)
