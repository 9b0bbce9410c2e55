"""Merge rules are checked before a build, with file and line (B8, B9)."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from loaders.errors import ConfigurationError
from loaders.feeds.loading import load_feeds
from loaders.feeds.merge_rules import check_merge_rules
from tests.contracts.installation import ROOT, Installation, copy_project, edit_feed, lines, write_merge_rules
from tests.history.rules import draw_rules

HEADER = "feed,column_name,property,rule\n"
TYPED = ("first_name", "last_name", "created_at", "opt_in_status", "gender", "extra_shopper_tags", "birthdate")
"""The contact properties that are neither lists nor numbers."""


def test_b08_the_projects_own_rules_are_well_formed() -> None:
    check_merge_rules(ROOT, load_feeds(ROOT))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEADER + "*,*,,set\nblueconic__profils,a,,sum\n", 3, "no feed 'blueconic__profils'"),
        (HEADER + "blueconic__profiles,a,,summ\n", 2, "'summ' is none of set, "),
        (HEADER + "*,a,,sum\n\n*,b,,add\n*,a,,add\n", 5, "line 2 of merge_rules.csv is about the same"),
        (HEADER + "*,a,crm_*,set\n", 2, "goes with the column"),
        (HEADER + "*,*,crm,set\n", 2, "is a prefix such as"),
        (HEADER + "*,,,set\n", 2, "name the column"),
        (HEADER + "*,a,set\n", 2, "3 cells instead of 4"),
        ("feed,property,rule\n*,*,set\n", 1, "the header is"),
    ],
)
def test_b08_a_wrong_line_stops_the_build(tmp_path: Path, text: str, line: int, words: str) -> None:
    root = copy_project(tmp_path / "project")
    path = root / "seeds" / "merge_rules.csv"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        Installation(tmp_path / "home", root).build()
    assert f"{path}:{line}: " in str(error.value)
    assert words in str(error.value)


def german(tmp_path: Path, *rules: str) -> Path:
    """A project whose profiles are written with German headers, one under another name, and that has these rules."""
    root = copy_project(tmp_path / "project", {"blueconic__companies": {"undeclared_columns": "refuse"}})

    def edit(table: dict[str, Any]) -> None:
        named = {column["name"]: column for column in table["columns"]}
        named["loyalty_points"]["config"] = {"meta": {"header": "Treuepunkte"}}
        named["birthdate"] |= {"name": "born_on", "config": {"meta": {"header": "Geburtstag"}}}

    edit_feed(root, "blueconic__profiles", edit)
    staging = root / "models" / "staging" / "blueconic" / "stg_blueconic__profiles.sql"
    staging.write_text(staging.read_text().replace("'birthdate': 'birthdate'", "'birthdate': 'born_on'"))
    (root / "seeds" / "blueconic__merge_rules.csv").write_text(HEADER)
    (root / "seeds" / "merge_rules.csv").write_text(HEADER + lines(*rules))
    return root


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            "blueconic__profiles,Treuepunkte,,sum",
            "the column 'loyalty_points' of feed blueconic__profiles, and rules go",
        ),
        ("*,Treuepunkte,,sum", "write 'loyalty_points', or name the feed whose undeclared column it is"),
        ("blueconic__profiles,Loyalty_Points,,sum", "is called 'loyalty_points', not 'Loyalty_Points': write 'loyal"),
        ("blueconic__profiles,loyalty_ points,,sum", "is called 'loyalty_points', not 'loyalty_ points'"),
        ("blueconic__profiles,treuepunkte,,sum", "is called 'loyalty_points', not 'treuepunkte'"),
        ("blueconic__profiles,Geburtstag,,set", "write 'birthdate'"),
        ("blueconic__profiles,born_on,,set", "calls the property of this column 'birthdate': write that"),
        ("blueconic__profiles,Extra_Shopper_Tags,,add", "the property is called 'extra_shopper_tags', not"),
        (
            "blueconic__profiles,email,,set",
            "'email' of feed blueconic__profiles identifies contacts, and is no property",
        ),
        ("blueconic__profiles,interests,hobbies,add", "'interests' is declared, and keeps its name"),
        ("blueconic__companies,sectors,,add", "declares no column 'sectors', and its files may have no other columns"),
        ("blueconic__orders,price,,sum", "the rows of feed blueconic__orders set no properties"),
        ("blueconic__order_lines,*,,set", "the rows of feed blueconic__order_lines set no properties"),
        ("blueconic__profiles, shoe,,set", "column_name ' shoe' has white space at its ends"),
    ],
)
def test_c29_a_rule_that_can_never_fire_is_refused_with_what_to_write(tmp_path: Path, rule: str, words: str) -> None:
    root = german(tmp_path, "*,*,,set", rule)
    with pytest.raises(ConfigurationError) as error:
        check_merge_rules(root, load_feeds(root))
    assert f"{root / 'seeds' / 'merge_rules.csv'}:3: " in str(error.value)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("before", "rule"),
    [
        ("blueconic__companies,rev_a,revenue,sum", "blueconic__companies,rev_b,revenue,sum"),
        ("*,revenue,,sum", "remarkety__lists,umsatz,revenue,set"),
        ("remarkety__lists,umsatz,revenue,set", "remarkety__lists,revenue,,sum"),
    ],
)
def test_c25_two_columns_of_a_property_that_is_added_up_are_refused(tmp_path: Path, before: str, rule: str) -> None:
    root = copy_project(tmp_path / "project")
    write_merge_rules(root, HEADER + lines("*,*,,set", before, rule))
    with pytest.raises(ConfigurationError) as error:
        check_merge_rules(root, load_feeds(root))
    assert f"{root / 'seeds' / 'merge_rules.csv'}:4: line 3 of merge_rules.csv gives the property 'revenue'" in str(
        error.value
    )
    write_merge_rules(root, HEADER + lines("*,*,,set", before.replace("sum", "set"), rule.replace("sum", "set")))
    check_merge_rules(root, load_feeds(root))


def test_c29_rules_that_can_fire_are_taken(tmp_path: Path) -> None:
    root = german(
        tmp_path,
        "blueconic__profiles,loyalty_points,,sum",
        "blueconic__profiles,birthdate,,set_if_empty",
        "blueconic__profiles,hobbies,interests,add",
        "blueconic__profiles,Gender,gender,set",
        "blueconic__profiles,Extra_Shopper_Tags,tags_of_old,add",
        "remarkety__lists,Treuepunkte,,sum",
        "*,email,,ignore",
        "*,city,town,set",
    )
    check_merge_rules(root, load_feeds(root))


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (["blueconic__profiles,birthdate,,add"], "the rule 'add' makes a list, and 'birthdate' is declared date in"),
        (["*,opt_in_status,,add"], "the rule is one of set, set_if_empty, set_or_clear, ignore, or the property varch"),
        (["blueconic__profiles,hobby,extra_shopper_tags,add"], "'extra_shopper_tags' is declared varchar in dbt"),
        (
            ["blueconic__profiles,loyalty_points,,add"],
            "rule is one of set, set_if_empty, set_or_clear, ignore, sum, or",
        ),
        (["remarkety__lists,first_name,,sum"], "the rule 'sum' makes a sum of numbers, and 'first_name' is declared v"),
        (["*,opt_in_status,,sum"], "or the property a number, such as decimal(38, 9)"),
        (["blueconic__profiles,interests,,sum"], "the rule is one of set, set_if_empty, set_or_clear, ignore, add"),
        (["attentive__subscribers,*,,add"], "would also be that of first_name (varchar), last_name (varchar), created"),
        (
            ["attentive__subscribers,*,gen*,add", "attentive__subscribers,opt_in_status,,set"],
            "of gender (varchar) in feed attentive__subscribers, and the rule 'add' makes a list: give each a line of"
            " its own, such as 'attentive__subscribers,gender,,set'",
        ),
        (["blueconic__profiles,*,x_*,sum", *(f"*,{name},,set" for name in TYPED)], "of first_name (varchar), last_na"),
    ],
)
def test_c29_a_rule_that_contradicts_the_type_of_a_property_is_refused(
    tmp_path: Path, rules: list[str], words: str
) -> None:
    root = copy_project(tmp_path / "project")
    write_merge_rules(root, HEADER + lines("*,size,,set", *rules))
    with pytest.raises(ConfigurationError) as error:
        check_merge_rules(root, load_feeds(root))
    assert f"{root / 'seeds' / 'merge_rules.csv'}:3: " in str(error.value)
    assert words in str(error.value)


@pytest.mark.parametrize(
    "rules",
    [
        ["blueconic__companies,first_name,,add", "blueconic__companies,*,,sum"],
        ["blueconic__profiles,interests,,add", "*,loyalty_points,,sum", "*,shoe,,sum", "*,hat,,add"],
        ["attentive__subscribers,*,x_*,sum", "attentive__subscribers,opt_in_status,,ignore"],
        ["*,*,,add", *(f"*,{name},,set" for name in (*TYPED, "loyalty_points"))],
        ["remarkety__lists,*,,sum", *(f"remarkety__lists,{name},,set" for name in (*TYPED, "interests"))],
    ],
)
def test_c29_rules_that_go_with_the_types_are_taken(tmp_path: Path, rules: list[str]) -> None:
    root = copy_project(tmp_path / "project")
    write_merge_rules(root, HEADER + lines(*rules))
    check_merge_rules(root, load_feeds(root))


def test_c29_the_rules_of_random_histories_go_with_the_types(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    feeds = load_feeds(root)
    for seed in range(50):
        rules = [",".join(line) for line in draw_rules(random.Random(seed)) if not line.feed.startswith("shop__")]
        write_merge_rules(root, HEADER + lines(*rules))
        check_merge_rules(root, feeds)
