"""What dbt gives its templates, as far as sqlfluff needs it: variables, DuckDB's macros, stand-ins for the graph."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

_VARS: dict[str, Any] = yaml.safe_load(Path("dbt_project.yml").read_text())["vars"]

dbt = SimpleNamespace(string_literal=lambda text: "'" + text.replace("'", "''") + "'")


def var(name: str, default: object = None) -> object:
    """A variable of dbt_project.yml."""
    return _VARS.get(name, default)


def env_var(_name: str, default: str) -> str:
    """Environment variables are not set."""
    return default


def state_before(model_name: str, with_past: bool = False) -> str:
    """SQL of the shape that macros/state gives."""
    return f"(select * from {model_name} where log_id <= 0)"


def this_run(model_name: str) -> str:
    """The same."""
    return f"(select * from {model_name} where log_id > 0)"


def held_by_guard() -> str:
    """The same."""
    return "(select * from list_effects where code is not null)"


def lists_without_effect(lists: str) -> str:
    """Some lists."""
    return f"(select log_id, segment_id from {lists})"


def undo_if_held() -> str:
    """A statement."""
    return "delete from nothing where false"


def set_run_size() -> str:
    """A statement."""
    return "set variable muster_run = (select 1)"


def state_of_run(_rows: str, _kind: str) -> str:
    """Some CTEs."""
    state = "(select * from nothing)"
    return f"identifiers_before as {state}, last_rows_before as {state}"


def hash_of_row() -> str:
    """A value."""
    return "hash(1)"


def set_several_rows() -> str:
    """A statement."""
    return "set variable muster_several_rows = true"


def has_several_rows() -> str:
    """A condition."""
    return "coalesce(getvariable('muster_several_rows'), true)"


def run_is(kind: str) -> str:
    """A condition."""
    return f"coalesce(getvariable('muster_run').{kind}, true)"


def feed_setting(_source: str, _table: str, _setting: str) -> str:
    """Some setting."""
    return "phone"


def keeps_products(_feed: str) -> str:
    """A value."""
    return "true"


def feed_connections() -> str:
    """The same, where from."""
    return "values ('feed', 'connection')"


def feed_values() -> str:
    """One feed of the shape that macros/feeds gives."""
    return (
        "values ('feed', 'profiles', 'last', 'reset', false, false, null, null, null, true, '.', null, false, true, '')"
    )


def feeds_with(_setting: str, _value: object) -> list[str]:
    """Some feeds."""
    return ["partner__stream"]


def skipping_feeds() -> str:
    """Some feeds, as literals."""
    return "'partner__stream'"


def dialect_literal(_meta: object) -> str:
    """A struct."""
    return "null"


def declared_formats(_setting: str) -> list[str]:
    """Some formats."""
    return ["iso", "%d.%m.%Y"]


def dialect_setting(_source: str, _table: str, _setting: str) -> str:
    """Some setting."""
    return "%d.%m.%Y"
