"""`connections.yml`: where the files come from, and by which names the secrets are found."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from loaders.config.host_keys import pin_fingerprint
from loaders.config.yaml_lines import describe, line_of, load_yaml_with_nodes
from loaders.errors import ConfigurationError

VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Rate = Annotated[float, Field(ge=0, le=1_000_000_000)]
Settle = Annotated[float, Field(ge=0, le=3_600)]
"""For how many seconds a young file must stand still before it is fetched (C01); 0: not at all. OpenSSH writes 255 kB
at a time: at 25 kB/s it stands still for ten seconds between two."""

_INTERPOLATED = ("host", "port", "username", "root", "path")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def read_private(path: Path) -> bytes:
    """The bytes of a key file that only its owner can read. Raises ConfigurationError."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigurationError(f"{path}: others can read this private key; run: chmod 600 {path}")
            return file.read(1 << 20)
    except OSError as fault:
        raise ConfigurationError(f"{path}: the private key cannot be read: {fault}") from fault


class Entry(BaseModel):
    """One named entry of connections.yml, which knows where the file is and from where its secrets come."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    _kind: ClassVar[str] = "connection"
    _env: Mapping[str, str] = PrivateAttr(default_factory=dict)
    _folder: Path = PrivateAttr(default_factory=Path)
    _name: str = PrivateAttr(default="?")

    @property
    def name(self) -> str:
        """The name under which feeds know it."""
        return self._name

    def declare(self, name: str, folder: Path, env: Mapping[str, str]) -> None:
        """Tell it its name, the folder of connections.yml, and the variables of the environment."""
        self._name, self._folder, self._env = name, folder, env

    def resolve(self, path: Path) -> Path:
        """A path of the configuration: `~` expanded, a relative one counted from connections.yml's folder."""
        return self._folder / path.expanduser()

    def secret(self, field: str) -> str:
        """The value of the variable that the field (`password_env`, ...) names. Raises ConfigurationError."""
        variable = getattr(self, field)
        value = self._env.get(variable)
        if not value:
            raise ConfigurationError(
                f"{self._kind} {self.name}: the variable {variable} ({field}) is not set; export it"
            )
        return value


class SftpConnection(Entry):
    """One account on an SFTP server; times are in seconds, `min_rate` is in bytes per second (0: none), `root` is the
    server's directory of all feeds."""

    type: Literal["sftp"]
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 22
    username: str | None = None
    username_env: VariableName | None = None
    password_env: VariableName | None = None
    private_key_env: VariableName | None = None
    private_key_file: Path | None = None
    passphrase_env: VariableName | None = None
    host_keys: tuple[str, ...] = ()
    known_hosts: Path | None = None
    connect_timeout: Seconds = 10
    idle_timeout: Seconds = 30
    file_deadline: Seconds = 3600
    min_rate: Rate = 1000
    settle: Settle = 20
    root: str = "."

    @field_validator("host_keys")
    @classmethod
    def _pins_are_readable(cls, pins: tuple[str, ...]) -> tuple[str, ...]:
        for pin in pins:
            pin_fingerprint(pin)
        return pins

    @model_validator(mode="after")
    def _is_complete(self) -> SftpConnection:
        if (self.username is None) == (self.username_env is None):
            raise ValueError("state either username or username_env")
        if self.private_key_env and self.private_key_file:
            raise ValueError("state private_key_env or private_key_file, not both")
        if not (self.password_env or self.private_key_env or self.private_key_file):
            raise ValueError("state password_env, private_key_env or private_key_file")
        if bool(self.host_keys) == bool(self.known_hosts):
            raise ValueError(
                "state host_keys (pins of the server's key, as `muster feeds pin` prints them) or known_hosts: "
                "an unknown server is never trusted"
            )
        return self

    def user(self) -> str:
        """The account's name. Raises ConfigurationError when its variable is not set."""
        return self.username if self.username is not None else self.secret("username_env")

    def password(self) -> str | None:
        """The password, or None when none is configured. Raises ConfigurationError when it is not set."""
        return self.secret("password_env") if self.password_env else None


class LocalConnection(BaseModel):
    """A folder of this machine; a relative `path` counts from the folder of connections.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["local"]
    path: Path
    settle: Settle = 20


Connection = SftpConnection | LocalConnection


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    connections: dict[
        Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$")],
        Annotated[Connection, Field(discriminator="type")],
    ]
    pgp: Any = None  # pgp_keys.py reads it
    pgp_recipients: Any = None  # and pgp_recipients.py


def load_connections(path: Path, env: Mapping[str, str] = os.environ) -> dict[str, Connection]:
    """Read `connections.yml` into its connections by name.

    `${VARIABLE}` in host, port, username, root and path is replaced from `env`; the secrets are looked up
    there only when a connection is opened. Raises ConfigurationError naming file, line and remedy.
    """
    data, node = load_yaml_with_nodes(path)
    entries = data.get("connections") if isinstance(data, dict) else None
    for name, entry in (entries if isinstance(entries, dict) else {}).items():
        if isinstance(entry, dict):
            _interpolate(path, node, name, entry, env)
    try:
        connections = _File.model_validate(data).connections
    except ValidationError as fault:
        raise ConfigurationError(describe(fault, path, node)) from None
    for name, connection in connections.items():
        if isinstance(connection, SftpConnection):
            connection.declare(name, path.parent, env)
        else:
            connections[name] = connection.model_copy(
                update={"path": (path.parent / connection.path.expanduser()).absolute()}
            )
    return connections


def _interpolate(path: Path, node: yaml.Node, name: str, entry: dict[str, Any], env: Mapping[str, str]) -> None:
    """Replace `${VARIABLE}` in the entry in place; ConfigurationError when a variable is not set."""
    for field in _INTERPOLATED:
        value = entry.get(field)
        if not isinstance(value, str):
            continue
        for variable in _VARIABLE.findall(value):
            if variable not in env:
                line = line_of(node, ("connections", name, field))
                raise ConfigurationError(f"{path}:{line}: {field}: the variable {variable} is not set; export it")
        entry[field] = _VARIABLE.sub(lambda match: env[match.group(1)], value)
