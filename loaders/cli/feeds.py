"""`muster feeds`: look at the feeds that the source YAML declares, and switch them on and off."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from loaders.cli import output
from loaders.cli.new_feed import new_command
from loaders.cli.options import feed_named, json_option
from loaders.cli.preview import preview_command
from loaders.config.settings import Settings
from loaders.feeds.declared_feeds import declared_feeds_file, write_declared_feeds
from loaders.feeds.loading import load_feeds
from loaders.feeds.schema import feed_schema
from loaders.feeds.switching import Switched, next_steps, switch
from loaders.landing.name_to_send import file_name_to_send


@click.group()
def feeds() -> None:
    """Look at the feeds that the source YAML declares, switch them on and off, make new ones."""


@feeds.command("list")
@json_option
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
@json_option
@click.pass_obj
def feeds_show(settings: Settings, feed: str, parts: tuple[str, ...], as_json: bool) -> None:
    """Show how FEED is set up, and the exact file name to send now (R7); what would not be taken is refused."""
    found = feed_named(settings, feed)
    given = dict(_part(text) for text in parts)
    if unknown := set(given) - set(found.pattern.parts):
        raise click.BadParameter(
            f"the file name has no part {', '.join(sorted(unknown))}; its parts: {', '.join(found.pattern.parts)}"
        )
    row = {
        "feed": found.name,
        "send_file": file_name_to_send(found, load_feeds(settings.root), given, datetime.now(UTC)),
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


@feeds.command("enable")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--tenant", "tenants", multiple=True, metavar="NAME", help="Whose files it takes; may be repeated.")
@click.option("--any-tenant", is_flag=True, help="It takes anybody's: whoever may send files names whose they are.")
@json_option
@click.pass_obj
def feeds_enable(
    settings: Settings, names: tuple[str, ...], tenants: tuple[str, ...], any_tenant: bool, as_json: bool
) -> None:
    """Switch feeds on: NAME is a feed, or a partner with all its feeds. Says what is missing before files can come."""
    if tenants and any_tenant:
        raise click.UsageError("give either --tenant or --any-tenant")
    switched = switch(settings, names, enabled=True, tenants=tenants, any_tenant=any_tenant)
    _show_switched(switched, as_json=as_json)
    steps = next_steps(settings, [one.feed for one in switched])
    for step in steps or ["`muster run` picks up what is there"]:
        click.echo(f"muster: next: {output.printable(step)}", err=True)


@feeds.command("disable")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@json_option
@click.pass_obj
def feeds_disable(settings: Settings, names: tuple[str, ...], as_json: bool) -> None:
    """Switch feeds off: NAME is a feed, or a partner with all its feeds. What has landed stays."""
    _show_switched(switch(settings, names, enabled=False), as_json=as_json)


def _show_switched(switched: list[Switched], *, as_json: bool) -> None:
    rows = [(one.feed.name, one.feed.config.enabled, one.is_changed) for one in switched]
    if as_json:
        output.show([dict(zip(("feed", "enabled", "changed"), row, strict=True)) for row in rows], as_json=True)
        return
    words = {True: "on", False: "off"}
    output.table(["feed", "is"], [(feed, words[on] + ("" if new else ", as it was")) for feed, on, new in rows])


@feeds.command("sync")
@click.pass_obj
def feeds_sync(settings: Settings) -> None:
    """Write the list of feeds that dbt reads, after one was added or deleted by hand; `muster build` does it too."""
    changed = write_declared_feeds(settings.root, load_feeds(settings.root))
    path = declared_feeds_file(settings.root)
    click.echo(f"{path}: {'written' if changed else 'as it should be'}")


@feeds.command("schema")
def feeds_schema() -> None:
    """Print the JSON Schema of feeds, for editors."""
    click.echo(json.dumps(feed_schema(), indent=1))


@feeds.command("pin")
@click.argument("host")
@click.option("--port", type=click.IntRange(1, 65535), default=22, help="The SSH port.")
def feeds_pin(host: str, port: int) -> None:
    """Print the host keys that HOST has now: compare them with what its owner says, then pin one in connections.yml."""
    from loaders.transport.sftp import fetch_host_keys

    for key in fetch_host_keys(host, port):
        click.echo(key)


def _part(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE")
    return name, value


feeds.add_command(preview_command)
feeds.add_command(new_command)
