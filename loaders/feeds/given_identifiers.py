"""What the staging model of a feed takes for identifiers, by its text: its declared columns must say the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from loaders.errors import ConfigurationError
from loaders.feeds.feed import Feed
from loaders.feeds.given_properties import IDENTIFIERS, staging_text

_PAIR = re.compile(r"'(?:group:)?([^']*)'\s*:\s*'([^']*)'")


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
