"""Field case C113: connections are worked side by side, a slow partner delays nobody, and waiting can be ended."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

import loaders.landing.turns
from loaders.landing.report import LandingReport
from loaders.landing.run import land
from loaders.landing.turns import queues_of
from servers.embedded import EmbeddedSftp
from tests.loaders.transport.sftp_servers import Faulty

from .installation import FOLDERS, Installation, copy_project, lines

SLOW = "shop_vip_20260101080000.csv"
OTHER = "acme_subscriber_segment_20260102_1.csv"
STAGES = ("listing", "reading")


@contextmanager
def partner_who_waits(muster: Installation, stage: str) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Remarkety's server does not answer at this stage until the second event is set; the first: it has been asked."""
    asked, released = threading.Event(), threading.Event()

    async def hold() -> None:
        asked.set()
        while not released.is_set():
            await asyncio.sleep(0.01)

    class Waiting(Faulty):
        async def scandir(self, path: bytes) -> Any:
            if stage == "listing":
                await hold()
            async for entry in super().scandir(path):
                yield entry

        async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            if stage == "reading":
                await hold()
            return bytes(super().read(file_obj, offset, size))

    with EmbeddedSftp(muster.drops / "remarkety", sftp_server=Waiting) as server:
        connect(muster, server.port, server.host_key)
        yield asked, released
        released.set()


def connect(muster: Installation, port: int, host_key: str) -> None:
    others = {name: {"type": "local", "path": str(muster.drops / name)} for name in FOLDERS}
    slow = {
        "type": "sftp", "host": "127.0.0.1", "port": port, "username": "muster", "password_env": "SLOW_PASSWORD",
        "host_keys": [host_key], "settle": 0, "root": ".",
        "connect_timeout": 3600, "idle_timeout": 3600, "file_deadline": 3600,
    }  # fmt: skip
    muster.connect(others | {"remarkety": slow}, muster.settings.connections.parent)


@pytest.fixture
def muster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("SLOW_PASSWORD", "in-memory")
    edits: dict[str, dict[str, Any]] = {"remarkety__lists": {"done_suffix": ".done"}}
    muster = Installation(tmp_path / "home", copy_project(tmp_path / "project", edits))
    muster.drop(SLOW, lines("email", "ann@x.org"))
    muster.drop(OTHER, lines("2125550101,s"))
    return muster


@pytest.mark.parametrize("stage", STAGES)
def test_c113_a_slow_partner_delays_nobody(muster: Installation, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    monkeypatch.setattr(loaders.landing.turns, "PATIENCE", 0.2)
    seen: list[Any] = []
    with partner_who_waits(muster, stage) as (_, released):

        def meanwhile() -> None:
            with duckdb.connect(str(muster.settings.database)) as database:  # nobody else has it open
                seen.extend(database.execute("select path from landing.files").fetchall())
            released.set()

        report = land(muster.settings, meanwhile=meanwhile)
    assert seen == [(f"segments/{OTHER}",)]
    assert report.errors == {}
    assert [one.path for one in report.landed] == [f"segments/{OTHER}", f"lists/{SLOW}"]
    assert [path.name for path in (muster.drops / "remarkety" / "lists").iterdir()] == [SLOW + ".done"]


def test_c113_what_the_others_have_sent_is_published_meanwhile(muster: Installation) -> None:
    with partner_who_waits(muster, "reading") as (asked, released):
        process = muster.start("run", "--json")
        assert asked.wait(600)
        published = muster.settings.database.parent / "published" / muster.settings.database.name
        until = time.monotonic() + 600
        while not published.exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        with duckdb.connect(str(published), read_only=True) as database:
            assert database.execute("select path from marts.import_jobs").fetchall() == [(f"segments/{OTHER}",)]
        assert process.poll() is None, "it waits for the slow partner"
        released.set()
        output, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    assert output.count('"path"') == 2
    assert {row["path"] for row in muster.rows("from marts.import_jobs")} == {f"segments/{OTHER}", f"lists/{SLOW}"}
    assert len(muster.rows("from marts.memberships")) == 1


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("stage", STAGES)
def test_c113_c11_whoever_waits_can_be_ended(muster: Installation, stage: str, sent: signal.Signals) -> None:
    with partner_who_waits(muster, stage) as (asked, released):
        process = muster.start("land")
        assert asked.wait(600)
        process.send_signal(sent)
        _, errors = process.communicate(timeout=600)  # the server would keep it waiting for an hour
        assert process.returncode == 128 + sent
        assert errors.splitlines() == [
            "muster: interrupted; every file that was landed is kept, and the next run goes on"
        ]
        released.set()
        muster.land()
    assert len(muster.rows("from landing.files where duplicate_of is null")) == 2


def test_c113_c11_a_server_that_says_nothing_does_not_keep_it(muster: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connect(muster, listener.getsockname()[1], "SHA256:" + "A" * 43)
        process = muster.start("land")
        peer, _ = listener.accept()
        with peer:
            process.terminate()
            process.communicate(timeout=600)
        assert process.returncode == 143


def test_c113_a_refused_rename_waits_for_nobody_either(muster: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders.landing.turns, "PATIENCE", 0.2)
    monkeypatch.setattr(loaders.landing.run, "PATIENCE", 0.2)
    released, calls = threading.Event(), []

    class Waiting(Faulty):
        async def rename(self, oldpath: bytes, newpath: bytes) -> Any:
            while not released.is_set():
                await asyncio.sleep(0.01)
            return super().rename(oldpath, newpath)

        posix_rename = rename

    def meanwhile() -> None:
        calls.append(len(muster.rows("from landing.files")))
        released.set()

    with EmbeddedSftp(muster.drops / "remarkety", sftp_server=Waiting) as server:
        connect(muster, server.port, server.host_key)
        report: LandingReport = land(muster.settings, meanwhile=meanwhile)
    assert calls == [2]
    assert report.errors == {}
    assert report.not_renamed == []
    assert (muster.drops / "remarkety" / "lists" / (SLOW + ".done")).exists()


def test_c113_linked_feeds_of_two_connections_have_one_order() -> None:
    declared = (("one", "root"), ("two", None), ("three", "root"), ("four", "other"), ("three", "other"), ("five", "x"))
    feeds: Any = [SimpleNamespace(root=root, config=SimpleNamespace(connection=name)) for name, root in declared]
    lanes: Any = {name: SimpleNamespace(name=name) for name, _ in declared}
    found = [{lane.name for lane in queue.lanes} for queue in queues_of(lanes, feeds)]
    assert sorted(map(sorted, found)) == [["five"], ["four", "one", "three"], ["two"]]
