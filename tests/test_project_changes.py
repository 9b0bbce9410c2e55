"""A project changes while its database stays: properties, merge rules, models; and dbt's ways to build one model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import duckdb
import pytest

from loaders.building.build import build
from loaders.errors import BuildError
from tests.contracts.installation import ROOT, Installation, copy_project, lines

NAME = "shop1_vip_{}.csv"


def installation(tmp_path: Path, *, with_unit_tests: bool = False) -> Installation:
    project = copy_project(tmp_path / "project")
    if with_unit_tests:
        for path in (ROOT / "models").rglob("_unit_tests.yml"):
            shutil.copy(path, project / path.relative_to(ROOT))
        ignored = shutil.ignore_patterns("*.py", "__pycache__")
        shutil.copytree(ROOT / "tests", project / "tests", ignore=ignored, dirs_exist_ok=True)
    return Installation(tmp_path / "home", project)


def land(muster: Installation, day: int, *rows: str) -> None:
    muster.drop(NAME.format(f"2026010{day}060000"), lines(*rows))
    muster.land()


def edit(muster: Installation, file: str, old: str, new: str) -> None:
    path = muster.settings.root / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


CONTACTS = "select {} from marts.contacts order by contact_id"


@pytest.mark.proof
def test_c30_a_property_more_is_one_line_and_the_next_build_takes_it(tmp_path: Path) -> None:
    muster = installation(tmp_path, with_unit_tests=True)
    land(muster, 1, "id,email,first_name,city,zip", "1,ann@x.org,Ann,Rome,00100", "2,bob@x.org,Bob,,")
    muster.build()
    edit(muster, "dbt_project.yml", "    gender: varchar\n", "    gender: varchar\n    city: varchar\n")
    build(muster.settings, tests=True)  # with all shipped tests
    now = muster.rows(CONTACTS.format("city, other_properties"))
    assert [row["city"] for row in now] == ["Rome", None]
    assert [row["other_properties"] for row in now] == [{"zip": "00100"}, None]
    land(muster, 2, "id,email,first_name,city", "1,ann@x.org,Ann,Oslo", "2,bob@x.org,Bob,Bonn")
    muster.build()
    changed = muster.rows("select old_value, new_value from marts.contact_property_changes where property = 'city'")
    before = muster.rows(CONTACTS.format("*"))
    muster.build(full_refresh=True)
    assert muster.rows(CONTACTS.format("*")) == before
    assert {(row["old_value"], row["new_value"]) for row in changed} == {
        (None, "Rome"), ("Rome", "Oslo"), (None, "Bonn"),
    }  # fmt: skip


@pytest.mark.proof
def test_c30_a_property_less_is_one_of_the_others(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    land(muster, 1, "id,email,first_name,last_name,zip", "1,ann@x.org,Ann,Lee,00100")
    muster.build()
    muster.build()  # compiles how the marts advance
    for declared in ("    last_name: varchar\n", "    interests: varchar[]\n"):
        edit(muster, "dbt_project.yml", declared, "")
    muster.build()
    ((row),) = muster.rows(CONTACTS.format("*"))
    assert row["other_properties"] == {"last_name": "Lee", "zip": "00100"}
    assert "last_name" not in row
    # The source still declares the column: what it brings from now on is one of the others too.
    land(muster, 2, "id,email,first_name,last_name", "1,ann@x.org,Ann,Low", "2,bob@x.org,Bob,Poe")
    muster.build()
    now = muster.rows(CONTACTS.format("other_properties"))
    assert [row["other_properties"] for row in now] == [{"last_name": "Low", "zip": "00100"}, {"last_name": "Poe"}]
    muster.build(full_refresh=True)
    assert muster.rows(CONTACTS.format("other_properties")) == now


@pytest.mark.proof
def test_c88_of_another_type_than_before_a_column_has_what_a_rebuild_has(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    columns = {"size": "integer", "seen_at": "timestamp", "born_on": "date", "opens_at": "time", "score": "double"}
    declare = "".join(f"    {name}: varchar\n" for name in columns)
    edit(muster, "dbt_project.yml", "    gender: varchar\n", f"    gender: varchar\n{declare}")
    people = (
        "1,ann@x.org,3.5,2026-10-01T10:00:00,20260131,10:00Z,1e3",
        "2,bob@x.org,4,2026-10-01 10:00:00+14,2026-01-31,9:00,2.5",
        "3,cy@x.org,4.0,today,epoch,24:00:00,nan",
    )
    land(muster, 1, f"id,email,{','.join(columns)}", *people)
    muster.build()
    for name, kind in columns.items():
        edit(muster, "dbt_project.yml", f"    {name}: varchar\n", f"    {name}: {kind}\n")
    muster.build()
    now = muster.rows(CONTACTS.format(f"{', '.join(columns)}"))
    none = dict.fromkeys(columns)
    bob = {
        "size": 4, "seen_at": datetime(2026, 9, 30, 20), "born_on": date(2026, 1, 31), "opens_at": time(9), "score": 2.5
    }  # fmt: skip
    assert now == [none, bob, none]
    muster.build(full_refresh=True)
    assert muster.rows(CONTACTS.format(f"{', '.join(columns)}")) == now


@pytest.mark.proof
def test_c28_a_past_change_keeps_the_rule_that_made_it(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    land(muster, 1, "id,email,first_name", "1,ann@x.org,Ann")
    land(muster, 2, "id,email,first_name", "1,ann@x.org,Anna")
    muster.build()
    seed = muster.settings.root / "seeds" / "merge_rules.csv"
    seed.write_text(seed.read_text() + "remarkety__lists,first_name,,set_if_empty\nremarkety__lists,gender,,ignore\n")
    land(muster, 3, "id,email,first_name", "1,ann@x.org,Annie", "2,bob@x.org,Bob")
    muster.build()
    rules = "select old_value, new_value, rule from marts.contact_property_changes where property = 'first_name'"
    told = {tuple(row.values()) for row in muster.rows(rules)}
    assert told == {(None, "Ann", "set"), ("Ann", "Anna", "set"), (None, "Bob", "set_if_empty")}
    muster.build(full_refresh=True)  # then all of the past is judged by what is declared now
    assert {row["rule"] for row in muster.rows(rules)} == {"set_if_empty"}


@pytest.mark.proof
def test_a_changed_model_is_compiled_anew_and_an_unchanged_one_run_again(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    compiled = muster.settings.home / "compiled.json"
    land(muster, 1, "id,email,first_name", "1,ann@x.org,Ann")
    muster.build()
    assert not compiled.exists(), "how the marts begin is not how they advance"
    land(muster, 2, "id,email,first_name", "1,ann@x.org,Anna")
    muster.build()
    version = json.loads(compiled.read_text())["version"]
    shutil.rmtree(muster.settings.home / "target")  # dbt's own: not needed any more
    land(muster, 3, "id,email,first_name", "1,ann@x.org,Annie", "2,bob@x.org,Bob")
    muster.build()
    assert not (muster.settings.home / "target").exists()
    assert [row["first_name"] for row in muster.rows(CONTACTS.format("first_name"))] == ["Annie", "Bob"]
    edit(muster, "models/staging/remarkety/stg_remarkety__lists.sql", "from normalised", "from normalised -- the same")
    land(muster, 4, "id,email,first_name", "1,ann@x.org,Ann", "2,bob@x.org,Bob")
    muster.build()
    assert json.loads(compiled.read_text())["version"] != version


@pytest.mark.proof
def test_a_model_that_fails_when_run_again_is_named_and_mended_by_the_next_build(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    for day in (1, 2):
        land(muster, day, "id,email,first_name", f"1,ann@x.org,Ann{day}")
        muster.build()
    compiled = muster.settings.home / "compiled.json"
    kept = json.loads(compiled.read_text())
    broken = json.loads(compiled.read_text())
    (model,) = (model for model in broken["models"] if model["name"] == "membership_spells")
    model["statements"] += "; select 1 from nowhere"
    compiled.write_text(json.dumps(broken))
    land(muster, 3, "id,email,first_name", "2,bob@x.org,Bob")
    with pytest.raises(BuildError, match=r"membership_spells: .*nowhere"):
        muster.build()
    compiled.write_text(json.dumps(kept))
    muster.build()
    members = muster.rows("select contact_id from marts.memberships")
    assert len(members) == 1
    muster.build(full_refresh=True)
    assert muster.rows("select contact_id from marts.memberships") == members


@pytest.mark.proof
def test_a_mart_that_is_new_on_a_database_with_a_past_needs_the_whole_log(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    for day in (1, 2):
        land(muster, day, "id,email,first_name", f"1,ann@x.org,Ann{day}")
        muster.build()
    folder = muster.settings.root / "models" / "marts" / "contacts"
    (folder / "first_names.sql").write_text(
        "{{ config(unique_key='contact_id') }}\n"
        "select contact_id, properties.first_name from {{ ref('contact_versions') }}"
    )
    (folder / "_new__models.yml").write_text(
        "models:\n  - name: first_names\n    columns:\n      - {name: contact_id, data_type: bigint}\n"
        "      - {name: first_name, data_type: varchar}\n"
    )
    land(muster, 3, "id,email,first_name", "2,bob@x.org,Bob")
    with pytest.raises(BuildError, match=r"first_names .*--full-refresh"):
        muster.build()
    with pytest.raises(BuildError, match=r"first_names .*--full-refresh"):
        muster.build()
    muster.build(full_refresh=True)
    assert {row["first_name"] for row in muster.rows("from marts.first_names")} == {"Ann1", "Ann2", "Bob"}


def test_a_strategy_that_nothing_implements_is_refused_at_once(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    edit(muster, "models/marts/memberships/segments.sql", "'append'", "'merge'")
    with pytest.raises(BuildError, match=r"segments: incremental_strategy is append .*not merge"):
        muster.build()


@pytest.mark.proof
def test_what_somebody_elses_dbt_built_is_not_taken_for_our_own(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    for day in (1, 2):
        land(muster, day, "id,email,first_name", f"1,ann@x.org,Ann{day}")
        muster.build()
    edit(muster, "models/marts/contacts/contacts.sql", "updated_at,", "updated_at, 'mine' as whose,")
    dbt(muster, "run", "-s", "contacts")
    edit(muster, "models/marts/contacts/contacts.sql", "updated_at, 'mine' as whose,", "updated_at,")
    land(muster, 3, "id,email,first_name", "1,ann@x.org,Ann3")
    muster.build()
    assert "whose" not in muster.rows(CONTACTS.format("*"))[0]


def test_functions_and_views_travel_with_a_copy_of_the_database(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    land(muster, 1, "id,email,first_name", "1,ann@x.org,Ann")
    muster.build()
    copied, published = tmp_path / "copied" / "muster.duckdb", tmp_path / "published" / "muster.duckdb"
    for path in (copied, published):
        path.parent.mkdir()
    shutil.copy(muster.settings.database, copied)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{muster.settings.database}' as original (read_only)")
        connection.execute(f"attach '{published}' as muster; copy from database original to muster")
    for path in (copied, published):
        with duckdb.connect(str(path), read_only=True) as connection:
            assert connection.execute("select first_name, is_phone('123-456-7890') from marts.contacts").fetchall() == [
                ("Ann", True)
            ]
            assert connection.execute("select count(*) from marts.memberships").fetchall() == [(1,)]


def dbt(muster: Installation, *arguments: str, expected: Sequence[int] = (0,)) -> str:
    """dbt as somebody calls it in the project's folder."""
    env = os.environ | muster.environment | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    home = muster.settings.home
    folders = ["--target-path", str(home / "own"), "--log-path", str(home / "logs")]
    command = [str(Path(sys.executable).parent / "dbt"), *arguments, *folders]
    env["MUSTER_WORK"] = str(home / "work.duckdb")
    done = subprocess.run(command, cwd=muster.settings.root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode in expected, done.stdout
    return done.stdout


@pytest.mark.proof
def test_c65_one_model_by_itself_says_what_it_needs(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    land(muster, 1, "id,email,first_name", "1,ann@x.org,Ann")
    muster.build()
    said = dbt(muster, "run", "-s", "segments", expected=[1])
    assert "in memory" in said
    assert "+segments" in said
    assert "--target on_disk" in said
    dbt(muster, "run", "-s", "+segments")


@pytest.mark.proof
def test_c65_with_work_on_disk_every_habit_works(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    land(muster, 1, "id,email,first_name", "1,ann@x.org,Ann")
    dbt(muster, "build", "--target", "on_disk")
    assert "ann@x.org" in dbt(muster, "show", "-s", "int_rows", "--target", "on_disk", "--output", "json")
    declared = {
        name: sorted(node["columns"])
        for name, node in json.loads((muster.settings.home / "own" / "manifest.json").read_text())["nodes"].items()
        if name.startswith("model.muster.int_") and name != "model.muster.int_merge_rules"  # one per property
    }
    with duckdb.connect(str(muster.settings.home / "work.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select table_name, list_sort(list(column_name)) from duckdb_columns() where schema_name = 'intermediate'"
            " and database_name = current_database() group by all"
        ).fetchall()
    made = {f"model.muster.{name}": columns for name, columns in rows if name != "int_merge_rules"}
    assert made == declared, "the YAML describes the columns that there are"
    dbt(muster, "run", "-s", "segments", "--target", "on_disk")
    shutil.copytree(muster.settings.home / "own", muster.settings.home / "state")
    edit(muster, "models/marts/memberships/segments.sql", "-- The first", "-- So: the first")
    modified = ["state:modified+", "--state", str(muster.settings.home / "state")]
    dbt(muster, "build", "-s", *modified, "--target", "on_disk")
    edit(muster, "models/marts/memberships/segments.sql", "min(log_id)", "min(nothing)")
    dbt(muster, "run", "-s", "segments", "--target", "on_disk", expected=[1])
    edit(muster, "models/marts/memberships/segments.sql", "min(nothing)", "min(log_id)")
    dbt(muster, "retry", "--target", "on_disk")


@pytest.mark.proof
def test_c65_a_mart_alone_is_not_built_of_an_earlier_run(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    land(muster, 1, "id,email,first_name", "1,ann@x.org,Ann")
    dbt(muster, "build", "--target", "on_disk")
    land(muster, 2, "id,email,first_name", "1,ann@x.org,Anna", "2,bob@x.org,Bob")
    muster.build()  # in memory: what is on disk is of the run before
    spells = "select contact_id, entered_at from marts.membership_spells order by all"
    before = muster.rows(spells)
    assert len(before) == 2
    said = dbt(muster, "run", "-s", "membership_spells", "--target", "on_disk", expected=[1])
    assert "earlier run" in said
    assert "+membership_spells" in said
    assert muster.rows(spells) == before
    dbt(muster, "run", "-s", "+membership_spells", "--target", "on_disk")
    assert muster.rows(spells) == before


@pytest.mark.proof
def test_c61_c65_the_log_is_decided_only_with_all_marts(tmp_path: Path) -> None:
    muster = installation(tmp_path)
    for day in (1, 2):
        land(muster, day, "id,email,first_name", f"{day},{'ab'[day - 1]}@x.org,Ann")
        if day == 1:
            muster.build()
    said = dbt(muster, "run", "--exclude", "membership_spells", expected=[1])
    assert "log_progress decides the log for all marts" in said
    assert "membership_spells" in said
    muster.build()
    assert len(muster.rows("from marts.memberships")) == 1
    assert len(muster.rows("from marts.membership_spells")) == 2
