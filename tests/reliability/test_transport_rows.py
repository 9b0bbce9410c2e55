"""Rows A of the scorecard in whole runs: what a server does wrong is made up for by the next run, once."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

import loaders.landing.ledger
import loaders.landing.run
import loaders.transport.sftp
from loaders.database import open_database
from loaders.errors import TransportError
from loaders.landing.run import land
from loaders.transport.opening import open_remote
from servers.embedded import EmbeddedSftp
from servers.openssh import OpenSshServer
from tests.contracts.installation import Installation, Tenant, copy_project, lines
from tests.loaders.conftest import connection_to, install_sshd
from tests.loaders.transport.sftp_servers import Faulty, no_thread_left

from .rig import LISTS, names, read_by_sftp

ROWS = lines("id,email", *(f"{n},person{n}@x.org" for n in range(20_000)))


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SERVER_PASSWORD", "in-memory")
    monkeypatch.setenv("PYTEST_CONNECTIONS", str(tmp_path / "connections.yml"))
    monkeypatch.setattr(loaders.transport.sftp, "BACKOFF", 0.02)


class Broken(Faulty):
    """A server on which something is wrong with the second list, as long as it is told so."""

    fault = ""
    folder = Path()

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        if self.fault == "vanishes" and LISTS[1].encode() in path:
            raise asyncssh.SFTPNoSuchFile("gone")
        self.is_second = LISTS[1].encode() in path
        return super().open(path, pflags, attrs)

    async def read(self, file_obj: Any, offset: int, size: int) -> Any:
        if self.is_second and offset:
            if self.fault == "drops":
                self.drop()
            elif self.fault == "stalls":
                await asyncio.sleep(3600)
            elif self.fault == "fails":
                raise asyncssh.SFTPFailure("disk trouble")
            elif self.fault == "grows":
                with (self.folder / LISTS[1]).open("a") as file:
                    file.write("20000,last@x.org\n")
                type(self).fault = ""
        return super().read(file_obj, offset, size)


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Installation]:
    """Three lists on that server."""
    muster = Installation.ready(tmp_path / "home")
    for name in LISTS:
        muster.drop(name, ROWS)
    Broken.folder = muster.path_of(LISTS[0]).parent
    with EmbeddedSftp(muster.drops / "remarkety", sftp_server=Broken) as server:
        read_by_sftp(muster, server.port, server.host_key, idle_timeout=1)
        yield muster
    Broken.fault = ""


@pytest.mark.parametrize("fault", ["drops", "stalls", "fails", "grows"])
def test_a_a_list_that_a_server_breaks_off_lands_once_when_it_is_whole(broken: Installation, fault: str) -> None:
    Broken.fault = fault
    report = land(broken.settings)
    assert names(report.landed) == LISTS[:1], "and the list after it waits for its turn"
    assert {error.exit_code for error in report.errors.values()} == {4}
    assert list(broken.settings.spool.iterdir()) == []
    Broken.fault = ""
    assert names(broken.land().landed) == LISTS[1:]
    assert broken.land().landed == []
    last = 20_001 if fault == "grows" else 20_000
    counts = broken.rows("select _file_id, count(*) as n from landing.remarkety__lists group by all order by all")
    assert [tuple(row.values()) for row in counts] == [(1, 20_000), (2, last), (3, 20_000)]


def test_a9_a_file_that_vanishes_is_no_error_and_the_next_files_go_on(broken: Installation) -> None:
    Broken.fault = "vanishes"
    report = land(broken.settings)
    (broken.path_of(LISTS[1])).unlink()
    assert names(broken.land().landed) == LISTS[2:], "at the latest by the next run"
    assert names(report.landed) == [LISTS[0], LISTS[2]]
    assert report.errors == {}


MARKED, MARKER = "acme_subscriber_segment_20260101_1.csv", "acme_subscriber_segment_20260101.complete"


def test_a11_half_a_file_without_its_marker_counts_for_nothing(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    phones = [f"21255501{n:02}" for n in range(40)]
    muster.drop("acme_subscribers_20260101.csv", lines("phone,opt_in_status", *(f"{phone},1" for phone in phones)))
    muster.drop(MARKED, lines(*(f"{phone},s" for phone in phones[:20])))  # the upload was broken off here
    muster.land()
    muster.build()
    acme = Tenant(muster, "acme")
    assert (acme.segments(), acme.job(MARKED)["status"]) == (set(), "waiting")
    muster.drop(MARKED, lines(*(f"{phone},s" for phone in phones[10:])))
    muster.drop(MARKER, "")
    muster.land()
    muster.build()
    assert acme.members("s") == {f"+1{phone}" for phone in phones[10:]}


def test_a12_wherever_an_upload_was_broken_off_it_is_refused_or_held(tmp_path: Path) -> None:
    """A list may be cut between two lines: only a footer, or the guard, tells then."""
    rows = lines("id,email", *(f"{n},person{n}@x.org" for n in range(120)))
    root = copy_project(tmp_path / "project", {"remarkety__lists": {"dialect": {"footer": "Total"}}})
    footed = Installation(tmp_path / "footed", root)
    whole = rows.encode() + b"Total 120\n"
    last = whole.index(b"Total")
    for end in (*range(0, last, 97), *range(last - 1, last + 5)):
        footed.drop(f"shop_cut{end}_20260101080000.csv", whole[:end])
    assert {one.refusal_code for one in footed.land().landed} == {"truncated_file"}

    muster = Installation.ready(tmp_path / "home")
    muster.drop(LISTS[0], rows)
    muster.land()
    muster.build()
    half = rows.index("50,person")
    for end, code in ((half, "too_many_removed"), (half + 1, "truncated_file")):
        muster.drop(LISTS[1], rows[:end])
        muster.land()
        muster.build()
        shop = Tenant(muster, "shop")
        assert shop.jobs(LISTS[1])[-1]["code"] == code
        assert len(shop.members("vip")) == 120


@contextmanager
def _logging_in_for_ever(port: int) -> Iterator[None]:
    """Somebody has the server's only place for those who are not logged in yet."""
    while True:
        with socket.create_connection(("127.0.0.1", port)) as other:
            if other.recv(100).startswith(b"SSH-2.0"):
                yield
                return
        time.sleep(0.05)


@pytest.mark.sshd
def test_a17_a_server_that_lets_nobody_more_in_ends_the_run_in_time(tmp_path: Path) -> None:
    install_sshd()
    (tmp_path / "busy").mkdir()
    with OpenSshServer(tmp_path / "busy", ["MaxStartups 1:100:1", "LoginGraceTime 600"]) as server, no_thread_left():
        connection = connection_to(server, connect_timeout=1)
        with _logging_in_for_ever(server.port), pytest.raises(TransportError):
            open_remote(connection).__enter__()


class Reading(Faulty):
    """A server that notes what is read, and leaves out of its next listing what it is told to."""

    opened: list[bytes] = []  # noqa: RUF012  # of all sessions
    hidden = b""

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        self.opened.append(path.rpartition(b"/")[2])
        return super().open(path, pflags, attrs)

    async def scandir(self, path: bytes) -> AsyncIterator[Any]:
        async for entry in super().scandir(path):
            if entry.filename != self.hidden:
                yield entry


@pytest.mark.proof
def test_a18_of_twenty_thousand_files_only_the_five_new_ones_are_fetched(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project", {"remarkety__lists": {"done_suffix": None}})
    muster = Installation(tmp_path / "home", root)
    first = muster.drop(LISTS[0], lines("id", "1"), 1_700_000_000)
    new = [f"shop_new{number}_20260102080000.csv" for number in range(5)]
    with EmbeddedSftp(muster.drops / "remarkety", sftp_server=Reading) as server:
        read_by_sftp(muster, server.port, server.host_key)
        assert names(muster.land().landed) == LISTS[:1]
        with open_database(muster.settings.database) as connection:  # as if they had been landed
            connection.execute(
                """insert into landing.files select files.* replace (
                    range + 2 as file_id, 'lists/shop_' || range || '_20260101080000.csv' as path
                ) from landing.files, range(20000)"""
            )
        for number in range(20_000):
            muster.drop(f"shop_{number}_20260101080000.csv", first.read_bytes(), 1_700_000_000)
        for name in new:
            muster.drop(name, lines("id", "1"))
        Reading.opened.clear()
        assert names(muster.land().landed) == new
        assert Reading.opened == [name.encode() for name in new]


def test_a19_what_a_listing_leaves_out_lands_with_the_next_and_is_said_to_be_late(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    for day, name in enumerate(LISTS[:2], 1):
        muster.drop(name, lines("id", *"ab"[:day]))
    with EmbeddedSftp(muster.drops / "remarkety", sftp_server=Reading) as server:
        read_by_sftp(muster, server.port, server.host_key)
        Reading.hidden = LISTS[0].encode()
        assert muster.muster("run").returncode == 0
        Reading.hidden = b""
        ran = muster.muster("run")
        assert ran.returncode == 3
        assert "1 of the lists are older than one that was applied before" in " ".join(ran.stderr.split()), ran.stderr
        assert muster.muster("run").stdout == "no new files\n"
    shop = Tenant(muster, "shop")
    assert [job["status"] for job in (shop.job(LISTS[0]), shop.job(LISTS[1]))] == ["superseded", "applied"]
    assert shop.members("vip") == {"a", "b"}


@pytest.mark.parametrize("times", [(2**32 - 1, 86_400 * 20_000, 0), (0, 2**32 - 1, 1)], ids=["back", "forth"])
def test_a20_whatever_a_servers_clock_says_names_decide_the_order(tmp_path: Path, times: tuple[float, ...]) -> None:
    muster = Installation.ready(tmp_path / "home")
    for day, (name, mtime) in enumerate(zip(LISTS, times, strict=True), 1):
        muster.drop(name, lines("id", str(day)), mtime)
    with EmbeddedSftp(muster.drops / "remarkety") as server:
        read_by_sftp(muster, server.port, server.host_key)
        assert names(muster.land().landed) == LISTS
        assert muster.land().landed == []
    muster.build()
    assert Tenant(muster, "shop").members("vip") == {"3"}
