"""Whether the column of a merge rule can be one that the rule is about: a rule that never fires is refused (C29)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from loaders.feeds.feed import Feed
from loaders.feeds.given_properties import GivenProperties


@dataclass(frozen=True)
class Candidate:
    """A feed that a merge rule may be about, and the properties that its staging model gives."""

    feed: Feed
    given: GivenProperties

    @property
    def declared(self) -> set[str]:
        """The names of its declared columns."""
        return {column.name for column in self.feed.columns}

    @property
    def has_undeclared(self) -> bool:
        """Whether its files may have columns that it does not declare."""
        config = self.feed.config
        is_csv_without_header = config.format == "csv" and not config.dialect.header
        return config.undeclared_columns == "keep" and not is_csv_without_header

    @property
    def sets_groups(self) -> bool:
        """Whether its rows are about groups, or belong to rows that are."""
        return "groups" in (self.feed.config.applies, self.feed.root_applies)


def column_fault(column: str, target: str, candidates: Sequence[Candidate], properties: Collection[str]) -> str | None:
    """Why a rule for `column` (its property: `target`, or its own name where that is empty) can never fire.

    None if it can. `candidates`: the one feed of the line, or all of them for `*`; `properties`: the contact
    properties of dbt_project.yml.
    """
    if len(candidates) == 1 and not candidates[0].given.has_any:
        name = candidates[0].feed.name
        return f"the rows of feed {name} set no properties: take the line out"
    candidates = [one for one in candidates if one.given.has_any]
    if column == "*" or any((target or column) in one.given.names for one in candidates):
        return None
    if candidates and all(column in one.declared for one in candidates):
        return _declared_fault(column, target, candidates)
    if any(column in one.declared for one in candidates):
        return None  # `*`: another feed may have it undeclared
    for one in candidates:
        for declared in one.feed.columns:
            if column == declared.header:
                return (
                    f"{column!r} is what files call the column {declared.name!r} of feed {one.feed.name}, and rules go"
                    f" by its name: write {_name(declared.name, one)!r}{_or_name_the_feed(candidates)}"
                )
            if _key(column) in (_key(declared.name), _key(declared.sent_as)):
                return (
                    f"the column of feed {one.feed.name} is called {declared.name!r}, not {column!r}: write"
                    f" {_name(declared.name, one)!r}{_or_name_the_feed(candidates)}"
                )
    known = [*properties, *(name for one in candidates for name in sorted(one.given.names))]
    alike = next((name for name in known if _key(name) == _key(column) and name != column), None)
    if alike and not target:
        return (
            f"the property is called {alike!r}, not {column!r}: write {alike!r}, or say in `property` what the"
            f" undeclared column {column!r} is to be"
        )
    if candidates and not any(one.has_undeclared for one in candidates):
        return f"feed {candidates[0].feed.name} declares no column {column!r}, and its files may have no other columns"
    return None


def _declared_fault(column: str, target: str, candidates: Sequence[Candidate]) -> str:
    first = candidates[0]
    if called := first.given.called.get(column):
        return f"the staging model of feed {first.feed.name} calls the property of this column {called!r}: write that"
    if target and column in first.given.names:
        return f"{column!r} is declared, and keeps its name: leave `property` empty"
    kind = next(one.identifier for one in first.feed.columns if one.name == column)
    what = "identifies contacts, and is no property" if kind else "is given as no property by the staging model"
    return f"the column {column!r} of feed {first.feed.name} {what}: take the line out"


def _name(column: str, candidate: Candidate) -> str:
    return candidate.given.called.get(column, column)


def _or_name_the_feed(candidates: Sequence[Candidate]) -> str:
    return ", or name the feed whose undeclared column it is" if len(candidates) > 1 else ""


def _key(name: str) -> str:
    """Names with one key differ only by case and spaces."""
    return "".join(name.split()).casefold()
