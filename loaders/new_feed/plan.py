"""`muster feeds new`: from a sample file to a feed, its staging model and their tests (B14)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import indent

from pydantic import ValidationError

from loaders.config.changes import Change, write_all
from loaders.config.connections import load_connections
from loaders.config.settings import Settings
from loaders.config.yaml_edit import scalar, with_entry
from loaders.config.yaml_lines import describe_request, load_yaml_with_nodes
from loaders.errors import ConfigurationError
from loaders.feeds.config import FeedConfig
from loaders.feeds.declared_feeds import write_declared_feeds
from loaders.feeds.feed import Feed
from loaders.feeds.loading import load_feeds
from loaders.new_feed.sample import Sample, file_name_like
from loaders.new_feed.sample_columns import PlannedColumn, planned_columns
from loaders.new_feed.templates import declared_columns, feed_settings, filled, staging_model

_NAME = re.compile(r"([a-z][a-z0-9]*(?:_[a-z0-9]+)*)__([a-z][a-z0-9]*(?:_[a-z0-9]+)*)")
_CONNECTION = re.compile(r"[a-z_][a-z0-9_]*")
_JINJA = ("{{", "{%", "{#")


@dataclass(frozen=True)
class FeedRequest:
    """What is said about a new feed besides its sample; None: as is proposed."""

    name: str
    """`<partner>__<stream>`."""
    identifiers: dict[str, str] = field(default_factory=dict)
    """Type by column, as in the file; `none`: the column is no identifier."""
    tenant: str | None = None
    applies: str = "profiles"
    segment: str | None = None
    file_name: str | None = None
    connection: str | None = None
    directory: str | None = None


@dataclass(frozen=True)
class Plan:
    """What `muster feeds new` writes, and what people should know of it."""

    feed: str
    columns: list[PlannedColumn]
    undeclared: list[str]
    """Columns that are kept as other properties under the names that they have in the file."""
    changes: list[Change]
    notes: list[str]


def plan_feed(settings: Settings, sample: Sample, request: FeedRequest) -> Plan:
    """What a feed for files like the sample needs. Nothing is written.

    Raises `ConfigurationError` if it exists already, or the sample does not say enough.
    """
    named = _NAME.fullmatch(request.name)
    if not named or named[1] == "muster":
        raise ConfigurationError(
            f"--name {request.name!r} must be <partner>__<stream>, each of lower-case letters, digits and single _"
        )
    partner, stream = named.groups()
    feeds = load_feeds(settings.root)
    if any(feed.name == request.name for feed in feeds):
        raise ConfigurationError(f"there is a feed {request.name} already; nothing is overwritten")
    project, _ = load_yaml_with_nodes(settings.root / "dbt_project.yml")
    property_types: dict[str, str] = project["vars"]["contact_properties"]
    columns, notes = planned_columns(sample, request.identifiers, property_types)
    notes = [*sample.notes, *notes]
    known = {column.identifier for feed in feeds for column in feed.columns if column.identifier}
    for kind in request.identifiers.values():
        if kind not in known | {"none"}:
            notes.append(f"no other feed identifies by {kind!r}: nobody is found by what other files say")
    outweighing = project["vars"].get("one_per_contact") or []
    for kind in dict.fromkeys(column.identifier for column in columns if column.identifier):
        if kind not in (*outweighing, "email", "phone", "email_hash"):
            notes.append(
                f"{kind!r} is not in `one_per_contact` of dbt_project.yml: one contact may have several, and who shares"
                " another identifier is the same contact. If each of your customers has one, add it there (X3)"
            )
    words = {
        "partner": scalar(partner),
        "partner_name": partner,
        "stream": scalar(stream),
        "feed": request.name,
        "settings": indent(
            feed_settings(_settings(sample, request, partner, stream), sample.dialect, sample.decimal_separator),
            " " * 6,
        ),
        "columns": indent(declared_columns(columns), " " * 4),
        "identifier_types": ", ".join(scalar(column.identifier) for column in columns if column.identifier),
    }
    changes = _changes(settings, partner, stream, columns, words)
    connection = request.connection or partner
    if connection not in load_connections(settings.connections):
        entry = f"{scalar(connection)}:\n  type: local\n  path: drops/{connection}"
        changes.append(_extended(settings.connections, ("connections",), entry))
        notes.append(f"the connection {connection} is a folder, drops/{connection}, until you say where its server is")
    if not request.file_name and "{" not in file_name_like(sample.name):
        notes.append(f"the name {sample.name!r} has no date: only files of this very name are taken")
    declared = {column.header for column in columns}
    undeclared = [name for name in sample.header if name not in declared]
    return Plan(request.name, columns, undeclared, changes, notes)


def _changes(
    settings: Settings, partner: str, stream: str, columns: Sequence[PlannedColumn], words: dict[str, str]
) -> list[Change]:
    landing, staging = settings.root / "models/landing", settings.root / "models/staging" / partner
    sources, models = landing / f"_{partner}__sources.yml", staging / f"_{partner}__models.yml"
    table, model = filled("table.yml", words), filled("model.yml", words)
    if sources.exists():
        source_change = _extended(sources, ("sources", _source_at(sources, partner), "tables"), table)
    else:
        source_change = _new(sources, filled("sources_file.yml", words | {"table": indent(table, " " * 6).rstrip()}))
    if models.exists():
        model_change = _extended(models, ("models",), model)
    else:
        model_change = _new(models, filled("models_file.yml", words | {"model": indent(model, " " * 2).rstrip()}))
    return [
        source_change,
        _new(staging / f"stg_{words['feed']}.sql", staging_model(partner, stream, columns)),
        model_change,
    ]


def _settings(sample: Sample, request: FeedRequest, partner: str, stream: str) -> dict[str, str]:
    """The feed's settings. Raises `ConfigurationError` if they contradict themselves or are no plain text."""
    texts = {
        "connection": request.connection or partner,
        "directory": request.directory or stream,
        "file_name": request.file_name or file_name_like(sample.name),
        "format": "ndjson" if sample.is_ndjson else None,
        "applies": request.applies,
        "tenant": request.tenant or partner,
        "segment": request.segment,
    }
    settings = {name: text for name, text in texts.items() if text is not None}
    for name, text in settings.items():
        if not text or not text.isprintable() or any(mark in text for mark in _JINJA):
            raise ConfigurationError(f"{name} {text!r}: give a text without control characters and template marks")
    if set("{}") & set(settings["tenant"]):
        raise ConfigurationError("--tenant must be a fixed name; for one from the file name see docs/feeds.md")
    if not _CONNECTION.fullmatch(settings["connection"]):
        raise ConfigurationError(f"--connection {settings['connection']!r} must be of lower-case letters, digits and _")
    if (request.applies == "complete_list") != (request.segment is not None):
        raise ConfigurationError("--segment goes with --applies complete_list, and a complete list needs it")
    try:
        FeedConfig.model_validate(settings)
    except ValidationError as error:
        raise ConfigurationError(describe_request(error)) from None
    return settings


def _new(path: Path, text: str) -> Change:
    if path.exists():
        raise ConfigurationError(f"{path} exists already; nothing is overwritten")
    return Change(path, text, is_new=True)


def _extended(path: Path, place: tuple[str | int, ...], entry: str) -> Change:
    return Change(path, with_entry(path, place, entry), is_new=False)


def _source_at(path: Path, partner: str) -> int:
    content, _ = load_yaml_with_nodes(path)
    for place, source in enumerate((content or {}).get("sources") or []):
        if source.get("name") == partner:
            return place
    raise ConfigurationError(f"{path} declares no source {partner!r}")


def write(settings: Settings, sample: Sample, plan: Plan) -> None:
    """Write the files of the plan, all of them or none. Raises `ConfigurationError` if the feed would not work."""
    write_all(plan.changes, lambda: _check(settings, sample, plan))
    write_declared_feeds(settings.root, load_feeds(settings.root))


def _check(settings: Settings, sample: Sample, plan: Plan) -> None:
    """Whether the feed loads, and is the one feed that takes the sample's name."""
    feeds = load_feeds(settings.root)
    feed = next(feed for feed in feeds if feed.name == plan.feed)
    if feed.pattern.match(sample.name) is None:
        raise ConfigurationError(f"{sample.name!r} does not fit {feed.config.file_name!r}: give another --file-name")

    def also_takes(other: Feed) -> bool:
        same = [(one.config.connection, one.config.directory) for one in (feed, other)]
        return other != feed and same[0] == same[1] and other.pattern.match(sample.name) is not None

    if other := next(filter(also_takes, feeds), None):
        raise ConfigurationError(
            f"{sample.name!r} also fits feed {other.name}: give another --directory or --file-name"
        )
