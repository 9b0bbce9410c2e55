"""Readers read what is published: they hold up no run, and no run holds them up (G14; field cases C64, C112)."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from loaders.publishing import note_change, publish

from .installation import LISTS, Installation, copy_project, lines

_HOLD = (
    "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); sys.stdin.read()"
)
_COUNT = "select count(*) from marts.memberships"


def drop(muster: Installation, day: int) -> None:
    """A list of as many members."""
    rows = [f"{n},p{n}@x.org" for n in range(day)]
    muster.drop(f"shop_vip_202601{day:02}080000.csv", lines("id,email", *rows))


def members(path: Path) -> int:
    """How many there are, for somebody who opens the database now."""
    with duckdb.connect(str(path), read_only=True) as connection:
        ((count,),) = connection.execute(_COUNT).fetchall()
    return int(count)


def test_c64_c112_who_reads_holds_up_no_run_and_keeps_what_he_has_opened(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    drop(muster, 1)
    assert muster.muster("run").returncode == 0
    published = muster.settings.published
    with duckdb.connect(str(published), read_only=True) as reader:
        drop(muster, 2)
        done = muster.muster("run")
        assert done.returncode == 0, done.stderr
        assert reader.execute(_COUNT).fetchall() == [(1,)]
    assert members(published) == 2
    assert muster.muster("members", "vip").stdout.count("p1@x.org") == 1
    with duckdb.connect(str(published), read_only=True) as reader:
        assert reader.execute("select email_normal_form(' Ann@X.org ')").fetchall() == [("ann@x.org",)]
    before = published.stat()
    assert muster.muster("run").returncode == 0
    assert published.stat().st_ino == before.st_ino, "nothing has changed, so nothing is copied"
    assert muster.muster("jobs").returncode == 0
    assert published.stat().st_ino == before.st_ino
    assert stat.S_IMODE(published.stat().st_mode) == 0o600


def test_c64_who_has_the_database_itself_open_is_waited_for_and_then_named(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    drop(muster, 1)
    assert muster.muster("run").returncode == 0
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(muster.settings.database)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout
        assert holder.stdin
        assert holder.stdout.readline() == "open\n"
        drop(muster, 2)
        waiting = muster.start("run", env=muster.environment | {"MUSTER_LOCK_WAIT": "1"})
        _, errors = waiting.communicate(timeout=600)
        assert waiting.returncode == 10, errors
        assert "another program has had the database open for 1 seconds" in errors
        assert "published/muster.duckdb" in errors
        assert muster.muster("members", "vip").returncode == 0, "reading goes on"
        patient = muster.start("run")
        holder.stdin.close()
        _, errors = patient.communicate(timeout=600)
    assert patient.returncode == 0, errors
    assert members(muster.settings.published) == 2


@pytest.mark.proof
def test_c112_a_reader_in_a_loop_during_fifty_builds_never_fails_and_sees_whole_states(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    drop(muster, 1)
    muster.land()
    muster.build()
    publish(muster.settings)
    seen: list[int] = []
    faults: list[BaseException] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            try:
                with duckdb.connect(str(muster.settings.published), read_only=True) as reader:
                    count, jobs = reader.execute(
                        f"select ({_COUNT}), (select count(*) from marts.import_jobs)"
                    ).fetchall()[0]
                    assert count == jobs, "each list has one member more than the one before"
                    seen.append(count)
            except BaseException as fault:
                faults.append(fault)

    reader = threading.Thread(target=read)
    reader.start()
    for day in range(2, 28):
        drop(muster, day)
        muster.land()
        muster.build()
        publish(muster.settings)
    ended.set()
    reader.join()
    assert not faults, faults[0]
    assert sorted(set(seen)) == list(dict.fromkeys(seen)), "never back"


@pytest.mark.proof
def test_c112_what_a_failed_build_has_left_is_not_published(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    drop(muster, 1)
    assert muster.muster("run").returncode == 0
    before = muster.settings.published.read_bytes()
    broken = root / "models" / "marts" / "log" / "import_jobs.sql"
    text = broken.read_text()
    broken.write_text("select cast('no number' as bigint) as file_id")
    drop(muster, 2)
    assert muster.muster("run").returncode == 8
    assert muster.muster("members", "vip").returncode == 0
    assert muster.settings.published.read_bytes() == before
    broken.write_text(text)
    assert muster.muster("run").returncode == 0
    assert members(muster.settings.published) == 2
    note_change(muster.settings)
    assert muster.muster("segments").returncode == 0
    assert not muster.settings.unpublished.exists()
