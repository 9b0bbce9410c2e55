"""The kinds of text that settings of feeds are: durations, timezones, formats and the like, each checked."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, Strict, WithJsonSchema

from loaders.feeds.countries import COUNTRIES
from loaders.feeds.timezones import is_timezone

_DURATION = re.compile(r"([0-9]+) ?(seconds?|minutes?|hours?|days?)")


def duration(text: str) -> timedelta:
    """What a text such as `15 minutes` says; a `ValueError` if it says none."""
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a duration such as '15 minutes' or '24 hours'")
    return timedelta(**{match[2].rstrip("s") + "s": int(match[1])})


def _checked_duration(text: str) -> str:
    duration(text)
    return text


def _checked_timezone(text: str) -> str:
    try:
        ZoneInfo(text)  # of which schedules are told
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{text!r} is not a timezone such as UTC or Europe/Berlin") from None
    if not is_timezone(text):
        raise ValueError(f"{text!r} is not a timezone that the engine knows, such as UTC or Europe/Berlin")
    return text


def _checked_tenants(value: Any) -> Any:
    if value not in ("*", None) and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise ValueError("must be a list of tenants, each a text, or '*' for any")
    return value


def checked_directory(text: str) -> str:
    """A directory that stays below the connection's root; a `ValueError` else."""
    if ".." in text.split("/"):
        raise ValueError(f"{text!r} leads out of the connection's root: '..' is not allowed")
    return text


def _checked_placeholder(text: str) -> str:
    if text != text.strip() or not text:
        raise ValueError(
            f"{text!r}: no cell says this, for what is blank goes from its ends, and an empty cell is none: take it out"
            if not text.strip()
            else f"{text!r} has white space at its ends, and no cell has: write {text.strip()!r}"
        )
    return text


def _checked_country(text: str) -> str:
    if text not in COUNTRIES:
        raise ValueError(
            f"{text!r} is no country with known phone numbers: write its two capital letters (ISO 3166), such as DE"
        )
    return text


Duration = Annotated[
    str,
    AfterValidator(_checked_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$", "examples": ["15 minutes", "24 hours"]}),
]
Timezone = Annotated[str, AfterValidator(_checked_timezone)]
Tenants = Annotated[list[str] | Literal["*"] | None, BeforeValidator(_checked_tenants)]
Character = Annotated[str, Field(min_length=1, max_length=1, pattern=r"^[\x01-\x7f]$")]
FooterLine = Annotated[str, Field(min_length=1, max_length=200)]

Placeholder = Annotated[str, AfterValidator(_checked_placeholder)]
Country = Annotated[
    str,
    AfterValidator(_checked_country),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$", "examples": ["DE", "US"]}),
]


def _checked_format(text: str, needed: str, words: tuple[str, ...], example: str) -> str:
    if "%y" in text:
        raise ValueError(f"{text!r}: %y says no century, and a birthdate can be of either: ask for four digits, %Y")
    if ("%I" in text) != ("%p" in text):
        raise ValueError(f"{text!r}: %I and %p (AM, PM) say the hour together; %H does by itself")
    if text not in words and not all(any(f"%{letter}" in text for letter in letters) for letters in needed.split()):
        allowed = " or ".join([*words, f"strptime's letters, such as {example!r}"])
        raise ValueError(f"{text!r} says no {'day' if len(words) > 1 else 'moment'}: write {allowed}")
    return text


def _checked_date_format(text: str) -> str:
    return _checked_format(text, "Y mbBj dj", ("iso", "automatic"), "%d.%m.%Y")


def _checked_timestamp_format(text: str) -> str:
    if wrong := re.search("%[Z%]", text):
        raise ValueError(f"{text!r}: {wrong[0]} is no part of a moment here: an offset is %z, or the feed's `timezone`")
    return _checked_format(text, "Y mbBj dj HI", ("iso",), "%d.%m.%Y %H:%M:%S")


Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
"""As YAML has them: the text "no" is none of them, and dbt reads the same file."""

DateFormat = Annotated[str, AfterValidator(_checked_date_format)]
TimestampFormat = Annotated[str, AfterValidator(_checked_timestamp_format)]
