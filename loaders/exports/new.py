"""`muster exports new`: the exposure and the model of an export, as one would write them by hand."""

from __future__ import annotations

import re
from pathlib import Path

from loaders.config.yaml_edit import scalar
from loaders.errors import ConfigurationError
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
        file_name: "{{segment}}_{{timestamp:%Y%m%d%H%M%S}}.csv"
        tenant: {tenant}
        segment: {segment}
"""
_MODEL = """\
-- What {partner} receives of each member: take out what is not theirs to know.
select
    contacts.contact_id,
{columns}
from {{{{ ref('contacts') }}}} as contacts
"""


def new_export(
    root: Path, segment: str, name: str, *, tenant: str, connection: str, directory: str, dry_run: bool
) -> dict[Path, str]:
    """Write the files of a new export; returns them with their text. `dry_run`: only return them.

    Raises `ConfigurationError` if the name is none, or taken.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{name!r} is no name of an export: PARTNER__STREAM, of lower-case letters")
    partner, _, stream = name.partition("__")
    folder = root / "models" / "exports"
    exposure, model = folder / f"_{partner}__{stream}__exports.yml", folder / f"exp_{name}.sql"
    if taken := [path for path in (exposure, model) if path.exists()]:
        raise ConfigurationError(f"{taken[0]}: is there already: choose another name")
    feeds = [feed for feed in load_feeds(root) if feed.config.applies != "groups"]
    identifiers = dict.fromkeys(one.identifier for feed in feeds for one in feed.columns if one.identifier)
    columns = [f"{{{{ identifier_of('{one}') }}}} as {_as_column(one)}" for one in identifiers if _as_column(one)]
    columns += [f"contacts.{one}" for one in declared_properties(root)]
    files = {
        exposure: _EXPOSURE.format(
            name=name, segment=scalar(segment), partner=partner, connection=connection, directory=scalar(directory),
            tenant=scalar(tenant),
        ),
        model: _MODEL.format(partner=partner, columns="".join(f"    {one},\n" for one in columns).rstrip(",\n")),
    }  # fmt: skip
    if not dry_run:
        folder.mkdir(exist_ok=True)
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
    return files


def _as_column(identifier: str) -> str | None:
    """The name of a column for an identifier of this type; none for one with a scope, such as group:household."""
    return identifier if re.fullmatch(r"[a-z_][a-z0-9_]*", identifier) else None
