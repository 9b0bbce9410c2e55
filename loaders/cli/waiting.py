"""Root files and linked files that wait for each other: which, since when, and what to do (B10)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loaders import queries
from loaders.cli.output import printable
from loaders.config.settings import Settings
from loaders.database import utc_now
from loaders.feeds.config import duration
from loaders.feeds.feed import Feed
from loaders.feeds.loading import load_feeds


@dataclass
class _Delivery:
    """What is there of a delivery with linked files that waits for the rest."""

    name: str
    root: Feed
    tenant: str
    files: dict[str, str] = field(default_factory=dict)
    """Feed to path."""
    since: datetime = datetime.max
    lacks: list[Feed] = field(default_factory=list)

    @property
    def said(self) -> tuple[dict[str, str], list[str]]:
        """The parts of its names, and what their wildcards stand for."""
        name = json.loads(re.sub(r" #[0-9]+$", "", self.name))
        return (name, []) if isinstance(name, dict) else (name[2], name[3])  # landed by an earlier version, or not

    @property
    def words(self) -> list[str]:
        """The same for people, in the order of the names of parts."""
        parts, wildcards = self.said
        return [f"{part} {text!r}" for part, text in sorted(parts.items())] + [f"{text!r}" for text in wildcards]

    def missing_name(self, feed: Feed) -> str:
        """The name of its file of this feed."""
        name = feed.pattern.render(*self.said)
        return f"version {self.name.rpartition('#')[2]} of {name}" if feed.pairs_versions else name


def waiting_too_long(settings: Settings) -> list[str]:
    """What to say of files that have waited for their linked file, or their root, longer than the feed says (C42).

    And of those that wait for one another but whose names are not equal (C41): that no later file will change.
    """
    feeds = [feed for feed in load_feeds(settings.root) if feed.root]
    waiting = _waiting(settings, feeds)
    return [*_overdue(waiting, feeds, utc_now()), *_unequal(waiting)]


def _waiting(settings: Settings, feeds: Sequence[Feed]) -> list[_Delivery]:
    by_name = {feed.name: feed for feed in feeds}
    found: dict[str, _Delivery] = {}
    for row in queries.waiting(settings, list(by_name)) if feeds else []:
        root = by_name[by_name[row["feed"]].root or ""]
        delivery = found.setdefault(row["delivery"], _Delivery(row["delivery"], root, row["tenant_id"]))
        delivery.files[row["feed"]] = row["path"]
        delivery.since = min(delivery.since, row["landed_at"])
    for delivery in found.values():
        group = [feed for feed in feeds if feed.root == delivery.root.name]
        awaited = [feed for feed in group if feed.name == feed.root or feed.config.enabled]
        delivery.lacks = [feed for feed in awaited if feed.name not in delivery.files]
    return list(found.values())


def _overdue(waiting: Iterable[_Delivery], feeds: Sequence[Feed], now: datetime) -> Iterator[str]:
    patience = {feed.name: duration(feed.config.linked.wait) for feed in feeds if feed.config.linked}
    for delivery in waiting:
        for name, path in delivery.files.items():
            for feed in delivery.lacks:
                linked = feed.name if feed.name in patience else name
                if linked in patience and now - delivery.since > patience[linked]:
                    yield _overdue_text(delivery, path, feed)
            if not delivery.lacks:
                again = "`muster build --full-refresh` applies it without"
                yield f"{printable(path)}: waits for a feed that was switched off since: {again}"


def _overdue_text(delivery: _Delivery, path: str, feed: Feed) -> str:
    what = "its root file" if feed.name == feed.root else "its linked file"
    text = (
        f"{printable(path)}: has waited since {delivery.since:%Y-%m-%d %H:%M} UTC for {what},"
        f" {printable(delivery.missing_name(feed))} of feed {feed.name}; until then nothing of it is applied: send it"
    )
    if feed.name == feed.root:
        return text
    off = f"`muster feeds disable {feed.name}`, then `muster build --full-refresh`"
    return f"{text}, or do without ({off})"


def _unequal(waiting: Sequence[_Delivery]) -> Iterator[str]:
    for one in waiting:
        for other in waiting:
            is_strange = one.root is other.root and one.tenant == other.tenant and not one.root.pairs_versions
            if is_strange and one.root.name in one.files and one.root in other.lacks:
                for feed in one.lacks:
                    if feed.name in other.files:
                        differ = ", ".join(
                            f"{left} against {right}"
                            for left, right in zip(one.words, other.words, strict=False)
                            if left != right
                        )
                        yield (
                            f"{printable(one.files[one.root.name])} and {printable(other.files[feed.name])} wait, and"
                            f" are not joined: what their names hold is not equal ({printable(differ)}); if they belong"
                            " together, send one of them again under the right name"
                        )
