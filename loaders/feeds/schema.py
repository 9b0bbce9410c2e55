"""The JSON Schema of source YAML files, for editors: what dbt allows is left open, a feed's `config.meta` is strict."""

from __future__ import annotations

from typing import Any

from loaders.feeds.config import FeedConfig


def feed_schema() -> dict[str, Any]:
    """The schema as published in docs/feeds.schema.json (`muster feeds schema` prints it)."""
    feed = FeedConfig.model_json_schema(ref_template="#/$defs/{model}")
    definitions = feed.pop("$defs", {}) | {"Feed": feed}
    column_meta = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "identifier": {"type": "string", "description": "the type of this identifier column"},
            "required": {"type": "boolean", "description": "refuse a file without this column"},
            "first": {"type": "boolean", "description": "refuse a file that does not begin with this column (O1)"},
            "header": {"type": "string", "description": "its name in the files, if that is no column name (E-Mail)"},
        },
    }
    column = _nested({"name": {"type": "string"}}, column_meta, required=["name"])
    table = _nested(
        {"name": {"type": "string"}, "columns": {"type": "array", "items": column}}, {"$ref": "#/$defs/Feed"}
    )
    source = {"type": "object", "properties": {"tables": {"type": "array", "items": table}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Muster feeds in dbt source files",
        "type": "object",
        "properties": {"sources": {"type": "array", "items": source}},
        "$defs": definitions,
    }


def _nested(properties: dict[str, Any], meta: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    config = {"type": "object", "properties": {"meta": meta}}
    return {"type": "object", "properties": properties | {"config": config}, "required": required or ["name"]}
