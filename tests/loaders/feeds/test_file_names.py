"""The grammar of file names."""

from __future__ import annotations

import re
import time
from datetime import datetime

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from loaders.errors import ConfigurationError
from loaders.feeds.file_names import NamePattern

REMARKETY = NamePattern("{store_id}_{segment_id}_{timestamp:%Y%m%d%H%M%S}.csv[.gz]")
ATTENTIVE = NamePattern("{customerdomain}_subscriber_segment_{date:%Y%m%d}[_{file_number:d}].csv")

TIMES = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(lambda at: at.replace(microsecond=0))
WORDS = st.text(st.sampled_from("ab_-. é["), min_size=1, max_size=8)


@given(store=WORDS, segment=WORDS, at=TIMES, gz=st.sampled_from(["", ".gz"]))
@example(store="a_b", segment="c", at=datetime(2026, 1, 1), gz="")
@example(store="a", segment="_", at=datetime(2026, 1, 1), gz="")
def test_a_rendered_name_gives_its_parts_back_or_could_be_cut_in_two_ways(
    store: str, segment: str, at: datetime, gz: str
) -> None:
    parts = {"store_id": store, "segment_id": segment, "timestamp": f"{at:%Y%m%d%H%M%S}".zfill(14)}
    name = REMARKETY.render(parts) + gz
    # How often a cut leaves something on both sides, counted without regular expressions.
    front = f"{store}_{segment}"
    cuts = [i for i, c in enumerate(front) if c == "_" and 0 < i < len(front) - 1]
    captured = REMARKETY.match(name)
    if len(cuts) == 1:
        assert captured is not None
        assert (captured.parts, captured.sent_at, captured.wrong_date) == (parts, at, False)
    else:
        assert captured is None


@given(domain=st.from_regex(r"[a-z0-9.-]{1,20}", fullmatch=True), at=TIMES, number=st.none() | st.integers(0, 10**20))
def test_an_optional_stretch_is_there_or_not(domain: str, at: datetime, number: int | None) -> None:
    parts = {"customerdomain": domain, "date": f"{at:%Y%m%d}".zfill(8)}
    if number is not None:
        parts["file_number"] = str(number)
    name = ATTENTIVE.render(parts)
    assert name.endswith(".csv" if number is None else f"_{number}.csv")
    captured = ATTENTIVE.match(name)
    assert captured is not None
    assert captured.parts == parts
    assert captured.sent_at == at.replace(hour=0, minute=0, second=0)


@given(st.text(max_size=4), st.text(max_size=4))
def test_a_pattern_is_anchored_at_both_ends(before: str, after: str) -> None:
    pattern = NamePattern("{number:d}.csv")
    captured = pattern.match(f"{before}7.csv{after}")
    assert (captured is not None) == (after == "" and re.fullmatch("[0-9]*", before) is not None)


@given(st.text(max_size=30))
def test_no_name_is_matched_by_accident_or_breaks_the_matcher(name: str) -> None:
    for pattern in (REMARKETY, ATTENTIVE):
        captured = pattern.match(name)
        if captured:
            assert pattern.render(captured.parts) in (name, name.removesuffix(".gz"))


@pytest.mark.parametrize(
    "name",
    [
        "shop_vip_20260101080000.csv\n",
        "shop_vip_20260101080000.CSV",
        "shop_vip_20260101080000xcsv",
        "shop_vip_2026010108000.csv",
        "shop_vip_２０２６0101080000.csv",  # noqa: RUF001
        "shop_20260101080000.csv",
        "_vip_20260101080000.csv",
        "a/b_vip_20260101080000.csv",
        "my_shop_vip_20260101080000.csv",
        "",
    ],
)
def test_a_name_that_does_not_fit_is_not_taken(name: str) -> None:
    assert REMARKETY.match(name) is None


@pytest.mark.parametrize(
    "moment", ["20260230080000", "20261301080000", "20260101240000", "20260101006000", "00000101080000"]
)
def test_a_time_that_does_not_exist_is_a_wrong_date(moment: str) -> None:
    captured = REMARKETY.match(f"shop_vip_{moment}.csv")
    assert captured is not None
    assert captured.wrong_date
    assert captured.sent_at is None
    assert captured.parts["timestamp"] == moment


@pytest.mark.parametrize(
    ("timezone", "name", "utc"),
    [
        ("UTC", "20260701120000.csv", datetime(2026, 7, 1, 12)),
        ("Europe/Berlin", "20260701120000.csv", datetime(2026, 7, 1, 10)),
        ("Europe/Berlin", "20260101120000.csv", datetime(2026, 1, 1, 11)),
        ("America/New_York", "20251231200000.csv", datetime(2026, 1, 1, 1)),
        ("Asia/Kolkata", "20260101053000.csv", datetime(2026, 1, 1)),
        ("Europe/Berlin", "20261025023000.csv", datetime(2026, 10, 25, 1, 30)),  # the hour that comes twice: the second
    ],
)
def test_the_time_is_of_the_feeds_timezone_and_kept_as_utc(timezone: str, name: str, utc: datetime) -> None:
    captured = NamePattern("{timestamp:%Y%m%d%H%M%S}.csv", timezone).match(name)
    assert captured is not None
    assert captured.sent_at == utc


@pytest.mark.parametrize(
    ("timezone", "moment"), [("America/New_York", "99991231235959"), ("Asia/Tokyo", "00010101000000")]
)
def test_c84_a_time_that_is_none_in_utc_is_a_wrong_date(timezone: str, moment: str) -> None:
    captured = NamePattern("{timestamp:%Y%m%d%H%M%S}.csv", timezone).match(f"{moment}.csv")
    assert captured is not None
    assert (captured.sent_at, captured.wrong_date) == (None, True)


def test_a_name_without_a_time_has_none() -> None:
    captured = NamePattern("{store}.csv").match("shop.csv")
    assert captured is not None
    assert (captured.sent_at, captured.wrong_date) == (None, False)


def test_a_part_by_an_expression_of_its_own() -> None:
    pattern = NamePattern("{kind:full|delta}-{code:[A-Z]{2,3}}.csv")
    captured = pattern.match("delta-ABC.csv")
    assert captured is not None
    assert captured.parts == {"kind": "delta", "code": "ABC"}
    assert pattern.match("other-ABC.csv") is None
    assert pattern.match("full-ABCD.csv") is None


@pytest.mark.parametrize(
    ("pattern", "taken", "left"),
    [
        ("*.csv[.gz]", [".csv", "a.csv", "a.b.csv.gz", "*.csv"], ["a.csv.gzip", "a.CSV", "a/b.csv", "a.csvx"]),
        ("list-?.csv", ["list-1.csv", "list-é.csv", "list-?.csv"], ["list-.csv", "list-12.csv", "list-/.csv"]),
        ("*report*.csv", ["report.csv", "a report-report_b.csv"], ["repor.csv"]),
        ("list[-*].csv", ["list.csv", "list-.csv", "list-a-b.csv"], ["lists.csv"]),
        ("a.c*", ["a.c", "a.csv"], ["abc", "aac"]),
        ("{name:(?i:list-[0-9]+\\.csv)}", ["list-1.csv", "LIST-22.CSV"], ["list-.csv", "list-1xcsv", "list-1.csv "]),
    ],
)
def test_wildcards_and_expressions(pattern: str, taken: list[str], left: list[str]) -> None:
    matches = {name: NamePattern(pattern).match(name) is not None for name in (*taken, *left)}
    assert matches == dict.fromkeys(taken, True) | dict.fromkeys(left, False)


@pytest.mark.parametrize(
    ("pattern", "name", "parts"),
    [
        ("*_{date:%Y%m%d}.csv", "a_b_20260101.csv", {"date": "20260101"}),
        ("*_{date:%Y%m%d}*.csv", "a_20260101_b_c.csv", {"date": "20260101"}),
        ("*_{date:%Y%m%d}*.csv", "a_20260101_20260102.csv", None),
        ("*{date:%Y%m%d}*.csv", "20260101_20260102_20260101.csv", None),  # the first and the last are alike
        ("{shop}_*.csv", "a_b.csv", {"shop": "a"}),
        ("{shop}_*.csv", "a_b_c.csv", None),
        ("{shop:[a-z]+}_*.csv", "a_b_c.csv", {"shop": "a"}),
        ("*_{shop}-*.csv", "x_y-z_y-w.csv", None),  # y, y, or y-z_y
    ],
)
def test_what_a_wildcard_takes_must_not_decide_what_a_part_is(
    pattern: str, name: str, parts: dict[str, str] | None
) -> None:
    captured = NamePattern(pattern).match(name)
    assert (captured.parts if captured else None) == parts
    assert NamePattern(pattern).is_ambiguous(name) == (parts is None)


@settings(deadline=None, max_examples=500)
@given(
    pieces=st.lists(st.sampled_from(["*", "{part}", "?", "a", "_", "[_]"]), min_size=1, max_size=6).filter(
        lambda pieces: pieces.count("{part}") == 1
    ),
    name=st.text(st.sampled_from("a_b"), max_size=7),
)
def test_a_part_is_taken_only_if_there_is_no_other_way_to_cut_the_name(pieces: list[str], name: str) -> None:
    def ways(pieces: list[str], name: str, part: str) -> set[str]:
        """What the part can be, by trying every length for every piece."""
        if not pieces:
            return set() if name else {part}
        piece, *rest = pieces
        found: set[str] = set()
        for n in range(len(name) + 1):
            fits = {"*": True, "{part}": n > 0, "?": n == 1, "[_]": name[:n] in ("", "_")}.get(piece, name[:n] == piece)
            if fits:
                found |= ways(rest, name[n:], name[:n] if piece == "{part}" else part)
        return found

    assume(pieces.count("*") <= 2)
    captured = NamePattern("".join(pieces)).match(name)
    if captured:
        assert ways(pieces, name, "") == set(captured.parts.values())


def test_an_expression_with_brackets_in_an_optional_stretch_is_rendered() -> None:
    pattern = NamePattern("list[_{code:[A-Z]{2}}]_*.csv")
    assert pattern.render({"code": "AB"}) == "list_AB_*.csv"
    assert pattern.render({}) == "list_*.csv"


def test_parts_that_are_not_given_stay_and_optional_stretches_go() -> None:
    assert REMARKETY.render({"store_id": "shop"}) == "shop_{segment_id}_{timestamp}.csv"
    assert ATTENTIVE.render({"date": "20260101"}) == "{customerdomain}_subscriber_segment_20260101.csv"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{a}_{a}.csv", "part 'a' stands twice"),
        ("{a:%Y}_{b:%Y}.csv", "at most one part can be a time"),
        ("{a:%Y-%b}.csv", "time directive %b is not one of %Y %m"),
        ("{a}[_{b}.csv", "brackets do not pair up"),
        ("{a}]_{b}.csv", "brackets do not pair up"),
        ("[[{a}]].csv", "brackets do not pair up"),
        ("{a}.csv}", "braces do not pair up"),
        ("{a.csv", "braces do not pair up"),
        ("{A}.csv", "braces do not pair up"),
        ("{A}_{b}.csv", "braces do not pair up"),
        ("{a:(}.csv", "missing )"),
        ("*_{a}_*_{b}.csv", "more than three `*` and free parts"),
    ],
)
def test_a_wrong_pattern_is_a_configuration_error_that_says_why(text: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        NamePattern(text)
    assert hint in str(caught.value)
    assert repr(text) in str(caught.value)


def test_an_unknown_timezone_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="Mars/Olympus"):
        NamePattern("{date:%Y%m%d}.csv", "Mars/Olympus")


def test_a_hostile_name_takes_no_time_worth_mentioning() -> None:
    started = time.perf_counter()
    for pattern in (REMARKETY, ATTENTIVE):
        for name in ("_" * 255, "a_" * 127, "_subscriber_segment" * 13):
            assert pattern.match(name) is None
    for name in ("_" * 255, "_" * 252 + "csv", "a_" * 127):
        assert NamePattern("*_{part}_*.csv").match(name) is None
    assert time.perf_counter() - started < 1


def test_c41_wildcards_are_what_signs_stand_for_and_not_the_groups_of_a_parts_own_expression() -> None:
    captured = NamePattern("{shop:(?P<letter>[a-z])[a-z]*}_orders_?_*.csv").match("acme_orders_1_b.csv")
    assert captured is not None
    assert (captured.parts, captured.wildcards) == ({"shop": "acme"}, ("1", "b"))


@pytest.mark.parametrize(
    ("pattern", "name", "parts"),
    [
        ("{shop:[a-z0-9_]+}_{segment:[a-z0-9_]+}_{at:%Y%m%d}.csv", "s1_gold_vip_20260601.csv", None),
        (
            "{shop:[a-z0-9_]+}_{segment:[a-z0-9_]+}_{at:%Y%m%d}.csv",
            "s1_gold_20260601.csv",
            {"shop": "s1", "segment": "gold"},
        ),
        ("{segment:(gold|gold_vip)}_{shop}_{at:%Y%m%d}.csv", "gold_vip_s1_20260601.csv", None),
        ("{segment:(gold|gold_vip)}_{shop}_{at:%Y%m%d}.csv", "gold_s1_20260601.csv", {"shop": "s1", "segment": "gold"}),
        ("{a:[a-z]+}{b}", "abc", None),
        ("{a:[a-z]+}{b:[0-9]+}", "ab12", {"a": "ab", "b": "12"}),
        ("{a:[a-z]+}[_{b:[a-z_]+}].csv", "ab_c_d.csv", {"a": "ab", "b": "c_d"}),
        ("{a:[a-z_]+}[_{b:[a-z_]+}].csv", "ab_c.csv", None),
        ("{a:[a-z]+}_*.csv", "ab_c_d.csv", {"a": "ab"}),
        ("{a:[a-z_]+}_*.csv", "ab_c_d.csv", None),
    ],
)
def test_r07_a_name_that_expressions_can_cut_in_two_ways_is_not_guessed_at(
    pattern: str, name: str, parts: dict[str, str] | None
) -> None:
    compiled = NamePattern(pattern)
    captured = compiled.match(name)
    assert (captured and {key: text for key, text in captured.parts.items() if key != "at"}) == parts
    assert compiled.is_ambiguous(name) == (parts is None)


@pytest.mark.parametrize("spec", ["%m%d", "%H%M", "%d", "%Y%d", "%Y%H", "%Y%m%H%M"])
def test_a_time_that_says_no_year_or_no_day_is_refused(spec: str) -> None:
    with pytest.raises(ConfigurationError, match=r"says no (year|day)"):
        NamePattern("a_{at:" + spec + "}.csv")


@pytest.mark.parametrize(
    ("name", "day"), [("a_2024366.csv", datetime(2024, 12, 31)), ("a_2025366.csv", None), ("a_2025000.csv", None)]
)
def test_the_day_of_a_year_is_one_that_it_has(name: str, day: datetime | None) -> None:
    captured = NamePattern("a_{at:%Y%j}.csv").match(name)
    assert captured is not None
    assert (captured.sent_at, captured.wrong_date) == (day, day is None)
