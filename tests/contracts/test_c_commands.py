"""Field cases of commands (C90): what the partner's own definition of its fields allows is taken."""

from __future__ import annotations

import json
from hashlib import md5
from pathlib import Path

from .installation import Installation, Tenant, copy_project, drops
from .test_m import DAY, DAY1, DAY2, at, command, delete, stays, update

NOTHING = md5(b"").hexdigest()


@drops(
    {
        DAY1: update("a", compartment_id="crm-web")
        + update("a", compartment_id="crm web")
        + update("b:c", compartment_id="a")
        + update("c", compartment_id="a:b")
        + update("a")
    },
    {DAY2: delete("a", compartment_id=" crm-web\u200b")},
)
def test_c90_a_compartment_is_any_text_and_no_two_pairs_are_one_account(tenant: Tenant) -> None:
    assert tenant.codes(DAY1) == {}
    assert tenant.counts(DAY1)["created"] == 5
    assert tenant.members("vip") == {"crm web:a", "a:b:c", "a%3Ab:c", ":a"}


@drops(
    {
        DAY1: update("s", expiration_ts=1767340800.0)  # 2026-01-02 08:00
        + update("ms", expiration_ts="1767340800000.00")
        + update("never", expiration_duration=1, expiration_ts=0.0)
        + update("x", expiration_ts=1767340800.5)
        + update("x", expiration_duration=60.5)
    }
)
def test_c90_a_time_may_be_written_with_a_fraction_of_zero(tenant: Tenant) -> None:
    for account in (":s", ":ms"):
        assert stays(tenant, account) == [("01-01 08:00", "01-02 08:00", "expired", None)]
    assert stays(tenant, ":never") == [("01-01 08:00", None, None, None)]
    assert tenant.codes(DAY1) == {4: "invalid_expiration", 5: "invalid_expiration"}


@drops(
    {DAY1: "".join(update(account) for account in "abcd")},
    {
        DAY2: delete("a", expiration_duration="soon")
        + delete("b", expiration_duration=-1, expiration_ts="x")
        + delete("c")
        + delete("d", data_bag="{")
    },
)
def test_c90_of_a_delete_no_expiry_is_read(tenant: Tenant) -> None:
    assert tenant.codes(DAY2) == {4: "invalid_data_bag"}
    assert at(tenant, "2026-01-03T00:00") == {":d"}


@drops(
    {
        DAY1: command("UPDATE", "before", None, segment_id="5")
        + update("a", segment_id="5", expiration_duration="soon")
        + update("a", "gold", segment_id="5", expiration_duration="soon")
        + update("a", segment_id="5")
        + command("UPDATE", "b", None, segment_id="5")
        + update("c", "gold", segment_id="5")
    },
    {
        DAY2: command("DELETE", "a", None, segment_id="5")
        + update("d", "gold", segment_id="5")
        + update("d", "gold", segment_id="6")
        + command("UPDATE", "e", None, segment_id="6")
        + command("UPDATE", "f", None, segment_id="7")
    },
)
def test_c90_an_id_means_the_name_that_an_accepted_command_has_said_with_it(tenant: Tenant) -> None:
    assert tenant.codes(DAY1) == {2: "invalid_expiration", 3: "invalid_expiration", 6: "segment_mismatch"}
    assert tenant.codes(DAY2) == {2: "segment_mismatch"}
    members = {name: tenant.members(name) for name in tenant.segments()}
    assert members == {"5": {":before"}, "vip": {":b"}, "gold": {":d", ":e"}, "7": {":f"}}
    assert tenant.contact(":c") is None
    learnt = tenant.rows("select * from marts.segment_ids where tenant_id = $t order by partner_segment_id")
    assert [(row["partner_segment_id"], row["segment_name"], row["row_id"] % 2**32) for row in learnt] == [
        ("5", "vip", 4),
        ("6", "gold", 3),
    ]


@drops(
    {
        DAY1: update("a", "Café", segment_id="7\u00a0")
        + update("b", "Cafe\u0301")
        + command("UPDATE", "c", None, segment_id="\u200b7")
        + update("d", "vip\ufeff")
        + update("e", "\u200b")
    }
)
def test_c13_of_segments_too_nothing_invisible_makes_another_one(tenant: Tenant) -> None:
    assert tenant.codes(DAY1) == {5: "no_segment"}
    assert {name: tenant.members(name) for name in tenant.segments()} == {"Café": {":a", ":b", ":c"}, "vip": {":d"}}


@drops(
    {
        DAY1: update("a", "vip", segment_id=12.0)
        + command("UPDATE", "b", None, segment_id=12)
        + command("UPDATE", "3", None, segment_id="12.00", compartment_id=7.0)
    },
    {DAY2: command("DELETE", None, None, user_account_id=3.0, compartment_id="7", segment_id="12")},
)
def test_c90_a_number_is_the_same_however_it_is_written(tenant: Tenant) -> None:
    assert {name: tenant.members(name) for name in tenant.segments()} == {"vip": {":a", ":b"}}
    assert tenant.counts(DAY2)["deleted"] == 1


@drops(
    {
        DAY1: update("a", "null", segment_id="5")
        + update("b", "vip", segment_id="5", compartment_id="None")
        + update("c", "N/A")
        + command("UPDATE", "d", None, segment_id="-")
        + update("e", "unknown")
        + command("UPDATE", "1.23457E+12", None, segment_id="5")
    }
)
def test_c90_what_programs_write_for_nothing_is_no_name(tenant: Tenant) -> None:
    assert tenant.codes(DAY1) == {3: "no_segment", 4: "no_segment", 6: "invalid_id"}
    assert {name: tenant.members(name) for name in tenant.segments()} == {"5": {":a"}, "vip": {":b"}, "unknown": {":e"}}


@drops(
    {
        DAY1: update("a", compartment_id="7")
        + update("b", Compartment_id="7")
        + update("c").replace("expiration_duration", "expiration_duration ")
        + update("d", comment="x")
        + update("e", compartmentId=8)
        + update("f", x=1).replace('"x"', '"Expiration-TS"')
    },
    {DAY2: delete("a", compartment_id="7").replace("compartment_id", "compartment_id ") + delete("a", compartmentid=7)},
)
def test_m01_a_key_that_is_inexact_is_not_passed_over(tenant: Tenant) -> None:
    assert tenant.codes(DAY1) == dict.fromkeys((2, 3, 5, 6), "inexact_column")
    assert tenant.codes(DAY2) == dict.fromkeys((1, 2), "inexact_column")
    assert tenant.members("vip") == {"7:a", ":d"}


def test_c90_an_id_that_the_registry_knows_still_disagrees(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    with (root / "seeds" / "segment_registry.csv").open("a") as registry:
        registry.write("shop,5,vip,\nother,6,gold,\n")
    muster = Installation(tmp_path / "home", root)
    rows = update("a", "vip", segment_id="5") + update("b", "gold", segment_id="5") + update("c", "new", segment_id="6")
    muster.drop(DAY1.format(t="shop"), rows)
    muster.land()
    muster.build()
    assert muster.rows("select line_number, code from marts.rejected_rows") == [
        {"line_number": 2, "code": "segment_mismatch"}
    ]
    assert {row["segment_name"] for row in muster.rows("select segment_name from marts.segments")} == {"vip", "new"}


@drops(
    {
        DAY1: update("0")
        + update("null")
        + command("UPDATE", email_hash=NOTHING.upper())
        + command("UPDATE", "0", email_hash=NOTHING, user_agent_id="N/A")
        + command("UPDATE", "0", email_hash="ab", compartment_id="7")
        + command("UPDATE", "a", email_hash=NOTHING)
        + command("UPDATE", "a", email_hash=NOTHING, user_agent_id="d")
        + command("UPDATE", "null", user_agent_id="d e")
    }
)
def test_c90_a_placeholder_identifies_nobody(tenant: Tenant) -> None:
    assert tenant.codes(DAY1) == dict.fromkeys((1, 2, 3, 4), "no_identifier") | {
        7: "several_identifiers",
        8: "invalid_id",
    }
    assert tenant.members("vip") == {"ab", ":a"}
    assert tenant.dropped(DAY1) == {(5, "user_account_id"): "placeholder", (6, "email_hash"): "placeholder"}


def test_c90_a_feed_says_what_identifies_nobody(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project", {"mediarithmics__user_segments": {"placeholders": ["guest"]}})
    muster = Installation(tmp_path / "home", root)
    muster.drop(DAY1.format(t="shop"), update("Guest") + update("0", expiration_duration=DAY) + json.dumps({}) + "\n")
    muster.land()
    muster.build()
    codes = muster.rows("select code from marts.rejected_rows order by line_number")
    assert [row["code"] for row in codes] == ["no_identifier", "invalid_operation"]
