"""Normal forms of identifiers and addresses against a reference in Python, over many texts (C13 to C15).

Two texts have one form only if the reference says that they are one, and a form is its own form.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.database import ensure_functions
from loaders.feeds.names import visible

ROOT = Path(__file__).parent.parent
NOTHING_SEEN = set("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | set(
    map(chr, [*range(0x180B, 0x1810), *range(0xFE00, 0xFE10)])
)
"""Characters of other categories that show nothing."""
PARTS = (
    "ann", "Ann", "ANN", "k", "K", "\u212a", "ß", "ss", "\u017f", "İ", "i", "\u0131", "é", "e\u0301", "É", "ü",
    "u\u0308", "Ü", "Å", "\u212b", "\ufb01", "fi", "\uff11", "1", "日", "a\u00a0b", "a\u200bb", "a b", "a\u00adb",
    "o'hara", "a+b", "a.b", "\u03a3", "\u03c3", "\u03c2", "\u037e", ";", "\u1fef", "`", "\u01c6",
)  # fmt: skip
AROUND = (
    ("", ""), (" ", " "), ("\u200b", ""), ("", "\u00a0"), ("\ufeff", "\r\n"), ("<", ">"), ("mailto:", ""),
    ("Ann <", ">"), (" <mailto:", "> "), ("\u202a", "\u202c"), ("", "\x7f"), ("", "\x00"),
)  # fmt: skip
DOMAINS = (
    "x.org", "X.ORG", "x.com", "\u212a.com", "k.com", "müller.de", "MÜLLER.de", "mu\u0308ller.de", "xn--mller-kva.de",
    "straße.de", "strasse.de", "x\uff0eorg", "x\u3002org.de", "\u03c3.gr", "\u03c2.gr", "\u0131.com", "i.com",
)  # fmt: skip


def is_invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp") or character in NOTHING_SEEN


def folded(character: str) -> str:
    """(UTS 46) What a character is to those who fold cases, widths and ligatures."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).casefold())


def is_lookalike(character: str) -> bool:
    """ß is one of the few that IDNA keeps although they fold into ASCII; for the full stop of Chinese it has a dot."""
    return character == "\u3002" or (
        not character.isascii() and character != "ß" and any(one.isascii() for one in folded(character))
    )


def stripped(text: str) -> str:
    start, end = 0, len(text)
    while start < end and is_invisible(text[start]):
        start += 1
    while end > start and is_invisible(text[end - 1]):
        end -= 1
    return text[start:end]


def identifier(text: str) -> str | None:
    bare = stripped(text)
    return None if any(map(is_invisible, bare)) else unicodedata.normalize("NFC", bare)


def address(text: str) -> str | None:
    """The normal form of what is an address; None for all else."""
    bare = stripped(text)
    if match := re.fullmatch("[^<>@]*<([^<>]*)>", bare):
        bare = stripped(match[1])
    while match := re.match("mailto:", bare, re.IGNORECASE):
        bare = stripped(bare[match.end() :])
    if any(is_invisible(one) or is_lookalike(one) or one in "<>\ufffd" for one in bare):
        return None
    local, at, domain = unicodedata.normalize("NFC", bare).partition("@")
    if not local or not at or "@" in domain or not re.search(r".\..", domain):
        return None
    return "".join(one.lower() for one in f"{local}@{domain}")


@pytest.fixture(scope="module")
def functions() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    ensure_functions(connection, ROOT)
    return connection


def forms(functions: duckdb.DuckDBPyConnection, expression: str, texts: list[str]) -> dict[str, Any]:
    query = f"select t, {expression} from (select unnest($1::varchar[]) as t)"
    return dict(functions.execute(query, [texts]).fetchall())


def test_c13_identifiers_are_one_only_if_they_are_one_to_the_eye(functions: duckdb.DuckDBPyConnection) -> None:
    texts = [before + part + after for (before, after), part in product(AROUND, PARTS)]
    found = forms(functions, "identifier_normal_form(t)", texts)
    assert found == {text: identifier(text) or None for text in texts}
    again = [form for form in found.values() if form is not None]
    assert forms(functions, "identifier_normal_form(t)", again) == {form: form for form in again}


def test_c14_c15_addresses_are_one_only_if_the_reference_says_so(functions: duckdb.DuckDBPyConnection) -> None:
    texts = [f"{b}{part}@{domain}{a}" for (b, a), part, domain in product(AROUND, PARTS, DOMAINS)]
    for valid in ("email_normal_form(t)", "email_normal_form(cleansed_email(t))"):
        found = forms(functions, valid, texts)
        assert [(text, form, address(text)) for text, form in found.items() if form != address(text)] == []
        again = [form for form in found.values() if form is not None]
        assert len(again) > 3_000
        assert forms(functions, valid, again) == {form: form for form in again}


def test_c13_names_of_segments_lose_what_cells_lose(functions: duckdb.DuckDBPyConnection) -> None:
    """`loaders/feeds/names.py` says of names from files what the SQL functions say of cells, of every character."""
    characters = [
        chr(n) for n in range(1, 0x110000) if not 0xD800 <= n <= 0xDFFF and unicodedata.category(chr(n)) != "Cn"
    ]
    found = forms(functions, "filled_text(t)", characters)
    assert [one for one, form in found.items() if (form is None) != (visible(one) == "")] == []


def test_c13_c15_every_character_of_unicode(functions: duckdb.DuckDBPyConnection) -> None:
    """But for those that a Unicode older or newer than the engine's knows otherwise: unassigned ones."""
    characters = [chr(n) for n in range(1, 0x110000) if not 0xD800 <= n <= 0xDFFF]
    assigned = [one for one in characters if unicodedata.category(one) != "Cn"]
    inside = forms(functions, "identifier_normal_form('a' || t || 'b')", assigned)
    assert [one for one, form in inside.items() if (form is None) != is_invisible(one)] == []
    as_local = forms(functions, "email_normal_form('a' || t || 'b@x.org') is not null", assigned)
    wrong = [
        hex(ord(one))
        for one, is_valid in as_local.items()
        if one not in "@<>:\ufffd"
        and is_valid == (is_invisible(one) or is_lookalike(one))
        and (is_valid or folded(one) == one)
    ]
    assert wrong == [], "a lookalike of ASCII that is taken, or a letter in its own form that is not"
