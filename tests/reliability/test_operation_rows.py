"""Rows H2 and H5 of the scorecard: a partner who has gone silent, and the same files from servers of several kinds."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paramiko
import pytest

from loaders.database import open_database
from servers import other_daemons
from servers.embedded import EmbeddedSftp
from servers.openssh import OpenSshServer
from tests.contracts.installation import Installation, copy_project, lines
from tests.loaders.conftest import install_sshd

from .rig import LISTS, drop_three_days, everything, expect_equal, read_by_sftp


def test_h2_a_feed_that_is_silent_for_longer_than_its_schedule_is_named(tmp_path: Path) -> None:
    daily = {"remarkety__lists": {"schedule": {"at": ["06:00"]}}}
    muster = Installation(tmp_path / "home", copy_project(tmp_path / "project", daily))
    muster.drop(LISTS[0], lines("id", "1"))
    muster.land()
    with open_database(muster.settings.database) as connection:
        connection.execute("update landing.files set landed_at = landed_at - interval 3 days")
        connection.execute("update landing.pickups set started_at = started_at - interval 3 days")
    ran = muster.muster("run", "--scheduled")
    assert (ran.returncode, "remarkety__lists" in ran.stderr) == (3, True)


class _Folder(paramiko.SFTPServerInterface):
    """A folder, as paramiko serves it."""

    root = Path()

    def _at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def list_folder(self, path: str) -> Any:
        folder = self._at(path)
        return [paramiko.SFTPAttributes.from_stat(one.lstat(), one.name) for one in folder.iterdir()]

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._at(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = self._at(path).open("rb")  # type: ignore[attr-defined]
        handle.stat = lambda: self.stat(path)  # type: ignore[method-assign]
        return handle

    def rename(self, oldpath: str, newpath: str) -> int:
        if self._at(newpath).exists():
            return int(paramiko.sftp.SFTP_FAILURE)
        self._at(oldpath).rename(self._at(newpath))
        return int(paramiko.sftp.SFTP_OK)


class _Anybody(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        return int(paramiko.common.AUTH_SUCCESSFUL)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.common.OPEN_SUCCEEDED)


@contextmanager
def served_by_paramiko(folder: Path) -> Iterator[tuple[int, str]]:
    key = paramiko.ECDSAKey.generate()
    served = type("Served", (_Folder,), {"root": folder})
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                transport = paramiko.Transport(peer)
                transport.add_server_key(key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, served)
                transport.start_server(server=_Anybody())

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1], key.fingerprint
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def serving(kind: str, muster: Installation, work: Path) -> Iterator[None]:
    """Remarkety's files come from a server of this kind, or from the folder itself."""
    folder = muster.drops / "remarkety"
    if kind == "folder":
        yield
    elif kind == "openssh":
        install_sshd()
        work.mkdir()
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work / "key"], check=True)
        (work / "server").mkdir()
        with OpenSshServer(work / "server") as sshd:
            sshd.allow((work / "key.pub").read_text())
            login = {"username": getpass.getuser(), "private_key_file": str(work / "key"), "password_env": None}
            known = {name: value for name, value in login.items() if value}
            read_by_sftp(muster, sshd.port, sshd.host_key, root=str(folder), **known)
            yield
    elif kind == "asyncssh":
        with EmbeddedSftp(folder) as server:
            read_by_sftp(muster, server.port, server.host_key)
            yield
    elif kind == "paramiko":
        with served_by_paramiko(folder) as (port, host_key):
            read_by_sftp(muster, port, host_key)
            yield
    else:
        work.mkdir()
        with getattr(other_daemons, kind)(folder, work, "muster", "in-memory") as (port, host_key):
            read_by_sftp(muster, port, host_key)
            yield


@pytest.mark.proof
def test_h5_the_same_files_from_any_server_end_in_the_same_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVER_PASSWORD", "in-memory")
    found = {}
    others = [kind for kind in ("rclone", "proftpd") if other_daemons.is_there(kind)]
    for kind in ("folder", "openssh", "asyncssh", "paramiko", *others):
        muster = Installation.ready(tmp_path / kind)
        drop_three_days(muster)
        for name in LISTS:  # by SFTP times are in whole seconds
            os.utime(muster.path_of(name), (1_700_000_000, 1_700_000_000))
        with serving(kind, muster, tmp_path / f"{kind}-server"):
            started = time.monotonic()
            done = muster.muster("run")
            assert done.returncode == 0, (kind, done.stderr)
            assert muster.muster("run").stdout == "no new files\n", kind
            print(f"{kind}: {time.monotonic() - started:.1f} s")
        assert all(path.name.endswith(".done") for path in muster.path_of(LISTS[0]).parent.iterdir())
        found[kind] = everything(muster)
    for kind in found:
        expect_equal(found[kind], found["folder"])
