"""PGP for exports: every key is looked at before anything is written; one that has ended stops the export (B2).

The system's gpg does it, in a home of its own that goes with the run.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from loaders.config.pgp_recipients import PgpRecipients
from loaders.gpg import gpg_home

_ENDED = {"e": "has expired", "r": "was revoked", "d": "is disabled", "i": "is not valid"}


class Encryption:
    """Encrypts files to all keys of an entry of connections.yml, and signs them if it says so; a context manager."""

    def __init__(self, recipients: PgpRecipients, folder: Path) -> None:
        """`folder` is where gpg's home is made, unless its path is too long for gpg's sockets."""
        self._recipients, self._folder = recipients, folder
        self._stack = ExitStack()
        self._signer: str | None = None

    def __enter__(self) -> Self:
        """Make the home, import the keys and try them.

        Raises ConfigurationError without gpg, and for a key that is missing, has ended, or cannot encrypt or sign.
        """
        with ExitStack() as stack:
            self._gpg = stack.enter_context(gpg_home(self._folder, self._recipients.fault))
            self._import()
            self._signer = self._import_signer()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the agent and remove the home."""
        self._stack.close()

    def __call__(self, plain: Path, target: Path, *, armored: bool) -> None:
        """Encrypt `plain` to the new file `target` (mode 0600). Raises ConfigurationError, and leaves nothing then."""
        target.unlink(missing_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.close(descriptor)
        done = self._gpg.encrypt_file(
            str(plain),
            list(self._recipients.encrypt_to),
            sign=self._signer,
            passphrase=self._recipients.passphrase() if self._signer else None,
            always_trust=True,
            armor=armored,
            output=str(target),
        )
        # gpg says on the way what it did; its exit code alone is no proof.
        said = {line.split()[1] for line in str(done.stderr).splitlines() if line.startswith("[GNUPG:] ")}
        needed = {"END_ENCRYPTION", *(["SIG_CREATED"] if self._signer else [])}
        if not done.ok or not needed <= said or {"INV_RECP", "FAILURE", "ERROR"} & said:
            target.unlink(missing_ok=True)
            what = "encrypted and signed" if self._signer else "encrypted"
            raise self._recipients.fault(f"the file could not be {what}: {done.status or 'gpg failed'}")

    def _import(self) -> None:
        for text in self._recipients.public_keys():
            self._gpg.import_keys(text)
        keys = {key["fingerprint"]: key for key in self._gpg.list_keys()}
        for fingerprint in self._recipients.encrypt_to:
            key = keys.get(fingerprint)
            if key is None:
                raise self._recipients.fault(f"the key {fingerprint} is not in the public_key_files")
            if key["trust"] in _ENDED:
                raise self._recipients.fault(
                    f"the key {fingerprint} {_ENDED[key['trust']]}: ask the partner for its successor"
                )
            if "E" not in key["cap"]:  # the capitals are those of the key with its subkeys that have not ended
                raise self._recipients.fault(
                    f"the key {fingerprint} cannot be encrypted to: ask the partner for another"
                )

    def _import_signer(self) -> str | None:
        secret = self._recipients.signing_key()
        if secret is None:
            return None
        self._gpg.import_keys(secret, passphrase=self._recipients.passphrase())
        keys = self._gpg.list_keys(secret=True)
        if not keys:
            raise self._recipients.fault("there is no private key in signing_key_file or signing_key_env")
        if keys[0]["trust"] in _ENDED or "S" not in keys[0]["cap"]:
            raise self._recipients.fault("the key that signs has ended, or cannot sign")
        return str(keys[0]["fingerprint"])
