"""`muster feeds preview`: how a preview is shown."""

from __future__ import annotations

import sys
from dataclasses import asdict, astuple
from typing import TYPE_CHECKING, Any

import click

from loaders.cli import output
from loaders.cli.options import json_option
from loaders.config.settings import Settings
from loaders.errors import NeedsAttentionError

if TYPE_CHECKING:
    from loaders.preview.result import Preview


@click.command("preview")
@click.argument("target", metavar="FEED|FILE")
@click.option("--feed", metavar="FEED", help="The feed of FILE.  [default: the one whose file name it has]")
@click.option("--rows", "row_count", type=click.IntRange(0), default=10, help="How many sample rows.")
@click.option(
    "--rejected",
    "rejected_count",
    type=click.IntRange(0),
    help="How many rejected lines and dropped cells.  [default: 50; all with --json]",
)
@json_option
@click.pass_obj
def preview_command(
    settings: Settings, target: str, feed: str | None, row_count: int, rejected_count: int | None, as_json: bool
) -> None:
    """Show what would become of FILE, or of the newest file that waits for FEED; nothing is landed (B14)."""
    from loaders.preview.preview import preview

    if rejected_count is None and not as_json:
        rejected_count = 50
    with output.progress() as progress:
        found = preview(
            settings,
            target,
            feed_name=feed,
            row_count=row_count,
            rejected_count=rejected_count,
            progress=progress,
        )
    if found is None:
        output.show([], as_json=as_json, empty="no file is waiting")
        return
    facts = _facts(found)
    if as_json:
        details = {name: value for name, value in asdict(found).items() if name not in ("arrival", "name_fits")}
        output.show([facts | details], as_json=True)
    else:
        _show_preview(found, facts)
    path = output.printable(found.arrival.path)
    if found.code:
        why = f"{found.code}: {found.detail}" if found.detail else found.code
        click.echo(f"muster: {path}: would be rejected: {output.printable(why)}", err=True)
    if not found.name_fits:
        click.echo(
            f"muster: {path}: would not be taken: does not fit {found.arrival.feed.config.file_name!r}", err=True
        )
    if found.code or not found.name_fits:
        sys.exit(NeedsAttentionError.exit_code)


def _facts(found: Preview) -> dict[str, Any]:
    """What is known of a file before it is read; of a name that does not fit, nothing is known."""
    arrival, fits = found.arrival, found.name_fits
    return {
        "file": arrival.path,
        "feed": arrival.feed.name,
        "role": arrival.role,
        "file_name": arrival.feed.config.file_name,
        "name_fits": fits,
        "name_parts": arrival.name_parts,
        "tenant": arrival.tenant_id if fits else None,
        "segment": arrival.segment_name,
        "sent_at": arrival.sent_at if fits and not arrival.wrong_date else None,
    }


def _show_preview(found: Preview, facts: dict[str, Any]) -> None:
    parts = ", ".join(f"{name}={value}" for name, value in found.arrival.name_parts.items())
    facts |= {"name_fits": "yes" if found.name_fits else "no", "name_parts": parts}
    facts |= {
        "lines": found.line_count,
        "readable": found.row_count,
        "would_be": f"rejected ({found.code})" if found.code else "landed",
    }
    output.table(["setting", "value"], list(facts.items()))
    if found.columns:
        click.echo()
        output.table(["column", "status", "identifier"], [(c.name, c.status, c.identifier) for c in found.columns])
    if found.sample:
        click.echo()
        rows = [(row.line_number, row.code, *row.cells.values()) for row in found.sample]
        output.table(["line", "code", *found.sample[0].cells], rows)
    if found.filtered_counts:
        click.echo()
        output.table(["filtered", "lines"], list(found.filtered_counts.items()), right="lines".__eq__)
    if found.rejected_counts:
        click.echo()
        output.table(["rejected", "lines"], list(found.rejected_counts.items()), right="lines".__eq__)
        click.echo()
        output.table(["line", "code", "raw_text"], [(r.line_number, r.code, r.raw_text) for r in found.rejected])
        if len(found.rejected) < (total := sum(found.rejected_counts.values())):
            click.echo(f"muster: these are the first {len(found.rejected)} of {total}; --rejected shows more", err=True)
    if found.dropped_counts:
        click.echo()
        output.table(["dropped", "cells"], list(found.dropped_counts.items()), right="cells".__eq__)
        click.echo()
        output.table(["line", "column", "code", "raw_text"], [astuple(cell) for cell in found.dropped])
        if len(found.dropped) < (total := sum(found.dropped_counts.values())):
            click.echo(f"muster: these are the first {len(found.dropped)} of {total}; --rejected shows more", err=True)
