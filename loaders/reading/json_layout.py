"""How one file's lines of JSON are written, learnt from its first lines, and the SQL that takes cells from such lines.

A program writes all lines of a file alike: the same keys in the same order, the same spaces between them. So nearly
every line can be proven by writing its cells again in that layout: what comes out is the line, byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SPACE = "[ \t\r\n]*"
_STRING = r'"(?:[^"\\]|\\.)*+"'
_LINE = re.compile(
    rf'({_SPACE}\{{{_SPACE}){_STRING}({_SPACE}:{_SPACE})(?:{_STRING}|[^ \t\r\n",}}]+)'
    rf"(?:({_SPACE},{_SPACE}).*?)?({_SPACE}\}}{_SPACE})",
    re.DOTALL,
)


@dataclass(frozen=True)
class Layout:
    """Keys in their order, and the punctuation with its spaces; no keys: nothing was learnt, and no line fits.

    The SQL reads `line`, a line as sent with its line end, and `sent`, which `sent` makes of it. That a line fits
    proves, whatever the parser let pass, that it is one flat object of these keys and no other, none twice, with the
    values that `cell` gives: `to_json` writes a string as one that says its text, and a number or boolean as itself.
    A null in `sent` is a value null under a key that is always there, and no value under one that may be missing.
    A text between plain quotes is its own JSON: one that has to be escaped comes out shorter than it was sent.
    """

    keys: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """Of each key: VARCHAR for strings, BIGINT for whole numbers (no others fit), BOOLEAN."""
    always: frozenset[str] = frozenset()
    """Keys that every line has; the others may be missing."""
    plain: frozenset[str] = frozenset()
    """Keys of texts that need no escapes and are never null; other lines do not fit."""
    opening: str = "{"
    colon: str = ":"
    comma: str = ","
    closing: str = "}\n"

    @classmethod
    def learn(cls, lines: Sequence[tuple[str, Mapping[str, object]]]) -> Layout:
        """The layout of lines, each given as its text and the flat object that it is; a `str` itself is a string.

        Whatever is learnt is safe: a layout that is not the file's costs time only.
        """
        lines = [(text, sent) for text, sent in lines if sent]
        always = frozenset.intersection(*(frozenset(sent) for _, sent in lines)) if lines else frozenset()
        found = _LINE.fullmatch(lines[0][0]) if always else None
        if not found:
            return cls()
        keys: list[str] = []
        for _, sent in sorted(lines, key=lambda line: -len(line[1])):  # the fullest show the order best
            place = 0
            for key in sent:
                if key not in keys:
                    keys.insert(place, key)
                place = keys.index(key) + 1
        kinds = {key: type(value) for _, sent in lines for key, value in sent.items() if value is not None}
        names = {str: "VARCHAR", bool: "BOOLEAN"}
        types = tuple(names.get(kinds.get(key, str), "BIGINT") for key in keys)
        plain = frozenset(key for key in kinds if all(_is_plain(sent[key]) for _, sent in lines if key in sent))
        opening, colon, comma, closing = found.groups()
        return cls(tuple(keys), types, always, plain, opening, colon, comma or ",", closing)

    def sent(self, *, all_json: bool) -> str:
        """SQL of a struct with the value of each key, null where it is of another type; null if it is no JSON.

        `all_json` says whether nearly all lines are likely to be JSON. Then each is parsed once, but DuckDB looks at a
        line that is not, and at its up to 2047 neighbours, one by one; else each is parsed twice, whatever it is.
        """
        types = literal(_json(dict(zip(self.keys, self.types, strict=True))))
        struct = f"json_transform(line, {types})"
        if not self.keys:
            return "null"
        return f"try({struct})" if all_json else f"case when json_valid(line) then {struct} end"

    def fits(self) -> str:
        """SQL of whether the line is what its cells give when they are written in this layout; never null."""
        if not self.keys:
            return "false"
        first = next(place for place, key in enumerate(self.keys) if key in self.always)
        pieces: list[str] = []
        text = self.opening  # what comes before the next piece
        for place, key in enumerate(self.keys):
            before, after = (self.comma if place > first else ""), (self.comma if place < first else "")
            label, value = f"{before}{_json(key)}{self.colon}", f"to_json({_sent(key)})"
            if key in self.plain:
                label, value, after = f'{label}"', _sent(key), f'"{after}'
            elif key in self.always:
                value = f"coalesce({value}, 'null')"
            if key in self.always:
                pieces += [literal(text + label), value]
                text = after
            else:  # concat leaves out what is null
                pieces += [literal(text), f"{literal(label)} || {value} || {literal(after)}"]
                text = ""
        return f"concat({', '.join(pieces)}, {literal(text + self.closing)}) = line"

    def cell(self, key: str) -> str:
        """SQL of the cell of a line that fits: text as sent, '' for null, null for a missing key."""
        if key not in self.keys:
            return "null"
        text = f"cast({_sent(key)} as varchar)"
        return f"coalesce({text}, '')" if key in self.always else text


def _is_plain(value: object) -> bool:
    """Whether a value is a text that JSON writes as it is, between quotes."""
    return type(value) is str and _json(value) == f'"{value}"'


def literal(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def path_of(key: str) -> str:
    """The literal of the JSON pointer to a key of an object; a JSONPath would take `*` for all of them."""
    return literal("/" + key.replace("~", "~0").replace("/", "~1"))


def _sent(key: str) -> str:
    name = key.replace('"', '""')
    return f'sent."{name}"'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
