"""Contract B, files: which ones are taken from a directory (B3), and how the server is told that they are (B5)."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from loaders.landing.run import land
from loaders.transport.interface import RemoteFile
from loaders.transport.local_folder import LocalFolder
from servers.embedded import EmbeddedSftp

from .installation import FOLDERS, Edits, Installation, copy_project, lines

FEED = "remarkety__lists"
CONTENT = lines("email,first_name", "ann@x.org,Ann", '"bob@x.org","Bob, Jr"')
FIXED = {"tenant": "shop", "tenants": None, "segment": "vip", "done_suffix": None}


def installation(tmp_path: Path, meta: dict[str, Any]) -> Installation:
    edits: Edits = {FEED: FIXED | meta}
    return Installation(tmp_path / "home", copy_project(tmp_path / "project", edits))


def drop_all(muster: Installation, names: list[str]) -> None:
    for name in names:
        content = CONTENT.encode()
        muster.drop(name, gzip.compress(content) if name.endswith(".gz") else content)


def landed(muster: Installation) -> list[str]:
    """The names of the new files, each landed with both its rows."""
    report = muster.land()
    assert [(one.refusal_code, one.row_count) for one in report.landed] == [(None, 2)] * len(report.landed)
    return [one.path.rpartition("/")[2] for one in report.landed]


@pytest.mark.parametrize("end", [".csv", ".csv.gz"])
@pytest.mark.parametrize(
    ("file_name", "taken", "left"),
    [
        ("*.csv[.gz]", ["a{e}", "b c{e}", "list.2026{e}"], ["a.txt", "a{e}.bak", "a.csv.zip"]),
        ("list-?.csv[.gz]", ["list-1{e}", "list-x{e}"], ["list-{e}", "list-10{e}", "new-list-1{e}"]),
        ("*export*.csv*", ["export{e}", "my-export-2{e}"], ["exports.txt", "xport{e}"]),
        ("{name}.csv[.gz]", ["a{e}", "b.c{e}"], ["a.txt"]),
        ("{name:list-[0-9]{2,3}}.csv[.gz]", ["list-10{e}", "list-999{e}"], ["list-1{e}", "list-abc{e}"]),
        (r"{name:(?i:(list|export)_\d+\.csv(\.gz)?)}", ["LIST_1{e}", "export_22{e}"], ["list_{e}", "list_1xcsv"]),
    ],
    ids=["any", "one character", "within", "part", "part by expression", "whole name by expression"],
)
def test_b03_files_are_chosen_by_wildcard_or_expression_within_one_directory(
    tmp_path: Path, file_name: str, taken: list[str], left: list[str], end: str
) -> None:
    muster = installation(tmp_path, {"file_name": file_name})
    taken, left = ([name.format(e=end) for name in names] for names in (taken, left))
    elsewhere = muster.drops / "remarkety" / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / taken[0]).write_text(CONTENT)
    drop_all(muster, [*taken, *left])
    report = muster.land()
    assert [one.path for one in report.landed] == [f"lists/{name}" for name in taken]
    assert {(one.refusal_code, one.row_count) for one in report.landed} == {(None, 2)}
    assert {path for _, path, _ in report.unrecognised} == {f"lists/{name}" for name in left}
    rows = muster.rows(f'select distinct email, first_name from landing."{FEED}" order by 1')
    assert [tuple(row.values()) for row in rows] == [("ann@x.org", "Ann"), ("bob@x.org", "Bob, Jr")]
    assert landed(muster) == []


def test_b03_what_parts_say_counts_beside_wildcards(tmp_path: Path) -> None:
    meta = {"tenant": "{shop}", "tenants": ["a", "b"], "segment": "{list}"}
    muster = installation(tmp_path, meta | {"file_name": "*_{shop:[ab]}_{list:vip|new}_{date:%Y%m%d}*.csv[.gz]"})
    names = ["x_b_new_20260102.csv.gz", "y_z_a_vip_20260101-final.csv"]
    drop_all(muster, [*names, "a_vip_20260101.csv"])
    assert landed(muster) == names[::-1]
    files = muster.rows(
        "select tenant_id, segment_name, strftime(sent_at, '%m-%d') as day from landing.files order by 1"
    )
    assert [tuple(file.values()) for file in files] == [("a", "vip", "01-01"), ("b", "new", "01-02")]


def test_b03_a_name_in_which_a_wildcard_leaves_a_part_open_is_not_guessed_at(tmp_path: Path) -> None:
    muster = installation(tmp_path, {"file_name": "*_{date:%Y%m%d}*.csv"})
    drop_all(muster, ["x_20260101_20260102.csv"])
    ((_, _, reason),) = muster.land().unrecognised
    assert reason.endswith("in more than one way")


def test_b03_a_plain_file_named_gz_and_a_gzip_file_named_csv_are_refused(tmp_path: Path) -> None:
    muster = installation(tmp_path, {"file_name": "*.csv[.gz]"})
    muster.drop("a.csv.gz", CONTENT)
    muster.drop("b.csv", gzip.compress(CONTENT.encode()))
    assert [one.refusal_code for one in muster.land().landed] == ["not_gzip", "unexpected_gzip"]


def test_b03_the_name_to_send_shows_the_wildcard(tmp_path: Path) -> None:
    muster = installation(tmp_path, {"file_name": "list-*_{n:d}.csv[.gz]"})
    ran = muster.muster("feeds", "show", FEED, "--part", "n=7", "--json")
    assert '"send_file": "list-*_7.csv"' in ran.stdout, ran.stderr


class ReadOnly(asyncssh.SFTPServer):  # type: ignore[misc]
    """A server whose accounts may read, and that writes down what else is tried."""

    tried: list[str] = []  # noqa: RUF012  # shared by the connections of one test

    def _refuse(self, what: str) -> None:
        self.tried.append(what)
        raise asyncssh.SFTPPermissionDenied("read only")

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        if pflags != asyncssh.FXF_READ:
            self._refuse("write")
        return super().open(path, pflags, attrs)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._refuse("rename")

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._refuse("rename")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        self._refuse("link")

    def remove(self, path: bytes) -> None:
        self._refuse("remove")

    def setstat(self, path: bytes, attrs: Any) -> None:
        self._refuse("setstat")


@pytest.mark.parametrize("suffix", [None, ".done"])
def test_b05_from_an_account_that_may_only_read_each_file_is_landed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str | None
) -> None:
    muster = installation(tmp_path, {"file_name": "*.csv", "done_suffix": suffix})
    monkeypatch.setenv("SERVER_PASSWORD", "in-memory")
    monkeypatch.setattr(ReadOnly, "tried", [])
    drop_all(muster, ["a.csv", "b.csv"])
    with EmbeddedSftp(muster.drops / "remarkety", sftp_server=ReadOnly) as server:
        remarkety = {
            "type": "sftp", "settle": 0, "host": "127.0.0.1", "port": server.port, "username": "muster",
            "password_env": "SERVER_PASSWORD", "host_keys": [server.host_key], "root": "/",
        }  # fmt: skip
        others = {name: {"type": "local", "path": str(muster.drops / name)} for name in FOLDERS}
        muster.connect(others | {"remarkety": remarkety}, muster.settings.connections.parent)
        assert landed(muster) == ["a.csv", "b.csv"]
        report = land(muster.settings)
    assert report.landed == []
    assert len(report.not_renamed) == (2 if suffix else 0)  # said each time, as long as it is asked for
    assert bool(ReadOnly.tried) == bool(suffix)
    assert sorted(path.name for path in (muster.drops / "remarkety" / "lists").iterdir()) == ["a.csv", "b.csv"]
    assert len(muster.rows(f'from landing."{FEED}"')) == 4


def test_b05_a_landed_file_is_renamed_where_that_is_asked_for_and_not_landed_again(tmp_path: Path) -> None:
    muster = installation(tmp_path, {"file_name": "*", "done_suffix": ".done"})
    drop_all(muster, ["a.csv", "b.csv.gz"])
    assert landed(muster) == ["a.csv", "b.csv.gz"]
    folder = muster.drops / "remarkety" / "lists"
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv.done", "b.csv.gz.done"]
    assert landed(muster) == []  # although `*` would take their new names too
    muster.drop("a.csv", CONTENT + "cleo@x.org,Cleo\n")
    (again,) = muster.land().landed
    assert (again.row_count, again.duplicate_of) == (3, None)
    names = sorted(path.name for path in folder.iterdir())
    assert [name.count(".done") for name in names] == [1, 1, 1]  # the second is told apart by the time


@pytest.mark.parametrize("suffix", [".done", None])
def test_c80_a_file_with_the_name_size_and_time_of_a_renamed_one_is_another(tmp_path: Path, suffix: str | None) -> None:
    muster = installation(tmp_path, {"file_name": "*", "done_suffix": suffix})
    path = muster.drop("a.csv", lines("email", "ann@x.org", "amy@x.org"), mtime=1_748_736_000)
    assert landed(muster) == ["a.csv"]
    path = muster.drop("a.csv", lines("email", "bob@x.org", "ben@x.org"), mtime=1_748_736_000)
    assert landed(muster) == (["a.csv"] if suffix else [])
    assert path.exists() == (suffix is None)
    found = muster.rows(f'from landing."{FEED}" order by email')
    assert [row["email"] for row in found] == (
        ["amy@x.org", "ann@x.org", "ben@x.org", "bob@x.org"] if suffix else ["amy@x.org", "ann@x.org"]
    )


@pytest.mark.parametrize("mtime", [1_748_736_000.9, 1_748_736_009.1])
def test_c100_a_correction_of_the_same_size_before_the_rename_is_landed_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mtime: float
) -> None:
    muster = installation(tmp_path, {"file_name": "*", "done_suffix": ".done"})
    path = muster.drop("a.csv", lines("email", "ann@x.org", "amy@x.org"), 1_748_736_000.1)
    rename = LocalFolder.rename

    def replaced(folder: LocalFolder, directory: str, file: RemoteFile, new_name: str) -> None:
        monkeypatch.undo()
        muster.drop("a.csv", lines("email", "bob@x.org", "cyd@x.org"), mtime)
        rename(folder, directory, file, new_name)

    monkeypatch.setattr(LocalFolder, "rename", replaced)
    report = land(muster.settings)
    assert [one.path for one in report.landed] == ["lists/a.csv"]
    assert "changed since it was" in report.not_renamed[0]
    assert path.exists()
    assert landed(muster) == ["a.csv"]
    assert sorted(one.name for one in path.parent.iterdir()) == ["a.csv.done"]
    assert len(muster.rows(f'from landing."{FEED}"')) == 4


def test_c110_a_version_of_the_same_size_and_second_in_a_local_folder_is_landed(tmp_path: Path) -> None:
    muster = installation(tmp_path, {"file_name": "*"})
    muster.drop("a.csv", lines("email", "ann@x.org", "amy@x.org"), 1_748_736_000.1)
    assert landed(muster) == ["a.csv"]
    muster.drop("a.csv", lines("email", "bob@x.org", "cyd@x.org"), 1_748_736_000.9)
    assert landed(muster) == ["a.csv"]
    assert landed(muster) == []


def test_c102_a_refused_file_has_another_suffix_than_one_that_counts(tmp_path: Path) -> None:
    muster = installation(tmp_path, {"file_name": "*.csv", "done_suffix": ".done"})
    folder = muster.drop("shop_a.csv", lines("email", "ann@x.org")).parent
    (folder / "good.csv").write_text(lines("email", "ann@x.org"))
    (folder / "bad.csv").write_text(lines("e mail", "ann@x.org"))
    muster.land()
    assert sorted(path.name for path in folder.iterdir()) == ["bad.csv.refused", "good.csv.done", "shop_a.csv.done"]
    report = muster.land()
    assert (report.landed, report.unrecognised, report.never_landed) == ([], [], [])


def test_c63_files_that_are_done_by_their_names_and_not_in_the_ledger_are_a_problem(tmp_path: Path) -> None:
    muster = installation(tmp_path, {"file_name": "*.csv", "done_suffix": ".done"})
    folder = muster.drop("a.csv", lines("email", "ann@x.org")).parent
    for name in ("b.csv.done", "c.csv.refused", "d.csv.20260101080000000000.done", "other.txt.done"):
        (folder / name).write_text("x")
    done = muster.muster("land")
    assert done.returncode == 3, done.stderr
    assert "3 files have the suffix of what has landed, and are not in the ledger of this database" in done.stderr
    assert "b.csv" in done.stderr
    for name in ("b.csv.done", "c.csv.refused", "d.csv.20260101080000000000.done"):
        (folder / name).unlink()
    done = muster.muster("land")
    assert (done.returncode, done.stderr) == (0, "")
