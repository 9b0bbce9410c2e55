"""What is wrong with a header: all of it at once (C55)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from loaders.reading.csv_columns import BLANKS
from loaders.reading.decode import Limits

Fault = tuple[str, str]
"""The code and the message of one fault."""


def header_faults(
    header: Sequence[str], limits: Limits, check: Callable[[Sequence[str]], list[Fault]] | None
) -> list[Fault]:
    """What is wrong with these names by themselves, then what `check` says of them."""
    if len(header) > limits.max_columns:
        return [("too_many_columns", f"{len(header)} columns exceed the limit of {limits.max_columns}")]
    if not header:
        return [("unreadable_header", "no column of the header has a name")]
    faults: list[Fault] = []
    # Names are trimmed where the columns become properties: " size" and "size" would be one there.
    if repeated := [name for name, count in Counter(name.strip(BLANKS) for name in header).items() if count > 1]:
        names = ", ".join(map(repr, repeated[:5]))
        faults.append(("duplicate_column", f"the header names a column twice: {names}"))
    return faults + (check(header) if check else [])
