"""The interpreter's own normal forms of identifiers (3): numbers with a calling code are read by libphonenumber."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumberFormat

EMAIL = re.compile(r"[^<>@]+@[^<>@]+\.[^<>@]+")
PHONE = re.compile(r"(1?)([0-9]{10})|(1?)([0-9]{3})-([0-9]{3})-([0-9]{4})")
INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")
PLACEHOLDERS = ("null", "none", "n/a", "na", "unknown", "-1", "d41d8cd98f00b204e9800998ecf8427e")


def is_placeholder(cell: str) -> bool:
    """(4, X3) What the contents draw of it."""
    return bool(cell) and (not cell.strip("0-. ") or cell.lower() in PLACEHOLDERS)


def said_name(cell: str) -> str | None:
    """(8) What the contents draw of names; None where programs write that there is none."""
    return None if not cell.strip("-") or cell.lower() in ("null", "none", "n/a") else cell


def is_invisible(character: str) -> bool:
    return unicodedata.category(character) in INVISIBLE


def trimmed(cell: str) -> str:
    """(3) A cell as it counts; empty if there is nothing to be seen in it."""
    return "" if all(map(is_invisible, cell)) else cell.strip(" \t\r\n")


def visible(cell: str) -> str:
    """A cell without what nobody sees at its ends."""
    places = [place for place, one in enumerate(cell) if not is_invisible(one)]
    return cell[places[0] : places[-1] + 1] if places else ""


def normal_id(cell: str) -> str | None:
    """None for what is no identifier, be it empty."""
    bare = visible(cell)
    if re.fullmatch(r"[0-9]([.,][0-9]+)?[eE]\+[0-9]+", bare):  # rounded by a spreadsheet
        return None
    bare = re.sub(r"^([0-9]+)\.0+$", r"\1", bare)
    return None if not bare or any(map(is_invisible, bare)) else unicodedata.normalize("NFC", bare)


def bare_email(cell: str) -> str:
    """Out of brackets, and without mailto:."""
    bare = visible(cell)
    bracketed = re.fullmatch("[^<>@]*<([^<>]*)>", bare)
    bare = visible(bracketed[1]) if bracketed else bare
    return visible(bare[7:]) if bare[:7].lower() == "mailto:" and len(bare) > 7 else bare


def normal_email(cell: str) -> str | None:
    """None for what is no address, be it empty."""
    bare = bare_email(cell)
    if not EMAIL.fullmatch(bare) or any(is_invisible(one) or is_lookalike(one) for one in bare):
        return None
    return unicodedata.normalize("NFC", bare).lower()


def is_lookalike(character: str) -> bool:
    """Whether a letter is one of ASCII to those who fold cases: K (Kelvin), I with a dot, long s."""
    return not character.isascii() and any(one.isascii() for one in unicodedata.normalize("NFKC", character.lower()))


def cleansed(cell: str) -> str:
    """(B11) Without white space beside the @ and the dots."""
    return re.sub(r"\s*([@.])\s*", r"\1", bare_email(cell))


def normal_phone(cell: str) -> str | None:
    """The four shapes of A4 and nothing else."""
    match = PHONE.fullmatch(visible(cell))
    if match is None:
        return None
    _, digits, _, *groups = match.groups()
    return "+1" + (digits or "".join(groups))


def international_phone(cell: str) -> str | None:
    """Elsewhere: a number with its calling code that is possible, in E.164."""
    bare = visible(cell)
    if not re.fullmatch(r"\+[0-9 .()-]+", bare):
        return None
    try:
        number = phonenumbers.parse(bare, None)
    except phonenumbers.NumberParseException:
        return None
    form = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return form if phonenumbers.is_possible_number(number) and not re.match(r"\+1[01]", form) else None
