"""The seeds are checked before a build, with file and line (C91)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from loaders.errors import ConfigurationError
from loaders.feeds.declared_data import check_declared_data, check_listed_seeds
from loaders.feeds.loading import load_feeds
from tests.contracts.installation import ROOT, copy_project, lines

SEGMENTS = "tenant_id,partner_segment_id,segment_name,owned_by"
CAMPAIGNS = "tenant_id,source_campaign,source_partner"
LIMITS = "tenant_id,segment_name,max_removed_share,max_removed_count,max_rejected_share,min_members,max_deviation"


def test_c91_the_projects_own_data_is_well_formed() -> None:
    check_declared_data(ROOT, load_feeds(ROOT))
    check_listed_seeds(ROOT)


@pytest.mark.parametrize(
    ("seed", "text", "line", "words"),
    [
        (
            "segment",
            lines(SEGMENTS, "a,7,vip,", "b,7,vip,", "", "a,7,new,"),
            5,
            "line 2 is about the id '7' of tenant 'a'",
        ),
        (
            "segment",
            lines(SEGMENTS, "a,,vip,feed", "a,,vip,feed"),
            3,
            "line 2 is about the segment 'vip' of tenant 'a'",
        ),
        ("segment", lines(SEGMENTS, "a,7,vip,feed", "a,8,vip,"), 3, "'vip' is not what line 2 says"),
        ("segment", lines(SEGMENTS, "a,7,vip,feeds"), 2, "owned_by 'feeds' is neither 'feed' nor 'all'"),
        ("segment", lines(SEGMENTS, "a,7,,"), 2, "segment_name is empty"),
        ("segment", lines(SEGMENTS, "a,7,cafe\u0301,"), 2, "write 'café'"),
        ("segment", lines(SEGMENTS, "a,7,vip\u200b,"), 2, "write 'vip'"),
        ("segment", lines(SEGMENTS, "*,7,vip,"), 2, "`*` is no wildcard here"),
        ("campaign", lines(CAMPAIGNS, "*,spring,"), 2, "`*` is no wildcard here"),
        ("segment", lines(SEGMENTS, ",7,vip,"), 2, "tenant_id is empty"),
        ("segment", lines(SEGMENTS, "a ,7,vip,"), 2, "tenant_id 'a ' has white space at its ends"),
        ("segment", lines(SEGMENTS, '"a",7,"two\nlines",', "a,7,vip,,"), 4, "5 cells instead of 4"),
        ("segment", lines("tenant_id,segment_name", "a,vip"), 1, "the header is 'tenant_id,segment_name', not"),
        ("segment", lines(SEGMENTS, 'a,7,"vip"x,'), 2, "this is no CSV"),
        ("segment", "", 1, "the file is empty"),
        ("campaign", lines(CAMPAIGNS, "a,spring,", "a,spring,x", "a,spring,"), 4, "line 2 says the same"),
        ("campaign", lines(CAMPAIGNS, "a,,x"), 2, "source_campaign is empty"),
        ("campaign", lines(CAMPAIGNS, "a,spring"), 2, "2 cells instead of 3"),
    ],
)
def test_c91_a_wrong_line_of_a_registry_is_named(tmp_path: Path, seed: str, text: str, line: int, words: str) -> None:
    root = copy_project(tmp_path / "project")
    path = root / "seeds" / f"{seed}_registry.csv"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        check_declared_data(root, load_feeds(root))
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["a,vip,0.5,,,,", "b,vip,1,,,,", "a,vip,,,,3,"], "line 2 is about the segment 'vip' of tenant 'a' already"),
        (["a,,0.5,,,,"], "segment_name is empty"),
        ([",vip,0.5,,,,"], "tenant_id is empty"),
        (["a,vip,-0.5,,,,"], "max_removed_share '-0.5' is no share"),
        (["a,vip,50%,,,,"], "max_removed_share '50%' is no share"),
        (["a,vip,50,,,,"], "max_removed_share '50' is no share"),
        (["a,vip,,1.5,,,"], "max_removed_count '1.5' is no number of members"),
        (["a,vip,,0,,,"], "max_removed_count '0' is no number of members"),
        (['a,vip,,,"0,2",,'], "max_rejected_share '0,2' is no share"),
        (["a,vip,,,1.01,,"], "max_rejected_share '1.01' is no share"),
        (["a,vip,,,,0,"], "min_members '0' is no number of members"),
        (["a,vip,,,,,nan"], "max_deviation 'nan' is no share"),
        (
            ["a,vip,0.5,,,,", "b,vip,,,,,"],
            "the line says no limit: fill in one of max_removed_share, max_",
        ),
        (["*,vip,0.5,,,,"], "tenant_id: `*` is no wildcard here: name one (limits of all segments are the `guard`"),
        (["a,*,0.5,,,,"], "segment_name: `*` is no wildcard here"),
        (["a,vip,,,,,,"], "8 cells instead of 7"),
    ],
)
def test_c91_x06_a_wrong_limit_of_a_segment_is_named(tmp_path: Path, rows: list[str], words: str) -> None:
    root = copy_project(tmp_path / "project")
    path = root / "seeds" / "segment_limits.csv"
    path.write_text(lines(LIMITS, *rows))
    with pytest.raises(ConfigurationError) as error:
        check_declared_data(root, load_feeds(root))
    assert str(error.value).startswith(f"{path}:{1 + len(rows)}: ")
    assert words in str(error.value)


def test_c91_a_seed_that_is_gone_or_in_another_encoding_is_named(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    path = root / "seeds" / "segment_registry.csv"
    path.write_bytes(f"{SEGMENTS}\na,7,Käufer,\n".encode("latin-1"))
    with pytest.raises(ConfigurationError, match=f"{path}:2: this is not UTF-8"):
        check_declared_data(root, load_feeds(root))
    path.unlink()
    with pytest.raises(ConfigurationError, match=f"{path}: there is no such file: make it, with .*'{SEGMENTS}'"):
        check_declared_data(root, load_feeds(root))


def test_c91_what_is_well_formed_is_taken(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    registry = lines(SEGMENTS, "a,7,vip,feed", "b,7,vip,", "a,8,vip,feed", "a,9,new,all", "a,,new,", 'a,,"x, y",')
    (root / "seeds" / "segment_registry.csv").write_text(registry)
    (root / "seeds" / "campaign_registry.csv").write_text(lines(CAMPAIGNS, "a,spring,", "a,spring,x", "b,spring,"))
    limits = lines(LIMITS, "a,vip,0.5,,,,", "b,vip,1,1,0.0,1,2.5", "a,x,,250000,1.0,,10", "a,y,1,,,,")
    (root / "seeds" / "segment_limits.csv").write_text(limits)
    check_declared_data(root, load_feeds(root))


@pytest.mark.parametrize(
    ("partner", "old", "new", "words"),
    [
        (
            "remarkety",
            "- name: first_name\n",
            "- name: city\n          - name: first_name\n",
            "'city' is declared, and",
        ),
        ("remarkety", "- name: gender\n", "- name: first_name_2\n", "'first_name_2' is declared, and"),
        ("blueconic", "- name: last_name\n", "- name: contact_id\n", "'contact_id' is declared, and"),
        ("remarkety", "identifier: pos_id", "identifier: posid", "'pos_id' is declared as `identifier: posid`"),
        ("remarkety", "config: {meta: {identifier: pos_id}}", "", "'pos_id' is declared as no identifier"),
        (
            "remarkety",
            "- name: _line_number\n",
            "- name: city\n            config: {meta: {identifier: town}}\n          - name: _line_number\n",
            "for none",
        ),
    ],
)
def test_c29_a_column_that_the_staging_model_takes_for_another_or_does_not_read_is_refused(
    tmp_path: Path, partner: str, old: str, new: str, words: str
) -> None:
    root = copy_project(tmp_path / "project")
    path = root / "models" / "landing" / f"_{partner}__sources.yml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as error:
        check_declared_data(root, load_feeds(root))
    assert str(error.value).startswith(f"{path}:")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("model", "old", "new", "words"),
    [
        ("remarkety/stg_remarkety__lists", "'gender', ", "'gender', 'city', ", "reads the column 'city', which is not"),
        ("blueconic/stg_blueconic__profiles", "birthdate, gender,", "birthdate,", "'gender' is not in the `row_hash`"),
    ],
)
def test_c29_b06_a_model_that_reads_what_is_not_declared_or_compares_too_little_is_refused(
    tmp_path: Path, model: str, old: str, new: str, words: str
) -> None:
    root = copy_project(tmp_path / "project")
    path = root / "models" / "staging" / f"{model}.sql"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigurationError, match=words):
        check_declared_data(root, load_feeds(root))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["id", "posid"], "no feed has an identifier 'posid', but 'pos_id': write it so"),
        (["ID"], "no feed has an identifier 'ID', but 'id'"),
        ("id", "give a list"),
        ([1], "give a list"),
    ],
)
def test_c91_x03_a_type_that_feeds_call_otherwise_is_named(tmp_path: Path, given: object, words: str) -> None:
    root = copy_project(tmp_path / "project")
    path = root / "dbt_project.yml"
    content = yaml.safe_load(path.read_text())
    content["vars"]["one_per_contact"] = given
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(ConfigurationError, match=rf"dbt_project.yml:\d+: one_per_contact: {words}"):
        check_declared_data(root, load_feeds(root))
