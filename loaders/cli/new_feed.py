"""`muster feeds new`: what is asked for, and how the plan is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loaders.cli import output
from loaders.cli.options import json_option
from loaders.config.settings import Settings
from loaders.errors import ConfigurationError

if TYPE_CHECKING:
    from loaders.new_feed.plan import Plan


@click.command("new")
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
@json_option
@click.pass_obj
def new_command(settings: Settings, /, sample: Path, as_json: bool, dry_run: bool, **given: Any) -> None:
    """Write a feed for files like SAMPLE (CSV with a header, or NDJSON), with its staging model and tests (B14)."""
    from loaders.new_feed.plan import FeedRequest, plan_feed, write
    from loaders.new_feed.sample import read_sample

    delimiter, quote = _character(given.pop("delimiter")), given.pop("quote")
    identifiers = dict(_identifier(text) for text in given.pop("identifiers"))
    seen = read_sample(sample, delimiter, None if quote == "none" else quote)
    plan = plan_feed(settings, seen, FeedRequest(identifiers=identifiers, **given))
    if not dry_run:
        write(settings, seen, plan)
    _show_plan(plan, as_json=as_json, dry_run=dry_run)
    if not dry_run:
        preview = f"muster feeds preview {output.printable(sample)} --feed {plan.feed}"
        click.echo(f"muster: see what becomes of it: {preview}", err=True)


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
