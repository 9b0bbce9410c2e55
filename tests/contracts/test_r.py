"""Contract R: a complete list of one segment per file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from loaders.landing.ledger import Landed
from servers.embedded import EmbeddedSftp

from .installation import FOLDERS, LISTS, Installation, Row, Tenant, drops, lines

DAY1, DAY2, DAY3 = ("{t}_vip_2026010%d080000.csv" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays


@dataclass(frozen=True)
class Served:
    """What two days of `muster run` against an SFTP server came to."""

    muster: Installation
    server: EmbeddedSftp
    runs: list[Row]
    """The import jobs that the runs printed."""
    reported: list[Row]
    """What `muster jobs` said right after."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The Remarkety feed reads from an SFTP server, by username and SSH key."""
    muster = Installation.ready(tmp_path_factory.mktemp("served"), LISTS)
    home = muster.settings.connections.parent
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(home / "key")
    (home / "key").chmod(0o600)
    public = key.export_public_key().decode()
    with EmbeddedSftp(muster.drops / "remarkety", "shop", password=None, client_keys=[public]) as server:
        remarkety = {
            "type": "sftp",
            "settle": 0,
            "host": "127.0.0.1",
            "port": server.port,
            "username": "shop",
            "private_key_file": "key",
            "host_keys": [server.host_key],
            "root": "/",
        }
        drops = muster.drops
        others = {name: {"type": "local", "path": str(drops / name)} for name in FOLDERS if name != "remarkety"}
        muster.connect({"remarkety": remarkety, **others}, home)
        runs: list[Row] = []
        for name, people in (
            ("shop_vip_20260101080000.csv", ("ann@x.org", "bob@x.org")),
            ("shop_vip_20260102080000.csv", ("bob@x.org", "cleo@x.org", "dan@x.org")),
        ):
            muster.drop(name, lines("email", *people))
            ran = muster.muster("run", "--json")
            assert (ran.returncode, ran.stderr) == (0, "")
            runs += json.loads(ran.stdout)
        yield Served(muster, server, runs, json.loads(muster.muster("jobs", "--json").stdout))


def test_r01_a_list_is_picked_up_by_sftp_with_username_and_key_and_holds_the_whole_segment(served: Served) -> None:
    assert set(served.server.attempts) == {"publickey"}
    assert Tenant(served.muster, "shop").members("vip") == {"bob@x.org", "cleo@x.org", "dan@x.org"}
    assert sorted(path.name for path in (served.muster.drops / "remarkety" / "lists").iterdir()) == [
        "shop_vip_20260101080000.csv.done",
        "shop_vip_20260102080000.csv.done",
    ]


def test_r09_the_file_is_an_import_job_with_its_result_as_soon_as_the_run_ends(served: Served) -> None:
    wanted = ("path", "status", "line_count", "added_count", "removed_count", "unchanged_count", "created_count")
    assert [tuple(job[key] for key in wanted) for job in served.runs] == [
        ("lists/shop_vip_20260101080000.csv", "applied", 2, 2, 0, 0, 2),
        ("lists/shop_vip_20260102080000.csv", "applied", 3, 2, 1, 1, 2),
    ]
    assert served.reported == served.runs[::-1]


THREE_DAYS = (
    {DAY1: lines("email", "ann@x.org", "bob@x.org")},
    {DAY2: lines("email", "bob@x.org", "cleo@x.org")},
    {DAY3: lines("email", "ann@x.org", "bob@x.org")},
)


@drops(*THREE_DAYS)
def test_r02_who_is_not_in_the_file_is_removed(tenant: Tenant) -> None:
    assert tenant.spells("vip", "cleo@x.org") == [("01-02 08:00", "01-03 08:00", "removed")]
    assert [tenant.job(day)["removed_count"] for day in (DAY1, DAY2, DAY3)] == [0, 1, 1]


@drops(*THREE_DAYS)
def test_r03_who_is_new_in_the_file_is_added_and_who_comes_back_starts_a_new_stay(tenant: Tenant) -> None:
    assert tenant.spells("vip", "ann@x.org") == [
        ("01-01 08:00", "01-02 08:00", "removed"),
        ("01-03 08:00", None, None),
    ]
    assert [tenant.job(day)["added_count"] for day in (DAY1, DAY2, DAY3)] == [2, 1, 1]
    assert tenant.members("vip") == {"ann@x.org", "bob@x.org"}


@drops(
    {DAY1: lines("email,first_name", "ann@x.org,Ann", "bob@x.org,Bob")},
    {DAY2: lines("email,first_name", "ann@x.org,Anna", "bob@x.org,Bob")},
)
def test_r04_who_is_in_both_keeps_the_entry_date_and_gets_the_new_properties(tenant: Tenant) -> None:
    for who in ("ann@x.org", "bob@x.org"):
        assert tenant.spells("vip", who) == [("01-01 08:00", None, None)]
    assert tenant.changes("ann@x.org") == [
        ("first_name", None, "Ann", DAY1.format(t=tenant.name)),
        ("first_name", "Ann", "Anna", DAY2.format(t=tenant.name)),
    ]
    assert tenant.counts(DAY2) == {"line": 2, "accepted": 2, "unchanged": 2, "updated": 1}


@drops(
    {DAY1: lines("email,first_name,last_name,size", "ann@x.org,Ann,Ash,XL", "bob@x.org,Bob,Birch,S")},
    {DAY2: lines("size,email,first_name", "M,ann@x.org,", "S,bob@x.org,Bob")},
)
def test_r05_every_column_updates_the_contact_and_an_absent_one_or_an_empty_cell_changes_nothing(
    tenant: Tenant,
) -> None:
    assert tenant.properties("ann@x.org") == {"first_name": "Ann", "last_name": "Ash", "size": "M"}
    assert tenant.properties("bob@x.org") == {"first_name": "Bob", "last_name": "Birch", "size": "S"}
    assert tenant.changes("ann@x.org")[3:] == [("size", "XL", "M", DAY2.format(t=tenant.name))]


ASCII, UTF8, BOM, LATIN, UTF16 = ("{t}_%s_20260101080000.csv" % name for name in ("ascii", "utf8", "bom", "latin", "utf16"))  # noqa: UP031, E501  # fmt: skip


@drops(
    {
        ASCII: b"email,first_name\nann@x.org,Ann\n",
        UTF8: "email,first_name\nzoé@x.org,Zoé ✓\n",
        BOM: b"\xef\xbb\xbfemail,first_name\nbob@x.org,Bob\n",
        LATIN: "email,first_name\neve@x.org,Eve\nzoé@x.org,Zoé\n".encode("latin-1"),
        UTF16: "email\nfay@x.org\n".encode("utf-16"),
    }
)
def test_r06_ascii_and_utf8_are_read_and_anything_else_is_refused_with_the_byte_offset(tenant: Tenant) -> None:
    assert tenant.members("ascii") == {"ann@x.org"}
    assert tenant.properties("zoé@x.org") == {"first_name": "Zoé ✓"}
    assert tenant.members("bom") == {"bob@x.org"}
    latin, utf16 = tenant.job(LATIN), tenant.job(UTF16)
    assert [(job["status"], job["code"]) for job in (latin, utf16)] == [("rejected", "invalid_encoding")] * 2
    assert "(line 3, byte 33): zo\\xe9@x.org" in latin["detail"]
    assert "(line 1, byte 0)" in utf16["detail"]
    assert tenant.segments() == {"ascii", "utf8", "bom"}
    assert tenant.contact("eve@x.org") is None


def test_r07_the_name_that_feeds_show_prints_is_the_name_to_send(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    shown = muster.muster(
        "feeds", "show", "remarkety__lists", "--part", "store_id=shop1", "--part", "segment_id=vip", "--json"
    )
    name = json.loads(shown.stdout)[0]["send_file"]
    muster.drop(name, lines("email", "ann@x.org"))
    (landed,) = muster.land().landed
    assert isinstance(landed, Landed)
    (file,) = muster.rows(
        "select tenant_id, segment_name, strftime(sent_at, '%Y%m%d%H%M%S') as time from landing.files"
    )
    assert f"{file['tenant_id']}_{file['segment_name']}_{file['time']}.csv" == name
    assert (file["tenant_id"], file["segment_name"]) == ("shop1", "vip")
    assert "{store_id}_{segment_id}_" in muster.muster("feeds", "show", "remarkety__lists").stdout


Z_BEFORE_A, A_AFTER_Z = "{t}_z_20260101070000.csv", "{t}_a_20260101090000.csv"


@drops(
    # The dictionary is the order of arrival: the newest list arrives first.
    {
        DAY3: lines("email,first_name", "ann@x.org,Three", "cleo@x.org,Cleo"),
        DAY1: lines("email,first_name", "ann@x.org,One", "bob@x.org,Bob"),
        DAY2: lines("email,first_name", "ann@x.org,Two"),
        A_AFTER_Z: lines("email,last_name", "ann@x.org,After"),
        Z_BEFORE_A: lines("email,last_name", "ann@x.org,Before"),
    }
)
def test_r08_files_are_processed_in_the_order_of_their_names_not_of_arrival(tenant: Tenant) -> None:
    jobs = [tenant.job(day) for day in (DAY1, DAY2, DAY3)]
    assert [job["status"] for job in jobs] == ["applied"] * 3
    assert [job["file_id"] for job in jobs] == sorted(job["file_id"] for job in jobs)
    assert tenant.properties("ann@x.org") == {"first_name": "Three", "last_name": "After"}
    assert tenant.spells("vip", "ann@x.org") == [("01-01 08:00", None, None)]
    assert tenant.spells("vip", "bob@x.org") == [("01-01 08:00", "01-02 08:00", "removed")]
    assert tenant.spells("vip", "cleo@x.org") == [("01-03 08:00", None, None)]
    assert [(old, new) for name, old, new, _ in tenant.changes("ann@x.org") if name == "last_name"] == [
        (None, "Before"),
        ("Before", "After"),
    ]


NO_HEADER, WRONG_CASE, NO_IDENTIFIER, NEARLY = (
    f"{{t}}_{name}_20260101080000.csv" for name in ("noheader", "case", "noid", "nearly")
)


@drops(
    {
        DAY1: lines(
            "id,pos_id,email,sms_phone_number,first_name",
            "7,,ann@x.org,,Ann",
            ",p8,bob@x.org,,Bob",
            ",,Cleo@X.org ,,Cleo",
            ",,,+44 20 7946-0958,Dan",
            ",,,,Nobody",
        ),
        NO_HEADER: lines("ann@x.org,Ann", "bob@x.org,Bob"),
        WRONG_CASE: lines("Email,first_name", "ann@x.org,Ann"),
        NO_IDENTIFIER: lines("first_name", "Ann"),
        NEARLY: lines("id, email", "9,eve@x.org"),
    },
    {
        DAY2: lines(
            "first_name,sms_phone_number,email,pos_id,id",
            "by id,,ann@new.org,,7",
            "by pos_id,,,p8,",
            "by email,+1 212 555 0100,cleo@x.org,,",
            "by phone,+442079460958,,,",
        )
    },
)
def test_r10_the_header_is_exact_and_any_of_the_identifiers_finds_the_contact(tenant: Tenant) -> None:
    for name in (NO_HEADER, NO_IDENTIFIER):
        job = tenant.job(name)
        assert (job["status"], job["code"]) == ("rejected", "missing_column")
        assert "lacks id or pos_id or email or sms_phone_number" in job["detail"]
    for name in (WRONG_CASE, NEARLY):
        assert (tenant.job(name)["status"], tenant.job(name)["code"]) == ("rejected", "inexact_column")
    assert tenant.codes(DAY1) == {6: "no_identifier"}
    assert tenant.contact_count == 4
    assert {who: tenant.properties(who)["first_name"] for who in ("7", "p8", "cleo@x.org", "+442079460958")} == {
        "7": "by id",
        "p8": "by pos_id",
        "cleo@x.org": "by email",
        "+442079460958": "by phone",
    }
    assert tenant.members("vip") == {
        "7 ann@new.org ann@x.org",
        "bob@x.org p8",
        "+12125550100 cleo@x.org",
        "+442079460958",
    }
    assert tenant.counts(DAY2) == {"line": 4, "accepted": 4, "unchanged": 4, "updated": 4}


@drops(
    {
        DAY1: lines(
            "email,first_name,last_name,created_at,opt_in_status,gender,extra_shopper_tags,birthdate",
            "ann@x.org,Ann,Ash,2024-02-29T23:30:00+02:00,1,female,gold;early bird,1988-02-29",
            "bob@x.org,,,2024-02-29T23:30:00,,,,",
            "cleo@x.org,,,,yes,,,",
            "dan@x.org,,,,,Male,,",
            "eve@x.org,,,,,,,1989-02-29",
            "fay@x.org,,,2024-02-29T23:30:00Z,0,male,,",
            "not an address,,,,,,,",
        ),
        "{t}_phones_20260101080000.csv": lines("sms_phone_number", "12"),
    },
)
def test_r11_the_known_columns_are_checked_and_typed(tenant: Tenant) -> None:
    columns = "first_name, last_name, opt_in_status, gender, extra_shopper_tags"
    (ann,) = tenant.muster.rows(
        f"""select {columns}, birthdate::varchar as birthdate, epoch(created_at)::bigint as created_at
        from marts.contacts where contact_id = $contact""",
        contact=tenant.contact("ann@x.org"),
    )
    assert ann == {
        "first_name": "Ann",
        "last_name": "Ash",
        "opt_in_status": True,
        "gender": "female",
        "extra_shopper_tags": "gold;early bird",
        "birthdate": "1988-02-29",
        "created_at": 1709242200,
    }
    assert tenant.dropped(DAY1) == {
        (3, "created_at"): "invalid_created_at",
        (4, "opt_in_status"): "invalid_opt_in_status",
        (5, "gender"): "invalid_gender",
        (6, "birthdate"): "invalid_birthdate",
    }
    assert tenant.codes(DAY1) == {8: "invalid_email"}
    assert tenant.members("vip") == {f"{who}@x.org" for who in ("ann", "bob", "cleo", "dan", "eve", "fay")}
    assert tenant.codes("{t}_phones_20260101080000.csv") == {2: "invalid_phone"}


OLD = "{t}_vip_20260102075959.csv"
OLD_NEWCOMER = "{t}_other_20260101080000.csv"


@drops(
    {DAY2: lines("email,first_name", "ann@x.org,Ann", "bob@x.org,Bob")},
    {
        OLD: lines("email,first_name,last_name", "ann@x.org,Old,Old", "zed@x.org,Zed,Zed"),
        OLD_NEWCOMER: lines("email,first_name,last_name", "ann@x.org,Old,Ash"),
    },
)
def test_r12_an_older_list_of_the_segment_is_superseded_and_changes_nothing(tenant: Tenant) -> None:
    job = tenant.job(OLD)
    assert (job["status"], job["code"]) == ("superseded", None)
    assert tenant.counts(OLD) == {"line": 2, "accepted": 2}
    assert tenant.members("vip") == {"ann@x.org", "bob@x.org"}
    assert tenant.contact("zed@x.org") is None
    # An older list of another segment is late: it is applied, and fills only what is empty.
    assert tenant.job(OLD_NEWCOMER)["status"] == "applied"
    assert tenant.members("other") == {"ann@x.org"}
    assert tenant.properties("ann@x.org") == {"first_name": "Ann", "last_name": "Ash"}
    assert [verdict for verdict, _ in tenant.deliveries("remarkety__lists")][:3] == ["applied", "applied", "superseded"]
