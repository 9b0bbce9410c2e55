"""The exact name of a file to send (R7): what the loader would take, judged by the loader's own rules (C85)."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from loaders.errors import ConfigurationError, FileRefusedError
from loaders.feeds.config import PLACEHOLDER
from loaders.feeds.feed import Feed
from loaders.feeds.timezones import local_of
from loaders.landing.checks import check_name
from loaders.landing.finding import owner_of
from loaders.transport.listing import sift


def file_name_to_send(feed: Feed, feeds: Sequence[Feed], parts: Mapping[str, str], now: datetime) -> str:
    """The name of a file of `feed` to send at `now` (with a timezone): its time is that of the feed's `timezone`.

    Parts that are not in `parts` stay as `{part}`, wildcards as `*` and `?`. `feeds` are all that are declared. Raises
    `ConfigurationError` with the reason where a file of this name would not be taken, or refused.
    """
    for part, text in parts.items():
        if not feed.pattern.part_fits(part, text):
            raise _refused(feed, f"{part} cannot be {text!r}: in {feed.config.file_name!r} it holds something else")
    if set(PLACEHOLDER.findall(feed.config.tenant)) <= set(parts) and not feed.may_touch(feed.tenant_of(dict(parts))):
        tenant = feed.tenant_of(dict(parts))
        raise _refused(feed, f"it may not touch tenant {tenant!r}: `tenants` names those that it may (X9)")
    local = local_of(now.astimezone(UTC).replace(tzinfo=None), feed.config.timezone)
    times = {name: local.strftime(spec) for name, spec in feed.pattern.parts.items() if spec.startswith("%")}
    filled = times | dict(parts)
    name = feed.pattern.render(filled)
    if feed.pattern.required_parts <= set(filled):
        _check(feed, feeds, name)
    return name


def _check(feed: Feed, feeds: Sequence[Feed], name: str) -> None:
    """Raise `ConfigurationError` if a file of this name, which has all its parts, is not landed as one of the feed."""
    files, skipped = sift(iter([(os.fsencode(name), stat.S_IFREG, 0, 0)]))
    if skipped:
        raise _refused(feed, f"{name!r} is not taken: {skipped[0].reason}: change a part")
    if not files:
        raise _refused(feed, f"{name!r} is not taken: it reads as an upload in progress: change a part")
    config = feed.config
    here = [
        one for one in feeds if (one.config.connection, one.config.directory) == (config.connection, config.directory)
    ]
    active = [one for one in here if one.config.enabled or one.name == feed.name]
    if name.endswith(tuple(suffix for one in here for suffix in one.suffixes)):
        raise _refused(feed, f"{name!r} is not taken: so end the names of files that have landed: change a part")
    owner = owner_of(files[0], config.directory, here, active)
    if isinstance(owner, str):
        raise _refused(feed, f"{name!r} is not taken: it {owner}: change a part")
    if owner.feed.name != feed.name:
        raise _refused(feed, f"{name!r} is taken by feed {owner.feed.name}: change a part")
    try:
        check_name(owner)
    except FileRefusedError as refusal:
        raise _refused(feed, f"{name!r} is refused: {refusal.code}: {refusal.message}") from None


def _refused(feed: Feed, reason: str) -> ConfigurationError:
    return ConfigurationError(f"feed {feed.name} ({feed.declared_at}): {reason}")
