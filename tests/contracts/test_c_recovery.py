"""A lost, older or damaged database, and an archive that was damaged (G9, G13; field cases C63, C106 to C109)."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.archive.contents import place_of
from loaders.archive.journal import Journal
from loaders.database import open_database
from loaders.recovery.verify import sums
from tests.made_once import made_once

from .installation import Edits, Installation, copy_project, imported, lines

EDITS: Edits = {
    "attentive__segments": {"parts": {"number": "file_number", "quiet": "0 seconds"}, "subscribers_only": False},
    "remarkety__lists": {"done_suffix": ".done"},
}
LIST1, LIST2 = "shop_vip_20260101080000.csv", "shop_vip_20260102080000.csv"


def _build_world(home: Path) -> None:
    """Two days of every kind of entry that a log has; the database of the first is kept beside that of the second."""
    muster = Installation(home, copy_project(home / "project", EDITS))
    muster.drop(LIST1, lines("id,email,first_name,city", "1,ann@x.org,Ann,Rome", "2,bob@x.org,Bob,", "3,bad,Cy,"))
    muster.drop("shop_new_20260101080000.csv", lines("id,email", "7,zoe@x.org", "8"))
    muster.drop("shop_odd_20260101080000.csv", lines("id,e mail", "7,zoe@x.org"))
    muster.drop("acme_subscriber_segment_20260101_1.csv", lines("2125550101,summer", "2125550102,winter"))
    muster.drop("shop_profiles_20260101080000.csv", lines("customer_id;loyalty_points;birthdate", "1;2,5;31.12.1990"))
    muster.drop("shop_orders_20260101080000.csv", lines("order_id;customer_id;ordered_at", "o1;1;2026-01-01T10:00:00Z"))
    muster.drop("shop_order_lines_20260101080000.csv", lines("order_id;product_id", "o1;tea", "o2;ale"))
    command = '{"operation":"UPDATE","user_account_id":"a","segment_id":"7","expiration_duration":"60"}'
    muster.drop("acme_user_segments_20260101080000.ndjson", lines(command, "{"))
    request = {"active_status": True, "source_campaign": "spring", "subscription_tags": {"add": ["new", "b"]}}
    muster.land()
    muster.land_imports({"acme_import_vip_20260101080000.csv": imported("email", "ann@x.org", **request)})
    muster.build()
    shutil.copy(muster.settings.database, home / "day_1.duckdb")
    muster.drop(LIST2, lines("id,email,first_name,city", "1,ann@x.org,Anna,Rome", "4,dee@x.org,Dee,"))
    muster.drop("acme_user_segments_20260102080000.ndjson", lines(command, "{"))
    muster.drop("acme_user_segments_20260102090000.ndjson", lines("[", "]"))
    muster.drop("acme_user_segments_20260102100000.ndjson", lines(command))  # waits behind it (C111)
    muster.drop("shop_profiles_20260101080000.csv", lines("customer_id;loyalty_points;birthdate", "1;1,5;1990"))
    muster.land()
    muster.build()


@pytest.fixture
def muster(tmp_path: Path) -> Installation:
    """A copy of that world."""
    world = made_once("recovery", _build_world)
    shutil.copytree(world, tmp_path / "home", ignore=shutil.ignore_patterns("connections.yml"))
    return Installation(tmp_path / "home", tmp_path / "home" / "project")


def all_tables(muster: Installation) -> dict[str, tuple[int, int]]:
    """A sum over each table of landing and marts."""
    with open_database(muster.settings.database, read_only=True) as connection:
        return dict(sums(connection))


def test_c106_g9_a_lost_database_is_noticed_by_every_command_and_made_again(muster: Installation) -> None:
    before = all_tables(muster)
    assert before["landing.decisions"][0] == 1
    assert before["landing.import_requests"][0] == 1
    muster.settings.database.unlink()
    for command in (("run",), ("land",), ("build",), ("jobs",), ("members", "vip"), ("errors", "1"), ("verify",)):
        done = muster.muster(*command)
        assert done.returncode == 9, (command, done.stderr, done.stdout)
        assert "`muster rebuild` makes it anew from the archive" in done.stderr + done.stdout
        assert not muster.settings.database.exists(), command
    done = muster.muster("rebuild")
    assert (done.returncode, done.stderr) == (0, "")
    assert all_tables(muster) == before
    assert muster.muster("verify").returncode == 0
    done = muster.muster("run")
    assert done.stdout == "no new files\n", "what was landed, and renamed, is known"
    assert (done.returncode, done.stderr.count("wait behind it")) == (3, 1)  # C111


def test_c106_h4_an_older_copy_is_noticed_and_kept_beside_the_new_one(muster: Installation) -> None:
    before = all_tables(muster)
    shutil.copy(muster.settings.database.parent / "day_1.duckdb", muster.settings.database)
    older = muster.settings.database.read_bytes()
    muster.drop("shop_vip_20260103080000.csv", lines("id,email", "1,ann@x.org"))
    for command in (("run",), ("build",), ("jobs",)):
        done = muster.muster(*command)
        assert done.returncode == 9
        assert "or an older copy: it lacks entry" in done.stderr
    assert muster.settings.database.read_bytes() == older
    assert muster.muster("rebuild").returncode == 0
    assert all_tables(muster) == before
    (kept,) = muster.settings.database.parent.glob("muster.duckdb.before-rebuild-*")
    assert kept.read_bytes() == older


def test_c63_a_new_database_is_said(tmp_path: Path) -> None:
    muster = Installation(tmp_path / "home")
    said = f"muster: {muster.settings.database}: a new database was made\n"
    assert muster.muster("land").stderr == said
    assert muster.muster("land").stderr == ""


def test_c63_the_database_of_another_name_is_not_begun_in_this_folder(muster: Installation) -> None:
    known = muster.settings.database
    other = known.with_name("other.duckdb")
    done = muster.muster("--database", str(other), "run")
    assert done.returncode == 9
    assert f"{other}: there is no database" in done.stderr
    assert not other.exists()
    with open_database(other) as connection:
        connection.execute("create table mine as select 1 as one")
    assert muster.muster("--database", str(other), "run").returncode == 9, "nor is it another one"


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _text(path: Path) -> None:
    path.write_text("this was a database\n" * 400)


def _other(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (a)")


@pytest.mark.parametrize("damage", [_text, _other, Path.unlink])
def test_c108_what_is_no_database_is_one_sentence_and_never_overwritten(
    muster: Installation, damage: Callable[[Path], None]
) -> None:
    damage(muster.settings.database)
    left = muster.settings.database.read_bytes() if muster.settings.database.exists() else b""
    for command in (("land",), ("jobs",), ("build",), ("verify", "--quick")):
        done = muster.muster(*command)
        assert done.returncode == 9, (command, done.stderr)
        assert "Traceback" not in done.stderr
        assert left == (muster.settings.database.read_bytes() if muster.settings.database.exists() else b"")


def test_c108_a_damaged_file_is_not_another_run_because_of_its_name(tmp_path: Path) -> None:
    muster = Installation(tmp_path / "locksmith")
    muster.settings.database.write_text("lock")
    done = muster.muster("land")
    assert done.returncode == 9, done.stderr


@pytest.mark.proof
def test_c108_verify_finds_flipped_bits_of_the_database(muster: Installation) -> None:
    content = bytearray(muster.settings.database.read_bytes())
    for at in range(300_000, len(content) - 300_000, 100_000):
        content[at] ^= 4
    muster.settings.database.write_bytes(content)
    done = muster.muster("verify", "--quick")
    assert done.returncode == 9
    assert "Traceback" not in done.stderr
    assert muster.muster("rebuild").returncode == 0
    assert muster.muster("verify").returncode == 0


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update marts.membership_spells set exited_at = null", "marts.membership_spells is not what the log makes"),
        ("delete from marts.import_jobs where file_id = 1", "marts.import_jobs is not what"),
        ("update landing.remarkety__lists set email = 'x@x' where _line_number = 2", "landing.remarkety__lists is not"),
        ("update landing.files set sent_at = sent_at + interval 1 hour where file_id = 2", "entry 2 of the log is not"),
        ("delete from landing.files where file_id = 3", "entry 3 of the log (exports/"),
        ("drop table marts.dropped_cells", "the table marts.dropped_cells is missing"),
    ],
)
def test_c108_verify_finds_what_somebody_has_changed(muster: Installation, statement: str, words: str) -> None:
    with open_database(muster.settings.database) as connection:
        connection.execute(statement)
    done = muster.muster("verify")
    assert done.returncode == 9
    assert words in done.stdout


def test_c107_a_damaged_copy_is_not_served_and_gives_way_to_the_same_bytes(muster: Installation) -> None:
    (row,) = muster.rows("select file_id, sha256 from landing.files where path like $p", p=f"%{LIST1}")
    place = place_of(muster.settings, row["sha256"])
    sent = place.read_bytes()
    place.write_bytes(sent.replace(b"Cy", b"Di"))
    done = muster.muster("errors", str(row["file_id"]))
    assert (done.returncode, done.stdout) == (9, "")
    assert "are not those that were landed" in done.stderr
    assert "are not those that were landed" in muster.muster("verify", "--quick").stdout
    done = muster.muster("rebuild")
    assert done.returncode == 9
    assert "are not those that were landed" in done.stderr
    muster.drop("shop_again_20260101080000.csv", sent)
    assert muster.muster("land").returncode == 0
    assert place.read_bytes() == sent
    assert muster.muster("errors", str(row["file_id"])).returncode == 0


def test_c106_a_journal_that_is_behind_is_written_up(muster: Installation) -> None:
    journal = Journal(muster.settings.archive)
    whole = journal.path.read_bytes()
    for left in (b"", whole[:-20], whole[: len(whole) // 2]):
        journal.path.write_bytes(left)
        assert muster.muster("land").returncode == 0
        entries = [entry for entry in journal.entries() if entry.log_id]
        assert [entry.log_id for entry in entries] == list(range(1, len(entries) + 1))
        assert muster.muster("verify", "--quick").returncode == 0


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_c109_a_database_that_was_only_begun_never_has_its_name(tmp_path: Path) -> None:
    muster = Installation(tmp_path / "home")
    muster.drop(LIST1, lines("id,email", "1,ann@x.org"))
    new = muster.settings.database.with_name("muster.duckdb.new")
    for when in (1, 2, 4):
        watched = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", str(new)]
        subprocess.run(
            [*watched, "-e", f"inject=write,pwrite64:signal=SIGKILL:when={when}", *muster.command("land")],
            env=muster.environment, capture_output=True, check=False,
        )  # fmt: skip
        assert not muster.settings.database.exists()
    new.write_text("what a dead process has left")
    done = muster.muster("land")
    assert done.returncode == 0, done.stderr


def test_c120_what_is_made_is_nobody_elses(tmp_path: Path) -> None:
    muster = Installation(tmp_path / "home")
    muster.drop(LIST1, lines("id,email", "1,ann@x.org"))
    before = os.umask(0o022)
    try:
        assert muster.muster("land").returncode == 0
        assert muster.muster("build").returncode == 0
    finally:
        os.umask(before)
    made = [muster.settings.database, muster.settings.published.parent, *muster.settings.published.parent.iterdir()]
    made += [muster.settings.home, *muster.settings.home.rglob("*")]
    assert [path for path in made if path.stat().st_mode & 0o077] == []
