"""The contact properties that dbt_project.yml declares (`vars: contact_properties`), checked (field case C30)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import yaml

from loaders.config.yaml_lines import line_of, load_yaml_with_nodes
from loaders.errors import ConfigurationError
from loaders.feeds.feed import Feed

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TYPES = "varchar, date, time, timestamp, timestamptz, boolean, smallint, integer, bigint, double"
_TYPE = re.compile(rf"{_TYPES.replace(', ', '|')}|decimal\([0-9]+, ?[0-9]+\)|varchar\[\]")
_COLUMNS = frozenset(
    {"contact_id", "tenant_id", "other", "other_properties", "updated_at", "valid_from_log_id", "valid_to_log_id"}
    | {"row_code", "file_code", "filter_code", "properties", "identifiers", "identifier_type", "identifier_value"}
)
"""What stands beside the properties, in the marts and in staging."""


def declared_properties(root: Path) -> list[str]:
    """The contact properties that the project declares, in their order."""
    return list(property_types(root))


def property_types(root: Path) -> dict[str, str]:
    """The same, each with its type."""
    project = yaml.load((root / "dbt_project.yml").read_bytes(), Loader=yaml.CSafeLoader)
    declared = (project.get("vars") or {}).get("contact_properties") or {}
    return {str(name): str(kind) for name, kind in declared.items()}


def check_contact_properties(root: Path, feeds: Iterable[Feed]) -> None:
    """Raises `ConfigurationError` with file and line for the first property that no build could keep."""
    path = root / "dbt_project.yml"
    content, node = load_yaml_with_nodes(path)
    declared = ((content or {}).get("vars") or {}).get("contact_properties") or {}
    identifiers = {name for feed in feeds for c in feed.columns if c.identifier for name in (c.identifier, c.name)}
    words = _reserved_words()
    for name, kind in declared.items():
        if fault := _fault(str(name), str(kind), identifiers, words):
            line = line_of(node, ("vars", "contact_properties", name))
            raise ConfigurationError(f"{path}:{line}: contact property {name!r}: {fault}")


def check_one_per_contact(root: Path, feeds: Sequence[Feed]) -> None:
    """Raises `ConfigurationError` if `one_per_contact` writes a type otherwise than the feeds: it would do nothing."""
    path = root / "dbt_project.yml"
    content, node = load_yaml_with_nodes(path)
    given = ((content or {}).get("vars") or {}).get("one_per_contact") or []
    place = f"{path}:{line_of(node, ('vars', 'one_per_contact'))}: one_per_contact"
    if not isinstance(given, list) or not all(isinstance(kind, str) for kind in given):
        raise ConfigurationError(f"{place}: give a list of the types of identifiers")
    known = {column.identifier for feed in feeds for column in feed.columns if column.identifier}
    for kind in given:
        meant = [each for each in known if _bare(each) == _bare(kind)]
        if kind not in known and meant:
            raise ConfigurationError(f"{place}: no feed has an identifier {kind!r}, but {meant[0]!r}: write it so")


def _bare(kind: str) -> str:
    return kind.lower().replace("_", "").replace("-", "").replace(" ", "")


def _fault(name: str, kind: str, identifiers: set[str], words: set[str]) -> str | None:
    if not _NAME.fullmatch(name):
        return "a name is of lower-case letters, digits and _ (seeds/merge_rules.csv gives a column another name)"
    if name in words:
        return "this is a reserved word of SQL: choose another name, and name it in seeds/merge_rules.csv"
    if name in _COLUMNS:
        return "a column of this name is there already: choose another"
    if name in identifiers:
        return "feeds have an identifier of this name, and identifiers are no properties"
    if kind.endswith("[]") and kind != "varchar[]":
        return f"the type {kind!r}: the values of a list are texts, as sent; nothing checks them: write varchar[]"
    if not _TYPE.fullmatch(kind):
        return f"the type {kind!r} is none of {_TYPES}, decimal(p, s), nor varchar[], for a list"
    return None


def _reserved_words() -> set[str]:
    with duckdb.connect() as connection:
        rows = connection.execute("select keyword_name from duckdb_keywords() where keyword_category = 'reserved'")
        return {word for (word,) in rows.fetchall()}
