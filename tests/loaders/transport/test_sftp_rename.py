"""Renaming over SFTP."""

from __future__ import annotations

from pathlib import Path

import asyncssh
import pytest

import loaders.transport.sftp
from loaders.transport.interface import (
    FileChangedError,
    FileVanishedError,
    RemoteFile,
    RenameRefusedError,
    TargetExistsError,
    utc,
)
from loaders.transport.opening import open_remote
from servers.openssh import OpenSshServer
from tests.loaders.conftest import Keys, connection_to
from tests.loaders.transport.sftp_servers import Faulty, serving


@pytest.mark.sshd
@pytest.mark.parametrize("extension", [True, False])
def test_b05_rename_never_over_another_file(
    sshd: OpenSshServer, drop: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch, extension: bool
) -> None:
    if not extension:
        monkeypatch.setattr(loaders.transport.sftp, "POSIX_RENAME", b"unknown")
    for name in ("a.csv", "b.csv", "b.csv.done"):
        (drop / name).write_text(name)
    connection = connection_to(sshd, drop, {"KEY": keys()[0]}, private_key_env="KEY")
    with open_remote(connection) as remote:
        listed = {file.name: file for file in remote.list(".")[0]}
        remote.rename(".", listed["a.csv"], "a.csv.done")
        with pytest.raises(TargetExistsError):
            remote.rename(".", listed["b.csv"], "b.csv.done")
        with pytest.raises(FileVanishedError):
            remote.rename(".", RemoteFile("c.csv", 1, utc(0)), "c.csv.done")
    assert sorted(p.name for p in drop.iterdir()) == ["a.csv.done", "b.csv", "b.csv.done"]
    assert (drop / "b.csv.done").read_text() == "b.csv.done"


def test_b05_rename_whose_answer_is_lost_is_done(drop: Path) -> None:
    (drop / "a.csv").touch()

    class Losing(Faulty):
        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            super().posix_rename(oldpath, newpath)
            self.drop()

    with serving(drop, Losing) as server, open_remote(connection_to(server)) as remote:
        remote.rename(".", remote.list(".")[0][0], "a.csv.done")
    assert [p.name for p in drop.iterdir()] == ["a.csv.done"]


@pytest.mark.parametrize("extension", [True, False])
def test_c100_what_came_in_the_place_of_the_listed_file_keeps_its_name(
    drop: Path, monkeypatch: pytest.MonkeyPatch, extension: bool
) -> None:
    if not extension:
        monkeypatch.setattr(loaders.transport.sftp, "POSIX_RENAME", b"unknown")
    (drop / "a.csv").write_text("first")
    (drop / "b.csv").write_text("first")

    class Replacing(Faulty):
        """A partner replaces the file at the last moment."""

        def replace(self, path: bytes) -> None:
            (drop / "new").write_text("corrected")
            (drop / "new").replace(drop / Path(path.decode()).name)

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            self.replace(oldpath)
            super().posix_rename(oldpath, newpath)

        def rename(self, oldpath: bytes, newpath: bytes) -> None:
            if oldpath.endswith(b".csv"):
                self.replace(oldpath)
            super().rename(oldpath, newpath)

    with serving(drop, Replacing) as server, open_remote(connection_to(server)) as remote:
        listed = {file.name: file for file in remote.list(".")[0]}
        with pytest.raises(FileChangedError, match="listed with 5 bytes"):
            remote.rename(".", listed["a.csv"], "a.csv.done")
        (drop / "b.csv").write_text("second")
        with pytest.raises(FileChangedError, match="now 6 bytes"):
            remote.rename(".", listed["b.csv"], "b.csv.done")
    assert {path.name: path.read_text() for path in drop.iterdir()} == {"a.csv": "corrected", "b.csv": "second"}


@pytest.mark.parametrize("code", [asyncssh.FX_FAILURE, asyncssh.FX_OP_UNSUPPORTED])
def test_c105_a_server_that_does_not_rename_says_so_of_the_file_and_goes_on(drop: Path, code: int) -> None:
    (drop / "a.csv").write_text("first")

    class Refusing(Faulty):
        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            raise asyncssh.SFTPError(code, "not here")

        rename = posix_rename

    with serving(drop, Refusing) as server, open_remote(connection_to(server)) as remote:
        (file,) = remote.list(".")[0]
        with pytest.raises(RenameRefusedError, match=r"a\.csv: not here"):
            remote.rename(".", file, "a.csv.done")
        assert remote.list(".")[0] == [file], "the connection is not broken"


def test_c105_where_the_extension_is_only_announced_the_plain_request_is_used(drop: Path) -> None:
    (drop / "a.csv").write_text("first")

    class Announcing(Faulty):
        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            raise asyncssh.SFTPError(asyncssh.FX_OP_UNSUPPORTED, "not here")

    with serving(drop, Announcing) as server, open_remote(connection_to(server)) as remote:
        remote.rename(".", remote.list(".")[0][0], "a.csv.done")
    assert [p.name for p in drop.iterdir()] == ["a.csv.done"]
