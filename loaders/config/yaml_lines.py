"""YAML files read with their line numbers, so that every fault can be named as file:line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from loaders.errors import ConfigurationError
from loaders.printable import printable

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it is there: a tenth of the time


def load_yaml_with_nodes(path: Path) -> tuple[Any, yaml.Node]:
    """Read one YAML document and the tree of nodes that it came from.

    Returns the plain data and its root node (for `line_of`). Raises ConfigurationError, naming the file and
    the line, when the file cannot be read, is empty, is not YAML, or writes one key twice in a mapping.
    """
    return parse_yaml_with_nodes(path, read_yaml(path))


def read_yaml(path: Path) -> str:
    """The text of a YAML file. Raises ConfigurationError if there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigurationError(f"{path}: cannot be read as UTF-8 text: {fault}") from fault


def parse_yaml_with_nodes(path: Path, text: str) -> tuple[Any, yaml.Node]:
    """The same of a text that was read from `path`."""
    try:
        loader = _Loader(text)
    except yaml.YAMLError as fault:
        raise ConfigurationError(f"{path}: cannot be read as UTF-8 text: {fault}") from fault
    try:
        node = loader.get_single_node()
        if node is None:
            raise ConfigurationError(f"{path}: the file is empty")
        _refuse_duplicates(path, node, set())
        return loader.construct_document(node), node
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{line}: not valid YAML: {fault.problem}") from fault
    except yaml.YAMLError as fault:  # a character that YAML does not allow
        raise ConfigurationError(f"{path}: not valid YAML: {fault}") from fault
    finally:
        loader.dispose()


def line_of(node: yaml.Node, loc: tuple[int | str, ...]) -> int:
    """The line, counted from 1, where the value at `loc` (as pydantic reports it) is written.

    Steps that the file does not hold (a missing key, the tag of a union) leave the place where it is: the
    line is then that of the nearest enclosing entry.
    """
    line = node.start_mark.line + 1
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value == str(step):
                    node, line = value, key.start_mark.line + 1
                    break
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def describe(
    fault: ValidationError, path: Path, node: yaml.Node, prefix: tuple[int | str, ...] = (), subject: str = ""
) -> str:
    """What is wrong, one line per fault: `file:line: subject: key: message`; the values are not repeated.

    `prefix` is the place within the file of what was validated, `subject` names it for people.
    """
    lines = []
    for error in fault.errors(include_url=False, include_input=False):
        loc = error["loc"]
        if error["type"] == "union_tag_invalid":
            loc = (*loc, error["ctx"]["discriminator"].strip("'"))
        words = [f"{path}:{line_of(node, (*prefix, *loc))}", subject, ".".join(map(str, loc))]
        lines.append(": ".join([*filter(None, words), _in_plain_words(error)]))
    return "\n".join(lines)


def describe_request(fault: ValidationError) -> str:
    """What is wrong with the parameters of an import, one line per fault: `parameter: message`."""
    errors = fault.errors(include_url=False, include_input=False)
    return "\n".join(": ".join([*filter(None, [".".join(map(str, e["loc"]))]), _in_plain_words(e)]) for e in errors)


def _in_plain_words(error: ErrorDetails) -> str:
    known = {
        "extra_forbidden": "there is no such setting",
        "missing": "must be given",
        "string_too_short": "must not be empty",
    }
    message = error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return known.get(error["type"], printable(message))


def _refuse_duplicates(path: Path, node: yaml.Node, seen: set[int]) -> None:
    """Raise ConfigurationError for a key written twice in one mapping (YAML itself keeps the last)."""
    if id(node) in seen:  # an alias of a node that was checked where it is anchored
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_duplicates(path, item, seen)
    elif isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in keys and key.value != "<<":
                    raise ConfigurationError(
                        f"{path}:{key.start_mark.line + 1}: the key {key.value!r} is written twice; keep one"
                    )
                keys.add(key.value)
            _refuse_duplicates(path, value, seen)
