"""How a sample is written: the dialect that takes it, and what people should know of it (C54)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from loaders.errors import ConfigurationError, FileRefusedError
from loaders.reading.csv_file import CsvFile
from loaders.reading.csv_header import Fault
from loaders.reading.decode import Limits
from loaders.reading.dialect import Dialect, Encoding
from loaders.reading.encodings import check_encoding
from loaders.reading.likeness import refuse_other_kinds
from loaders.reading.proposals import Trial, best_trial, encodings_of, sample_of, settings_text

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_NO_NAME = re.compile(r"[\d\s.,:/+-]*|.*@.*")


def dialect_of(name: str, plain: Path, delimiter: str | None, quote: str | None) -> tuple[Dialect, list[str]]:
    """The dialect of the sample at `plain`, and notes on it; `delimiter` None: it is found.

    It is strict where the sample is; else it has the settings without which its lines cannot be read. Raises
    `ConfigurationError` where it cannot be told for certain, FileRefusedError if the sample is no CSV.
    """
    encoding, notes = _encoding_of(plain)
    candidates = {"the one given": delimiter} if delimiter else DELIMITERS
    dialects = {word: Dialect(one, quote, encoding=encoding) for word, one in candidates.items() if one != quote}
    fits: list[str] = []
    refusals: list[str] = []
    for word, dialect in dialects.items():
        try:
            with CsvFile(plain, dialect, Limits()) as file:
                all(batch.num_rows for batch in file.read())
                if not file.unreadable and (file.columns > 1 or delimiter):
                    fits.append(word)
        except FileRefusedError as refusal:
            refusals.append(f"with {word}: {refusal.code}, {refusal.detail}")
    if len(fits) == 1:
        return dialects[fits[0]], notes
    if not fits and (trial := _tolerant(plain, list(dialects.values()), is_given=delimiter is not None)):
        return trial.dialect, [*notes, *_notes(trial)]
    if delimiter:
        return dialects["the one given"], notes
    fault = f"{' and '.join(fits)} each give" if fits else "neither comma, semicolon, tab nor pipe gives"
    because = f" ({'; '.join(dict.fromkeys(refusals))})" if refusals and not fits else ""
    raise ConfigurationError(
        f"{name}: {fault} every record the same number of fields, more than one: say which it is with --delimiter"
        f"{because}"
    )


def _encoding_of(plain: Path) -> tuple[Encoding, list[str]]:
    """The encoding, and a note if it is not UTF-8."""
    refuse_other_kinds(plain, "utf-16")
    try:
        check_encoding(plain, "utf-8")
    except FileRefusedError as refusal:
        for encoding in encodings_of(sample_of(plain)):
            check_encoding(plain, encoding)
            place = f" (line {refusal.line_number}, byte {refusal.byte_offset})" if refusal.byte_offset else ""
            why = f"the sample is not UTF-8{place}: `encoding: {encoding}` is proposed"
            return encoding, [f"{why}: look whether its letters are right"]
        raise
    wide = next((one for one in encodings_of(sample_of(plain)) if one.startswith("utf-16")), None)
    if wide:  # its NULs are UTF-8 too
        return wide, [f"the sample is UTF-16 without a byte order mark: `encoding: {wide}` is proposed"]
    return "utf-8", []


def _tolerant(plain: Path, dialects: Sequence[Dialect], *, is_given: bool) -> Trial | None:
    """The one best trial that reads rows of more than one column; None if there is none, or several are as good."""
    trials = [best_trial(sample_of(plain), dialect, None, _like_names, delimiters=False) for dialect in dialects]
    good = [one for one in trials if one.fits and one.row_count and (is_given or len(one.header) > 1)]
    ranked = sorted(good, key=_rank)
    if not ranked or (len(ranked) > 1 and _rank(ranked[0]) == _rank(ranked[1])):
        return None
    return ranked[0]


def _rank(trial: Trial) -> tuple[int, int]:
    """How little has to be said for a trial: the lines that it leaves, then the settings that it needs."""
    plain = Dialect()
    changed = sum(getattr(trial.dialect, field.name) != getattr(plain, field.name) for field in fields(Dialect))
    return len(trial.unreadable), changed - (trial.dialect.delimiter != ",")


def _like_names(header: Sequence[str]) -> list[Fault]:
    """What speaks against these being names of columns."""
    return [("no_name", f"{name!r} is no name of a column") for name in header if _NO_NAME.fullmatch(name)]


def _notes(trial: Trial) -> list[str]:
    dialect = trial.dialect
    plain = Dialect(dialect.delimiter, dialect.quote, encoding=dialect.encoding)
    notes = []
    if dialect != plain:
        notes.append(f"the sample is not written strictly: `dialect: {settings_text(dialect, plain)}` is proposed")
    if dialect.footer:
        notes.append("the last line is taken for a footer: a file that does not end with one counts as cut")
    if trial.header_line > 1:
        notes.append(f"the header stands on line {trial.header_line}")
    shown = [f"line {line.line_number}, {line.code}: {line.raw_text[:80]!r}" for line in trial.unreadable[:5]]
    if shown:
        notes.append(f"{len(trial.unreadable)} lines of the sample would be rejected ({'; '.join(shown)})")
    return notes


def has_decimal_comma(columns: Sequence[Sequence[str]]) -> bool:
    """Whether the numbers of some column are surely written with a decimal comma, and of none with a point."""
    comma, point = re.compile(r"[+-]?\d{1,18}(,\d{1,9})?"), re.compile(r"[+-]?\d{1,18}\.\d{1,9}")
    numeric = [cells for cells in columns if cells and all(map(comma.fullmatch, cells))]
    sure = [cells for cells in numeric if any("," in cell and len(cell.partition(",")[2]) != 3 for cell in cells)]
    return bool(sure) and not any(all(map(point.fullmatch, cells)) for cells in columns if cells)
