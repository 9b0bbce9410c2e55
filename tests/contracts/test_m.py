"""mediarithmics: commands per user, with expiration (M1 to M9)."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from loaders.database import open_database

from .installation import ROOT, Installation, Tenant, drops, lines

DAY1, DAY2, DAY3 = ("{t}_user_segments_2026010%d080000.ndjson" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays
CSV1 = "{t}_user_segments_20260101080000.csv"
DAY = 24 * 60


def command(operation: str, account: str | None = None, segment: str | None = "vip", **more: Any) -> str:
    """A line of NDJSON; an UPDATE never expires unless told otherwise."""
    row: dict[str, Any] = {"operation": operation, "user_account_id": account, "segment_technical_name": segment}
    if operation == "UPDATE":
        row["expiration_duration"] = 0
    return json.dumps({key: value for key, value in (row | more).items() if value is not None}) + "\n"


def update(account: str, segment: str = "vip", **more: Any) -> str:
    return command("UPDATE", account, segment, **more)


def delete(account: str, segment: str = "vip", **more: Any) -> str:
    return command("DELETE", account, segment, **more)


def at(tenant: Tenant, moment: str, segment: str = "vip") -> set[str]:
    """Who is in the segment by the clock: what the view says at this moment, with no build since."""
    with open_database(tenant.muster.settings.database, read_only=True) as connection:
        connection.execute("set variable muster_now = cast($1 as timestamp)", [datetime.fromisoformat(moment)])
        rows = connection.execute(
            """select identifier_value
            from marts.memberships as m inner join marts.contact_identifiers using (contact_id)
            where m.tenant_id = $1 and segment_name = $2""",
            [tenant.name, segment],
        ).fetchall()
    return {value for (value,) in rows}


def stays(tenant: Tenant, account: str, segment: str = "vip") -> list[tuple[Any, ...]]:
    rows = tenant.muster.rows(
        """select strftime(entered_at, '%m-%d %H:%M') as entered, strftime(exited_at, '%m-%d %H:%M') as exited,
            exit_reason as reason, data_bag as bag
        from marts.membership_spells as m inner join marts.segments using (tenant_id, segment_id)
        where m.tenant_id = $t and segment_name = $segment and contact_id = $contact
        order by entry_log_id, entry_line_number""",
        t=tenant.name,
        segment=segment,
        contact=tenant.contact(account),
    )
    return [tuple(row.values()) for row in rows]


@drops(
    {
        DAY1: update("a") + "not json\n\n" + update("b", extra={"k": 1}) + '{"operation": ["UPDATE"]}\n[]\n',
        DAY2: update("a") + "not json\n" + "\n" + update("b", extra={"k": 1}) + '{"operation": "UPDATE"',
        DAY3: "[" + update("c") + "]",
        CSV1: lines(
            "operation,user_account_id,segment_id,expiration_duration", "UPDATE,d,vip,0", "UPDATE,e", 'x,"y"z,,'
        ),
    }
)
def test_m01_one_object_a_line_or_csv(tenant: Tenant) -> None:
    assert tenant.counts(DAY1) == {"line": 5, "accepted": 2, "rejected": 3, "added": 2, "created": 2}
    assert [row[:2] for row in tenant.rejected(DAY1)] == [
        (2, "invalid_json"), (5, "nested_value"), (6, "not_an_object"),
    ]  # fmt: skip
    assert tenant.rejected(DAY1)[0][2] == "not json"
    assert (tenant.job(DAY2)["code"], tenant.job(DAY3)["code"]) == ("truncated_file", "not_ndjson")
    assert tenant.counts(CSV1) == {"line": 3, "accepted": 1, "rejected": 2, "added": 1, "created": 1}
    assert tenant.members("vip") == {":a", ":b", ":d"}


@drops({DAY1: update("a") + delete("a") + update("b") + delete("a") + update("a") + command("REPLACE", "a") + "{}\n"})
def test_m02_commands_are_applied_in_line_order(tenant: Tenant) -> None:
    assert stays(tenant, ":a") == [("01-01 08:00", "01-01 08:00", "deleted", None), ("01-01 08:00", None, None, None)]
    assert tenant.members("vip") == {":a", ":b"}
    assert tenant.codes(DAY1) == {6: "invalid_operation", 7: "invalid_operation"}
    assert tenant.counts(DAY1) == {
        "line": 7, "accepted": 5, "rejected": 2, "added": 3, "deleted": 1, "unchanged": 1, "created": 2,
    }  # fmt: skip


@drops(
    {
        DAY1: update("a")
        + update("a", compartment_id="7")
        + update("a", compartment_id=7)
        + command("UPDATE", email_hash="ABC")
        + command("UPDATE", user_agent_id="vec:1")
        + command("UPDATE")
        + update("a", email_hash="abc")
    }
)
def test_m03_exactly_one_identifier_and_an_account_is_scoped_by_its_compartment(tenant: Tenant) -> None:
    assert tenant.members("vip") == {":a", "7:a", "abc", "vec:1"}
    assert tenant.codes(DAY1) == {6: "no_identifier", 7: "several_identifiers"}


@drops({DAY1: command("UPDATE", "a", None, segment_id=5) + command("UPDATE", "b", "5") + command("UPDATE", "c", None)
        })  # fmt: skip
def test_m04_the_segment_by_id_or_by_name(tenant: Tenant) -> None:
    assert tenant.members("5") == {":a", ":b"}
    assert tenant.codes(DAY1) == {3: "no_segment"}


@drops(
    {
        DAY1: update("a", expiration_duration=DAY)
        + update("b", expiration_duration="60")
        + update("never")
        + command("UPDATE", "x", expiration_duration=None)
        + update("x", expiration_duration=1.5)
        + update("x", expiration_duration=-1)
        + update("x", expiration_duration="soon")
        + delete("y")
    }
)
def test_m05_minutes_from_the_time_of_the_file_on(tenant: Tenant) -> None:
    assert stays(tenant, ":a") == [("01-01 08:00", "01-02 08:00", "expired", None)]
    assert at(tenant, "2026-01-01T08:59:59") == {":a", ":b", ":never"}
    assert at(tenant, "2026-01-01T09:00") == {":a", ":never"}
    assert at(tenant, "2026-01-02T08:00") == {":never"}
    assert tenant.codes(DAY1) == {
        4: "no_expiration",
        5: "invalid_expiration",
        6: "invalid_expiration",
        7: "invalid_expiration",
    }


@drops(
    {
        DAY1: update("s", expiration_duration=1, expiration_ts=1767340800)  # 2026-01-02 08:00
        + update("ms", expiration_ts=1767340800000)
        + update("never", expiration_duration=1, expiration_ts=0)
        + update("past", expiration_ts="1")
        + update("x", expiration_ts=-5)
        + update("x", expiration_ts=999999999999999)
    }
)
def test_m06_a_timestamp_wins_over_the_duration(tenant: Tenant) -> None:
    for account in (":s", ":ms"):
        assert stays(tenant, account) == [("01-01 08:00", "01-02 08:00", "expired", None)]
    assert stays(tenant, ":never") == [("01-01 08:00", None, None, None)]
    assert stays(tenant, ":past") == [("01-01 08:00", "01-01 08:00", "expired", None)]
    assert tenant.counts(DAY1)["expired"] == 1
    assert tenant.codes(DAY1) == {5: "invalid_expiration", 6: "invalid_expiration"}


REIMPORTS = (
    {DAY1: update("a", expiration_duration=3 * DAY) + update("b", expiration_duration=2 * DAY) + update("c")},
    {DAY2: update("a", expiration_duration=60) + update("b") + update("c", expiration_duration=60)},
)


@drops(*REIMPORTS)
def test_m07_a_second_update_resets_the_expiry(tenant: Tenant) -> None:
    assert stays(tenant, ":a") == [("01-01 08:00", "01-02 09:00", "expired", None)]
    assert stays(tenant, ":b") == [("01-01 08:00", None, None, None)]
    assert stays(tenant, ":c") == [("01-01 08:00", "01-02 09:00", "expired", None)]
    assert tenant.counts(DAY2) == {"line": 3, "accepted": 3, "unchanged": 3}


@drops(*REIMPORTS, variant="count")
def test_m07_or_keeps_the_later_one(tenant: Tenant) -> None:
    assert stays(tenant, ":a") == [("01-01 08:00", "01-04 08:00", "expired", None)]
    assert stays(tenant, ":b") == [("01-01 08:00", None, None, None)]
    assert stays(tenant, ":c") == [("01-01 08:00", None, None, None)]


@drops({DAY3: update("a")}, {DAY2: delete("a") + update("b")}, {DAY1: update("c", expiration_duration=DAY)})
def test_m07_a_command_that_comes_too_late_does_not_overwrite_a_later_one(tenant: Tenant) -> None:
    assert stays(tenant, ":a") == [("01-03 08:00", None, None, None)]
    assert stays(tenant, ":b") == [("01-02 08:00", None, None, None)]
    assert stays(tenant, ":c") == [("01-01 08:00", "01-02 08:00", "expired", None)]


@drops(
    {
        DAY1: update("a", expiration_duration=DAY)
        + update("b", expiration_duration=DAY)
        + update("c", expiration_duration=DAY)
    },
    {DAY2: update("a") + delete("b")},
    {DAY3: delete("a")},
)
def test_m08_expired_and_deleted_are_two_things_and_a_new_update_a_new_stay(tenant: Tenant) -> None:
    expired = ("01-01 08:00", "01-02 08:00", "expired", None)
    assert stays(tenant, ":a") == [expired, ("01-02 08:00", "01-03 08:00", "deleted", None)]
    assert stays(tenant, ":b") == stays(tenant, ":c") == [expired]
    assert tenant.counts(DAY3) == {"line": 1, "accepted": 1, "deleted": 1}
    changes = tenant.muster.rows(
        "select change, count(*) as n from marts.membership_changes where tenant_id = $t group by all order by all",
        t=tenant.name,
    )
    assert [tuple(row.values()) for row in changes] == [("added", 4), ("deleted", 1), ("expired", 3)]


@drops({DAY1: update("a") + delete("a") + update("a") + delete("a") + update("a")})
def test_m02_changes_of_one_user_in_one_file_are_shown_in_their_order(tenant: Tenant) -> None:
    shown = tenant.muster.muster("changes", "vip", "--tenant", tenant.name, "--json")
    assert [change["change"] for change in json.loads(shown.stdout)] == ["added", "deleted"] * 2 + ["added"]


@drops({DAY1: update("a") + update("b", expiration_ts=1)})
def test_m06_one_who_expired_at_once_is_shown_to_have_come_before(tenant: Tenant) -> None:
    shown = json.loads(tenant.muster.muster("changes", "vip", "--tenant", tenant.name, "--json").stdout)
    assert [row["change"] for row in shown if row["contact_id"] == tenant.contact(":b")] == ["expired", "added"]


@drops(
    {
        DAY1: update("a", data_bag='{"score": 1}')
        + update("b", data_bag='{"score": ')
        + update("b", data_bag='{"score": 1,}')
        + update("b", data_bag="NaN")
        + update("c", data_bag='["a,}", "NaN"]')
        + update("d", data_bag={"score": 1})
    },
    {DAY2: update("a") + update("c", data_bag="2")},
)
def test_m09_a_data_bag_is_json_and_belongs_to_the_membership(tenant: Tenant) -> None:
    assert stays(tenant, ":a") == [("01-01 08:00", None, None, '{"score": 1}')]
    assert stays(tenant, ":c") == [("01-01 08:00", None, None, "2")]
    assert tenant.codes(DAY1) == {
        2: "invalid_data_bag", 3: "invalid_data_bag", 4: "invalid_data_bag", 6: "nested_value",
    }  # fmt: skip
    assert tenant.properties(":a") == {}


def test_m01_the_error_file_holds_what_was_rejected_as_it_was_sent(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    bad = ["not json\n", '{"operation": "NONE"}\r\n', update("c", data_bag="{")]
    header = "operation,user_account_id,segment_id,expiration_duration\r\n"
    wrong = ['UPDATE,"two\nlines",,0\r\n', "UPDATE,x\n", 'UPDATE,"y"z,vip,0\n']
    muster.drop(DAY1.format(t="shop"), update("a") + bad[0] + "\n" + update("b") + bad[1] + bad[2].rstrip("\n"))
    content = "\ufeff" + header + "UPDATE,d,vip,0\r\n\r\n" + wrong[0] + wrong[1] + "UPDATE,e,vip,0\n" + wrong[2]
    muster.drop(CSV1.format(t="shop") + ".gz", gzip.compress(content.encode()))
    muster.drop(DAY3.format(t="shop"), "[]")
    assert muster.muster("run").returncode == 3
    ids = {Path(row["path"]).name: str(row["file_id"]) for row in muster.rows("from landing.files")}
    for name, expected in ((DAY1, "".join(bad)), (CSV1 + ".gz", header + "".join(wrong))):
        ran = subprocess.run(
            [sys.executable, "-m", "loaders", "errors", ids[name.format(t="shop")]],
            env=muster.environment, cwd=ROOT, capture_output=True, check=True,
        )  # fmt: skip
        assert ran.stdout.decode() == expected
    refused = muster.muster("errors", ids[DAY3.format(t="shop")])
    assert (refused.returncode, "refused as a whole" in refused.stderr) == (3, True)
    assert muster.muster("errors", "99").returncode == 2
