"""dbt-duckdb plugin (see profiles.yml): gives every dbt run the landing tables, so that an empty database builds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from loaders.building.stored_properties import declared_properties, ensure_properties
from loaders.database import ensure_functions, ensure_landing
from loaders.feeds.loading import load_feeds


class Plugin(BasePlugin):
    """Loaded by dbt-duckdb under `plugins: - module: loaders.dbt_plugin`."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Remember where the project is (`project_root`, relative to where dbt was started)."""
        self.root = Path(plugin_config.get("project_root", "."))

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Bring the database to what the project declares: landing tables, SQL functions, contact properties."""
        ensure_landing(conn, load_feeds(self.root))
        ensure_functions(conn, self.root)
        ensure_properties(conn, declared_properties(self.root))
        if "MUSTER_BUILD" not in os.environ:  # somebody's own dbt: what it leaves, no version of the project says
            conn.execute("delete from landing.built_by")
