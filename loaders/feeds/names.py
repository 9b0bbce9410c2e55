"""Names of files, tenants and segments in the form in which they are compared and kept (C13)."""

from __future__ import annotations

import re
import unicodedata

_SHOWS_NOTHING = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]"  # as the SQL function invisible()
)
_UNSEEN = ("Zs", "Zl", "Zp", "Cc", "Cf")


def nfc(text: str) -> str:
    """A name in NFC: macOS writes accents apart from their letters."""
    return unicodedata.normalize("NFC", text)


def visible(text: str) -> str:
    """A name in NFC, without what nobody sees at its ends."""
    seen = [at for at, character in enumerate(text) if not _is_unseen(character)]
    return nfc(text[seen[0] : seen[-1] + 1]) if seen else ""


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN or bool(_SHOWS_NOTHING.match(character))
