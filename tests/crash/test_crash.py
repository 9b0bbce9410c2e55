"""Whatever dies wherever: the next run comes to what it would have come to undisturbed (G7, G13, G14)."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import loaders.landing.lane
from loaders.building.build import build
from loaders.building.dbt_runs import dbt_environment, invoke
from loaders.building.progress import has_pending
from loaders.config.connections import LocalConnection
from loaders.database import open_database
from loaders.errors import TransportError
from loaders.landing.run import land
from loaders.transport.interface import RemoteFile
from loaders.transport.local_folder import LocalFolder
from tests.contracts.installation import LISTS, Installation, copy_project, edit_feed, lines
from tests.contracts.linked_feeds import add_hobbies_and_branches

STORED = (
    "contact_identifiers", "contact_versions", "deliveries", "dropped_cells", "held_lists", "import_jobs",
    "imported_rows", "list_effects", "log_progress", "membership_commands", "membership_spells", "rejected_rows",
    "segment_ids", "segment_lists", "segments", "shared_identifiers", "subscriber_tags", "subscription_tags",
    "subscription_versions", "timeline_events", "untold_rows",
)  # fmt: skip
REQUEST = {
    "clear": False, "active_status": True, "subscription_action": "create_or_update", "source_campaign": "spring",
    "sms": {"phone": "mobile"}, "subscription_tags": {"add": ["new"], "remove": ["old"]},
    "subscriber_tags": {"add": ["old"], "replace": True},
}  # fmt: skip
GUARD = {"judged_from": 10, "max_removed_share": 0.7}
DAYS = 12
LISTS_A_DAY = 3

Tables = dict[str, list[str]]
"""Table to its rows as text, in order."""


def drop_day(muster: Installation, day: int) -> None:
    """One day's files, equal every time: lists with changes of every kind, bad rows, a list in parts, a held one."""
    draw = random.Random(day)
    people = [f"{n},person{n}@x.org,{draw.choice('abc')}" for n in draw.sample(range(60), 40)]
    for shop in range(LISTS_A_DAY):
        rows = [*draw.sample(people, 25), "ragged", f"{day},nobody@x,a", f"{day},person{day + 1}@x.org,a"]
        muster.drop(f"shop{shop % 2}_list{shop}_202601{day:02}080000.csv", lines("id,email,first_name", *rows))
    phones = [f"21255501{n:02}" for n in range(30)]
    subscribers = [f"person{n}@x.org,{draw.choice(phones)}" for n in draw.sample(range(60), 15)]
    muster.drop(f"acme_import_list0_202601{day:02}080000.csv", lines("email,mobile", *subscribers, "nobody,"))
    muster.drop(
        f"acme_subscribers_202601{day:02}.csv",
        lines("phone,opt_in_status", *(f"{phone},{draw.choice('110')}" for phone in draw.sample(phones, 20))),
    )
    commands = [
        {
            "operation": draw.choice(["UPDATE", "UPDATE", "DELETE"]),
            "user_account_id": draw.randrange(20),
            "segment_id": "7",
            "segment_technical_name": draw.choice(["trial", None, None, "other"]),
            "expiration_duration": draw.choice([0, 60, 1440, 2880, 10080]),
            "data_bag": draw.choice(["1", "[]", None]),
        }
        for _ in range(25)
    ]
    muster.drop(f"acme_user_segments_202601{day:02}080000.ndjson", lines(*map(json.dumps, commands), "{"))
    customers = draw.sample(range(60), 30)
    profiles = [f"{n};person{n}@x.org;{draw.choice(['1', '2,5'])};{draw.choice(['tea', 'ale|tea'])}" for n in customers]
    header = "customer_id;email;loyalty_points;interests"
    muster.drop(f"shop0_profiles_202601{day:02}080000.csv", lines(header, *profiles, ";;1;"))
    for told in {day, max(day - 1, 1)}:  # what the day before sent comes again, with lines more
        hobbies = [
            f"{n};{draw.choice(['1', '2.5'])};{draw.choice(['ski', 'sea/ski'])}" for n in draw.sample(range(60), 20)
        ]
        name = f"shop0_hobbies_202601{told:02}080000.csv"
        muster.drop(name, lines("customer_id;loyalty_points;interests", *hobbies, ";1;"))
    orders = [f"o{draw.randrange(40)};{draw.choice(customers)};2026-01-{day:02}T10:00:00Z" for _ in range(10)]
    muster.drop(f"shop0_orders_202601{day:02}080000.csv", lines("order_id;customer_id;ordered_at", *orders))
    ordered = [f"o{draw.randrange(40)};p{draw.randrange(5)}" for _ in range(20)]
    muster.drop(f"shop0_order_lines_202601{day:02}080000.csv", lines("order_id;product_id", *ordered))
    for part in (1, 2):
        rows = [f"{phone},{draw.choice(['summer', 'winter'])}" for phone in draw.sample(phones, 12)]
        rows.append(f"{phones[0] if day == 1 else '123'},autumn")  # known, and held from the second day on
        muster.drop(f"acme_subscriber_segment_202601{day:02}_{part}.csv", lines(*rows))
    if day % 3:
        muster.drop(f"acme_subscriber_segment_202601{day:02}.complete", "")
    else:
        muster.drop(f"shop0_list0_202601{day:02}090000.csv", "id\n")


def tables(muster: Installation) -> Tables:
    """All that is stored, but for the times of landing."""
    with open_database(muster.settings.database, read_only=True) as connection:
        found = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts' order by 1")
        assert tuple(row[0] for row in found.fetchall()) == STORED
        result: Tables = {}
        for table in [*(f"marts.{name}" for name in STORED), "landing.files", "landing.remarkety__lists"]:
            exclude = " exclude (landed_at)" if table in ("marts.import_jobs", "landing.files") else ""
            result[table] = sorted(map(repr, connection.execute(f"select *{exclude} from {table}").fetchall()))
            assert result[table], f"{table} is empty, so that nothing is proven"
    return result


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, with an import of every kind of effect, lists that now and then remove too many, and hobbies."""
    edits: dict[str, dict[str, Any]] = {"optipub__imports": {"request": REQUEST}, "remarkety__lists": {"guard": GUARD}}
    root = copy_project(tmp_path_factory.mktemp("project") / "project", edits)
    add_hobbies_and_branches(root)
    edit_feed(root, "blueconic__branches", lambda table: table["config"]["meta"].update(enabled=False))
    return root


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Callable[[int], Tables]:
    """What stands in the tables when so many days were landed one by one and then built, with nothing in between."""
    known: dict[int, Tables] = {}

    def of(days: int) -> Tables:
        if days not in known:
            muster = Installation(tmp_path_factory.mktemp("undisturbed"), project)
            for day in range(1, days + 1):
                drop_day(muster, day)
                muster.land()
            muster.build()
            known[days] = tables(muster)
        return known[days]

    return of


def same(got: Tables, expected: Tables) -> None:
    for table, rows in expected.items():
        gone, new = Counter(rows) - Counter(got[table]), Counter(got[table]) - Counter(rows)
        assert not gone, f"{table}: {gone.total()} rows are missing, such as {min(gone)}"
        assert not new, f"{table}: {new.total()} rows are too many, such as {min(new)}"


def done_count(muster: Installation) -> int:
    return len(list((muster.drops / "remarkety" / "lists").glob("*.done")))


@pytest.mark.proof
def test_a_run_killed_at_any_moment_is_made_up_for_by_the_next(
    tmp_path: Path, project: Path, undisturbed: Callable[[int], Tables]
) -> None:
    seed = int(os.environ.get("MUSTER_SEED", random.randrange(2**32)))
    print(f"to repeat: MUSTER_SEED={seed}")
    draw = random.Random(seed)
    muster = Installation(tmp_path / "home", project)
    killed = 0
    for day in range(1, DAYS + 1):
        drop_day(muster, day)
        done_before = done_count(muster)
        process = muster.start("run")
        if draw.random() < 0.4:  # within the landing: when so many files of the day have been acknowledged
            wanted, delay = done_before + draw.randrange(LISTS_A_DAY + 1), draw.uniform(0, 0.02)
        else:  # within the build
            wanted, delay = done_before + LISTS_A_DAY, draw.uniform(0.2, 3)
        while done_count(muster) < wanted and process.poll() is None:
            time.sleep(0.001)
        time.sleep(delay)
        process.kill()
        process.communicate()
        killed += process.returncode == -9
        muster.land()  # before the day after writes over some of it
        if day in (4, 8):
            assert muster.muster("run").returncode in (0, 3)
    assert killed >= DAYS // 2
    assert muster.muster("run").returncode in (0, 3)
    assert not has_pending(muster.settings)
    assert list(muster.settings.spool.iterdir()) == []
    found = tables(muster)
    assert any("too_many_removed" in row for row in found["marts.list_effects"]), "no list was held in between"
    same(found, undisturbed(DAYS))


@pytest.fixture(scope="module")
def half_way(tmp_path_factory: pytest.TempPathFactory, project: Path) -> tuple[Installation, Path]:
    """A built day and a landed one; and a copy of the database at this moment."""
    muster = Installation(tmp_path_factory.mktemp("half_way"), project)
    drop_day(muster, 1)
    muster.land()
    muster.build()
    drop_day(muster, 2)
    muster.land()
    saved = muster.settings.database.with_name("saved.duckdb")
    shutil.copy(muster.settings.database, saved)
    return muster, saved


def build_only(muster: Installation, *selection: str) -> None:
    """A build that gets no further than this."""
    home, root = muster.settings.home, muster.settings.root
    with dbt_environment(muster.settings):
        invoke(
            [
                "--quiet", "--no-print", "build", *selection, "--exclude-resource-type", "unit_test",
                "--exclude-resource-type", "test", "--project-dir", str(root), "--profiles-dir", str(root),
                "--target-path", str(home / "target"), "--log-path", str(home / "logs"),
            ]
        )  # fmt: skip


HALVES = [
    [("--select", "+contact_versions"), ("--select", "+membership_spells")],
    [("--exclude", "log_progress")],
]
OTHER_HALVES = [
    [("--select", "+contact_identifiers")],
    [("--exclude", "segments+")],
    [("--exclude", "rejected_rows+", "contact_identifiers+")],
    [("--exclude", "import_jobs+")],
]


@pytest.mark.parametrize(
    "selections",
    [*HALVES, *(pytest.param(one, marks=pytest.mark.proof) for one in OTHER_HALVES)],
    ids=lambda selections: " then ".join(" ".join(selection) for selection in selections),
)
def test_a_build_that_died_after_some_of_the_marts_is_made_up_for_by_the_next(
    half_way: tuple[Installation, Path], selections: list[tuple[str, ...]], undisturbed: Callable[[int], Tables]
) -> None:
    muster, saved = half_way
    shutil.copy(saved, muster.settings.database)
    for selection in selections:
        build_only(muster, *selection)
    assert has_pending(muster.settings)
    muster.build()
    same(tables(muster), undisturbed(2))


@pytest.mark.parametrize(
    "selection",
    [
        *(pytest.param(one, marks=pytest.mark.proof) for one in ("int_run", "+contact_identifiers")),
        "+membership_spells",
    ],
)
def test_a_full_refresh_that_died_is_made_up_for_by_the_next_build(
    half_way: tuple[Installation, Path], selection: str, undisturbed: Callable[[int], Tables]
) -> None:
    muster, saved = half_way
    shutil.copy(saved, muster.settings.database)
    muster.build()
    build_only(muster, "--full-refresh", "--select", "stg_muster__files", "seed", selection)
    assert has_pending(muster.settings)
    muster.build()
    same(tables(muster), undisturbed(2))


def test_files_that_come_after_a_build_died_are_decided_in_their_order(
    half_way: tuple[Installation, Path], undisturbed: Callable[[int], Tables]
) -> None:
    muster, saved = half_way
    shutil.copy(saved, muster.settings.database)
    build_only(muster, "--exclude", "import_jobs+")
    drop_day(muster, 3)
    muster.land()
    muster.build()
    same(tables(muster), undisturbed(3))


def test_of_two_runs_at_once_the_second_ends_with_7_and_the_first_is_not_disturbed(tmp_path: Path) -> None:
    muster = Installation(tmp_path / "home")
    drop_day(muster, 1)
    lock = muster.settings.home / "writer.lock"
    first = muster.start("run")
    while not (lock.exists() and f"process {first.pid} " in lock.read_text()):
        assert first.poll() is None
        time.sleep(0.001)
    second = muster.muster("run")
    assert first.poll() is None
    assert (second.returncode, second.stdout) == (7, "")
    assert f"process {first.pid} " in second.stderr
    first.communicate()
    assert first.returncode == 0
    assert muster.rows("select count(*) = count(distinct path) as ok from landing.files") == [{"ok": True}]


class DiedError(BaseException):
    """The process is gone: nothing is caught, nothing cleaned up."""


@pytest.mark.parametrize("error", [DiedError(), TransportError("broke off")], ids=["died", "broke off"])
def test_a_file_that_was_landed_but_not_acknowledged_is_acknowledged_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    class Breaks(LocalFolder):
        """A folder in which the first rename fails."""

        def rename(self, directory: str, file: RemoteFile, new_name: str) -> None:
            monkeypatch.undo()
            raise error

    muster = Installation.ready(tmp_path / "home", LISTS)
    first = muster.drop("shop_vip_20260101080000.csv", lines("email", "ann@x.org"))
    second = muster.drop("shop_vip_20260102080000.csv", lines("email", "bob@x.org"))

    def open_breaking(connection: LocalConnection) -> LocalFolder:
        return Breaks(connection.path)

    monkeypatch.setattr(loaders.landing.lane, "open_remote", open_breaking)
    try:
        report = land(muster.settings)
    except DiedError:
        assert isinstance(error, DiedError)
    else:
        assert report.errors == {"remarkety__lists": error}
    assert {"path": f"lists/{first.name}"} in muster.rows("select path from landing.files")
    assert first.exists()

    muster.land()
    once = muster.rows("select path from landing.files where duplicate_of is null order by path")
    assert once == [{"path": f"lists/{name}"} for name in (first.name, second.name)]
    assert sorted(path.name for path in first.parent.iterdir()) == [first.name + ".done", second.name + ".done"]
    assert muster.rows("select email from landing.remarkety__lists order by 1") == [
        {"email": "ann@x.org"},
        {"email": "bob@x.org"},
    ]
    build(muster.settings)
