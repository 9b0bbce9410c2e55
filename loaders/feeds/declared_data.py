"""All declared data, checked before every build: properties, identifiers, merge rules, registries (C91)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from loaders.errors import ConfigurationError
from loaders.feeds.contact_properties import check_contact_properties, check_one_per_contact
from loaders.feeds.declared_feeds import declared_feeds_file, merge_rule_seeds
from loaders.feeds.feed import Feed
from loaders.feeds.given_identifiers import check_columns, check_identifiers
from loaders.feeds.merge_rules import check_merge_rules
from loaders.feeds.registries import check_registries


def check_declared_data(root: Path, feeds: Sequence[Feed]) -> None:
    """Check what seeds/, `contact_properties` and columns declare: `muster build` and dbt's plugin do, before a build.

    Raises `ConfigurationError` with file, line and what to do for the first thing that is wrong.
    """
    check_contact_properties(root, feeds)
    check_identifiers(root, feeds)
    check_columns(root, feeds)
    check_one_per_contact(root, feeds)
    check_merge_rules(root, feeds)
    check_registries(root)


def check_listed_seeds(root: Path) -> None:
    """Raises `ConfigurationError` if dbt does not know of a seed with merge rules: it would build without them."""
    listed = declared_feeds_file(root)
    text = listed.read_text(encoding="utf-8")
    for path in merge_rule_seeds(root):
        if f"'{path.stem}'" not in text:
            raise ConfigurationError(f"{path}: {listed.relative_to(root)} does not list it: run `muster feeds sync`")
