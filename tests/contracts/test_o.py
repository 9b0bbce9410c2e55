"""OptiPub: imports into one segment, with subscriptions and tags (O1 to O11)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loaders.landing.import_by_hand import LocalFile, land_local

from .installation import ROOT, Installation, Tenant, copy_project, drops, edit_feed, imported, lines

DAY1, DAY2, DAY3 = ("{t}_import_vip_2026010%d080000.csv" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays
AGAIN1 = "{t}_import_vip_20260101090000.csv"
ANN, BOB, CY, DEE = (f"{name}@x.org" for name in ("ann", "bob", "cy", "dee"))
WHERE = ("--feed", "optipub__imports", "--tenant", "acme", "--segment", "vip")
NOTHING = ("--subscription-action", "none", "--status", "lead")
LEADS = {"active_status": None, "subscription_action": "none"}


@drops(
    {
        DAY1: lines("email,first_name,shoe size", "Ann@X.org,Ann,38", "bob@x.org,Bob,", "no address,Eve,", ",Nobody,"),
        DAY2: lines("first_name,email", "Cy,cy@x.org"),
    }
)
def test_o01_email_comes_first_and_all_else_is_a_property(tenant: Tenant) -> None:
    assert tenant.members("vip") == {ANN, BOB}
    assert tenant.properties(ANN) == {"first_name": "Ann", "shoe size": "38"}
    assert tenant.codes(DAY1) == {4: "invalid_email", 5: "no_identifier"}
    assert (tenant.job(DAY2)["status"], tenant.job(DAY2)["code"]) == ("rejected", "wrong_first_column")
    assert tenant.contact(CY) is None


@drops(
    {DAY1: imported("email", ANN, BOB, clear=True)},
    {DAY2: imported("email", BOB, CY, clear=False)},
    {DAY3: imported("email", CY, DEE, clear=True)},
)
def test_o02_clear_replaces_the_list_and_without_it_the_file_adds(tenant: Tenant) -> None:
    assert tenant.members("vip") == {CY, DEE}
    assert tenant.spells("vip", BOB) == [("01-01 08:00", "01-03 08:00", "removed")]
    assert tenant.spells("vip", CY) == [("01-02 08:00", None, None)]
    counts = tenant.counts(DAY2)
    assert (counts["added"], counts["unchanged"], counts.get("removed")) == (1, 1, None)
    counts = tenant.counts(DAY3)
    assert (counts["added"], counts["unchanged"], counts["removed"]) == (1, 1, 2)


@drops(
    {DAY2: imported("email", ANN, clear=False)},
    {DAY1: imported("email", BOB, clear=False), AGAIN1: imported("email", CY, clear=True)},
    {DAY3: imported("email", clear=True)},
)
def test_o02_a_late_list_is_superseded_by_an_addition_but_a_late_addition_adds(tenant: Tenant) -> None:
    assert tenant.members("vip") == {ANN, BOB}
    assert tenant.job(AGAIN1)["status"] == "superseded"
    assert (tenant.job(DAY3)["status"], tenant.job(DAY3)["code"]) == ("held", "empty_list")


@drops(
    {
        DAY1: imported("email", ANN, active_status=True),
        AGAIN1: imported("email", BOB, active_status=False),
        DAY2: imported("email", CY, active_status=None),
    }
)
def test_o03_active_inactive_or_lead(tenant: Tenant) -> None:
    assert tenant.subscriptions("vip") == {ANN: "active", BOB: "inactive", CY: "lead"}


@drops(
    {DAY1: imported("email", ANN, BOB, active_status=True, subscription_action="create_only")},
    {AGAIN1: imported("email", ANN, CY, active_status=False, subscription_action="update_only")},
    {DAY2: imported("email", BOB, DEE, active_status=False, subscription_action="create_only")},
    {
        DAY3: imported("email", ANN, BOB, active_status=None, subscription_action="update_only"),
        "{t}_import_vip_20260104080000.csv": imported("email", "eve@x.org", ANN, **LEADS),
    },
)
def test_o04_the_action_says_which_subscriptions_are_touched(tenant: Tenant) -> None:
    assert tenant.subscriptions("vip") == {ANN: "inactive", BOB: "active", DEE: "inactive"}
    assert tenant.members("vip") == {ANN, BOB, CY, DEE, "eve@x.org"}
    jobs = [tenant.counts(name) for name in (DAY1, AGAIN1, DAY2, DAY3)]
    assert [job.get("created_subscription", 0) for job in jobs] == [2, 0, 1, 0]
    assert [job.get("updated_subscription", 0) for job in jobs] == [0, 1, 0, 0]


@drops(
    {DAY2: imported("email", ANN, active_status=True)},
    {DAY1: imported("email", ANN, BOB, active_status=False)},
)
def test_o04_a_late_import_creates_but_changes_nothing(tenant: Tenant) -> None:
    assert tenant.subscriptions("vip") == {ANN: "active", BOB: "inactive"}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--subscription-action", "sometimes"], "is not one of"),
        (["--status", "active", "--subscription-action", "none"], "active_status is set while subscription_action"),
        (["--status", "inactive", "--subscription-action", "none"], "active_status is set while subscription_action"),
    ],
)
def test_o05_a_wrong_action_is_refused_before_any_row(tmp_path: Path, options: list[str], why: str) -> None:
    muster, file = _installation(tmp_path)
    done = muster.muster("import", str(file), *WHERE, *options)
    assert done.returncode == 2
    assert why in done.stderr
    assert not muster.settings.database.exists()


def test_o07_the_phone_is_no_declared_column(tmp_path: Path) -> None:
    muster, file = _installation(tmp_path)
    done = muster.muster("import", str(file), *WHERE, "--sms-phone", "first_name")
    assert done.returncode == 2
    assert "'first_name' is declared" in done.stderr


def test_o05_a_wrong_action_in_the_declaration_is_named_with_its_line(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    path = edit_feed(project, "optipub__imports", lambda t: t["config"]["meta"]["request"].pop("subscription_action"))
    muster = Installation(tmp_path / "home", project)
    done = muster.muster("run")
    assert done.returncode == 2
    assert f"{path}:" in done.stderr
    assert "subscription_action is none" in done.stderr


REGISTRY = "tenant_id,source_campaign,source_partner\nstrict,spring,\nstrict,autumn,acme\n"


def test_o06_an_import_whose_effort_cannot_be_created_is_refused_before_any_row(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    (project / "seeds/campaign_registry.csv").write_text(REGISTRY)
    muster = Installation(tmp_path / "home", project)
    requests: list[dict[str, Any]] = [
        {"source_campaign": "winter"},
        {"source_campaign": "autumn", "source_partner": "other"},
        {"source_campaign": None},
        {"source_campaign": "autumn", "source_partner": "acme"},
        {"source_campaign": "spring", "source_partner": "anybody", "active_status": False},
        {"source_campaign": "winter", "active_status": None},
    ]
    names = [f"strict_import_s{n}_2026010{n + 1}080000.csv" for n in range(len(requests))]
    muster.land_imports(
        {name: imported("email", f"{name[:16]}@x.org", **r) for name, r in zip(names, requests, strict=True)}
    )
    muster.build()
    tenant = Tenant(muster, "strict")
    jobs = [tenant.job(name) for name in names]
    codes = ["unknown_campaign", "unknown_partner", "no_campaign", None, None, None]
    assert [job["code"] for job in jobs] == codes
    assert [job["status"] for job in jobs] == ["rejected"] * 3 + ["applied"] * 3
    assert [job["rejected_count"] for job in jobs] == [1, 1, 1, 0, 0, 0]
    assert tenant.segments() == {"s3", "s4", "s5"}
    efforts = muster.rows("select source_campaign, source_partner from marts.campaign_efforts order by file_id")
    assert [tuple(row.values()) for row in efforts] == [("autumn", "acme"), ("spring", "anybody")]


@pytest.mark.proof
def test_o06_an_import_that_was_refused_is_said_again_once_its_campaign_is_known(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    registry = project / "seeds/campaign_registry.csv"
    registry.write_text(REGISTRY)
    muster = Installation(tmp_path / "home", project)
    file = tmp_path / "people.csv"
    file.write_text(lines("email", ANN))
    words = ("import", str(file), "--feed", "optipub__imports", "--tenant", "strict", "--segment", "s", "--no-clear",
             "--status", "active", "--source-campaign", "winter")  # fmt: skip
    done = muster.muster(*words)
    assert done.returncode == 3
    assert "unknown_campaign" in done.stderr
    registry.write_text(REGISTRY + "strict,winter,\n")
    done = muster.muster(*words)
    assert done.returncode == 3
    assert "repeats file 1, which was rejected: unknown_campaign" in done.stderr
    done = muster.muster(*words, "--sent-at", "2026-01-05T08:00")
    assert done.returncode == 0, done.stderr
    strict = Tenant(muster, "strict")
    assert [job["status"] for job in strict.jobs("people.csv")] == ["rejected", "duplicate", "applied"]
    assert muster.muster("build", "--full-refresh").returncode == 0
    assert [job["status"] for job in strict.jobs("people.csv")] == ["applied", "duplicate", "applied"]


@drops(
    {DAY1: imported("email", ANN, BOB, source_campaign="spring", source_partner="acme")},
    {DAY2: imported("email", ANN, CY, source_campaign="autumn", active_status=False)},
)
def test_o06_a_subscription_keeps_the_effort_that_created_it(tenant: Tenant) -> None:
    found = {who: tenant.subscription("vip", who) for who in (ANN, BOB, CY)}
    assert {who: (row["source_campaign"], row["source_partner"], row["status"]) for who, row in found.items()} == {
        ANN: ("spring", "acme", "inactive"),
        BOB: ("spring", "acme", "active"),
        CY: ("autumn", None, "inactive"),
    }


SMS = {"phone": "mobile", "confirm": True}


@drops(
    {DAY1: imported("email,mobile", f"{ANN},+1 234-567-8900", f"{BOB},", f"{CY},nonsense", sms=SMS)},
    {DAY2: imported("email,mobile", f"{ANN},+12345678900", f"{BOB},+1 (234) 567-8901", sms={"phone": "mobile"})},
    {
        DAY3: imported("email,mobile", f"{ANN},+13456789012", f"{DEE},+14567890123", sms=SMS),
        AGAIN1: imported("email", ANN, sms=SMS),
    },
)
def test_o07_sms_addons_and_confirmations_only_when_asked(tenant: Tenant) -> None:
    assert tenant.dropped(DAY1) == {(4, "mobile"): "invalid_sms_phone"}
    assert tenant.subscriptions("vip").keys() == {ANN, BOB, CY, DEE}
    assert tenant.of_publication("sms_addons", "sms_phone") == [
        (ANN, "+12345678900"),
        (ANN, "+13456789012"),
        (BOB, "+12345678901"),
        (DEE, "+14567890123"),
    ]
    assert tenant.of_publication("outbox", "message, recipient") == [
        (ANN, "sms_confirmation", "+12345678900"),
        (ANN, "sms_confirmation", "+13456789012"),
        (DEE, "sms_confirmation", "+14567890123"),
    ]
    assert tenant.job(AGAIN1)["code"] == "missing_column"


STATUS = {"status_column": "state", "sms": SMS, "source_campaign": "spring"}


@drops(
    {
        DAY1: imported(
            "email,mobile,state",
            f"{ANN},+12345678900,unsubscribed",
            f"{BOB},+12345678901,active",
            f"{CY},+12345678902,bounced",
            f"{DEE},+12345678903,lead",
            **STATUS,
        )
    },
    {DAY2: imported("email,mobile", f"{ANN},+13456789012", f"{BOB},+13456789013", sms=SMS, active_status=True)},
    {DAY3: imported("email,mobile", f"{BOB},+14567890123", f"{DEE},+14567890124", sms=SMS, active_status=False)},
)
def test_o07_o12_who_is_inactive_after_the_import_is_asked_for_no_confirmation(tenant: Tenant) -> None:
    assert tenant.subscriptions("vip") == {ANN: "inactive", BOB: "inactive", CY: "inactive", DEE: "inactive"}
    assert len(tenant.of_publication("sms_addons", "sms_phone")) == 8, "the numbers are kept"
    assert tenant.of_publication("outbox", "recipient") == [
        (BOB, "+12345678901"),
        (BOB, "+13456789013"),
        (DEE, "+12345678903"),
    ]


@drops(
    {DAY1: imported("email", ANN, active_status=None), AGAIN1: imported("email", BOB, suppress_funnel_events=True)},
    {DAY2: imported("email", ANN, BOB, active_status=True)},
    {DAY3: imported("email", ANN, BOB, active_status=False)},
)
def test_o08_funnel_events_unless_suppressed(tenant: Tenant) -> None:
    assert tenant.of_publication("funnel_events", "event, strftime(happened_at, '%d') as day") == [
        (ANN, "lead", "01"),
        (ANN, "subscribed", "02"),
        (ANN, "unsubscribed", "03"),
        (BOB, "unsubscribed", "03"),
    ]


@drops(
    {
        DAY1: imported(
            "email", ANN, BOB, subscription_tags={"add": ["new", "VIP"]}, subscriber_tags={"add": ["person", "p2"]}
        )
    },
    {
        DAY2: imported(
            "email",
            ANN,
            CY,
            subscription_action="update_only",
            subscription_tags={"add": ["vip"], "remove": ["new"]},
            subscriber_tags={"add": ["later"], "remove": ["p2"]},
        )
    },
    {DAY3: imported("email", BOB, subscription_tags={"add": ["only"], "replace": True}, **{"active_status": None})},
)
def test_o09_tags_are_added_removed_and_replaced(tenant: Tenant) -> None:
    assert {who: tenant.subscription("vip", who)["tags"] for who in (ANN, BOB)} == {ANN: ["VIP", "vip"], BOB: ["only"]}
    current = "tag, valid_to_log_id is null as is_current"
    assert set(tenant.of_publication("subscriber_tags", current)) == {
        (ANN, "person", True),
        (ANN, "p2", False),
        (ANN, "later", True),
        (BOB, "person", True),
        (BOB, "p2", True),
        (CY, "later", True),
    }
    assert {row[0] for row in tenant.of_publication("subscription_tags", "tag")} == {ANN, BOB}


@pytest.mark.parametrize(
    "options",
    [
        ["--tag", "a", "--untag", "a"],
        ["--subscriber-tag", "a", "--subscriber-untag", "a"],
        ["--untag", "a", "--replace-tags"],
    ],
)
def test_o09_contradicting_tags_are_refused(tmp_path: Path, options: list[str]) -> None:
    muster, file = _installation(tmp_path)
    done = muster.muster("import", str(file), *WHERE, *options)
    assert done.returncode == 2
    assert "(O9)" in done.stderr
    assert not muster.settings.database.exists()


@drops(
    {
        DAY1: imported(
            "email",
            ANN,
            subscription_options={
                "started_at": "2026-01-01T00:00+01:00",
                "ended_at": "2026-12-31",
                "auto_renews": True,
            },
        )
    },
    {DAY2: imported("email", ANN, BOB, subscription_options={"auto_renews": False})},
)
def test_o10_options_of_subscriptions(tenant: Tenant) -> None:
    found = {who: tenant.subscription("vip", who) for who in (ANN, BOB)}
    assert {who: (str(row["started_at"]), str(row["ended_at"]), row["auto_renews"]) for who, row in found.items()} == {
        ANN: ("2025-12-31 23:00:00", "2026-12-31 00:00:00", False),
        BOB: ("None", "None", False),
    }


def test_o11_the_command_lands_a_local_file_under_the_same_rules(tmp_path: Path) -> None:
    muster, file = _installation(tmp_path)
    common = ("import", str(file), "--feed", "optipub__imports")
    done = muster.muster(*common)
    assert done.returncode == 2
    assert "give --tenant and --segment" in done.stderr
    where = ("--tenant", "acme", "--segment", "vip", "--publication", "weekly", "--sent-at", "2026-01-05T08:00")
    done = muster.muster(*common, *where, "--clear", "--status", "active", "--tag", "new", "--auto-renews")
    assert done.returncode == 0, done.stderr
    assert "import/people.csv" in done.stdout
    acme = Tenant(muster, "acme")
    assert acme.subscription("weekly", ANN)["tags"] == ["new"]
    assert acme.spells("vip", ANN) == [("01-05 08:00", None, None)]
    # the same file with the same parameters is a duplicate (X4); with others it is another import
    done = muster.muster(*common, *where, "--clear", "--status", "active", "--tag", "new", "--auto-renews")
    assert [job["status"] for job in acme.jobs("people.csv")] == ["applied", "duplicate"]
    update = ("--subscription-action", "create_or_update", *where)
    done = muster.muster(*common, *update, "--no-clear", "--status", "inactive")
    assert acme.subscriptions("weekly") == {ANN: "inactive"}
    assert acme.jobs("people.csv")[2]["unchanged_count"] == 1
    # the time that is stated is one of them: what is said again later is said again
    again = (*update[:-1], "2026-01-06T08:00", "--no-clear", "--status", "active", "--resubscribe")
    for _ in range(2):
        muster.muster(*common, *again)
    assert acme.subscriptions("weekly") == {ANN: "active"}
    muster.muster(*common, *update[:-1], "2026-01-07T08:00", "--no-clear", "--status", "active")
    muster.muster(*common, *update[:-2], "--no-clear", "--status", "active")  # without a time: as the last one
    muster.muster(*common, *update[:-1], "2026-01-07T08:00", "--no-clear", "--status", "active")  # as the first
    statuses = [job["status"] for job in acme.jobs("people.csv")]
    assert statuses[3:] == ["applied", "duplicate", "applied", "duplicate", "duplicate"]


def test_o11_x04_the_same_file_for_another_segment_or_tenant_is_another_import(tmp_path: Path) -> None:
    muster, file = Installation(tmp_path / "home"), tmp_path / "people.csv"
    file.write_text(lines("email", ANN))
    for tenant, segment in (("a", "vip"), ("a", "vip"), ("a", "new"), ("b", "new"), ("b", "new"), ("a", "vip")):
        assert not land_local(muster.settings, [LocalFile(file, "optipub__imports", tenant, segment)]).errors
    landed = muster.rows("select file_id, duplicate_of from landing.files order by file_id")
    assert [row["duplicate_of"] for row in landed] == [None, 1, None, None, 4, None], "as the one before it, or another"


@drops(
    {"{t}_subscribers_20260101.csv": lines("phone,email,opt_in_status", f"1234567890,{ANN},1", f"2345678901,{BOB},0")},
    {
        DAY1: imported("email", ANN, active_status=False),
        AGAIN1: imported("email", BOB, active_status=True),
    },
    {"{t}_subscriber_segment_20260103.csv": lines("1234567890,club", "2345678901,club")},
)
def test_a06_subscriptions_decide_who_is_opted_in(tenant: Tenant) -> None:
    assert tenant.members("club") == {f"+12345678901 {BOB}"}
    assert tenant.counts("{t}_subscriber_segment_20260103.csv")["ignored"] == 1


def _installation(home: Path) -> tuple[Installation, Path]:
    """An installation without a database, and a file to import."""
    file = home / "people.csv"
    file.write_text(lines("email", ANN))
    return Installation(home / "home"), file


def test_o11_the_same_file_for_another_segment_or_tenant_is_another_import(tmp_path: Path) -> None:
    muster, file = _installation(tmp_path)
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    for path, tenant, segment in ((file, "acme", "a"), (file, "acme", "b"), (file, "other", "b"), (link, "acme", "c")):
        land_local(muster.settings, [LocalFile(path, "optipub__imports", tenant, segment)])
    land_local(muster.settings, [LocalFile(file, "optipub__imports", "other", "b")])
    found = muster.rows("select tenant_id, segment_name, duplicate_of from landing.files order by file_id")
    assert [tuple(row.values()) for row in found] == [
        ("acme", "a", None),
        ("acme", "b", None),
        ("other", "b", None),
        ("acme", "c", None),
        ("other", "b", 3),
    ]


@pytest.mark.parametrize(
    ("name", "options", "why"),
    [
        ("semi;rm.csv", [], "rename the file"),
        ("new\nline.csv", [], "rename the file"),
        ("folder", [], "is no regular file"),
        ("people.csv", ["--segment", ""], "give a name"),
        ("people.csv", ["--tenant", "a\nb"], "give a name"),
        ("people.csv", ["--tenant", "a "], "no blanks at its ends"),
        ("people.csv", ["--segment", " s"], "no blanks at its ends"),
        ("people.csv", ["--sms-phone", ""], "sms.phone"),
        ("people.csv", ["--tag", "gold "], "write 'gold'"),
        ("people.csv", ["--untag", "A\u0308rger"], "write 'Ärger'"),
        (
            "people.csv",
            [*NOTHING, "--tag", "a"],
            "subscription_tags does nothing while",
        ),
        (
            "people.csv",
            [*NOTHING, "--sms-phone", "email"],
            "sms does nothing while",
        ),
        (
            "people.csv",
            [*NOTHING, "--auto-renews"],
            "subscription_options does nothing while",
        ),
    ],
)
def test_o11_what_cannot_be_imported_is_refused_before_any_row(
    tmp_path: Path, name: str, options: list[str], why: str
) -> None:
    muster, file = _installation(tmp_path)
    path = tmp_path / name
    path.mkdir() if name == "folder" else path.write_text(lines("email", ANN))
    done = muster.muster("import", str(file), str(path), *WHERE, *options)
    assert done.returncode == 2, done.stderr
    assert why in done.stderr
    assert not muster.settings.database.exists()


def test_o11_import_explains_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loaders", "import", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert "--clear / --no-clear" in done.stdout


STATUSES = {"subscription_action": "create_or_update", "active_status": True, "status_column": "status"}


@drops(
    {DAY1: imported("email,status", f"{ANN},unsubscribed", f"{BOB},Bounced", f"{CY},", f"{DEE},gone", **STATUSES)},
    {DAY2: imported("email,status", f"{ANN},active", f"{BOB},", f"{CY},unsubscribed", f"{DEE},pending", **STATUSES)},
    {
        DAY3: imported("email", ANN, BOB, CY, DEE, active_status=True, subscription_action="update_only"),
        AGAIN1: imported("email", ANN, **STATUSES),
    },
)
def test_c46_o12_each_row_says_its_status_and_no_list_makes_active_who_has_unsubscribed(tenant: Tenant) -> None:
    assert tenant.codes(DAY1) == {5: "invalid_status"}
    assert tenant.subscriptions("vip") == {ANN: "inactive", BOB: "inactive", CY: "inactive", DEE: "active"}
    assert tenant.of_publication("funnel_events", "event, strftime(happened_at, '%d') as day") == [
        (ANN, "unsubscribed", "01"),
        (BOB, "unsubscribed", "01"),
        (CY, "subscribed", "01"),
        (CY, "unsubscribed", "02"),
        (DEE, "lead", "02"),
        (DEE, "subscribed", "03"),
    ]
    # A file without the column says nothing of anybody.
    assert (tenant.job(AGAIN1)["status"], tenant.job(AGAIN1)["code"]) == ("rejected", "missing_column")


@drops(
    {
        DAY1: imported(
            "email,status", f"{ANN},unsubscribed", f"{BOB},", f"{CY},active",
            status_column="status", active_status=None, source_campaign="spring",
        )
    }
)  # fmt: skip
def test_c46_o06_o12_where_only_the_rows_say_a_status_the_import_is_an_effort_too(tenant: Tenant) -> None:
    found = {who: tenant.subscription("vip", who) for who in (ANN, BOB, CY)}
    assert {who: (row["status"], row["source_campaign"]) for who, row in found.items()} == {
        ANN: ("inactive", "spring"),
        BOB: ("lead", None),
        CY: ("active", "spring"),
    }


@drops(
    {DAY1: imported("email", ANN, active_status=False, subscription_action="create_only")},
    {DAY2: lines("email,first_name,status", f"{ANN},Ann,unsubscribed", f"{BOB},Bob,")},
)
def test_c46_as_shipped_a_list_only_creates(tenant: Tenant) -> None:
    assert tenant.subscriptions("vip") == {ANN: "inactive", BOB: "active"}
    assert tenant.properties(ANN) == {"first_name": "Ann", "status": "unsubscribed"}


@drops(
    {DAY1: imported("email,status", f"{ANN},unsubscribed", **STATUSES)},
    {DAY2: imported("email", ANN, active_status=True, resubscribe=True, subscription_action="update_only")},
)
def test_c46_o12_a_person_may_say_that_somebody_subscribed_again(tenant: Tenant) -> None:
    assert tenant.subscriptions("vip") == {ANN: "active"}


def test_c46_o12_what_a_feed_may_not_say(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    request = {"clear": False, "active_status": True, "subscription_action": "update_only", "resubscribe": True}
    path = edit_feed(project, "optipub__imports", lambda t: t["config"]["meta"].update(request=request))
    done = Installation(tmp_path / "home", project).muster("run")
    assert done.returncode == 2
    assert f"{path}:" in done.stderr
    assert "`muster import --resubscribe`" in done.stderr
    (tmp_path / "by hand").mkdir()
    muster, file = _installation(tmp_path / "by hand")
    for options, why in (
        (["--status-column", "first_name"], "'first_name' is declared"),
        (["--status-column", "status", "--status", "lead", "--subscription-action", "none"], "status_column is set"),
        (["--resubscribe"], "resubscribe does nothing where no subscription is updated"),
        (
            ["--resubscribe", "--status", "inactive", "--subscription-action", "update_only"],
            "resubscribe does nothing where nobody is made active",
        ),
    ):
        done = muster.muster("import", str(file), *WHERE, *options)
        assert done.returncode == 2
        assert why in done.stderr


def test_o02_two_files_that_replace_a_segment_at_one_time_are_refused(tmp_path: Path) -> None:
    muster, file = _installation(tmp_path)
    other = tmp_path / "more.csv"
    other.write_text(lines("email", BOB))
    when = ("--sent-at", "2026-01-05T08:00")
    done = muster.muster("import", str(file), str(other), *WHERE, *when, "--clear")
    assert done.returncode == 2, done.stderr
    assert "import/people.csv and import/more.csv both replace the segment" in done.stderr
    assert not muster.settings.database.exists()
    done = muster.muster("import", str(file), str(other), *WHERE, *when, "--no-clear")
    assert done.returncode == 0, done.stderr


def test_x12_of_a_subscription_the_import_of_the_latest_time_decides(tmp_path: Path) -> None:
    muster, file = _installation(tmp_path)
    where = ("--feed", "optipub__imports", "--tenant", "acme", "--no-clear", "--source-campaign", "c")
    tags = ("--subscriber-tag", "vip")
    # what a later import said of another subscription, or did not touch, is no reason to leave this one alone
    for segment, action, status, day, more, code in (
        ("news", "create_or_update", "active", 1, (), 0),
        ("other", "create_or_update", "active", 5, (), 0),
        ("news", "create_only", "active", 4, (), 0),
        ("news", "update_only", "inactive", 3, tags, 0),
        ("news", "create_or_update", "active", 2, ("--resubscribe",), 3),
        ("late", "create_or_update", "active", 2, ("--subscriber-tag", "old"), 3),
    ):
        options = ("--segment", segment, "--subscription-action", action, "--status", status, *more)
        done = muster.muster("import", str(file), *where, *options, "--sent-at", f"2026-01-0{day}T08:00")
        assert done.returncode == code, done.stderr
        assert ("or tags, of 1 of its rows are" in done.stderr) == (code == 3), done.stderr
    acme = Tenant(muster, "acme")
    assert [acme.subscriptions(name) for name in ("news", "other", "late")] == [
        {ANN: "inactive"}, {ANN: "active"}, {ANN: "active"},
    ]  # fmt: skip
    tags_now = acme.rows("select tag from marts.subscriber_tags where tenant_id = $t and valid_to_log_id is null")
    assert tags_now == [{"tag": "vip"}]


def test_x12_o12_who_unsubscribes_before_it_is_known_that_he_subscribed_stays_so(tmp_path: Path) -> None:
    muster, file = _installation(tmp_path)
    where = ("--feed", "optipub__imports", "--tenant", "acme", "--no-clear", "--source-campaign", "c")
    for action, status, day, code in (("update_only", "inactive", 4, 0), ("create_only", "active", 3, 3)):
        options = ("--segment", "news", "--subscription-action", action, "--status", status)
        done = muster.muster("import", str(file), *where, *options, "--sent-at", f"2026-01-0{day}T08:00")
        assert done.returncode == code, done.stderr
    assert Tenant(muster, "acme").subscriptions("news") == {}
