"""Which values of a record are cells: those of columns with a name (C53), be some too many or too few (C54)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

BLANKS = " \t\r\n"
_UNSEEN = (0xA0, 0xAD, 0x1680, 0x180E, *range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x205F, 0x2070), 0x3000)
EDGES = BLANKS + "".join(map(chr, (*_UNSEEN, 0xFEFF)))
"""What nobody sees at the ends of a name: blanks of all kinds, marks of byte order, joiners."""


_SEVERAL = 2
"""So many cells that say the names of their columns are no data, if they are half of all."""


@dataclass(frozen=True)
class Columns:
    """The columns of a file's records."""

    names: tuple[str, ...] | None
    """As sent; None without a header."""
    kept: tuple[int, ...]
    """The places of the columns that have a name, or are declared."""
    width: int
    """How many values a record may have."""
    least: int
    """How many it must have."""
    fills: bool = False
    """Whether fewer are tolerated."""
    has_spare: bool = False
    """Whether the last value is what stands behind a tolerated delimiter at the end of the line."""

    @classmethod
    def of(cls, header: Sequence[str] | int, *, trailing_delimiter: bool = False, fills: bool = False) -> Columns:
        """The columns of a header, or so many without one. Those without a name are none."""
        names = None if isinstance(header, int) else tuple(header)
        count = header if isinstance(header, int) else len(header)
        kept = tuple(place for place in range(count) if names is None or names[place].strip(BLANKS))
        least = kept[-1] + 1 if kept else 0
        has_spare = trailing_delimiter and least == count
        named = tuple(names[place] for place in kept) if names is not None else None
        return cls(named, kept, count + has_spare, least, fills, has_spare)

    @property
    def count(self) -> int:
        """The number of cells of a record."""
        return len(self.kept)

    @cached_property
    def nameless(self) -> list[int]:
        """The places of values that belong to no column."""
        return sorted(set(range(self.width)) - set(self.kept))

    def cells(self, values: list[str]) -> list[str] | str:
        """The cells of a record, or the code of why it has none."""
        size = len(values)
        if size > self.width or (size < self.least and not self.fills):
            return "wrong_column_count"
        if size < self.width:
            values = values + [""] * (self.width - size)
        if len(self.kept) < self.width:
            filled = [place for place in self.nameless if values[place].strip(BLANKS)]
            if filled:
                is_spare = self.has_spare and filled[0] == self.width - 1
                return "wrong_column_count" if is_spare else "nameless_cell"
            values = [values[place] for place in self.kept]
        return self.header_again(values) or values

    def header_again(self, cells: Sequence[str]) -> str | None:
        """The code of these cells if they are the header once more (C52), be it in other capitals or with what nobody
        sees around its names; and of a header with the same names in another order, or with some of them where they
        are, as of another file."""
        if self.names is None:
            return None
        found = folded(cells)
        if found == self.folded_names:
            return "repeated_header"
        if sorted(found) == sorted(self.folded_names):
            return "reordered_header"
        same = sum(bare(one) == bare(name) for one, name in zip(found, self.folded_names, strict=True) if one)
        return "reordered_header" if same >= self.several else None

    @property
    def several(self) -> int:
        """So many cells that say the names of their columns make a row another header."""
        return max(_SEVERAL, (self.count + 1) // 2)

    @cached_property
    def folded_names(self) -> list[str]:
        """The names in the form in which a row is compared with them."""
        return folded(self.names or ())


def bare(name: str) -> str:
    """A folded name without what is written in one place and not in another."""
    return name.replace("-", "").replace("_", "").replace(" ", "")


def folded(cells: Sequence[str]) -> list[str]:
    """The cells without what nobody sees at their ends, and without capitals; no character becomes two."""
    return ["".join(small if len(small := one.lower()) == 1 else one for one in cell.strip(EDGES)) for cell in cells]
