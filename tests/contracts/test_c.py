"""Field cases: inputs that went wrong once, each with its right answer (the number is in the test's name)."""

from __future__ import annotations

import json
from pathlib import Path

from loaders.landing.import_by_hand import LocalFile, land_local

from .installation import Installation, Row, Tenant, drops, lines

LIST1, LIST2, LIST3 = ("{t}_vip_2026010%d110000.csv" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays
PROFILES = "{t}_profiles_20260101080000.csv"
COMPANIES1, COMPANIES2, COMPANIES3 = ("{t}_companies_2026010%d090000.csv" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays
IMPORT1, IMPORT2 = ("{t}_import_vip_2026010%d100000.csv" % day for day in (1, 2))  # noqa: UP031
COMMANDS = "{t}_user_segments_20260101080000.ndjson"


def command(user: str, **cells: object) -> str:
    row: Row = {"operation": "UPDATE", "user_account_id": user, "segment_technical_name": "vip"}
    return json.dumps(row | cells) + "\n"


@drops(
    {LIST1: lines("email,first_name", "ann@x.org,Ann", "bob@x.org,Bob")},
    {LIST2: lines("email,first_name", "ann@x.org,Ann,", "bob@x.org,Bob,")},
    {LIST3: lines("email,first_name", "ann@x.org,Ann", "bob@x", "cy@x.org,Cy,")},
    variant="count",  # which allows empty lists
)
def test_c03_unreadable_is_not_empty(tenant: Tenant) -> None:
    assert [tenant.job(name)["code"] for name in (LIST2, LIST3)] == ["no_valid_row", None]
    assert tenant.counts(LIST2) == {"line": 2, "rejected": 2}
    assert tenant.counts(LIST3) == {"line": 3, "accepted": 1, "rejected": 2, "removed": 1, "unchanged": 1}
    assert tenant.members("vip") == {"ann@x.org"}


@drops(
    {
        PROFILES: lines("customer_id;email", "1;ann@x.org;", "2;bob@x.org;"),
        COMMANDS: '{\n"operation": "UPDATE"\n}\n',
        COMPANIES1: lines("company_id;name", ";Acme"),
    }
)
def test_c05_a_file_without_a_valid_line_is_not_applied(tenant: Tenant) -> None:
    for name in (PROFILES, COMMANDS):
        assert (tenant.job(name)["status"], tenant.job(name)["code"]) == ("held", "no_valid_row")
    assert tenant.job(COMPANIES1)["status"] == "applied", "what a filter leaves out is no fault"
    assert tenant.contact_count == 0


@drops(
    {"{t}_vip_20621101060000.csv": lines("email", "ann@x.org")},
    {LIST2: lines("email", "bob@x.org"), "{t}_profiles_20620101000000.csv": lines("customer_id;email", "1;cy@x.org")},
)
def test_c06_x06_a_time_far_ahead_is_held(tenant: Tenant) -> None:
    for name in ("{t}_vip_20621101060000.csv", "{t}_profiles_20620101000000.csv"):
        assert (tenant.job(name)["status"], tenant.job(name)["code"]) == ("held", "too_far_ahead")
    assert tenant.job(LIST2)["status"] == "applied"
    assert tenant.members("vip") == {"bob@x.org"}
    assert tenant.contact_count == 1


@drops(
    {COMPANIES1: lines("company_id;name;revenue", "1;Acme;5", "2;Bolt;1")},
    {COMPANIES2: lines("company_id;name;revenue", "1;Acme;5", "2;Bolt;1", "3;Cog;2")},
    {COMPANIES3: lines("company_id;name;revenue", "1;Acme;7", "2;Bolt;1")},
    variant="count",
)
def test_c24_what_is_unchanged_is_skipped_in_every_feed_that_says_so(tenant: Tenant) -> None:
    groups = tenant.rows("select group_identifier as who, properties from marts.groups where tenant_id = $t")
    assert {row["who"]: row["properties"] for row in groups} == {
        "1": {"name": "Acme", "revenue": "12"},
        "2": {"name": "Bolt", "revenue": "1"},
        "3": {"name": "Cog", "revenue": "2"},
    }
    assert tenant.counts(COMPANIES2) == {"line": 3, "accepted": 3, "created": 1, "unchanged": 2}
    assert tenant.counts(COMPANIES3) == {"line": 2, "accepted": 2, "updated": 1, "unchanged": 1}


@drops(
    {IMPORT1: lines("email,first_name", "ann@x.org,Ann", "bob@x.org,Bob")},
    {LIST1: lines("email,first_name", "ann@x.org,Anna", "bob@x.org,Rob")},
    {IMPORT2: lines("email,first_name", "ann@x.org,Ann", "bob@x.org,Bobby", "cy@x.org,Cy")},
    variant="count",
)
def test_c24_also_of_a_feed_whose_model_does_not_hash_its_rows(tenant: Tenant) -> None:
    names = {who: tenant.column("first_name", who) for who in ("ann@x.org", "bob@x.org", "cy@x.org")}
    assert names == {"ann@x.org": "Anna", "bob@x.org": "Bobby", "cy@x.org": "Cy"}


@drops(
    {
        COMMANDS: command("long", expiration_duration=1796083200000)
        + command("longer", expiration_duration=10**25)
        + command("never", expiration_duration=0, expiration_ts=10**25)
        + command("last", expiration_duration=0, expiration_ts=10**15)
        + command("good", expiration_duration=60)
    }
)
def test_c60_a_number_of_any_size_is_its_lines_own_fault(tenant: Tenant) -> None:
    assert tenant.codes(COMMANDS) == dict.fromkeys((1, 2, 3, 4), "invalid_expiration")
    assert tenant.counts(COMMANDS) == {"line": 5, "accepted": 1, "rejected": 4, "added": 1, "created": 1}


def test_c83_no_two_tenants_and_segments_share_a_key(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    said = {"ann@x.org": ("a", "b|c"), "bob@x.org": ("a|b", "c")}
    files = []
    for who, (tenant, segment) in said.items():
        path = tmp_path / f"{who}.csv"
        path.write_text(lines("email", who))
        files.append(LocalFile(path, "optipub__imports", tenant=tenant, segment=segment))
    assert not land_local(muster.settings, files).errors
    muster.build()
    members = muster.rows(
        """select identifier_value as who, tenant_id, segment_name, segment_id
        from marts.memberships inner join marts.contact_identifiers using (tenant_id, contact_id)"""
    )
    assert {row["who"]: (row["tenant_id"], row["segment_name"]) for row in members} == said
    assert len({row["segment_id"] for row in members}) == 2


@drops(
    {"{t}_subscribers_20260101.csv": lines("phone,email,opt_in_status,last_name,town", ",ann@x.org,1,Lee,Rome")},
)
def test_c30_an_undeclared_column_that_is_a_property_is_that_one(tenant: Tenant) -> None:
    assert tenant.properties("ann@x.org") == {"opt_in_status": "1", "last_name": "Lee", "town": "Rome"}
    assert tenant.column("last_name", "ann@x.org") == "Lee"
