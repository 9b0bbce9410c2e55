"""Servers and keys for the transport tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

import loaders.transport.sftp
from loaders.config.connections import SftpConnection, load_connections
from servers.embedded import EmbeddedSftp
from servers.openssh import OpenSshServer


class Keys:
    """Key pairs made once per session: private and public text by kind."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str | None], tuple[str, str]] = {}

    def __call__(self, kind: str = "ssh-ed25519", passphrase: str | None = None) -> tuple[str, str]:
        if (kind, passphrase) not in self._made:
            options = {"key_size": 2048} if kind == "ssh-rsa" else {}
            key = asyncssh.generate_private_key(kind, **options)
            private = key.export_private_key("openssh", passphrase).decode()
            self._made[kind, passphrase] = private, key.export_public_key().decode()
        return self._made[kind, passphrase]


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders.transport.sftp, "BACKOFF", 0.02)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Iterator[OpenSshServer]:
    """A real OpenSSH server that lets in the ed25519 key; installed first where that is possible."""
    install_sshd()
    with OpenSshServer(tmp_path_factory.mktemp("sshd")) as server:
        server.allow(keys()[1])
        yield server


def install_sshd() -> None:
    """Skip the test unless there is an sshd, after trying to install one as root."""
    if OpenSshServer.program() is None and os.getuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-q", "openssh-server"], check=False, capture_output=True)
    if OpenSshServer.program() is None:
        reason = "no sshd on this machine, and it could not be installed (apt-get install openssh-server)"
        print(reason)
        pytest.skip(reason)


def connection_to(
    server: EmbeddedSftp | OpenSshServer,
    folder: Path | str = ".",
    env: dict[str, str] | None = None,
    **fields: Any,
) -> SftpConnection:
    """A connection to the server, by password unless the fields say otherwise; written and read as YAML."""
    secrets = {"SFTP_PASSWORD": "in-memory", **(env or {})}
    known = {
        "type": "sftp",
        "host": "127.0.0.1",
        "port": server.port,
        "username": "root" if isinstance(server, OpenSshServer) else "muster",
        "host_keys": [server.host_key],
        "root": str(folder),
        "connect_timeout": 5,
        "idle_timeout": 5,
        "file_deadline": 30,
        **fields,
    }
    if not {"password_env", "private_key_env", "private_key_file"} & set(known):
        known["password_env"] = "SFTP_PASSWORD"
    lines = [f"    {name}: {value!r}" for name, value in known.items() if value is not None]
    path = Path(os.environ["PYTEST_CONNECTIONS"])
    path.write_text("connections:\n  partner:\n" + "\n".join(lines) + "\n")
    connection = load_connections(path, secrets)["partner"]
    assert isinstance(connection, SftpConnection)
    return connection


@pytest.fixture(autouse=True)
def _connections_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_CONNECTIONS", str(tmp_path / "connections.yml"))
