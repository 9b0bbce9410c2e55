"""The JSON Schema of files of exposures, for editors: an export's `config.meta` is strict, all else is dbt's."""

from __future__ import annotations

from typing import Any

from loaders.exports.config import ExportConfig


def export_schema() -> dict[str, Any]:
    """The schema as published in docs/exports.schema.json (`muster exports schema` prints it)."""
    export = ExportConfig.model_json_schema(ref_template="#/$defs/{model}")
    definitions = export.pop("$defs", {}) | {"Export": export}
    config = {"type": "object", "properties": {"meta": {"$ref": "#/$defs/Export"}}}
    exposure = {"type": "object", "properties": {"config": config}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Muster exports in dbt files of exposures",
        "type": "object",
        "properties": {"exposures": {"type": "array", "items": exposure}},
        "$defs": definitions,
    }
