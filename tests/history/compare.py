"""The same histories through Muster and through the interpreter, and where the answers differ."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from pprint import pformat
from typing import Any

import duckdb
import yaml

from loaders.building.build import build
from loaders.config.settings import Settings
from loaders.errors import ConfigurationError
from loaders.landing.import_by_hand import LocalFile, land_local
from loaders.landing.refused_before import discard
from loaders.landing.run import land
from tests.contracts.installation import FOLDERS, copy_project, edit_feed, write_merge_rules
from tests.contracts.linked_feeds import HOBBIES, add_linked_feed

from .contacts import as_text
from .declared import COMMANDS, IMPORTS
from .exports import MEMBERS
from .histories import GUARD, GUARDED, KEEPING_ONE, OWNED, History, dropped_in, replay, tenant_name
from .interpreter import DISCARD, Tables
from .memberships import CLOCKS

Differences = dict[str, dict[str, list[tuple[str, tuple[object, ...]]]]]
"""Tenant to table to ("expected" or "got", row)."""

# The first column of every query is the tenant; the others are in the order of Interpreter.tables().
QUERIES = {
    "files": "select tenant_id, file_id, feed, parse_filename(path) from landing.files",
    "contacts": "select tenant_id, contact_id from marts.contacts",
    "contact_identifiers": """
        select tenant_id, identifier_type, identifier_value, contact_id from marts.contact_identifiers
    """,
    "shared_identifiers": """
        select tenant_id, identifier_type, identifier_value, contact_id, owner_id, _file_id, _line_number
        from marts.shared_identifiers
    """,
    "contact_properties": """
        select f.tenant_id, p.contact_id, p.property, p.value
        from marts.contact_properties as p left join landing.files as f on p.contact_id >> 32 = f.file_id
        where p.value is not null
    """,
    "contact_property_changes": """
        select
            f.tenant_id, p.contact_id, p.log_id, p.property, p.old_value, p.new_value, p.feed, p.rule, p._file_id,
            p._line_number
        from marts.contact_property_changes as p left join landing.files as f on p._file_id = f.file_id
    """,
    "contact_versions": """
        select
            tenant_id, contact_id, valid_from_log_id, valid_to_log_id, sent_at, _file_id, _line_number, is_first,
            feed, is_group
        from marts.contact_versions
    """,
    "contact_history": """
        select
            tenant_id, contact_id, valid_from_log_id, valid_to_log_id, updated_at, first_name, last_name, created_at,
            opt_in_status, gender, extra_shopper_tags, birthdate, loyalty_points, interests, other_properties
        from marts.contact_history
    """,
    "imported_rows": """
        select
            tenant_id, feed, contact_id, valid_from_log_id, valid_to_log_id, row_id >> 32, row_id & 4294967295
        from marts.imported_rows
    """,
    "groups": """
        select tenant_id, group_id, group_type, group_identifier, properties, updated_at, valid_from_log_id
        from marts.groups
    """,
    "timeline_events": """
        select
            tenant_id, event_type, event_id, contact_id, occurred_at, properties, nested_events, feed, log_id,
            tellings, sent_at, _file_id, _line_number
        from marts.timeline_events
    """,
    "products": """
        select tenant_id, product_id, properties, log_id, _file_id, _line_number from marts.products
    """,
    "segment_ids": """select tenant_id, partner_segment_id, segment_name, log_id, row_id >> 32, row_id & 4294967295
        from marts.segment_ids""",
    "segments": "select tenant_id, segment_name from marts.segments",
    "held_lists": "select tenant_id, log_id, segment_name, feed, code, file_id, line_number from marts.held_lists",
    "list_effects": """
        select
            tenant_id, log_id, segment_name, feed, file_id, line_count, rejected_count, listed_count, added_count,
            removed_count, usual_count, code
        from marts.list_effects
    """,
    "membership_spells": """
        select
            m.tenant_id, s.segment_name, m.contact_id, make_timestamp(epoch_us(m.entered_at)),
            m.entry_log_id, m.entry_file_id, m.entry_line_number, make_timestamp(epoch_us(m.exited_at)),
            m.exit_log_id, m.exit_file_id, m.exit_reason, make_timestamp(epoch_us(m.expires_at)), m.data_bag
        from marts.membership_spells as m left join marts.segments as s using (tenant_id, segment_id)
    """,
    "import_jobs": """
        select
            tenant_id, file_id, feed, parse_filename(path), status, code, coalesce(line_count, 0),
            coalesce(accepted_count, 0), coalesce(rejected_count, 0), coalesce(ignored_count, 0),
            coalesce(duplicate_count, 0), coalesce(filtered_count, 0), coalesce(added_count, 0),
            coalesce(removed_count, 0), coalesce(deleted_count, 0), coalesce(expired_count, 0),
            coalesce(unchanged_count, 0), coalesce(created_count, 0), coalesce(updated_count, 0),
            created_subscription_count, updated_subscription_count, too_late_count, dropped_cell_count,
            shared_identifier_count
        from marts.import_jobs
    """,
    "subscription_versions": """
        select
            tenant_id, publication_name, contact_id, valid_from_log_id, valid_to_log_id, changed_at, status,
            effort_file_id, started_at, ended_at, auto_renews, sms_phone, is_first, _line_number
        from marts.subscription_versions
    """,
    "subscription_tags": """
        select
            tags.tenant_id, publication_name, tags.contact_id, tag, tags.valid_from_log_id, tags.valid_to_log_id,
            tagged_at
        from marts.subscription_tags as tags inner join marts.subscriptions using (publication_id, contact_id)
    """,
    "subscriber_tags": """
        select tenant_id, contact_id, tag, valid_from_log_id, valid_to_log_id, tagged_at from marts.subscriber_tags
    """,
    "funnel_events": """
        select tenant_id, publication_name, contact_id, event, log_id from marts.funnel_events
    """,
    "outbox": "select tenant_id, publication_name, contact_id, recipient, log_id from marts.outbox",
    "dropped_cells": """
        select f.tenant_id, d.file_id, d.line_number, d.column_name, d.code
        from marts.dropped_cells as d left join landing.files as f using (file_id)
    """,
    "rejected_rows": """
        select f.tenant_id, r.file_id, r.line_number, r.code
        from marts.rejected_rows as r left join landing.files as f using (file_id)
    """,
}


NOTHING = {"active_status": None, "subscription_action": "none", "source_campaign": None}
"""What the feed's request says otherwise."""


# What depends on the clock (M8); the clock is the second column.
CLOCKED = {
    "memberships": "select tenant_id, $clock, segment_name, contact_id, expires_at from marts.memberships",
    "expired by the clock": """
        select c.tenant_id, $clock, segment_name, contact_id, changed_at
        from marts.membership_changes as c left join marts.segments using (tenant_id, segment_id)
        where change = 'expired' and log_id is null
    """,
}


ACCOUNTS = {
    "remarkety/stg_remarkety__lists.sql": "id",
    "blueconic/stg_blueconic__profiles.sql": "customer_id",
    "blueconic/stg_blueconic__orders.sql": "customer_id",
    "shop/stg_shop__visits.sql": "customer_id",
    "shop/stg_shop__members.sql": "customer_id",
}
"""The columns that hold the accounts of the command feed in the copied project."""

MOST_TENANTS = 1000
"""How many tenants the registry knows; more histories than that are not compared at once."""


class LedgerError(AssertionError):
    """The two logs differ, so that file ids, and with them everything, cannot be compared."""


def differences(histories: Sequence[History]) -> Differences:
    """Both answers of Muster, built in steps and rebuilt from zero, against the interpreter's.

    All histories must build after the same steps, by the same merge rules and `on_duplicate`. Raises LedgerError, or
    what `land` or `build` raise.
    """
    expected = replay(histories).tables()
    builds = histories[0].builds
    found: Differences = {}
    lines = 0
    with _installation(histories[0]) as (muster, drop):
        for step, built in enumerate(builds):
            imports = []
            dropped = dropped_in(histories, step)
            for file in dropped:
                if file.directory == DISCARD:
                    continue
                lines += file.data.count(b"\n")
                folder = drop / "import" if file.request else drop / file.directory / FOLDERS[file.directory]
                path = folder / file.name
                path.write_bytes(file.data)
                os.utime(path, (file.mtime, file.mtime))
                if file.request:
                    imports.append(LocalFile(path, IMPORTS.name, request=NOTHING | file.request.wish))
            report = land(muster)
            if report.errors or report.unrecognised:
                raise LedgerError(f"land: {report.errors} {report.unrecognised}")
            land_local(muster, imports)
            for file in dropped:
                if file.directory == DISCARD:
                    discard_file(muster, file.name)
            if built:
                build(muster)
        _collect(found, "in steps", expected, _tables(muster))
        build(replace(muster, run_rows=max(lines // 3, 1)), full_refresh=True)  # cut at other places than the steps
        _collect(found, "rebuilt", expected, _tables(muster))
    return found


def discard_file(muster: Settings, name: str) -> None:
    """Do without the last version of a file, if it is one that can be discarded."""
    with duckdb.connect(str(muster.database), read_only=True) as connection:
        found = connection.execute(
            """select max(file_id) from landing.files
            where parse_filename(path) = ? and feed = ? and duplicate_of is null""",
            [name, COMMANDS.name],
        ).fetchone()
    if found and found[0] is not None:
        with suppress(ConfigurationError):
            discard(muster, found[0], "drawn")


def failing(
    histories: Sequence[History], say: Callable[[str], None] = lambda line: None, *, alike_in: Collection[str] = ()
) -> set[int]:
    """The positions of those that differ, for `shrink`; of those that break a run, only the first.

    With `alike_in` only those that differ in one of these tables: a smaller history may fail for another reason. Says
    how many tenants differ in which table.
    """
    alike: dict[tuple[object, ...], list[int]] = {}
    for position, history in enumerate(histories):
        alike.setdefault((history.builds, history.rules, history.on_duplicate, history.is_guarded), []).append(position)
    found: set[int] = set()
    for positions in alike.values():
        group = [histories[position] for position in positions]
        found |= {positions[i] for i in _failing_of_group(group, say, set(alike_in))}
    return found


def _failing_of_group(group: Sequence[History], say: Callable[[str], None], alike_in: set[str]) -> set[int]:
    try:
        found = differences(group)
        names = [tenant_name(i) for i in range(len(group))]
        positions = {i for i, name in enumerate(names) if name in found}
        if not positions:
            _no_strangers(found)
        if alike_in:
            positions = {i for i in positions if alike_in & found[names[i]].keys()}
    except Exception as error:
        say(f"{len(group)} histories: {type(error).__name__}: {error}")
        if len(group) == 1:
            return set() if alike_in else {0}
        half = len(group) // 2
        positions = _failing_of_group(group[:half], say, alike_in)
        if not positions or alike_in:
            positions |= {half + i for i in _failing_of_group(group[half:], say, alike_in)}
        if positions or alike_in:
            return positions
        raise
    tables = Counter(table for tenant in found.values() for table in tenant)
    for table, tenants in tables.most_common():
        say(f"{table}: {tenants} of {len(group)} tenants differ")
    return positions


def _no_strangers(found: Differences) -> None:
    """A wrong row of no known tenant is nobody's, but must not go unseen."""
    if found:
        raise LedgerError(f"rows of no tenant: {found}")


def describe(history: History) -> str:
    """One history to read: the files of each step, what differs, and the literal for regressions.py."""
    lines = [
        f"on_duplicate: {history.on_duplicate}, is_guarded: {history.is_guarded}",
        *(",".join(rule) for rule in history.rules),
    ]
    for number, built in enumerate(history.builds):
        lines.append(f"--- step {number}" + (", then build" if built else ""))
        for file in history.files:
            if file.step == number:
                lines.append(f"{file.directory}/{file.name.format(tenant=tenant_name(0))}")
                lines += [f"    {line}" for line in file.text().splitlines()]
    lines.append("--- differences")
    try:
        found = differences([history])
    except Exception as error:
        lines.append(f"{type(error).__name__}: {error}")
    else:
        for tables in found.values():
            for table, rows in tables.items():
                lines.append(table)
                lines += [f"    {side:>18}: {_readable(row)}" for side, row in rows]
    return "\n".join([*lines, "--- for tests/history/regressions.py", pformat(history, width=100)])


def _collect(found: Differences, build_name: str, expected: Tables, got: Tables) -> None:
    if expected["files"] != got["files"]:
        gaps = sorted(expected["files"] ^ got["files"], key=repr)[:10]
        raise LedgerError(f"the logs differ: {gaps}")
    for table, rows in expected.items():
        for side, only in (("expected", rows - got[table]), (build_name, got[table] - rows)):
            for row in sorted(only, key=repr):
                tables = found.setdefault(str(row[0]), {})
                tables.setdefault(f"{table} ({build_name})", []).append((side, row))


def _tables(muster: Settings) -> Tables:
    with duckdb.connect(str(muster.database), read_only=True) as connection:
        found: Tables = {}
        for table, query in QUERIES.items():
            rows = [tuple(map(_comparable, row)) for row in connection.execute(query).fetchall()]
            found[table] = set(rows)
            if len(found[table]) < len(rows):
                raise AssertionError(f"{table} holds a row twice")
        for clock in CLOCKS:
            now = clock.replace(tzinfo=None)
            connection.execute("set variable muster_now = cast($1 as timestamp)", [now])
            for table, query in CLOCKED.items():
                rows = connection.execute(query, {"clock": now}).fetchall()
                found.setdefault(table, set()).update(tuple(map(_comparable, row)) for row in rows)
    return found


def _comparable(value: object) -> object:
    if isinstance(value, dict | list):
        return as_text(value)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _readable(row: tuple[object, ...]) -> str:
    return ", ".join(f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value) for value in row)


def _with_more_feeds(root: Path) -> None:
    """Orders may have any text behind their time; visits have fixed names; members are profiles with a linked file."""
    for feed in ("blueconic__orders", "blueconic__order_lines"):
        edit_feed(root, feed, _take_any_text)
    declared = root / "models" / "landing" / "_blueconic__sources.yml"
    (source,) = yaml.safe_load(declared.read_text())["sources"]
    tables = {table["name"]: table for table in source["tables"]}
    visits = []
    for old, new, settings in (
        ("orders", "visits", {}),
        ("order_lines", "visit_lines", {"linked": {"to": "shop__visits", "product_store": False}}),
        (
            "profiles",
            "members",
            {"file_name": HOBBIES["file_name"].replace("hobbies", "members"), "unchanged_cells": "apply"},
        ),
    ):
        table = tables[old] | {"name": new, "identifier": f"shop__{new}"}
        table["config"] = {"meta": table["config"]["meta"] | {"file_name": f"{{tenant}}_{new}.csv"} | settings}
        visits.append(table)
        model = (root / "models" / "staging" / "blueconic" / f"stg_blueconic__{old}.sql").read_text()
        staged = root / "models" / "staging" / "shop" / f"stg_shop__{new}.sql"
        staged.parent.mkdir(exist_ok=True)
        staged.write_text(model.replace(f"source('blueconic', '{old}')", f"source('shop', '{new}')"))
    content = {"version": 2, "sources": [{"name": "shop", "schema": "landing", "tables": visits}]}
    declared.with_name("_shop__sources.yml").write_text(yaml.safe_dump(content, sort_keys=False))
    add_linked_feed(root, "shop__hobbies", "customer_id", HOBBIES | {"linked": {"to": "shop__members"}})


def _take_any_text(table: dict[str, Any]) -> None:
    meta = table["config"]["meta"]
    meta["file_name"] = meta["file_name"].replace(".csv", "*.csv")


def _take_for_accounts(name: str, table: dict[str, Any]) -> None:
    for column in table["columns"]:
        if column["name"] == name:
            column["config"]["meta"]["identifier"] = "user_account_id"


def _set(root: Path, feed: str, **settings: object) -> None:
    edit_feed(root, feed, lambda table: table["config"]["meta"].update(settings))


@contextmanager
def _installation(history: History) -> Iterator[tuple[Settings, Path]]:
    """This project with a database, a working folder and a drop folder of its own.

    The ids in Remarkety's and BlueConic's files are mediarithmics' accounts here, so that all are about the same
    contacts.
    """
    home = Path(tempfile.mkdtemp(prefix="muster-history-"))
    try:
        drop = home / "drop"
        for connection, folder in FOLDERS.items():
            (drop / connection / folder).mkdir(parents=True)
        (drop / "import").mkdir()
        connections = {name: {"type": "local", "path": str(drop / name)} for name in FOLDERS}
        (home / "connections.yml").write_text(yaml.safe_dump({"connections": connections}))
        root = copy_project(home / "project")
        _with_more_feeds(root)
        for keeping in KEEPING_ONE:
            _set(root, keeping.name, on_duplicate=history.on_duplicate_of(keeping))
        if history.members_skip:
            _set(root, MEMBERS.name, unchanged_cells="skip")
        for feed in GUARDED if history.is_guarded else ():
            _set(root, feed, guard=GUARD.declared)
        for model, column in ACCOUNTS.items():
            staging = root / "models" / "staging" / model
            text = staging.read_text()
            for own, account in (
                (f"'id': '{column}'", f"'user_account_id': '{column}'"),
                (
                    "first_identifier(identifiers)",
                    f"first_identifier(dict(identifiers, user_account_id=\"(':' || {column})\"))",
                ),
            ):
                assert own in text
                text = text.replace(own, account)
            staging.write_text(text)
            edit_feed(root, staging.stem.removeprefix("stg_"), partial(_take_for_accounts, column))
        seed = io.StringIO()
        csv.writer(seed, lineterminator="\n").writerows([("feed", "column_name", "property", "rule"), *history.rules])
        write_merge_rules(root, seed.getvalue())
        with (root / "seeds" / "segment_registry.csv").open("a") as registry:
            registry.writelines(f"{tenant_name(n)},,{segment},feed\n" for n in range(MOST_TENANTS) for segment in OWNED)
        muster = Settings.for_project(
            root,
            env={},
            database=home / "muster.duckdb",
            home=home / ".muster",
            connections=home / "connections.yml",
        )
        yield muster, drop
    finally:
        shutil.rmtree(home, ignore_errors=True)
