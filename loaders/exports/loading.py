"""All exports of a project, read from its dbt exposures."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from loaders.config.yaml_lines import describe, line_of, load_yaml_with_nodes
from loaders.errors import ConfigurationError
from loaders.exports.config import ExportConfig
from loaders.exports.export import Export

_HAS_EXPOSURES = re.compile(r"""^["']?exposures["']?\s*:""", re.MULTILINE)
_IS_EXPORT = {"connection", "file_name", "segment", "directory"}
_NAME = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*__[a-z0-9_]+$"


class _Known(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Config(_Known):
    enabled: Any = None
    meta: dict[str, Any]
    tags: Any = None


class _Exposure(_Known):
    name: str = Field(pattern=_NAME)
    type: str
    owner: dict[str, Any]
    config: _Config
    label: Any = None
    description: Any = None
    url: Any = None
    maturity: Any = None
    depends_on: list[str] = Field(min_length=1)


def load_exports(root: Path) -> list[Export]:
    """All exports declared under `root`/models, by their `order`, then in order of file and declaration.

    Raises `ConfigurationError` with file and line for anything that is not as it should be.
    """
    exports: list[Export] = []
    for path in _exposure_files(root):
        content, node = load_yaml_with_nodes(path)
        for at, exposure in enumerate((content or {}).get("exposures") or []):
            meta = ((exposure if isinstance(exposure, dict) else {}).get("config") or {}).get("meta")
            if not isinstance(meta, dict) or not _IS_EXPORT & set(meta):
                continue  # an exposure that is no export
            loc = ("exposures", at)
            name, place = exposure.get("name"), f"{path}:{line_of(node, loc)}"
            try:
                _Exposure.model_validate(exposure)
            except ValidationError as error:
                raise ConfigurationError(describe(error, path, node, loc, f"export {name}")) from None
            try:
                config = ExportConfig.model_validate(meta)
            except ValidationError as error:
                raise ConfigurationError(
                    describe(error, path, node, (*loc, "config", "meta"), f"export {name}")
                ) from None
            except ConfigurationError as error:
                raise ConfigurationError(f"{place}: export {name}: {error}") from None
            export = Export(name, config, place)
            if f"ref('{export.model}')" not in [str(one).replace('"', "'") for one in exposure["depends_on"]]:
                raise ConfigurationError(f"{place}: export {name}: `depends_on` must be [ref('{export.model}')]")
            if not list((root / "models").rglob(f"{export.model}.sql")):
                raise ConfigurationError(f"{place}: export {name}: there is no model {export.model} for its columns")
            exports.append(export)
    _check_names(exports)
    return sorted(exports, key=lambda export: export.config.order)


def _exposure_files(root: Path) -> list[Path]:
    found = [path for kind in ("yml", "yaml") for path in (root / "models").rglob(f"*.{kind}")]
    return sorted(path for path in found if _HAS_EXPOSURES.search(path.read_text(encoding="utf-8", errors="replace")))


def _check_names(exports: list[Export]) -> None:
    """Raises `ConfigurationError` for two exports of one name, or that would write to one name."""
    names: dict[str, Export] = {}
    places: dict[tuple[str, str, str], Export] = {}
    for export in exports:
        if other := names.get(export.name):
            raise ConfigurationError(
                f"{export.declared_at}: export {export.name} is there already: {other.declared_at}"
            )
        names[export.name] = export
        config = export.config
        for template in (*config.file_names, *config.manifests):
            file = export.name_of(template, datetime(2026, 1, 1), type="*", number="*")
            place = (config.connection, config.directory.strip("/") or ".", file)
            if place in places:
                raise ConfigurationError(
                    f"{export.declared_at}: export {export.name}: writes {file!r}, as {places[place].name} does: give"
                    " each a name of its own"
                )
            places[place] = export
