"""`python -m tools.phone_numbers`: writes macros/functions/0_phone_numbers.sql and loaders/feeds/countries.py from the
metadata of libphonenumber.

The package `phonenumbers` carries that metadata; its version stands in the file. Tests hold the file equal to what this
gives, and what the functions say equal to the library. Decision 26 says why it is functions and no table.
"""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]  # what a pattern consists of
from typing import Any

import phonenumbers
from phonenumbers import PhoneMetadata

ROOT = Path(__file__).resolve().parents[1]
FUNCTIONS = ROOT / "macros" / "functions" / "0_phone_numbers.sql"
COUNTRIES = ROOT / "loaders" / "feeds" / "countries.py"
_MOST_DIGITS = 15  # of E.164, the calling code among them
_WIDTH = 118
_HEAD = f"""\
-- The facts of phone numbers, from the metadata of libphonenumber: package phonenumbers {phonenumbers.__version__}.
-- Written by `python -m tools.phone_numbers`; do not change it by hand. Texts are cut into lines anywhere.
"""
_ANSWER = """\
-- The answer for a country (ISO 3166) in a text of such: `;AD AE:answer;`. Without one, a pattern that matches nothing.
create or replace macro answer_for(country, answers) as
coalesce(regexp_extract_all(answers, '[; ]' || country || '[A-Z ]*:([^;]*)', 1)[1], '($.)');
"""


def by_calling_code() -> dict[str, PhoneMetadata]:
    """What holds of numbers that are written with their calling code."""
    found = {}
    for code, regions in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()):
        facts = PhoneMetadata.metadata_for_region_or_calling_code(code, regions[0])
        assert facts is not None, code
        found[str(code)] = facts
    return found


def by_region() -> dict[str, PhoneMetadata]:
    """What holds of numbers as they are written within a country."""
    found = {}
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        facts = PhoneMetadata.metadata_for_region(region)
        assert facts is not None, region
        found[region] = facts
    return found


def one_of(patterns: Iterable[str]) -> str:
    """The pattern of any of these."""
    text = "|".join(patterns)
    return f"(?:{text})" if "|" in text else text


def possible_lengths(facts: PhoneMetadata) -> list[int]:
    """How many digits a number may have, without its calling code."""
    assert facts.general_desc is not None
    return sorted(facts.general_desc.possible_length)


def lengths(code: str, facts: PhoneMetadata) -> list[int]:
    """How many digits may follow a calling code."""
    return [n for n in possible_lengths(facts) if 0 < n <= _MOST_DIGITS - len(code)]


def runs(numbers: list[int]) -> Iterator[str]:
    """Numbers as counts of a regular expression: `7`, `9,11`."""
    while numbers:
        last = numbers[0]
        while last + 1 in numbers:
            last += 1
        yield str(last) if last == numbers[0] else f"{numbers[0]},{last}"
        numbers = [n for n in numbers if n > last]


def alternatives(pattern: str | None) -> list[str]:
    """The alternatives of a pattern that stand in no bracket."""
    found, depth = [""], 0
    for sign in pattern or "":
        depth += (sign in "([") - (sign in ")]")
        if sign == "|" and not depth:
            found.append("")
        else:
            found[-1] += sign
    return list(filter(None, found))


_PLAIN = re.compile(r"(\d|\[\d+\])+\??")


def trunk(facts: PhoneMetadata) -> list[str]:
    """The prefixes that may be dialled before a number and are surely none of it."""
    ways = alternatives(facts.national_prefix_for_parsing)
    return list(filter(_PLAIN.fullmatch, ways)) + [
        facts.national_prefix for way in ways if way.endswith(")?") and facts.national_prefix
    ]


def beyond_trunk(facts: PhoneMetadata) -> list[str]:
    """The ways to begin a number with more than that: a carrier, or with an area left out."""
    ways = [way for way in alternatives(facts.national_prefix_for_parsing) if not _PLAIN.fullmatch(way)]
    return [way.removesuffix("?") for way in ways]


def beginnings(parsed: Iterable[tuple[Any, Any]], count: int) -> set[str]:
    """The first `count` digits of what a parsed pattern matches, or fewer where a match is as short."""
    found = {""}
    for kind, what in parsed:
        if all(len(one) == count for one in found):
            break
        if kind is _constants.LITERAL:
            nexts = {chr(what)}
        elif kind is _constants.IN:
            nexts = {digit for digit in "0123456789" if re.match(_set(what), digit)}
        elif kind is _constants.SUBPATTERN:
            nexts = beginnings(what[-1], count)
        elif kind is _constants.BRANCH:
            nexts = set().union(*(beginnings(one, count) for one in what[1]))
        elif kind is _constants.MAX_REPEAT:
            least, most, repeated = what
            nexts = set() if least else {""}
            for times in range(max(least, 1), max(least, min(most, count)) + 1):
                nexts |= beginnings(list(repeated) * min(times, count), count)
        else:
            raise ValueError(f"{kind} in a pattern of libphonenumber: `beginnings` does not know it")
        found = {(one + more)[:count] if len(one) < count else one for one in found for more in nexts}
    return found


def _set(members: Iterable[tuple[Any, Any]]) -> str:
    """A parsed set of characters as a pattern; its one category is digits."""
    text = ""
    for kind, what in members:
        if kind is _constants.CATEGORY:
            text += "0-9"
        else:
            low, high = what if kind is _constants.RANGE else (what, what)
            text += f"{chr(low)}-{chr(high)}"
    return f"[{text}]"


def international_numbers() -> str:
    """All that is written with a calling code and has one of its lengths."""
    codes = defaultdict(list)
    for code, facts in by_calling_code().items():
        known = one_of(f"[0-9]{{{n}}}" for n in runs(lengths(code, facts)))
        codes["[2-9][0-9]{9}" if code == "1" else known].append(code)
    return "[+]" + one_of(one_of(those) + digits for digits, those in codes.items())


def doubtful_numbers() -> str:
    """Beginnings after which the digits may still have a prefix before them that is none of the number."""
    found = []
    for code, facts in by_calling_code().items():
        prefix = facts.national_prefix_for_parsing
        if not prefix:
            continue
        least, most = _parser.parse(prefix).getwidth()
        possible = possible_lengths(facts)
        shorter = {n - width for n in lengths(code, facts) for width in range(max(least, 1), most + 1)}
        if facts.national_prefix_transform_rule or shorter.intersection(possible):
            found.append(code + one_of([prefix] if least else ["0", *beyond_trunk(facts)]))
    return "[+]" + one_of(found)


def with_trunk() -> dict[str, PhoneMetadata]:
    """The calling codes where a 0 before a number of [1-9] is none of it: it is written within the country."""
    return {
        code: facts
        for code, facts in by_calling_code().items()
        if facts.national_prefix == "0"
        and not any(re.match("0[1-9]", one) for one in beginnings(_parser.parse(number_pattern(facts)), 2))
    }


def number_pattern(facts: PhoneMetadata) -> str:
    """The numbers of a country, without calling code and prefixes."""
    assert facts.general_desc is not None
    return str(facts.general_desc.national_number_pattern)


def carrier_numbers() -> str:
    """Beginnings in which that 0 may be the beginning of more: of a carrier, say."""
    beyond = {code: beyond_trunk(facts) for code, facts in with_trunk().items()}
    return "[+]" + one_of(code + one_of(patterns) for code, patterns in beyond.items() if patterns)


def text(content: str) -> str:
    """A text as an SQL expression, over as many lines as it needs."""
    content = content.replace("\\d", "[0-9]")
    lines = "\n".join(content[at : at + _WIDTH] for at in range(0, len(content), _WIDTH))
    return f"replace('\n{lines}\n', chr(10), '')"


def constant(name: str, says: str, content: str) -> str:
    """A function without parameters."""
    return f"-- {textwrap.fill(says, _WIDTH)}\ncreate or replace macro {name}() as\n{text(content)};\n"


def by_country(name: str, says: str, answers: Mapping[str, str]) -> str:
    """A function of a country."""
    countries = defaultdict(list)
    for country, answer in answers.items():
        if answer:
            countries[answer].append(country)
    content = "".join(f";{' '.join(those)}:{answer}" for answer, those in countries.items()) + ";"
    body = f"answer_for(\n    country,\n    {text(content)}\n);\n"
    return f"-- {says}\ncreate or replace macro {name}(country) as\n{body}"


def generated() -> str:
    """The text of the SQL file."""
    regions = by_region().items()
    parts = [
        constant(
            "international_numbers",
            "Numbers with their calling code, by how many digits they have.",
            international_numbers(),
        ),
        constant(
            "doubtful_numbers",
            "Beginnings of such in which a prefix may stand that is none of the number.",
            doubtful_numbers(),
        ),
        constant(
            "trunk_calling_codes",
            "The calling codes behind which a 0 is none of the number.",
            one_of(with_trunk()),
        ),
        constant(
            "carrier_numbers",
            "Beginnings in which more than that 0 may be none of the number.",
            carrier_numbers(),
        ),
        _ANSWER,
        by_country(
            "country_calling_code",
            "The calling code of a country.",
            {region: str(facts.country_code) for region, facts in regions},
        ),
        by_country(
            "country_international_prefix",
            "What is dialled in a country before the calling code of another.",
            {region: facts.international_prefix or "" for region, facts in regions},
        ),
        by_country(
            "country_carrier_prefix",
            "Beginnings that are more than a trunk prefix: then it is not certain what the number is.",
            {region: "|".join(beyond_trunk(facts)) for region, facts in regions},
        ),
        by_country(
            "country_numbers",
            "What is dialled in a country: a trunk prefix, if any, and the number, which is the group.",
            {region: dialled_numbers(facts) for region, facts in regions},
        ),
    ]
    return "\n".join([_HEAD, *parts])


def dialled_numbers(facts: PhoneMetadata) -> str:
    """The pattern of what is dialled within a country: the number is its group."""
    prefixes = f"(?:{'|'.join(trunk(facts))})?" if trunk(facts) else ""
    return f"{prefixes}({number_pattern(facts)})"


def countries() -> str:
    """The text of the module that names the countries."""
    listed = textwrap.indent(textwrap.fill(", ".join(f'"{region}"' for region in by_region()) + ",", 112), "    ")
    return f'''"""The countries whose phone numbers are known. Written by `python -m tools.phone_numbers`."""

from __future__ import annotations

COUNTRIES = {{
{listed}
}}  # fmt: skip
'''


if __name__ == "__main__":
    FUNCTIONS.write_text(generated(), encoding="utf-8")
    COUNTRIES.write_text(countries(), encoding="utf-8")
