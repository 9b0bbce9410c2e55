"""Where things are: the project, its database, its working folder; environment variables override the defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loaders.errors import ConfigurationError


@dataclass(frozen=True)
class Settings:
    """Paths of one installation, all absolute, and its limits."""

    root: Path
    """The dbt project: dbt_project.yml, models/, profiles.yml."""
    database: Path
    """The DuckDB file (MUSTER_DATABASE, default muster.duckdb in the project)."""
    home: Path
    """Spool, archive, lock and dbt's target (MUSTER_HOME, default .muster in the project)."""
    connections: Path
    """connections.yml (MUSTER_CONNECTIONS)."""
    run_rows: int = 5_000_000
    """How many lines of the log one dbt run takes at most, unless one file alone has more (MUSTER_RUN_ROWS)."""

    @classmethod
    def for_project(cls, root: Path | None = None, env: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
        """The settings of the project at `root` (default: MUSTER_ROOT, else here); `overrides` win over all.

        Raises `ConfigurationError` if MUSTER_RUN_ROWS is no number above 0.
        """
        run_rows = env.get("MUSTER_RUN_ROWS") or str(cls.run_rows)
        if not run_rows.isdecimal() or not int(run_rows):
            raise ConfigurationError(f"MUSTER_RUN_ROWS is {run_rows!r}: give a number of lines, such as 5000000")
        root = (root or Path(env.get("MUSTER_ROOT", "."))).absolute()
        settings = cls(
            root=root,
            database=root / env.get("MUSTER_DATABASE", "muster.duckdb"),
            home=root / env.get("MUSTER_HOME", ".muster"),
            connections=root / env.get("MUSTER_CONNECTIONS", "connections.yml"),
            run_rows=int(run_rows),
        )
        return replace(settings, **overrides)

    @property
    def spool(self) -> Path:
        """Files being downloaded or decoded; emptied at the start of every run."""
        return self.home / "spool"

    @property
    def outbox(self) -> Path:
        """Files of exports that were written and not yet delivered, in a folder per run."""
        return self.home / "outbox"

    @property
    def published(self) -> Path:
        """The database for readers: as the last run left it."""
        return self.database.parent / "published" / self.database.name

    @property
    def unpublished(self) -> Path:
        """A file that is there while the database may be newer than what is published."""
        return self.home / "unpublished"

    @property
    def archive(self) -> Path:
        """The bytes of every landed file as they were sent, named by their sha256."""
        return self.home / "archive"
