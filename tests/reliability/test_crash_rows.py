"""Rows C1 and C9 to C11 of the scorecard: whatever dies wherever, the next run ends in the same tables."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.installation import ROOT, Installation

from .rig import ENDS_WITHIN, drop_three_days, expect_as_undisturbed, killed_at

STEPS = [
    ("loaders.landing.turns:Queue.sort", 1, "before"),
    ("loaders.transport.local_folder:LocalFolder.fetch", 2, "before"),
    ("loaders.landing.new_file:NewFile._fetch", 2, "after"),
    ("loaders.landing.run:archive", 2, "after"),
    ("loaders.landing.rows:RowTarget.insert", 2, "before"),
    ("loaders.landing.rows:RowTarget.insert", 2, "after"),
    ("loaders.landing.land_file:FileLanding._enter", 2, "after"),
    ("loaders.landing.land_file:FileLanding.land", 2, "after"),
    ("loaders.archive.journal:Journal.catch_up", 3, "after"),
    ("loaders.transport.local_folder:LocalFolder.rename", 2, "after"),
    ("loaders.landing.renaming:note_renamed", 2, "after"),
    ("loaders.landing.run:Run.note_pickups", 1, "before"),
    ("loaders.building.build:run_compiled", 1, "before"),
    ("loaders.building.build:run_compiled", 1, "after"),
    ("loaders.publishing:shutil.copyfile", 1, "before"),
    ("loaders.publishing:shutil.copyfile", 1, "after"),
]


@pytest.mark.proof
@pytest.mark.parametrize(("target", "nth", "moment"), STEPS, ids=lambda part: str(part).rpartition(":")[2])
def test_sc_c1_killed_at_any_step_the_next_run_ends_in_the_same_tables(
    tmp_path: Path, target: str, nth: int, moment: str
) -> None:
    muster = Installation.ready(tmp_path / "home")
    drop_three_days(muster)
    killed_at(muster, target, nth, moment, "run")
    expect_as_undisturbed(muster)


@pytest.mark.proof
@pytest.mark.parametrize("is_noted", [True, False], ids=["noted", "not yet renamed"])
def test_sc_c1_killed_when_the_rename_is_noted_a_file_is_at_most_a_duplicate(tmp_path: Path, is_noted: bool) -> None:
    """A file that then has its name may be another one (C80), so it is looked at once more."""
    muster = Installation.ready(tmp_path / "home")
    drop_three_days(muster)
    if is_noted:
        killed_at(muster, "loaders.landing.renaming:note_rename", 2, "after", "run")
    else:
        killed_at(muster, "loaders.transport.local_folder:LocalFolder.rename", 2, "before", "run")
    expect_as_undisturbed(muster, may_repeat=True)


_HOLD = """
import sys
from pathlib import Path
from loaders.database import one_writer, open_database
with one_writer(Path(sys.argv[1])), open_database(Path(sys.argv[2])) as connection:
    connection.execute("create table mine as select 1 as one")
    Path(sys.argv[2]).open("rb").close()  # with which DuckDB's own lock is gone
    print("held", flush=True)
    sys.stdin.read()
    assert connection.execute("from mine").fetchall() == [(1,)]
"""


def test_sc_c9_who_has_lost_duckdbs_lock_still_has_ours(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    drop_three_days(muster)
    command = [sys.executable, "-c", _HOLD, str(muster.settings.home), str(muster.settings.database)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        for words in (("land",), ("run",), ("build",)):
            assert muster.muster(*words).returncode == 7
        holder.communicate()
    assert holder.returncode == 0
    assert muster.muster("run").returncode == 0


@pytest.mark.parametrize("pid", [2**22 + 1, os.getpid(), 1], ids=["dead", "of another process", "of init"])
def test_sc_c10_a_stale_lock_of_a_dead_process_stops_nobody(tmp_path: Path, pid: int) -> None:
    muster = Installation.ready(tmp_path / "home")
    drop_three_days(muster)
    (muster.settings.home / "writer.lock").write_text(f"process {pid} since 2026-01-01T00:00:00Z\n")
    assert muster.muster("run").returncode == 0
    assert len(muster.rows("from landing.files")) == 4


_SLOW = """
import sys, time
import loaders.landing.land_file as land_file
enter = land_file.FileLanding._enter
def slowly(self, file_id, *rest):
    found = enter(self, file_id, *rest)
    if file_id == 2:
        print("landing", flush=True)
        time.sleep(3600)
    return found
land_file.FileLanding._enter = slowly
sys.argv = ["muster", "run"]
from loaders.__main__ import main
main()
"""


def _interrupted(muster: Installation, sent: signal.Signals) -> None:
    """A signal in the transaction of the second file: the first is kept, and the next run lands the others."""
    drop_three_days(muster)
    command = [sys.executable, "-c", _SLOW]
    with subprocess.Popen(
        command, cwd=ROOT, env=muster.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        while "landing" not in (line := process.stdout.readline()):
            assert line, process.communicate()
        process.send_signal(sent)
        _, errors = process.communicate(timeout=ENDS_WITHIN)
    left = list(muster.settings.spool.iterdir())
    assert len(muster.rows("from landing.files")) == 1
    expect_as_undisturbed(muster)
    assert (process.returncode, left) == (128 + sent, [])
    assert errors == "muster: interrupted; every file that was landed is kept, and the next run goes on\n"


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=lambda sent: sent.name)
def test_sc_c11_a_run_that_is_told_to_end_leaves_nothing_half_done(tmp_path: Path, sent: signal.Signals) -> None:
    _interrupted(Installation.ready(tmp_path / "home"), sent)


def test_sc_c11_a_run_whose_terminal_is_gone_ends_as_cleanly(tmp_path: Path) -> None:
    _interrupted(Installation.ready(tmp_path / "home"), signal.SIGHUP)
