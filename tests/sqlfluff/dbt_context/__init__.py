"""What dbt gives its templates, as far as sqlfluff needs it: the project's variables, and the macros for DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from jinja2 import pass_context
from jinja2.runtime import Context

_VARS: dict[str, Any] = yaml.safe_load(Path("dbt_project.yml").read_text())["vars"]


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
