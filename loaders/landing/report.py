"""What a run tells: how far a file has come, and at its end what was found and done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from loaders.errors import MusterError
from loaders.landing.ledger import Landed

Progress = Callable[[str, int, int], None]
"""Called with (path, bytes so far, bytes in all) while a file is fetched."""


def silent(path: str, done: int, size: int) -> None:
    """Progress that nobody watches."""


@dataclass
class LandingReport:
    """What one run of the loader found and did."""

    landed: list[Landed] = field(default_factory=list)
    unrecognised: list[tuple[str, str, str]] = field(default_factory=list)
    """(connection, path, reason) of files that no feed takes."""
    never_landed: list[tuple[str, str]] = field(default_factory=list)
    """(connection, path) of files that have the suffix of what has landed, and are not in this ledger (C63)."""
    errors: dict[str, MusterError] = field(default_factory=dict)
    """Feeds that were not (wholly) picked up, with why; they are tried again at the next run."""
    not_renamed: list[str] = field(default_factory=list)
    """Files that are landed but could not be given the done suffix, with why; tried again at the next run."""
    vanished: list[str] = field(default_factory=list)
    """Files that were gone when they were to be fetched: whoever took them away may have others in their place."""
    is_all_off: bool = False
    """Whether no feed is switched on, nor named: then nothing was looked at."""
    closed: list[str] = field(default_factory=list)
    """Deliveries that are complete because no part came for their quiet period, and files that wait no more (C111)."""
