"""What lies in a drop folder, the files and deliveries that it becomes, and what each row alone says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from .declared import Feed, Name, Request, Row
from .reading import MIXED


class Dropped(NamedTuple):
    """A file as it lies in a drop folder."""

    directory: str
    name: str
    data: bytes
    mtime: float
    request: Request | None = None
    """What an import is to do: it is landed by itself, after the files of its step."""


@dataclass
class File:
    """One landed version of a path, and what its import job will say."""

    file_id: int
    feed: Feed
    path: str
    name: Name
    data: bytes
    request: Request | None = None
    rows: list[Row] = field(default_factory=list)
    refusal: str | None = None
    status: str = "waiting"
    code: str | None = None
    was_applied: bool = False
    outcomes: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    """Line number to (outcome, code), as of the last application that the file took part in, else the last verdict."""
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def fatal_code(self) -> str | None:
        """The code, if any, that rejects the file as a whole."""
        requested = self.request.refusal if self.request else None
        return self.refusal or requested or (MIXED if any(row.code == MIXED for row in self.rows) else None)


Found = tuple[File, Row, int]
"""A row with the contact that it is about."""


@dataclass
class Delivery:
    """The files that count as one list (2)."""

    files: list[File] = field(default_factory=list)
    latest: dict[str, File] = field(default_factory=dict)
    first_paths: dict[str, str] = field(default_factory=dict)
    """Of each feed, with linked files (11)."""
    is_numbered: bool | None = None
    has_marker: bool = False
    was_applied: bool = False
    told: set[tuple[int, int]] = field(default_factory=set)
    """File and line of the rows that count once, whenever the delivery is applied (11)."""

    def add(self, file: File) -> None:
        self.files.append(file)
        self.latest[file.path] = file

    def copied(self) -> Delivery:
        """The same, to try something."""
        same = {
            id(file): replace(file, outcomes=dict(file.outcomes), counts=Counter(file.counts)) for file in self.files
        }
        latest = {path: same[id(file)] for path, file in self.latest.items()}
        return replace(self, files=list(same.values()), latest=latest)


def judge_alone(file: File) -> None:
    """(3) What each row alone says; `unchanged` counts belong to an application, so they start again too."""
    file.counts["unchanged"] = 0
    file.outcomes = {}
    for row in file.rows:
        outcome = "filtered" if row.is_filtered else "rejected" if row.code else "accepted"
        file.outcomes[row.line] = (outcome, row.code)


def reject_every_line(file: File) -> None:
    """(3) A row's own code says more than the file's."""
    file.outcomes = {row.line: ("rejected", row.code or file.code) for row in file.rows}


def without_duplicates(feed: Feed, rows: list[tuple[File, Row, int]]) -> list[tuple[File, Row, int]]:
    """(4, X2) One row per contact and segment; the outcome of the others is set."""
    same: dict[tuple[int, str | None], list[tuple[File, Row, int]]] = {}
    for found in rows:
        same.setdefault((found[2], found[1].segment), []).append(found)
    if feed.commands or feed.kind == "events" or feed.on_duplicate == "all":
        return rows
    kept = []
    for group in same.values():
        winner = {"last": group[-1], "first": group[0], "reject_all": None}[feed.on_duplicate]
        for found in group:
            if found is winner or len(group) == 1:
                kept.append(found)
            else:
                found[0].outcomes[found[1].line] = ("duplicate", None)
    return sorted(kept, key=lambda found: (found[0].file_id, found[1].line))


def contact_of_linked(row: Row, root: File, found: list[Found]) -> tuple[tuple[str, str | None], int | None]:
    """(11) The outcome of a row that is linked to profiles or groups, and the contact that it is about."""
    named = [one for one in root.rows if one.link and one.link == row.link]
    fit = [one for one in named if one.code is None]
    if not named:
        return ("rejected", "no_root_row"), None
    if not fit and all(one.is_filtered for one in named):
        return ("filtered", min(one.code or "" for one in named)), None
    if not fit:
        return ("rejected", "root_row_rejected"), None
    if len({one.identifiers[0] for one in fit}) > 1:
        return ("rejected", "several_root_rows"), None
    chosen = fit[0 if root.feed.on_duplicate == "first" else -1]
    contact = next((contact for _, one, contact in found if one is chosen), None)
    if contact is None:
        return root.outcomes[chosen.line], None
    if root.feed.on_duplicate == "reject_all" and sum(contact == one for *_, one in found) > 1:
        return ("rejected", "several_root_rows"), None
    return ("accepted", None), contact


def rows_of_contacts(rows: list[tuple[File, Row, int]]) -> dict[int, list[tuple[File, Row]]]:
    """The same by contact, each contact's in their order."""
    found: dict[int, list[tuple[File, Row]]] = {}
    for file, row, contact in rows:
        found.setdefault(contact, []).append((file, row))
    return found


def job_row(file: File, dropped_count: int, shared_count: int) -> tuple[object, ...]:
    lines = Counter(outcome for outcome, _ in file.outcomes.values())
    outcomes = [lines[outcome] for outcome in ("accepted", "rejected", "ignored", "duplicate", "filtered")]
    results = [
        file.counts[count] for count in ("added", "removed", "deleted", "expired", "unchanged", "created", "updated")
    ]
    results += [file.counts[f"{done}_subscription"] for done in ("created", "updated", "too_late")]
    results += [dropped_count, shared_count]
    place = (file.name.tenant, file.file_id, file.feed.name, file.path)
    return (*place, file.status, file.code, len(file.rows), *outcomes, *results)
