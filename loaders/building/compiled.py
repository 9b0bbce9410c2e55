"""The statements that dbt compiled last, run again while the project's files are the same (docs/decisions/0016).

What a model says does not depend on the data: while dbt compiles it asks the database which marts and columns there
are, and nothing else. So while all marts are there and no file of the project has changed, dbt would compile the same
statements again, and needs seconds for it; they are kept and run as they are, in the same order, each model in a
transaction of its own. Views and seeds in the database are as dbt left them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version as package_version
from pathlib import Path

import duckdb
import yaml

from loaders.building.progress import progress_of
from loaders.config.settings import Settings
from loaders.database import IS_HELD, has_table, open_database
from loaders.errors import BuildError, BusyError, GuardError

_PATHS = {"model-paths": "models", "macro-paths": "macros", "seed-paths": "seeds", "snapshot-paths": "snapshots"}
_FILES = ("dbt_project.yml", "profiles.yml", "packages.yml", "dependencies.yml", "package-lock.yml")
_ENV_VAR = re.compile(rb"env_var\(\s*['\"](\w+)")
_OURS = {b"MUSTER_DATABASE", b"MUSTER_ROOT", b"MUSTER_RUN_ROWS", b"MUSTER_MEMORY"}
"""Which do not change what is compiled, or are settings."""
_GUARD, _IS_HELD = "int_guard", "is held, and nothing is changed"
"""The model that fails if a list is held for what it would do, and how it says so (X6)."""
_PACKAGES = ("dbt-core", "dbt-adapters", "dbt-duckdb", "duckdb")


@dataclass(frozen=True)
class ProjectVersion:
    """All that dbt's compiled statements depend on, as one text."""

    text: str

    @classmethod
    def of(cls, settings: Settings) -> ProjectVersion:
        """The version of the project's files, of the packages that read them, and of the settings that they read."""
        digest = hashlib.sha256()
        variables: set[bytes] = set()
        for path in _files(settings.root):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(settings.root)}\0".encode())
            digest.update(hashlib.sha256(content).digest())
            variables |= set(_ENV_VAR.findall(content))
        for package in _PACKAGES:
            digest.update(f"{package} {package_version(package)}\0".encode())
        for name in sorted(variables - _OURS):
            digest.update(name + b"=" + os.environb.get(name, b"") + b"\0")
        digest.update(f"{settings.database} {settings.run_rows}".encode())
        return cls(digest.hexdigest())


def _files(root: Path) -> list[Path]:
    """All that dbt reads of a project, in an order of its own."""
    declared = yaml.load((root / "dbt_project.yml").read_bytes(), Loader=yaml.CSafeLoader)
    folders = [folder for key, usual in _PATHS.items() for folder in declared.get(key, [usual])]
    folders += [*(f"{folder}/generic" for folder in declared.get("test-paths", ["tests"])), "dbt_packages"]
    found = [root / name for name in _FILES]
    for folder in folders:
        found += [path for path in sorted((root / folder).rglob("*")) if path.suffix != ".pyc"]
    return [path for path in found if path.is_file()]


@dataclass(frozen=True)
class CompiledModel:
    """A model, and the statements that build it on a database that has the marts."""

    name: str
    statements: str


@dataclass(frozen=True)
class Compiled:
    """The models that have something to do in each build, in their order."""

    models: tuple[CompiledModel, ...]

    @classmethod
    def load(
        cls, settings: Settings, version: ProjectVersion, connection: duckdb.DuckDBPyConnection
    ) -> Compiled | None:
        """Those of this version; None if there are none, or the database was last built by another version."""
        try:
            kept = json.loads(_kept_at(settings).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        if not kept["version"] == version.text == built_version(connection):
            return None
        return cls(tuple(CompiledModel(**model) for model in kept["models"]))

    @classmethod
    def forget(cls, settings: Settings) -> None:
        """Nothing is known any more of what has built the database."""
        _kept_at(settings).unlink(missing_ok=True)
        if settings.database.exists():
            with open_database(settings.database) as connection:
                _write_built_version(connection, None)

    def keep(self, settings: Settings, version: ProjectVersion) -> None:
        """Keep what dbt has compiled, if anything, and write down by which version the database was built."""
        if kept := [asdict(model) for model in self.models]:
            new = _kept_at(settings).with_suffix(".new")
            new.write_text(json.dumps({"version": version.text, "models": kept}), encoding="utf-8")
            new.rename(_kept_at(settings))
        with open_database(settings.database) as connection:
            _write_built_version(connection, version)


def _kept_at(settings: Settings) -> Path:
    return settings.home / "compiled.json"


def built_version(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The version of the project by which the database was built last; None if that was not `muster build`."""
    if not has_table(connection, "landing", "built_by"):
        return None
    rows = connection.execute("select version from landing.built_by").fetchall()
    return str(rows[0][0]) if len(rows) == 1 else None


def forget_built_version(connection: duckdb.DuckDBPyConnection) -> None:
    """Somebody else's dbt opens the database: what it builds may be of another version of the project."""
    _write_built_version(connection, None)


def _write_built_version(connection: duckdb.DuckDBPyConnection, version: ProjectVersion | None) -> None:
    connection.begin()
    connection.execute("create schema if not exists landing")
    connection.execute("create table if not exists landing.built_by (version varchar)")
    connection.execute("delete from landing.built_by")
    if version:
        connection.execute("insert into landing.built_by values (?)", [version.text])
    connection.commit()


def run_compiled(connection: duckdb.DuckDBPyConnection, compiled: Compiled) -> int:
    """Build until every entry of the log is decided, on a connection for builds; returns how many models were built.

    Raises `BuildError` with the model that failed.
    """
    count = 0
    while True:
        with suppress(GuardError):  # a list is held: once more, with that
            for model in compiled.models:
                _run(connection, model)
                count += 1
            if not progress_of(connection).pending_entries:
                return count


def failure_of(models: Collection[str], message: str) -> BuildError | BusyError:
    """The error of a build in which these models failed: the guard's, if it alone did, and for a list."""
    if IS_HELD in message:  # dbt waits for nobody
        return BusyError(message)
    return GuardError(message) if set(models) == {_GUARD} and _IS_HELD in message else BuildError(message)


def _run(connection: duckdb.DuckDBPyConnection, model: CompiledModel) -> None:
    connection.begin()
    try:
        connection.execute(model.statements)
        connection.commit()
    except duckdb.Error as error:
        with suppress(duckdb.Error):  # a fatal error has ended the transaction, and the connection with it
            connection.rollback()
        raise failure_of([model.name], f"{model.name}: {error}") from error
