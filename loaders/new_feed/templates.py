"""The text of a new feed's files, from those beside this module.

Names from a sample are partner data: into SQL go only names of our own, into YAML only quoted text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template
from textwrap import indent

from loaders.config.yaml_edit import scalar
from loaders.new_feed.sample_columns import PlannedColumn, alias_of
from loaders.reading.dialect import Dialect


def filled(template: str, words: Mapping[str, str]) -> str:
    """A template with its words filled in."""
    return Template(files("loaders.new_feed").joinpath("templates", template).read_text(encoding="utf-8")).substitute(
        words
    )


def staging_model(partner: str, stream: str, columns: Sequence[PlannedColumn]) -> str:
    """The SQL of the staging model."""
    identifiers = [(column.identifier or "", alias_of(column)) for column in columns if column.identifier]
    properties = [(column.contact_property or column.name, column.name) for column in columns if not column.identifier]
    words = {
        "partner": partner,
        "stream": stream,
        "cells": indent(",\n".join(line for column in columns for line in _cells(column)), " " * 8),
        "rules": indent("\n".join(_rules(columns)), " " * 12),
        "identifiers": _pairs(identifiers, 12),
        "properties": f"{{\n{_pairs(properties, 4)}\n}}" if properties else "{}",
    }
    return filled("staging_model.sql", words)


def _cells(column: PlannedColumn) -> list[str]:
    """The expressions of a column in its normal form."""
    source, alias = f"landed.{column.name}", alias_of(column)
    cell = f"filled_cell({source})"
    if column.identifier == "email":
        return [f"email_normal_form({source}) as email"]
    if column.identifier == "phone":
        return [
            f"{cell} as phone_as_sent",
            f"international_phone_normal_form({cell}) as phone",
        ]
    if column.identifier == "email_hash":
        return [f"lower({cell}) as email_hash"]
    if column.identifier:
        return [f"{cell} as {alias}"]
    return []


def _rules(columns: Sequence[PlannedColumn]) -> list[str]:
    """The branches of the row's code."""
    kinds = {column.identifier: alias_of(column) for column in columns if column.identifier}
    sent = ["phone_as_sent" if kind == "phone" else alias for kind, alias in kinds.items()]
    nobody = f"{sent[0]} is null" if len(sent) == 1 else f"coalesce({', '.join(sent)}) is null"
    rules = [f"when {nobody} then 'no_identifier'"]
    if "email" in kinds:
        rules.append("when email is not null and not is_email(email) then 'invalid_email'")
    if "phone" in kinds:
        rules.append("when phone_as_sent is not null and phone is null then 'invalid_phone'")
    rules.append("{{ invalid_known_property() }}")
    return rules


def _pairs(pairs: Sequence[tuple[str, str]], width: int) -> str:
    return indent(",\n".join(f"'{key}': '{value}'" for key, value in pairs), " " * width)


def feed_settings(settings: Mapping[str, str], dialect: Dialect) -> str:
    """The feed's `config.meta`; only what differs from the defaults is said of the dialect."""
    lines = [f"{name}: {scalar(text)}" for name, text in settings.items()]
    unlike = {}
    if dialect.delimiter != ",":
        unlike["delimiter"] = scalar(dialect.delimiter)
    if dialect.quote != '"':
        unlike["quote"] = scalar(dialect.quote) if dialect.quote else "null"
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
