"""A partner's gpg: keys made on the spot, and files encrypted and signed with them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

PASSPHRASE = "pass phräse"
"""Of the key that is called `us`."""


class Gpg:
    """A home with the keys `us` (with a passphrase), `partner`, `other`, `stranger` and `former` (expired)."""

    def __init__(self) -> None:
        if shutil.which("gpg") is None:
            reason = "no gpg on this machine (apt-get install gnupg)"
            print(reason)
            pytest.skip(reason)
        self.home = Path(tempfile.mkdtemp(prefix="gpg-"))
        self.fingerprints: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._make("us", "default", "default", "never", options=PAST)  # `rsa3072 default` has nothing to encrypt for
        for name in ("partner", "other", "stranger"):
            self._make(name, "ed25519", "sign", "never")
        self._make("former", "ed25519", "sign", "1y", options=PAST)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(["gpgconf", "--homedir", str(self.home), "--kill", "gpg-agent"], check=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def _make(self, name: str, *kind: str, options: Sequence[str] = ()) -> None:
        passphrase = PASSPHRASE if name == "us" else ""
        self("--passphrase", passphrase, *options, "--quick-generate-key", name, *kind)
        listing = self("--with-colons", "--list-keys", name).decode()
        self.fingerprints[name] = next(row for row in listing.splitlines() if row.startswith("fpr")).split(":")[9]

    def __call__(self, *arguments: str, content: bytes = b"") -> bytes:
        """What gpg writes to its standard output."""
        options = ("--batch", "--quiet", "--yes", "--pinentry-mode", "loopback", "--trust-model", "always")
        command = ["gpg", "--homedir", str(self.home), *options, *arguments]
        return subprocess.run(command, input=content, capture_output=True, check=True).stdout

    def public(self, name: str) -> bytes:
        return self("--armor", "--export", name)

    def private(self, name: str) -> bytes:
        return self("--armor", "--passphrase", PASSPHRASE, "--export-secret-keys", name)

    def encrypted(self, content: bytes, *options: str, to: str = "us", by: str | None = "partner") -> bytes:
        """The content as a partner sends it: encrypted, and signed if anybody does."""
        signed = ("--sign", "--local-user", by) if by else ()
        return self("--recipient", to, *signed, *options, "--encrypt", content=content)


PAST = ("--faked-system-time", "20200101T000000!")
"""Options for a time at which the key `former` could sign."""


def agents(under: Path) -> list[str]:
    """The commands of the gpg-agents whose homes are in this folder, of those that still run after some time."""
    for _ in range(50):
        found = [
            command
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if "gpg-agent" in (command := _read(path)) and str(under) in command
        ]
        if not found:
            break
        time.sleep(0.1)
    return found


def _read(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""  # it has ended
