"""What a preview says of one file."""

from __future__ import annotations

from dataclasses import dataclass, field

from loaders.landing.arrival import Arrival


@dataclass(frozen=True)
class ColumnSeen:
    """A column of the file or of its feed."""

    name: str
    """As in the file."""
    status: str
    """`declared`, `undeclared` or `missing` (declared, but not in the file)."""
    identifier: str | None = None


@dataclass(frozen=True)
class SampleRow:
    """One of the first readable lines, its cells as sent."""

    line_number: int
    code: str | None
    cells: dict[str, str | None]


@dataclass(frozen=True)
class RejectedLine:
    """A line that would be rejected, as `muster rejected` would show it."""

    line_number: int
    code: str
    raw_text: str | None


@dataclass(frozen=True)
class DroppedCell:
    """A cell that would be dropped from its row, as `muster rejected --cells` would show it (X10)."""

    line_number: int
    column_name: str
    code: str
    raw_text: str


@dataclass(frozen=True)
class Preview:
    """What would become of one file."""

    arrival: Arrival
    name_fits: bool
    """Whether the file's name is one of the feed's; if not, it would not be picked up."""
    line_count: int = 0
    row_count: int = 0
    code: str | None = None
    """Why the whole file would be rejected; None if it would not, as far as the file alone can say."""
    detail: str | None = None
    columns: list[ColumnSeen] = field(default_factory=list)
    sample: list[SampleRow] = field(default_factory=list)
    rejected_counts: dict[str, int] = field(default_factory=dict)
    """How many lines would be rejected, by code."""
    filtered_counts: dict[str, int] = field(default_factory=dict)
    """How many lines the feed's filters would leave out, by code (B11)."""
    rejected: list[RejectedLine] = field(default_factory=list)
    """The first of them."""
    dropped_counts: dict[str, int] = field(default_factory=dict)
    """How many cells of rows that count would be dropped, by code (X10)."""
    dropped: list[DroppedCell] = field(default_factory=list)
    """The first of them."""
