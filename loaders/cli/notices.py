"""What a run says of files that wait for each other (B10), of held lists (X5) and identifiers of many (X3)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loaders import attention
from loaders.cli.output import printable
from loaders.config.settings import Settings
from loaders.database import utc_now
from loaders.feeds.config_values import duration
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
        _, _, parts, wildcards = json.loads(re.sub(r" #[0-9]+$", "", self.name))
        return parts, wildcards

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
    return [*_overdue(waiting, feeds, utc_now()), *_unequal(waiting, feeds)]


def _waiting(settings: Settings, feeds: Sequence[Feed]) -> list[_Delivery]:
    by_name = {feed.name: feed for feed in feeds}
    found: dict[str, _Delivery] = {}
    for row in attention.waiting(settings, list(by_name)) if feeds else []:
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
    """One line per tenant, feed that is there and feed that is lacked, with the first file and the number of others."""
    patience = {feed.name: duration(feed.config.linked.wait) for feed in feeds if feed.config.linked}
    found: dict[tuple[str, ...], list[str]] = {}
    for delivery in waiting:
        for name, path in delivery.files.items():
            for feed in delivery.lacks:
                linked = feed.name if feed.name in patience else name
                if linked in patience and now - delivery.since > patience[linked]:
                    key = (delivery.tenant, name, feed.name)
                    found.setdefault(key, []).append(_overdue_text(delivery, path, feed))
            if not delivery.lacks:
                again = "`muster build --full-refresh` applies it without"
                text = f"{printable(path)}: waits for a feed that was switched off since: {again}"
                found.setdefault((delivery.tenant, name), []).append(text)
    for (tenant, name, *_), texts in found.items():
        others = len(texts) - 1
        yield texts[0] + (f"; so it is with {others} more of feed {name}, tenant {printable(tenant)}" if others else "")


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


def _unequal(waiting: Sequence[_Delivery], feeds: Sequence[Feed]) -> Iterator[str]:
    """One line per tenant and linked feed: it names the latest root file and linked file, and counts the others."""
    for linked in feeds:
        if linked.name == linked.root or linked.pairs_versions:
            continue
        group = [delivery for delivery in waiting if delivery.root.name == linked.root]
        for tenant in dict.fromkeys(delivery.tenant for delivery in group):
            own = [delivery for delivery in group if delivery.tenant == tenant]
            roots = [one for one in own if one.root.name in one.files and linked in one.lacks]
            strays = [one for one in own if linked.name in one.files and one.root in one.lacks]
            if roots and strays:
                yield _unequal_text(roots, strays, linked)


def _unequal_text(roots: Sequence[_Delivery], strays: Sequence[_Delivery], linked: Feed) -> str:
    root, stray = roots[-1], strays[-1]
    pairs = zip(root.words, stray.words, strict=False)
    differ = ", ".join(f"{left} against {right}" for left, right in pairs if left != right)
    text = (
        f"{printable(root.files[root.root.name])} and {printable(stray.files[linked.name])} wait, and are not joined:"
        f" what their names hold is not equal ({printable(differ)}); if they belong together, send one of them again"
        " under the right name"
    )
    others = len(roots) + len(strays) - 2
    return f"{text}; {others} more files of theirs wait likewise" if others else text


def silent(settings: Settings) -> list[str]:
    """What to say of feeds that are on and of which no file has come for longer than `freshness.error_after`."""
    now, last = utc_now(), {row["feed"]: row["last_at"] for row in attention.last_seen(settings)}
    return [
        f"feed {feed.name}: no file has come since {last[feed.name]:%Y-%m-%d %H:%M} UTC, for longer than {patience}"
        f" (`freshness.error_after`, {feed.declared_at}): ask the partner; or `muster feeds disable {feed.name}`"
        for feed in load_feeds(settings.root)
        if feed.config.enabled
        and feed.name in last
        and (patience := feed.silent_after) is not None
        and now - last[feed.name] > patience
    ]


def behind_refused(settings: Settings) -> list[str]:
    """What to say of refused files behind which later ones wait, for their order matters (C111)."""
    return [
        f"{printable(row['path'])}: was refused ({row['refusal_code']}), and {row['waiting_count']} later files of feed"
        f" {row['feed']}, tenant {printable(row['tenant_id'])}, wait behind it (the first: "
        f"{printable(row['first_path'])}): have it sent again as it should be, under the same name; or do without it:"
        f" `muster discard {row['file_id']} --why TEXT`"
        for row in attention.behind_refused(settings)
    ]


def held_lists(settings: Settings, since: int) -> list[str]:
    """What to say of lists without a valid row, in deliveries that were applied after log entry `since` (X5)."""
    return [
        f"{printable(row['path'])}: the list of segment {printable(row['segment_name'])} is held: none of its lines is"
        f" valid (the first is line {row['line_number']}), so nobody entered or left it, and the other segments of the"
        f" delivery were applied; `muster rejected --file {row['file_id']}` says why: correct the lines, and send the"
        " file again"
        for row in attention.held_lists(settings, since)
    ]


def guarded(settings: Settings, since: int) -> list[str]:
    """What to say of lists that are held for what they would do (X6), judged after log entry `since`."""
    return [
        f"{printable(row['path'])}: the list of segment {printable(row['segment_name'])} is held, {row['code']}: it"
        f" would have removed {row['removed_count']} of {row['member_count']} members and added {row['added_count']};"
        f" of its {row['line_count']} lines {row['rejected_count']} are rejected"
        + (f", and its predecessors listed {row['usual_count']}" if row["usual_count"] is not None else "")
        + ". Nothing is changed. If it is right, raise the limit (`guard` of the feed, or seeds/segment_limits.csv)"
        " and `muster build --full-refresh`; else send a right one"
        for row in attention.guarded_lists(settings, since)
    ]


def crowded(settings: Settings, since: int) -> list[str]:
    """What to say of identifiers that gather many contacts or identifiers in one file, judged after `since` (X3)."""
    rows = attention.crowded_identifiers(settings, since)
    told = [
        f"{printable(row['path'])}: {row['identifier_type']} {printable(row['identifier_value'])} stands in the rows of"
        f" {row['gathered_count']} others: if it is nobody's, add it to `placeholders` of the feed and `muster build"
        " --full-refresh`; if it is right, raise max_sharing in dbt_project.yml"
        for row in rows[:10]
    ]
    return told + ([f"{len(rows) - 10} more identifiers like these: marts.crowded_identifiers"] if rows[10:] else [])


def unjoined(settings: Settings, since: int) -> list[str]:
    """What to say of linked files with fixed names, judged after log entry `since`, of which no line has a root row.

    They are then likely one version off (B10): not so where the file is that of the version before, unchanged.
    """
    feeds = {feed.name: feed for feed in load_feeds(settings.root) if feed.pairs_versions and feed.name != feed.root}
    return [
        f"{printable(row['path'])}: none of its {row['line_count']} lines belongs to a row of version"
        f" {row['delivery'].rpartition('#')[2]} of the file of feed {feeds[row['feed']].root}, with which it was"
        " joined: if it belongs to a later version, send it again once that is there"
        for row in (attention.unjoined(settings, list(feeds), since) if feeds else [])
    ]


def late_imports(settings: Settings, since: int) -> list[str]:
    """What to say of imports judged after log entry `since` that came too late for some of their rows (X12)."""
    return [
        f"{printable(row['path'])}: of {row['sent_at']:%Y-%m-%d %H:%M}. A later import has said how the subscriptions,"
        f" or tags, of {row['too_late_count']} of its rows are: they stay so. If this one is to count, import it again"
        " with a --sent-at of now"
        for row in attention.late_imports(settings, since)
    ]
