"""B14: what a file would do is seen before it does it, and a sample becomes a feed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dbt_yaml import faults

from .installation import ROOT, Installation, Row, Tenant, copy_project, lines

FAULTY = lines(
    "email,first_name,birthdate,shoe size",
    "ann@x.org,Ann,2000-01-01,38",
    "bob,Bob,,",
    'cy@x.org,"Cy,,',
    "dee@x.org,Dee,1.2.1990,[red]x\x1b[0m",
    ",Nobody,,40",
    "eve@x.org,Eve,,39,too much",
    "fay@x.org,Fay,,",
)
LIST = "shop1_vip_20260101080000.csv"


@pytest.fixture(scope="module")
def muster(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("b14"))


def preview(muster: Installation, *arguments: str, code: int = 0) -> Row:
    """The answer of `muster feeds preview --json` about one file."""
    ran = muster.muster("feeds", "preview", *arguments, "--json")
    assert ran.returncode == code, ran.stderr
    (found,) = json.loads(ran.stdout)
    assert isinstance(found, dict)
    return found


def below(folder: Path) -> dict[str, bytes | None]:
    """All files below a folder, each with its bytes, and all folders."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_b14_a_preview_says_what_a_build_says_and_lands_nothing(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    path = muster.drop(LIST, FAULTY)
    before = below(tmp_path)
    found = preview(muster, str(path), "--rows", "3")
    assert below(tmp_path) == before
    assert found["feed"] == "remarkety__lists"
    assert found["name_parts"] == {"store_id": "shop1", "segment_id": "vip", "timestamp": "20260101080000"}
    assert (found["tenant"], found["segment"], found["sent_at"]) == ("shop1", "vip", "2026-01-01 08:00:00")
    columns = {column["name"]: (column["status"], column["identifier"]) for column in found["columns"]}
    assert columns["email"] == ("declared", "email")
    assert columns["shoe size"] == ("undeclared", None)
    assert columns["sms_phone_number"] == ("missing", "phone")
    assert list(columns)[:4] == ["email", "first_name", "birthdate", "shoe size"]
    assert [(row["line_number"], row["code"]) for row in found["sample"]] == [
        (2, None),
        (3, "invalid_email"),
        (5, None),
    ]
    assert found["sample"][0]["cells"] == {
        "email": "ann@x.org",
        "first_name": "Ann",
        "birthdate": "2000-01-01",
        "shoe size": "38",
    }
    assert (found["line_count"], found["row_count"]) == (7, 5)

    muster.land()
    muster.build()
    rejected = muster.rows("select line_number, code, raw_text from marts.rejected_rows order by line_number")
    assert found["rejected"] == rejected
    assert [row["line_number"] for row in rejected] == [3, 4, 6, 7]
    assert found["rejected_counts"] == {row["code"]: 1 for row in rejected}
    dropped = muster.rows("select line_number, column_name, code, raw_text from marts.dropped_cells")
    assert (
        found["dropped"]
        == dropped
        == [{"line_number": 5, "column_name": "birthdate", "code": "invalid_birthdate", "raw_text": "1.2.1990"}]
    )
    assert found["dropped_counts"] == {"invalid_birthdate": 1}
    shown = json.loads(muster.muster("rejected", "--cells", "--json").stdout)
    assert [{name: cell[name] for name in dropped[0]} for cell in shown] == dropped


def test_b14_a_feeds_newest_waiting_file_is_previewed_where_it_is(muster: Installation) -> None:
    folder = muster.path_of(LIST).parent
    muster.drop("shop1_vip_20260103080000.csv", lines("first_name;email", "Ann;ann@x.org"))
    muster.drop("shop1_vip_20260102080000.csv", lines("email", "ann@x.org"))
    muster.drop("shop1_vip_20260104080000.csv.done", lines("email", "ann@x.org"))
    before = below(folder.parent)
    found = preview(muster, "remarkety__lists", code=3)
    assert found["file"] == "lists/shop1_vip_20260103080000.csv"
    assert found["code"] == "missing_column"
    assert [column["name"] for column in found["columns"] if column["status"] == "undeclared"] == ["first_name;email"]
    assert found["sample"] == [{"line_number": 2, "code": None, "cells": {"first_name;email": "Ann;ann@x.org"}}]
    assert below(folder.parent) == before
    assert not muster.settings.database.exists()

    muster.land()
    os.utime(folder / "shop1_vip_20260104080000.csv.done")
    ran = muster.muster("feeds", "preview", "remarkety__lists")
    assert (ran.returncode, ran.stdout) == (0, "no file is waiting\n")


def test_b14_what_spoils_a_whole_file_is_said(muster: Installation, tmp_path: Path) -> None:
    path = tmp_path / "acme_subscriber_segment_20260101.csv"
    path.write_text(lines("2125550101,vip", "ann@x.org,vip"))
    found = preview(muster, str(path), code=3)
    assert (found["code"], found["rejected_counts"]) == ("mixed_identifiers", {"mixed_identifiers": 1})
    assert [column["name"] for column in found["columns"]] == ["identifier", "segment_name"]


def test_b14_the_feed_of_a_file_is_not_guessed_at(muster: Installation, tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text(lines("email", "ann@x.org"))
    ran = muster.muster("feeds", "preview", str(path))
    assert ran.returncode == 2
    assert "fits no feed's file name: say which with --feed" in ran.stderr
    ran = muster.muster("feeds", "preview", "nosuch__feed")
    assert ran.returncode == 2
    assert "neither such a file nor such a feed" in ran.stderr
    path.write_text(lines("mail", "ann@x.org"))
    ran = muster.muster("feeds", "preview", str(path), "--feed", "remarkety__lists")
    assert ran.returncode == 3
    assert "would be rejected: missing_column" in ran.stderr
    assert "does not fit '{store_id}" in ran.stderr
    assert "ann@x.org" in ran.stdout


def test_c72_a_feed_that_is_off_is_not_in_question_where_another_is_on(tmp_path: Path) -> None:
    """Remarkety's names fit nearly everything."""
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    path = tmp_path / "shop_profiles_20260101080000.csv"
    path.write_text(lines("customer_id;email", "1;ann@x.org"))
    ran = muster.muster("feeds", "preview", str(path))
    assert (ran.returncode, "say which with --feed" in ran.stderr) == (2, True)
    assert muster.muster("feeds", "disable", "remarkety").returncode == 0
    assert preview(muster, str(path))["feed"] == "blueconic__profiles"


ORDERS = "acme-orders_20260301.csv"
ORDERS_CSV = (
    b"\xef\xbb\xbf"
    + lines(
        'E-Mail;Customer ID;First Name;birthdate;"order ""; drop table x; --";group;Mobile',
        'ann@x.org;C1;Ann;1.2.1990;"a;b";g1;+49 151 2345678',
        'Bob@x.org;C2;"Bob ""B""";;;;',
        ";;Nobody;;;;",
    ).encode()
)
USERS = "users_20260301120000.ndjson"
USERS_NDJSON = lines(
    '{"id": "u1", "e_mail": "zoe@x.org", "plan": "gold", "select": 1, "gender": "female"}',
    '{"id": "u2", "e_mail": null, "plan": "{{ none }}"}',
)
HOSTILE = [
    "'; drop table landing.files; --", "{{ 1 / 0 }}", "{% set x = 1 %}", 'say "hi": !!python/object',
    "line\nbreak: - x", "$feed ${partner}", "\\", "{#", "_extra", "_file_id", "null",
]  # fmt: skip
HOSTILE_CSV = lines(
    ",".join('"' + name.replace('"', '""') + '"' for name in [*HOSTILE, "Select_ID", "order", "Email"]),
    ",".join(["x"] * len(HOSTILE) + ["S1", "o1", "eve@x.org"]),
)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy of the project with three feeds made of samples, whose samples are landed and built with all dbt tests."""
    home = tmp_path_factory.mktemp("grown")
    project = home / "project"
    for part in ("models", "macros", "seeds", "tests"):
        shutil.copytree(ROOT / part, project / part)
    for name in ("dbt_project.yml", "profiles.yml", ".sqlfluff"):
        shutil.copy(ROOT / name, project)
    muster = Installation(home, project)
    more = {
        "acme__orders": (ORDERS, ORDERS_CSV, []),
        "remarkety__users": (USERS, USERS_NDJSON.encode(), ["--tenant", "it's: #1"]),
        "select__order": (
            "null.csv", HOSTILE_CSV.encode(),
            ["--identifier", "Select_ID=select", "--identifier", "order=group",
             "--applies", "complete_list", "--segment", "vip"],
        ),
    }  # fmt: skip
    for feed, (name, content, options) in more.items():
        partner, stream = feed.split("__")
        folder = home / "drops" / partner / stream
        folder.mkdir(parents=True)
        (folder / name).write_bytes(content)
        ran = muster.muster("feeds", "new", str(folder / name), "--name", feed, *options)
        assert ran.returncode == 0, ran.stderr
    for command in (["land"], ["build", "--tests"]):
        ran = muster.muster(*command)
        assert ran.returncode == 0, ran.stderr
    return muster


@pytest.mark.proof
def test_b14_new_feeds_import_their_samples(grown: Installation) -> None:
    acme, users, hostile = (Tenant(grown, name) for name in ("acme", "it's: #1", "select"))
    assert acme.counts(ORDERS) == {"line": 3, "accepted": 2, "rejected": 1, "created": 2}
    assert acme.codes(ORDERS) == {4: "no_identifier"}
    assert acme.contact("C1") == acme.contact("ann@x.org") == acme.contact("+491512345678")
    assert acme.properties("C1") == {
        "first_name": "Ann",
        "birthdate_as_sent": "1.2.1990",
        'order "; drop table x; --': "a;b",
        "group": "g1",
    }
    assert acme.properties("bob@x.org") == {"first_name": 'Bob "B"'}
    assert users.properties("zoe@x.org") == {"plan": "gold", "select": "1", "gender": "female"}
    assert users.properties("u2") == {"plan": "{{ none }}"}
    assert hostile.members("vip") == {"S1 eve@x.org o1"}
    assert hostile.properties("S1") == dict.fromkeys(HOSTILE, "x")


def test_b14_new_feeds_pass_the_linters(grown: Installation) -> None:
    root = grown.settings.root
    assert faults(root) == []
    sqlfluff = [str(Path(sys.executable).parent / "sqlfluff"), "lint", "models/staging"]
    linted = subprocess.run(sqlfluff, cwd=root, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_b14_new_feeds_leave_what_stands_in_the_project(grown: Installation) -> None:
    old = {path.relative_to(ROOT / "models"): path.read_text() for path in (ROOT / "models").rglob("*.*")}
    new = {path.relative_to(grown.settings.root / "models"): path.read_text() for path in
           (grown.settings.root / "models").rglob("*.*")}  # fmt: skip
    assert all(new[path].startswith(text) for path, text in old.items())
    assert sorted(str(path) for path, text in new.items() if text != old.get(path)) == [
        "landing/_acme__sources.yml",
        "landing/_remarkety__sources.yml",
        "landing/_select__sources.yml",
        "staging/acme/_acme__models.yml",
        "staging/acme/stg_acme__orders.sql",
        "staging/remarkety/_remarkety__models.yml",
        "staging/remarkety/stg_remarkety__users.sql",
        "staging/select/_select__models.yml",
        "staging/select/stg_select__order.sql",
    ]
    added = "".join(f"    - {feed}\n" for feed in ("acme__orders", "remarkety__users", "select__order"))
    assert (grown.settings.root / "dbt_project.yml").read_text().replace(added, "") == (
        ROOT / "dbt_project.yml"
    ).read_text()


def test_b14_a_feed_is_not_made_twice_and_a_dry_run_writes_nothing(grown: Installation, tmp_path: Path) -> None:
    before = below(grown.settings.root)
    sample = tmp_path / ORDERS
    sample.write_bytes(ORDERS_CSV)
    ran = grown.muster("feeds", "new", str(sample), "--name", "acme__orders")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "there is a feed acme__orders already" in ran.stderr
    ran = grown.muster("feeds", "new", str(sample), "--name", "acme__others", "--dry-run")
    assert ran.returncode == 0
    assert "stg_acme__others.sql (create)" in ran.stdout
    ran = grown.muster("feeds", "new", str(sample), "--name", "acme__others", "--directory", "orders")
    assert ran.returncode == 2
    assert "also fits feed acme__orders" in ran.stderr
    assert below(grown.settings.root) == before


@pytest.mark.proof
def test_c30_a_new_feeds_column_that_is_a_declared_property_is_that_one_whenever_it_comes(grown: Installation) -> None:
    folder = grown.drops / "acme" / "orders"
    (folder / "acme-orders_20260302.csv").write_text(
        lines("E-Mail;last_name;gender; opt_in_status ;shoes", "ann@x.org;Lee;female;1;38")
    )
    assert grown.muster("run").returncode == 0
    acme = Tenant(grown, "acme")
    assert (
        acme.properties("C1").items()
        >= {"last_name": "Lee", "gender": "female", " opt_in_status ": "1", "shoes": "38"}.items()
    )
    project = grown.settings.root / "dbt_project.yml"
    project.write_text(
        project.read_text().replace("    gender: varchar\n", "    gender: varchar\n    shoes: integer\n")
    )
    (folder / "acme-orders_20260303.csv").write_text(lines("E-Mail;shoes;gender", "ann@x.org;39;", "bob@x.org;42;x"))
    assert grown.muster("run").returncode == 0
    assert acme.column("shoes", "C1") == 39
    assert acme.properties("bob@x.org") == {"first_name": 'Bob "B"', "shoes": "42"}
    assert acme.dropped("acme-orders_20260303.csv") == {(3, "gender"): "invalid_gender"}
    before = grown.rows("select contact_id, property, value from marts.contact_properties order by all")
    grown.build(full_refresh=True)
    assert grown.rows("select contact_id, property, value from marts.contact_properties order by all") == before
