"""Rows E6 to E18 of the scorecard: hostile text is text, read in time linear in its length."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.database import ensure_functions, open_database
from tests.contracts.installation import ROOT, Installation, Tenant, lines

from .rig import LISTS

SQL = [
    'id"); drop table landing.files; --', "'; drop schema marts cascade; --", "1 or 1=1", "x'||(select 1)||'",
    "$1", "?", "{{ env_var('HOME') }}", "{% do run_query('drop schema marts cascade') %}", "{{ 7 * 7 }}", "{# x #}",
    "/etc/passwd", "read_csv('/etc/passwd')", "https://example.invalid/x.parquet", "s3://bucket/x.csv",
    "%s %(x)s {0} {x}", '{"level":"error","message":"all is lost"}',
]  # fmt: skip


def catalog(muster: Installation) -> list[dict[str, Any]]:
    """All that the database has, by name and text."""
    return muster.rows(
        """select 'table' as kind, schema_name as s, table_name as n, sql from duckdb_tables() where not internal
        union all select 'view', schema_name, view_name, sql from duckdb_views() where not internal
        union all select 'function', schema_name, function_name, macro_definition from duckdb_functions()
        where not internal order by all"""
    )


@pytest.mark.proof
def test_e6_e7_e9_e10_what_reads_as_sql_or_a_template_is_text_wherever_it_stands(tmp_path: Path) -> None:
    """In headers, values, identifiers, names of segments and names of files; by dbt and by compiled statements."""
    muster = Installation(tmp_path / "home")
    muster.drop(LISTS[0], lines("id,first_name", "plain,Ann"))
    muster.drop("acme_subscribers_20260101.csv", lines("phone,opt_in_status", "2125550101,1"))
    for _ in range(2):
        assert muster.muster("build").returncode == 0
    assert muster.muster("run").returncode == 0
    before = catalog(muster)
    quoted = ['"' + text.replace('"', '""') + '"' for text in SQL]
    columns = ["id", "first_name", *quoted]
    rows = [[f"c{n}", value, *quoted] for n, value in enumerate(quoted)]
    muster.drop(LISTS[1], lines(*(",".join(row) for row in [columns, *rows])))
    muster.drop("acme_subscriber_segment_20260102.csv", lines(*(f"2125550101,{text}" for text in quoted)))
    command = {"operation": "UPDATE", "expiration_duration": 0}
    commands = [command | {"user_account_id": text, "segment_technical_name": text} for text in SQL]
    muster.drop("acme_user_segments_20260102080000.ndjson", lines(*map(json.dumps, commands)))
    for text in SQL:
        muster.path_of(LISTS[0]).with_name(text.replace("/", "-") + "_vip_20260103080000.csv").write_text("id\nx\n")
    for words in (("run",), ("build", "--full-refresh")):
        done = muster.muster(*words)
        assert done.returncode in (0, 3), done.stderr
        said = [row for row in done.stderr.splitlines() if row]
        assert all(row.isprintable() for row in said)
        assert all(row.startswith(("muster: ", "  ")) for row in said), (
            "one line per event, and none of a partner's own"
        )
    assert catalog(muster) == before
    shop = Tenant(muster, "shop")
    for number, text in enumerate(SQL):
        assert shop.properties(f"c{number}")["first_name"] == text
        assert shop.properties(f"c{number}")[text.lower() if text.lower() in shop.properties("c0") else text] == text
    landed = muster.rows("select segment_name from landing.attentive__segments")
    assert sorted(row["segment_name"] for row in landed) == sorted(SQL)
    landed = muster.rows("select user_account_id from landing.mediarithmics__user_segments")
    assert sorted(row["user_account_id"] for row in landed) == sorted(SQL)


BAIT = [
    "a@" + "a." * 200_000, "a" * 400_000 + "@", "@" * 400_000, "a@b" * 150_000, " " * 400_000 + "x", "a.a" * 150_000,
    "+" * 400_000, "+1" * 200_000, "(" * 400_000, "0" * 400_000, "1-" * 200_000, "<" * 400_000, "<a@b>" * 80_000,
]  # fmt: skip


@pytest.mark.parametrize("function", ["email_normal_form", "phone_normal_form"])
def test_e17_bait_for_regular_expressions_is_read_in_time(function: str) -> None:
    with duckdb.connect() as connection:
        ensure_functions(connection, ROOT)
        (arguments,) = connection.execute(
            "select any_value(len(parameters)) from duckdb_functions() where function_name = $1", [function]
        ).fetchall()
        more = ", 'US'" if arguments[0] == 2 else ""
        for bait in BAIT:
            read = f"select coalesce(length({function}($1{more})), 0)"
            ((length,),) = connection.execute(read, [bait]).fetchall()
            assert length <= len(bait)


def test_e18_numbers_of_any_size_are_text_and_no_two_of_them_are_one(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    powers = [2**n + d for n in (15, 16, 31, 32, 53, 63, 64, 127, 128) for d in (-1, 0, 1)]
    ids = [*map(str, powers), "0042", "42", "042", str(10**60), str(10**60 + 1)]
    random.Random(1).shuffle(ids)
    muster.drop(LISTS[0], lines("id", *ids, *ids))
    command = '{"operation":"UPDATE","user_account_id":%s,"segment_technical_name":"s","expiration_duration":0}'
    numbers = sorted({*powers, 10**60, 10**60 + 1})
    muster.drop("acme_user_segments_20260101080000.ndjson", lines(*(command % number for number in numbers)))
    muster.land()
    muster.build()
    shop = Tenant(muster, "shop")
    assert shop.codes(LISTS[0]) == {}
    assert shop.members("vip") == set(ids)
    assert shop.counts(LISTS[0])["duplicate"] == len(ids)
    assert Tenant(muster, "acme").members("s") == {f":{number}" for number in numbers}
    with open_database(muster.settings.database, read_only=True) as connection:
        ((count,),) = connection.execute("select count(distinct contact_id) from marts.memberships").fetchall()
    assert count == len(ids) + len(numbers)
