"""Whether a merge rule goes with the types of the contact properties that it is about: else it would empty them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from loaders.feeds.rule_columns import Candidate
from loaders.feeds.seeds import SeedLine

_NUMBER = re.compile(r"smallint|integer|bigint|double|decimal\(.*\)")
_ALWAYS = ("set", "set_if_empty", "set_or_clear", "ignore")


def type_fault(
    line: SeedLine, candidates: Sequence[Candidate], types: Mapping[str, str], lines: Iterable[SeedLine]
) -> str | None:
    """Why the rule of this line makes what a declared property cannot be; None if it does not.

    `candidates`: the feeds that the line is about; `types`: the contact properties of dbt_project.yml; `lines`: all
    lines, of which the more specific ones take properties away from a line about `*`. Groups have no types (B13).
    """
    rule = line["rule"]
    unfit = {name: kind for name, kind in types.items() if rule not in _rules_of(kind)}
    typed = [one for one in candidates if one.given.has_any and not one.sets_groups]
    if line["column_name"] != "*":
        name = line["property"] or line["column_name"]
        return _fault(rule, name, types[name]) if name in unfit and typed else None
    for one in typed:
        own = _own(one, line, lines)
        if own is not None and (reached := [name for name in unfit if name not in own and _reaches(line, one, name)]):
            named = ", ".join(f"{name} ({types[name]})" for name in reached)
            return (
                f"the rule {rule!r} of `*` would also be that of {named} in feed {one.feed.name}, and {_what(rule)}:"
                f" give each a line of its own, such as '{one.feed.feed_of_rules},{reached[0]},,set'"
            )
    return None


def _rules_of(kind: str) -> tuple[str, ...]:
    if kind == "varchar[]":
        return (*_ALWAYS, "add")
    return (*_ALWAYS, "sum") if _NUMBER.fullmatch(kind) else _ALWAYS


def _fault(rule: str, name: str, kind: str) -> str:
    needed = "varchar[]" if rule == "add" else "a number, such as decimal(38, 9)"
    return (
        f"{_what(rule)}, and {name!r} is declared {kind} in dbt_project.yml: the rule is one of"
        f" {', '.join(_rules_of(kind))}, or the property {needed}"
    )


def _what(rule: str) -> str:
    return f"the rule {rule!r} makes " + ("a list" if rule == "add" else "a sum of numbers")


def _own(candidate: Candidate, line: SeedLine, lines: Iterable[SeedLine]) -> set[str] | None:
    """The properties that have lines of their own beside this line about `*`; None if another `*` is the feed's."""
    feed = candidate.feed.feed_of_rules
    about = [other for other in lines if other["feed"] in (feed, line["feed"])]
    if line["feed"] == "*" and any(other["feed"] == feed and other["column_name"] == "*" for other in about):
        return None
    return {other["property"] or other["column_name"] for other in about if other["column_name"] != "*"}


def _reaches(line: SeedLine, candidate: Candidate, name: str) -> bool:
    """Whether the feed has this property: by its staging model, or as files may have a column that becomes it."""
    prefix = line["property"].removesuffix("*")
    return name in candidate.given.names or (candidate.has_undeclared and name.startswith(prefix) and name != prefix)
