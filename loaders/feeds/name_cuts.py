"""Whether a name can be cut in two ways: where parts are expressions of their own, only trying tells (R7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Piece:
    """A stretch of a pattern: a literal, or what a part or a wildcard holds."""

    expression: str
    is_part: bool = False
    is_wildcard: bool = False

    def ends(self, name: str, start: int) -> Iterator[int]:
        """Where it can end if it begins there."""
        if not (self.is_part or self.is_wildcard):
            found = re.compile(self.expression).match(name, start)
            yield from [found.end()] if found else []
            return
        fits = re.compile(self.expression).fullmatch
        yield from (end for end in range(start, len(name) + 1) if fits(name, start, end))


def can_be_cut_in_two_ways(variants: Sequence[Sequence[Piece]], name: str) -> bool:
    """Whether more than one variant of a pattern (with and without what is optional) fits, or one in several ways.

    Behind the last part it does not matter what a wildcard stands for.
    """
    return sum(_cuts(variant, name) for variant in variants) > 1


def _cuts(pieces: Sequence[Piece], name: str) -> int:
    """In how many ways the pieces make the name; 2: in more than one. It ends with the second that it finds."""
    last = max((at for at, piece in enumerate(pieces) if piece.is_part), default=-1)
    rest = re.compile("".join(f"(?:{piece.expression})" for piece in pieces[last + 1 :]))

    @cache
    def cuts_from(at: int, start: int) -> int:
        if at > last:
            return int(rest.fullmatch(name, start) is not None)
        found = 0
        for end in pieces[at].ends(name, start):
            found += cuts_from(at + 1, end)
            if found > 1:
                return 2
        return found

    return cuts_from(0, 0)
