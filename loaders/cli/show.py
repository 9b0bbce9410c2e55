"""The commands that look at what was landed and built: jobs, files, members and their like."""

from __future__ import annotations

import click

from loaders import queries
from loaders.cli import output
from loaders.cli.landing import JOB_COLUMNS
from loaders.cli.options import feed_named, json_option, limit_option, moment
from loaders.config.settings import Settings


@click.command()
@click.option("--feed", help="Only this feed.")
@limit_option
@json_option
@click.pass_obj
def jobs(settings: Settings, feed: str | None, limit: int | None, as_json: bool) -> None:
    """Show import jobs: what became of each file, its lines by outcome, what it added and removed."""
    if feed is not None:
        feed_named(settings, feed)
    output.show(queries.jobs(settings, feed, limit), as_json=as_json, columns=JOB_COLUMNS)


@click.command()
@click.option("--feed", help="Only this feed.")
@click.option("--unrecognised", is_flag=True, help="The files on the servers that no feed takes.")
@limit_option
@json_option
@click.pass_obj
def files(settings: Settings, feed: str | None, unrecognised: bool, limit: int | None, as_json: bool) -> None:
    """Show the ledger: every version of every file that was seen."""
    if unrecognised:
        output.show(queries.unrecognised(settings, limit), as_json=as_json, empty="every file was recognised")
        return
    if feed is not None:
        feed_named(settings, feed)
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
    output.show(queries.files(settings, feed, limit), as_json=as_json, columns=columns)


@click.command()
@click.option("--tenant", help="Only this tenant.")
@json_option
@click.pass_obj
def segments(settings: Settings, tenant: str | None, as_json: bool) -> None:
    """Show the segments and how many members they have."""
    output.show(
        queries.segments(settings, tenant=tenant),
        as_json=as_json,
        columns=("tenant_id", "segment_name", "member_count"),
    )


@click.command()
@click.argument("segment")
@click.option("--tenant", help="The tenant, where several have a segment of this name.")
@click.option("--as-of", metavar="TIME", help="At this moment (ISO 8601; without an offset it is UTC) instead of now.")
@limit_option
@json_option
@click.pass_obj
def members(
    settings: Settings, segment: str, tenant: str | None, as_of: str | None, limit: int | None, as_json: bool
) -> None:
    """Show who is in SEGMENT, now or at a past moment, and the file that brought them."""
    rows = queries.members(settings, segment, tenant, moment(as_of), limit)
    output.show(rows, as_json=as_json, empty="nobody")


@click.command()
@click.argument("segment")
@click.option("--tenant", help="The tenant, where several have a segment of this name.")
@limit_option
@json_option
@click.pass_obj
def changes(settings: Settings, segment: str, tenant: str | None, limit: int | None, as_json: bool) -> None:
    """Show what each file added to SEGMENT and removed from it, the latest first."""
    output.show(queries.changes(settings, segment, tenant, limit), as_json=as_json, empty="no changes")


@click.command()
@click.argument("publication")
@click.option("--tenant", help="Only this tenant.")
@click.option("--status", type=click.Choice(["active", "inactive", "lead"]), help="Only these.")
@click.option("--as-of", metavar="FILE_ID", type=int, help="As they were after this file instead of now.")
@limit_option
@json_option
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
    rows = queries.subscriptions(settings, publication, tenant, status, as_of, limit)
    columns = ("contact_id", "identifiers", "status", "tags", "sms_phone", "source_campaign", "changed_at", "file")
    output.show(rows, as_json=as_json, columns=columns, empty="no subscriptions")


@click.command()
@click.option("--file", "file_id", type=int, help="Only of this file (its file_id).")
@click.option("--cells", "cells", is_flag=True, help="The cells that were dropped from rows that count.")
@limit_option
@json_option
@click.pass_obj
def rejected(settings: Settings, file_id: int | None, cells: bool, limit: int | None, as_json: bool) -> None:
    """Show rejected rows: the code that says why, the line, its text; `muster errors` gives the lines as sent."""
    if cells:
        rows, empty = queries.dropped_cells(settings, file_id, limit), "no dropped cells"
    else:
        rows, empty = queries.rejected(settings, file_id, limit), "no rejected rows"
    if not as_json:
        rows = [row | {"raw_text": output.shortened(row["raw_text"])} for row in rows]
    columns = ("file_id", "path", "line_number", *(["column_name"] if cells else []), "code", "raw_text")
    output.show(rows, as_json=as_json, columns=columns, empty=empty)
    _explain(rows)


@click.command()
@click.argument("file_id", type=int)
@click.pass_obj
def errors(settings: Settings, file_id: int) -> None:
    """Write the error file of FILE_ID to stdout: its rejected lines as sent, to be corrected and sent again.

    Of a list that replaces its segment the whole list has to be sent again, corrected.
    """
    from loaders.landing.error_file import error_file, is_of_a_list

    for piece in error_file(settings, file_id):
        click.echo(piece, nl=False)
    _explain(queries.rejected_codes(settings, file_id))
    if is_of_a_list(settings, file_id):
        click.echo(
            "muster: these lines are of a list that replaces its segment: sent alone they would be the whole list, and"
            " remove all others. Correct them in the whole list, and send that",
            err=True,
        )


_MEANINGS = {
    "looks_like_header": "the line names its columns, but files of its feed have no header: leave it out (A10)"
}


def _explain(rows: queries.Rows) -> None:
    """Say of codes that call for something what it is."""
    for code in sorted({row["code"] for row in rows} & _MEANINGS.keys()):
        click.echo(f"muster: {code}: {_MEANINGS[code]}", err=True)
