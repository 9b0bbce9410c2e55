"""C47: files that are linked to profiles and groups (B10): further rows about whom their root rows are about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loaders.errors import ConfigurationError
from loaders.feeds.loading import load_feeds
from loaders.feeds.merge_rules import check_merge_rules

from .installation import Installation, Tenant, copy_project, drops, edit_feed, lines, write_merge_rules
from .linked_feeds import add_hobbies_and_branches, add_linked_feed

PEOPLE1, PEOPLE2, PEOPLE3 = ("{t}_profiles_2026010%d080000.csv" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays
HOBBIES1, HOBBIES2, HOBBIES3 = (name.replace("profiles", "hobbies") for name in (PEOPLE1, PEOPLE2, PEOPLE3))
COMPANIES, BRANCHES = "{t}_companies_20260101080000.csv", "{t}_branches_20260101080000.csv"
PEOPLE, HOBBIES = "customer_id;email;first_name;loyalty_points;interests", "customer_id;interests;loyalty_points;level"
ANN, BOB, CY = (f"{name}@x.org" for name in ("ann", "bob", "cy"))
NOTHING = lines(HOBBIES)
COUNTS = ("accepted_count", "rejected_count", "created_count", "updated_count", "unchanged_count")


def counted(tenant: Tenant, name: str) -> list[tuple[Any, ...]]:
    return [tuple(job[count] for count in COUNTS) for job in tenant.jobs(name)]


@drops(
    {HOBBIES1: lines(HOBBIES, "1;ski/sea;2.5;gold", "9;golf;1;", "1;chess;1;top", "2;;much;", ";tea;;", "2;a|b;;")},
    {PEOPLE1: lines(PEOPLE, "1;ann@x.org;Ann;1,5;tea", "2;bob@x.org;Bob;;", "3;cy@x.org;Cy;1,0;")},
    variant="linked",
)
def test_c47_lines_of_linked_files_are_further_rows_of_their_contacts(tenant: Tenant) -> None:
    # By the rules of the root feed, each file written in its own way: the order of landing changes nothing.
    assert tenant.properties(ANN) == {
        "first_name": "Ann", "loyalty_points": "5", "interests": "tea; ski; sea; chess", "crm_level": "top"
    }  # fmt: skip
    assert tenant.properties(BOB) == {"first_name": "Bob", "interests": "a|b"}
    assert tenant.codes(HOBBIES1) == {3: "no_root_row", 6: "no_customer_id"}
    assert tenant.dropped(HOBBIES1) == {(5, "loyalty_points"): "invalid_loyalty_points"}
    # Whom the delivery created is counted with the line that wrote it; who stays as he was, with the root file.
    assert counted(tenant, HOBBIES1) == [(4, 2, 2, 0, 0)]
    assert counted(tenant, PEOPLE1) == [(3, 0, 1, 0, 0)]
    assert tenant.changes_of("loyalty_points", ANN)[0][:3] == (None, "5", "sum")
    assert [tenant.job(name)["status"] for name in (PEOPLE1, HOBBIES1)] == ["applied", "applied"]


@drops(
    {PEOPLE1: lines(PEOPLE, "1;ann@x.org;Ann;1;"), HOBBIES1: lines(HOBBIES, "1;;1;", "1;;1;")},
    {PEOPLE2: lines(PEOPLE, "1;ann@x.org;Ann;1;"), HOBBIES2: lines(HOBBIES, "1;;1;")},
    variant="linked",
)
def test_c47_b06_a_line_is_not_compared_with_what_another_row_said(tenant: Tenant) -> None:
    # The profile of the second day is unchanged, and skipped; its linked line is new.
    assert tenant.properties(ANN)["loyalty_points"] == "4"


@drops({PEOPLE1: lines(PEOPLE, "1;ann@x.org;Ann;1,5;tea")}, variant="linked")
def test_c47_the_root_file_waits_for_its_linked_file(tenant: Tenant) -> None:
    assert tenant.job(PEOPLE1)["status"] == "waiting"
    assert tenant.rows("select * from marts.contacts where tenant_id = $t") == []


@drops(
    {PEOPLE1: lines(PEOPLE, "1;ann@x.org;Ann;1;"), HOBBIES1: lines(HOBBIES, "1;ski;2;", "2;sea;4;")},
    {PEOPLE1: lines(PEOPLE, "1;ann@x.org;Ann;10;", "2;bob@x.org;Bob;1;")},
    {HOBBIES1: lines(HOBBIES, "2;golf;8;")},
    {PEOPLE1: lines(PEOPLE, "3;cy@x.org;Cy;1;")},
    variant="linked",
)
def test_c47_x04_each_line_of_a_version_counts_once(tenant: Tenant) -> None:
    # Ann: 1 and 2, then 10 of the second version; Bob: 1, his line of the first day (4), then 8 of a new version.
    assert tenant.properties(ANN)["loyalty_points"] == "13"
    assert tenant.properties(BOB) == {"first_name": "Bob", "loyalty_points": "13", "interests": "sea; golf"}
    assert tenant.properties(CY) == {"first_name": "Cy", "loyalty_points": "1"}
    # What was told stays told, though a later version of the root file has no such row.
    assert [job["accepted_count"] for job in tenant.jobs(HOBBIES1)] == [2, 1]
    assert [job["rejected_count"] for job in tenant.jobs(HOBBIES1)] == [0, 0]


@drops(
    {PEOPLE3: lines(PEOPLE, "1;ann@x.org;Ann;;"), HOBBIES3: lines(HOBBIES, "1;ski;;gold")},
    {PEOPLE2: lines(PEOPLE, "1;ann@x.org;Anna;;", "2;bob@x.org;;;"), HOBBIES2: lines(HOBBIES, "1;sea;;tin", "2;;;tin")},
    variant="linked",
)
def test_c47_x12_what_a_linked_line_said_later_stays(tenant: Tenant) -> None:
    assert tenant.properties(ANN) == {"first_name": "Ann", "interests": "ski; sea", "crm_level": "gold"}
    assert tenant.properties(BOB) == {"crm_level": "tin"}


@drops(
    {
        COMPANIES: lines("company_id;city;revenue", "A;Ghent;1,5", "A;Basel;1", ";Rome;1"),
        BRANCHES: lines("company_id;city;revenue;sectors", "A;Bern;2.5;food", "B;Rome;1;"),
    },
    variant="linked",
)
def test_c47_b13_of_groups_too(tenant: Tenant) -> None:
    (group,) = tenant.rows("select group_identifier, properties from marts.groups where tenant_id = $t")
    assert group["group_identifier"] == "A"
    assert group["properties"] == {"city": "Bern", "revenue": "5", "sectors": "food"}
    assert tenant.codes(BRANCHES) == {3: "no_root_row"}


@drops(
    {
        PEOPLE1: lines(PEOPLE, "1;ann@x.org;Ann;;", "n/a;me@example.invalid;;;", "2;ann@x.org;;;", "3;cy@x.org;Cy;;"),
        HOBBIES1: lines(HOBBIES, "2;ski;;", "0;sea;;"),
    },
    variant="linked",
)
def test_c47_x03_whom_a_line_is_about_is_decided_by_its_root_row(tenant: Tenant) -> None:
    # The address is Ann's; the line is about whose id it is.
    assert tenant.properties(ANN) == {"first_name": "Ann"}
    assert tenant.properties("2") == {"interests": "ski"}
    assert tenant.codes(HOBBIES1) == {3: "no_root_row"}


def linked(tmp_path: Path, **settings: Any) -> Installation:
    """Hobbies are joined to profiles, whose settings these are."""
    root = copy_project(tmp_path / "project", {"blueconic__profiles": settings})
    add_hobbies_and_branches(root)
    return Installation(tmp_path / "home", root)


def run(muster: Installation, files: dict[str, str]) -> Tenant:
    for name, content in files.items():
        muster.drop(name.format(t="acme"), content)
    muster.land()
    muster.build()
    return Tenant(muster, "acme")


@pytest.mark.proof
def test_c47_b07_who_is_not_created_gets_no_lines_until_he_is_known(tmp_path: Path) -> None:
    muster = linked(tmp_path, creates_contacts=False)
    files = {PEOPLE1: lines(PEOPLE, "1;ann@x.org;Ann;1;"), HOBBIES1: lines(HOBBIES, "1;ski;2;")}
    acme = run(muster, files)
    assert [acme.job(name)["ignored_count"] for name in files] == [1, 1]
    run(muster, {"{t}_subscribers_20260101.csv": lines("phone,email,opt_in_status", f",{ANN},1")})
    acme = run(muster, {HOBBIES1: lines(HOBBIES, "1;ski;4;")})
    # The row that was ignored counts now, the new line with it: once.
    assert acme.properties(ANN) == {
        "first_name": "Ann",
        "opt_in_status": "1",
        "loyalty_points": "5",
        "interests": "ski",
    }
    acme = run(muster, {HOBBIES1: lines(HOBBIES, "1;sea;8;")})
    assert acme.properties(ANN) == {
        "first_name": "Ann",
        "opt_in_status": "1",
        "loyalty_points": "13",
        "interests": "ski; sea",
    }
    before = acme.properties(ANN)
    muster.build(full_refresh=True)
    assert acme.properties(ANN) == before


def test_c47_x02_where_none_of_several_rows_counts_neither_do_their_lines(tmp_path: Path) -> None:
    muster = linked(tmp_path, on_duplicate="reject_all", invalid_cells="reject")
    people = lines(PEOPLE, "1;ann@x.org;Ann;;", "1;ann@x.org;Ann;;", "2;bob@x.org;Bob;much;", "3;cy@x.org;Cy;;")
    acme = run(muster, {PEOPLE1: people, HOBBIES1: lines(HOBBIES, "1;ski;;", "2;sea;;", "3;golf;;")})
    assert acme.codes(HOBBIES1) == {2: "several_root_rows", 3: "root_row_rejected"}
    assert acme.codes(PEOPLE1) == {4: "invalid_loyalty_points"}
    assert acme.properties(CY) == {"first_name": "Cy", "interests": "golf"}
    # Once it is clear which row of Ann counts, her line does.
    acme = run(muster, {PEOPLE1: lines(PEOPLE, "1;ann@x.org;Anna;;")})
    assert acme.properties(ANN) == {"first_name": "Anna", "interests": "ski"}
    assert acme.codes(HOBBIES1) == {3: "no_root_row"}


def test_c47_a_line_that_could_be_about_two_is_about_nobody(tmp_path: Path) -> None:
    muster = linked(tmp_path)
    staged = muster.settings.root / "models" / "staging" / "blueconic" / "stg_blueconic__profiles.sql"
    staged.write_text(staged.read_text().replace("link_key(['customer_id'])", "link_key(['phone'])"))
    people = lines("customer_id;email;phone", "1;ann@x.org;+15550000001", "2;bob@x.org;+15550000001", "3;;+15550000003")
    hobbies = lines("customer_id;interests", "+15550000001;ski", "+15550000003;sea")
    acme = run(muster, {PEOPLE1: people, HOBBIES1: hobbies})
    assert acme.codes(HOBBIES1) == {2: "several_root_rows"}
    assert acme.properties("3") == {"interests": "sea"}


@pytest.mark.parametrize(
    ("to", "dialect", "says"),
    [
        ("remarkety__lists", {}, "`linked.to` must be a feed that `applies: events`, profiles or groups"),
        ("blueconic__orders", {"decimal_separator": ","}, "`decimal_separator` does nothing where the root feed"),
        ("blueconic__orders", {"date_format": "automatic"}, "`date_format` does nothing where the root feed"),
        ("blueconic__orders", {}, None),
        ("blueconic__profiles", {"decimal_separator": ",", "date_format": "automatic"}, None),
    ],
)
def test_c47_c24_what_can_be_linked(tmp_path: Path, to: str, dialect: dict[str, str], says: str | None) -> None:
    root = copy_project(tmp_path / "project")
    settings = {"file_name": "{tenant}_x_{timestamp:%Y%m%d%H%M%S}.csv", "linked": {"to": to}, "dialect": dialect}
    add_linked_feed(root, "blueconic__x", "customer_id", settings)
    if says is None:
        assert next(feed.root for feed in load_feeds(root) if feed.name == "blueconic__x") == to
        return
    with pytest.raises(ConfigurationError, match=says):
        load_feeds(root)


def test_c47_c24_what_means_nothing_is_refused(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    add_hobbies_and_branches(root)
    write_merge_rules(root, "feed,column_name,property,rule\n*,*,,set\nblueconic__profiles,level,,add\n")
    check_merge_rules(root, load_feeds(root))
    with (root / "seeds" / "merge_rules.csv").open("a") as seed:
        seed.write("blueconic__hobbies,level,,add\n")
    with pytest.raises(ConfigurationError, match="are further rows of blueconic__profiles's, by its rules: name that"):
        check_merge_rules(root, load_feeds(root))
    staged = root / "models" / "staging" / "blueconic" / "stg_blueconic__profiles.sql"
    staged.write_text(staged.read_text().replace("{{ link_key(['customer_id']) }},", ""))
    with pytest.raises(ConfigurationError, match="has no `link_key`"):
        load_feeds(root)
    edit_feed(root, "blueconic__hobbies", lambda table: table["config"]["meta"]["linked"].update(product_store=True))
    with pytest.raises(
        ConfigurationError, match="`product_store` does nothing where the root feed `applies: profiles`"
    ):
        load_feeds(root)
