"""Phone numbers against libphonenumber (C16, C17): a number that we take is the one that the library reads, or none."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import duckdb
import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from loaders.database import ensure_functions
from tools.phone_numbers import COUNTRIES, FUNCTIONS, by_calling_code, by_region, countries, generated

ROOT = Path(__file__).parent.parent
Spelling = tuple[str, str | None]
"""A number as written, and the default country."""
TYPES = sorted(PhoneNumberType.values())


def forms(spellings: Iterable[Spelling]) -> dict[Spelling, str | None]:
    """Our normal forms; the country is a constant, as in the staging models."""
    of_country: dict[str | None, list[str]] = defaultdict(list)
    for number, country in spellings:
        of_country[country].append(number)
    found: dict[Spelling, str | None] = {}
    with duckdb.connect() as connection:
        ensure_functions(connection, ROOT)
        for country, numbers in of_country.items():
            form = f"country_phone_normal_form(n, '{country}')" if country else "international_phone_normal_form(n)"
            query = f"select n, {form} from (select unnest($1::varchar[]) as n)"
            found |= {(number, country): normal for number, normal in connection.execute(query, [numbers]).fetchall()}
    return found


def e164(number: str, country: str | None) -> str | None:
    """What the library reads."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number, country), PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return None


def wrong(found: dict[Spelling, str | None]) -> list[tuple[Spelling, str, str | None]]:
    """Those that are another number."""
    return [(one, form, e164(*one)) for one, form in found.items() if form is not None and form != e164(*one)]


def examples() -> list[Spelling]:
    """Every example of the library, as written in the world and in its country, with separators and without."""
    spellings: list[Spelling] = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in TYPES:
            if number := phonenumbers.example_number_for_type(region, kind):
                spellings += [
                    (phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL), None),
                    (phonenumbers.format_number(number, PhoneNumberFormat.E164), None),
                    (phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL), region),
                    (phonenumbers.national_significant_number(number), region),
                ]
    for code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS:
        if number := phonenumbers.example_number_for_non_geo_entity(code):
            spellings.append((phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL), None))
    return spellings


def test_c16_c17_every_example_of_the_library_is_its_own_number_or_none() -> None:
    found = forms(examples())
    assert len(found) > 4000
    assert wrong(found) == []
    # 9 of more than 4,000: numbers of seven digits of America, which nobody can dial from elsewhere; one of Belarus
    # that begins as its trunk prefix 80 does; a mobile number of Argentina with 15 for its 9.
    assert sum(form is None for form in found.values()) <= 10


def test_c17_without_a_default_country_a_number_needs_its_calling_code() -> None:
    spellings = [(number, None) for number, country in examples() if country]
    assert not [one for one, form in forms(spellings).items() if form is not None]


@pytest.mark.parametrize("seed", range(3))
def test_c16_c17_no_text_of_digits_becomes_another_number(seed: int) -> None:
    draw = random.Random(seed)
    spellings: set[Spelling] = set()
    codes = list(by_calling_code())
    for _ in range(20_000):
        trunk = draw.choice(["", "", "0", "8", "1", "06", "00", "15", "90"])
        spellings.add((f"+{draw.choice(codes)}{trunk}{digits(draw)}", None))
    for region, facts in by_region().items():
        prefixes = [
            "",
            "",
            "0",
            "8",
            "1",
            "06",
            "00",
            "011",
            "17951",
            "15",
            str(facts.country_code),
            f"00{draw.choice(codes)}",
        ]
        for _ in range(80):
            number = phonenumbers.example_number_for_type(region, draw.choice(TYPES))
            own = phonenumbers.national_significant_number(number) if number else ""
            spellings.add((draw.choice(prefixes) + (misdialled(draw, own) if own else digits(draw)), region))
    found = forms(spellings)
    assert wrong(found) == []
    assert sum(form is not None for form in found.values()) > 3_000


def digits(draw: random.Random) -> str:
    return "".join(draw.choices("0123456789", k=draw.randint(4, 13)))


def misdialled(draw: random.Random, number: str) -> str:
    """A number with digits changed, and sometimes one more or less."""
    found = list(number)
    for _ in range(draw.randint(0, 4)):
        found[draw.randrange(len(found))] = draw.choice("0123456789")
    if draw.random() < 0.2:
        found.insert(draw.randrange(len(found)), draw.choice("0123456789"))
    if draw.random() < 0.2:
        found.pop(draw.randrange(len(found)))
    return "".join(found)


def test_what_is_generated_is_what_the_library_says() -> None:
    how = "python -m tools.phone_numbers writes it anew"
    assert FUNCTIONS.read_text(encoding="utf-8") == generated(), how
    assert COUNTRIES.read_text(encoding="utf-8") == countries(), how
