"""Feeds as the source YAML declares them: every fault names file, line and remedy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from loaders.config.settings import Settings
from loaders.errors import ConfigurationError
from loaders.feeds.applicable import APPLIES_WHERE
from loaders.feeds.config import DialectConfig, FeedConfig
from loaders.feeds.feed import Feed
from loaders.feeds.loading import load_feeds
from tests.contracts.installation import ROOT, copy_project

META: dict[str, Any] = {
    "connection": "partner",
    "file_name": "{shop}_{date:%Y%m%d}[_{number:d}].csv",
    "applies": "complete_list",
    "tenant": "{shop}",
    "tenants": "*",
}
COLUMNS: list[dict[str, Any]] = [{"name": "email", "config": {"meta": {"identifier": "email"}}}]


def write(root: Path, meta: dict[str, Any], columns: list[dict[str, Any]] = COLUMNS) -> Path:
    """A project with one feed; a setting of None is left out."""
    path = root / "models" / "partner" / "_partner__sources.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = {key: value for key, value in (META | meta).items() if value is not None}
    table = {"name": "people", "config": {"meta": meta}, "columns": columns}
    path.write_text(yaml.safe_dump({"sources": [{"name": "partner", "tables": [table]}]}, sort_keys=False))
    return path


def load(root: Path, meta: dict[str, Any]) -> Feed:
    write(root, meta)
    (feed,) = load_feeds(root)
    return feed


def test_the_projects_own_feeds() -> None:
    feeds = {feed.name: feed for feed in load_feeds(ROOT)}
    assert list(feeds) == [
        "attentive__subscribers", "attentive__segments", "blueconic__profiles", "blueconic__companies",
        "blueconic__orders", "blueconic__order_lines", "mediarithmics__user_segments", "optipub__imports",
        "remarkety__lists",
    ]  # fmt: skip
    assert [feed.position for feed in feeds.values()] == list(range(len(feeds)))
    lists, segments = feeds["remarkety__lists"], feeds["attentive__segments"]
    assert [column.identifier for column in lists.columns if column.identifier] == ["id", "pos_id", "email", "phone"]
    parts = {"store_id": "shop", "segment_id": "vip", "timestamp": "20260101080000"}
    assert (lists.tenant_of(parts), lists.segment_of(parts), lists.delivery_of("shop", parts, ())) == (
        "shop",
        "vip",
        None,
    )
    parts = {"customerdomain": "acme", "date": "20260101", "file_number": "7"}
    assert segments.segment_of(parts) is None
    assert segments.delivery_of("acme", parts, ()) == "acme_subscriber_segment_20260101.csv"
    assert segments.delivery_of("acme", parts | {"file_number": "8"}, ()) == segments.delivery_of("acme", parts, ())
    assert segments.delivery_of("acme", parts | {"date": "20260102"}, ()) != segments.delivery_of("acme", parts, ())


GIVEN: dict[str, Any] = {
    "after_refused": "wait",
    "guard": {"min_members": 1},
    "parts": {"number": "number", "count": 2},
    "segment": "{shop}",
    "on_duplicate": "first",
    "on_reimport": "reset",
    "unchanged_cells": "skip",
    "invalid_cells": "reject",
    "date_format": "automatic",
    "decimal_separator": ",",
    "multi_value_separator": "|",
    "thousands_separator": ",",
    "timestamp_format": "%Y%m%d %H:%M",
}


@pytest.mark.parametrize("applies", get_args(FeedConfig.model_fields["applies"].annotation))
@pytest.mark.parametrize("setting", sorted(APPLIES_WHERE))
def test_c24_a_setting_that_would_do_nothing_is_refused(tmp_path: Path, setting: str, applies: str) -> None:
    given = {setting: GIVEN.get(setting, True)}
    meta = {"applies": applies} | ({"dialect": given} if setting in DialectConfig.model_fields else given)
    if applies == "import":
        meta |= {"request": {"clear": True}, "segment": "{shop}"}
    if applies == "linked" and applies in APPLIES_WHERE[setting]:  # with a root: test_c47_c24_what_can_be_linked
        assert FeedConfig.model_validate(META | meta | {"linked": {"to": "partner__roots"}}).applies == applies
        return
    if applies in APPLIES_WHERE[setting]:
        assert load(tmp_path, meta).config.applies == applies
        return
    with pytest.raises(
        ConfigurationError, match=rf"sources.yml:\d+: .*`{setting}` does nothing where `applies: {applies}`"
    ):
        load(tmp_path, meta)


@pytest.mark.parametrize(
    ("feed", "meta", "name"),
    [
        ("remarkety__lists", {"identifier_type": "phone"}, "identifier_type"),
        ("attentive__segments", {"placeholders": ["nobody"]}, "placeholders"),
        ("remarkety__lists", {"placeholders": ["nobody"]}, None),
        ("remarkety__lists", {"dialect": {"date_format": "%d.%m.%Y"}}, None),
        ("attentive__subscribers", {"dialect": {"default_country": "FR"}}, "default_country"),
        ("remarkety__lists", {"dialect": {"default_country": "FR"}}, None),
        ("attentive__segments", {"identifier_type": "email"}, None),
        ("blueconic__profiles", {"dialect": {"delimiter": ";", "date_format": "%d.%m.%Y"}}, None),
    ],
)
def test_c24_a_setting_that_the_staging_model_does_not_read_is_refused(
    tmp_path: Path, feed: str, meta: dict[str, Any], name: str | None
) -> None:
    project = copy_project(tmp_path, {feed: meta})
    if name is None:
        assert load_feeds(project)
        return
    with pytest.raises(
        ConfigurationError, match=rf"sources.yml:\d+: feed {feed}: `{name}` does nothing: .*stg_{feed}.sql"
    ):
        load_feeds(project)


@pytest.mark.parametrize(
    ("guard", "words"),
    [
        ({"max_removed_count": True}, "max_removed_count: must be a valid integer"),
        ({"min_members": "3"}, "min_members: must be a valid integer"),
        ({"max_removed_share": True}, "max_removed_share: must be a valid number"),
        ({"max_deviation": float("inf")}, "max_deviation: must be a finite number"),
        ({"max_removed_share": 1.5}, "max_removed_share: .*less than or equal to 1"),
        ({"max_removed_share": 1, "max_removed_count": 3, "max_deviation": 2}, None),
    ],
)
def test_c91_x06_a_limit_is_a_number_that_a_list_can_reach(
    tmp_path: Path, guard: dict[str, Any], words: str | None
) -> None:
    if words is None:
        assert load(tmp_path, {"guard": guard}).config.guard.max_removed_share == 1
        return
    with pytest.raises(ConfigurationError, match=rf"sources.yml:\d+: .*{words}"):
        load(tmp_path, {"guard": guard})


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "take it out"), (" ", "take it out"), ("\t", "take it out"), (" guest", "write 'guest'")],
)
def test_c91_x03_a_placeholder_that_no_cell_can_be_is_refused(tmp_path: Path, text: str, words: str) -> None:
    project = copy_project(tmp_path, {"remarkety__lists": {"placeholders": ["nobody", text]}})
    with pytest.raises(ConfigurationError, match=rf"sources.yml:\d+: .*placeholders.*{words}"):
        load_feeds(project)


def test_c17_a_country_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"sources.yml:\d+: .*'UK' is no country with known phone numbers"):
        load(tmp_path, {"dialect": {"default_country": "UK"}})


@pytest.mark.parametrize(
    ("setting", "text"),
    [("date_format", "%d.%m.%y"), ("date_format", "%y-%m-%d"), ("timestamp_format", "%d.%m.%y %H:%M")],
)
def test_c21_a_time_without_its_century_is_refused(tmp_path: Path, setting: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"sources.yml:\d+: .*%y says no century"):
        load(tmp_path, {"dialect": {setting: text}})


@pytest.mark.parametrize(
    "meta",
    [
        {"allow_empty": "no"},
        {"creates_contacts": "false"},
        {"enabled": 1},
        {"order": "3"},
        {"order": True},
        {"max_rows": "10"},
        {"guard": {"max_removed_share": "0.5"}},
        {"dialect": {"header": "no"}},
    ],
)
def test_c118_a_word_for_a_number_or_for_yes_and_no_is_refused(tmp_path: Path, meta: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"sources.yml:\d+: .*must be a valid (boolean|integer|number)"):
        load(tmp_path, meta)


@pytest.mark.parametrize("text", ["%d.%m.%Y %H:%M %Z", "%d.%m.%Y %%z %H:%M"])
def test_c88_a_format_in_which_no_cell_could_be_exactly_written_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"sources.yml:\d+: .*is no part of a moment here: an offset is %z"):
        load(tmp_path, {"dialect": {"timestamp_format": text}})


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        ({"dialect": {"header": False}, "undeclared_columns": "refuse"}, "`undeclared_columns` does nothing without a"),
        ({"subscribers_only": True, "creates_contacts": False}, "`creates_contacts` does nothing beside"),
    ],
)
def test_c24_a_setting_that_does_nothing_beside_another_is_refused(
    tmp_path: Path, meta: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"sources.yml:\d+: .*{words}"):
        load(tmp_path, meta)


def test_c24_how_csv_is_written_does_nothing_for_ndjson(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"sources.yml:\d+: .*`delimiter`, `quote` is how CSV is written"):
        load(tmp_path, {"format": "ndjson", "dialect": {"delimiter": ";", "quote": None}})
    assert load(tmp_path, {"format": "ndjson", "dialect": {"decimal_separator": ","}}).config.format == "ndjson"


def test_durations(tmp_path: Path) -> None:
    feed = load(tmp_path, {"every": "15 minutes", "parts": {"number": "number", "quiet": "1 day"}})
    assert (feed.every, feed.quiet) == (timedelta(minutes=15), timedelta(days=1))


@pytest.mark.parametrize(
    ("tenants", "allowed"),
    [("*", {"a", "b"}), (["a"], {"a"}), ([], set())],
    ids=["all", "listed", "none"],
)
def test_the_tenants_that_a_feed_may_touch(tmp_path: Path, tenants: object, allowed: set[str]) -> None:
    feed = load(tmp_path, {"tenants": tenants})
    assert {tenant for tenant in ("a", "b") if feed.may_touch(tenant)} == allowed


def test_a_fixed_tenant_needs_no_list(tmp_path: Path) -> None:
    feed = load(tmp_path, {"tenant": "house", "tenants": None})
    assert feed.tenant_of({}) == "house"
    assert feed.may_touch("house")


@pytest.mark.parametrize(
    ("meta", "at", "hint"),
    [
        ({"delimeter": ";"}, "delimeter", "there is no such setting"),
        ({"connection": None}, "meta", "connection: must be given"),
        ({"applies": "list"}, "applies", "'events' or 'linked'"),
        ({"dialect": {"delimiter": "tab"}}, "delimiter", "at most 1 character"),
        ({"dialect": {"quotes": "'"}}, "quotes", "there is no such setting"),
        ({"tenant": "{store}"}, "meta", "the file name pattern has no part store"),
        ({"segment": "{list}"}, "meta", "the file name pattern has no part list"),
        ({"parts": {"number": "part", "count": 2}}, "meta", "the file name pattern has no part part"),
        ({"tenants": None}, "meta", "list the `tenants` this feed may touch, or '*'"),
        (
            {"parts": {"number": "number", "count": 2, "quiet": "1 hour"}},
            "parts",
            "exactly one of count, marker, quiet",
        ),
        ({"parts": {"number": "number"}}, "parts", "exactly one of count, marker, quiet"),
        ({"parts": {"number": "number", "count": 0}}, "count", "greater than or equal to 1"),
        ({"parts": {"number": "number", "quiet": "soon"}}, "quiet", "is not a duration"),
        ({"parts": {"number": "number", "quiet": "about 1 hour"}}, "quiet", ""),
        ({"every": "daily"}, "every", "is not a duration"),
        ({"every": "24 hours ago"}, "every", "is not a duration such as '15 minutes' or '24 hours'"),
        ({"enabled": "maybe"}, "enabled", "valid boolean"),
        ({"order": "first"}, "order", "valid integer"),
        ({"every": "1 day", "schedule": {"at": ["06:00"]}}, "meta", "in one way: `every` or `schedule`"),
        ({"schedule": {}}, "schedule", "at: must be given"),
        ({"schedule": {"at": []}}, "at", "at least 1 item"),
        ({"schedule": {"at": "06:00"}}, "at", "valid list"),
        ({"schedule": {"at": [1110]}}, "1110", 'put the time in quotes, such as "18:30"'),  # what YAML makes of 18:30
        ({"schedule": {"at": ["24:00"]}}, "24:00", "'24:00' is not a time of day such as '06:00'"),
        ({"schedule": {"at": ["6:00"]}}, "6:00", "is not a time of day"),
        ({"schedule": {"at": ["06:00"], "weekdays": ["Monday"]}}, "Monday", "'monday', 'tuesday'"),
        ({"schedule": {"at": ["06:00"], "weekdays": []}}, "weekdays", "at least 1 item"),
        ({"schedule": {"at": ["06:00"], "days_of_month": [0]}}, "0", "1 to 31, or last"),
        ({"schedule": {"at": ["06:00"], "days_of_month": ["first"]}}, "first", "1 to 31, or last"),
        ({"schedule": {"at": ["06:00"], "weekday_of_month": "fifth monday"}}, "weekday_of_month", "'first monday'"),
        ({"schedule": {"at": ["06:00"], "days": [1]}}, "days", "there is no such setting"),
        (
            {"schedule": {"at": ["06:00"], "weekdays": ["monday"], "days_of_month": [1]}},
            "schedule",
            "name the days in one way",
        ),
        ({"file_name": "{shop}_*_{number:d}.csv", "parts": {"number": "number", "count": 2}}, "meta", "`*` and `?`"),
        ({"max_rows": 0}, "max_rows", "greater than or equal to 1"),
        ({"done_suffix": "/../x"}, "done_suffix", "match pattern"),
        ({"done_suffix": ".csv"}, "meta", "is how new ones end"),
        ({"directory": "../../etc"}, "directory", "leads out of the connection's root"),
        ({"tenants": "house"}, "tenants", "a list of tenants"),
        ({"on_duplicate": "newest"}, "on_duplicate", "'last', 'first', 'reject_all' or 'all'"),
        ({"file_name": "{shop}_{shop}.csv"}, "name", "part 'shop' stands twice"),
        ({"timezone": "Mars/Olympus"}, "timezone", "Mars/Olympus"),
        ({"dialect": {"delimiter": ";", "quote": ";"}}, "dialect", "differ"),
        ({"file_name": "{shop}_{date:%Y%m%d}.csv.gpg"}, "meta", "name their keys in `pgp` (B2)"),
        ({"file_name": "{shop}_{date:%Y%m%d}.csv[.asc]"}, "meta", "name their keys in `pgp` (B2)"),
    ],
    ids=str,
)
def test_a_wrong_setting_names_file_line_and_remedy(tmp_path: Path, meta: dict[str, Any], at: str, hint: str) -> None:
    path = write(tmp_path, meta)
    with pytest.raises(ConfigurationError) as caught:
        load_feeds(tmp_path)
    message = str(caught.value)
    written = [text.strip(" -'") for text in path.read_text().splitlines()]
    numbers = [n for n, text in enumerate(written, 1) if text == at or text.startswith(f"{at}:")]
    assert any(message.startswith(f"{path}:{number}: ") for number in numbers), (message, numbers)
    assert "feed partner__people: " in message
    assert hint in message


def test_b02_what_a_name_says_of_the_content_stands_before_what_says_that_it_is_encrypted(tmp_path: Path) -> None:
    feed = load(tmp_path, {"pgp": "partner", "format": "by_extension"})
    kinds = {
        name: (feed.compression_of(name), feed.is_ndjson(name)) for name in ("a.csv", "a.csv.gz.gpg", "a.jsonl.pgp")
    }
    assert kinds == {"a.csv": ("none", False), "a.csv.gz.gpg": ("gzip", False), "a.jsonl.pgp": ("none", True)}
    plain = load(tmp_path, {"format": "by_extension"})
    assert (plain.compression_of("a.csv.gz.gpg"), plain.is_ndjson("a.jsonl.gpg")) == ("none", False)


@pytest.mark.parametrize(
    ("columns", "hint"),
    [
        ([], "declare its columns"),
        ([{"name": "E-Mail"}], "lower-case letters, digits and _"),
        ([{"name": 'x" varchar); drop table files; --'}], "lower-case letters, digits and _"),
        ([{"name": "email", "config": {"meta": {"identifer": "email"}}}], "unknown ['identifer']"),
        ([{"name": "email"}, {"name": "email"}], "twice"),
        ([{"name": "email", "config": {"meta": {"header": 'E"mail'}}}], "must be of letters"),
        ([{"name": "email", "config": {"meta": {"header": "{{ x }}"}}}], "must be of letters"),
        (
            [{"name": "email"}, {"name": "other", "config": {"meta": {"header": "Email"}}}],
            "two columns have the header",
        ),
    ],
)
def test_wrong_columns(tmp_path: Path, columns: list[dict[str, Any]], hint: str) -> None:
    path = write(tmp_path, {}, columns)
    with pytest.raises(ConfigurationError) as caught:
        load_feeds(tmp_path)
    assert str(caught.value).startswith(f"{path}:")
    assert hint in str(caught.value)


def test_a_time_that_yaml_reads_as_a_number_is_said_to_need_quotes(tmp_path: Path) -> None:
    path = write(tmp_path, {"every": "SCHEDULE"})
    path.write_text(path.read_text().replace("every: SCHEDULE", "schedule: {at: [06:00, 18:30]}"))
    with pytest.raises(ConfigurationError, match=r'schedule\.at\.1: put the time in quotes, such as "18:30"'):
        load_feeds(tmp_path)


def test_feeds_stand_in_their_order_then_as_they_are_declared(tmp_path: Path) -> None:
    root = copy_project(
        tmp_path / "project", {"remarkety__lists": {"order": -1}, "attentive__subscribers": {"order": 10}}
    )
    feeds = load_feeds(root)
    assert [feed.position for feed in feeds] == list(range(len(feeds)))
    names = [feed.name for feed in feeds]
    assert (names[0], names[1], names[-1]) == ("remarkety__lists", "attentive__segments", "attentive__subscribers")


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        ({}, "always"),
        ({"every": "24 hours"}, "every 24 hours"),
        (
            {"schedule": {"at": ["06:00"], "weekdays": ["friday"]}, "timezone": "Europe/Berlin"},
            "06:00 on friday (Europe/Berlin)",
        ),
        ({"every": "24 hours", "enabled": False}, "only by hand"),
    ],
)
def test_when_a_feed_is_picked_up_in_words(tmp_path: Path, meta: dict[str, Any], words: str) -> None:
    assert load(tmp_path, meta).picked_up == words


def test_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, {})
    text = path.read_text().replace("        applies:", "        connection: other\n        applies:")
    assert text != path.read_text()
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"sources.yml:\d+: the key 'connection' is written twice"):
        load_feeds(tmp_path)


def test_tables_without_meta_are_no_feeds(tmp_path: Path) -> None:
    path = write(tmp_path, {})
    content = yaml.safe_load(path.read_text())
    content["sources"][0]["tables"][0]["config"] = {}
    path.write_text(yaml.safe_dump(content))
    assert load_feeds(tmp_path) == []


def test_a_connection_that_does_not_exist_is_named_before_anything_is_touched(tmp_path: Path) -> None:
    from loaders.landing.run import land

    write(tmp_path, {})
    (tmp_path / "connections.yml").write_text("connections:\n  other: {type: local, path: drops}\n")
    settings = Settings.for_project(tmp_path, env={})
    with pytest.raises(ConfigurationError, match=r"feed partner__people: .*has no connection 'partner'"):
        land(settings)
    assert not settings.database.exists()
