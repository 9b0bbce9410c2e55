"""Renaming over SFTP."""

from __future__ import annotations

from pathlib import Path

import pytest

import loaders.transport.sftp
from loaders.transport.interface import FileVanishedError, TargetExistsError
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
