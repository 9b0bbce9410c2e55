"""Feeds and partners switched on and off: only the word after `enabled:` changes, of all that are named or none."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from loaders.config.settings import Settings
from loaders.errors import ConfigurationError
from loaders.feeds.loading import load_feeds
from loaders.feeds.source_file import source_files
from loaders.feeds.switching import next_steps, switch
from tests.contracts.installation import FOLDERS, ROOT, copy_project


@pytest.fixture
def shipped(tmp_path: Path) -> Settings:
    """The project as it is shipped."""
    return Settings.for_project(copy_project(tmp_path / "project", enabled=False), env={})


def texts(settings: Settings) -> dict[Path, str]:
    return {path: path.read_text() for path in source_files(settings.root)}


def changes(before: dict[Path, str], after: dict[Path, str]) -> list[str]:
    """The lines that were taken out and put in."""
    return [
        line
        for path in before
        for line in difflib.ndiff(before[path].splitlines(), after[path].splitlines())
        if line[0] in "+-"
    ]


def enabled(settings: Settings) -> set[str]:
    return {feed.name for feed in load_feeds(settings.root) if feed.config.enabled}


def test_all_partners_are_shipped_switched_off() -> None:
    feeds = load_feeds(ROOT)
    assert {feed.partner for feed in feeds} == set(FOLDERS)
    assert [feed.name for feed in feeds if feed.config.enabled] == []


def test_a_partner_is_all_its_feeds_and_a_feed_is_itself(shipped: Settings) -> None:
    before = texts(shipped)
    switched = switch(shipped, ["attentive", "blueconic__orders"], enabled=True, any_tenant=True)
    names = ["attentive__subscribers", "attentive__segments", "blueconic__orders"]
    assert [(one.feed.name, one.feed.config.enabled, one.is_changed) for one in switched] == [
        (name, True, True) for name in names
    ]
    assert enabled(shipped) == set(names)
    assert changes(before, texts(shipped)) == ["-             enabled: false", "+             enabled: true"] * 3
    switch(shipped, names, enabled=False)
    assert texts(shipped) == before


def test_what_is_so_already_is_left_as_it_is(shipped: Settings) -> None:
    switch(shipped, ["remarkety"], enabled=True, any_tenant=True)
    before = {path: path.stat() for path in source_files(shipped.root)}
    (one,) = switch(shipped, ["remarkety", "remarkety__lists"], enabled=True, any_tenant=True)
    assert (one.feed.config.enabled, one.is_changed) == (True, False)
    assert {path: path.stat() for path in before} == before  # not even written


def test_a_feed_that_does_not_say_so_is_on_and_gets_a_line(shipped: Settings) -> None:
    path = shipped.root / "models/landing/_remarkety__sources.yml"
    path.write_text(path.read_text().replace("            enabled: false\n", ""))
    before = texts(shipped)
    assert enabled(shipped) == {"remarkety__lists"}
    (one,) = switch(shipped, ["remarkety"], enabled=True, any_tenant=True)
    assert not one.is_changed
    (one,) = switch(shipped, ["remarkety"], enabled=False)
    assert (one.feed.config.enabled, one.is_changed) == (False, True)
    assert changes(before, texts(shipped)) == ["+             enabled: false"]


@pytest.mark.parametrize("name", ["nobody", "remarkety__nothing", "muster", ""])
def test_if_one_name_is_wrong_nothing_is_switched(shipped: Settings, name: str) -> None:
    before = texts(shipped)
    with pytest.raises(ConfigurationError, match=f"no partner or feed '{name}'; partners: attentive, blueconic"):
        switch(shipped, ["remarkety", name], enabled=True, any_tenant=True)
    assert texts(shipped) == before


def test_if_one_file_cannot_be_edited_nothing_is_switched(shipped: Settings) -> None:
    path = shipped.root / "models/landing/_remarkety__sources.yml"
    anchored = path.read_text().replace("version: 2", "version: 2\nanchors: &off false")
    path.write_text(anchored.replace("enabled: false", "enabled: *off"))
    before = texts(shipped)
    with pytest.raises(ConfigurationError, match=r"_remarkety__sources.yml:.* by hand"):
        switch(shipped, ["attentive", "remarkety"], enabled=True, any_tenant=True)
    assert texts(shipped) == before


def test_what_is_next_is_said_once(shipped: Settings, tmp_path: Path) -> None:
    feeds = load_feeds(shipped.root)
    steps = next_steps(shipped, feeds)
    assert len(steps) == 1  # there is no connections.yml at all
    assert str(shipped.connections) in steps[0]
    server = "type: sftp, host: h, username: u, password_env: P, host_keys: ['SHA256:" + "A" * 43 + "']"
    shipped.connections.write_text(
        f"connections:\n  attentive: {{type: local, path: {tmp_path}}}\n  remarkety: {{{server}}}\n"
    )
    attentive, blueconic = ([feed for feed in feeds if feed.partner == name] for name in ("attentive", "blueconic"))
    assert next_steps(shipped, attentive) == [
        f"create the folder {tmp_path / 'segments'}, or say in {shipped.connections} where the files are"
    ]
    assert next_steps(shipped, blueconic) == [
        f"say where the files of blueconic are: {shipped.connections} has no connection 'blueconic'"
    ]
    (tmp_path / "segments").mkdir()
    assert next_steps(shipped, [*attentive, *(feed for feed in feeds if feed.partner == "remarkety")]) == []


def test_c117_a_feed_that_would_take_anybodys_files_is_not_switched_on_unasked(shipped: Settings) -> None:
    before = texts(shipped)
    with pytest.raises(ConfigurationError, match="remarkety__lists: the name of a file says whose it is"):
        switch(shipped, ["remarkety"], enabled=True)
    assert texts(shipped) == before
    switch(shipped, ["remarkety", "blueconic"], enabled=True, tenants=["shop1", "1162", "a: b"])
    by_name = {feed.name: feed.config for feed in load_feeds(shipped.root)}
    assert by_name["remarkety__lists"].tenants == by_name["blueconic__orders"].tenants == ["shop1", "1162", "a: b"]
    assert by_name["attentive__segments"].tenants == "*"
    (one,) = switch(shipped, ["remarkety"], enabled=True)  # they are named now
    assert not one.is_changed
    with pytest.raises(ConfigurationError, match=r"set `tenants: \[shop2\]` by hand"):  # a list that people wrote
        switch(shipped, ["remarkety"], enabled=True, tenants=["shop2"])
