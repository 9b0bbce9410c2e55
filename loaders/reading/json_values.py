"""One line of JSON by the letter of RFC 8259: what it says as text as sent, or why it says nothing."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from loaders.printable import seen

MAX_DEPTH = 32
_NESTED = (dict, list)
_SIGNS = str.maketrans("", "", "_- ")


class BadLineError(Exception):
    """A line is rejected with this code."""

    def __init__(self, code: str) -> None:
        """`code` is one of those in docs/codes.md."""
        super().__init__(code)
        self.code = code


class _Number(str):
    """A number as it is written: nothing turns it into a float."""

    __slots__ = ()


def folded(name: str, *, loosely: bool) -> str:
    """A key or column as it is compared with declared ones that it may mean; `loosely`: without `_`, `-` and spaces."""
    text = seen(name).lower()
    return text.translate(_SIGNS) if loosely else text


def cells_of(text: str, declared: set[str]) -> dict[str, str]:
    """The cells of a line by key: a string is its text, a number or boolean as written, null '', what is nested JSON.

    Raises BadLineError: it is no JSON or no object, a key comes twice, a declared one has a nested value, it is nested
    too deep, or it holds what no text may hold.
    """
    sent = _parsed(text)
    if not isinstance(sent, dict):
        raise BadLineError("not_an_object")
    if _depth(sent) > MAX_DEPTH:
        raise BadLineError("too_deep")
    if any(isinstance(value, _NESTED) for name, value in sent.items() if name in declared):
        raise BadLineError("nested_value")
    cells = {name: _text(value) for name, value in sent.items()}
    if any("\0" in name + cell for name, cell in cells.items()):
        raise BadLineError("nul_byte")
    try:
        text.encode(), "".join([*cells, *cells.values()]).encode()
    except UnicodeEncodeError:  # half a surrogate pair
        raise BadLineError("invalid_json") from None
    return cells


def flat_object(text: str, declared: set[str]) -> dict[str, Any] | None:
    """What the line says if it is a flat object of declared keys, else None. Raises BadLineError if it is no JSON."""
    sent = _parsed(text)
    is_flat = isinstance(sent, dict) and sent.keys() <= declared and _depth(sent) == 1
    return sent if is_flat else None


def _parsed(text: str) -> Any:
    """What a line says, numbers as written. Raises BadLineError: it is no JSON, or a key comes twice."""
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_int=_Number, parse_float=_Number, parse_constant=_no_constant
        )
    except RecursionError:
        raise BadLineError("too_deep") from None
    except ValueError:
        raise BadLineError("invalid_json") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadLineError("duplicate_key")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _depth(value: Any) -> int:
    """How deep arrays and objects are nested; not by recursion, which has a limit of its own."""
    depth, inner = 0, [value]
    while inner := [one for one in inner if isinstance(one, _NESTED)]:
        depth += 1
        inner = [one for outer in inner for one in (outer.values() if isinstance(outer, dict) else outer)]
    return depth


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _json(value) if isinstance(value, _NESTED) else str(value)


def _json(value: Any) -> str:
    """A nested value as JSON, its numbers as they were written."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_json(str(name))}:{_json(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
