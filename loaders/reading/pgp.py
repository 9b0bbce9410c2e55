"""PGP: from a file as it was sent to its content, which counts only once integrity and signature are proven (B2, G18).

The system's gpg does it, in a home of its own that goes with the run. Its exit code alone says little: it is 0 for
files that nobody signed and for such as are not encrypted at all. What it says on the way decides.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from loaders.config.pgp_keys import PgpKeys
from loaders.errors import FileRefusedError
from loaders.gpg import gpg_home
from loaders.reading.decode import RATIO_FLOOR_BYTES, Limits
from loaders.reading.pgp_verdict import Word, judge

_PIECE_BYTES = 1 << 20


class Keyring:
    """The keys of one entry of connections.yml in a private home of gpg; a context manager.

    Nothing of it is left afterwards: neither the home nor gpg's agent.
    """

    def __init__(self, keys: PgpKeys, folder: Path) -> None:
        """`folder` is where the home is made, unless its path is too long for gpg's sockets."""
        self._keys, self._folder = keys, folder
        self._one_at_a_time = threading.Lock()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Make the home and import the keys. Raises ConfigurationError without gpg, or a key that can be used."""
        with ExitStack() as stack:
            self._gpg = stack.enter_context(gpg_home(self._folder, self._keys.fault))
            self._gpg.buffer_size = _PIECE_BYTES
            self._import()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the agent and remove the home."""
        self._stack.close()

    @contextmanager
    def decrypted(self, path: Path, limits: Limits) -> Iterator[Path]:
        """Yield the path of the decrypted content of `path`, whole and proven.

        It is a new file beside it, `<name>.decrypted` with mode 0600, and removed on leaving.

        Raises FileRefusedError with code `not_encrypted`, `cannot_decrypt` (damaged, cut, or not for a key),
        `unsigned`, `bad_signature`, `too_large` or `too_compressed`; ConfigurationError when the key or the
        passphrase is not the right one; OSError when the disk fails. Nothing is left behind then.
        """
        plain = path.with_name(path.name + ".decrypted")
        try:
            with self._one_at_a_time:
                self._decrypt(path, plain, limits)
            yield plain
        finally:
            plain.unlink(missing_ok=True)

    def _decrypt(self, path: Path, plain: Path, limits: Limits) -> None:
        size = path.stat().st_size
        most = min(limits.max_bytes, max(RATIO_FLOOR_BYTES, limits.max_ratio * size))
        passphrase = self._keys.passphrase()
        plain.unlink(missing_ok=True)
        descriptor = os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as target, path.open("rb") as file:
            source = _Source(file)
            word = Word(source.stop)
            content = _Content(target, most, source)
            self._gpg.result_map = {**self._gpg.result_map, "crypt": lambda _: word}
            self._gpg.on_data = content.add
            try:
                # The library writes Latin-1; so the bytes of the passphrase stay those of UTF-8.
                secret = passphrase.encode().decode("latin-1") if passphrase else None
                verify = () if self._keys.signed_by else ("--skip-verify",)
                self._gpg.decrypt_file(source, passphrase=secret, extra_args=list(verify))
            except BrokenPipeError:
                pass  # gpg ended before it had read all; it has said why
            finally:
                source.stop()  # gpg, should it still be there, has nothing more to read
        if word.on_data_failure:
            raise word.on_data_failure
        if content.size > limits.max_bytes:
            raise FileRefusedError("too_large", f"its content exceeds the limit of {limits.max_bytes} bytes")
        if content.size > most:
            raise FileRefusedError("too_compressed", f"it expands to more than {limits.max_ratio} times its size")
        judge(word, self._keys)

    def _import(self) -> None:
        self._gpg.import_keys(self._keys.private_key())
        if not self._gpg.list_keys(secret=True):
            raise self._keys.fault("there is no private key in private_key_file or private_key_env")
        for key in self._keys.public_keys():
            self._gpg.import_keys(key)
        validity: dict[str, str] = {}  # of every key; that of a subkey is that of its key
        for key in self._gpg.list_keys():
            subkeys = [fingerprint for _, _, fingerprint, *_ in key["subkeys"]]
            validity |= dict.fromkeys([key["fingerprint"], *subkeys], key["trust"])
        if unknown := [one for one in self._keys.signed_by if one not in validity]:
            raise self._keys.fault(f"the key {unknown[0]} of signed_by is not in the public_key_files")
        ended = {"e": "has expired", "r": "was revoked"}
        if self._keys.signed_by and all(validity[one] in ended for one in self._keys.signed_by):
            first = self._keys.signed_by[0]
            raise self._keys.fault(f"the key {first} of signed_by {ended[validity[first]]}: ask for its successor")


class _Source:
    """A file being read by gpg, which ends for it as soon as it is told to stop."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._is_stopped = file, False

    def read(self, size: int) -> bytes:
        return b"" if self._is_stopped else self._file.read(size)

    def stop(self) -> None:
        self._is_stopped = True


@dataclass
class _Content:
    """Where the content goes, and how much of it there may be."""

    target: BinaryIO
    most: int
    source: _Source
    size: int = 0

    def add(self, piece: bytes) -> bool:
        """Keep a piece; false, as the library is not to keep it as well."""
        self.size += len(piece)
        try:
            if self.size <= self.most:
                self.target.write(piece)
            else:
                self.source.stop()
        except BaseException:
            self.source.stop()
            raise
        return False
