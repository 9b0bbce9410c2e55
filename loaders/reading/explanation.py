"""What people are told of a CSV file that is refused: all that is wrong with it, and what would take it (C55)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from loaders.errors import FileRefusedError
from loaders.reading.csv_file import CsvFile
from loaders.reading.decode import Limits
from loaders.reading.dialect import Dialect
from loaders.reading.encodings import check_encoding
from loaders.reading.likeness import looks_like_ndjson
from loaders.reading.proposals import Check, Trial, best_trial, sample_of, settings_text

_HEADER_FAULTS = frozenset({
    "duplicate_column", "inexact_column", "missing_column", "wrong_first_column", "undeclared_column",
})  # fmt: skip
_HAVE_CAUSES = _HEADER_FAULTS | {"invalid_encoding", "unreadable_header", "truncated_file", "too_many_unreadable"}


def explained(
    refusal: FileRefusedError, path: Path, dialect: Dialect, limits: Limits, column_count: int | None, check: Check
) -> FileRefusedError:
    """The refusal of the file at `path`, its message with the file's other faults and the settings that would take it.

    `dialect`, `limits`, `column_count` and `check` are those by which it was refused.
    """
    if refusal.code not in _HAVE_CAUSES:
        return refusal
    parts = [refusal.message, *_further_faults(refusal, path, dialect, limits, check)]
    if looks_like_ndjson(refusal.raw_text or ""):
        parts.append("it looks like NDJSON, is the feed's format as declared?")
    elif (refusal.raw_text or "").lstrip().startswith("["):
        parts.append("it looks like JSON, is the feed's format as declared?")
    elif " would take it" not in refusal.message and (said := advice(path, dialect, column_count, check)):
        parts.append(said)
    return replace(refusal, message="; ".join(parts))


def advice(path: Path, dialect: Dialect, column_count: int | None, check: Check) -> str | None:
    """The settings of the dialect that would take the file, as a clause; None if there are none."""
    sample = sample_of(path)
    best = best_trial(sample, dialect, column_count, check, delimiters=True)
    if best.dialect == dialect or not best.fits:
        return None
    where = f"the header stands on line {best.header_line}: " if best.header_line != _line_before(dialect, best) else ""
    left = f" but for {len(best.unreadable)} lines" if best.unreadable else ""
    return f"{where}`dialect: {settings_text(best.dialect, dialect)}` would take it{left}"


def _line_before(dialect: Dialect, best: Trial) -> int:
    """The line on which the header stands as far as the feed knows."""
    return best.header_line if best.dialect.skip_lines == dialect.skip_lines else dialect.skip_lines + 1


def _further_faults(refusal: FileRefusedError, path: Path, dialect: Dialect, limits: Limits, check: Check) -> list[str]:
    """What else is wrong with the file, from its first line to its last."""
    found: list[str] = []
    if refusal.code == "unreadable_header":
        try:
            check_encoding(path, dialect.encoding)
        except FileRefusedError as other:
            found.append(_clause(other))
    if refusal.code in _HEADER_FAULTS:
        try:
            with CsvFile(path, dialect, limits, check=check, keep_faults=True) as file:
                try:
                    for _ in file.read():
                        pass
                except FileRefusedError as other:
                    found.append(_clause(other))
                if file.unreadable:
                    first = file.unreadable[0]
                    found.append(
                        f"{len(file.unreadable)} lines are unreadable (first: line {first.line_number}, {first.code})"
                    )
        except FileRefusedError as other:
            found.append(_clause(other))
    return found


def _clause(refusal: FileRefusedError) -> str:
    return f"{refusal.message} (line {refusal.line_number}, byte {refusal.byte_offset})"
