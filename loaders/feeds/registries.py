"""The registries of seeds/: segments with ids of partners (M4), limits (X6), campaigns (O6); all checked (C91)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from loaders.errors import ConfigurationError
from loaders.feeds.names import visible
from loaders.feeds.seeds import SeedLine, seed_lines

SEGMENT_REGISTRY = ["tenant_id", "partner_segment_id", "segment_name", "owned_by"]
SHARES_OF_ALL = ("max_removed_share", "max_rejected_share")
SHARES, COUNTS = (*SHARES_OF_ALL, "max_deviation"), ("max_removed_count", "min_members")
SEGMENT_LIMITS = [
    *("tenant_id", "segment_name"),
    *("max_removed_share", "max_removed_count", "max_rejected_share", "min_members", "max_deviation"),
]
CAMPAIGN_REGISTRY = ["tenant_id", "source_campaign", "source_partner"]
OWNERS = ("feed", "all", "")


def check_registries(root: Path) -> None:
    """Raises `ConfigurationError` with file and line for the first line that is wrong or contradicts another."""
    _check_segments(root / "seeds" / "segment_registry.csv")
    _check_limits(root / "seeds" / "segment_limits.csv")
    _check_campaigns(root / "seeds" / "campaign_registry.csv")


def _check_segments(path: Path) -> None:
    seen: dict[tuple[str, ...], int] = {}
    owners: dict[tuple[str, str], tuple[bool, int]] = {}
    for number, line in seed_lines(path, SEGMENT_REGISTRY):
        tenant, partner_id, name, owner = (line[column] for column in SEGMENT_REGISTRY)
        fault = _name_fault(line, ("tenant_id", "segment_name"))
        key = (tenant, "id", partner_id) if partner_id else (tenant, "name", name)
        first = owners.setdefault((tenant, name), (owner == "feed", number))
        if not fault and owner not in OWNERS:
            fault = f"owned_by {owner!r} is neither 'feed' nor 'all': a complete list removes its feed's own, or all"
        elif not fault and key in seen:
            what = f"the id {partner_id!r}" if partner_id else f"the segment {name!r}"
            fault = f"line {seen[key]} is about {what} of tenant {tenant!r} already: keep one of the two"
        elif not fault and first[0] != (owner == "feed"):
            fault = f"owned_by of the segment {name!r} is not what line {first[1]} says: write the same in both"
        if fault:
            raise ConfigurationError(f"{path}:{number}: {fault}")
        seen[key] = number


def _check_limits(path: Path) -> None:
    seen: dict[tuple[str, str], int] = {}
    for number, line in seed_lines(path, SEGMENT_LIMITS):
        key = line["tenant_id"], line["segment_name"]
        fault = _name_fault(line, ("tenant_id", "segment_name"))
        if not fault and key in seen:
            fault = (
                f"line {seen[key]} is about the segment {key[1]!r} of tenant {key[0]!r} already: keep one of the two"
            )
        if fault := fault or _limit_fault(line):
            raise ConfigurationError(f"{path}:{number}: {fault}")
        seen[key] = number


def _limit_fault(line: SeedLine) -> str | None:
    if not any(line[column] for column in (*SHARES, *COUNTS)):
        return f"the line says no limit: fill in one of {', '.join(SEGMENT_LIMITS[2:])}, or take it out"
    for column in SHARES:
        if line[column] and not re.fullmatch(r"[0-9]{1,3}([.][0-9]{1,9})?", line[column]):
            return f"{column} {line[column]!r} is no share such as 0.5"
    for column in SHARES_OF_ALL:
        if line[column] and float(line[column]) > 1:
            return f"{column} {line[column]!r} is no share such as 0.5: 1 is all"
    for column in COUNTS:
        if line[column] and not re.fullmatch(r"[1-9][0-9]{0,11}", line[column]):
            return f"{column} {line[column]!r} is no number of members"
    return None


def _check_campaigns(path: Path) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for number, line in seed_lines(path, CAMPAIGN_REGISTRY):
        fault = _name_fault(line, ("tenant_id", "source_campaign"))
        key = tuple(line.values())
        if not fault and key in seen:
            fault = f"line {seen[key]} says the same: keep one of the two"
        if fault:
            raise ConfigurationError(f"{path}:{number}: {fault}")
        seen[key] = number


def _name_fault(line: SeedLine, needed: Sequence[str]) -> str | None:
    """What is wrong with names of tenants and segments: none is empty, none is for all, and all are as in files."""
    for column, text in line.items():
        if column in needed and not text:
            return f"{column} is empty: fill it in, or take the line out"
        if text == "*":
            return f"{column}: `*` is no wildcard here: name one (limits of all segments are the `guard` of a feed)"
        if text != visible(text):
            return (
                f"{column} {text!r} has accents apart from their letters, or something invisible at its ends: write"
                f" {visible(text)!r}"
            )
    return None
