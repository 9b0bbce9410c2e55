"""The grammar of file names: `{store_id}_{segment_id}_{timestamp:%Y%m%d%H%M%S}.csv` and what it captures (R7, A2).

`{part}` takes any characters, `{part:d}` digits, `{part:%Y%m%d}` a time, `{part:regex}` what the expression matches;
`*` is any characters or none, `?` one (B3); `[...]` is optional. A pattern is anchored at both ends. A name that could
be cut in two ways is not guessed at. Names and patterns are compared in NFC, as macOS does not write them (C13).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from loaders.errors import ConfigurationError
from loaders.feeds.name_cuts import Piece, can_be_cut_in_two_ways
from loaders.feeds.names import nfc
from loaders.feeds.timezones import is_timezone, utc_of

_TOKEN = re.compile(r"\{(?P<name>[a-z][a-z0-9_]*)(?::(?P<spec>[^{}]*(?:\{[0-9,]+\}[^{}]*)*))?\}|(?P<bracket>[\[\]])")
_DIGITS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2, "%y": 2, "%j": 3}


@dataclass(frozen=True)
class Captured:
    """What a name says: its parts in NFC, and the time in it as naive UTC.

    `wrong_date`: there is one, but no such time exists.
    """

    parts: dict[str, str]
    sent_at: datetime | None = None
    wrong_date: bool = False
    wildcards: tuple[str, ...] = ()
    """What each `*` and `?` stands for, in their order."""


@dataclass(frozen=True)
class NamePattern:
    """One feed's file names; compare with `match`, write with `render`."""

    text: str
    timezone: str = "UTC"
    _greedy: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _lazy: re.Pattern[str] = field(init=False, repr=False, compare=False)
    parts: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile; a `ConfigurationError` says what is wrong with the pattern."""
        specs: dict[str, str] = {}
        if not is_timezone(self.timezone):
            raise ConfigurationError(f"timezone {self.timezone!r} is not one such as UTC or Europe/Berlin")
        try:
            object.__setattr__(self, "_greedy", re.compile(_expression(nfc(self.text), "", specs)))
            object.__setattr__(self, "_lazy", re.compile(_expression(nfc(self.text), "?", {})))
        except re.error as error:
            raise ConfigurationError(f"file name pattern {self.text!r}: {error}") from error
        times = [spec for spec in specs.values() if spec.startswith("%")]
        if len(times) > 1:
            raise ConfigurationError(f"file name pattern {self.text!r}: at most one part can be a time")
        if times and (fault := _fault_of(times[0])):
            raise ConfigurationError(f"file name pattern {self.text!r}: {fault}")
        stars = _TOKEN.sub("", self.text).count("*")
        if stars and stars + sum(spec == "" for spec in specs.values()) > 3:
            raise ConfigurationError(
                f"file name pattern {self.text!r}: more than three `*` and free parts would take too long with hostile"
                " names: say what a part holds, such as {part:[a-z]+}"
            )
        object.__setattr__(self, "parts", specs)

    def match(self, name: str) -> Captured | None:
        """What `name` says, or None if it does not fit the pattern or fits it in more than one way."""
        greedy = self._greedy.fullmatch(nfc(name))
        if greedy is None or self.is_ambiguous(name):
            return None
        found = greedy.groupdict()
        parts = {part: found[part] for part in self.parts if found[part] is not None}
        wildcards = tuple(text or "" for group, text in found.items() if group.startswith("_"))
        for part, spec in self.parts.items():
            if spec.startswith("%") and part in parts:
                try:
                    moment = datetime.strptime(parts[part], spec)
                    sent_at = utc_of(moment, self.timezone)
                except (ValueError, OverflowError):  # in UTC, the year 10000 (C84)
                    return Captured(parts, None, True, wildcards)
                if "%j" in spec and f"{moment:%j}" not in parts[part]:  # day 366 of a year that has 365
                    return Captured(parts, None, True, wildcards)
                return Captured(parts, sent_at, False, wildcards)
        return Captured(parts, wildcards=wildcards)

    def is_ambiguous(self, name: str) -> bool:
        """Whether `name` fits the pattern, but could be cut in two ways."""
        greedy, lazy = self._greedy.fullmatch(nfc(name)), self._lazy.fullmatch(nfc(name))
        if greedy and any(spec not in ("", "d") and not spec.startswith("%") for spec in self.parts.values()):
            return can_be_cut_in_two_ways(_variants(nfc(self.text)), nfc(name))
        # Up to the last part also what `*` takes must be the same: only then is there no third way in between.
        last = max((self._greedy.groupindex[part] for part in self.parts), default=0)
        return greedy is not None and (lazy is None or greedy.regs[: last + 1] != lazy.regs[: last + 1])

    @property
    def required_parts(self) -> set[str]:
        """The parts without which there is no name: those outside of what is optional."""
        text = _TOKEN.sub(lambda m: m["bracket"] or "{" + m["name"] + "}", self.text)  # expressions have brackets too
        return {token["name"] for token in _TOKEN.finditer(re.sub(r"\[[^\[\]]*\]", "", text))}

    def part_fits(self, part: str, text: str) -> bool:
        """Whether a part may hold this text."""
        return re.fullmatch(_part_expression(self.text, self.parts[part], ""), text) is not None

    @property
    def wildcard_count(self) -> int:
        """In how many places names may differ beside their parts."""
        return sum(_TOKEN.sub("", self.text).count(sign) for sign in "*?")

    def render(self, parts: dict[str, str], wildcards: Sequence[str] = ()) -> str:
        """The name with `parts` and `wildcards` filled in; missing ones stay as `{part}`, `*` and `?`.

        An optional stretch is left out unless it has parts and all of them are given.
        """
        text = re.sub(
            r"\[([^\[\]]*)\]",
            lambda m: m[1] if (named := _TOKEN.findall(m[1])) and all(token[0] in parts for token in named) else "",
            _TOKEN.sub(lambda m: m["bracket"] or "{" + m["name"] + "}", self.text),  # expressions have brackets too
        )
        filled = iter(wildcards)
        pieces = re.split(r"([*?])", text)
        text = "".join(next(filled, piece) if piece in ("*", "?") else piece for piece in pieces)
        return _TOKEN.sub(lambda m: parts.get(m["name"], m[0]), text)


def _expression(text: str, lazy: str, specs: dict[str, str]) -> str:
    """The regular expression of a pattern; fills `specs` with each part's specification."""
    out, at, depth = [], 0, 0
    for token in _TOKEN.finditer(text):
        out.append(_literal(text, text[at : token.start()], lazy))
        at = token.end()
        if token["bracket"]:
            depth += 1 if token["bracket"] == "[" else -1
            if depth not in (0, 1):
                raise ConfigurationError(f"file name pattern {text!r}: brackets do not pair up")
            out.append("(?:" if token["bracket"] == "[" else f")?{lazy}")
            continue
        name, spec = token["name"], token["spec"] or ""
        if name in specs:
            raise ConfigurationError(f"file name pattern {text!r}: part {name!r} stands twice")
        specs[name] = spec
        out.append(f"(?P<{name}>{_part_expression(text, spec, lazy)})")
    if depth:
        raise ConfigurationError(f"file name pattern {text!r}: brackets do not pair up")
    out.append(_literal(text, text[at:], lazy))
    numbers = count()
    return re.sub(r"\(\?P<>", lambda _: f"(?P<_{next(numbers)}>", "".join(out))


def _variants(text: str) -> list[list[Piece]]:
    """The pieces of a pattern, with and without each stretch that is optional."""
    variants: list[list[Piece]] = [[]]
    without: list[list[Piece]] = []
    at = 0
    for token in [*_TOKEN.finditer(text), None]:
        stretch = text[at : token.start() if token else len(text)]
        pieces = [
            Piece({"*": "[^/]*", "?": "[^/]"}.get(one, re.escape(one)), is_wildcard=one in ("*", "?"))
            for one in stretch
        ]
        if token and not token["bracket"]:
            pieces.append(Piece(_part_expression(text, token["spec"] or "", ""), is_part=True))
        variants = [[*variant, *pieces] for variant in variants]
        if token and token["bracket"] == "[":
            without = variants
        elif token and token["bracket"]:
            variants = [*variants, *without]
        at = token.end() if token else at
    return variants


def _fault_of(spec: str) -> str | None:
    """What a time of these parts does not say, though it must."""
    if "%Y" not in spec and "%y" not in spec:
        return f"the time {spec} says no year (%Y)"
    says_day = "%j" in spec or ("%m" in spec and "%d" in spec)
    if re.search("%[dHMS]", spec) and not says_day:
        return f"the time {spec} says no day (%m and %d, or %j)"
    return None


def _literal(text: str, stretch: str, lazy: str) -> str:
    if "{" in stretch or "}" in stretch:
        raise ConfigurationError(
            f"file name pattern {text!r}: braces do not pair up, or {stretch!r} is no part like {{name}} or {{name:d}}"
        )
    wildcards = {"*": f"(?P<>[^/]*{lazy})", "?": "(?P<>[^/])"}  # `_expression` numbers them
    return "".join(wildcards.get(character) or re.escape(character) for character in stretch)


def _part_expression(text: str, spec: str, lazy: str) -> str:
    if not spec:
        return rf"[^/]+{lazy}"
    if spec == "d":
        return rf"[0-9]+{lazy}"
    if not spec.startswith("%"):
        return f"(?:{spec})"
    expression = ""
    for directive, literal in re.findall(r"(%.)|([^%])", spec):
        if directive and directive not in _DIGITS:
            known = " ".join(_DIGITS)
            raise ConfigurationError(f"file name pattern {text!r}: time directive {directive} is not one of {known}")
        expression += f"[0-9]{{{_DIGITS[directive]}}}" if directive else re.escape(literal)
    return expression
