"""What is declared and does nothing: merge rules whose column no file has (C29), limits of no segment (X6)."""

from __future__ import annotations

from collections.abc import Sequence

from loaders.config.settings import Settings
from loaders.database import open_database
from loaders.feeds.feed import Feed
from loaders.feeds.merge_rules import undeclared_columns
from loaders.feeds.registries import SEGMENT_LIMITS, SEGMENT_REGISTRY
from loaders.feeds.seeds import seed_lines

_HEADERS = """
    select distinct feed, unnest(coalesce(header, if(list_contains($without, feed), [''], []))) as column_name
    from landing.files
    where role = 'data' and refusal_code is null and duplicate_of is null and list_contains($feeds, feed)
"""
"""Every column that files of these feeds have had; '' stands for those of NDJSON, which is without header."""


def idle_rules(settings: Settings, feeds: Sequence[Feed]) -> list[str]:
    """One line per merge rule for an undeclared column that no landed file of its feeds has, though some have landed.

    Of feeds with NDJSON files nothing is said: which names their lines have is not in the ledger.
    """
    rules = undeclared_columns(settings.root, feeds)
    if not rules:
        return []
    names = sorted({name for rule in rules for name in rule.feeds})
    without = [feed.name for feed in feeds if feed.config.format != "csv"]
    with open_database(settings.database, read_only=True) as connection:
        had: dict[str, set[str]] = {}
        for feed, column in connection.execute(_HEADERS, {"feeds": names, "without": without}).fetchall():
            had.setdefault(feed, set()).add(column.strip())
    found = []
    for rule in rules:
        columns = [had[name] for name in rule.feeds if name in had]
        if columns and not any({rule.column, ""} & of_feed for of_feed in columns):
            whose = " or ".join(name for name in rule.feeds if name in had)
            found.append(
                f"{rule.place}: no file of {whose} has ever had the column {rule.column!r}, so this rule has"
                " never fired: compare the name with the header of the files (capitals count), or take the line out"
            )
    return found


def idle_limits(settings: Settings) -> list[str]:
    """One line per line of seeds/segment_limits.csv, and of the registry of who owns a segment, for a segment that
    is not there, once there are others."""
    seeds = settings.root / "seeds"
    registry = seed_lines(seeds / "segment_registry.csv", SEGMENT_REGISTRY)
    limits = seed_lines(seeds / "segment_limits.csv", SEGMENT_LIMITS)
    lines = [("segment_limits", number, line, "its limits do") for number, line in limits]
    lines += [("segment_registry", number, line, "`owned_by` does") for number, line in registry if line["owned_by"]]
    if not lines:
        return []
    with open_database(settings.database, read_only=True) as connection:
        known = set(connection.execute("select tenant_id, segment_name from marts.segments").fetchall())
    alike = {(tenant.casefold(), name.casefold()): (tenant, name) for tenant, name in known}
    found = []
    for seed, number, line, what in lines:
        tenant, name = line["tenant_id"], line["segment_name"]
        if known and (tenant, name) not in known:
            meant = alike.get((tenant.casefold(), name.casefold()))
            hint = f"; there is {meant[1]!r} of {meant[0]!r}" if meant else ""
            found.append(
                f"{seeds / seed}.csv:{number}: there is no segment {name!r} of tenant {tenant!r} yet{hint}: {what}"
                " nothing"
            )
    return found
