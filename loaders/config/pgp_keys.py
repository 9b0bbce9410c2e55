"""The `pgp` part of `connections.yml`: the keys with which files are decrypted, and whose signatures count (B2)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from loaders.config.connections import Entry, VariableName, read_private
from loaders.config.yaml_lines import describe, load_yaml_with_nodes
from loaders.errors import ConfigurationError

_FINGERPRINT = re.compile(r"[0-9A-F]{40}([0-9A-F]{24})?")


def _checked_fingerprint(text: str) -> str:
    fingerprint = text.replace(" ", "").upper()
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise ValueError(f"{text!r} is not a fingerprint: 40 hexadecimal digits, as `gpg --fingerprint` shows them")
    return fingerprint


Fingerprint = Annotated[str, AfterValidator(_checked_fingerprint)]


class PgpKeys(Entry):
    """A private key for what is sent to us, and the keys whose signatures count."""

    _kind: ClassVar[str] = "pgp"

    private_key_env: VariableName | None = None
    private_key_file: Path | None = None
    passphrase_env: VariableName | None = None
    signed_by: tuple[Fingerprint, ...] = ()
    public_key_files: tuple[Path, ...] = ()
    allow_unsigned: bool = False

    @model_validator(mode="after")
    def _is_complete(self) -> PgpKeys:
        if (self.private_key_env is None) == (self.private_key_file is None):
            raise ValueError("state either private_key_env or private_key_file")
        if bool(self.signed_by) == self.allow_unsigned:
            raise ValueError(
                "state signed_by (the fingerprints of the keys that sign the files) or allow_unsigned: true, which"
                " takes files of anybody who has the public key"
            )
        if bool(self.signed_by) != bool(self.public_key_files):
            raise ValueError("signed_by needs public_key_files, the keys with these fingerprints, and they need it")
        return self

    def fault(self, text: str) -> ConfigurationError:
        """The error that says what is wrong with these keys."""
        return ConfigurationError(f"pgp {self.name}: {text}")

    def private_key(self) -> bytes:
        """The private key, armoured or not. Raises ConfigurationError if it is not there or others can read it."""
        if self.private_key_file:
            return read_private(self.resolve(self.private_key_file))
        text = self.secret("private_key_env")
        return text.replace("\\n", "\n").encode()  # a variable is often set on one line

    def passphrase(self) -> str | None:
        """What opens the private key, or None where nothing needs to. Raises ConfigurationError if it is not set."""
        if self.passphrase_env is None:
            return None
        passphrase = self.secret("passphrase_env")
        if any(c in passphrase for c in "\r\n\0"):
            raise self.fault(f"the passphrase in {self.passphrase_env} is more than one line")
        return passphrase

    def public_keys(self) -> list[bytes]:
        """The keys that may sign. Raises ConfigurationError if one cannot be read."""
        try:
            return [self.resolve(path).read_bytes() for path in self.public_key_files]
        except OSError as fault:
            raise self.fault(f"a public key cannot be read: {fault}") from fault


class _PgpPart(BaseModel):
    pgp: dict[Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$")], PgpKeys] = {}


def load_pgp_keys(path: Path, env: Mapping[str, str] = os.environ) -> dict[str, PgpKeys]:
    """Read the keys that `connections.yml` declares under `pgp`, by name; secrets are looked up when they are used.

    Raises ConfigurationError naming file, line and remedy.
    """
    data, node = load_yaml_with_nodes(path)
    try:
        declared = _PgpPart.model_validate(data or {}).pgp
    except ValidationError as fault:
        raise ConfigurationError(describe(fault, path, node)) from None
    for name, keys in declared.items():
        keys.declare(name, path.parent, env)
    return declared
