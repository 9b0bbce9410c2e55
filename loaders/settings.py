"""Where things are: the project, its database, its working folder; environment variables override the defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Paths of one installation; all absolute."""

    root: Path
    """The dbt project: dbt_project.yml, models/, profiles.yml."""
    database: Path
    """The DuckDB file (MUSTER_DATABASE, default muster.duckdb in the project)."""
    home: Path
    """Spool, archive, lock and dbt's target (MUSTER_HOME, default .muster in the project)."""
    connections: Path
    """connections.yml (MUSTER_CONNECTIONS)."""

    @classmethod
    def for_project(cls, root: Path | None = None, env: Mapping[str, str] = os.environ, **overrides: Path) -> Settings:
        """The settings of the project at `root` (default: MUSTER_ROOT, else here); `overrides` win over all."""
        root = (root or Path(env.get("MUSTER_ROOT", "."))).absolute()
        settings = cls(
            root=root,
            database=root / env.get("MUSTER_DATABASE", "muster.duckdb"),
            home=root / env.get("MUSTER_HOME", ".muster"),
            connections=root / env.get("MUSTER_CONNECTIONS", "connections.yml"),
        )
        return replace(settings, **overrides)

    @property
    def spool(self) -> Path:
        """Files being downloaded or decoded; emptied at the start of every run."""
        return self.home / "spool"

    @property
    def archive(self) -> Path:
        """The bytes of every landed file as they were sent, named by their sha256."""
        return self.home / "archive"
