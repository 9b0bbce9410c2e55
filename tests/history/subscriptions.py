"""The interpreter's subscriptions and tags (docs/semantics.md, 9): one import after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .declared import STATUSES, Request, Row
from .identifiers import international_phone

Key = tuple[str, str, int]
"""Tenant, publication, contact."""
EVENTS = {"active": "subscribed", "inactive": "unsubscribed", "lead": "lead"}
VALUES = ("status", "effort", "started_at", "ended_at", "auto_renews", "sms_phone")


@dataclass
class TagSet:
    """The tags of one subject, and the stretches of the log in which it had each."""

    current: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    past: list[tuple[str, int, int, datetime]] = field(default_factory=list)

    def change(self, wish: Mapping[str, Any], log_id: int, sent_at: datetime) -> None:
        wanted = set(wish.get("add", ()))
        gone = (
            self.current.keys() - wanted if wish.get("replace") else self.current.keys() & set(wish.get("remove", ()))
        )
        for tag in gone:
            since, tagged_at = self.current.pop(tag)
            self.past.append((tag, since, log_id, tagged_at))
        for tag in wanted:
            self.current.setdefault(tag, (log_id, sent_at))

    def rows(self) -> Iterable[tuple[object, ...]]:
        yield from ((tag, since, until, at) for tag, since, until, at in self.past)
        yield from ((tag, since, None, at) for tag, (since, at) in self.current.items())


@dataclass
class Version:
    """What a subscription was from one import on."""

    values: dict[str, Any]
    log_id: int
    changed_at: datetime
    line: int
    until: int | None = None


class Subscriptions:
    """All subscriptions and tags."""

    def __init__(self) -> None:
        self.versions: dict[Key, list[Version]] = {}
        self.tags: dict[Key, TagSet] = {}
        self.subscriber_tags: dict[tuple[str, int], TagSet] = {}
        self.events: list[tuple[object, ...]] = []
        self.outbox: list[tuple[object, ...]] = []
        self.told: dict[tuple[object, ...], datetime] = {}

    def is_opted_in(self, contact: int, opt_in_status: str | None) -> bool:
        """(A6) Subscriptions that are active or inactive decide; without one, the opt-in."""
        statuses = {v[-1].values["status"] for key, v in self.versions.items() if key[2] == contact} - {"lead"}
        return "active" in statuses if statuses else opt_in_status == "1"

    def take(self, key: Key, row: Row, request: Request, log_id: int, sent_at: datetime) -> list[str]:
        """One accepted row of an import; says whether it `created` or `updated` a subscription, or was `too_late`."""
        wish = request.wish
        subscriber, wanted = (key[0], key[2]), wish.get("subscriber_tags", {})
        is_about_tags = any(wanted.values())
        if is_about_tags and self._touch(subscriber, sent_at):
            self.subscriber_tags.setdefault(subscriber, TagSet()).change(wanted, log_id, sent_at)
            is_about_tags = False
        action = wish.get("subscription_action", "none")
        may_create, may_update = (action in (only, "create_or_update") for only in ("create_only", "update_only"))
        is_about_it = may_update if key in self.versions else may_create
        is_late = (is_about_it or may_update) and not self._touch(key, sent_at)
        if not is_about_it or is_late:
            return ["too_late"] * (is_about_tags or (is_about_it and is_late))
        done = self._subscribe(key, row, request, log_id, sent_at)
        return ([done] if done else []) + ["too_late"] * is_about_tags

    def _touch(self, subject: tuple[object, ...], sent_at: datetime) -> bool:
        """Whether an import of this time may change the subject: none of a later time has touched it (X12)."""
        is_late = sent_at < self.told.get(subject, sent_at)
        if not is_late:
            self.told[subject] = sent_at
        return not is_late

    def _subscribe(self, key: Key, row: Row, request: Request, log_id: int, sent_at: datetime) -> str | None:
        """One row that creates or changes its subscription; says which of the two, or None if nothing changes."""
        wish = request.wish
        before = self.versions.get(key)
        self.tags.setdefault(key, TagSet()).change(wish.get("subscription_tags", {}), log_id, sent_at)
        old = before[-1].values if before else dict.fromkeys(VALUES)
        said = _said(row, request, log_id, before is None)
        if old["status"] == "inactive" and not wish.get("resubscribe"):
            said["status"] = None  # who has unsubscribed stays so
        new = old | {name: value for name, value in said.items() if value is not None}
        if before and new == old:
            return None
        if before:
            before[-1].until = log_id
        self.versions.setdefault(key, []).append(Version(new, log_id, sent_at, row.line))
        if new["status"] != old["status"] and not wish.get("suppress_funnel_events"):
            event = EVENTS[str(new["status"])]
            self.events.append((*key, event, log_id))
        is_confirmed = wish.get("sms", {}).get("confirm") and new["status"] != "inactive"
        if new["sms_phone"] != old["sms_phone"] and is_confirmed:
            self.outbox.append((*key, new["sms_phone"], log_id))
        return "updated" if before else "created"

    def tables(self) -> dict[str, set[tuple[object, ...]]]:
        return {
            "subscription_versions": {
                (*key, v.log_id, v.until, v.changed_at, *(v.values[name] for name in VALUES), v is versions[0], v.line)
                for key, versions in self.versions.items()
                for v in versions
            },
            "subscription_tags": {(*key, *row) for key, tags in self.tags.items() for row in tags.rows()},
            "subscriber_tags": {(*key, *row) for key, tags in self.subscriber_tags.items() for row in tags.rows()},
            "funnel_events": set(self.events),
            "outbox": set(self.outbox),
        }


def _said(row: Row, request: Request, log_id: int, is_new: bool) -> dict[str, Any]:
    """What the import says about the subscription; None where it says nothing."""
    wish = request.wish
    is_active: bool | None = wish.get("active_status")
    statuses: dict[bool | None, str] = {True: "active", False: "inactive", None: "lead"}
    status = STATUSES.get(row.properties.get(request.status_column or "", "").lower(), statuses[is_active])
    options = wish.get("subscription_options", {})
    phone = row.properties.get(request.phone_column or "", "")
    return {
        "status": None if status == "lead" and not is_new else status,
        "effort": log_id if is_new and status != "lead" else None,
        "started_at": _moment(options.get("started_at")),
        "ended_at": _moment(options.get("ended_at")),
        "auto_renews": options.get("auto_renews"),
        "sms_phone": international_phone(phone),
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
