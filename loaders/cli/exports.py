"""`muster export` and `muster exports`: what goes out again, and what has gone."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from loaders import queries
from loaders.cli import output
from loaders.cli.options import json_option, limit_option
from loaders.config.settings import Settings
from loaders.database import one_writer
from loaders.errors import MusterError
from loaders.exports.loading import load_exports
from loaders.exports.new import new_export
from loaders.exports.preparing import Wish
from loaders.exports.presets import PRESETS
from loaders.exports.run import ExportReport, discard_run, export, preview_of
from loaders.exports.schema import export_schema
from loaders.publishing import publish

COLUMNS = (
    "export", "file", "state", "row_count", "new_count", "changed_count", "returned_count", "unchanged_count",
    "left_count", "filtered_count", "left_out_count", "over_threshold_count", "guarded_count",
)  # fmt: skip

HISTORY = ("run_id", "export", "state", "moment", "file_names", "size_bytes", *COLUMNS[3:])


@click.command("export")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--scheduled", is_flag=True, help="Only the exports that are due (`every`, `schedule`): for cron.")
@click.option("--all", "everybody", is_flag=True, help="Everybody, not only those whose row has changed.")
@click.option("--allow-shrink", is_flag=True, help="Once, though more members are gone than `max_shrink` allows.")
@click.option("--dry-run", is_flag=True, help="Only count what would be written.")
@click.option("--discard", is_flag=True, help="Give up the run of NAME that was prepared and not delivered whole.")
@json_option
@click.pass_obj
def export_command(
    settings: Settings,
    names: tuple[str, ...],
    scheduled: bool,
    everybody: bool,
    allow_shrink: bool,
    dry_run: bool,
    discard: bool,
    as_json: bool,
) -> None:
    """Write what has changed, and send it to the partners who receive it: NAME, or all that is switched on."""
    if discard:
        if len(names) != 1:
            raise click.UsageError("name the one export whose run is given up")
        run_id = discard_run(settings, names[0])
        click.echo(f"muster: run {run_id} of {names[0]} is given up", err=True)
        return
    with one_writer(settings.home), output.progress() as progress:
        report = export(
            settings,
            names,
            wish=Wish(everybody=everybody, allow_shrink=allow_shrink),
            scheduled=scheduled,
            dry_run=dry_run,
            progress=progress,
        )
        publish(settings)
    show(report, as_json=as_json)
    if report.errors:
        sys.exit(max(error.exit_code for error in report.errors.values()))


def export_what_is_due(settings: Settings, *, scheduled: bool) -> list[MusterError]:
    """The last part of a run: say what was sent; returns what went wrong."""
    try:
        if not settings.database.exists() or not any(one.config.enabled for one in load_exports(settings.root)):
            return []
        with output.progress() as progress:
            report = export(settings, scheduled=scheduled, progress=progress)
    except MusterError as fault:  # what became of the files is said all the same
        report = ExportReport(errors={"exports": fault})
    publish(settings)
    for row in report.delivered:
        if row["file"]:
            name = output.printable(str(row["file"]))
            click.echo(f"muster: exported {row['export']}: {name} ({row['row_count']} rows)", err=True)
    for error in report.errors.values():
        click.echo(f"muster: {output.printable(str(error))}", err=True)
    return list(report.errors.values())


def show(report: ExportReport, *, as_json: bool) -> None:
    """Say what was exported, and what was not."""
    rows: list[dict[str, Any]] = [{column: row.get(column) for column in COLUMNS} for row in report.delivered]
    output.show(rows, as_json=as_json, empty="nothing is due")
    for error in report.errors.values():
        click.echo(f"muster: {output.printable(str(error))}", err=True)


@click.group("exports", invoke_without_command=True)
@json_option
@limit_option
@click.option("--export", "name", help="Only those of this export.")
@click.pass_context
def exports(context: click.Context, as_json: bool, limit: int | None, name: str | None) -> None:
    """Show what was exported, the latest first; the commands below look at exports that are declared."""
    if context.invoked_subcommand is None:
        output.show(queries.exports(context.obj, name, limit), as_json=as_json, columns=HISTORY)


@exports.command("list")
@json_option
@click.pass_obj
def exports_list(settings: Settings, as_json: bool) -> None:
    """Show all exports that are declared."""
    rows = [
        {
            "export": one.name,
            "of": one.config.segment or f"groups: {one.config.groups}",
            "tenant": one.config.tenant,
            "to": f"{one.config.connection}:{one.config.directory}",
            "file_name": one.config.file_name,
            "writes": "events" if one.config.events else "everybody" if one.config.all else "what has changed",
            "runs": one.runs,
        }
        for one in load_exports(settings.root)
    ]
    output.show(rows, as_json=as_json, empty="none is declared; `muster exports new SEGMENT` writes one")


@exports.command("preview")
@click.argument("name")
@click.option("--all", "everybody", is_flag=True, help="Everybody, not only those whose row has changed.")
@json_option
@limit_option
@click.pass_obj
def exports_preview(settings: Settings, name: str, everybody: bool, as_json: bool, limit: int | None) -> None:
    """Show what NAME would write now: header, rows, a date; nothing is written."""
    found = preview_of(settings, name, limit=limit or 1000, wish=Wish(everybody=everybody))
    if as_json:
        output.show([vars(found) | {"counts": vars(found.counts)}], as_json=True)
        return
    for line in (found.header, *found.lines):
        click.echo(output.printable(line))
    for word, value in (("files", ", ".join(found.files)), ("a moment", found.timestamp), ("a day", found.date)):
        click.echo(f"muster: {word}: {output.printable(value)}", err=True)
    told = ", ".join(f"{count} {word.removesuffix('_count')}" for word, count in vars(found.counts).items() if count)
    click.echo(f"muster: {told or 'nobody'}", err=True)


@exports.command("new")
@click.argument("segment")
@click.option("--name", required=True, metavar="PARTNER__STREAM", help="The new export.")
@click.option("--tenant", required=True, help="Whose segment it is.")
@click.option("--connection", help="A name in connections.yml.  [default: named as the partner]")
@click.option("--directory", default=".", help="The directory there.")
@click.option("--preset", type=click.Choice(list(PRESETS)), help="The columns and settings that such a platform takes.")
@click.option("--dry-run", is_flag=True, help="Print what would be written; write nothing.")
@json_option
@click.pass_obj
def exports_new(
    settings: Settings,
    segment: str,
    name: str,
    tenant: str,
    connection: str | None,
    directory: str,
    preset: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write an export of SEGMENT: its exposure and its model, with the identifiers and properties that there are."""
    files = new_export(
        settings.root, segment, name, tenant=tenant, connection=connection or name.partition("__")[0],
        directory=directory, preset=preset, dry_run=dry_run,
    )  # fmt: skip
    rows = [{"path": str(path), "text": text} for path, text in files.items()]
    if as_json:
        output.show(rows, as_json=True)
        return
    for path, text in files.items():
        click.echo(f"--- {path}\n{text}" if dry_run else f"{path}: written")
    if not dry_run:
        click.echo(f"muster: next: `muster build`, then `muster exports preview {name}`", err=True)


@exports.command("schema")
def exports_schema() -> None:
    """Print the JSON Schema of exports, for editors."""
    click.echo(json.dumps(export_schema(), indent=1))
