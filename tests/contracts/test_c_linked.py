"""Field cases of linked files, events and products: each with its right answer (the number is in the test's name)."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.database import open_database
from loaders.errors import ConfigurationError
from loaders.feeds.loading import load_feeds
from loaders.feeds.switching import switch
from loaders.publishing import note_change
from tests.test_partners import without_order_lines

from .installation import VARIANTS, Installation, Tenant, copy_project, drops, edit_feed, lines
from .test_b_events import (
    ANN,
    LINE_HEADER,
    LINES1,
    LINES2,
    NO_LINES,
    ORDER_HEADER,
    ORDERS1,
    ORDERS2,
    PEOPLE,
    events,
    nested,
    order,
    products,
)

ORDERS, LINES = "{t}_orders.csv", "{t}_order_lines.csv"
ONE, TWO = lines(ORDER_HEADER, order("O-1")), lines(ORDER_HEADER, order("O-2"))
LINE_OF_ONE, LINES_OF_TWO = lines(LINE_HEADER, "O-1;tea;1"), lines(LINE_HEADER, "O-2;tea;2", "O-2;ale;3")


@drops(
    {PEOPLE: ANN},
    {ORDERS: ONE, LINES: LINE_OF_ONE},
    {ORDERS: TWO},
    {LINES: LINES_OF_TWO},
    {ORDERS: lines(ORDER_HEADER, order("O-3")), LINES: LINES_OF_TWO},
    variant="fixed",
)
def test_c40_fixed_names_pair_version_with_version(tenant: Tenant) -> None:
    assert nested(tenant) == {"O-1": ["tea 1"], "O-2": ["tea 2", "ale 3"], "O-3": []}
    counts = ("accepted_count", "rejected_count", "duplicate_count")
    assert [(job["status"], *(job[name] for name in counts)) for job in tenant.jobs(ORDERS)] == [
        ("applied", 1, 0, 0)
    ] * 3
    # The third has not changed, and belongs to the third version of the root all the same: no line of O-3.
    assert [(job["status"], *(job[name] for name in counts)) for job in tenant.jobs(LINES)] == [
        ("applied", 1, 0, 0),
        ("applied", 2, 0, 0),
        ("applied", 0, 2, 0),
    ]
    assert tenant.codes(LINES) == {2: "no_root_row", 3: "no_root_row"}
    # The store is switched off here (C45).
    assert products(tenant) == {}


@drops({PEOPLE: ANN, ORDERS: ONE, LINES: LINE_OF_ONE}, {ORDERS: ONE, LINES: LINE_OF_ONE}, variant="fixed")
def test_c40_both_files_again_are_duplicates(tenant: Tenant) -> None:
    assert [job["status"] for name in (ORDERS, LINES) for job in tenant.jobs(name)] == ["applied", "duplicate"] * 2


@pytest.mark.proof
def test_c40_linked_files_that_are_one_version_off_are_named(tmp_path: Path) -> None:
    muster = Installation(tmp_path / "home", copy_project(tmp_path / "project", VARIANTS["fixed"]))
    acme = Tenant(muster, "acme")
    muster.drop(PEOPLE.format(t="acme"), ANN)
    muster.land()
    muster.drop(ORDERS.format(t="acme"), ONE)
    muster.drop(LINES.format(t="acme"), LINE_OF_ONE)
    assert muster.muster("run").returncode == 0
    # The root file is sent again, corrected: it waits for a second version of its linked file, and gets the next day's.
    muster.drop(ORDERS.format(t="acme"), lines(ORDER_HEADER, order("O-1", total="7")))
    assert muster.muster("run").returncode == 0
    muster.drop(ORDERS.format(t="acme"), TWO)
    muster.drop(LINES.format(t="acme"), LINES_OF_TWO)
    done = muster.muster("run")
    assert done.returncode == 3
    assert "acme_order_lines.csv: none of its 2 lines belongs to a row of version 2 of the file of feed" in done.stderr
    assert nested(acme) == {"O-1": ["tea 1"]}
    muster.drop(LINES.format(t="acme"), LINES_OF_TWO)
    done = muster.muster("run")
    assert (done.returncode, done.stderr) == (0, "")
    assert nested(acme) == {"O-1": ["tea 1"], "O-2": ["tea 2", "ale 3"]}


@drops(
    {PEOPLE: ANN, ORDERS1: lines(ORDER_HEADER, order("a")), LINES1: lines(LINE_HEADER, "a;tea;1")},
    {ORDERS1: lines(ORDER_HEADER, order("b"))},
    {LINES1: lines(LINE_HEADER, "b;ale;1", "a;gin;1")},
    {ORDERS2: lines(ORDER_HEADER, order("a", total="7")), LINES2: lines(LINE_HEADER, "a;rum;1")},
)
def test_c40_an_event_that_a_later_version_leaves_out_stays_with_its_lines(tenant: Tenant) -> None:
    assert nested(tenant) == {"a": ["tea 1"], "b": ["ale 1"]}
    counts = ("accepted_count", "rejected_count", "duplicate_count")
    assert [[job[name] for name in counts] for job in tenant.jobs(ORDERS1)] == [[1, 0, 0], [1, 0, 0]]
    assert [[job[name] for name in counts] for job in tenant.jobs(LINES1)] == [[1, 0, 0], [1, 1, 0]]
    assert tenant.codes(LINES1) == {3: "no_root_row"}
    # Another delivery tells nothing of an event that is not its own.
    assert [tenant.counts(name) for name in (ORDERS2, LINES2)] == [{"line": 1, "duplicate": 1}] * 2


@drops(
    {
        PEOPLE: ANN,
        "{t}_orders_20241.csv": lines(ORDER_HEADER, order("a")),
        "{t}_order_lines_20242.csv": lines(LINE_HEADER, "a;tea;2", "b;tea;2"),
    },
    {
        "{t}_orders_20242.csv": lines(ORDER_HEADER, order("b")),
        "{t}_order_lines_20241.csv": lines(LINE_HEADER, "a;tea;1"),
    },
    variant="wild",
)
def test_c41_what_a_wildcard_stands_for_is_part_of_the_name(tenant: Tenant) -> None:
    assert nested(tenant) == {"a": ["tea 1"], "b": ["tea 2"]}
    names = [f"{{t}}_{kind}_2024{n}.csv" for kind in ("orders", "order_lines") for n in (1, 2)]
    assert [(tenant.job(name)["status"], tenant.job(name)["code"]) for name in names] == [("applied", None)] * 4
    assert tenant.codes("{t}_order_lines_20242.csv") == {2: "no_root_row"}


@pytest.mark.parametrize("setting", ["{tenant}_lines_20*_*.csv", "{tenant}_lines.csv"])
def test_c41_as_many_wildcards_in_both_names(tmp_path: Path, setting: str) -> None:
    root = copy_project(tmp_path / "project", {"blueconic__orders": {"file_name": "{tenant}_orders_20*.csv"}})
    edit_feed(root, "blueconic__order_lines", lambda t: t["config"]["meta"].update(file_name=setting))
    with pytest.raises(ConfigurationError, match="equally many wildcards"):
        load_feeds(root)


def age(muster: Installation, hours: int) -> None:
    """Let what was landed have been landed so long ago."""
    with open_database(muster.settings.database) as connection:
        connection.execute(f"update landing.files set landed_at = landed_at - interval {hours} hour")
    note_change(muster.settings)


@pytest.mark.proof
def test_c41_c42_files_that_wait_for_each_other_are_named_as_long_as_they_do(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path)
    muster.drop(PEOPLE.format(t="acme"), ANN)
    muster.drop(ORDERS1.format(t="acme"), lines(ORDER_HEADER, order("a")))
    muster.drop(LINES2.format(t="other"), NO_LINES)
    done = muster.muster("run")
    assert (done.returncode, done.stderr) == (0, ""), "nothing waits too long yet, and tenants have nothing in common"
    age(muster, 25)
    done = muster.muster("run")
    assert done.returncode == 3
    assert "acme_orders_20260101080000.csv: has waited since" in done.stderr
    assert "its linked file, acme_order_lines_20260101080000.csv of feed blueconic__order_lines" in done.stderr
    assert "its root file, other_orders_20260102080000.csv of feed blueconic__orders" in done.stderr
    muster.drop(LINES1.format(t="acme"), NO_LINES)
    muster.drop(ORDERS2.format(t="other"), lines(ORDER_HEADER, order("a")))
    assert muster.muster("run").returncode == 0
    # Many that wait are one line.
    for day in range(10, 13):
        muster.drop(f"acme_orders_202602{day}080000.csv", lines(ORDER_HEADER, order(f"o{day}")))
    assert muster.muster("run").returncode == 0
    age(muster, 25)
    done = muster.muster("run")
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "so it is with 2 more of feed blueconic__orders, tenant acme" in done.stderr
    for day in range(10, 13):
        muster.drop(f"acme_order_lines_202602{day}080000.csv", NO_LINES)
    assert muster.muster("run").returncode == 0
    # Both are there, but under names that are not equal: no use in waiting.
    muster.drop("acme_orders_20260103080000.csv", lines(ORDER_HEADER, order("b")))
    muster.drop("acme_order_lines_20260103080001.csv", NO_LINES)
    for _ in range(2):
        done = muster.muster("run")
        assert done.returncode == 3
        assert "timestamp '20260103080000' against timestamp '20260103080001'" in done.stderr


@pytest.mark.proof
def test_c43_without_the_linked_feed_an_order_is_an_event_without_lines(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    acme = Tenant(muster, "acme")
    muster.drop(PEOPLE.format(t="acme"), ANN)
    muster.drop(ORDERS1.format(t="acme"), lines(ORDER_HEADER, order("a")))
    muster.drop(LINES1.format(t="acme"), lines(LINE_HEADER, "a;tea;1"))
    muster.drop(ORDERS2.format(t="acme"), lines(ORDER_HEADER, order("b")))
    assert muster.muster("run").returncode == 0
    switch(muster.settings, ["blueconic__order_lines"], enabled=False)
    muster.drop("acme_orders_20260103080000.csv", lines(ORDER_HEADER, order("c")))
    done = muster.muster("run")
    assert done.returncode == 3
    assert "waits for a feed that was switched off since: `muster build --full-refresh`" in done.stderr
    assert nested(acme) == {"a": ["tea 1"], "c": []}
    assert muster.muster("build", "--full-refresh").returncode == 0
    assert nested(acme) == {"a": ["tea 1"], "b": [], "c": []}
    # By hand the lines come all the same, and before the orders they change nothing.
    muster.drop(LINES2.format(t="acme"), lines(LINE_HEADER, "b;ale;1"))
    muster.drop("acme_order_lines_20260104080000.csv", lines(LINE_HEADER, "d;ale;1"))
    done = muster.muster("run", "--feed", "blueconic__order_lines")
    assert done.returncode == 0, done.stderr
    assert nested(acme) == {"a": ["tea 1"], "b": ["ale 1"], "c": []}
    # Without the feed its files are no longer known, and the rest goes on.
    without_order_lines(root)
    muster.drop("acme_orders_20260105080000.csv", lines(ORDER_HEADER, order("e")))
    done = muster.muster("run")
    assert done.returncode == 0, done.stderr
    assert nested(acme) == {"a": ["tea 1"], "b": ["ale 1"], "c": [], "e": []}
    assert muster.muster("build", "--full-refresh", "--tests").returncode == 0
    assert nested(acme) == {name: [] for name in "abce"}


@pytest.mark.proof
def test_c44_tenants_never_meet_in_a_delivery_and_names_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path)
    for shop in ("one", "two"):
        muster.drop(PEOPLE.format(t=shop), ANN)
    muster.land()
    folder = tmp_path / "by hand"
    folder.mkdir()
    for name, content in ((ORDERS1, ONE), (LINES1, LINE_OF_ONE)):
        (folder / name.format(t="any")).write_text(content)
    (folder / "orders.csv").write_text(ONE)

    def import_(name: str, feed: str, shop: str) -> tuple[int, str]:
        done = muster.muster("import", str(folder / name.format(t="any")), "--feed", feed, "--tenant", shop)
        return done.returncode, done.stderr

    assert import_(ORDERS1, "blueconic__orders", "one")[0] == 0
    assert import_(LINES1, "blueconic__order_lines", "two")[0] == 0
    one, two = Tenant(muster, "one"), Tenant(muster, "two")
    assert not events(one) and not events(two)
    assert import_(LINES1, "blueconic__order_lines", "one")[0] == 0
    assert nested(one) == {"O-1": ["tea 1"]}
    assert import_(ORDERS1, "blueconic__orders", "two")[0] == 0
    assert nested(two) == {"O-1": ["tea 1"]}
    code, why = import_("orders.csv", "blueconic__orders", "one")
    assert code == 2
    assert "which root file and linked file belong together: rename it" in why
    assert "`muster feeds show blueconic__orders` prints the name" in why


@drops(
    {
        PEOPLE: ANN,
        ORDERS2: lines(ORDER_HEADER, order("a")),
        LINES2: lines("order_id;product_id;name;price", "a;tea;Tea;2", "a;tea;;3"),
    },
    {
        ORDERS1: lines(ORDER_HEADER, order("b")),
        LINES1: lines("order_id;product_id;name;price;size", "b;tea;Old tea;1;S"),
    },
)
def test_c45_a_late_order_and_an_empty_cell_take_nothing_from_a_product(tenant: Tenant) -> None:
    assert products(tenant) == {"tea": {"name": "Tea", "price": "3", "size": "S"}}


@drops(
    {
        PEOPLE: ANN,
        ORDERS1: lines(ORDER_HEADER, order("a"), "b;1"),
        LINES1: lines(LINE_HEADER, "a;tea;1", "a;ale;1;2"),
    }
)
def test_c92_x01_an_unreadable_line_is_told_of_once_in_however_many_deliveries_its_file_is(tenant: Tenant) -> None:
    """The first file of the two was alone, waiting, before its delivery was whole: in the same run."""
    assert tenant.rejected(ORDERS1) == [(3, "wrong_column_count", "b;1")]
    assert tenant.rejected(LINES1) == [(3, "wrong_column_count", "a;ale;1;2")]
    assert [tenant.counts(name) for name in (ORDERS1, LINES1)] == [{"line": 2, "accepted": 1, "rejected": 1}] * 2
