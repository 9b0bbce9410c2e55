"""Fetching a file over SFTP: whole, or with an error that says what happened."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
import pytest

import loaders.transport.sftp_pipeline
from loaders.errors import TransportError
from loaders.transport.interface import FileChangedError, FileForbiddenError, FileVanishedError
from loaders.transport.opening import open_remote
from servers.openssh import OpenSshServer
from tests.loaders.conftest import Keys, connection_to
from tests.loaders.transport.sftp_servers import (
    BLOCK,
    Faulty,
    content,
    fetch_one,
    no_thread_left,
    raw_server,
    serving,
    sha256,
    to_port,
)


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


def test_a3_stall_ends_at_the_idle_timeout(drop: Path, tmp_path: Path) -> None:
    (drop / "list.csv").write_bytes(content(2_000_000))

    class Stalling(Faulty):
        async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            if offset:
                await asyncio.sleep(3600)
            return bytes(super().read(file_obj, offset, size))

    started = time.monotonic()
    with serving(drop, Stalling) as server, pytest.raises(TransportError, match="silent"):
        fetch_one(connection_to(server, idle_timeout=0.3), tmp_path / "x.part")
    assert time.monotonic() - started < 600
    assert not (tmp_path / "x.part").exists()


def test_a4_drip_ends_at_the_file_deadline(drop: Path, tmp_path: Path) -> None:
    (drop / "list.csv").write_bytes(content(100_000))

    class Dripping(Faulty):
        async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            await asyncio.sleep(0.05)
            return bytes(super().read(file_obj, offset, 1))

    started = time.monotonic()
    with serving(drop, Dripping) as server, pytest.raises(TransportError, match="deadline"):
        fetch_one(connection_to(server, file_deadline=1), tmp_path / "x.part")
    assert time.monotonic() - started < 600


def test_a4_drip_below_the_least_rate_ends_at_once(drop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (drop / "list.csv").write_bytes(content(100_000))
    monkeypatch.setattr(loaders.transport.sftp_pipeline, "MIN_RATE_SECONDS", 0.3)

    class Dripping(Faulty):
        async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            await asyncio.sleep(0.05)
            return bytes(super().read(file_obj, offset, 1))

    with serving(drop, Dripping) as server:
        with pytest.raises(TransportError, match="min_rate"):
            fetch_one(connection_to(server, min_rate=1000), tmp_path / "x.part")
        assert server.connections == 1
        with pytest.raises(TransportError, match="deadline"):
            fetch_one(connection_to(server, min_rate=0, file_deadline=1), tmp_path / "x.part")


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


def test_e4_symlink_swapped_in_after_the_listing(drop: Path, tmp_path: Path) -> None:
    (drop / "a.csv").write_bytes(b"abc")
    (tmp_path / "other").write_bytes(b"abcd")
    with serving(drop) as server, open_remote(connection_to(server)) as remote:
        files, _ = remote.list(".")
        (drop / "a.csv").unlink()
        (drop / "a.csv").symlink_to(tmp_path / "other")
        with pytest.raises(FileChangedError):
            remote.fetch(".", files[0], tmp_path / "x", lambda _: None)


def test_e14_huge_packet_is_refused() -> None:
    huge = b"SSH-2.0-x\r\n\x7f\xff\xff\xfc" + b"\0" * 4096

    def talk(peer: socket.socket) -> None:
        peer.sendall(huge)
        peer.recv(4096)

    with raw_server(talk) as (port, _), pytest.raises(TransportError, match="packet of"):
        open_remote(to_port(port)).__enter__()


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


def test_fetching_and_renaming_from_two_threads(drop: Path, tmp_path: Path) -> None:
    data = content(10_000_000)
    (drop / "big.csv").write_bytes(data)
    for number in range(10):
        (drop / f"{number}.csv").touch()
    hashes: list[str] = []
    with serving(drop) as server, open_remote(connection_to(server)) as remote:
        listed = {file.name: file for file in remote.list(".")[0]}
        big = listed["big.csv"]
        fetcher = threading.Thread(target=lambda: hashes.append(remote.fetch(".", big, tmp_path / "x", lambda _: None)))
        fetcher.start()
        for number in range(10):
            remote.rename(".", listed[f"{number}.csv"], f"{number}.done")
        fetcher.join(20)
        assert server.connections == 1
    assert hashes == [sha256(data)]
    assert len(list(drop.glob("*.done"))) == 10
