"""The feeds as the interpreter knows them, and what it reads from a file: a name and rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

CONTACT_PROPERTIES = frozenset(
    {
        *("first_name", "last_name", "created_at", "opt_in_status", "gender", "extra_shopper_tags", "birthdate"),
        *("loyalty_points", "interests"),
    }
)
"""The properties that dbt_project.yml declares."""


@dataclass(frozen=True)
class Guard:
    """What a list may do before it is held (X6)."""

    judged_from: int
    removed_share: float
    rejected_share: float
    deviation: float

    @property
    def declared(self) -> dict[str, object]:
        """How a feed says it."""
        return {
            "judged_from": self.judged_from,
            "max_removed_share": self.removed_share,
            "max_rejected_share": self.rejected_share,
            "max_deviation": self.deviation,
        }

    def broken(
        self, lines: int, rejected: int, listed: int, added: int, removed: int, usual: float | None
    ) -> str | None:
        """The code of the first limit that it breaks."""
        before = removed + listed - added
        if lines >= self.judged_from and rejected > self.rejected_share * lines:
            return "too_many_rejected"
        if before >= self.judged_from and removed > self.removed_share * before:
            return "too_many_removed"
        if usual is not None and abs(listed - usual) > self.deviation * usual:
            return "unlike_the_last"
        return None


@dataclass(frozen=True)
class Feed:
    """What the contract of one feed says; the real ones are in FEEDS, in the order of the landing sort."""

    name: str
    directory: str
    pattern: str
    sent_format: str
    complete: bool
    header: bool = True
    identifier_columns: frozenset[str] = frozenset()
    """The header must hold one of them."""
    identifier: str = ""
    """What the first cell of a file without a header is."""
    parts: str = ""  # "count", "marker" or "quiet"
    part_count: int = 0
    subscribers_only: bool = False
    allow_empty: bool = False
    on_duplicate: str = "last"
    commands: bool = False
    on_reimport: str = "reset"
    imports: bool = False
    read_row: Callable[[Feed, int, dict[str, str]], Row] | None = None
    delimiter: str = ","
    decimal_separator: str = "."
    german_dates: bool = False
    """DD.MM.YYYY; else YYYY-MM-DD."""
    list_separator: str = ""
    required: frozenset[str] = frozenset()
    """The header must hold them all."""
    declared_columns: frozenset[str] = CONTACT_PROPERTIES
    """Those that change the property of their name; all others are undeclared (5)."""
    kind: str = ""  # "profiles", "groups" or "events"
    skips_unchanged: bool = False
    creates_contacts: bool = True
    root: str = ""
    """The feed to whose files its files belong, which may be itself (11)."""
    linked_to: str = ""
    """What the rows of its root are, of a feed that is linked (11): "profiles", "groups" or "events"."""
    keeps_products: bool = True
    """What its rows say of products is kept (10)."""
    guard: Guard | None = None
    """(X6) None: it is never reached by what the histories draw."""
    accounts: bool = False
    """Its ids are the accounts of the command feed, so that lists and commands are about the same contacts."""

    @property
    def as_root(self) -> Feed:
        """By the merge rules of the root, what a linked feed's rows say; else the feed itself."""
        if self.linked_to in ("profiles", "groups"):
            return replace(self, name=self.root, kind=self.linked_to)
        return self

    @property
    def is_fixed(self) -> bool:
        """Whether its linked or root files always have the same name (11)."""
        return bool(self.root) and "(?P<sent>" not in self.pattern


SUBSCRIBERS = Feed(
    "attentive__subscribers",
    "attentive",
    r"(?P<tenant>[^_]+)_subscribers_(?P<sent>\d{8})\.csv",
    "%Y%m%d",
    complete=False,
    identifier_columns=frozenset({"phone", "email"}),
    kind="profiles",
)
SEGMENTS = Feed(
    "attentive__segments",
    "attentive",
    r"(?P<tenant>[^_]+)_subscriber_segment_(?P<sent>\d{8})(?:(?P<marker>\.complete)|(?:_(?P<part>\d+))?\.csv)",
    "%Y%m%d",
    complete=True,
    header=False,
    identifier="phone",
    parts="marker",
    subscribers_only=True,
)
COMMANDS = Feed(
    "mediarithmics__user_segments",
    "mediarithmics",
    r"(?P<tenant>[^_]+)_user_segments_(?P<sent>\d{14})\.ndjson",
    "%Y%m%d%H%M%S",
    complete=False,
    commands=True,
)
LISTS = Feed(
    "remarkety__lists",
    "remarkety",
    r"(?P<tenant>[^_]+)_(?P<segment>[^_]+)_(?P<sent>\d{14})\.csv",
    "%Y%m%d%H%M%S",
    complete=True,
    identifier_columns=frozenset({"id", "pos_id", "email", "sms_phone_number"}),
)
IMPORTS = Feed(
    "optipub__imports",
    "import",
    r"(?P<tenant>[^_]+)_import_(?P<segment>[^_]+)_(?P<sent>\d{14})\.csv",
    "%Y%m%d%H%M%S",
    complete=False,
    identifier_columns=frozenset({"email"}),
    imports=True,
)

STATUSES = {
    **dict.fromkeys(("active", "subscribed"), "active"),
    **dict.fromkeys(("inactive", "unsubscribed", "cancelled", "canceled", "bounced"), "inactive"),
    **dict.fromkeys(("complained", "spam", "suppressed", "expired"), "inactive"),
    **dict.fromkeys(("lead", "pending", "unconfirmed"), "lead"),
}
"""What the words of a status column mean (O12)."""


@dataclass(frozen=True)
class Request:
    """What an import is to do (9), as JSON: what it leaves out is as nothing."""

    text: str

    @property
    def wish(self) -> dict[str, Any]:
        wish: dict[str, Any] = json.loads(self.text)
        return wish

    @property
    def phone_column(self) -> str | None:
        return str(self.wish["sms"]["phone"]) if "sms" in self.wish else None

    @property
    def status_column(self) -> str | None:
        """(O12) The column that says the status of each row."""
        return self.wish.get("status_column")

    @property
    def refusal(self) -> str | None:
        """(O6) Whether its campaign effort cannot be created."""
        wish = self.wish
        sets_status = wish.get("active_status") is not None or self.status_column
        return "no_campaign" if sets_status and not wish.get("source_campaign") else None


@dataclass(frozen=True)
class Name:
    """What a file's name says."""

    tenant: str
    sent_at: datetime
    segment: str | None = None
    part: str | None = None
    is_marker: bool = False
    wildcard: str | None = None
    version: int = 0
    """Of a delivery whose files have fixed names (11)."""


@dataclass(frozen=True)
class Command:
    """What a row of a command feed wants (8)."""

    operation: str
    expires_at: datetime | None
    data_bag: str | None


@dataclass(frozen=True)
class Event:
    """What a row tells of (10)."""

    type: str
    id: str
    occurred_at: datetime
    properties: dict[str, str]


@dataclass
class Row:
    """One record: its code if its content alone rejects it, else what it says."""

    line: int
    code: str | None = None
    segment: str | None = None
    segment_id: str | None = None
    """Of a command: the segment by its id; `is_named` if it has a name as well (8)."""
    is_named: bool = False
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    """Columns and their cells, which may be empty."""
    command: Command | None = None
    is_filtered: bool = False
    """Its code then only says by which filter."""
    event: Event | None = None
    link: str = ""
    """What rows of linked files call it, or the row that it belongs to."""
    sent: tuple[object, ...] = ()
    """Its cells as sent, undeclared ones in their order, of feeds that skip what is unchanged."""
    product: str = ""
    dropped: list[tuple[str, str]] = field(default_factory=list)
    """Columns and codes of identifiers that count for nothing (3)."""
