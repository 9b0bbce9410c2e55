"""Every mistake that a configuration can hold is one message with file and line, or none at all (C118).

The mistakes are made by machine: every key is misspelt, every value replaced by one of every type, and by values at the
edge. What is accepted must be usable; nothing may end in anything but a `ConfigurationError`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from loaders.config.connections import load_connections
from loaders.config.pgp_keys import load_pgp_keys
from loaders.errors import ConfigurationError
from loaders.feeds.declared_data import check_declared_data
from loaders.feeds.loading import load_feeds
from tests.contracts.installation import copy_project

BASE: dict[str, Any] = {
    "connection": "c", "directory": "in", "file_name": "{shop}_{list}_{at:%Y%m%d}[_{n:d}].csv", "timezone": "UTC",
    "tenant": "{shop}", "tenants": ["a", "b"], "placeholders": ["none"], "undeclared_columns": "keep",
    "done_suffix": ".done", "refused_suffix": ".refused", "max_rows": 10, "enabled": True, "order": 1,
    "max_ahead": "26 hours", "format": "csv",
    "dialect": {
        "delimiter": ";", "quote": '"', "escape": "\\", "header": True, "encoding": "utf-8", "skip_lines": 1,
        "footer": ["end"], "trim_around_quotes": True, "lenient_quotes": True, "trailing_delimiter": True,
        "missing_cells": "empty",
    },
}  # fmt: skip
CELLS: dict[str, Any] = {
    "decimal_separator": ",", "thousands_separator": ".", "multi_value_separator": "|", "date_format": "%d.%m.%Y",
    "timestamp_format": "%d.%m.%Y %H:%M",
}  # fmt: skip
TAGS = {"add": ["a"], "remove": ["b"], "replace": False}
KINDS: dict[str, dict[str, Any]] = {
    "list": {
        "applies": "complete_list", "segment": "{list}", "allow_empty": True, "on_duplicate": "first",
        "invalid_cells": "drop", "creates_contacts": True, "subscribers_only": False, "unchanged_cells": "apply",
        "parts": {"number": "n", "quiet": "1 hour"}, "every": "24 hours",
        "guard": {
            "judged_from": 10, "max_removed_share": 0.5, "max_removed_count": 5, "max_rejected_share": 0.2,
            "min_members": 1, "max_deviation": 0.5,
        },
    },
    "profiles": {
        "applies": "profiles", "on_duplicate": "all", "after_refused": "wait",
        "schedule": {"at": ["06:00"], "weekdays": ["monday"]},
    },
    "groups": {"applies": "groups", "schedule": {"at": ["06:00", "18:30"], "days_of_month": [1, "last"]}},
    "commands": {
        "applies": "commands", "on_reimport": "keep_longest", "after_refused": "go_on",
        "schedule": {"at": ["06:00"], "weekday_of_month": "first monday"},
    },
    "import": {
        "applies": "import", "segment": "{list}",
        "request": {
            "clear": True, "active_status": True, "subscription_action": "create_or_update", "publication": "p",
            "source_campaign": "c", "source_partner": "s", "sms": {"phone": "mobile", "confirm": True},
            "suppress_funnel_events": True, "subscription_tags": TAGS, "subscriber_tags": TAGS,
            "subscription_options": {"started_at": "2026-01-01", "ended_at": "2026-02-01", "auto_renews": True},
            "status_column": "state", "resubscribe": False,
        },
    },
    "events": {"applies": "events", "creates_contacts": False},
}  # fmt: skip
"""Feeds that say all that they can, by what their files do."""
CONNECTIONS: dict[str, Any] = {
    "connections": {
        "one": {
            "type": "sftp", "host": "h", "port": 22, "username": "u", "password_env": "P", "private_key_env": "K",
            "passphrase_env": "S", "host_keys": ["SHA256:" + "A" * 43], "connect_timeout": 10, "idle_timeout": 30,
            "file_deadline": 3600, "min_rate": 1000, "settle": 20, "root": "/in",
        },
        "two": {"type": "sftp", "host": "h", "username_env": "U", "private_key_file": "k", "known_hosts": "hosts"},
        "three": {"type": "local", "path": "drops", "settle": 0},
    },
    "pgp": {
        "four": {
            "private_key_env": "K", "passphrase_env": "S", "signed_by": ["A" * 40], "public_key_files": ["a.asc"],
        },
        "five": {"private_key_file": "key.asc", "allow_unsigned": True},
    },
}  # fmt: skip
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 10**30, 1.5, float("nan"), float("inf"), "", " ", "x", "0", "*", "{", "{shop}", "%",
    "../up", "\u00e9\n", "a" * 5000, "2026-02-30", [], [None], [[]], {}, {"": None}, {"x": 1}, {1: 2},
]  # fmt: skip

Place = tuple[str | int, ...]
FREE: set[Place] = {("connections",), ("pgp",), ("vars", "contact_properties")}
"""What holds names of people's own choice."""


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Where there is a value, from the outside in."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*at, key)
        yield from places(item, (*at, key))


def changed(value: Any, place: Place, change: Callable[[Any, str | int], None]) -> Any:
    """A copy in which what holds the value at this place was changed."""
    found = inside = copy.deepcopy(value)
    for step in place[:-1]:
        inside = inside[step]
    change(inside, place[-1])
    return found


def misspelt(inside: Any, key: str | int) -> None:
    inside[f"{key}x" if isinstance(key, str) else key] = inside.pop(key)


def mistakes(value: Any, at: Place = ()) -> Iterator[tuple[bool, Any]]:
    """All of the value with one mistake each, below a place; with whether it is a misspelt key."""
    for place in places(value):
        if place[: len(at)] != at or place == at:
            continue
        if isinstance(place[-1], str):
            yield place[:-1] not in FREE, changed(value, place, misspelt)
        for odd in ODD:
            yield False, changed(value, place, partial(_put, odd))


def _put(odd: Any, inside: Any, key: str | int) -> None:
    inside[key] = odd


def expect_a_message(path: Path, content: Any, *, is_misspelt: bool, load: Callable[[], object]) -> None:
    """It loads, or is refused with file and line."""
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    try:
        load()
    except ConfigurationError as fault:
        for line in str(fault).splitlines():
            assert re.match(rf"{re.escape(str(path))}(:\d+)?: .", line) or line.startswith(("  ", "pgp ")), (line, text)
    else:
        assert not is_misspelt, text


def used(root: Path) -> None:
    """Load the feeds, and ask them what a run asks."""
    for feed in load_feeds(root):
        assert feed.picked_up
        assert feed.is_due(datetime(2026, 1, 1), datetime(2026, 1, 1), now=datetime(2026, 3, 1)) in (True, False)
        _ = feed.pattern, feed.marker_pattern, feed.suffixes, feed.every, feed.quiet, feed.config.dialect.layout
        _ = feed.pattern.match("a_b_20260101.csv")


@pytest.mark.parametrize("kind", KINDS)
def test_c118_every_mistake_in_a_feed_is_a_message_with_file_and_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "models" / "_partner__sources.yml"
    path.parent.mkdir()
    meta = BASE | KINDS[kind]
    if kind not in ("commands", "events"):
        meta = meta | {"dialect": meta["dialect"] | CELLS}
    columns = [{"name": "email", "config": {"meta": {"identifier": "email", "required": True, "header": "E-Mail"}}}]
    table = {
        "name": "people", "identifier": "partner__people", "description": "d", "columns": columns,
        "config": {"meta": meta, "freshness": {"error_after": {"count": 2, "period": "day"}}},
    }  # fmt: skip
    content = {"version": 2, "sources": [{"name": "partner", "schema": "landing", "tables": [table]}]}
    path.write_text(yaml.safe_dump(content))
    used(tmp_path)  # without a mistake it can be used
    count = 0
    for is_misspelt, wrong in mistakes(content):
        expect_a_message(path, wrong, is_misspelt=is_misspelt, load=lambda: used(tmp_path))
        count += 1
    assert count > 1000


def test_c118_every_mistake_in_a_connection_is_a_message_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "connections.yml"

    def load() -> None:
        load_connections(path, {})
        load_pgp_keys(path, {})

    path.write_text(yaml.safe_dump(CONNECTIONS))
    load()
    for is_misspelt, wrong in mistakes(CONNECTIONS):
        expect_a_message(path, wrong, is_misspelt=is_misspelt, load=load)


SEEDS = {
    "merge_rules.csv": "feed,column_name,property,rule\n*,*,,set\nremarkety__lists,first_name,,set_if_empty\n",
    "segment_limits.csv": (
        "tenant_id,segment_name,max_removed_share,max_removed_count,max_rejected_share,min_members,max_deviation\n"
        "shop,vip,0.5,10,0.2,1,0.5\n"
    ),
    "segment_registry.csv": "tenant_id,partner_segment_id,segment_name,owned_by\nshop,7,vip,feed\n",
    "campaign_registry.csv": "tenant_id,source_campaign,source_partner\nshop,spring,partner\n",
}
CELLS_OF_SEEDS = ("", " ", "x", "*", "-1", "1e400", "nan", "0", "2", '"', '"a', "a\x00b", "a\nb", "\u00e9", "a" * 5000)


def seed_mistakes(text: str) -> Iterator[str]:
    """The text of a seed with one mistake each: a cell, a name, a line, or all of it."""
    lines = [line.split(",") for line in text.splitlines()]
    for row, cells in enumerate(lines):
        for column in range(len(cells)):
            for odd in CELLS_OF_SEEDS:
                wrong = [list(each) for each in lines]
                wrong[row][column] = odd
                yield "\n".join(map(",".join, wrong)) + "\n"
        for length in (len(cells) - 1, len(cells) + 1):
            wrong = [list(each) for each in lines]
            wrong[row] = [*cells, "more"][:length]
            yield "\n".join(map(",".join, wrong)) + "\n"
    yield from (
        "",
        "\n",
        text.replace("\n", "\r\n"),
        text + lines[1][0],
        text + text,
        text.upper(),
        text.replace(",", ";"),
    )


@pytest.mark.proof
@pytest.mark.parametrize("seed", SEEDS)
def test_c118_every_mistake_in_a_seed_is_a_message_with_its_file(tmp_path: Path, seed: str) -> None:
    root = copy_project(tmp_path / "project")
    feeds = load_feeds(root)
    path = root / "seeds" / seed
    path.write_text(SEEDS[seed])
    check_declared_data(root, feeds)
    for text in seed_mistakes(SEEDS[seed]):
        path.write_text(text, encoding="utf-8", newline="")
        try:
            check_declared_data(root, feeds)
        except ConfigurationError as fault:
            assert str(fault).startswith(str(path)), (fault, text)
    for data in (b"\xff\xfe", b"\x00", bytes(range(256))):
        path.write_bytes(data)
        with pytest.raises(ConfigurationError, match=re.escape(str(path))):
            check_declared_data(root, feeds)


@pytest.mark.proof
def test_c118_every_mistake_in_the_contact_properties_is_a_message(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    feeds = load_feeds(root)
    path = root / "dbt_project.yml"
    content = yaml.safe_load(path.read_text())
    for _, wrong in mistakes(content, ("vars", "contact_properties")):
        path.write_text(yaml.safe_dump(wrong, sort_keys=False, allow_unicode=True), encoding="utf-8")
        try:
            check_declared_data(root, feeds)
        except ConfigurationError as fault:
            assert str(root) in str(fault), fault
