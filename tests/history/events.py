"""The interpreter's timeline events, with their linked rows (docs/semantics.md, 10 and 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .contacts import as_text
from .declared import Feed, Row
from .files import File


@dataclass
class Told:
    """One event, as its delivery last told of it."""

    delivery: object
    """The one that created it, which alone may tell it again."""
    contact: int
    feed: Feed
    row: Row
    sent_at: datetime
    file_id: int
    tellings: list[dict[str, Any]]
    """By which applications it was told, and by which name of a linked row each time."""
    nested: list[dict[str, Any]] = field(default_factory=list)


class Timeline:
    """All events."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, str, str], Told] = {}

    def tell(
        self, tenant: str, contact: int, file: File, row: Row, delivery: object, log_id: int, sent_at: datetime
    ) -> bool:
        """Whether the row counts: its event is new, or told again by the delivery that created it."""
        assert row.event is not None
        key = (tenant, row.event.type, row.event.id)
        told, telling = self.told.get(key), {"log_id": log_id, "link_key": row.link}
        if told is None:
            self.told[key] = Told(delivery, contact, file.feed, row, sent_at, file.file_id, [telling])
            return True
        if told.delivery is not delivery or told.tellings[-1]["log_id"] == log_id:
            return False
        told.contact, told.row, told.sent_at, told.file_id, told.nested = contact, row, sent_at, file.file_id, []
        told.tellings.append(telling)
        return True

    def nest(self, tenant: str, root: Row, row: Row, file: File) -> None:
        """A linked row of an accepted one."""
        assert root.event is not None
        nested = {"product_id": row.product, "properties": row.properties or None}
        place = {"_file_id": file.file_id, "_line_number": row.line, "is_in_store": file.feed.keeps_products}
        self.told[tenant, root.event.type, root.event.id].nested.append(nested | place)

    def has(self, row: Row, file: File, delivery: object) -> bool:
        """Whether an event that the delivery told since the linked file landed goes by the name that the row says."""
        return any(
            told.delivery is delivery and telling["link_key"] == row.link and telling["log_id"] >= file.file_id
            for told in self.told.values()
            for telling in told.tellings
        )

    def tables(self) -> dict[str, set[tuple[object, ...]]]:
        return {
            "timeline_events": {_event_row(*key, told) for key, told in self.told.items()},
            "products": {(*key, as_text(said or None), *place) for key, (said, place) in self._products().items()},
        }

    def _products(self) -> dict[tuple[str, str], tuple[dict[str, str], tuple[int, ...]]]:
        """What was said last of each property, by the times of the files, and the place of the last line."""
        mentions = sorted(
            ((told.sent_at, told.tellings[-1]["log_id"], said["_file_id"], said["_line_number"]), tenant, said)
            for (tenant, _, _), told in self.told.items()
            for said in told.nested
            if said["is_in_store"]
        )
        products: dict[tuple[str, str], tuple[dict[str, str], tuple[int, ...]]] = {}
        for (_, *place), tenant, said in mentions:
            known, _ = products.get((tenant, said["product_id"]), ({}, ()))
            products[tenant, said["product_id"]] = (known | (said["properties"] or {}), tuple(place))
        return products


def _event_row(tenant: str, kind: str, event_id: str, told: Told) -> tuple[object, ...]:
    assert told.row.event is not None
    said = (told.row.event.occurred_at, as_text(told.row.event.properties), as_text(told.nested))
    place = (told.tellings[0]["log_id"], as_text(told.tellings), told.sent_at, told.file_id, told.row.line)
    return (tenant, kind, event_id, told.contact, *said, told.feed.name, *place)


def linked_outcome(row: Row, roots: Sequence[tuple[Row, str]]) -> tuple[str, str | None]:
    """(11) Of a linked row without a code of its own: that of the root row which it names."""
    named = [outcome for root, outcome in roots if root.link == row.link]
    if not named:
        return "rejected", "no_root_row"
    if "accepted" in named:
        return "accepted", None
    return named[0], "root_row_rejected" if named[0] == "rejected" else None
