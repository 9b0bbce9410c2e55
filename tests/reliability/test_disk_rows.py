"""Rows C12 to C14 of the scorecard: a disk that is full or may not be written, and memory that is short."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.archive.journal import Journal
from servers.embedded import EmbeddedSftp
from tests.contracts.installation import Installation, Tenant, lines

from .rig import ENDS_WITHIN, LISTS, drop_three_days, ended, everything, expect_equal, read_by_sftp

MIB = 1 << 20


def _may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


mounting = pytest.mark.skipif(not _may_mount(), reason="needs user namespaces that may mount (unshare -rm)")
COUNT = 60_000

_FULL = """
import shutil, sys
from pathlib import Path
from tests.reliability.test_disk_rows import COUNT, Installation, drop_big_lists, expect_whole
folder, ready, root, left = (*map(Path, sys.argv[1:4]), int(sys.argv[4]))
shutil.copytree(ready, folder / "home", ignore=shutil.ignore_patterns("connections.yml"))
muster = Installation(folder / "home", root)
drop_big_lists(muster)
ballast = folder / "ballast"
ballast.write_bytes(bytes(max(shutil.disk_usage(folder).free - left, 0)))
done = muster.muster("run")
code = done.returncode
ballast.unlink()
expect_whole(muster)
done = muster.muster("run")
assert done.returncode == 0, done.stderr
assert len(muster.rows("from marts.memberships")) == COUNT
assert muster.rows("select count(*) as n from landing.files") == [{"n": 3}]
assert muster.muster("verify").returncode == 0
assert list(muster.settings.spool.iterdir()) == []
print("ended with", code)
"""


def drop_big_lists(muster: Installation) -> None:
    for day, name in enumerate(LISTS):
        people = (f"{n},person{n}@example.org,N{n * 7919 % 10_000_019}" for n in range(day, COUNT + day))
        muster.drop(name, lines("id,email,first_name", *people))


def expect_whole(muster: Installation) -> None:
    """The ledger has what was acknowledged, and each file all of its rows."""
    entries = [entry.log_id for entry in Journal(muster.settings.archive).entries() if entry.file]
    files = muster.rows("select file_id, row_count from landing.files order by file_id")
    assert [row["file_id"] for row in files][: len(entries)] == entries
    rows = muster.rows("select count(*) as n from landing.remarkety__lists")
    assert rows == [{"n": sum(row["row_count"] for row in files)}]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation in which nothing has landed."""
    home = tmp_path_factory.mktemp("ready") / "home"
    Installation.ready(home)
    return home


def _full(folder: Path, ready: Path, left: float) -> int:
    """The exit code of a run that finds so many MiB left; the one after it, with room, ends as if nothing had been."""
    muster = Installation(ready)
    script = 'mount -t tmpfs -o size=192m tmpfs "$0" && exec "$@"'
    arguments = map(str, [folder, ready, muster.settings.root, int(left * MIB)])
    done = ended(muster, ["unshare", "-rm", "sh", "-c", script, str(folder), sys.executable, "-c", _FULL, *arguments])
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.rpartition(" ")[2])


@mounting
@pytest.mark.proof
@pytest.mark.parametrize("left", [0.1, 1, 3, 5, 8, 12, 16])
def test_sc_c12_what_a_full_disk_ends_is_made_up_for_once_there_is_room(
    tmp_path: Path, ready: Path, left: float
) -> None:
    """From the first byte of the download to the copy that is published."""
    assert _full(tmp_path, ready, left) != 0


@mounting
@pytest.mark.proof
def test_c67_sc_c12_a_full_disk_has_an_exit_code_of_its_own(tmp_path: Path, ready: Path) -> None:
    assert [_full(tmp_path, ready, left) for left in (1, 5, 8, 16)] == [11, 11, 11, 11]


@pytest.fixture
def built(tmp_path: Path) -> Iterator[tuple[Installation, dict[str, list[str]]]]:
    """A day that was built, and one that is to be; and the marts as they are."""
    muster = Installation.ready(tmp_path / "home")
    muster.drop(LISTS[0], lines("id", "1"))
    assert muster.muster("run").returncode == 0
    drop_big_lists(muster)
    yield muster, everything(muster, "marts")


@pytest.mark.parametrize("memory", ["1MB", "20MB"])
def test_sc_c13_too_little_memory_for_a_build_commits_nothing_of_it(
    built: tuple[Installation, dict[str, list[str]]], memory: str
) -> None:
    muster, _ = built
    done = ended(muster, muster.command("run"), env=muster.environment | {"MUSTER_MEMORY": memory})
    assert done.returncode in (8, 11), (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    expect_whole(muster)
    assert Tenant(muster, "shop").members("vip") == {"1"}
    assert len(muster.muster("members", "vip", "--json").stdout.splitlines()) < 20, "what is published is as it was"
    assert muster.muster("run").returncode == 0
    assert len(muster.rows("from marts.memberships")) == COUNT


@pytest.mark.parametrize("megabytes", [300, 700, 1500])
def test_sc_c13_a_process_that_may_have_no_more_memory_loses_nothing(tmp_path: Path, megabytes: int) -> None:
    muster = Installation.ready(tmp_path / "home")
    drop_big_lists(muster)
    limited = ["prlimit", f"--data={megabytes * MIB}", *muster.command("run")]
    done = ended(muster, limited)
    assert done.returncode != 0 or megabytes == 1500, "it was enough"
    expect_whole(muster)
    assert muster.muster("run").returncode == 0
    assert len(muster.rows("from marts.memberships")) == COUNT
    assert muster.rows("select count(*) as n from landing.files") == [{"n": 3}]


@mounting
@pytest.mark.parametrize("part", ["", "spool", "archive"], ids=["home", "spool", "archive"])
def test_c114_sc_c14_where_nothing_may_be_written_no_server_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setenv("SERVER_PASSWORD", "in-memory")
    muster = Installation.ready(tmp_path / "home")
    drop_three_days(muster)
    read_only = muster.settings.home / part
    read_only.mkdir(exist_ok=True)
    before = everything(muster)
    with EmbeddedSftp(muster.drops / "remarkety") as server:
        read_by_sftp(muster, server.port, server.host_key)
        script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
        done = ended(muster, ["unshare", "-rm", "sh", "-c", script, str(read_only), *muster.command("run")])
        assert done.returncode == 11, (done.returncode, done.stderr)
        assert str(read_only) in done.stderr
        assert "Traceback" not in done.stderr
        assert part == "archive" or server.connections == 0
        expect_equal(everything(muster), before)
        assert muster.muster("run").returncode == 0
    assert len(muster.rows("from landing.files")) == 4


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_sc_c14_an_archive_that_fails_lands_nothing(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    drop_three_days(muster)
    failing = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=link,linkat:error=EIO:when=1"]
    done = ended(muster, [*failing, *muster.command("run")], timeout=ENDS_WITHIN)
    assert done.returncode == 11, (done.returncode, done.stderr)
    assert "Input/output error" in done.stderr
    assert LISTS[0] not in str(muster.rows("select path from landing.files"))
    assert muster.muster("run").returncode == 0
    assert len(muster.rows("from landing.files")) == 4
