"""Rows C2 to C5 of the scorecard: the process dies at a write of the database, and its log is damaged."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.archive.journal import Journal
from loaders.database import open_database
from tests.contracts.installation import Installation
from tests.made_once import made_once

from .rig import (
    drop_three_days,
    ended,
    everything,
    expect_as_undisturbed,
    expect_equal,
    killed_at,
    undisturbed,
    wal_of,
)


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@pytest.mark.proof
@pytest.mark.parametrize("call", ["pwrite64", "write", "fdatasync", "fsync", "ftruncate", "unlink"])
def test_sc_c2_c3_killed_at_any_write_of_the_database_and_again_while_it_recovers(tmp_path: Path, call: str) -> None:
    """`sc_c3`: the run that opens what the first has left dies in the same way, some calls further on."""
    fresh = tmp_path / "fresh"
    drop_three_days(Installation.ready(fresh))
    died = 0
    for nth in (1, 3, 8, 21):
        home = tmp_path / f"{call}-{nth}"
        shutil.copytree(fresh, home, ignore=shutil.ignore_patterns("connections.yml"))
        muster = Installation(home)
        kills = [_land_killed(muster, call, when) for when in (nth, max(nth // 2, 1), 1)]
        died += sum(kills)
        with open_database(muster.settings.database, read_only=True) as connection:
            acknowledged = {entry.log_id for entry in Journal(muster.settings.archive).entries() if entry.file}
            kept = connection.execute("select file_id, row_count from landing.files").fetchall()
            assert acknowledged <= {file_id for file_id, _ in kept}, "what was acknowledged is there"
            landed = connection.execute("select count(*) from landing.remarkety__lists").fetchall()
            lists = connection.execute("select sum(row_count) from landing.files where feed = 'remarkety__lists'")
            assert landed[0][0] == (lists.fetchall()[0][0] or 0), "ledger and rows agree"
        expect_as_undisturbed(muster, may_repeat=True)
        if not any(kills):
            break
    assert died or call in ("write", "fsync"), "it was never killed"


def _land_killed(muster: Installation, call: str, when: int) -> bool:
    """Land, and die at the call of this number that is about the database or its log; whether it died."""
    watched = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", str(muster.settings.database), "-P", str(wal_of(muster))]
    inject = ["-e", f"inject={call}:signal=SIGKILL:when={when}"]
    done = ended(muster, [*watched, *inject, *muster.command("land")])
    assert done.returncode in (0, -9, 137), done.stderr
    return done.returncode != 0


def _leave_a_log(home: Path) -> None:
    muster = Installation.ready(home)
    drop_three_days(muster)
    killed_at(muster, "loaders.landing.run:Run.note_pickups", 1, "before", "land")
    assert wal_of(muster).stat().st_size > 0


@pytest.fixture
def with_log(tmp_path: Path) -> Iterator[Installation]:
    """A run has landed all files and was killed: its commits are in DuckDB's log, and not yet in the database."""
    world = made_once("with_log", _leave_a_log)
    shutil.copytree(world, tmp_path / "home", ignore=shutil.ignore_patterns("connections.yml"))
    yield Installation(tmp_path / "home")


def test_sc_c3_a_log_that_was_left_is_read_whatever_dies_meanwhile(with_log: Installation) -> None:
    killed_at(with_log, "loaders.installation:ensure_landing", 1, "before", "land")
    killed_at(with_log, "loaders.database:duckdb.connect", 1, "after", "land")
    assert len(with_log.rows("from landing.files")) == 4
    expect_as_undisturbed(with_log)


def _ends_well(muster: Installation) -> str:
    """What becomes of a damaged log: `noticed`, and `muster rebuild` makes the same tables; or `nothing lost`."""
    before = muster.settings.database.read_bytes(), wal_of(muster).read_bytes()
    done = muster.muster("run")
    if done.returncode == 0:
        expect_equal(everything(muster), everything(undisturbed()))
        return "nothing lost"
    assert done.returncode == 9, (done.returncode, done.stderr)
    assert "`muster rebuild`" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    if "cannot be opened" in done.stderr:
        assert (muster.settings.database.read_bytes(), wal_of(muster).read_bytes()) == before, "nothing is overwritten"
    rebuilt = muster.muster("rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert muster.muster("run").returncode == 0
    expect_equal(everything(muster), everything(undisturbed()))
    return "noticed"


@pytest.mark.proof
@pytest.mark.parametrize("tail", [None, b"garbage \xff" * 512, bytes(4096)], ids=["cut", "garbage", "zeros"])
def test_sc_c4_a_log_that_was_cut_is_opened_to_a_commit_and_what_is_missing_is_noticed(
    with_log: Installation, tmp_path: Path, tail: bytes | None
) -> None:
    size = wal_of(with_log).stat().st_size
    found: list[str] = []
    for number, end in enumerate([*range(0, size, max(4096, size // 4)), size - 1, size]):
        home = tmp_path / f"cut-{number}"
        shutil.copytree(with_log.settings.home.parent, home, ignore=shutil.ignore_patterns("connections.yml"))
        muster = Installation(home)
        whole = wal_of(muster).read_bytes()
        wal_of(muster).write_bytes(whole[:end] + (tail or b""))
        found.append(_ends_well(muster))
    assert found[0] == "noticed"
    assert tail or found[-1] == "nothing lost"


@pytest.mark.proof
@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.95])
def test_sc_c5_a_flipped_bit_of_the_log_is_noticed_and_nothing_is_deleted(with_log: Installation, share: float) -> None:
    content = bytearray(wal_of(with_log).read_bytes())
    content[int(len(content) * share)] ^= 4
    wal_of(with_log).write_bytes(content)
    assert _ends_well(with_log) == "noticed" or share == 0.95, "at its end are notes of what was renamed"
