"""`muster exports new`: the exposure and the model of an export, as one would write them by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from loaders.config.yaml_edit import scalar
from loaders.errors import ConfigurationError
from loaders.exports.presets import PRESETS, Preset
from loaders.feeds.contact_properties import declared_properties
from loaders.feeds.loading import load_feeds

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*__[a-z0-9_]+")
_EXPOSURE = """\
version: 2

exposures:
  - name: {name}
    type: application
    description: The members of {segment}, for {partner}.
    owner: {{name: {partner}}}
    depends_on: [ref('exp_{name}')]
    config:
      meta:
        connection: {connection}
        directory: {directory}
{settings}        tenant: {tenant}
        segment: {segment}
"""
_USUAL = """\
        file_name: "{segment}_{timestamp:%Y%m%d%H%M%S}.csv"
"""
_MODEL = """\
-- {said}
select
    contacts.contact_id,
{columns}
from {{{{ ref('contacts') }}}} as contacts
"""
_MODEL_WITH_CONDITION = """\
-- {said}
with

final as (
    select
        contacts.contact_id,
{columns}
    from {{{{ ref('contacts') }}}} as contacts
)

select * from final
where {condition}
"""


def new_export(
    root: Path,
    segment: str,
    name: str,
    *,
    tenant: str,
    connection: str,
    directory: str,
    preset: str | None = None,
    dry_run: bool,
) -> dict[Path, str]:
    """Write the files of a new export; returns them with their text. `dry_run`: only return them.

    With a `preset` of `PRESETS` it has its columns and settings, else all identifiers and properties. Raises
    `ConfigurationError` if the name is none, or taken.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{name!r} is no name of an export: PARTNER__STREAM, of lower-case letters")
    partner, _, stream = name.partition("__")
    folder = root / "models" / "exports"
    exposure, model = folder / f"_{partner}__{stream}__exports.yml", folder / f"exp_{name}.sql"
    if taken := [path for path in (exposure, model) if path.exists()]:
        raise ConfigurationError(f"{taken[0]}: is there already: choose another name")
    kind = PRESETS[preset] if preset else None
    files = {
        exposure: _EXPOSURE.format(
            name=name, segment=scalar(segment), partner=partner, connection=connection, directory=scalar(directory),
            tenant=scalar(tenant), settings=kind.settings if kind else _USUAL,
        ),
        model: _model_of(kind) if kind else _MODEL.format(
            said=f"What {partner} receives of each member: take out what is not theirs to know.",
            columns=_lines(_all_columns(root), indent=4),
        ),
    }  # fmt: skip
    if not dry_run:
        folder.mkdir(exist_ok=True)
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
    return files


def _model_of(preset: Preset) -> str:
    return _MODEL_WITH_CONDITION.format(
        said=preset.said, columns=_lines(preset.columns, indent=8), condition=preset.condition
    )


def _all_columns(root: Path) -> list[str]:
    """The identifiers that feeds of contacts have, and the declared properties."""
    feeds = [feed for feed in load_feeds(root) if feed.config.applies != "groups"]
    identifiers = dict.fromkeys(one.identifier for feed in feeds for one in feed.columns if one.identifier)
    columns = [f"{{{{ identifier_of('{one}') }}}} as {_as_column(one)}" for one in identifiers if _as_column(one)]
    return columns + [f"contacts.{one}" for one in declared_properties(root)]


def _lines(columns: Iterable[str], *, indent: int) -> str:
    """Each on a line, a comma between them; comments stay at the ends."""
    *others, last = (column.partition("  --") for column in columns)
    separated = [*((text + ",", mark, comment) for text, mark, comment in others), last]
    return "\n".join(" " * indent + "".join(parts) for parts in separated)


def _as_column(identifier: str) -> str | None:
    """The name of a column for an identifier of this type; none for one with a scope, such as group:household."""
    return identifier if re.fullmatch(r"[a-z_][a-z0-9_]*", identifier) else None
