"""The seeds are checked before a build, with file and line (C91)."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.errors import ConfigurationError
from loaders.feeds.declared_data import check_declared_data, check_listed_seeds
from loaders.feeds.loading import load_feeds
from tests.contracts.installation import ROOT, copy_project, lines

SEGMENTS = "tenant_id,partner_segment_id,segment_name,owned_by"
CAMPAIGNS = "tenant_id,source_campaign,source_partner"


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
    check_declared_data(root, load_feeds(root))
