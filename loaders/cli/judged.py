"""What a run says of the deliveries that it has judged: held, rejected for their effort (O6), too late (R12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from loaders import queries
from loaders.cli.output import printable
from loaders.config.settings import Settings
from loaders.landing.report import LandingReport

_EFFORT_CODES = {
    "no_campaign": "an import that sets a status needs a source campaign",
    "unknown_campaign": "seeds/campaign_registry.csv does not have the source campaign for this tenant",
    "unknown_partner": "seeds/campaign_registry.csv does not have the source partner for this campaign",
}
"""Why the campaign effort of an import cannot be created (O6)."""
_AGAIN = "once that is mended, import it again with --sent-at, or `muster build --full-refresh` judges all files again"
_HELD = {
    "empty_list": "; if nobody is meant to stay, set allow_empty in the feed, and of a segment of many members "
    "guard.max_removed_share: 1 as well, for the guard still applies (an import: --no-clear to add only)",
    "too_far_ahead": "; its time is further ahead of its landing than max_ahead of the feed: send it with the right "
    "one, or raise max_ahead and `muster build --full-refresh`",
}
"""What to do about a delivery that is held."""


def notices_of(settings: Settings, judged: queries.Rows) -> Iterator[str]:
    """What was not applied of these jobs, why, and what to do about it."""
    for job in judged:
        path, code = printable(job["path"]), job["code"]
        if job["status"] == "held":
            hint = _HELD.get(code, "") + _rejected_lines(settings, job) + _rejected_parts(settings, job)
            yield f"{path}: held: {code}: nothing was changed{hint}"
        if code in _EFFORT_CODES:
            yield f"{path}: rejected: {code}: {_EFFORT_CODES[code]}; nothing was changed; {_AGAIN}"


def _rejected_lines(settings: Settings, job: dict[str, Any]) -> str:
    """What to say of the rejected lines of a delivery that has no valid one, or none for a segment (X5)."""
    if job["code"] not in ("no_valid_row", "empty_list") or not job["rejected_count"]:
        return ""
    codes = queries.rejected_codes(settings, job["file_id"])
    counts = ", ".join(f"{row['row_count']} {row['code']}" for row in codes)
    first = min(row["first_line"] for row in codes)
    return (
        f"; {job['rejected_count']} of {job['line_count']} lines were rejected ({counts}; the first is line {first}): "
        f"`muster rejected --file {job['file_id']}` shows them"
    )


def _rejected_parts(settings: Settings, job: dict[str, Any]) -> str:
    """What to say of the files of a delivery that cannot be used and so hold it (A8, B10, C89)."""
    parts = queries.rejected_parts(settings, job["file_id"])
    if not parts:
        return ""
    names = ", ".join(f"{printable(part['path'])} ({part['code']})" for part in parts)
    return f"; of its delivery cannot be used: {names}: send that again as it should be"


def repeated_imports(landing: LandingReport) -> list[str]:
    """What to say of imports that did nothing: the same file was imported before, with the same options (X4)."""
    return [
        f"{printable(one.path)}: the same file was imported before, with the same options (entry {one.duplicate_of}):"
        " nothing is done again. If it is to count again, say with --sent-at when it was sent"
        for one in landing.landed
        if one.duplicate_of is not None
    ]


def too_late(judged: list[dict[str, Any]]) -> list[str]:
    """What to say of lists that changed nothing because a later one was applied to their segment before (R12, C08)."""
    late = [job for job in judged if job["status"] == "superseded"]
    if not late:
        return []
    return [
        f"{len(late)} of the lists are older than one that was applied before, and changed nothing (the first:"
        f" {printable(late[0]['path'])}, of {late[0]['sent_at']:%Y-%m-%d %H:%M}). To have them count, land all"
        " files, these and the later ones, into a new database (MUSTER_DATABASE): one run takes them in the order of"
        " their times"
    ]


def repeats_of_rejected(settings: Settings, landing: LandingReport) -> list[str]:
    """What to say of duplicates of imports that were rejected for their campaign effort, which may be known by now."""
    if not any(landed.duplicate_of for landed in landing.landed):
        return []
    codes = {job["file_id"]: job["code"] for job in queries.jobs(settings)}
    return [
        f"{printable(landed.path)}: repeats file {landed.duplicate_of}, which was rejected: "
        f"{codes[landed.duplicate_of]}; {_AGAIN}"
        for landed in landing.landed
        if landed.duplicate_of and codes.get(landed.duplicate_of) in _EFFORT_CODES
    ]
