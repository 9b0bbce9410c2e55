"""The frame in which feeds stand: dbt's source files, of which dbt takes a misspelt key in silence (C118)."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from loaders.config.yaml_lines import describe, line_of
from loaders.errors import ConfigurationError

_HAS_SOURCES = re.compile(r"""^["']?sources["']?\s*:""", re.MULTILINE)
_OTHER_KEYS = frozenset({
    "analyses", "anchors", "data_tests", "exposures", "functions", "groups", "macros", "metrics", "models",
    "saved_queries", "seeds", "semantic_models", "snapshots", "tests", "unit_tests", "version",
})  # fmt: skip
"""What dbt knows beside `sources` in a file of properties."""


_Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""Of a source and a table: half the name of a feed, which is that of a table and a model."""


class _Known(BaseModel):
    """Keys that dbt knows; what Muster has no use for is dbt's to check."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Age(_Known):
    count: int = Field(strict=True, ge=1, le=100_000)
    period: Literal["minute", "hour", "day"]


class _Freshness(_Known):
    warn_after: _Age | None = None
    error_after: _Age | None = None
    filter: str | None = None


class _Config(_Known):
    enabled: Any = None
    meta: dict[str, Any] | None = None
    tags: Any = None
    event_time: Any = None
    loaded_at_field: Any = None
    loaded_at_query: Any = None
    freshness: _Freshness | None = None


class _ColumnConfig(_Known):
    meta: dict[str, Any] | None = None
    tags: Any = None


class _Column(_Known):
    name: str
    config: _ColumnConfig | None = None
    description: Any = None
    data_type: Any = None
    data_tests: Any = None
    tests: Any = None
    constraints: Any = None
    quote: Any = None
    granularity: Any = None


class _Named(_Known):
    name: _Name
    config: _Config | None = None
    description: Any = None
    loader: Any = None
    quoting: Any = None


class _Table(_Named):
    columns: list[_Column] | None = None
    identifier: Any = None
    data_tests: Any = None
    tests: Any = None
    external: Any = None


class _Source(_Named):
    tables: list[_Table] | None = None
    schema_: Any = Field(None, alias="schema")
    database: Any = None


class _Sources(_Known):
    sources: list[_Source]


def source_files(root: Path) -> list[Path]:
    """The files under `root`/models that have dbt sources, or should by their names."""
    found = [path for kind in ("yml", "yaml") for path in (root / "models").rglob(f"*.{kind}")]
    return sorted(path for path in found if path.stem.endswith("sources") or _HAS_SOURCES.search(_text(path)))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def check_source_file(path: Path, content: Any, node: yaml.Node) -> None:
    """Raises `ConfigurationError` with file and line for a key that dbt does not know, or a value that is none."""
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: must be a mapping with `sources`")
    if unknown := [key for key in content if key != "sources" and key not in _OTHER_KEYS]:
        raise ConfigurationError(f"{path}:{line_of(node, (unknown[0],))}: {unknown[0]}: there is no such setting")
    try:
        _Sources.model_validate({"sources": content.get("sources")})
    except ValidationError as error:
        raise ConfigurationError(describe(error, path, node)) from None


def silent_after(table: dict[str, Any]) -> timedelta | None:
    """For how long no file may come before a feed is silent: dbt's `freshness.error_after` of its source table."""
    age = (table["config"].get("freshness") or {}).get("error_after")
    return timedelta(**{f"{age['period']}s": age["count"]}) if age else None
