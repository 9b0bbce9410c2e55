"""How the database is opened, by the loader and by dbt alike: limits, hardening, one writer, and the landing tables."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from loaders.errors import BusyError, ConfigurationError, DamagedError, LockedError, NotBuiltError
from loaders.feeds.feed import Feed
from loaders.feeds.import_request import IMPORT_REQUESTS

CONFIG: dict[str, str | bool | int] = {
    "storage_compatibility_version": "v1.4.0",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "preserve_insertion_order": False,
}
"""What every connection opens with; profiles.yml repeats it for dbt, and a test compares the two."""

SETTINGS: dict[str, str] = {"TimeZone": "UTC"}
"""What it is set to then; of dbt's by the plugin."""

BUILD_THREADS = 2
BUILD_MEMORY = "2GB"
"""Of a build, unless MUSTER_MEMORY says otherwise; profiles.yml repeats both for dbt."""

LOCK_WAIT = 60
"""For how many seconds a program that has the database open is waited for, unless MUSTER_LOCK_WAIT says otherwise."""

IS_HELD = "Could not set lock"
"""What DuckDB says of a database that another program has open."""

_held: set[Path] = set()

_LEDGER = """
create schema if not exists landing;
create table if not exists landing.files (
    file_id bigint not null, feed varchar not null, path varchar not null, role varchar not null,
    size_bytes bigint not null, modified_at timestamp not null, sha256 varchar not null,
    name_parts map(varchar, varchar) not null, tenant_id varchar not null, segment_name varchar,
    sent_at timestamp not null, delivery varchar, part_number varchar,
    duplicate_of bigint, header varchar[], line_count bigint not null, row_count bigint not null,
    unreadable_count bigint not null, refusal_code varchar, refusal_detail varchar, landed_at timestamp not null,
    waits_for bigint
);
create table if not exists landing.unreadable_lines (
    file_id bigint not null, line_number bigint not null, byte_offset bigint, code varchar not null, raw_text varchar
);
create table if not exists landing.decisions (
    log_id bigint not null, kind varchar not null, feed varchar not null, delivery varchar,
    decided_by varchar not null, reason varchar not null, decided_at timestamp not null
);
-- Files that were refused, of which no version that can be read has come, and about which nobody has decided (C111).
create view if not exists landing.open_refusals as
    select
        feed, any_value(tenant_id) as tenant_id, path, max(file_id) as file_id,
        arg_max(sent_at, file_id) as sent_at, arg_max(refusal_code, file_id) as refusal_code
    from landing.files
    where role = 'data' and duplicate_of is null
    group by feed, path
    having arg_max(refusal_code is not null, file_id) and (feed, path || ' #' || max(file_id)) not in (
        select (feed, delivery) from landing.decisions where kind = 'discard'
    );
create table if not exists landing.renames (
    file_id bigint not null, begun_at timestamp not null, ended_at timestamp, error varchar
);
create table if not exists landing.unrecognised_files (
    connection varchar not null, path varchar not null, reason varchar not null, seen_at timestamp not null
);
create table if not exists landing.pickups (
    feed varchar not null, started_at timestamp not null, finished_at timestamp not null,
    landed_count bigint not null, error varchar
);
"""

_EXPORTED = """
create schema if not exists exported;
create table if not exists exported.runs (
    run_id bigint not null, export varchar not null, state varchar not null, moment timestamp not null,
    log_id bigint not null, member_count bigint not null, row_count bigint not null, new_count bigint not null,
    changed_count bigint not null, returned_count bigint not null, unchanged_count bigint not null,
    left_count bigint not null, filtered_count bigint not null, left_out_count bigint not null,
    over_threshold_count bigint not null, guarded_count bigint not null, detail varchar,
    touches varchar, layout varchar, prepared_at timestamp not null, delivered_at timestamp
);
create table if not exists exported.files (
    run_id bigint not null, file_number integer not null, connection varchar not null, directory varchar not null,
    name varchar not null, replaces boolean not null, state varchar not null, row_count bigint not null,
    size_bytes bigint not null, sha256 varchar not null, delivered_at timestamp
);
-- What the partner has: of each contact the row that was delivered last, and whether it was a member then.
create table if not exists exported.rows (
    export varchar not null, contact_id bigint not null, row_hash uhugeint not null, is_member boolean not null,
    line varchar, run_id bigint not null
);
-- What a prepared run will have told, once it is delivered.
create table if not exists exported.prepared_rows (
    run_id bigint not null, contact_id bigint not null, row_hash uhugeint not null, is_member boolean not null,
    is_sent boolean not null, line varchar
);
create table if not exists exported.events (
    export varchar not null, event_type varchar not null, event_id varchar not null, run_id bigint not null
);
create table if not exists exported.prepared_events (
    run_id bigint not null, event_type varchar not null, event_id varchar not null
);
create table if not exists exported.touches (
    lifecycle varchar not null, contact_id bigint not null, run_id bigint not null, touched_at timestamp not null
);
"""
"""The ledger of exports."""


def quoted(identifier: str) -> str:
    """An SQL identifier in quotes. Only names from the project's own YAML are ever identifiers (G19)."""
    return '"' + identifier.replace('"', '""') + '"'


def utc_now() -> datetime:
    """The time, naive UTC, as every timestamp in the database is."""
    return datetime.now(UTC).replace(tzinfo=None)


def has_table(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Whether the database has a table of this name."""
    found = """select 1 from duckdb_tables()
        where database_name = current_database() and schema_name = ? and table_name = ?"""
    return bool(connection.execute(found, [schema, table]).fetchall())


def ensure_landing(connection: duckdb.DuckDBPyConnection, feeds: Sequence[Feed]) -> None:
    """Create the ledger and one table per feed where they are missing, and columns declared since."""
    connection.begin()  # one commit for all: each waits for the disk
    connection.execute(_LEDGER + IMPORT_REQUESTS + _EXPORTED)
    existing: dict[str, set[str]] = {}
    for table, column in connection.execute(
        """select table_name, column_name from duckdb_columns()
        where schema_name = 'landing' and database_name = current_database()"""
    ).fetchall():
        existing.setdefault(table, set()).add(column)
    for feed in feeds:
        table = f"landing.{quoted(feed.name)}"
        if feed.name not in existing:
            columns = "".join(f"{quoted(column.name)} varchar, " for column in feed.columns)
            connection.execute(
                f"create table {table} "
                f"(_file_id bigint not null, _line_number bigint not null, {columns}_extra map(varchar, varchar))"
            )
            continue
        for column in feed.columns:
            if column.name not in existing[feed.name]:
                connection.execute(f"alter table {table} add column {quoted(column.name)} varchar")
    connection.commit()


def ensure_functions(connection: duckdb.DuckDBPyConnection, root: Path) -> None:
    """Make the SQL functions of `root`/macros/functions/ in the database, where they are not the same already.

    They are stored in the file: views use them, and so may whoever opens it, or a copy of it. Functions of one file may
    use those of files before it.
    """
    files = sorted((root / "macros" / "functions").glob("*.sql"))
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    version = hashlib.sha256(text.encode()).hexdigest()
    made = "select macro_definition from duckdb_functions() where function_name = 'muster_functions_version'"
    if (f"'{version}'",) in connection.execute(made).fetchall():
        return
    connection.begin()
    try:
        connection.execute(text)
        connection.execute(f"create or replace macro muster_functions_version() as '{version}'")
    except duckdb.Error:
        connection.rollback()  # dbt tries again, and would say only that the first try is in its way
        raise
    connection.commit()


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    wait = os.environ.get("MUSTER_LOCK_WAIT") or str(LOCK_WAIT)
    if not wait.isdecimal():
        raise ConfigurationError(f"MUSTER_LOCK_WAIT is {wait!r}: give a number of seconds, such as 60")
    until = time.monotonic() + int(wait)
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only, config=dict(CONFIG))
        except duckdb.Error as error:
            if IS_HELD not in str(error):
                raise DamagedError(
                    f"{path}: this cannot be opened as a DuckDB database: {error}. Nothing was changed. `muster"
                    " rebuild` makes it anew from the archive, and keeps this file beside it"
                ) from error
            if time.monotonic() > until:
                raise BusyError(
                    f"{path}: another program has had the database open for {wait} seconds: {error}. Let it read what"
                    f" is published ({path.parent / 'published' / path.name}) instead"
                ) from error
        time.sleep(0.2)


def confine(connection: duckdb.DuckDBPyConnection, *folders: Path) -> None:
    """From now on nothing that runs here reaches out of the database and what is attached to it (G20, C119).

    No file but those in `folders` is read or written, nothing is attached but in memory, no extension installed, and no
    setting changed.
    """
    listed = ", ".join("'" + str(folder.absolute()).replace("'", "''") + "'" for folder in folders)
    connection.execute(f"set allowed_directories = [{listed}]; set enable_external_access = false")
    connection.execute("set lock_configuration = true")


@contextmanager
def open_database(
    path: Path, *, read_only: bool = False, settings: Mapping[str, str] | None = None, work: str | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the database file, confined, and closed at the end; naive times in it are UTC.

    `settings` are more of DuckDB's; `work` is attached under this name: a path, or `:memory:`.
    While another program holds it, it is waited for (MUSTER_LOCK_WAIT, in seconds). Raises `NotBuiltError` if there is
    no database to read, `BusyError` if it was waited for in vain, `DamagedError` if it cannot be read.
    """
    if read_only and not path.exists():
        raise NotBuiltError(f"{path}: there is no database yet; `muster run` makes it")
    connection = _connect(path, read_only=read_only)
    try:
        for name, value in (SETTINGS | dict(settings or {})).items():
            connection.execute(f"set {name} = '{value}'")
        if work:
            connection.execute("attach '" + work.replace("'", "''") + "' as work")
        confine(connection)
        yield connection
    finally:
        connection.close()


def remove_database(path: Path) -> None:
    """Remove a database that nobody needs, with what it has beside it."""
    for file in (path, path.with_name(path.name + ".wal")):
        file.unlink(missing_ok=True)


@contextmanager
def open_for_build(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection as dbt has it (profiles.yml): its limits, and the database `work`, in memory, for a run's work."""
    settings = {
        "memory_limit": os.environ.get("MUSTER_MEMORY", BUILD_MEMORY),
        "threads": str(BUILD_THREADS),
        "checkpoint_threshold": "1GB",
    }
    with open_database(path, settings=settings, work=":memory:") as connection:
        connection.execute("create schema work.intermediate")
        yield connection


@contextmanager
def one_writer(home: Path) -> Iterator[None]:
    """Hold the writer's lock; a second writer gets `LockedError` at once (G14).

    Within one process it nests: a run holds it from its first file to the end of its build. DuckDB's own lock
    goes when its process opens and closes the file by other means, hence a lock file of our own.
    """
    if home in _held:
        yield
        return
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / "writer.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            raise LockedError(f"another run is at work ({holder}); let it finish, or end it") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} since {time.strftime('%FT%TZ', time.gmtime())}\n".encode(), 0)
        _held.add(home)
        yield
    finally:
        _held.discard(home)
        os.close(descriptor)
