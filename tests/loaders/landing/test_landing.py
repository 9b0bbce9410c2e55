"""Landing without a build: exactly once, in order, every line accounted for (scorecard B and D, G7 to G9)."""

from __future__ import annotations

import hashlib
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest

import loaders.landing.lane
from loaders.config.connections import LocalConnection
from loaders.feeds.loading import load_feeds
from loaders.landing.report import LandingReport
from loaders.landing.run import land
from loaders.transport.interface import RemoteFile, Skipped
from loaders.transport.local_folder import LocalFolder
from servers.embedded import EmbeddedSftp
from tests.contracts.installation import FOLDERS, Installation, copy_project, edit_feed, lines, pass_a_day

ROWS = "2125550101,s\n"
DAY1, DAY2, DAY3 = (f"acme_subscriber_segment_2026010{day}.csv" for day in (1, 2, 3))


@pytest.fixture
def muster(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "home")


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are fetched from local folders, which list their files in reverse."""
    names: list[str] = []

    class Watched(LocalFolder):
        def list(self, directory: str) -> tuple[list[RemoteFile], list[Skipped]]:
            files, skipped = super().list(directory)
            return files[::-1], skipped

        def fetch(self, directory: str, file: RemoteFile, target: Path, progress: Callable[[int], None]) -> str:
            names.append(file.name)
            return super().fetch(directory, file, target, progress)

    def open_watched(connection: LocalConnection) -> LocalFolder:
        return Watched(connection.path)

    monkeypatch.setattr(loaders.landing.lane, "open_remote", open_watched)
    return names


def landed(report: LandingReport) -> list[tuple[str, str]]:
    """Name and fate of each file, in the order of the log."""
    assert [one.file_id for one in report.landed] == sorted({one.file_id for one in report.landed})
    return [
        (one.path.rpartition("/")[2], "duplicate" if one.duplicate_of else one.refusal_code or "landed")
        for one in report.landed
    ]


def row_count(muster: Installation, feed: str = "attentive__segments") -> int:
    (row,) = muster.rows(f'select count(*) as n from landing."{feed}"')
    return int(row["n"])


def test_b1_the_same_listing_again_is_not_downloaded(muster: Installation, fetched: list[str]) -> None:
    muster.drop(DAY1, ROWS)
    muster.drop(DAY2, b"\xff")  # nor is a file that was refused
    assert landed(muster.land()) == [(DAY1, "landed"), (DAY2, "invalid_encoding")]
    assert landed(muster.land()) == []
    assert fetched == [DAY1, DAY2]


@pytest.mark.parametrize("mtime", [1_700_000_001, 1_700_000_000, 1_699_999_999], ids=["newer", "same", "older"])
def test_b2_new_content_under_the_same_name_is_a_new_version(muster: Installation, mtime: float) -> None:
    muster.drop(DAY1, ROWS, 1_700_000_000)
    muster.land()
    muster.drop(DAY1, ROWS * 2, mtime)
    assert landed(muster.land()) == [(DAY1, "landed")]
    assert landed(muster.land()) == []
    assert row_count(muster) == 3


def test_b3_a_b_a_is_three_loads(muster: Installation) -> None:
    for content in ("2125550101,s\n", "2125550102,s\n", "2125550101,s\n"):
        muster.drop(DAY1, content)
        assert landed(muster.land()) == [(DAY1, "landed")]
    assert row_count(muster) == 3


def test_b4_a_new_name_with_the_same_bytes_is_a_file_of_its_own(muster: Installation) -> None:
    muster.drop(DAY1, ROWS)
    muster.drop(DAY2, ROWS)
    assert landed(muster.land()) == [(DAY1, "landed"), (DAY2, "landed")]
    assert len(list(muster.settings.archive.glob("??/*"))) == 1


def test_b5_a_touched_file_is_a_duplicate_of_its_first_landing_and_lands_no_rows(muster: Installation) -> None:
    for _ in range(3):
        muster.drop(DAY1, ROWS)
        muster.land()
        assert landed(muster.land()) == []
    files = muster.rows("select file_id, duplicate_of, line_count, row_count from landing.files order by file_id")
    assert [tuple(file.values()) for file in files] == [(1, None, 1, 1), (2, 1, 0, 0), (3, 1, 0, 0)]
    assert row_count(muster) == 1


def test_b6_files_of_equal_times_are_landed_in_the_order_of_their_names(
    muster: Installation, fetched: list[str]
) -> None:
    names = [f"{domain}_subscriber_segment_20260101.csv" for domain in ("a", "b", "c")]
    for name in ("b_subscribers_20260101.csv", *names[::-1]):
        muster.drop(name, "phone,opt_in_status\n" if "subscribers" in name else ROWS, 1_700_000_000)
    muster.land()
    assert fetched == ["b_subscribers_20260101.csv", *names]  # the feed that is declared first comes first


class Forbidding(asyncssh.SFTPServer):  # type: ignore[misc]
    """A server that lets nobody read what is called so, as long as it is told to."""

    name = b"_20260102080000"
    forbids = True

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        if self.forbids and self.name in path:
            raise asyncssh.SFTPPermissionDenied("no")
        return super().open(path, pflags, attrs)


def test_b8_after_a_file_that_cannot_be_read_its_feed_waits_and_the_others_go_on(
    muster: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [f"shop_vip_2026010{day}080000.csv" for day in (1, 2, 3)]
    for name in days:
        muster.drop(name, lines("email", "ann@x.org"))
    muster.drop(DAY3, ROWS)
    monkeypatch.setenv("SERVER_PASSWORD", "in-memory")
    with EmbeddedSftp(muster.drops / "remarkety", sftp_server=Forbidding) as server:
        remarkety = {
            "type": "sftp", "settle": 0, "host": "127.0.0.1", "port": server.port, "username": "muster",
            "password_env": "SERVER_PASSWORD", "host_keys": [server.host_key], "root": "/",
        }  # fmt: skip
        drops = muster.drops
        others = {name: {"type": "local", "path": str(drops / name)} for name in FOLDERS if name != "remarkety"}
        muster.connect({"remarkety": remarkety, **others}, muster.settings.connections.parent)
        report = land(muster.settings)
        assert list(report.errors) == ["remarkety__lists"]
        assert days[1] in str(report.errors["remarkety__lists"])
        assert landed(report) == [(days[0], "landed"), (DAY3, "landed")]
        errors = muster.rows("select feed, error is null as is_fine from landing.pickups")
        assert {row["feed"]: row["is_fine"] for row in errors} == {
            feed.name: feed.name != "remarkety__lists" for feed in load_feeds(muster.settings.root)
        }
        monkeypatch.setattr(Forbidding, "forbids", False)
        assert landed(muster.land()) == [(days[1], "landed"), (days[2], "landed")]


def test_b8_after_a_file_that_is_corrupt_its_feed_goes_on(muster: Installation) -> None:
    for name, content in ((DAY1, ROWS), (DAY2, b"\xff"), (DAY3, ROWS)):
        muster.drop(name, content)
    assert landed(muster.land()) == [(DAY1, "landed"), (DAY2, "invalid_encoding"), (DAY3, "landed")]


def test_b10_c13_names_that_differ_in_case_or_in_their_unicode_form_alone_are_two_files(muster: Installation) -> None:
    """But of one tenant where only the form differs: macOS writes names decomposed."""
    tenants = ["Shop", "shop", unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café")]
    for n, tenant in enumerate(tenants):
        muster.drop(f"{tenant}_vip_20260101080000.csv", lines("email", *["ann@x.org"] * (n + 1)))
    assert len(landed(muster.land())) == 4
    files = muster.rows("select tenant_id, row_count from landing.files")
    assert sorted((file["tenant_id"], file["row_count"]) for file in files) == [
        ("Shop", 1), ("café", 3), ("café", 4), ("shop", 2)
    ]  # fmt: skip


def test_d_every_line_is_landed_or_kept_as_unreadable_with_its_place(muster: Installation) -> None:
    content = b'email,first_name\r\na@x.org,"A\r\nA"\r\n\r\nb@x.org\nc@x.org,C"\nd@x.org,D\n'
    muster.drop("shop_vip_20260101080000.csv", content)
    (one,) = muster.land().landed
    assert (one.line_count, one.row_count, one.unreadable_count) == (4, 2, 2)
    rows = muster.rows("select _line_number, email, first_name from landing.remarkety__lists order by 1")
    assert [tuple(row.values()) for row in rows] == [(2, "a@x.org", "A\r\nA"), (7, "d@x.org", "D")]
    unreadable = muster.rows("select * exclude (file_id) from landing.unreadable_lines order by 1")
    assert [tuple(row.values()) for row in unreadable] == [
        (5, content.index(b"b@"), "wrong_column_count", "b@x.org"),
        (6, content.index(b"c@"), "stray_quote", 'c@x.org,C"'),
    ]


def test_d_of_a_file_with_a_fault_at_its_end_nothing_is_landed(muster: Installation) -> None:
    muster.drop(DAY1, b"2125550101,s\n" * 200_000 + b"\xff,s\n")
    (one,) = muster.land().landed
    assert (one.refusal_code, one.line_count, row_count(muster)) == ("invalid_encoding", 0, 0)
    assert one.refusal_detail
    assert "(line 200001, byte 2600000)" in one.refusal_detail


def test_d_columns_go_by_name_and_undeclared_ones_into_extra(muster: Installation) -> None:
    evil = 'x"); drop table landing.files; --'
    quoted_name = '"' + evil.replace('"', '""') + '"'
    muster.drop(
        "a_vip_20260101080000.csv", lines(f"{quoted_name},first_name,email, e mail ", "1,Ann,ann@x.org,", "2,,,z")
    )
    muster.land()
    rows = muster.rows("select id, email, first_name, _extra from landing.remarkety__lists order by _line_number")
    assert rows == [
        {"id": None, "email": "ann@x.org", "first_name": "Ann", "_extra": {evil: "1", " e mail ": ""}},
        {"id": None, "email": "", "first_name": "", "_extra": {evil: "2", " e mail ": "z"}},
    ]


@pytest.mark.parametrize(
    "value", ["0042", "1.0E+10", "+49 30", "NULL", "NaN", "\\N", " x ", "#", "=1+1", "\u200b", "“x”"]
)
def test_d16_values_are_landed_exactly_as_sent(muster: Installation, value: str) -> None:
    muster.drop("a_vip_20260101080000.csv", lines("email,first_name", f"a@x.org,{value}"))
    muster.land()
    assert muster.rows("select first_name from landing.remarkety__lists") == [{"first_name": value}]


def test_files_of_all_feeds_are_landed_in_the_order_of_their_own_times(muster: Installation) -> None:
    names = ["shop_vip_20251231235959.csv", "z_subscribers_20260101.csv", "a_subscriber_segment_20260101.csv",
             "shop_vip_20260101000000.csv", "shop_vip_20260101000001.csv"]  # fmt: skip
    for name in reversed(names):
        muster.drop(name, "")
    assert [name for name, _ in landed(muster.land())] == names


def test_the_bytes_are_archived_and_the_spool_is_empty(muster: Installation) -> None:
    content = b"not \xff readable"
    muster.drop(DAY1, content)
    muster.settings.spool.mkdir(parents=True)
    (muster.settings.spool / "left behind").touch()
    muster.land()
    digest = hashlib.sha256(content).hexdigest()
    archived = muster.settings.archive / digest[:2] / digest
    assert archived.read_bytes() == content
    assert archived.stat().st_mode & 0o777 == 0o600
    assert list(muster.settings.spool.iterdir()) == []


def test_what_no_feed_takes_is_reported_each_time_and_written_down_once(muster: Installation) -> None:
    muster.drop("a;b_vip_20260101080000.csv", "")
    muster.path_of("folder_vip_20260101080000.csv").mkdir()
    muster.path_of("link_vip_20260101080000.csv").symlink_to("/etc/passwd")
    muster.drop("shop_vip_20260101080000.csv.part", "")
    expected = {
        ("remarkety", "lists/a;b_vip_20260101080000.csv", "the name reads as a command"),
        ("remarkety", "lists/folder_vip_20260101080000.csv", "directory"),
        ("remarkety", "lists/link_vip_20260101080000.csv", "symlink"),
    }
    for _ in range(2):
        report = muster.land()
        assert (set(report.unrecognised), report.landed) == (expected, [])
    assert len(muster.rows("from landing.unrecognised_files")) == 3


def test_a_column_that_is_declared_later_is_added(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    content = lines("email,shoe_size", "ann@x.org,38")
    muster.drop("shop_vip_20260101080000.csv", content)
    muster.land()
    edit_feed(root, "remarkety__lists", lambda table: table["columns"].append({"name": "shoe_size"}))
    muster.drop("shop_vip_20260102080000.csv", content)
    muster.land()
    assert muster.rows("select shoe_size, _extra from landing.remarkety__lists order by _file_id") == [
        {"shoe_size": None, "_extra": {"shoe_size": "38"}},
        {"shoe_size": "38", "_extra": None},
    ]


def test_a_feed_can_refuse_files_with_undeclared_columns(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    edit_feed(
        root,
        "mediarithmics__user_segments",
        lambda table: table["config"]["meta"].update(undeclared_columns="refuse"),
    )
    muster.drop("1_user_segments_20260101080000.ndjson", '{"operation":"UPDATE"}\n{"operation":"UPDATE","tier":1}\n')
    muster.drop("1_user_segments_20260102080000.csv", lines("operation,user_account_id,tier", "UPDATE,1,1"))
    muster.drop("1_user_segments_20260103080000.ndjson", '{"operation":"UPDATE"}\n')
    assert [(one.refusal_code, one.row_count) for one in muster.land().landed] == [
        ("undeclared_column", 0), ("undeclared_column", 0), (None, 1),
    ]  # fmt: skip
    refused = muster.rows("select refusal_detail from landing.files order by file_id limit 1")[0]["refusal_detail"]
    assert "['tier'] (line 2, byte 23)" in refused
    assert muster.rows("select _file_id from landing.mediarithmics__user_segments") == [{"_file_id": 3}]


def test_columns_that_are_declared_in_another_order_later_keep_their_values(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    for day in (1, 2):
        muster.drop(f"shop_vip_2026010{day}080000.csv", lines("email,first_name,last_name", "ann@x.org,Ann,Ash"))
        muster.land()
        edit_feed(root, "remarkety__lists", lambda table: table["columns"].reverse())
    assert muster.rows("select distinct email, first_name, last_name from landing.remarkety__lists") == [
        {"email": "ann@x.org", "first_name": "Ann", "last_name": "Ash"}
    ]


@pytest.mark.proof
def test_a_thousand_small_files(muster: Installation) -> None:
    for n in range(1000):
        muster.drop(f"shop_list{n}_20260101080000.csv", lines("email", f"person{n}@x.org"))
    started = time.perf_counter()
    assert len(muster.land().landed) == 1000
    print(f"1000 small files landed in {time.perf_counter() - started:.1f} s")
    assert row_count(muster, "remarkety__lists") == 1000


def test_a_column_can_have_another_name_in_the_files(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")

    def rename(table: dict[str, Any]) -> None:
        for column in table["columns"]:
            if column["name"] == "email":
                column["config"]["meta"]["header"] = "E-Mail"

    edit_feed(project, "remarkety__lists", rename)
    muster = Installation(tmp_path / "home", project)
    muster.drop("shop1_vip_20260101080000.csv", lines("first_name,E-Mail,email", "Ann,ann@x.org,other"))
    muster.drop("shop1_vip_20260102080000.csv", lines("first_name,e-mail", "Ann,ann@x.org"))
    assert [code for _, code in landed(muster.land())] == ["landed", "inexact_column"]
    (row,) = muster.rows("select email, first_name, _extra from landing.remarkety__lists")
    assert row == {"email": "ann@x.org", "first_name": "Ann", "_extra": {"email": "other"}}


def test_a08_a_delivery_stays_open_while_its_server_cannot_be_asked(tmp_path: Path) -> None:
    """The quiet period is over, but a part may lie on a server that is down."""
    parts = {"parts": {"number": "file_number", "quiet": "1 day"}}
    muster = Installation(tmp_path / "home", copy_project(tmp_path / "project", {"attentive__segments": parts}))
    muster.drop("acme_subscriber_segment_20260101_1.csv", ROWS)
    muster.land()
    pass_a_day(muster)
    folder = muster.drops / "attentive"
    folder.rename(folder.with_name("away"))
    report = land(muster.settings)
    assert "attentive__segments" in report.errors
    assert report.closed == []
    folder.with_name("away").rename(folder)
    assert len(land(muster.settings).closed) == 1
