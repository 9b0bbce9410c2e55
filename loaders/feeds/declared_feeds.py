"""The list of feeds that dbt needs when it parses: macros/feeds/declared_feeds.sql, written from the declarations."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from loaders.errors import ConfigurationError
from loaders.feeds.feed import Feed

_TEXT = """\
{{#- Written by `muster feeds sync` and `muster build` from models/landing/ and seeds/, for dbt, when it parses. -#}}

{{#- The feeds, each with a source table and a staging model stg_<feed>, and what their files apply. -#}}
{{% macro feed_kinds() -%}}
    {{{{ return({{{feeds}}}) }}}}
{{%- endmacro %}}

{{#- Of the linked feeds, to which feed's rows theirs belong (B10). -#}}
{{% macro root_feeds() -%}}
    {{{{ return({{{roots}}}) }}}}
{{%- endmacro %}}

{{#- The seeds with merge rules: the project's own, and those that come with a partner. -#}}
{{% macro merge_rule_seeds() -%}}
    {{{{ return([{seeds}]) }}}}
{{%- endmacro %}}
"""


def declared_feeds_file(root: Path) -> Path:
    """Where the list is."""
    return root / "macros" / "feeds" / "declared_feeds.sql"


def merge_rule_seeds(root: Path) -> list[Path]:
    """The seeds with merge rules: merge_rules.csv, then <partner>__merge_rules.csv by name."""
    return [root / "seeds" / "merge_rules.csv", *sorted((root / "seeds").glob("*__merge_rules.csv"))]


def declared_feeds_text(root: Path, feeds: Sequence[Feed]) -> str:
    """The text of the file.

    Raises `ConfigurationError` if a feed has no staging model, or unit tests are of one that is gone: dbt then reads
    nothing of the project.
    """
    staged = {path.stem for path in (root / "models" / "staging").rglob("stg_*.sql")}
    for feed in feeds:
        if f"stg_{feed.name}" not in staged:
            raise ConfigurationError(
                f"{feed.declared_at}: feed {feed.name} has no staging model: write"
                f" models/staging/{feed.partner}/stg_{feed.name}.sql (`muster feeds new` makes one from a sample)"
            )
    for path in sorted((root / "models" / "staging").rglob("*.yml")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            told = re.fullmatch(r" *(?:- )?model: (stg_[a-z0-9_]+)", line)
            if told and told[1] not in staged:
                raise ConfigurationError(
                    f"{path}:{number}: there is no model {told[1]}: if its feed was deleted, delete this test too"
                )
    return _TEXT.format(
        feeds=_listed(f"'{name}': '{applies}'" for name, applies in sorted((f.name, f.config.applies) for f in feeds)),
        roots=_listed(f"'{f.name}': '{f.root}'" for f in sorted(feeds, key=lambda f: f.name) if f.config.linked),
        seeds=_listed(f"'{path.stem}'" for path in merge_rule_seeds(root)),
    )


def write_declared_feeds(root: Path, feeds: Sequence[Feed]) -> bool:
    """Write the file if it says something else; whether it did. Raises `ConfigurationError` as above."""
    path, text = declared_feeds_file(root), declared_feeds_text(root, feeds)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)  # noqa: PTH105  # as one step
    return True


def _listed(entries: Iterable[str]) -> str:
    lines = "".join(f"\n        {entry}," for entry in entries)
    return f"{lines}\n    " if lines else ""
