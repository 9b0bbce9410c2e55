"""In how many ways a name can be cut: where parts are expressions of their own, only counting tells (R7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """A stretch of a pattern: a literal, or what a part or a wildcard holds."""

    expression: str
    is_part: bool = False
    is_wildcard: bool = False

    def ends(self, name: str, start: int) -> list[int]:
        """Where it can end if it begins there."""
        if not (self.is_part or self.is_wildcard):
            found = re.compile(self.expression).match(name, start)
            return [found.end()] if found else []
        fits = re.compile(self.expression).fullmatch
        return [end for end in range(start, len(name) + 1) if fits(name, start, end)]


def can_be_cut_in_two_ways(variants: Sequence[Sequence[Piece]], name: str) -> bool:
    """Whether more than one variant of a pattern (with and without what is optional) fits, or one in several ways.

    Behind the last part it does not matter what a wildcard stands for.
    """
    return sum(_cuts(variant, name) for variant in variants) > 1


def _cuts(pieces: Sequence[Piece], name: str) -> int:
    last = max((at for at, piece in enumerate(pieces) if piece.is_part), default=-1)
    ways = {0: 1}
    for piece in pieces[: last + 1]:
        found: dict[int, int] = {}
        for start, count in ways.items():
            for end in piece.ends(name, start):
                found[end] = min(2, found.get(end, 0) + count)
        ways = found
    rest = re.compile("".join(f"(?:{piece.expression})" for piece in pieces[last + 1 :]))
    return sum(count for start, count in ways.items() if rest.fullmatch(name, start))
