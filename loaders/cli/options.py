"""Options that several commands have, and how their values are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from loaders.config.settings import Settings
from loaders.feeds.feed import Feed
from loaders.feeds.loading import load_feeds


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The `--json` option of a command, passed as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, is_eager=True, help="Print JSON for machines.")(command)


def limit_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The `--limit` option: 50 rows of a table, all as JSON."""

    def default(context: click.Context, _: click.Parameter, value: int | None) -> int | None:
        return value or (None if context.params["as_json"] else 50)

    return click.option(
        "--limit", type=click.IntRange(1), callback=default, help="How many rows.  [default: 50; all with --json]"
    )(command)


def feed_named(settings: Settings, name: str) -> Feed:
    """The feed of this name. Raises `BadParameter` if there is none."""
    found = next((feed for feed in load_feeds(settings.root) if feed.name == name), None)
    if found is None:
        raise click.BadParameter(f"there is no feed {name!r}; `muster feeds list` names them")
    return found


def moment(text: str | None) -> datetime | None:
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
