"""Names of files, tenants and segments in the form in which they are compared and kept (C13)."""

from __future__ import annotations

import unicodedata

from loaders.printable import is_unseen


def nfc(text: str) -> str:
    """A name in NFC: macOS writes accents apart from their letters."""
    return unicodedata.normalize("NFC", text)


def visible(text: str) -> str:
    """A name in NFC, without what nobody sees at its ends."""
    seen = [at for at, character in enumerate(text) if not is_unseen(character)]
    return nfc(text[seen[0] : seen[-1] + 1]) if seen else ""
