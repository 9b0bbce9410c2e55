"""Listing a directory over SFTP: names, kinds of entries, times, and servers that make up what they like."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

import loaders.transport.sftp
import loaders.transport.sftp_pipeline
from loaders.errors import ConfigurationError, TransportError
from loaders.transport.interface import FileProblemError, RemoteFile
from loaders.transport.opening import open_remote
from servers.openssh import OpenSshServer
from tests.loaders.conftest import Keys, connection_to, install_sshd
from tests.loaders.transport.sftp_servers import Faulty, fetch_one, serving, sha256


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


@pytest.mark.sshd
def test_a18_twenty_thousand_files(sshd: OpenSshServer, drop: Path, keys: Keys) -> None:
    for number in range(20_000):
        os.close(os.open(drop / f"{number:05}.csv", os.O_CREAT))
    started = time.monotonic()
    connection = connection_to(sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY")
    with open_remote(connection) as remote:
        files, _ = remote.list(".")
    assert [f.name for f in files] == [f"{number:05}.csv" for number in range(20_000)]
    assert time.monotonic() - started < 600


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
        with pytest.raises(FileProblemError, match="path component"):
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


def test_missing_directory_is_a_fault_of_the_configuration(drop: Path) -> None:
    with serving(drop) as server, open_remote(connection_to(server)) as remote:
        with pytest.raises(ConfigurationError, match="nowhere"):
            remote.list("nowhere")
        assert remote.list(".") == ([], [])
