"""Connecting over SSH: keys, passwords, pinned host keys, ciphers, and servers that fail before they are asked."""

from __future__ import annotations

import logging
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
import pytest

import loaders.transport.ssh
from loaders.errors import AuthenticationError, ConfigurationError, HostKeyError, TransportError
from loaders.transport.opening import open_remote
from loaders.transport.sftp import fetch_host_keys
from loaders.transport.ssh import UnpinnedError, handshake
from loaders.transport.ssh_keys import parse_private_key
from loaders.transport.ssh_login import connect
from servers.openssh import OpenSshServer
from tests.loaders.conftest import Keys, connection_to, install_sshd
from tests.loaders.transport.sftp_servers import no_thread_left, raw_server, serving, to_port


@pytest.mark.sshd
def test_g2_cipher_is_gcm_and_weak_ones_are_not_offered(sshd: OpenSshServer, drop: Path, keys: Keys) -> None:
    transport = connect(connection_to(sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY"))
    try:
        assert vars(transport)["remote_cipher"] == "aes128-gcm@openssh.com"
        offered = transport.get_security_options()
        assert not [c for c in offered.ciphers if "cbc" in c]
        assert not [m for m in transport.preferred_macs if "sha1" in m or "md5" in m]
    finally:
        transport.stop()


@pytest.mark.sshd
@pytest.mark.parametrize(
    ("kind", "passphrase"),
    [
        ("ssh-ed25519", None),
        ("ssh-ed25519", "open sesame"),
        ("ecdsa-sha2-nistp256", None),
        ("ecdsa-sha2-nistp384", None),
        ("ecdsa-sha2-nistp521", None),
        ("ssh-rsa", None),
    ],
)
@pytest.mark.parametrize("place", ["variable", "file"])
def test_b01_key_kinds(
    sshd: OpenSshServer, drop: Path, tmp_path: Path, keys: Keys, kind: str, passphrase: str | None, place: str
) -> None:
    private, public = keys(kind, passphrase)
    sshd.allow(public)
    fields: dict[str, Any] = {"passphrase_env": "PASSPHRASE"} if passphrase else {}
    if place == "file":
        (tmp_path / "id").write_text(private)
        (tmp_path / "id").chmod(0o600)
        fields["private_key_file"] = "id"
    else:
        fields["private_key_env"] = "KEY"
    env = {"KEY": private, "PASSPHRASE": passphrase or ""}
    with open_remote(connection_to(sshd, drop, env, **fields)) as remote:
        assert remote.list(".") == ([], [])


@pytest.mark.sshd
def test_b01_known_hosts_instead_of_pins(sshd: OpenSshServer, drop: Path, tmp_path: Path, keys: Keys) -> None:
    (shown,) = fetch_host_keys("127.0.0.1", sshd.port)
    kind, blob, fingerprint = shown.split()
    assert fingerprint == sshd.host_key
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{sshd.port} {kind} {blob}\n")
    connection = connection_to(
        sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY", host_keys=None, known_hosts="known_hosts"
    )
    with open_remote(connection) as remote:
        assert remote.list(".") == ([], [])
    pinned = connection_to(sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY", host_keys=[f"{kind} {blob}"])
    with open_remote(pinned) as remote:
        assert remote.list(".") == ([], [])
    (tmp_path / "known_hosts").write_text(f"elsewhere {kind} {blob}\n")
    with pytest.raises(ConfigurationError, match="has no key of"):
        open_remote(connection).__enter__()


def test_b01_password(drop: Path) -> None:
    with serving(drop) as server, open_remote(connection_to(server)) as remote:
        assert remote.list(".") == ([], [])
        assert server.attempts == ["password"]


def test_b01_keyboard_interactive_is_answered_with_the_password(drop: Path) -> None:
    with serving(drop, interactive=True) as server, open_remote(connection_to(server)) as remote:
        assert remote.list(".") == ([], [])
        assert server.attempts == ["keyboard-interactive"]


class _TwoFactors(paramiko.ServerInterface):
    """Wants a public key first, then a password."""

    def __init__(self, attempts: list[str]) -> None:
        self.attempts = attempts

    def get_allowed_auths(self, username: str) -> str:
        return "password" if self.attempts else "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        if "publickey" not in self.attempts:
            self.attempts.append("publickey")
        return paramiko.common.AUTH_PARTIALLY_SUCCESSFUL

    def check_auth_password(self, username: str, password: str) -> int:
        self.attempts.append("password")
        return paramiko.common.AUTH_SUCCESSFUL if password == "in-memory" else paramiko.common.AUTH_FAILED


@pytest.mark.parametrize("password", ["in-memory", "wrong", None])
def test_b01_multi_factor_key_then_password(drop: Path, keys: Keys, password: str | None) -> None:
    attempts: list[str] = []
    host_key = paramiko.ECDSAKey.generate()

    def talk(peer: socket.socket) -> None:
        with paramiko.Transport(peer) as transport:
            transport.add_server_key(host_key)
            transport.start_server(server=_TwoFactors(attempts))
            transport.join(3)

    with raw_server(talk) as (port, _):
        connection = to_port(
            port,
            env={"KEY": keys()[0], "SFTP_PASSWORD": password or "-"},
            private_key_env="KEY",
            password_env="SFTP_PASSWORD" if password else None,
            host_keys=[host_key.fingerprint],
        )
        if password == "in-memory":
            connect(connection).stop()
        else:
            with pytest.raises(AuthenticationError):
                open_remote(connection).__enter__()
        assert attempts == (["publickey", "password"] if password else ["publickey"])


@pytest.mark.sshd
def test_b01_multi_factor_on_openssh_sends_each_credential_once(tmp_path: Path, keys: Keys) -> None:
    install_sshd()
    (tmp_path / "two").mkdir()
    options = ["AuthenticationMethods publickey,password", "PasswordAuthentication yes", "LogLevel VERBOSE"]
    with OpenSshServer(tmp_path / "two", options) as server:
        server.allow(keys()[1])
        connection = connection_to(server, env={"KEY": keys()[0]}, private_key_env="KEY", password_env="SFTP_PASSWORD")
        with pytest.raises(AuthenticationError):
            open_remote(connection).__enter__()
        log = server.log.read_text()
    assert log.count("Partial publickey for root") == 1
    assert log.count("Failed password for root") == 1


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 400 no\r\n\r\n"])
def test_a2_drop_during_banner_or_exchange(said: bytes) -> None:
    with no_thread_left(), raw_server(lambda peer: peer.sendall(said)) as (port, seen):
        with pytest.raises(TransportError) as caught:
            open_remote(to_port(port)).__enter__()
        assert caught.value.exit_code == 4
        assert len(seen) == 3


def test_a2_drop_during_authentication_is_no_refusal(drop: Path) -> None:
    class Login(asyncssh.SSHServer):  # type: ignore[misc]
        def connection_made(self, conn: Any) -> None:
            self.conn = conn

        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            self.conn.abort()
            return False

    with serving(drop, server_factory=Login) as server, pytest.raises(TransportError):
        open_remote(connection_to(server)).__enter__()


def test_a13_unknown_host_key(drop: Path) -> None:
    with serving(drop) as server:
        connection = connection_to(server, host_keys=["SHA256:" + "x" * 43])
        with pytest.raises(HostKeyError, match=server.host_key.replace("+", r"\+")) as caught:
            open_remote(connection).__enter__()
        assert "host_keys" in str(caught.value)
        assert caught.value.exit_code == 6
        assert server.attempts == []
        assert server.connections == 1


def test_a14_changed_host_key_then_both_pinned(drop: Path) -> None:
    with serving(drop) as old, serving(drop) as new:
        with pytest.raises(HostKeyError):
            open_remote(connection_to(new, host_keys=[old.host_key])).__enter__()
        assert new.attempts == []
        for server in (old, new):
            with open_remote(connection_to(server, host_keys=[old.host_key, new.host_key])) as remote:
                assert remote.list(".") == ([], [])


@pytest.mark.sshd
def test_c70_any_of_the_servers_keys_may_be_the_pinned_one(tmp_path: Path, keys: Keys) -> None:
    install_sshd()
    (tmp_path / "two").mkdir()
    second = tmp_path / "rsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", second], check=True)
    with OpenSshServer(tmp_path / "two", [f"HostKey {second}"]) as server:
        server.allow(keys()[1])
        shown = {line.split()[0]: line.split()[2] for line in fetch_host_keys("127.0.0.1", server.port)}
        assert set(shown) == {"ssh-ed25519", "ssh-rsa"}
        assert shown["ssh-ed25519"] == server.host_key
        for pin in shown.values():
            connection = connection_to(server, env={"KEY": keys()[0]}, private_key_env="KEY", host_keys=[pin])
            connect(connection).stop()
        unpinned = connection_to(
            server, env={"KEY": keys()[0]}, private_key_env="KEY", host_keys=["SHA256:" + "x" * 43]
        )
        with pytest.raises(HostKeyError) as caught:
            connect(unpinned)
    assert all(pin in str(caught.value) for pin in shown.values())


def test_c70_a_server_that_shows_the_same_key_again_is_not_asked_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def exchange_keys(*_: object, **options: object) -> None:
        asked.append(options)
        fault = UnpinnedError("ssh-rsa", "SHA256:x")
        fault.kinds = {"ssh-rsa", "ssh-ed25519"}
        raise fault

    monkeypatch.setattr(loaders.transport.ssh, "exchange_keys", exchange_keys)
    with pytest.raises(HostKeyError, match="SHA256:x"):
        handshake("127.0.0.1", 1, 1, [("SHA256:y", None)])
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "puttygen KEY.ppk -O private-openssh"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@here", "this is a public key"),
        ("-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----", "this is a public key"),
    ],
)
def test_c70_a_key_of_another_form_is_called_by_its_name(text: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        parse_private_key(text, None, "KEY")


@pytest.mark.parametrize("interactive", [False, True])
def test_a15_wrong_password_is_sent_once(drop: Path, interactive: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(drop, interactive=interactive) as server:
        connection = connection_to(server, env={"SFTP_PASSWORD": "hunter2-secret"})
        with pytest.raises(AuthenticationError) as caught:
            open_remote(connection).__enter__()
        assert caught.value.exit_code == 5
        assert len(server.attempts) == 1
        assert server.connections == 1
    for text in (str(caught.value), repr(connection), caplog.text):
        assert "hunter2" not in text


def test_a15_wrong_key_is_sent_once(drop: Path, keys: Keys) -> None:
    with serving(drop, client_keys=[keys()[1]]) as server:
        connection = connection_to(server, env={"KEY": keys("ecdsa-sha2-nistp256")[0]}, private_key_env="KEY")
        with pytest.raises(AuthenticationError):
            open_remote(connection).__enter__()
        assert server.attempts == ["publickey"]


def test_a15_key_offered_where_only_passwords_are_taken(drop: Path, keys: Keys) -> None:
    with serving(drop) as server:
        connection = connection_to(server, env={"KEY": keys()[0]}, private_key_env="KEY")
        with pytest.raises(AuthenticationError, match="asks for password"):
            open_remote(connection).__enter__()
        assert server.attempts == []


@pytest.mark.sshd
def test_a16_server_with_sha1_signatures_only(tmp_path: Path, keys: Keys) -> None:
    install_sshd()
    (tmp_path / "weak").mkdir()
    with OpenSshServer(tmp_path / "weak", ["HostKeyAlgorithms ssh-rsa"], "rsa") as server:
        connection = connection_to(server, env={"KEY": keys()[0]}, private_key_env="KEY")
        with pytest.raises(TransportError, match="host key: ssh-rsa;"):
            open_remote(connection).__enter__()


def test_a16_server_with_cbc_only(drop: Path) -> None:
    with serving(drop, encryption_algs=["aes128-cbc"]) as server:
        with pytest.raises(TransportError, match="cipher in: aes128-cbc"):
            open_remote(connection_to(server)).__enter__()
        assert server.connections == 1


def test_a17_silent_server_ends_in_time_without_threads() -> None:
    release = threading.Event()
    started = time.monotonic()

    def talk(_: socket.socket) -> None:
        release.wait(3600)

    with no_thread_left(), raw_server(talk) as (port, _):
        with pytest.raises(TransportError):
            open_remote(to_port(port, connect_timeout=0.4)).__enter__()
        release.set()
    assert time.monotonic() - started < 600


@pytest.mark.sshd
def test_e15_other_host_key_when_rekeying(sshd: OpenSshServer, drop: Path, keys: Keys) -> None:
    transport = connect(connection_to(sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY"))
    try:
        transport.renegotiate_keys()
        assert transport.is_active()
        transport._pins = {"SHA256:" + "x" * 43}  # as if the server's key were another one from here on
        with pytest.raises(paramiko.SSHException):
            transport.renegotiate_keys()
        assert not transport.is_active()
    finally:
        transport.stop()
