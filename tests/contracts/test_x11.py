"""X11 (C01, C101, C110): no file is taken before it is complete: by a marker, or because it has stood still."""

from __future__ import annotations

import getpass
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import loaders.landing.new_file
from loaders.config.connections import LocalConnection, SftpConnection
from loaders.landing.run import land
from loaders.landing.settling import settles_at
from loaders.transport.interface import FileChangedError, RemoteFile
from servers.openssh import OpenSshServer

from .installation import FOLDERS, LISTS, Installation, lines

NAME = "shop_vip_20260101080000.csv"
COUNT = 60_000
ROWS = lines("email", *(f"member{n:05}@example.org" for n in range(COUNT)))
sshd = pytest.mark.skipif(OpenSshServer.program() is None, reason="needs the OpenSSH server")


@contextmanager
def over_sftp(muster: Installation, work: Path, settle: float) -> Iterator[list[str]]:
    """Remarkety's files come from a real sshd; gives the options with which ssh and sftp log in."""
    work.mkdir()
    key = work / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (work / "server").mkdir()
    with OpenSshServer(work / "server") as server:
        server.allow(key.with_suffix(".pub").read_text())
        connect(
            muster,
            remarkety={
                "type": "sftp", "settle": settle, "host": "127.0.0.1", "port": server.port,
                "username": getpass.getuser(), "private_key_file": str(key), "host_keys": [server.host_key],
                "root": str(muster.drops / "remarkety"),
            },
        )  # fmt: skip
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "LogLevel=ERROR")
        yield ["-P", str(server.port), "-i", str(key), *(word for option in options for word in ("-o", option))]


def connect(muster: Installation, **changed: dict[str, Any]) -> None:
    others = {name: {"type": "local", "path": str(muster.drops / name)} for name in FOLDERS}
    muster.connect(others | changed, muster.settings.connections.parent)


def expect_nothing_taken(muster: Installation) -> None:
    report = land(muster.settings)
    assert report.landed == []
    assert [type(error) for error in report.errors.values()] == [FileChangedError]


def expect_all(muster: Installation) -> None:
    (landed,) = muster.land().landed
    assert landed.row_count == COUNT


def refuse_to_wait(_: float) -> None:
    raise AssertionError("nothing is to be waited for")


@sshd
@pytest.mark.skipif(shutil.which("sftp") is None, reason="needs the OpenSSH client")
def test_x11_c01_a_list_is_not_taken_while_sftp_uploads_it(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    (tmp_path / "list.csv").write_text(ROWS)
    with over_sftp(muster, tmp_path / "ssh", settle=8) as login:
        put = f"put {tmp_path / 'list.csv'} {muster.path_of(NAME)}\n"
        command = ["sftp", "-q", *login, "-b", "-", f"{getpass.getuser()}@127.0.0.1"]
        slowly = [*command[:1], "-l", "400", *command[1:]]  # 50 kB/s: every five seconds 255 kB
        with subprocess.Popen(slowly, stdin=subprocess.PIPE, text=True) as upload:
            assert upload.stdin is not None
            upload.stdin.write(put)
            upload.stdin.close()
            while not (muster.path_of(NAME).exists() and muster.path_of(NAME).stat().st_size):
                assert upload.poll() is None
                time.sleep(0.01)
            expect_nothing_taken(muster)
            assert upload.poll() is None, "it was uploaded too fast for this test"
            upload.kill()
        subprocess.run(command, input=put, text=True, check=True)
        expect_all(muster)
        assert muster.land().landed == []


@pytest.mark.parametrize("pause", [0.05, 0.5], ids=["steadily", "in blocks"])
def test_x11_c101_a_local_file_is_not_taken_while_whole_lines_are_appended(tmp_path: Path, pause: float) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    connect(muster, remarkety={"type": "local", "path": str(muster.drops / "remarkety"), "settle": 2})
    path, is_over = muster.path_of(NAME), threading.Event()
    split = ROWS.splitlines(keepends=True)
    path.write_text("".join(split[:10_000]))

    def write() -> None:
        for line in split[10_000:-1]:
            with path.open("a") as file:
                file.write(line)
            if is_over.wait(pause):
                break

    writer = threading.Thread(target=write)
    writer.start()
    try:
        expect_nothing_taken(muster)
    finally:
        is_over.set()
        writer.join()
    path.write_text(ROWS)
    expect_all(muster)


def test_x11_c01_what_is_old_enough_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    monkeypatch.setattr(loaders.landing.new_file, "sleep", refuse_to_wait)
    connect(muster, remarkety={"type": "local", "path": str(muster.drops / "remarkety"), "settle": 600})
    muster.drop(NAME, ROWS, time.time() - 601)
    expect_all(muster)


@pytest.mark.parametrize("marked_after", [0, 2, -2, None], ids=["at once", "later", "before it", "never"])
def test_x11_c01_what_a_marker_says_to_be_complete_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marked_after: float | None
) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    waits: list[float] = []
    monkeypatch.setattr(loaders.landing.new_file, "sleep", waits.append)
    monkeypatch.setattr(loaders.landing.new_file, "seconds_left", lambda until: until if not waits else 0)
    now = time.time()
    muster.drop("acme_subscriber_segment_20260101.csv", "2125550101,vip\n", now)
    if marked_after is not None:
        muster.drop("acme_subscriber_segment_20260101.complete", "", now + marked_after)
    assert len(muster.land().landed) == (1 if marked_after is None else 2)
    assert bool(waits) == (marked_after is None or marked_after < 0), "a part that comes behind the marker may grow"


@sshd
def test_x11_c110_of_two_versions_of_the_same_size_and_second_the_last_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    second = float(int(time.time()))
    muster.drop(NAME, lines("email", "ann@x.org"), second)

    def replace(_: float) -> None:
        monkeypatch.undo()
        muster.drop(NAME, lines("email", "bob@x.org"), second)

    with over_sftp(muster, tmp_path / "ssh", settle=2):
        monkeypatch.setattr(loaders.landing.new_file, "sleep", replace)
        assert len(muster.land().landed) == 1
        assert muster.land().landed == []
    assert [row["email"] for row in muster.rows("from landing.remarkety__lists")] == ["bob@x.org"]


NOW = datetime(2026, 1, 2, 12)
SFTP = SftpConnection(
    type="sftp", host="h", username="u", password_env="P", host_keys=("SHA256:" + "A" * 43,), settle=10
)


@pytest.mark.parametrize(
    ("hours", "seconds", "local", "remote"),
    [
        (0, 9.9, 107, 107),
        (0, 10, 0, 107),
        (1, 0, 0, 107),
        (14.9, 0, 0, 107),
        (15, 0, 0, 0),
        (-1, 0, 107, 107),
        (24 * 365 * 70, 0, 0, 0),
    ],
    ids=["young", "old here", "by a server that tells its own timezone", "still", "old", "in the future", "very old"],
)
def test_x11_c01_what_is_young(hours: float, seconds: float, local: float, remote: float) -> None:
    file = RemoteFile(NAME, 1, NOW - timedelta(hours=hours, seconds=seconds))
    folder = LocalConnection(type="local", path=Path("x"), settle=10)
    assert (settles_at(file, folder, 97, NOW), settles_at(file, SFTP, 97, NOW)) == (local, remote)
    never = LocalConnection(type="local", path=Path("x"), settle=0)
    assert settles_at(file, never, 97, NOW) == 0
