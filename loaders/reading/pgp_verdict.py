"""What gpg says about a file, and whether it proves the content to be whole and its sender's (B2, G18)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from loaders.config.pgp_keys import PgpKeys
from loaders.errors import FileRefusedError

_MOST_STATUSES = 10_000
_WRONG_PASSPHRASE = {11, 177}  # libgpg-error: BAD_PASSPHRASE, NO_PASSPHRASE
_DAMAGED_SESSION_KEY = {4, 10, 18, 30, 65, 79, 89, 152}
"""libgpg-error, as seen when single bits are turned over: PUBKEY_ALGO, CHECKSUM, WRONG_SECKEY, BAD_MPI, …"""
_STEPS = ("BEGIN_DECRYPTION", "PLAINTEXT", "VALIDSIG", "DECRYPTION_OKAY", "GOODMDC", "END_DECRYPTION")
_WHOLE = re.compile("BEGIN_DECRYPTION PLAINTEXT (VALIDSIG )*DECRYPTION_OKAY GOODMDC END_DECRYPTION ")
"""One content, and its signatures, within one encryption that was proven to its end."""
_SECOND_CONTENT = ("decryption.early_plaintext", "proc_pkt.plaintext")
"""Places of errors: what is not encrypted, or not signed, could otherwise come along with what is."""
_WEAK_HASHES = {"1": "MD5", "2": "SHA-1", "3": "RIPEMD-160"}
_NOT_GOOD = {
    "BADSIG": "the signature does not fit the content, which was damaged or changed",
    "ERRSIG": "it is signed with a key that is not among the public_key_files, or in a way that cannot be checked",
    "EXPSIG": "the signature has expired",
    "EXPKEYSIG": "the key that signed it has expired",
    "REVKEYSIG": "the key that signed it was revoked",
}


@dataclass
class Word:
    """What gpg says about one file, in its order; a result such as python-gnupg fills in."""

    stop: Callable[[], None]
    """Makes gpg read no more of the file."""
    statuses: list[tuple[str, str]] = field(default_factory=list)
    returncode: int | None = None
    stderr: str = ""
    data: bytes = b""
    on_data_failure: Exception | None = None

    def handle_status(self, key: str, value: str) -> None:
        """Take down one line; of a file that makes too many, no more is read."""
        if len(self.statuses) < _MOST_STATUSES:
            self.statuses.append((key, value))
        else:
            self.stop()

    def has(self, *keys: str) -> bool:
        """Whether one of these was said."""
        return any(key in keys for key, _ in self.statuses)

    def values(self, key: str) -> list[str]:
        """What was said under this key."""
        return [value for one, value in self.statuses if one == key]


def judge(word: Word, keys: PgpKeys) -> None:
    """Return if the content is proven to be what its sender sent. What decides, and nothing else, is `word`.

    Raises FileRefusedError with code `not_encrypted`, `cannot_decrypt`, `unsigned` or `bad_signature` if it is the
    file's fault, and ConfigurationError if it is our keys'.
    """
    if len(word.statuses) >= _MOST_STATUSES:
        raise FileRefusedError("cannot_decrypt", "it is made of too many pieces")
    if word.returncode is None or word.returncode < 0:
        raise keys.fault(f"gpg ended with {word.returncode}: {word.stderr[-500:]!r}")
    if not word.has("DECRYPTION_KEY"):
        _explain(word, keys)
    if any(value.startswith(_SECOND_CONTENT) for value in word.values("ERROR")):
        raise FileRefusedError("cannot_decrypt", "it holds more than one message")
    steps = "".join(f"{key} " for key, _ in word.statuses if key in _STEPS)
    is_intact = bool(_WHOLE.fullmatch(steps)) and not word.has("DECRYPTION_FAILED", "BADMDC")
    if keys.signed_by and (is_intact or word.has("BADSIG")):
        _check_signatures(word, keys)
    if not is_intact or word.returncode:
        raise FileRefusedError("cannot_decrypt", "it was damaged or cut, or is more than one message")


def _check_signatures(word: Word, keys: PgpKeys) -> None:
    """Every signature must be good, and of one of the keys that may sign; and there must be one."""
    for status, reason in _NOT_GOOD.items():
        if word.has(status):
            raise FileRefusedError("bad_signature", f"{reason} ({word.values(status)[0].split(' ')[0]})")
    valid = [value.split(" ") for value in word.values("VALIDSIG")]
    if not valid:
        raise FileRefusedError("unsigned", "it is encrypted, but not signed")
    for signature in valid:
        key, primary = signature[0], signature[-1]
        if not {key, primary} & set(keys.signed_by):
            raise FileRefusedError("bad_signature", f"it is signed with {key}, which is not one of signed_by")
        if weak := _WEAK_HASHES.get(signature[7]):
            raise FileRefusedError("bad_signature", f"it is signed with {weak}, which can be forged")


def _explain(word: Word, keys: PgpKeys) -> NoReturn:
    """Say why no key of ours opened the file: it is the file's fault, or ours, and then it is not refused."""
    recipients = [value.split(" ")[0] for value in word.values("ENC_TO")]
    if not recipients and word.has("NEED_PASSPHRASE_SYM"):
        raise FileRefusedError("cannot_decrypt", "it is encrypted with a passphrase, not for our key")
    if not recipients and word.has("PLAINTEXT"):
        raise FileRefusedError("not_encrypted", "it is signed or packed with PGP, but not encrypted")
    if not recipients and {"1", "2"} & set(word.values("NODATA")):
        raise FileRefusedError("not_encrypted", "its feed declares PGP, but the file is not")
    if not recipients:
        raise FileRefusedError("cannot_decrypt", "it was damaged or cut in its first bytes")
    errors = [value.split(" ") for value in word.values("ERROR")]
    codes = {int(code) & 0xFFFF for place, code in (error[:2] for error in errors) if place == "pkdecrypt_failed"}
    if codes & _WRONG_PASSPHRASE or (keys.passphrase_env is None and word.has("NEED_PASSPHRASE")):
        variable = keys.passphrase_env
        wrong = f"that in {variable} is wrong" if variable else "state passphrase_env"
        raise keys.fault(f"the private key needs a passphrase: {wrong}")
    if codes and codes <= _DAMAGED_SESSION_KEY:
        raise FileRefusedError("cannot_decrypt", "it was damaged in its first bytes")
    if word.has("NO_SECKEY") and not codes:
        wanted = ", ".join(sorted(set(recipients)))
        raise keys.fault(f"the file is encrypted for {wanted}, which is not a key of ours")
    raise keys.fault(f"gpg could not use the private key: {word.stderr[-500:]!r}")
