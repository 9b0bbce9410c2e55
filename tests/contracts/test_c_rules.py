"""Field cases of merge rules: all rows of a contact that count, and what came late."""

from __future__ import annotations

import pytest

from .installation import Tenant, drops, lines

DAY1, DAY2, DAY3 = ("{t}_profiles_2026010%d080000.csv" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays
LIST1, LIST3 = ("{t}_vip_2026010%d080000.csv" % day for day in (1, 3))  # noqa: UP031
LIST2 = "{t}_news_20260102080000.csv"
COMPANIES = "{t}_companies_20260101090000.csv"


@drops(
    {
        DAY1: lines(
            "customer_id;loyalty_points;first_name", "1;7;Bob", "2;1;Cy", "1;3;Robert", "1;;Bobby", "3;;Dee", "3;;Dee"
        )
    },
    {DAY2: lines("customer_id;loyalty_points", "1;-4", "1;4", "2;2", "2;-1,5")},
    variant="fixed",
)
def test_c26_x02_all_rows_of_a_contact_count_in_a_file_of_transactions(tenant: Tenant) -> None:
    assert tenant.properties("1") == {"loyalty_points": "10", "first_name": "Bobby"}
    assert tenant.properties("2") == {"loyalty_points": "1.5", "first_name": "Cy"}
    assert tenant.counts(DAY1) == {"line": 6, "accepted": 6, "created": 3}
    # What two rows do and undo is no change; a change is told with the row that made the last of it.
    assert tenant.counts(DAY2) == {"line": 4, "accepted": 4, "updated": 1, "unchanged": 1}
    assert tenant.changes_of("loyalty_points", "2")[1:] == [("1", "1.5", "sum", DAY2.format(t=tenant.name), 5)]


@drops(
    {DAY1: lines("customer_id;first_name;city", "1;Bob;Hull", "2;Ann;Ulm", "3;Cy;", "4;Di;Bath")},
    {DAY3: lines("customer_id;first_name;city", "1;;", "2;Ann;Ulm", "3;Cyd;", "4;Di;York")},
    {DAY2: lines("customer_id;first_name;city;size", "1;Robert;Rome;S", "2;Anna;Rome;M", "3;Cyril;Rome;L", "4;;;")},
)
def test_c27_x12_times_decide_for_each_property(tenant: Tenant) -> None:
    cleared = {"crm_city": "Rome", "crm_size": "S"}
    assert (
        tenant.properties("1") == cleared
    )  # a name that was cleared later does not come back; of the city nothing was said
    assert tenant.properties("2") == {"first_name": "Ann", "crm_city": "Ulm", "crm_size": "M"}  # both were said again
    assert tenant.properties("3") == {"first_name": "Cyd", "crm_city": "Rome", "crm_size": "L"}
    assert tenant.properties("4") == {"first_name": "Di", "crm_city": "York"}


@drops(
    {DAY1: lines("customer_id;first_name;city", "1;Bob;Hull")},
    {DAY3: lines("customer_id;first_name", "1;")},
    {DAY2: lines("customer_id;first_name;city", "1;Robert;Rome")},
    variant="fixed",
)
def test_c27_x12_of_a_delta_file_too(tenant: Tenant) -> None:
    assert tenant.properties("1") == {"crm_city": "Rome"}


@drops(
    {DAY1: lines("customer_id;email;first_name", "1;ann@x.org;Ann")},
    {LIST3: lines("email,first_name", "ann@x.org,Anna")},
    {DAY2: lines("customer_id;first_name;last_name", "1;Annie;Ash")},
)
def test_c27_x12_whatever_feed_spoke_later(tenant: Tenant) -> None:
    assert tenant.properties("1") == {"first_name": "Anna", "last_name": "Ash"}


@drops(
    # All in one run: the first has a name that sorts behind.
    {
        DAY3: lines("customer_id;first_name;city", "1;;York", "1;;"),
        DAY1: lines("customer_id;first_name", "1;Bob"),
        DAY2: lines("customer_id;first_name;city", "1;Robert;Rome"),
    },
    {"{t}_profiles_20251231080000.csv": lines("customer_id;first_name;city;size", "1;Old;Oslo;S")},
)
def test_c27_x12_the_row_that_counted_is_what_spoke(tenant: Tenant) -> None:
    """Of the third day the last row counts, which says nothing of the city."""
    assert tenant.properties("1") == {"crm_city": "Rome", "crm_size": "S"}


@drops(
    {LIST1: lines("id,email,first_name", "1,ann@x.org,Ann")},
    {LIST3: lines("id,email,first_name", "1,no address,Anna", "2,bob@x.org,Bob")},
    {DAY2: lines("customer_id;first_name", "1;Annie")},
    variant="quiet",
)
def test_c27_x10_x12_a_row_that_was_rejected_for_a_cell_has_not_spoken(tenant: Tenant) -> None:
    assert tenant.codes(LIST3) == {2: "invalid_email"}
    assert tenant.properties("1") == {"first_name": "Annie"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"applies": "complete_list", "on_duplicate": "all"}, "is for feeds that apply profiles or groups"),
        ({"applies": "profiles", "on_duplicate": "all", "unchanged_cells": "skip"}, "choose \\(X2, B6\\)"),
    ],
)
def test_c26_x02_all_rows_count_only_where_that_means_something(settings: dict[str, str], message: str) -> None:
    from loaders.feeds.config import FeedConfig

    base = {"connection": "c", "directory": "d", "file_name": "a_{timestamp:%Y%m%d}.csv", "tenant": "t"}
    with pytest.raises(ValueError, match=message):
        FeedConfig.model_validate(base | settings)


@drops(
    {LIST1: lines("id,pos_id,first_name,loyalty_points", "1,p1,Ann,5", "8,p8,Eve,1")},
    {LIST3: lines("id,pos_id,first_name,loyalty_points", "1,p1,Bea,", "2,p1,,9", "9,p8,Ivy,", "7,,Oz,")},
    {LIST2: lines("id,pos_id,first_name,loyalty_points", "1,,Cat,7", "8,,Fay,2")},
)
def test_c27_c11_a_rejected_row_of_a_later_time_says_nothing(tenant: Tenant) -> None:
    assert tenant.codes(LIST3) == {3: "identity_conflict", 4: "identity_conflict"}
    assert tenant.properties("1") == {"first_name": "Bea", "loyalty_points": "7"}
    assert tenant.properties("8") == {"first_name": "Fay", "loyalty_points": "2"}
