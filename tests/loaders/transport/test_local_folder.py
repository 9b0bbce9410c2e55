"""A local folder is read by the rules of a server."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.config.connections import LocalConnection
from loaders.errors import ConfigurationError
from loaders.transport.interface import (
    FileChangedError,
    FileProblemError,
    FileVanishedError,
    Remote,
    RemoteFile,
    TargetExistsError,
    utc,
)
from loaders.transport.opening import open_remote


def remote_at(folder: Path) -> Remote:
    return open_remote(LocalConnection(type="local", path=folder))


def quiet(_: int) -> None:
    pass


@pytest.mark.parametrize("size", [0, 1, 1 << 20, 3_000_001])
def test_g4_whole_file(drop: Path, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (drop / "in").mkdir()
    (drop / "in" / "a.csv").write_bytes(data)
    os.utime(drop / "in" / "a.csv", (1_700_000_000.9, 1_700_000_000.9))
    with remote_at(drop) as remote:
        files, skipped = remote.list("in")
        assert files == [RemoteFile("a.csv", size, utc(1_700_000_000.9))]
        assert skipped == []
        sha256 = remote.fetch("in", files[0], tmp_path / "x", quiet)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert (tmp_path / "x").read_bytes() == data
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


def test_e2_e3_names_and_kinds(drop: Path) -> None:
    (drop / "good.csv").touch()
    Path(os.fsdecode(os.fsencode(drop) + b"/caf\xe9.csv")).touch()
    (drop / "a\nb.csv").touch()
    (drop / "link.csv").symlink_to("/etc/passwd")
    (drop / "folder.csv").mkdir()
    os.mkfifo(drop / "pipe.csv")
    for name in (".hidden", "x.part", "x.tmp", "x.filepart", "x.writing"):
        (drop / name).touch()
    with remote_at(drop) as remote:
        files, skipped = remote.list(".")
    assert [f.name for f in files] == ["good.csv"]
    assert {(s.name, s.reason) for s in skipped} == {
        ("caf\\xe9.csv", "the name is not UTF-8"),
        ("a\\nb.csv", "the name holds control characters"),
        ("link.csv", "symlink"),
        ("folder.csv", "directory"),
        ("pipe.csv", "named pipe"),
    }


def _swap_for_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _swap_for_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


@pytest.mark.parametrize("tamper", [_swap_for_link, _swap_for_pipe, _grow])
def test_e4_changed_after_the_listing(drop: Path, tmp_path: Path, tamper: Callable[[Path], None]) -> None:
    (drop / "a.csv").write_bytes(b"abc")
    with remote_at(drop) as remote:
        files, _ = remote.list(".")
        tamper(drop / "a.csv")
        with pytest.raises(FileChangedError):
            remote.fetch(".", files[0], tmp_path / "x", quiet)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("how", ["grown", "replaced", "gone"])
def test_a7_a8_changed_while_read(drop: Path, tmp_path: Path, how: str) -> None:
    path = drop / "a.csv"
    path.write_bytes(os.urandom(3_000_000))
    seen = path.stat()

    def tamper(done: int) -> None:
        if done > 1 << 20:
            return
        if how == "grown":
            _grow(path)
        elif how == "gone":
            path.unlink()
        else:
            (drop / "b").write_bytes(os.urandom(3_000_000))
            os.utime(drop / "b", ns=(seen.st_atime_ns, seen.st_mtime_ns))
            (drop / "b").replace(path)

    with remote_at(drop) as remote:
        files, _ = remote.list(".")
        with pytest.raises(FileVanishedError if how == "gone" else FileChangedError):
            remote.fetch(".", files[0], tmp_path / "x", tamper)
    assert not (tmp_path / "x").exists()


def test_a9_vanished(drop: Path, tmp_path: Path) -> None:
    with remote_at(drop) as remote, pytest.raises(FileVanishedError):
        remote.fetch(".", RemoteFile("a.csv", 1, utc(0)), tmp_path / "x", quiet)


def test_b05_rename_never_over_another_file(drop: Path) -> None:
    for name in ("a.csv", "b.csv", "b.csv.done"):
        (drop / name).write_text(name)
    with remote_at(drop) as remote:
        listed = {file.name: file for file in remote.list(".")[0]}
        remote.rename(".", listed["a.csv"], "a.csv.done")
        with pytest.raises(TargetExistsError):
            remote.rename(".", listed["b.csv"], "b.csv.done")
        with pytest.raises(FileVanishedError):
            remote.rename(".", RemoteFile("c.csv", 1, utc(0)), "c.csv.done")
    assert sorted(p.name for p in drop.iterdir()) == ["a.csv.done", "b.csv", "b.csv.done"]


def test_c100_what_came_in_the_place_of_the_listed_file_keeps_its_name(drop: Path) -> None:
    (drop / "a.csv").write_text("first")
    with remote_at(drop) as remote:
        listed = remote.list(".")[0][0]
        (drop / "new").write_text("corrected")
        (drop / "new").replace(drop / "a.csv")
        with pytest.raises(FileChangedError):
            remote.rename(".", listed, "a.csv.done")
    assert {path.name: path.read_text() for path in drop.iterdir()} == {"a.csv": "corrected"}


def test_places_outside_the_folder_are_refused(drop: Path, tmp_path: Path) -> None:
    with remote_at(drop) as remote:
        with pytest.raises(ConfigurationError):
            remote.list("../elsewhere")
        with pytest.raises(ConfigurationError, match="cannot be listed"):
            remote.list("nowhere")
        with pytest.raises(FileProblemError, match="path component"):
            remote.fetch(".", RemoteFile("../x", 1, utc(0)), tmp_path / "x", quiet)
    with pytest.raises(ConfigurationError, match="no such folder"):
        remote_at(tmp_path / "nowhere").__enter__()
