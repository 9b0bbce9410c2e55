"""Fingerprints of SSH keys, by which a server's key is pinned."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

_FINGERPRINT = re.compile(r"^SHA256:[A-Za-z0-9+/]{43}=?$")


def fingerprint(key_blob: bytes) -> str:
    """The OpenSSH fingerprint, `SHA256:...`, of a public key in wire format."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key_blob).digest()).decode().rstrip("=")


def pin_fingerprint(pin: str) -> tuple[str, str | None]:
    """A pin as (fingerprint, key type or None): a fingerprint, or the `type base64` of a public key.

    Raises ValueError, saying what a pin looks like, for anything else.
    """
    if _FINGERPRINT.match(pin):
        return pin.rstrip("="), None
    words = pin.split()
    if len(words) >= 2:
        try:
            blob = base64.b64decode(words[1], validate=True)
        except (binascii.Error, ValueError):
            blob = b""
        if blob[4 : 4 + len(words[0])] == words[0].encode():
            return fingerprint(blob), words[0]
    raise ValueError("a pin is 'SHA256:<43 characters>' or a public key 'ssh-ed25519 AAAA...'")
