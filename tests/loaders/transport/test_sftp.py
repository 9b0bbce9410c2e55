"""SFTP against a real OpenSSH server, and against one that does everything wrong."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import random
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
import pytest

import loaders.transport.sftp
import loaders.transport.sftp_pipeline
from loaders.errors import AuthenticationError, ConfigurationError, HostKeyError, TransportError
from loaders.transport.connections import SftpConnection
from loaders.transport.remote import (
    FileChangedError,
    FileForbiddenError,
    FileVanishedError,
    RemoteFile,
    TargetExistsError,
    open_remote,
)
from loaders.transport.sftp import fetch_host_key
from loaders.transport.ssh_login import connect
from tests.loaders.conftest import Keys, connection_to, install_sshd
from tests.servers import EmbeddedSftp, OpenSshServer

BLOCK = 261_120
Hook = Callable[["Faulty", bytes, int], Any]


class Faulty(asyncssh.SFTPServer):  # type: ignore[misc]
    """An SFTP server whose reads, stats and listings can be tampered with by subclasses."""

    def drop(self) -> None:
        self.channel.get_connection().abort()


def serving(folder: Path, behaviour: type[Faulty] = Faulty, **options: Any) -> EmbeddedSftp:
    return EmbeddedSftp(folder, sftp_server=behaviour, **options)


def content(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def fetch_one(connection: SftpConnection, target: Path, name: str | None = None) -> tuple[str, RemoteFile]:
    with open_remote(connection) as remote:
        files, _ = remote.list(".")
        file = next(f for f in files if name in (None, f.name))
        return remote.fetch(".", file, target, lambda _: None), file


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@contextmanager
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for _ in range(40):
        left = [t for t in set(threading.enumerate()) - before if "asyncio" not in t.name]
        if not left:
            return
        time.sleep(0.05)
    raise AssertionError(f"threads left behind: {left}")


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[tuple[int, list[int]]]:
    """A TCP server that treats every connection by `talk`; yields its port and the list of connections."""
    seen: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                seen.append(1)
                with peer:
                    talk(peer)

        threading.Thread(target=serve, daemon=True, name="asyncio-raw").start()
        yield listener.getsockname()[1], seen
        listener.shutdown(socket.SHUT_RDWR)


def to_port(port: int, **fields: Any) -> SftpConnection:
    server = EmbeddedSftp.__new__(EmbeddedSftp)
    server.port, server.host_key = port, "SHA256:" + "A" * 43
    return connection_to(server, **fields)


# --- the plain way, on the real server ---


@pytest.mark.sshd
@pytest.mark.parametrize("size", [0, 1, 32_768, BLOCK - 1, BLOCK, BLOCK + 1, 20_000_003])
def test_g4_whole_file_to_the_last_byte(sshd: OpenSshServer, drop: Path, tmp_path: Path, keys: Keys, size: int) -> None:
    data = content(size)
    (drop / "list.csv").write_bytes(data)
    os.utime(drop / "list.csv", (1_700_000_000, 1_700_000_000))
    told: list[int] = []
    connection = connection_to(sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY")
    with open_remote(connection) as remote:
        files, skipped = remote.list(".")
        assert [(f.name, f.size, f.modified_at.isoformat()) for f in files] == [
            ("list.csv", size, "2023-11-14T22:13:20")
        ]
        assert skipped == []
        assert remote.fetch(".", files[0], tmp_path / "x.part", told.append) == sha256(data)
    assert (tmp_path / "x.part").read_bytes() == data
    assert (tmp_path / "x.part").stat().st_mode & 0o777 == 0o600
    assert told == sorted(told)
    assert told[-1:] == ([size] if size else [])


@pytest.mark.sshd
def test_g4_rekeying_in_the_middle_of_a_file(
    sshd: OpenSshServer, drop: Path, tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchanges: list[int] = []
    parse = paramiko.Transport._parse_newkeys  # type: ignore[attr-defined]

    def counted(*args: Any) -> None:
        exchanges.append(1)
        parse(*args)

    monkeypatch.setattr(paramiko.packet.Packetizer, "REKEY_BYTES", 3 << 20)
    monkeypatch.setattr(paramiko.Transport, "_parse_newkeys", counted)
    data = content(20_000_000)
    (drop / "list.csv").write_bytes(data)
    connection = connection_to(sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY")
    assert fetch_one(connection, tmp_path / "x")[0] == sha256(data)
    assert len(exchanges) > 2


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
    shown = fetch_host_key("127.0.0.1", sshd.port)
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


@pytest.mark.sshd
def test_b01_directories_count_from_the_home_directory_unless_root_is_absolute(
    drop: Path, tmp_path: Path, keys: Keys
) -> None:
    install_sshd()
    (drop / "out").mkdir()
    (drop / "home.csv").touch()
    (drop / "out" / "below.csv").write_bytes(b"below")
    (tmp_path / "home").mkdir()
    with OpenSshServer(tmp_path / "home", [f"ForceCommand internal-sftp -d {drop}"]) as server:
        server.allow(keys()[1])

        def names(directory: str, **fields: Any) -> list[str]:
            connection = connection_to(server, env={"KEY": keys()[0]}, private_key_env="KEY", **fields)
            with open_remote(connection) as remote:
                return [file.name for file in remote.list(directory)[0]]

        assert names(".") == names("/") == ["home.csv"]
        assert names("out") == names(".", folder="out") == names("out", folder=drop) == ["below.csv"]
        connection = connection_to(server, "out", {"KEY": keys()[0]}, private_key_env="KEY")
        assert fetch_one(connection, tmp_path / "x")[0] == sha256(b"below")


# --- A. transport ---


@pytest.mark.parametrize("at", [0, 1, 32_768, 1_000_000, 1_999_999])
def test_a1_drop_at_byte(drop: Path, tmp_path: Path, at: int) -> None:
    data = content(2_000_000)
    (drop / "list.csv").write_bytes(data)
    drops: list[int] = []

    class Dropping(Faulty):
        def read(self, file_obj: Any, offset: int, size: int) -> Any:
            if not drops and offset <= at < offset + size:
                drops.append(offset)
                self.drop()
            return super().read(file_obj, offset, size)

    with serving(drop, Dropping) as server:
        assert fetch_one(connection_to(server), tmp_path / "x.part")[0] == sha256(data)
        assert (tmp_path / "x.part").read_bytes() == data
        assert server.connections == 2
        assert drops


def test_a1_drop_every_time_leaves_nothing(drop: Path, tmp_path: Path) -> None:
    (drop / "list.csv").write_bytes(content(2_000_000))

    class Dropping(Faulty):
        def read(self, file_obj: Any, offset: int, size: int) -> Any:
            if offset:
                self.drop()
            return super().read(file_obj, offset, size)

    with no_thread_left(), serving(drop, Dropping) as server:
        with pytest.raises(TransportError):
            fetch_one(connection_to(server), tmp_path / "x.part")
        assert server.connections == 3
    assert not (tmp_path / "x.part").exists()


def test_a2_drop_during_listing_is_tried_again(drop: Path) -> None:
    (drop / "list.csv").touch()
    drops: list[int] = []

    class Dropping(Faulty):
        async def scandir(self, path: bytes) -> AsyncIterator[Any]:
            if not drops:
                drops.append(1)
                self.drop()
            async for entry in super().scandir(path):
                yield entry

    with serving(drop, Dropping) as server, open_remote(connection_to(server)) as remote:
        assert [f.name for f in remote.list(".")[0]] == ["list.csv"]


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


def test_a3_stall_ends_at_the_idle_timeout(drop: Path, tmp_path: Path) -> None:
    (drop / "list.csv").write_bytes(content(2_000_000))

    class Stalling(Faulty):
        async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            if offset:
                await asyncio.sleep(60)
            return bytes(super().read(file_obj, offset, size))

    started = time.monotonic()
    with serving(drop, Stalling) as server, pytest.raises(TransportError, match="silent"):
        fetch_one(connection_to(server, idle_timeout=0.3), tmp_path / "x.part")
    assert time.monotonic() - started < 6
    assert not (tmp_path / "x.part").exists()


def test_a4_drip_ends_at_the_file_deadline(drop: Path, tmp_path: Path) -> None:
    (drop / "list.csv").write_bytes(content(10_000))

    class Dripping(Faulty):
        async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            await asyncio.sleep(0.05)
            return bytes(super().read(file_obj, offset, 1))

    started = time.monotonic()
    with serving(drop, Dripping) as server, pytest.raises(TransportError, match="deadline"):
        fetch_one(connection_to(server, file_deadline=1), tmp_path / "x.part")
    assert time.monotonic() - started < 4


def test_a5_failure_on_read_then_well(drop: Path, tmp_path: Path) -> None:
    data = content(2_000_000)
    (drop / "list.csv").write_bytes(data)
    failures: list[int] = []

    class Failing(Faulty):
        def read(self, file_obj: Any, offset: int, size: int) -> Any:
            if offset and not failures:
                failures.append(offset)
                raise asyncssh.SFTPFailure("disk trouble \x1b[31m")
            return super().read(file_obj, offset, size)

    with serving(drop, Failing) as server:
        assert fetch_one(connection_to(server), tmp_path / "x.part")[0] == sha256(data)
    assert failures


@pytest.mark.parametrize("stated", [+1, -1, None])
def test_a6_stated_size_is_wrong_or_missing(drop: Path, tmp_path: Path, stated: int | None) -> None:
    (drop / "list.csv").write_bytes(content(600_000))

    class Lying(Faulty):
        def lie(self, attrs: Any) -> Any:
            if stated is None:
                attrs.size = None
            elif attrs.size is not None and attrs.permissions & 0o100000:
                attrs.size += stated
            return attrs

        async def scandir(self, path: bytes) -> AsyncIterator[Any]:
            async for entry in super().scandir(path):
                entry.attrs = self.lie(entry.attrs)
                yield entry

        def lstat(self, path: bytes) -> Any:
            return self.lie(asyncssh.SFTPAttrs.from_local(super().lstat(path)))

        def fstat(self, file_obj: Any) -> Any:
            return self.lie(asyncssh.SFTPAttrs.from_local(super().fstat(file_obj)))

    with serving(drop, Lying) as server, open_remote(connection_to(server)) as remote:
        files, skipped = remote.list(".")
        if stated is None:
            assert files == []
            assert [(s.name, s.reason) for s in skipped] == [
                ("list.csv", "the server does not state its size and time")
            ]
        else:
            with pytest.raises(FileChangedError):
                remote.fetch(".", files[0], tmp_path / "x.part", lambda _: None)
    assert not (tmp_path / "x.part").exists()


def _tampering(what: Callable[[], None]) -> type[Faulty]:
    """A server whose file is tampered with once, when the second block is read."""
    done: list[int] = []

    class Tampering(Faulty):
        def read(self, file_obj: Any, offset: int, size: int) -> Any:
            if offset and not done:
                done.append(1)
                what()
            return super().read(file_obj, offset, size)

    return Tampering


def test_a7_file_grows_while_read_and_is_whole_next_time(drop: Path, tmp_path: Path) -> None:
    path = drop / "list.csv"
    path.write_bytes(content(600_000))

    def grow() -> None:
        with path.open("ab") as file:
            file.write(b"more")

    with serving(drop, _tampering(grow)) as server:
        with pytest.raises(FileChangedError, match=r"partner:\./list.csv"):
            fetch_one(connection_to(server), tmp_path / "x.part")
        assert not (tmp_path / "x.part").exists()
        assert fetch_one(connection_to(server), tmp_path / "x.part")[0] == sha256(content(600_000) + b"more")


@pytest.mark.parametrize("how", ["truncated", "replaced", "touched"])
def test_a8_file_truncated_or_replaced_while_read(drop: Path, tmp_path: Path, how: str) -> None:
    path = drop / "list.csv"
    path.write_bytes(content(600_000))
    os.utime(path, (1_700_000_000, 1_700_000_000))

    def tamper() -> None:
        if how == "truncated":
            os.truncate(path, 300_000)
        elif how == "replaced":
            (drop / "new").write_bytes(content(600_000, seed=2))
            (drop / "new").replace(path)
        else:
            os.utime(path, (1_700_000_001, 1_700_000_001))

    with serving(drop, _tampering(tamper)) as server, pytest.raises(FileChangedError):
        fetch_one(connection_to(server), tmp_path / "x.part")
    assert not (tmp_path / "x.part").exists()


@pytest.mark.sshd
def test_a9_vanished_file_does_not_stop_the_next(sshd: OpenSshServer, drop: Path, tmp_path: Path, keys: Keys) -> None:
    for name in ("a.csv", "b.csv"):
        (drop / name).write_bytes(name.encode())
    connection = connection_to(sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY")
    with open_remote(connection) as remote:
        files, _ = remote.list(".")
        (drop / "a.csv").unlink()
        session = remote._session  # type: ignore[attr-defined]
        with pytest.raises(FileVanishedError):
            remote.fetch(".", files[0], tmp_path / "a.part", lambda _: None)
        assert remote.fetch(".", files[1], tmp_path / "b.part", lambda _: None) == sha256(b"b.csv")
        assert remote._session is session  # type: ignore[attr-defined] # without a new connection


def test_a9_no_handle_stays_open_on_the_server(drop: Path, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (drop / name).write_bytes(name.encode())
    handles: list[int] = []

    class Counting(Faulty):
        def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
            handles.append(+1)
            return super().open(path, pflags, attrs)

        def close(self, file_obj: Any) -> Any:
            handles.append(-1)
            return super().close(file_obj)

    with serving(drop, Counting) as server, open_remote(connection_to(server)) as remote:
        files, _ = remote.list(".")
        (drop / "a.csv").write_bytes(b"longer than before")
        with pytest.raises(FileChangedError):
            remote.fetch(".", files[0], tmp_path / "a.part", lambda _: None)
        remote.fetch(".", files[1], tmp_path / "b.part", lambda _: None)
        remote.list(".")
        assert server.connections == 1
        assert (len(handles), sum(handles)) == (4, 0)


def test_a9_forbidden_file(drop: Path, tmp_path: Path) -> None:
    (drop / "a.csv").write_bytes(b"a")

    class Forbidding(Faulty):
        def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
            raise asyncssh.SFTPPermissionDenied("no")

    with serving(drop, Forbidding) as server, pytest.raises(FileForbiddenError):
        fetch_one(connection_to(server), tmp_path / "x.part")


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
        release.wait(10)

    with no_thread_left(), raw_server(talk) as (port, _):
        with pytest.raises(TransportError):
            open_remote(to_port(port, connect_timeout=0.4)).__enter__()
        release.set()
    assert time.monotonic() - started < 5


@pytest.mark.sshd
def test_a18_twenty_thousand_files(sshd: OpenSshServer, drop: Path, keys: Keys) -> None:
    for number in range(20_000):
        os.close(os.open(drop / f"{number:05}.csv", os.O_CREAT))
    started = time.monotonic()
    connection = connection_to(sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY")
    with open_remote(connection) as remote:
        files, _ = remote.list(".")
    assert [f.name for f in files] == [f"{number:05}.csv" for number in range(20_000)]
    assert time.monotonic() - started < 15


def _listing(*entries: tuple[bytes, Any]) -> type[Faulty]:
    """A server that lists these names with these attributes, whatever the folder holds."""

    class Listing(Faulty):
        async def scandir(self, path: bytes) -> AsyncIterator[Any]:
            for name, attrs in entries:
                yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs(**attrs))

    return Listing


FILE = {"size": 3, "permissions": 0o100644, "atime": 0, "mtime": 0}


def test_a19_an_entry_listed_twice_counts_once(drop: Path) -> None:
    with (
        serving(drop, _listing((b"a", FILE), (b"b", FILE), (b"a", FILE))) as server,
        open_remote(connection_to(server)) as remote,
    ):
        assert [f.name for f in remote.list(".")[0]] == ["a", "b"]


@pytest.mark.parametrize(("mtime", "seen"), [(0, "1970-01-01T00:00:00"), (2**32 - 1, "2106-02-07T06:28:15")])
def test_a20_extreme_times(drop: Path, mtime: int, seen: str) -> None:
    with (
        serving(drop, _listing((b"a", {**FILE, "mtime": mtime}))) as server,
        open_remote(connection_to(server)) as remote,
    ):
        assert remote.list(".")[0][0].modified_at.isoformat() == seen


# --- B, E. names and malice ---


def test_b10_names_that_differ_in_case_or_composition_are_two(drop: Path) -> None:
    names = ["A.csv", "a.csv", "\u00e9.csv", "e\u0301.csv"]
    with (
        serving(drop, _listing(*[(name.encode(), FILE) for name in names])) as server,
        open_remote(connection_to(server)) as remote,
    ):
        assert {f.name for f in remote.list(".")[0]} == set(names)


HOSTILE = [
    b"../../x", b"/etc/passwd", b"a/b", b"a\\b", b"a\0b", b"a\nb", b"-rf", b";rm", b"$(id)", b"x" * 5000, b"",
    "a\u202eb".encode(), b"\x1b[31m", "a\u2028b".encode(), "\x85".encode(),
]  # fmt: skip


def test_e1_hostile_names_are_reported_and_the_others_listed(drop: Path, tmp_path: Path) -> None:
    entries = [(name, FILE) for name in [*HOSTILE, b"good.csv"]]
    with serving(drop, _listing(*entries)) as server, open_remote(connection_to(server)) as remote:
        files, skipped = remote.list(".")
        assert [f.name for f in files] == ["good.csv"]
        assert len(skipped) == len(HOSTILE)
        assert all(s.name.isprintable() and len(s.name) <= 1024 for s in skipped)
        with pytest.raises(ValueError, match="path component"):
            remote.fetch(".", RemoteFile("../x", 3, files[0].modified_at), tmp_path / "x", lambda _: None)
        with pytest.raises(ConfigurationError):
            remote.list("a/../../b")


@pytest.mark.sshd
def test_e2_one_name_that_is_not_utf8_among_fifty(sshd: OpenSshServer, drop: Path, keys: Keys) -> None:
    for number in range(50):
        (drop / f"{number:02}.csv").touch()
    Path(os.fsdecode(os.fsencode(drop) + b"/caf\xe9.csv")).touch()
    connection = connection_to(sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY")
    with open_remote(connection) as remote:
        files, skipped = remote.list(".")
    assert len(files) == 50
    assert [(s.name, s.reason) for s in skipped] == [("caf\\xe9.csv", "the name is not UTF-8")]


@pytest.mark.sshd
def test_e3_only_regular_files(sshd: OpenSshServer, drop: Path, keys: Keys) -> None:
    (drop / "secret.csv").symlink_to("/etc/passwd")
    (drop / "linked").symlink_to("/etc")
    os.mkfifo(drop / "pipe.csv")
    (drop / "folder.csv").mkdir()
    for name in (".hidden", "up.csv.part", "up.TMP", "up.filepart", "up.writing", "up.csv"):
        (drop / name).touch()
    connection = connection_to(sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY")
    with open_remote(connection) as remote:
        files, skipped = remote.list(".")
    assert [f.name for f in files] == ["up.csv"]
    assert {(s.name, s.reason) for s in skipped} == {
        ("secret.csv", "symlink"),
        ("linked", "symlink"),
        ("pipe.csv", "named pipe"),
        ("folder.csv", "directory"),
    }


def test_e4_symlink_swapped_in_after_the_listing(drop: Path, tmp_path: Path) -> None:
    (drop / "a.csv").write_bytes(b"abc")
    (tmp_path / "other").write_bytes(b"abcd")
    with serving(drop) as server, open_remote(connection_to(server)) as remote:
        files, _ = remote.list(".")
        (drop / "a.csv").unlink()
        (drop / "a.csv").symlink_to(tmp_path / "other")
        with pytest.raises(FileChangedError):
            remote.fetch(".", files[0], tmp_path / "x", lambda _: None)


def test_e14_endless_listing_is_cut_off(drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(Faulty):
        async def scandir(self, path: bytes) -> AsyncIterator[Any]:
            while True:
                yield asyncssh.SFTPName(os.urandom(8).hex().encode(), attrs=asyncssh.SFTPAttrs(**FILE))

    monkeypatch.setattr(loaders.transport.sftp_pipeline, "MAX_ENTRIES", 1_000)
    monkeypatch.setattr(loaders.transport.sftp, "ATTEMPTS", 1)
    with (
        serving(drop, Endless) as server,
        open_remote(connection_to(server)) as remote,
        pytest.raises(TransportError, match="more than 1000 entries"),
    ):
        remote.list(".")


def test_e14_huge_packet_is_refused() -> None:
    huge = b"SSH-2.0-x\r\n\x7f\xff\xff\xfc" + b"\0" * 4096

    def talk(peer: socket.socket) -> None:
        peer.sendall(huge)
        peer.recv(4096)

    with raw_server(talk) as (port, _), pytest.raises(TransportError, match="packet of"):
        open_remote(to_port(port)).__enter__()


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


# --- the pipeline ---


def test_pipeline_copes_with_short_and_reordered_replies(drop: Path, tmp_path: Path) -> None:
    data = content(3_000_000)
    (drop / "list.csv").write_bytes(data)
    dice = random.Random(7)

    class Wayward(Faulty):
        async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            part = bytes(super().read(file_obj, offset, dice.randint(size // 3, size) or 1))
            await asyncio.sleep(dice.random() / 100)
            return part

    with serving(drop, Wayward) as server:
        assert fetch_one(connection_to(server), tmp_path / "x")[0] == sha256(data)
    assert (tmp_path / "x").read_bytes() == data


def test_pipeline_without_the_limits_extension(drop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = content(5_000_001)
    (drop / "list.csv").write_bytes(data)
    longest: list[int] = []

    class Plain(Faulty):
        def read(self, file_obj: Any, offset: int, size: int) -> Any:
            longest.append(size)
            return super().read(file_obj, offset, size)

    monkeypatch.setattr(loaders.transport.sftp_pipeline, "pairs", lambda _: [])
    with serving(drop, Plain) as server:
        assert fetch_one(connection_to(server), tmp_path / "x")[0] == sha256(data)
    assert max(longest) == 32_768


def test_full_local_disk_is_no_fault_of_the_server(drop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (drop / "list.csv").write_bytes(content(1_000_000))

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loaders.transport.sftp_pipeline, "write_at", full)
    with serving(drop) as server:
        with pytest.raises(OSError, match="No space"):
            fetch_one(connection_to(server), tmp_path / "x.part")
        assert server.connections == 1
    assert not (tmp_path / "x.part").exists()


# --- rename ---


@pytest.mark.sshd
@pytest.mark.parametrize("extension", [True, False])
def test_b05_rename_never_over_another_file(
    sshd: OpenSshServer, drop: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch, extension: bool
) -> None:
    if not extension:
        monkeypatch.setattr(loaders.transport.sftp, "_POSIX_RENAME", b"unknown")
    for name in ("a.csv", "b.csv", "b.csv.done"):
        (drop / name).write_text(name)
    connection = connection_to(sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY")
    with open_remote(connection) as remote:
        remote.rename(".", "a.csv", "a.csv.done")
        with pytest.raises(TargetExistsError):
            remote.rename(".", "b.csv", "b.csv.done")
        with pytest.raises(FileVanishedError):
            remote.rename(".", "c.csv", "c.csv.done")
    assert sorted(p.name for p in drop.iterdir()) == ["a.csv.done", "b.csv", "b.csv.done"]
    assert (drop / "b.csv.done").read_text() == "b.csv.done"


def test_b05_rename_whose_answer_is_lost_is_done(drop: Path) -> None:
    (drop / "a.csv").touch()

    class Losing(Faulty):
        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            super().posix_rename(oldpath, newpath)
            self.drop()

    with serving(drop, Losing) as server, open_remote(connection_to(server)) as remote:
        remote.rename(".", "a.csv", "a.csv.done")
    assert [p.name for p in drop.iterdir()] == ["a.csv.done"]


def test_fetching_and_renaming_from_two_threads(drop: Path, tmp_path: Path) -> None:
    data = content(10_000_000)
    (drop / "big.csv").write_bytes(data)
    for number in range(10):
        (drop / f"{number}.csv").touch()
    hashes: list[str] = []
    with serving(drop) as server, open_remote(connection_to(server)) as remote:
        big = next(f for f in remote.list(".")[0] if f.name == "big.csv")
        fetcher = threading.Thread(target=lambda: hashes.append(remote.fetch(".", big, tmp_path / "x", lambda _: None)))
        fetcher.start()
        for number in range(10):
            remote.rename(".", f"{number}.csv", f"{number}.done")
        fetcher.join(20)
        assert server.connections == 1
    assert hashes == [sha256(data)]
    assert len(list(drop.glob("*.done"))) == 10


def test_missing_directory_is_a_fault_of_the_configuration(drop: Path) -> None:
    with serving(drop) as server, open_remote(connection_to(server)) as remote:
        with pytest.raises(ConfigurationError, match="nowhere"):
            remote.list("nowhere")
        assert remote.list(".") == ([], [])
