"""PGP: from a file as it was sent to its content, which counts only once integrity and signature are proven (B2, G18).

The system's gpg does it, in a home of its own that goes with the run. Its exit code alone says little: it is 0 for
files that nobody signed and for such as are not encrypted at all. What it says on the way decides.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NoReturn, Self

from loaders.errors import ConfigurationError, FileRefusedError
from loaders.feeds import Feed
from loaders.reading.decode import RATIO_FLOOR_BYTES, Limits
from loaders.transport.pgp_keys import PgpKeys, load_pgp_keys

_PIECE_BYTES = 1 << 20
_MOST_STATUSES = 10_000
_LONGEST_FOLDER = 60
"""Of the home's folder: the names of the agent's sockets in it may have 107 bytes in all."""
_AGENT_OPTIONS = "allow-loopback-pinentry\ndefault-cache-ttl 0\nmax-cache-ttl 0\ndisable-scdaemon\n"
"""Nothing is cached: a wrong passphrase must not pass because a right one came before."""
_GPG_OPTIONS = (
    *("--no-options", "--trust-model", "always", "--pinentry-mode", "loopback"),
    *("--disable-dirmngr", "--no-auto-key-retrieve", "--no-auto-check-trustdb"),
)
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


class Keyrings:
    """The keyrings that the feeds need, each opened when the first file needs it; a context manager."""

    def __init__(self, connections: Path, folder: Path, feeds: Sequence[Feed]) -> None:
        """`folder` is where private files may be. Raises ConfigurationError if a feed names keys that are not declared.

        `connections.yml` is read only if one of the feeds names any.
        """
        encrypted = [feed for feed in feeds if feed.config.pgp]
        self._declared: Mapping[str, PgpKeys] = load_pgp_keys(connections) if encrypted else {}
        for feed in encrypted:
            if feed.config.pgp not in self._declared:
                raise ConfigurationError(
                    f"{feed.declared_at}: feed {feed.name}: {connections} has no pgp keys {feed.config.pgp!r}"
                )
        self._folder = folder
        self._open: dict[str, Keyring] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """The keyrings themselves; none is open yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close those that were opened."""
        self._open.clear()
        self._stack.close()

    def of(self, feed: Feed) -> Keyring | None:
        """The feed's keyring, or None if its files come as they are. Raises ConfigurationError if it cannot be had."""
        name = feed.config.pgp
        if name is None:
            return None
        if name not in self._open:
            self._open[name] = self._stack.enter_context(Keyring(self._declared[name], self._folder))
        return self._open[name]

    @contextmanager
    def decrypted(self, path: Path, feed: Feed, limits: Limits) -> Iterator[Path]:
        """Yield the path of what the file `path` of the feed holds once it is decrypted; `path` itself if it need not.

        Raises as `of` and `Keyring.decrypted` do.
        """
        keyring = self.of(feed)
        if keyring is None:
            yield path
            return
        with keyring.decrypted(path, limits) as plain:
            yield plain


class Keyring:
    """The keys of one entry of connections.yml in a private home of gpg; a context manager.

    Nothing of it is left afterwards: neither the home nor gpg's agent.
    """

    def __init__(self, keys: PgpKeys, folder: Path) -> None:
        """`folder` is where the home is made, unless its path is too long for gpg's sockets."""
        self._keys, self._folder = keys, folder
        self._environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}  # and no secret of ours

    def __enter__(self) -> Self:
        """Make the home and import the keys. Raises ConfigurationError without gpg, or a key that can be used."""
        fits = len(os.fsencode(self._folder)) <= _LONGEST_FOLDER
        self._home = Path(tempfile.mkdtemp(prefix="muster-gpg-", dir=self._folder if fits else None))
        try:
            (self._home / "gpg-agent.conf").write_text(_AGENT_OPTIONS)
            self._gpg = self._start()
            self._import()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the agent and remove the home."""
        self._remove()

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
            word = _Word(source)
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
        self._judge(word)

    def _judge(self, word: _Word) -> None:
        """Return if the content is proven to be what its sender sent. What decides, and nothing else, is `word`."""
        if len(word.statuses) >= _MOST_STATUSES:
            raise FileRefusedError("cannot_decrypt", "it is made of too many pieces")
        if word.returncode is None or word.returncode < 0:
            raise self._fault(f"gpg ended with {word.returncode}: {word.stderr[-500:]!r}")
        if not word.has("DECRYPTION_KEY"):
            self._explain(word)
        if any(value.startswith(_SECOND_CONTENT) for value in word.values("ERROR")):
            raise FileRefusedError("cannot_decrypt", "it holds more than one message")
        steps = "".join(f"{key} " for key, _ in word.statuses if key in _STEPS)
        is_intact = bool(_WHOLE.fullmatch(steps)) and not word.has("DECRYPTION_FAILED", "BADMDC")
        if self._keys.signed_by and (is_intact or word.has("BADSIG")):
            self._check_signatures(word)
        if not is_intact or word.returncode:
            raise FileRefusedError("cannot_decrypt", "it was damaged or cut, or is more than one message")

    def _check_signatures(self, word: _Word) -> None:
        """Every signature must be good, and of one of the keys that may sign; and there must be one."""
        for status, reason in _NOT_GOOD.items():
            if word.has(status):
                raise FileRefusedError("bad_signature", f"{reason} ({word.values(status)[0].split(' ')[0]})")
        valid = [value.split(" ") for value in word.values("VALIDSIG")]
        if not valid:
            raise FileRefusedError("unsigned", "it is encrypted, but not signed")
        for signature in valid:
            key, primary = signature[0], signature[-1]
            if not {key, primary} & set(self._keys.signed_by):
                raise FileRefusedError("bad_signature", f"it is signed with {key}, which is not one of signed_by")
            if weak := _WEAK_HASHES.get(signature[7]):
                raise FileRefusedError("bad_signature", f"it is signed with {weak}, which can be forged")

    def _explain(self, word: _Word) -> NoReturn:
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
        if codes & _WRONG_PASSPHRASE or (self._keys.passphrase_env is None and word.has("NEED_PASSPHRASE")):
            variable = self._keys.passphrase_env
            wrong = f"that in {variable} is wrong" if variable else "state passphrase_env"
            raise self._fault(f"the private key needs a passphrase: {wrong}")
        if codes and codes <= _DAMAGED_SESSION_KEY:
            raise FileRefusedError("cannot_decrypt", "it was damaged in its first bytes")
        if word.has("NO_SECKEY") and not codes:
            keys = ", ".join(sorted(set(recipients)))
            raise self._fault(f"the file is encrypted for {keys}, which is not a key of ours")
        raise self._fault(f"gpg could not use the private key: {word.stderr[-500:]!r}")

    def _start(self) -> Any:
        import gnupg  # it takes 0.04 s

        gnupg.logger.disabled = True  # it writes down the beginning of each key
        try:
            gpg = gnupg.GPG(gnupghome=str(self._home), options=list(_GPG_OPTIONS), env=self._environment)
        except (OSError, ValueError) as fault:
            raise self._fault(f"gpg cannot be run; install it (apt-get install gnupg): {fault}") from None
        if (gpg.version or (0,)) < (2, 2):
            raise self._fault(f"gpg 2.2 or later is needed, not {'.'.join(map(str, gpg.version or ()))}")
        gpg.buffer_size = _PIECE_BYTES
        return gpg

    def _import(self) -> None:
        self._gpg.import_keys(self._keys.private_key())
        if not self._gpg.list_keys(secret=True):
            raise self._fault("there is no private key in private_key_file or private_key_env")
        for key in self._keys.public_keys():
            self._gpg.import_keys(key)
        validity: dict[str, str] = {}  # of every key; that of a subkey is that of its key
        for key in self._gpg.list_keys():
            subkeys = [fingerprint for _, _, fingerprint, *_ in key["subkeys"]]
            validity |= dict.fromkeys([key["fingerprint"], *subkeys], key["trust"])
        if unknown := [one for one in self._keys.signed_by if one not in validity]:
            raise self._fault(f"the key {unknown[0]} of signed_by is not in the public_key_files")
        ended = {"e": "has expired", "r": "was revoked"}
        if self._keys.signed_by and all(validity[one] in ended for one in self._keys.signed_by):
            first = self._keys.signed_by[0]
            raise self._fault(f"the key {first} of signed_by {ended[validity[first]]}: ask for its successor")

    def _fault(self, text: str) -> ConfigurationError:
        return ConfigurationError(f"pgp {self._keys.name}: {text}")

    def _remove(self) -> None:
        for command in ("--kill", "gpg-agent"), ("--remove-socketdir",):
            with suppress(OSError, subprocess.TimeoutExpired):  # without its home the agent ends as well, if later
                subprocess.run(  # noqa: S603  # no word of the command comes from a file
                    ["gpgconf", "--homedir", str(self._home), *command],  # noqa: S607  # beside gpg, in the same PATH
                    env=self._environment,
                    capture_output=True,
                    check=False,
                    timeout=10,
                )
        shutil.rmtree(self._home, ignore_errors=True)


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


@dataclass
class _Word:
    """What gpg says about one file, in its order; a result such as python-gnupg fills in."""

    source: _Source
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
            self.source.stop()

    def has(self, *keys: str) -> bool:
        """Whether one of these was said."""
        return any(key in keys for key, _ in self.statuses)

    def values(self, key: str) -> list[str]:
        """What was said under this key."""
        return [value for one, value in self.statuses if one == key]
