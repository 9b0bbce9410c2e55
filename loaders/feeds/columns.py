"""The columns that a feed declares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.errors import ConfigurationError

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")


HEADER = re.compile(r"(?=[^ ])[\w .:,;/&+()#-]{1,100}(?<=[^ ])")
"""What a declared column may be called in the files."""


@dataclass(frozen=True)
class Column:
    """A declared column of a feed."""

    name: str
    identifier: str | None
    required: bool
    first: bool
    """Whether a file must begin with it (O1)."""
    header: str = ""
    """Its name in the files, where that cannot be a column's: capitals, spaces."""

    @property
    def sent_as(self) -> str:
        """Its name in the files."""
        return self.header or self.name


def declared_columns(path: Path, line: int, feed: str, table: dict[str, Any]) -> tuple[Column, ...]:
    """The columns of one table of a source file. Raises `ConfigurationError` with file and line."""
    columns: list[Column] = []
    for column in table.get("columns") or []:
        if column["name"].startswith("_"):
            continue
        if not _IDENTIFIER.fullmatch(column["name"]):
            raise ConfigurationError(
                f"{path}:{line}: feed {feed}: column {column['name']!r} must be of lower-case letters, digits and _"
            )
        meta = (column.get("config") or {}).get("meta") or {}
        if unknown := set(meta) - {"identifier", "required", "first", "header"}:
            raise ConfigurationError(f"{path}:{line}: feed {feed}: column {column['name']}: unknown {sorted(unknown)}")
        if any(column["name"] == other.name for other in columns):
            raise ConfigurationError(f"{path}:{line}: feed {feed}: column {column['name']!r} is declared twice")
        for setting in ("required", "first"):
            if not isinstance(meta.get(setting, False), bool):
                raise ConfigurationError(
                    f"{path}:{line}: feed {feed}: column {column['name']}: {setting} is true or false, without quotes,"
                    f" not {meta[setting]!r}"
                )
        required, first = meta.get("required", False), meta.get("first", False)
        header = meta.get("header", "")
        if header != "" and not (isinstance(header, str) and HEADER.fullmatch(header)):
            raise ConfigurationError(
                f"{path}:{line}: feed {feed}: column {column['name']}: header {header!r} must be of letters, digits,"
                " spaces and _ . : , ; / & + ( ) # -, at most 100"
            )
        columns.append(Column(column["name"], meta.get("identifier"), required, first, header))
        if any(columns[-1].sent_as.lower() == other.sent_as.lower() for other in columns[:-1]):
            raise ConfigurationError(f"{path}:{line}: feed {feed}: two columns have the header {columns[-1].sent_as!r}")
    if not columns:
        raise ConfigurationError(f"{path}:{line}: feed {feed}: declare its columns")
    return tuple(columns)
