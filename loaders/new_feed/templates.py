"""The text of a new feed's files, from those beside this module.

Names from a sample are partner data: into SQL go only names of our own, into YAML only quoted text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template
from textwrap import indent

from loaders.config.yaml_edit import scalar
from loaders.new_feed.sample_columns import PlannedColumn
from loaders.reading.dialect import Dialect
from loaders.reading.proposals import settings_of


def filled(template: str, words: Mapping[str, str]) -> str:
    """A template with its words filled in."""
    return Template(files("loaders.new_feed").joinpath("templates", template).read_text(encoding="utf-8")).substitute(
        words
    )


def staging_model(partner: str, stream: str, columns: Sequence[PlannedColumn]) -> str:
    """The SQL of the staging model."""
    identifiers = [(column.identifier, column.name) for column in columns if column.identifier]
    properties = [(column.contact_property or column.name, column.name) for column in columns if not column.identifier]
    words = {
        "partner": partner,
        "stream": stream,
        "identifiers": _mapping(identifiers),
        "country": _country(partner, stream) if any(kind == "phone" for kind, _ in identifiers) else "",
        "properties": _mapping(properties),
    }
    return filled("staging_model.sql", words)


def _country(partner: str, stream: str) -> str:
    """What reads the country of phones that are written without a calling code."""
    return f", country=dialect_setting('{partner}', '{stream}', 'default_country')"


def _mapping(pairs: Sequence[tuple[str, str]]) -> str:
    """A mapping in Jinja."""
    if not pairs:
        return "{}"
    return "{\n" + indent(",\n".join(f"'{key}': '{value}'" for key, value in pairs), " " * 4) + "\n}"


def feed_settings(settings: Mapping[str, str], dialect: Dialect, decimal_separator: str) -> str:
    """The feed's `config.meta`; only what differs from the defaults is said of the dialect."""
    lines = [f"{name}: {scalar(text)}" for name, text in settings.items()]
    unlike = settings_of(dialect, Dialect())
    if decimal_separator != ".":
        unlike["decimal_separator"] = scalar(decimal_separator)
    if unlike:
        lines.append("dialect: {" + ", ".join(f"{name}: {text}" for name, text in unlike.items()) + "}")
    return "\n".join(lines)


def declared_columns(columns: Sequence[PlannedColumn]) -> str:
    """The columns of the source table."""
    return "\n".join(map(_declared, columns))


def _declared(column: PlannedColumn) -> str:
    meta = {"identifier": scalar(column.identifier)} if column.identifier else {}
    meta |= {"header": scalar(column.header)} if column.header != column.name else {}
    lines = [f"- name: {column.name}", f"  description: The {column.meaning}."]
    if meta:
        lines.append("  config: {meta: {" + ", ".join(f"{name}: {text}" for name, text in meta.items()) + "}}")
    return "\n".join(lines)
