"""The harness itself: with a Muster of its own making it finds what is wrong, and whose it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.config.settings import Settings
from loaders.landing.import_by_hand import LocalFile

from . import compare
from .declared import Request
from .files import Dropped
from .histories import History, draw_histories, interpreter_of, tenant_name
from .interpreter import DISCARD, Tables

COLUMNS = {
    "landing.files": "tenant_id, file_id bigint, feed, path",
    "marts.contacts": "tenant_id, contact_id bigint",
    "marts.contact_identifiers": "tenant_id, identifier_type, identifier_value, contact_id bigint",
    "marts.shared_identifiers": "tenant_id, identifier_type, identifier_value, contact_id bigint, owner_id bigint, "
    "_file_id bigint, _line_number bigint",
    "marts.contact_properties": "tenant, contact_id bigint, property, value",
    "marts.contact_property_changes": "tenant, contact_id bigint, log_id bigint, property, old_value, "
    "new_value, feed, rule, _file_id bigint, _line_number bigint",
    "marts.contact_versions": "tenant_id, contact_id bigint, valid_from_log_id bigint, valid_to_log_id bigint, "
    "sent_at timestamptz, _file_id bigint, _line_number bigint, is_first boolean, feed, is_group boolean",
    "marts.contact_history": "tenant_id, contact_id bigint, valid_from_log_id bigint, valid_to_log_id bigint, "
    "updated_at timestamptz, first_name, last_name, created_at timestamptz, opt_in_status boolean, gender, "
    "extra_shopper_tags, birthdate date, loyalty_points double, interests, other_properties",
    "marts.imported_rows": "tenant_id, feed, contact_id bigint, valid_from_log_id bigint, valid_to_log_id bigint, "
    "row_id bigint",
    "marts.groups": "tenant_id, group_id bigint, group_type, group_identifier, properties, updated_at timestamptz, "
    "valid_from_log_id bigint",
    "marts.timeline_events": "tenant_id, event_type, event_id, contact_id bigint, occurred_at timestamptz, properties, "
    "nested_events, feed, log_id bigint, tellings, sent_at timestamptz, _file_id bigint, _line_number bigint",
    "marts.products": "tenant_id, product_id, properties, log_id bigint, _file_id bigint, _line_number bigint",
    "marts.segment_ids": "tenant_id, partner_segment_id, segment_name, log_id bigint, row_id bigint",
    "marts.segments": "tenant_id, segment_name, segment_id",
    "marts.held_lists": "tenant_id, log_id bigint, segment_name, feed, code, file_id bigint, line_number bigint",
    "marts.list_effects": "tenant_id, log_id bigint, segment_name, feed, file_id bigint, line_count bigint, "
    "rejected_count bigint, listed_count bigint, added_count bigint, removed_count bigint, usual_count bigint, code",
    "marts.membership_spells": "tenant_id, segment_id, contact_id bigint, entered_at timestamptz, "
    "entry_log_id bigint, entry_file_id bigint, entry_line_number bigint, exited_at timestamptz, "
    "exit_log_id bigint, exit_file_id bigint, exit_reason, expires_at timestamptz, data_bag",
    "marts.import_jobs": "tenant_id, file_id bigint, feed, path, status, code, line_count bigint, "
    "accepted_count bigint, rejected_count bigint, ignored_count bigint, duplicate_count bigint, "
    "filtered_count bigint, "
    "added_count bigint, removed_count bigint, deleted_count bigint, expired_count bigint, "
    "unchanged_count bigint, created_count bigint, "
    "updated_count bigint, created_subscription_count bigint, updated_subscription_count bigint, "
    "too_late_count bigint, dropped_cell_count bigint, shared_identifier_count bigint",
    "marts.subscription_versions": "tenant_id, publication_name, contact_id bigint, valid_from_log_id bigint, "
    "valid_to_log_id bigint, changed_at timestamptz, status, effort_file_id bigint, started_at timestamptz, "
    "ended_at timestamptz, auto_renews boolean, sms_phone, is_first boolean, _line_number bigint",
    "marts.subscription_tags": "tenant_id, publication_id, contact_id bigint, tag, valid_from_log_id bigint, "
    "valid_to_log_id bigint, tagged_at timestamptz",
    "marts.subscriber_tags": "tenant_id, contact_id bigint, tag, valid_from_log_id bigint, valid_to_log_id bigint, "
    "tagged_at timestamptz",
    "marts.funnel_events": "tenant_id, publication_name, contact_id bigint, event, log_id bigint",
    "marts.outbox": "tenant_id, publication_name, contact_id bigint, recipient, log_id bigint",
    "marts.members_at": "tenant_id, clock timestamptz, segment_name, contact_id bigint, expires_at timestamptz",
    "marts.expired_at": "tenant_id, clock timestamptz, segment_name, contact_id bigint, changed_at timestamptz",
    "marts.dropped_cells": "tenant, file_id bigint, line_number bigint, column_name, code",
    "marts.rejected_rows": "tenant, file_id bigint, line_number bigint, code",
}

VIEWS = """
create view marts.subscriptions as
    select distinct publication_name, '#' || publication_name as publication_id, contact_id
    from marts.subscription_versions;
create view marts.memberships as
    select * from marts.members_at where clock = getvariable('muster_now') at time zone 'UTC';
create view marts.membership_changes as
    select * exclude (segment_name), '#' || segment_name as segment_id, 'expired' as change, null as log_id
    from marts.expired_at where clock = getvariable('muster_now') at time zone 'UTC';
"""
SOURCES = {"members_at": "memberships", "expired_at": "expired by the clock"}

Fault = Callable[[Tables, bool], None]


@dataclass
class Report:
    errors: dict[str, Exception] = field(default_factory=dict)
    unrecognised: list[tuple[str, str, str]] = field(default_factory=list)


class FakeMuster:
    """Lands and builds with the interpreter; `fault` may spoil the tables of a (full-refresh) build."""

    def __init__(self, fault: Fault, history: History) -> None:
        self.fault, self.history = fault, history
        self.seen: dict[Path, float] = {}
        self.interpreter = interpreter_of(history)

    def land(self, settings: Settings) -> Report:
        if not settings.database.exists():
            self.__init__(self.fault, self.history)  # type: ignore[misc]
        found = []
        for path in sorted((settings.home.parent / "drop").rglob("*.*")):
            mtime = path.stat().st_mtime
            if self.seen.get(path) != mtime:
                self.seen[path] = mtime
                found.append(Dropped(path.parent.parent.name, path.name, path.read_bytes(), mtime))
        self.interpreter.land(found)
        settings.database.touch()
        return Report()

    def discard_file(self, settings: Settings, name: str) -> None:
        self.interpreter.land([Dropped(DISCARD, name, b"", 0)])

    def land_local(self, settings: Settings, files: Sequence[LocalFile]) -> None:
        self.interpreter.land(
            Dropped("import", file.path.name, file.path.read_bytes(), 0, Request(json.dumps(dict(file.request))))
            for file in files
        )

    def build(self, settings: Settings, *, full_refresh: bool = False) -> None:
        tables = self.interpreter.tables()
        self.fault(tables, full_refresh)
        settings.database.unlink()
        with duckdb.connect(str(settings.database)) as connection:
            connection.execute("create schema marts; create schema landing; set timezone = 'Asia/Tokyo'")
            for table, columns in COLUMNS.items():
                typed = ", ".join(column if " " in column else f"{column} varchar" for column in columns.split(", "))
                connection.execute(f"create table {table} ({typed})")
                name = table.partition(".")[2]
                rows = [list(row) for row in tables[SOURCES.get(name, name)]]
                if table == "marts.segments":
                    rows = [[*row, f"#{row[1]}"] for row in rows]
                if table in ("marts.membership_spells", "marts.subscription_tags"):
                    rows = [[row[0], f"#{row[1]}", *row[2:]] for row in rows]
                if table in ("marts.imported_rows", "marts.segment_ids"):
                    rows = [[*row[:-2], int(str(row[-2])) * 2**32 + int(str(row[-1]))] for row in rows]
                if rows:
                    marks = ", ".join("?" * len(rows[0]))
                    connection.executemany(f"insert into {table} values ({marks})", rows)
            connection.execute(VIEWS)


@pytest.fixture(scope="module")
def some_histories() -> list[History]:
    return draw_histories(8, from_seed=11)


def use(monkeypatch: pytest.MonkeyPatch, histories: Sequence[History], fault: Fault) -> None:
    muster: Any = FakeMuster(fault, histories[0])
    monkeypatch.setattr(compare, "discard_file", muster.discard_file)
    monkeypatch.setattr(compare, "land", muster.land)
    monkeypatch.setattr(compare, "land_local", muster.land_local)
    monkeypatch.setattr(compare, "build", muster.build)


def drop_one(tables: Tables, table: str, tenant: str) -> None:
    rows = sorted((row for row in tables[table] if row[0] == tenant), key=repr)
    tables[table] -= set(rows[:1])


def test_equal_answers_are_equal(monkeypatch: pytest.MonkeyPatch, some_histories: list[History]) -> None:
    use(monkeypatch, some_histories, lambda tables, full: None)
    assert compare.failing(some_histories) == set()


@pytest.mark.parametrize("table", ["contact_identifiers", "import_jobs", "contact_properties", "contacts"])
def test_a_missing_row_is_found(monkeypatch: pytest.MonkeyPatch, some_histories: list[History], table: str) -> None:
    use(monkeypatch, some_histories, lambda tables, full: drop_one(tables, table, tenant_name(3)) if full else None)
    found = compare.differences(some_histories)
    rows = found[tenant_name(3)][f"{table} (rebuilt)"]
    assert len(rows) == 1
    assert rows[0][0] == "expected"
    assert rows[0][1][0] == tenant_name(3)
    assert not any("in steps" in name for tables in found.values() for name in tables)


def test_only_the_tenant_that_differs_fails_and_its_history_is_described(
    monkeypatch: pytest.MonkeyPatch, some_histories: list[History]
) -> None:
    use(monkeypatch, some_histories, lambda tables, full: drop_one(tables, "import_jobs", tenant_name(3)))
    said: list[str] = []
    assert compare.failing(some_histories, said.append) == {3}
    assert "import_jobs (in steps): 1 of 8 tenants differ" in said
    use(monkeypatch, some_histories, lambda tables, full: drop_one(tables, "import_jobs", tenant_name(0)))
    text = compare.describe(some_histories[0])
    assert "--- step 3, then build" in text
    assert "import_jobs (rebuilt)" in text
    assert "History(" in text


def test_a_history_that_breaks_the_build_is_singled_out(
    monkeypatch: pytest.MonkeyPatch, some_histories: list[History]
) -> None:
    culprit = some_histories[5]

    def fault(tables: Tables, full: bool) -> None:
        sizes = {row[0]: 0 for row in tables["files"]}
        for row in tables["files"]:
            sizes[row[0]] += 1
        if full and len(culprit.files) in sizes.values():
            raise ValueError("out of memory")

    use(monkeypatch, some_histories, fault)
    same = [i for i, h in enumerate(some_histories) if len(h.files) == len(culprit.files)]
    assert compare.failing(some_histories) == {same[0]}


def test_a_row_of_no_tenant_does_not_go_unseen(monkeypatch: pytest.MonkeyPatch, some_histories: list[History]) -> None:
    use(monkeypatch, some_histories, lambda tables, full: tables["contacts"].add((None, 7)))
    assert compare.failing(some_histories) == {0}
    use(
        monkeypatch,
        some_histories,
        lambda tables, full: tables["files"].add(("t0000", 10**6, "remarkety__lists", "x.csv")),
    )
    with pytest.raises(compare.LedgerError, match=r"x\.csv"):
        compare.differences(some_histories)
