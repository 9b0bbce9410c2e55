"""Field cases C50 to C55: what of a file lands, what is rejected with which extent, and what people are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.landing.error_file import error_file

from .installation import Installation, Tenant, copy_project, drops, lines

LIST = "{t}_vip_20260101080000.csv"
NEXT = "{t}_vip_20260102080000.csv"
GOOD = lines("id,email,first_name", "1,ann@x.org,Ann")


def errors(tenant: Tenant, name: str) -> bytes:
    """What `muster errors` gives of the file."""
    return b"".join(error_file(tenant.muster.settings, tenant.job(name)["file_id"]))


C50 = 'ann@x.org,"Hello\0 there\nzoe@x.org,do not add her\nbye"'


@drops({LIST: lines("email,first_name", "bob@x.org,Bob", C50, "cy@x.org,Cy")})
def test_c50_a_record_that_a_nul_breaks_is_rejected_whole(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"bob@x.org", "cy@x.org"}
    assert tenant.contact("zoe@x.org") is None
    assert tenant.rejected(LIST) == [(3, "nul_byte", C50)]
    assert tenant.counts(LIST) == {"line": 3, "rejected": 1, "accepted": 2, "added": 2, "created": 2}
    assert errors(tenant, LIST) == f"email,first_name\n{C50}\n".encode()


C51 = '1,"Flat 3 "B"\nLong St, 5\nBerlin"'


@drops({LIST: lines("id,first_name", "7,Gus", C51, "8,Hal")})
def test_c51_lines_in_the_text_of_a_quote_error_never_land(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"7", "8"}
    assert tenant.contact("Long St") is None
    assert tenant.rejected(LIST) == [(3, "text_after_quote", C51)]
    assert errors(tenant, LIST) == f"id,first_name\n{C51}\n".encode()


@drops(
    {
        LIST: GOOD
        + lines("id,email,first_name", '"id","email","first_name"', "\ufeffid,email,first_name", "2,bob@x.org,")
    }
)
def test_c52_a_header_in_mid_file_is_no_member(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"1 ann@x.org", "2 bob@x.org"}
    assert tenant.codes(LIST) == {3: "repeated_header", 4: "repeated_header", 5: "repeated_header"}


ZWSP, BOM = "\u200b", "\ufeff"


@drops(
    {
        LIST: GOOD,
        "{t}_new_20260101080000.csv": BOM + GOOD,
        "{t}_user_segments_20260101080000.ndjson": lines(
            '{"operation":"UPDATE","user_account_id":"12","compartment_id'
            + ZWSP
            + '":"7","segment_id":"s","expiration_duration":"0"}',
            '{"operation":"UPDATE","user_account_id":"12","segment_id":"s","expiration_duration":"0"}',
        ),
    },
    {
        NEXT: BOM + BOM + lines("id,email,first_name", "1,fam@x.org,Ann", "2,fam@x.org,Bob"),
        "{t}_b_20260102080000.csv": lines(f"id{ZWSP},email,first_name", "1,fam@x.org,Ann"),
        "{t}_c_20260102080000.csv": lines(f"id,email\u2060,first_name\u3000,size{ZWSP}", "1,fam@x.org,Ann,M"),
        "{t}_d_20260102080000.csv": lines("id,E-Mail,first_name", "1,fam@x.org,Ann"),
    },
)
def test_c13_r10_what_nobody_sees_in_the_name_of_a_column_makes_it_no_other_column(tenant: Tenant) -> None:
    assert tenant.members("vip") == tenant.members("new") == {"1 ann@x.org"}, "one mark of a file is none of its names"
    for name in (NEXT, *("{t}_%s_20260102080000.csv" % name for name in "bcd")):  # noqa: UP031  # {t} stays
        assert (tenant.job(name)["status"], tenant.job(name)["code"]) == ("rejected", "inexact_column")
    detail = tenant.job("{t}_c_20260102080000.csv")["detail"]
    assert all(name in detail for name in ("'email\\u2060'", "'first_name\\u3000'", "'size\\u200b'")), detail
    assert tenant.codes("{t}_user_segments_20260101080000.ndjson") == {1: "inexact_column"}
    assert tenant.members("s") == {":12"}


@drops(
    {
        LIST: lines("email,id,first_name", "a@x.org,1,A", "id,email,first_name", "2,b@x.org,B"),
        "{t}_new_20260101080000.csv": GOOD + lines(f"id\u00a0,email{ZWSP},first_name", "2,b@x.org,B"),
    }
)
def test_c52_two_files_that_were_joined_are_no_strangers(tenant: Tenant) -> None:
    """With their columns in another order the second would be read into the wrong ones."""
    job = tenant.job(LIST)
    assert (job["status"], job["code"], job["line_count"]) == ("rejected", "reordered_header", 0)
    assert tenant.members("vip") == set()
    assert tenant.members("new") == {"1 ann@x.org", "2 b@x.org"}
    assert tenant.codes("{t}_new_20260101080000.csv") == {3: "repeated_header"}


@drops({LIST: GOOD + lines("ID,EMAIL,FIRST_NAME", '" Id ",Email ,\tFirst_Name', "ID,,Ann", "2,bob@x.org,Bob")})
def test_c52_a_header_in_other_capitals_is_no_member_and_a_row_with_one_of_its_names_is_a_row(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"1 ann@x.org", "2 bob@x.org", "ID"}
    assert tenant.codes(LIST) == {3: "repeated_header", 4: "repeated_header"}
    assert tenant.properties("ID") == {"first_name": "Ann"}


@drops(
    {
        LIST: GOOD + lines("id,email,last_name", "2,bob@x.org,Brown"),
        NEXT: GOOD + lines("ID,E-Mail,Vorname", "2,bob@x.org,Bob"),
    }
)
def test_c52_two_files_with_other_columns_that_were_joined_are_no_strangers(tenant: Tenant) -> None:
    for name in (LIST, NEXT):
        assert (tenant.job(name)["status"], tenant.job(name)["code"]) == ("rejected", "reordered_header")
    assert tenant.members("vip") == set()


@drops(
    {LIST: "sep=,\r\nid,email,first_name,,\r\n1,ann@x.org,Ann,,\r\n,,,,\r\n2,bob@x.org,Bob,, \r\n3,cy@x.org,Cy\r\n"
           "4,dee@x.org,Dee,,left\r\n,,,,\r\n   "},
    {NEXT: "sep=;\r\n" + GOOD},
)  # fmt: skip
def test_c53_excels_habits_are_no_data(tenant: Tenant) -> None:
    assert tenant.rejected(LIST) == [(7, "nameless_cell", "4,dee@x.org,Dee,,left")]
    assert tenant.counts(LIST) == {"line": 4, "rejected": 1, "accepted": 3, "added": 3, "created": 3}
    assert tenant.members("vip") == {"1 ann@x.org", "2 bob@x.org", "3 cy@x.org"}
    assert tenant.properties("1") == {"first_name": "Ann"}
    job = tenant.job(NEXT)
    assert (job["status"], job["code"]) == ("rejected", "wrong_delimiter")
    assert 'the feed declares `,`: `delimiter: ";"` would take it (line 1, byte 0)' in job["detail"]


TITLED = lines(
    "Members of the club", "", "id;email;first_name", "1;ann@x.org;Zoë", '2;bob@x.org;5" nail;', "3", "4;cy@x.org\0;",
    "Total 4",
)  # fmt: skip
SETTINGS = {
    "delimiter": ";", "skip_lines": 2, "footer": "Total", "lenient_quotes": True, "trailing_delimiter": True,
    "missing_cells": "empty",
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "windows-1252", "utf-8"])
def test_c54_what_is_declared_of_a_feed_is_read_and_its_error_file_is_as_sent(tmp_path: Path, encoding: str) -> None:
    codec = "utf-16-le" if encoding == "utf-16" else encoding
    mark = b"\xff\xfe" if encoding == "utf-16" else b""
    dialect = {"dialect": SETTINGS | {"encoding": encoding}, "unchanged_cells": "apply"}
    muster = Installation(tmp_path / "home", copy_project(tmp_path / "project", {"remarkety__lists": dialect}))
    muster.drop("shop_vip_20260101080000.csv", mark + TITLED.encode(codec))
    muster.drop("shop_cut_20260101080000.csv", mark + TITLED.removesuffix("Total 4\n").encode(codec))
    report = muster.land()
    codes = {landed.path.split("_")[1]: landed.refusal_code for landed in report.landed}
    assert codes == {"vip": None, "cut": "truncated_file"}
    muster.build()
    tenant = Tenant(muster, "shop")
    assert tenant.members("vip") == {"1 ann@x.org", "2 bob@x.org", "3"}
    assert tenant.properties("1") == {"first_name": "Zoë"}
    assert tenant.properties("2") == {"first_name": '5" nail'}
    bad = "4;cy@x.org\0;\n"
    assert tenant.rejected("shop_vip_20260101080000.csv") == [(7, "nul_byte", bad.strip())]
    (place,) = muster.rows("select byte_offset from landing.unreadable_lines")
    assert place["byte_offset"] == len(mark + TITLED.partition(bad)[0].encode(codec))
    head = TITLED.partition("1;")[0]
    assert errors(tenant, "shop_vip_20260101080000.csv") == mark + f"{head}{bad}Total 4\n".encode(codec)


def test_c13_c24_a_key_of_json_that_means_an_identifier_rejects_its_line_and_a_list_is_no_text(tmp_path: Path) -> None:
    name = "{store_id}_{segment_id}_{timestamp:%Y%m%d%H%M%S}.ndjson"
    root = copy_project(tmp_path / "project", {"remarkety__lists": {"format": "ndjson", "file_name": name}})
    muster = Installation(tmp_path / "home", root)
    sent = [
        '{"id": "1", "email": "a@x.org", "e_mail": "other"}',
        '{"id": "2", "E-Mail": "b@x.org"}',
        '{"id": "3", "Pos_Id": "7"}',
        '{"id": "4", "interests": ["tea", "gin"], "size": "M"}',
        '{"id": "5", "note": "a", " note": "b"}',
    ]
    muster.drop("shop_vip_20260101080000.ndjson", lines(*sent))
    muster.land()
    muster.build()
    shop = Tenant(muster, "shop")
    told = {2: "inexact_column", 3: "inexact_column", 5: "duplicate_key"}
    assert shop.codes("shop_vip_20260101080000.ndjson") == told
    assert shop.properties("1") == {"e_mail": "other"}
    assert shop.properties("4") == {"size": "M"}
    assert muster.rows("select code, column_name from marts.dropped_cells") == [
        {"code": "invalid_interests", "column_name": "interests"}
    ]
