"""What people do by hand: `muster import` and `discard`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from loaders.cli.judged import repeated_imports
from loaders.cli.landing import land_and_build
from loaders.cli.options import json_option, moment
from loaders.config.settings import Settings


@click.command("import")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--feed", required=True, help="The feed under whose rules the files come.")
@click.option("--tenant", help="The tenant, if the name of the file does not say it.")
@click.option("--segment", help="The segment, if the name of the file does not say it.")
@click.option(
    "--sent-at",
    metavar="TIME",
    help="The file's own time (UTC, or with an offset), if not that of its name or last change.",
)
@click.option("--clear/--no-clear", default=None, help="Each file replaces the segment, or adds to it (O2).")
@click.option("--status", type=click.Choice(["active", "inactive", "lead"]), help="Of its subscriptions (O3).")
@click.option("--status-column", metavar="COLUMN", help="The column that says each row's own status (O12).")
@click.option(
    "--resubscribe", is_flag=True, help="Who has unsubscribed may become active again; else no list does that (O12)."
)
@click.option(
    "--subscription-action",
    type=click.Choice(["none", "create_only", "update_only", "create_or_update"]),
    help="Which subscriptions it may touch; none: leads only (O4).",
)
@click.option("--publication", help="What is subscribed to.  [default: the segment]")
@click.option("--source-campaign", help="The campaign of the import's effort (O6).")
@click.option("--source-partner", help="The partner of the import's effort (O6).")
@click.option("--sms-phone", metavar="COLUMN", help="Create SMS add-ons with the phone numbers of this column (O7).")
@click.option("--sms-confirm/--no-sms-confirm", default=None, help="Queue a confirmation for each new number (O7).")
@click.option("--suppress-funnel-events/--funnel-events", default=None, help="Record no funnel events (O8).")
@click.option("--tag", "tags", multiple=True, help="Add this tag to the subscriptions (O9); may be repeated.")
@click.option("--untag", "untags", multiple=True, help="Remove this tag from them; may be repeated.")
@click.option("--replace-tags", is_flag=True, help="The tags are all that the subscriptions have from now on.")
@click.option("--subscriber-tag", "subscriber_tags", multiple=True, help="The same for subscribers.")
@click.option("--subscriber-untag", "subscriber_untags", multiple=True, help="The same for subscribers.")
@click.option("--replace-subscriber-tags", is_flag=True, help="The same for subscribers.")
@click.option("--started-at", metavar="TIME", help="When the subscriptions start (O10).")
@click.option("--ended-at", metavar="TIME", help="When they end.")
@click.option("--auto-renews/--no-auto-renews", default=None, help="Whether they renew themselves.")
@json_option
@click.pass_obj
def import_command(settings: Settings, /, paths: tuple[Path, ...], feed: str, as_json: bool, **given: Any) -> None:
    """Land local files under a feed's rules, and build. What is not given is as the feed's `request` says (O11)."""
    from loaders.landing.import_by_hand import LocalFile, land_local

    request = _request(given)
    sent_at = moment(given["sent_at"])
    files = [LocalFile(path, feed, given["tenant"], given["segment"], sent_at, request) for path in paths]
    land_and_build(settings, as_json, lambda _: land_local(settings, files), repeated_imports)


@click.command("discard")
@click.argument("file_id", metavar="FILE", type=int)
@click.option("--why", required=True, metavar="TEXT", help="Why, for whoever asks later.")
@json_option
@click.pass_obj
def discard_command(settings: Settings, file_id: int, why: str, as_json: bool) -> None:
    """Do without a refused file behind which others wait (its number), and build: they count from here on (C111)."""
    from loaders.landing.refused_before import discard

    land_and_build(settings, as_json, lambda _: discard(settings, file_id, why))


def _request(given: dict[str, Any]) -> dict[str, Any]:
    """The options as parameters of an import: only those that were given."""
    plain = ("clear", "subscription_action", "publication", "source_campaign", "source_partner", "status_column")
    request = {name: given[name] for name in (*plain, "suppress_funnel_events") if given[name] is not None}
    if given["resubscribe"]:
        request["resubscribe"] = True
    if given["status"]:
        request["active_status"] = {"active": True, "inactive": False, "lead": None}[given["status"]]
    if given["sms_phone"] is not None:
        request["sms"] = {"phone": given["sms_phone"], "confirm": bool(given["sms_confirm"])}
    elif given["sms_confirm"] is not None:
        raise click.UsageError("--sms-confirm goes with --sms-phone")
    for name, add, remove, replace in (
        ("subscription_tags", "tags", "untags", "replace_tags"),
        ("subscriber_tags", "subscriber_tags", "subscriber_untags", "replace_subscriber_tags"),
    ):
        if given[add] or given[remove] or given[replace]:
            request[name] = {"add": list(given[add]), "remove": list(given[remove]), "replace": given[replace]}
    moments = {name: moment(given[name]) for name in ("started_at", "ended_at")}
    options = {k: v for k, v in (moments | {"auto_renews": given["auto_renews"]}).items() if v is not None}
    return request | ({"subscription_options": options} if options else {})
