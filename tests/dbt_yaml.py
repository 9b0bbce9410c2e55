"""`python -m tests.dbt_yaml`: every YAML file against dbt's JSON schemas: dbt takes misspelt keys in silence.

The `config()` calls of the models are checked for the same keys. Prints `file:line: message`; exits with 1 on a fault.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from dbt.jsonschemas import JSONSCHEMAS_PATH
from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jsonschema import Draft7Validator, ValidationError

from loaders.config.yaml_lines import line_of, load_yaml_with_nodes
from loaders.errors import ConfigurationError

FOLDERS = ("models", "seeds", "tests", "macros")


def faults(root: Path) -> list[str]:
    """All faults of the project in `root`, as `file:line: message`."""
    found: list[str] = []
    for path in [root / "dbt_project.yml", *_files(root, "yml"), *_files(root, "yaml")]:
        found += _faults_of_yaml(path, root)
    for path in _files(root, "sql"):
        found += _faults_of_sql(path, root)
    return found


def main() -> int:
    """Check the project in the current directory."""
    found = faults(Path.cwd())
    for fault in found:
        print(fault)
    return 1 if found else 0


def _files(root: Path, extension: str) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((root / folder).rglob(f"*.{extension}"))


@cache
def _schema(kind: str) -> dict[str, Any]:
    """The newest schema of a kind that dbt ships: `latest.json`, else the one with the greatest version."""

    def age(path: Path) -> tuple[int, ...]:
        return tuple(int(number) for number in path.stem.split(".")) if path.stem != "latest" else (sys.maxsize,)

    newest = max(Path(JSONSCHEMAS_PATH, kind).glob("*.json"), key=age)
    schema: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
    return schema


@cache
def _config_keys() -> frozenset[str]:
    return frozenset(_schema("resources")["definitions"]["ModelConfig"]["properties"])


def _faults_of_yaml(path: Path, root: Path) -> Iterator[str]:
    try:
        content, node = load_yaml_with_nodes(path)
    except ConfigurationError as fault:
        yield str(fault).replace(f"{root}/", "", 1)
        return
    validator = Draft7Validator(_schema("project" if path.name == "dbt_project.yml" else "resources"))
    for error in validator.iter_errors(_as_json(content)):
        deepest = _deepest(error)
        yield f"{path.relative_to(root)}:{_line(node, deepest)}: {_words(deepest)}"


def _as_json(value: Any) -> Any:
    """What JSON can say: YAML's dates are text."""
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _deepest(error: ValidationError) -> ValidationError:
    """Of the alternatives that did not fit the one that got furthest: it is the one that was meant."""
    while error.context:
        error = max(error.context, key=lambda each: len(each.absolute_path))
    return error


def _line(node: yaml.Node, error: ValidationError) -> int:
    """The line of the key that is unknown, else of the value that does not fit."""
    place = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        place = (*place, _unknown_keys(error)[0])
    return line_of(node, place)


def _unknown_keys(error: ValidationError) -> list[str]:
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    return sorted(set(_mapping(error.instance)) - set(known))


def _mapping(instance: object) -> dict[str, Any]:
    return instance if isinstance(instance, dict) else {}


def _words(error: ValidationError) -> str:
    place = ".".join(str(step) for step in error.absolute_path)
    if error.validator == "additionalProperties":
        return f"{place}: no key of dbt's: {', '.join(_unknown_keys(error))}".removeprefix(": ")
    return f"{place}: {error.message[:200]}"


class _DbtTags(Extension):
    """`{% test %}` and the like, whose bodies hold no config of models: skipped."""

    tags = {"test", "materialization", "snapshot"}  # noqa: RUF012

    def parse(self, parser: Parser) -> list[nodes.Node]:
        tag = next(parser.stream).value
        while parser.stream.current.type != "block_end":
            next(parser.stream)
        return parser.parse_statements((f"name:end{tag}",), drop_needle=True)


def _faults_of_sql(path: Path, root: Path) -> Iterator[str]:
    environment = Environment(extensions=["jinja2.ext.do", _DbtTags])
    try:
        template = environment.parse(path.read_text(encoding="utf-8"))
    except TemplateSyntaxError as error:
        yield f"{path.relative_to(root)}:{error.lineno}: {error.message}"
        return
    for call in template.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "config":
            for keyword in call.kwargs:
                if keyword.key not in _config_keys():
                    yield f"{path.relative_to(root)}:{keyword.lineno}: config({keyword.key}=...): no key of dbt's"
            if call.args or call.dyn_args or call.dyn_kwargs:
                yield f"{path.relative_to(root)}:{call.lineno}: config(): write its keys out, to be checked"


if __name__ == "__main__":
    sys.exit(main())
