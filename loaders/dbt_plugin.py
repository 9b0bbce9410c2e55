"""dbt-duckdb plugin (see profiles.yml): gives every dbt run what an empty, or an older, database lacks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from loaders.building.compiled import forget_built_version
from loaders.building.stored_properties import ensure_properties
from loaders.config.settings import Settings
from loaders.database import SETTINGS, confine, ensure_functions, ensure_landing
from loaders.feeds.contact_properties import declared_properties
from loaders.feeds.declared_data import check_declared_data, check_listed_seeds
from loaders.feeds.loading import load_feeds
from loaders.publishing import note_change


class Plugin(BasePlugin):
    """Loaded by dbt-duckdb under `plugins: - module: loaders.dbt_plugin`."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Remember where the project is (`project_root`, relative to where dbt was started).

        And whether its models may reach other files and servers (`external_access`; else only its seeds are read).
        """
        self.root = Path(plugin_config.get("project_root", "."))
        self.is_confined = not plugin_config.get("external_access", False)

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Bring the database to what the project declares: landing tables, SQL functions, contact properties.

        Raises `ConfigurationError` for declared data that no build could follow (C91): nothing was changed then.
        """
        feeds = load_feeds(self.root)
        check_declared_data(self.root, feeds)
        check_listed_seeds(self.root)
        ensure_landing(conn, feeds)
        ensure_functions(conn, self.root)
        ensure_properties(conn, declared_properties(self.root))
        for name, value in SETTINGS.items():  # for all cursors, once: those in profiles.yml are set for each
            conn.execute(f"set global {name} = '{value}'")
        if self.is_confined:
            for attachment in (self.creds.attach if self.creds else None) or []:
                conn.execute(attachment.to_sql())
            confine(conn, self.root / "seeds")
        if "MUSTER_BUILD" not in os.environ:
            forget_built_version(conn)
            note_change(Settings.for_project(self.root))
