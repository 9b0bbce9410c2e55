"""Every kind of bad input ends with a code and its place, and no membership changes by accident."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field

import pytest

from .conftest import Play
from .installation import Scenario, lines, tenant_of

SUBSCRIBERS = {"{t}_subscribers_20260101.csv": lines("phone,opt_in_status", "2125550101,1", "2125550102,1")}
GOOD_LIST = {"{t}_vip_20260101080000.csv": lines("email,first_name", "ann@x.org,Ann", "bob@x.org,Bob")}
GOOD_SEGMENTS = {"{t}_subscriber_segment_20260101.csv": lines("2125550101,vip", "2125550102,vip")}
HEADER, ANN, BOB = b"email,first_name\n", b"ann@x.org,Ann\n", b"bob@x.org,Bob\n"
PLAIN = "{t}_vip_20260102080000.csv"
PHONES = "{t}_subscriber_segment_20260102.csv"


@dataclass(frozen=True)
class Case:
    """A bad file that comes the day after a good one, and what must become of it."""

    id: str
    content: bytes
    status: str
    code: str | None = None
    rejected: list[tuple[int, str, str | None]] = field(default_factory=list)
    """Line, code and raw text of the rejected rows."""
    detail: str = ""
    """What people are told about the file, or a part of it."""
    name: str = PLAIN

    @property
    def scenario(self) -> Scenario:
        return SCENARIOS[self.id]


def rejected_row(id: str, row: bytes, code: str, **more: bytes) -> Case:
    """One bad row between Ann and Bob: it is rejected, and the two stay."""
    raw = more.get("raw", row).decode().rstrip("\r\n")
    return Case(id, HEADER + ANN + row + BOB, "applied", None, [(3, code, raw)])


def refused(id: str, content: bytes, code: str, detail: str, name: str = PLAIN) -> Case:
    return Case(id, content, "rejected", code, detail=detail, name=name)


CASES = [
    refused("undecodable", HEADER + ANN + b"zo\xe9@x.org\n" + BOB, "invalid_encoding", "(line 3, byte 33): zo\\xe9"),
    refused("undecodable-quoted", HEADER + b'ann@x.org,"A\nn\xff"\n', "invalid_encoding", "(line 3, byte 31)"),
    rejected_row("short-row", b"cleo@x.org\n", "wrong_column_count"),
    rejected_row("long-row", b"cleo@x.org,Cleo,\n", "wrong_column_count"),
    rejected_row("stray-quote", b'cleo@x.org,Cl"eo\n', "stray_quote"),
    rejected_row("text-after-quote", b'"cleo"@x.org,Cleo\n', "text_after_quote"),
    rejected_row("unclosed-quote", b'cleo@x.org,"Cleo\n', "unclosed_quote"),
    refused("unclosed-at-the-end", HEADER + ANN + b'bob@x.org,"Bob\n', "truncated_file", 'byte 31): bob@x.org,"Bob'),
    refused("cut", HEADER + ANN + b"bob@x.", "truncated_file", "(line 3, byte 31): bob@x."),
    rejected_row("nul", b"cleo@x.org,Cl\0eo\n", "nul_byte"),
    rejected_row("dos-line-ends", b"cleo@x.org\r\n", "wrong_column_count"),
    refused("missing-name", b"first_name,last_name\nAnn,Ash\n", "missing_column", "lacks id or pos_id or email"),
    refused("duplicate-name", b"email,id,email\na@x.org,1,b@x.org\n", "duplicate_column", "'email' (line 1, byte 0)"),
    refused("unreadable-header", b'email,"first\na@x.org,A\n', "unreadable_header", '(line 1, byte 0): email,"first'),
    refused("json", b'{"email":"ann@x.org"}\n', "unreadable_header", "it looks like NDJSON"),
    Case("reordered-names", b"first_name,email\nAnn,ann@x.org\nBob,bob@x.org\n", "applied"),
    refused("wrong-delimiter", b"email;id\nann@x.org;1\n", "missing_column", '`dialect: {delimiter: ";"}` would'),
    Case("empty", b"", "held", "empty_list"),
    Case("only-blank-lines", b"\n\r\n\n", "held", "empty_list"),
    Case("header-only", HEADER, "held", "empty_list"),
    Case(
        "no-valid-row", HEADER + b"ann,Ann\n", "held", "no_valid_row",
        [(2, "invalid_email", '{"email":"ann","first_name":"Ann"}')],
    ),
    refused("truncated-gzip", gzip.compress(HEADER + ANN + BOB)[:-9], "truncated_gzip", "in the middle", PLAIN + ".gz"),
    refused("damaged-gzip", gzip.compress(HEADER + ANN)[:-8] + bytes(8), "corrupt_gzip", "damaged", PLAIN + ".gz"),
    refused("not-gzip", HEADER + ANN, "not_gzip", "gzip", PLAIN + ".gz"),
    refused("gzip-under-a-plain-name", gzip.compress(HEADER + ANN), "unexpected_gzip", "gzip"),
    Case("good-gzip", gzip.compress(HEADER + ANN + BOB), "applied", name=PLAIN + ".gz"),
    refused("wrong-date", HEADER + ANN, "wrong_date_in_name", "20260230080000", name="{t}_vip_20260230080000.csv"),
    Case(
        "mixed", b"2125550101,vip\nann@x.org,vip\n", "rejected", "mixed_identifiers",
        [
            (1, "mixed_identifiers", '{"identifier":"2125550101","segment_name":"vip"}'),
            (2, "mixed_identifiers", '{"identifier":"ann@x.org","segment_name":"vip"}'),
        ],
        name=PHONES,
    ),
    Case("empty-segments", b"", "held", "empty_list", name=PHONES),
    refused("undecodable-segments", b"2125550101,v\xefp\n", "invalid_encoding", "(line 1, byte 12)", name=PHONES),
    Case(
        "swapped-columns", b"vip,2125550101\nvip,2125550102\n", "held", "no_valid_row",
        [(1, "invalid_phone", '{"identifier":"vip","segment_name":"2125550101"}'),
         (2, "invalid_phone", '{"identifier":"vip","segment_name":"2125550102"}')],
        name=PHONES,
    ),
]  # fmt: skip

SCENARIOS = {
    case.id: Scenario(
        tenant_of(f"bad-{case.id}"),
        "",
        (SUBSCRIBERS | GOOD_SEGMENTS if case.name == PHONES else GOOD_LIST, {case.name: case.content}),
    )
    for case in CASES
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_bad_input_has_a_code_and_a_place_and_changes_no_membership(case: Case, played: Play) -> None:
    tenant = played(case.scenario)
    job = tenant.job(case.name)
    assert (job["status"], job["code"]) == (case.status, case.code)
    assert case.detail in (job["detail"] or "")
    assert tenant.rejected(case.name) == case.rejected
    members = ("+12125550101", "+12125550102") if case.name == PHONES else ("ann@x.org", "bob@x.org")
    assert tenant.members("vip") == set(members)
    for member in members:
        ((_, left, reason),) = tenant.spells("vip", member)
        assert (left, reason) == (None, None)
    assert (job["added_count"], job["removed_count"], tenant.contact_count) == (0, 0, 2)
