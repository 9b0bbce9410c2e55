"""The name that `muster feeds show` prints is one that the loader takes, or it is said why there is none (C85)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from loaders.errors import ConfigurationError
from loaders.feeds.loading import load_feeds
from loaders.landing.name_to_send import file_name_to_send
from tests.contracts.installation import Installation, copy_project, lines

FEED = "remarkety__lists"
NOW = datetime(2026, 1, 31, 12, 30, 5, tzinfo=UTC)


def name(root: Path, **parts: str) -> str:
    feeds = load_feeds(root)
    return file_name_to_send(next(feed for feed in feeds if feed.name == FEED), feeds, parts, NOW)


def test_c85_the_name_has_the_time_of_the_feeds_timezone(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project", {FEED: {"timezone": "Pacific/Auckland"}})
    assert name(root, store_id="shop1", segment_id="vip") == "shop1_vip_20260201013005.csv"
    assert name(root, segment_id="vip") == "{store_id}_vip_20260201013005.csv"
    muster = Installation(tmp_path / "home", root)
    parts = ("--part", "store_id=shop1", "--part", "segment_id=vip")
    before = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    shown = muster.muster("feeds", "show", FEED, *parts, "--json")
    muster.drop(json.loads(shown.stdout)[0]["send_file"], lines("email", "ann@x.org"))
    muster.land()
    (file,) = muster.rows("select sent_at, refusal_code from landing.files")
    assert file["refusal_code"] is None
    assert before <= file["sent_at"] <= datetime.now(UTC).replace(tzinfo=None)


LOOSE = {"file_name": "{store_id}_{segment_id}[_{timestamp:%Y%m%d}].{kind:csv|tmp}", "done_suffix": ".done"}


@pytest.mark.parametrize(
    ("settings", "parts", "words"),
    [
        ({"tenants": ["shop1"]}, {"store_id": "shop2", "segment_id": "vip"}, "it may not touch tenant 'shop2'"),
        ({"tenants": ["shop1"]}, {"store_id": "shop2"}, "it may not touch tenant 'shop2'"),
        ({}, {"store_id": "a_b", "segment_id": "c"}, "in more than one way"),
        ({}, {"store_id": "a", "segment_id": "x{y}", "timestamp": "20260230000000"}, "wrong_date_in_name"),
        ({}, {"store_id": "a", "timestamp": "2026"}, "timestamp cannot be '2026'"),
        ({}, {"segment_id": "new/vip"}, "segment_id cannot be 'new/vip'"),
        ({}, {"store_id": "a", "segment_id": "v\nip"}, "the name holds control characters"),
        ({}, {"store_id": "a", "segment_id": "v;ip"}, "the name reads as a command"),
        ({}, {"store_id": "a", "segment_id": "v" * 250}, "the name is longer than 255 bytes"),
        ({}, {"store_id": ".a", "segment_id": "vip"}, "it reads as an upload in progress"),
        (LOOSE, {"store_id": "a", "segment_id": "vip", "kind": "tmp"}, "it reads as an upload in progress"),
        (LOOSE, {"store_id": "a", "segment_id": "vip", "kind": "txt"}, "kind cannot be 'txt'"),
        (
            {"file_name": "{store_id}_{segment_id}.{kind}", "done_suffix": ".done"},
            {"store_id": "a", "segment_id": "vip", "kind": "done"},
            "so end the names of files that have landed",
        ),
        (
            {"connection": "optipub", "directory": "imports"},
            {"store_id": "a_import", "segment_id": "b"},
            "'a_import_b_20260131123005.csv' is taken by feed optipub__imports",
        ),
        (
            {
                "connection": "optipub",
                "directory": "imports",
                "file_name": "{store_id:d}_import_{segment_id:[a-z]+}_{timestamp:%Y%m%d%H%M%S}.csv",
            },
            {"store_id": "1", "segment_id": "vip"},
            "it fits the feeds ",
        ),
    ],
)
def test_c85_what_the_loader_would_not_take_is_refused_with_the_reason(
    tmp_path: Path, settings: dict[str, Any], parts: dict[str, str], words: str
) -> None:
    root = copy_project(tmp_path / "project", {FEED: {"tenants": "*"} | settings})
    with pytest.raises(ConfigurationError) as error:
        name(root, **parts)
    assert words in str(error.value)
    assert f"feed {FEED} ({root / 'models' / 'landing' / '_remarkety__sources.yml'}:" in str(error.value)
