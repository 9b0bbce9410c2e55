"""The interpreter's timeline events, with their linked rows (docs/semantics.md, 10 and 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .contacts import as_text
from .declared import Feed, Row


@dataclass
class Told:
    """One event, as it was first told of."""

    contact: int
    feed: Feed
    row: Row
    place: tuple[int, datetime, int]
    """(log_id, sent_at, file_id)"""
    nested: list[dict[str, Any]] = field(default_factory=list)


class Timeline:
    """All events."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, str, str], Told] = {}

    def tell(self, tenant: str, contact: int, feed: Feed, row: Row, place: tuple[int, datetime, int]) -> bool:
        """Whether the row's event is new."""
        assert row.event is not None
        key = (tenant, row.event.type, row.event.id)
        if key in self.told:
            return False
        self.told[key] = Told(contact, feed, row, place)
        return True

    def nest(self, tenant: str, root: Row, row: Row, file_id: int) -> None:
        """A linked row of an accepted one."""
        assert root.event is not None
        nested = {"product_id": row.product, "properties": row.properties or None}
        place = {"_file_id": file_id, "_line_number": row.line}
        self.told[tenant, root.event.type, root.event.id].nested.append(nested | place)

    def tables(self) -> dict[str, set[tuple[object, ...]]]:
        products: dict[tuple[str, str], tuple[object, ...]] = {}
        for (tenant, _, _), told in sorted(self.told.items(), key=lambda item: item[1].place[0]):
            for nested in told.nested:
                place = (told.place[0], nested["_file_id"], nested["_line_number"])
                before = products.get((tenant, nested["product_id"]))
                if before is None or place > before[1:]:
                    products[tenant, nested["product_id"]] = (as_text(nested["properties"]), *place)
        return {
            "timeline_events": {_event_row(*key, told) for key, told in self.told.items()},
            "products": {(*key, *values) for key, values in products.items()},
        }


def _event_row(tenant: str, kind: str, event_id: str, told: Told) -> tuple[object, ...]:
    log_id, sent_at, file_id = told.place
    assert told.row.event is not None
    said = (told.row.event.occurred_at, as_text(told.row.event.properties), as_text(told.nested))
    return (tenant, kind, event_id, told.contact, *said, told.feed.name, log_id, sent_at, file_id, told.row.line)


def linked_outcome(row: Row, roots: Sequence[tuple[Row, str]]) -> tuple[str, str | None]:
    """(11) Of a linked row without a code of its own: that of the root row which it names."""
    named = [outcome for root, outcome in roots if root.link == row.link]
    if not named:
        return "rejected", "no_root_row"
    if "accepted" in named:
        return "accepted", None
    return named[0], "root_row_rejected" if named[0] == "rejected" else None
