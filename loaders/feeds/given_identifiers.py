"""What the staging model of a feed takes for identifiers, by its text: its declared columns must say the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from loaders.errors import ConfigurationError
from loaders.feeds.feed import Feed
from loaders.feeds.given_properties import IDENTIFIERS, staging_text

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PAIR = re.compile(r"'(?:group:)?([^']*)'\s*:\s*'([^']*)'")


_HASH = re.compile(r"\bhash\(([^()]*)\)\s+as\s+row_hash\b")
_OWN_COLUMNS = re.compile(r"set columns\b[^[]*\[([^]]*)\]")


def check_columns(root: Path, feeds: Sequence[Feed]) -> None:
    """Raises `ConfigurationError` for a declared column that the staging model of its feed does not read.

    What it says would be lost: an undeclared one is kept. Likewise for one that the model looks for among the declared
    ones and that is none, and for one that the model's `row_hash` lacks: its changes would be taken for none (B6).
    """
    for feed in feeds:
        if not (text := staging_text(root, feed)):
            continue
        place = f"{feed.declared_at}: feed {feed.name}"
        model = f"models/staging/{feed.partner}/stg_{feed.name}.sql"
        names = [column.name for column in feed.columns]
        words = set(_WORD.findall(text))
        if unread := [name for name in names if name not in words]:
            raise ConfigurationError(
                f"{place}: the column {unread[0]!r} is declared, and {model} does not read it: what it says would be"
                " lost. Read it there, or take the declaration out: an undeclared column is kept"
            )
        own = _OWN_COLUMNS.search(text)
        if absent := [name for name in re.findall(r"'([^']*)'", own[1] if own else "") if name not in names]:
            raise ConfigurationError(
                f"{place}: {model} reads the column {absent[0]!r}, which is not declared: what it says would be lost."
                " Declare it, or take it out of the model's `columns`"
            )
        hashed = _HASH.search(text)
        if left := [name for name in names if hashed and name not in _WORD.findall(hashed[1])]:
            raise ConfigurationError(
                f"{place}: the column {left[0]!r} is not in the `row_hash` of {model}: a row in which only it has"
                " changed would be taken for unchanged (B6). Add it to the hash"
            )


def check_identifiers(root: Path, feeds: Sequence[Feed]) -> None:
    """Raises `ConfigurationError` for the first column whose `identifier` is not what its staging model makes of it.

    The model decides (X3): a declaration that says otherwise would be believed by people, and by nothing else.
    """
    for feed in feeds:
        given = IDENTIFIERS.search(staging_text(root, feed))
        kinds = {column: kind for kind, column in _PAIR.findall(given[1])} if given else {}
        for column in feed.columns if given else ():
            kind = kinds.get(column.name)
            if column.identifier != kind:
                declared = f"`identifier: {column.identifier}`" if column.identifier else "no identifier"
                taken = f"the identifier {kind!r}" if kind else "none"
                raise ConfigurationError(
                    f"{feed.declared_at}: feed {feed.name}: the column {column.name!r} is declared as {declared}, and"
                    f" models/staging/{feed.partner}/stg_{feed.name}.sql takes it for {taken}: say the same in both"
                )
