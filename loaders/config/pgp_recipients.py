"""The `pgp_recipients` part of `connections.yml`: to whose keys exports are encrypted, and who signs them (B2)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field, ValidationError, model_validator

from loaders.config.connections import Entry, VariableName, read_private
from loaders.config.pgp_keys import Fingerprint
from loaders.config.yaml_lines import describe, load_yaml_with_nodes
from loaders.errors import ConfigurationError


class PgpRecipients(Entry):
    """The keys to which files are encrypted, all of them; and the private key that signs, if any."""

    _kind: ClassVar[str] = "pgp_recipients"

    encrypt_to: tuple[Fingerprint, ...] = Field(min_length=1)
    public_key_files: tuple[Path, ...] = Field(min_length=1)
    signing_key_env: VariableName | None = None
    signing_key_file: Path | None = None
    passphrase_env: VariableName | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> PgpRecipients:
        if self.signing_key_env and self.signing_key_file:
            raise ValueError("state signing_key_env or signing_key_file, not both")
        if self.passphrase_env and not (self.signing_key_env or self.signing_key_file):
            raise ValueError("a passphrase opens the key that signs: state signing_key_env or signing_key_file")
        return self

    def fault(self, text: str) -> ConfigurationError:
        """The error that says what is wrong with these keys."""
        return ConfigurationError(f"pgp_recipients {self.name}: {text}")

    def public_keys(self) -> list[bytes]:
        """The keys to encrypt to. Raises ConfigurationError if one cannot be read."""
        try:
            return [self.resolve(path).read_bytes() for path in self.public_key_files]
        except OSError as fault:
            raise self.fault(f"a public key cannot be read: {fault}") from fault

    def signing_key(self) -> bytes | None:
        """The private key that signs, or None. Raises ConfigurationError if it is not there or others can read it."""
        if self.signing_key_file:
            return read_private(self.resolve(self.signing_key_file))
        if self.signing_key_env:
            return self.secret("signing_key_env").replace("\\n", "\n").encode()
        return None

    def passphrase(self) -> str | None:
        """What opens that key, or None. Raises ConfigurationError if the variable is not set."""
        return self.secret("passphrase_env") if self.passphrase_env else None


class _Part(BaseModel):
    pgp_recipients: dict[Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$")], PgpRecipients] = {}


def load_pgp_recipients(path: Path, env: Mapping[str, str] = os.environ) -> dict[str, PgpRecipients]:
    """Read the recipients that `connections.yml` declares, by name; secrets are looked up when they are used.

    Raises ConfigurationError naming file, line and remedy.
    """
    data, node = load_yaml_with_nodes(path)
    try:
        declared = _Part.model_validate(data or {}).pgp_recipients
    except ValidationError as fault:
        raise ConfigurationError(describe(fault, path, node)) from None
    for name, recipients in declared.items():
        recipients.declare(name, path.parent, env)
    return declared
