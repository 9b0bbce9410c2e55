"""The interpreter against the contracts of BlueConic, by hand: merge rules, groups, events, linked files."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import replace

import pytest

from .contacts import PROJECT_RULES, RuleLine, Rules, merged
from .declared import Feed
from .exports import COMPANIES, FEEDS, ORDERS, PROFILES, normalised
from .files import Dropped
from .identifiers import cleansed, normal_email
from .interpreter import Interpreter
from .test_interpreter import outcomes, person, results, run

ONE, TWO, THREE = (f"shop_profiles_2025030{day}000000.csv" for day in (1, 2, 3))
LISTED = "shop_vip_20250301000000.csv"
ORDERED = "shop_orders_20250301000000.csv"
LINES = "shop_order_lines_20250301000000.csv"
COMPANY = "shop_companies_20250301000000.csv"
HEADER = "order_id;customer_id;email;ordered_at;total\n"
WHEN = "2025-01-01T10:00:00+02:00"


def runs(
    *files: tuple[str, str], feeds: Iterable[Feed] = FEEDS, rules: Iterable[RuleLine] = PROJECT_RULES
) -> Interpreter:
    """One run for each file, which lies where its name belongs."""
    end = Interpreter(feeds, rules=rules)
    for name, text in files:
        more(end, (name, text))
    return end


def more(end: Interpreter, *files: tuple[str, str]) -> Interpreter:
    exported = ("_profiles_", "_companies_", "_orders_", "_order_lines_", "_visits", "_visit_lines")
    for name, text in files:
        if any(part in name for part in exported):
            end.land([Dropped("blueconic", name, text.encode(), 0)])
        else:
            run(end, (name, text))
    return end


def values(end: Interpreter, own_id: str = "1", kind: str = "id") -> dict[str, str]:
    return end.contacts.values(person(end, kind, own_id))


def counts(end: Interpreter, file_id: int, *names: str) -> list[int]:
    return [end.files[file_id - 1].counts[name] for name in names]


def value_after(
    old: str | None, text: str, rule: str, feed: Feed = PROFILES, *, is_list: bool = False, is_late: bool = False
) -> str | None:
    name = "interests" if is_list else "size"
    read = Rules([RuleLine("*", "*", "", rule)]).read(feed, {name: text})
    return merged(old, read[name], is_late=is_late) if name in read else old


@pytest.mark.parametrize("is_late", [False, True])
def test_b08_set(is_late: bool) -> None:
    assert value_after("a", "b", "set", is_late=is_late) == ("a" if is_late else "b")
    assert value_after(None, "b", "set", is_late=is_late) == (None if is_late else "b")
    assert value_after("a", "", "set", is_late=is_late) == "a"


@pytest.mark.parametrize("is_late", [False, True])
def test_b08_set_if_empty(is_late: bool) -> None:
    assert value_after("a", "b", "set_if_empty", is_late=is_late) == "a"
    assert value_after(None, "b", "set_if_empty", is_late=is_late) == (None if is_late else "b")
    assert value_after(None, "", "set_if_empty", is_late=is_late) is None


def test_b08_set_or_clear() -> None:
    assert value_after("a", "", "set_or_clear") is None
    assert value_after("a", "b", "set_or_clear") == "b"
    assert value_after("a", "", "set_or_clear", is_late=True) == "a"
    assert value_after("a", "b", "set_or_clear", is_late=True) == "a"
    assert value_after("a", " | ", "set_or_clear", is_list=True) is None


@pytest.mark.parametrize("is_late", [False, True])
def test_b08_add(is_late: bool) -> None:
    assert value_after(None, " b |a||b", "add", is_late=is_late) == "b\x1fa"
    assert value_after("a", "b|a|c", "add", is_late=is_late) == "a\x1fb\x1fc"
    assert value_after("a\x1fb", "b", "add", is_late=is_late) == "a\x1fb"
    assert value_after("a", "b|c", "add", ORDERS) == "a\x1fb|c"
    assert value_after(None, "|", "add") is None
    assert value_after("a", "b|c", "set", is_list=True) == "b\x1fc"
    assert value_after("a", "b|c", "set") == "b|c"


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize(
    ("old", "text", "new"),
    [
        (None, "1,50", "1.5"),
        ("1.5", "-1,5", "0"),
        ("007", "+3", "10"),
        ("0.1", "0,2", "0.3"),
        ("2.50", "0", "2.5"),
        ("1", "1.5", "1"),
        ("1", "", "1"),
        ("1", "1,", "1"),
        ("gold", "1", "gold"),
        ("1", "0,0000000001", "1"),
        ("1", "1234567890123456789", "1"),
        ("999999999999999999", "1", "1000000000000000000"),
        ("1000000000000000000", "1", "1000000000000000001"),
        ("-1", "0,5", "-0.5"),
    ],
)
def test_b08_sum(old: str | None, text: str, new: str, is_late: bool) -> None:
    assert value_after(old, text, "sum", is_late=is_late) == new


def test_b08_ignore_and_columns_that_are_not_there() -> None:
    assert value_after("a", "b", "ignore") == "a"
    end = runs((ONE, "customer_id;first_name;last_name\n1;ann;lee\n"), (TWO, "customer_id;last_name\n1;\n"))
    assert values(end) == {"first_name": "Ann"}
    change = ("last_name", "Lee", None, "blueconic__profiles", "set_or_clear", 2, 2)
    assert end.contacts.changes[-1] == ("shop", 2**32 + 2, 2, *change)


def test_b08_several_feeds_meet_in_one_property() -> None:
    listed = (LISTED, "id,loyalty_points,interests\n1,1.5,ski|sea\n")
    end = runs(listed, (TWO, "customer_id;loyalty_points;interests\n1;2,5;sea|ski\n"))
    assert values(end) == {"loyalty_points": "4", "interests": "ski|sea\x1fsea\x1fski"}


def test_b09_undeclared_columns_have_a_prefix_or_a_line() -> None:
    text = "customer_id;shoe;points;loyalty_points\n1;7;5;1\n"
    end = runs((ONE, text))
    assert values(end) == {"crm_shoe": "7", "crm_points": "5", "loyalty_points": "1"}
    named = (*PROJECT_RULES, RuleLine("blueconic__profiles", "points", "loyalty_points", "sum"))
    assert values(runs((ONE, text), rules=named)) == {"crm_shoe": "7", "loyalty_points": "1"}
    alone = (ONE, "customer_id;points\n1;5\n")
    assert values(runs(alone, rules=named)) == {"loyalty_points": "5"}


def test_b09_the_most_specific_line_decides() -> None:
    lines = (
        RuleLine("*", "*", "", "ignore"),
        RuleLine("*", "first_name", "", "set"),
        RuleLine("blueconic__profiles", "*", "b_*", "set_if_empty"),
        RuleLine("blueconic__profiles", "shoe", "", "set"),
    )
    end = Interpreter(rules=lines)
    assert end.contacts.rules.of(PROFILES, "shoe") == ("shoe", "set")
    assert end.contacts.rules.of(PROFILES, "hat") == ("b_hat", "set_if_empty")
    assert end.contacts.rules.of(PROFILES, "first_name") == ("first_name", "set_if_empty")
    assert end.contacts.rules.of(COMPANIES, "first_name") == ("first_name", "set")
    assert end.contacts.rules.of(COMPANIES, "hat") == ("hat", "ignore")


def test_b06_a_cell_that_says_the_same_is_as_if_not_sent() -> None:
    row = "customer_id;loyalty_points;first_name\n1;1;Ann\n"
    end = runs((ONE, row), (TWO, row), (THREE, "customer_id;loyalty_points;first_name\n1;1;Bea\n"))
    assert values(end) == {"loyalty_points": "1", "first_name": "Bea"}
    assert [counts(end, i, "unchanged", "created", "updated") for i in (1, 2, 3)] == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    every = [replace(feed, skips_unchanged=False) for feed in FEEDS]
    assert values(runs((ONE, row), (TWO, row), feeds=every))["loyalty_points"] == "2"


def test_b06_compared_is_the_last_row_not_the_value() -> None:
    texts = [f"customer_id;loyalty_points\n1;{points}\n" for points in (1, 2, 1)]
    end = runs(*zip((ONE, TWO, THREE), texts, strict=True))
    assert values(end) == {"loyalty_points": "4"}
    without = (TWO, "customer_id;first_name\n1;Ann\n")
    end = runs((ONE, texts[0]), without, (THREE, texts[2]))
    assert values(end)["loyalty_points"] == "2"


def test_b06_a_late_row_is_compared_but_not_remembered_unless_it_is_the_first() -> None:
    texts = [f"customer_id;loyalty_points\n1;{points}\n" for points in (1, 2)]
    end = runs((TWO, texts[0]), (ONE, texts[1]), (THREE, texts[0]))
    assert values(end) == {"loyalty_points": "3"}
    other = (TWO, "customer_id;loyalty_points\n2;9\n")
    end = runs(other, (ONE, texts[0]), (THREE, texts[0]))
    assert values(end) == {"loyalty_points": "1"}


def test_b11_processors() -> None:
    pasted = ("Ann <P1@X.io>", "mailto: p1@x.io", "p1 @ x. io", "p 1@x.io", "p1@x.io old")
    assert [normal_email(cleansed(text)) for text in pasted] == [*["p1@x.io"] * 3, None, None]
    assert normalised("mary-ANN  o'neil") == "Mary-Ann O'Neil"


def test_x10_cells_that_cannot_be_read_are_dropped() -> None:
    days = ("29.02.2000", "", "29.02.2001", "1.2.2000", "01.02.00", "2000-02-29")
    rules = Rules(PROJECT_RULES)
    read = [rules.read(PROFILES, {"birthdate": day}).get("birthdate") for day in days]
    assert [cell and cell.text for cell in read] == ["2000-02-29", "", None, None, None, None]
    end = runs((ONE, "customer_id;email;phone;gender;loyalty_points\n1;a;0;x;1.5\n"), (LISTED, "id,gender\n1,\n"))
    assert {row[1:] for row in end.tables()["dropped_cells"]} == {
        (1, 2, "email", "invalid_email"),
        (1, 2, "phone", "placeholder"),
        (1, 2, "gender", "invalid_gender"),
        (1, 2, "loyalty_points", "invalid_loyalty_points"),
    }
    assert values(end) == {}


def test_c21_a_number_that_any_feed_adds_is_read_in_each_feeds_dialect() -> None:
    rules = [RuleLine("*", "*", "", "set"), RuleLine("remarkety__lists", "size", "", "sum")]
    end = runs(
        (ONE, "customer_id;size;shoe\n1;10,50;1,5\n"), (LISTED.replace("01", "02", 1), "id,size\n1,2.50\n"), rules=rules
    )
    assert values(end) == {"size": "13", "shoe": "1,5"}


def test_c21_what_feeds_of_contacts_add_is_no_number_of_a_group() -> None:
    of_contacts = RuleLine("*", "*", "", "sum")
    own = RuleLine(COMPANIES.name, "*", "crm_*", "set")
    for lines, text in (([of_contacts], "2.5"), ([of_contacts, own], "2,5"), ([own], "2,5")):
        (cell,) = Rules(lines).read(COMPANIES, {"revenue": "2,5"}).values()
        assert cell.text == text
    (cell,) = Rules([RuleLine(COMPANIES.name, "size", "", "sum")]).read(PROFILES, {"size": "2,5"}).values()
    assert cell.text == "2,5"


def test_b11_filters_come_before_codes() -> None:
    text = "customer_id;email;phone;birthdate\n;;;x\n1;me@example.invalid;;x\n;a;b;x\n;;b;x\n1;;;x\n1;;;\n1;a;;;\n"
    end = runs((ONE, text))
    assert list(outcomes(end, 1).values()) == [
        *("no_identifier", "test_address", "invalid_email", "invalid_phone", "duplicate", "accepted"),
        "wrong_column_count",
    ]
    (job,) = end.tables()["import_jobs"]
    assert job[6:12] == (7, 1, 3, 0, 1, 2)


def order(*rows: str) -> str:
    return HEADER + "".join(row + "\n" for row in rows)


def test_b07_rows_about_unknown_people_attach_nothing() -> None:
    end = runs(
        (ORDERED, order(f"o1;1;a@x.io;{WHEN};9")),
        (LINES, "order_id;product_id\no1;p1\n"),
        (ONE, "customer_id\n1\n"),
        (ORDERED, order(f"o1;1;a@x.io;{WHEN};9", f"o2;;a@x.io;{WHEN};", f"o3;;b@x.io;{WHEN};")),
    )
    assert outcomes(end, 1) == {2: "ignored"}
    assert outcomes(end, 2) == {2: "accepted"}
    assert outcomes(end, 4) == {2: "accepted", 3: "accepted", 4: "ignored"}
    assert person(end, "email", "a@x.io") == person(end, "id", "1") == 3 * 2**32 + 2
    assert ("shop", "email", "b@x.io") not in end.identities.owners


def test_c11_an_order_is_about_whom_its_id_names() -> None:
    end = runs(
        (ONE, "customer_id;email\n1;\n2;b@x.io\n"),
        (LINES, "order_id;product_id\no1;p1\n"),
        (ORDERED, order(f"o1;1;b@x.io;{WHEN};9")),
    )
    assert outcomes(end, 3) == {2: "accepted"}
    assert outcomes(end, 2) == {2: "accepted"}
    assert [owner for owner, *_ in end.identities.shared.values()] == [1 * 2**32 + 3]


def test_b12_an_event_is_imported_once() -> None:
    known = (ONE, "customer_id\n1\n2\n")
    lines = (LINES, "order_id;product_id;price\no1;p1;5\no1;p2;\no9;p1;\n;p1;\no1;;\n")
    end = runs(known, lines, (ORDERED, order(f"o1;1;;{WHEN};9", f"o1;2;;{WHEN};8", f"o2;1;;{WHEN};")))
    assert outcomes(end, 3) == {2: "accepted", 3: "duplicate", 4: "accepted"}
    assert list(outcomes(end, 2).values()) == ["accepted", "accepted", "no_root_row", "no_order", "no_product"]
    told = end.timeline.told["shop", "order", "o1"]
    assert told.contact == person(end, "id", "1")
    assert told.row.event is not None
    assert told.row.event.properties == {"total": "9"}
    assert [(nested["product_id"], nested["properties"]) for nested in told.nested] == [
        ("p1", {"price": "5"}),
        ("p2", None),
    ]
    more(end, (LINES, "order_id;product_id;price\no1;p1;6\n"))
    assert outcomes(end, 3) == {2: "accepted", 3: "duplicate", 4: "accepted"}
    assert outcomes(end, 4) == {2: "accepted"}
    assert end.timeline.tables()["products"] == {("shop", "p1", '{"price": "6"}', 4, 4, 2)}
    assert ([telling["log_id"] for telling in told.tellings], len(told.nested)) == ([3, 4], 1)
    assert values(end) == {}


def test_c40_an_event_is_its_deliverys_and_keeps_the_lines_that_it_has() -> None:
    end = runs(
        (ONE, "customer_id\n1\n"),
        (ORDERED, order(f"o1;1;;{WHEN};9")),
        (LINES, "order_id;product_id\no1;p1\n"),
        (ORDERED, order(f"o2;1;;{WHEN};8")),
        (LINES, "order_id;product_id\no1;p2\n"),
    )
    assert outcomes(end, 3) == {2: "accepted"}
    assert outcomes(end, 5) == {2: "no_root_row"}
    assert [one["product_id"] for one in end.timeline.told["shop", "order", "o1"].nested] == ["p1"]
    again = ORDERED.replace("0301", "0302")
    more(
        end, (again, order(f"o1;1;;{WHEN};7")), (again.replace("orders", "order_lines"), "order_id;product_id\no1;p3\n")
    )
    assert (outcomes(end, 6), outcomes(end, 7)) == ({2: "duplicate"}, {2: "duplicate"})


def test_c41_wildcards_are_part_of_the_name() -> None:
    end = runs((ONE, "customer_id\n1\n"), (ORDERED, order(f"o1;1;;{WHEN};9")))
    more(end, (LINES.replace(".csv", "b.csv"), "order_id;product_id\no1;p1\n"))
    assert [status for status, _ in results(end)] == ["applied", "waiting", "waiting"]


def test_c40_fixed_names_pair_version_with_version() -> None:
    end = runs(
        (ONE, "customer_id\n1\n"),
        ("shop_visits.csv", order(f"o1;1;;{WHEN};9")),
        ("shop_visits.csv", order(f"o2;1;;{WHEN};9")),
        ("shop_visit_lines.csv", "order_id;product_id\no1;p1\n"),
        ("shop_visit_lines.csv", "order_id;product_id\no1;p1\n"),
        ("shop_visit_lines.csv", "order_id;product_id\no1;p1\n"),
    )
    assert [status for status, _ in results(end)] == [*["applied"] * 5, "duplicate"]
    assert [outcomes(end, n) for n in (4, 5, 6)] == [{2: "accepted"}, {2: "no_root_row"}, {}]
    assert end.tables()["products"] == set()


def test_b10_a_delivery_is_complete_when_both_are_there() -> None:
    end = runs((ONE, "customer_id\n1\n"), (ORDERED, order(f"o1;1;;{WHEN};9")))
    assert results(end)[1] == ("waiting", None)
    assert not end.timeline.told
    more(end, (LINES.replace("0301", "0302"), "order_id;product_id\no1;p1\n"))
    assert not end.timeline.told
    more(end, (LINES, "order_id;product_id\no1;p1\n"))
    assert results(end)[1:] == [("applied", None), ("waiting", None), ("applied", None)]


def test_b10_a_refused_file_holds_and_a_second_path_is_rejected() -> None:
    end = runs((LINES, "product_id\np1\n"), (ORDERED, order(f"o1;1;;{WHEN};9")))
    assert results(end) == [("held", "missing_column"), ("held", "rejected_part")]
    second = ORDERED.replace("00.csv", "00.csv.gz")
    end.land([Dropped("blueconic", second, gzip.compress(order(f"o1;1;;{WHEN};9").encode()), 0)])
    assert results(end)[2] == ("rejected", "name_not_unique")
    assert outcomes(end, 3) == {2: "name_not_unique"}


def test_b13_groups_are_kept_apart_from_contacts() -> None:
    end = runs(
        (COMPANY, "company_id;revenue;sectors;city\nA;1,5;food|toys;Basel\n;1;;\n"),
        (COMPANY.replace("0301", "0302"), "company_id;revenue;sectors;city\nA;1,5;food;\n"),
    )
    group = 2**32 + 2
    assert end.contacts.values(group) == {"revenue": "3", "sectors": "food\x1ftoys"}
    assert outcomes(end, 1) == {2: "accepted", 3: "no_identifier"}
    tables = end.tables()
    assert not tables["contacts"]
    assert [row[2:5] for row in tables["groups"]] == [("company", "A", '{"revenue": "3", "sectors": "food; toys"}')]
