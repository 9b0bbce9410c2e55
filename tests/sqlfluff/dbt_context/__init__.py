"""What dbt gives its templates, as far as sqlfluff needs it: variables, DuckDB's macros, stand-ins for the graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from jinja2 import pass_context
from jinja2.runtime import Context

_VARS: dict[str, Any] = yaml.safe_load(Path("dbt_project.yml").read_text())["vars"]

dbt = SimpleNamespace(string_literal=lambda text: "'" + text.replace("'", "''") + "'")


def var(name: str, default: object = None) -> object:
    """A variable of dbt_project.yml."""
    return _VARS.get(name, default)


class _Adapter:
    @pass_context
    def dispatch(self, context: Context, name: str, _package: str) -> Callable[..., Any]:
        """The macro that dbt calls on DuckDB."""
        macro: Callable[..., Any] = context[f"duckdb__{name}"]
        return macro


adapter = _Adapter()


def env_var(_name: str, default: str) -> str:
    """Environment variables are not set."""
    return default


def state_before(model_name: str, since: str, until: str | None = None) -> str:
    """SQL of the shape that macros/state gives."""
    return f"(select * from {model_name} where {since} <= 0 and {until or since} > 0)"


def state_relation(model_name: str) -> str:
    """The name of the mart."""
    return model_name


def is_full_refresh() -> bool:
    """It is not."""
    return False


def feed_setting(_source: str, _table: str, _setting: str) -> str:
    """Some setting."""
    return "phone"


def feed_values() -> str:
    """One feed of the shape that macros/feeds gives."""
    return "('feed', 'complete_list', 'last', 'reset', false, false, null, null, null, '.', null, false, true)"


def feeds_with(_setting: str, _value: str) -> list[str]:
    """Some feeds."""
    return ["blueconic__profiles", "remarkety__lists"]


def skipping_feeds() -> str:
    """Some feeds, as literals."""
    return "'blueconic__profiles'"


def kinds_of_rows() -> str:
    """Both."""
    return "compared hashed"


def is_small_run() -> bool:
    """It is."""
    return True


def dialect_setting(_source: str, _table: str, _setting: str) -> str:
    """Some setting."""
    return "%d.%m.%Y"


def each_once(values: str) -> str:
    """A list."""
    return values


first_of_each_key = each_once
