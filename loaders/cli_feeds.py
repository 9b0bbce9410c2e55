"""`muster feeds`: look at the feeds that the source YAML declares."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loaders import output
from loaders.errors import ConfigurationError, NeedsAttentionError
from loaders.feed_schema import feed_schema
from loaders.feeds import Feed, load_feeds
from loaders.settings import Settings

if TYPE_CHECKING:
    from loaders.preview import Preview
    from loaders.scaffold import Plan


@click.group()
def feeds() -> None:
    """Look at the feeds that the source YAML declares."""


@feeds.command("list")
@output.json_option
@click.pass_obj
def feeds_list(settings: Settings, as_json: bool) -> None:
    """Show all feeds."""
    rows = [
        {"feed": f.name}
        | f.config.model_dump(include={"connection", "directory", "file_name", "applies", "enabled", "order"})
        | {"picked_up": f.picked_up}
        for f in load_feeds(settings.root)
    ]
    output.show(rows, as_json=as_json)


@feeds.command("show")
@click.argument("feed")
@click.option(
    "--part",
    "parts",
    multiple=True,
    metavar="NAME=VALUE",
    help="A part of the file name, such as store_id=shop1.",
)
@output.json_option
@click.pass_obj
def feeds_show(settings: Settings, feed: str, parts: tuple[str, ...], as_json: bool) -> None:
    """Show how FEED is set up, and the exact file name to send (R7)."""
    found = next((f for f in load_feeds(settings.root) if f.name == feed), None)
    if found is None:
        raise click.BadParameter(f"there is no feed {feed!r}; `muster feeds list` names them")
    given = dict(_part(text) for text in parts)
    if unknown := set(given) - set(found.pattern.parts):
        raise click.BadParameter(
            f"the file name has no part {', '.join(sorted(unknown))}; its parts: {', '.join(found.pattern.parts)}"
        )
    row = {
        "feed": found.name,
        "send_file": file_name_to_send(found, given, datetime.now(UTC)),
        "to": f"{found.config.connection}:{found.config.directory}",
        "columns": ", ".join(column.sent_as for column in found.columns),
        "identifiers": " > ".join(column.sent_as for column in found.columns if column.identifier),
        "picked_up": found.picked_up,
    } | {
        k: v
        for k, v in found.config.model_dump(mode="json", exclude_none=True).items()
        if k not in ("connection", "directory")
    }
    if as_json:
        output.show([row], as_json=True)
    else:
        output.show([{"setting": k, "value": v} for k, v in row.items()], as_json=False)


@feeds.command("schema")
def feeds_schema() -> None:
    """Print the JSON Schema of feeds, for editors."""
    click.echo(json.dumps(feed_schema(), indent=1))


@feeds.command("pin")
@click.argument("host")
@click.option("--port", type=click.IntRange(1, 65535), default=22, help="The SSH port.")
def feeds_pin(host: str, port: int) -> None:
    """Print the host key that HOST shows now: compare it with what its owner says, then pin it in connections.yml."""
    from loaders.transport.sftp import fetch_host_key

    click.echo(fetch_host_key(host, port))


@feeds.command("preview")
@click.argument("target", metavar="FEED|FILE")
@click.option("--feed", metavar="FEED", help="The feed of FILE.  [default: the one whose file name it has]")
@click.option("--rows", "row_count", type=click.IntRange(0), default=10, help="How many sample rows.")
@click.option(
    "--rejected",
    "rejected_count",
    type=click.IntRange(0),
    help="How many rejected lines.  [default: 50; all with --json]",
)
@output.json_option
@click.pass_obj
def feeds_preview(
    settings: Settings, target: str, feed: str | None, row_count: int, rejected_count: int | None, as_json: bool
) -> None:
    """Show what would become of FILE, or of the newest file that waits for FEED; nothing is landed (B14)."""
    from loaders.preview import preview

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


@feeds.command("new")
@click.argument("sample", type=click.Path(path_type=Path))
@click.option("--name", required=True, metavar="PARTNER__STREAM", help="The new feed.")
@click.option("--delimiter", metavar="CHARACTER", help="The delimiter, or `tab`.  [default: the only one that fits]")
@click.option("--quote", default='"', metavar="CHARACTER", help="The quote, or `none`.")
@click.option(
    "--identifier",
    "identifiers",
    multiple=True,
    metavar="COLUMN=TYPE",
    help="Identify by this column; TYPE `none`: do not. May be repeated; their order is that in which they are tried.",
)
@click.option("--tenant", help="Whose contacts these are.  [default: the partner]")
@click.option(
    "--applies", type=click.Choice(["profiles", "complete_list"]), default="profiles", help="What the files are."
)
@click.option("--segment", help="The segment of complete lists: a name, or {part} of the file name.")
@click.option(
    "--file-name", metavar="PATTERN", help="The names of the files.  [default: as the sample's, its date a time]"
)
@click.option("--connection", help="Where the files are.  [default: named as the partner]")
@click.option("--directory", help="The directory there.  [default: named as the stream]")
@click.option("--dry-run", is_flag=True, help="Print what would be written; write nothing.")
@output.json_option
@click.pass_obj
def feeds_new(settings: Settings, /, sample: Path, as_json: bool, dry_run: bool, **given: Any) -> None:
    """Write a feed for files like SAMPLE (CSV with a header, or NDJSON), with its staging model and tests (B14)."""
    from loaders.sample import read_sample
    from loaders.scaffold import FeedRequest, plan_feed, write

    delimiter, quote = _character(given.pop("delimiter")), given.pop("quote")
    identifiers = dict(_identifier(text) for text in given.pop("identifiers"))
    seen = read_sample(sample, delimiter, None if quote == "none" else quote)
    plan = plan_feed(settings, seen, FeedRequest(identifiers=identifiers, **given))
    if not dry_run:
        write(settings, seen, plan)
    _show_plan(plan, as_json=as_json, dry_run=dry_run)
    if not dry_run:
        click.echo(f"muster: see what becomes of it: muster feeds preview {output.printable(sample)}", err=True)


def _character(text: str | None) -> str | None:
    return "\t" if text in ("tab", "\\t") else text


def _identifier(text: str) -> tuple[str, str]:
    column, equals, kind = text.rpartition("=")
    if not equals or not column or not kind:
        raise ConfigurationError(f"--identifier {text!r} is not COLUMN=TYPE")
    return column, kind


def _show_plan(plan: Plan, *, as_json: bool, dry_run: bool) -> None:
    columns = [{"column": column.header, "becomes": column.meaning} for column in plan.columns]
    columns += [{"column": name, "becomes": "other property"} for name in plan.undeclared]
    files = [
        {"path": str(change.path), "action": "create" if change.is_new else "extend", "text": change.text}
        for change in plan.changes
    ]
    if as_json:
        output.show([{"feed": plan.feed, "columns": columns, "files": files, "notes": plan.notes}], as_json=True)
        return
    output.show(columns, as_json=False)
    click.echo()
    if dry_run:
        for file in files:
            click.echo(f"--- {file['path']} ({file['action']})\n{file['text']}")
    else:
        output.show(files, as_json=False, columns=("action", "path"))
    for note in plan.notes:
        click.echo(f"muster: {output.printable(note)}", err=True)


def file_name_to_send(feed: Feed, parts: dict[str, str], now: datetime) -> str:
    """The exact name of a file to send now (R7): time parts filled in, parts that were not given stay as `{part}`."""
    times = {name: now.strftime(spec) for name, spec in feed.pattern.parts.items() if spec.startswith("%")}
    name = feed.pattern.render(times | parts)
    if "{" not in name and feed.pattern.is_ambiguous(name):
        raise click.BadParameter(f"{name!r} fits {feed.config.file_name!r} in more than one way: change a part")
    if "{" not in name and feed.pattern.match(name) is None:
        raise click.BadParameter(f"{name!r} does not fit {feed.config.file_name!r}: a part holds what it may not")
    return name


def _part(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE")
    return name, value
