"""`muster feeds preview`: what landing and building a file would make of it, without doing either (B14).

The file lands in a database of its own in a temporary folder, by the reader that landing uses, and the feed's staging
model is built on it by dbt: so a preview cannot disagree with a build. What depends on other files (identities, order,
duplicates, held deliveries) only a build can say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import duckdb

from loaders.database import ensure_landing, open_database, quoted
from loaders.errors import ConfigurationError, FileRefusedError
from loaders.feeds import Feed, load_feeds
from loaders.landing import land_file
from loaders.ledger import Arrival, last_versions
from loaders.pipeline import Progress, arrival_of, look_into, silent, why_not_taken
from loaders.reading.csv_records import Dialect
from loaders.reading.decode import Limits, open_decoded
from loaders.reading.parse import CsvFile
from loaders.reading.pgp import Keyrings
from loaders.settings import Settings
from loaders.transport.connections import load_connections
from loaders.transport.remote import RemoteFile, open_remote, safe_name, utc

# As macros/engine/rows.sql shows a row in marts.rejected_rows.
_ROW_AS_SENT = """cast(json_merge_patch(
    json_merge_patch('{}', to_json(landed)), '{"_file_id": null, "_line_number": null}'
) as varchar)"""


@dataclass(frozen=True)
class ColumnSeen:
    """A column of the file or of its feed."""

    name: str
    """As in the file."""
    status: str
    """`declared`, `undeclared` or `missing` (declared, but not in the file)."""
    identifier: str | None = None


@dataclass(frozen=True)
class SampleRow:
    """One of the first readable lines, its cells as sent."""

    line_number: int
    code: str | None
    cells: dict[str, str | None]


@dataclass(frozen=True)
class RejectedLine:
    """A line that would be rejected, as `muster rejected` would show it."""

    line_number: int
    code: str
    raw_text: str | None


@dataclass(frozen=True)
class Preview:
    """What would become of one file."""

    arrival: Arrival
    name_fits: bool
    """Whether the file's name is one of the feed's; if not, it would not be picked up."""
    line_count: int = 0
    row_count: int = 0
    code: str | None = None
    """Why the whole file would be rejected; None if it would not, as far as the file alone can say."""
    detail: str | None = None
    columns: list[ColumnSeen] = field(default_factory=list)
    sample: list[SampleRow] = field(default_factory=list)
    rejected_counts: dict[str, int] = field(default_factory=dict)
    """How many lines would be rejected, by code."""
    filtered_counts: dict[str, int] = field(default_factory=dict)
    """How many lines the feed's filters would leave out, by code (B11)."""
    rejected: list[RejectedLine] = field(default_factory=list)
    """The first of them."""


def preview(
    settings: Settings,
    target: str,
    *,
    feed_name: str | None = None,
    row_count: int = 10,
    rejected_count: int | None = 50,
    progress: Progress = silent,
) -> Preview | None:
    """Preview `target`: a local file, or a feed's newest file that waits on its connection (None if none does).

    Raises `ConfigurationError` if there is neither, or the feed of a file cannot be told by its name; `TransportError`
    and the like as landing does; `BuildError` if the staging model fails.
    """
    feeds = load_feeds(settings.root)
    feed = _feed_named(feeds, target, must_exist=False)
    with TemporaryDirectory(prefix="muster-preview-") as folder:
        spooled, name_fits = Path(folder, "file"), True
        if feed:
            if feed_name:
                raise ConfigurationError("--feed goes with a file")
            waiting = _fetch_newest(settings, feeds, feed, spooled, progress)
            if waiting is None:
                return None
            arrival = waiting
        else:
            arrival, name_fits = _local_arrival(feeds, Path(target), _feed_named(feeds, feed_name))
            spooled.symlink_to(Path(target).resolve())
        private = replace(settings, database=Path(folder, "preview.duckdb"), home=Path(folder, "home"))
        found = Preview(arrival, name_fits)
        if arrival.role != "data":
            return found
        return _previewed(private, feeds, found, spooled, row_count, rejected_count)


def _feed_named(feeds: Sequence[Feed], name: str | None, *, must_exist: bool = True) -> Feed | None:
    feed = next((feed for feed in feeds if feed.name == name), None)
    if feed is None and name is not None and must_exist:
        raise ConfigurationError(f"there is no feed {name!r}; `muster feeds list` names them")
    return feed


def _local_arrival(feeds: Sequence[Feed], path: Path, feed: Feed | None) -> tuple[Arrival, bool]:
    """The file as its feed would see it on the server, and whether its name is one of the feed's."""
    if not path.is_file():
        fault = "is no regular file" if path.exists() else "there is neither such a file nor such a feed"
        raise ConfigurationError(f"{path}: {fault}")
    try:
        safe_name(os.fsencode(path.name))
    except ValueError as fault:
        raise ConfigurationError(f"{str(path)!r}: {fault}: rename the file") from None
    stat = path.stat()
    file = RemoteFile(path.name, stat.st_size, utc(stat.st_mtime))

    def seen_by(feed: Feed) -> Arrival | None:
        return arrival_of(feed, str(PurePosixPath(feed.config.directory, file.name)), file)

    if feed:
        arrival = seen_by(feed)
        return arrival or _unnamed(feed, file), arrival is not None
    matches = [arrival for feed in feeds if (arrival := seen_by(feed))]
    beside = [match for match in matches if match.feed.config.directory == path.resolve().parent.name]
    matches = beside if len(beside) == 1 else matches
    if len(matches) != 1:
        raise ConfigurationError(f"{path.name} {why_not_taken(path.name, feeds, matches)}: say which with --feed")
    return matches[0], True


def _unnamed(feed: Feed, file: RemoteFile) -> Arrival:
    """A file whose name says nothing: it is judged by its content, whatever its tenant and time would be."""
    config = feed.config.model_copy(update={"tenants": "*"})
    path = str(PurePosixPath(config.directory, file.name))
    moment, request = file.modified_at, config.request
    return Arrival(
        replace(feed, config=config), path, "data", file.size, moment, {}, config.tenant, None, moment, request=request
    )


def _fetch_newest(
    settings: Settings, feeds: Sequence[Feed], feed: Feed, target: Path, progress: Progress
) -> Arrival | None:
    """Fetch the newest data file of the feed that has not landed; on the server nothing is changed."""
    connections = load_connections(settings.connections)
    name, directory = feed.config.connection, feed.config.directory
    if name not in connections:
        raise ConfigurationError(f"{feed.declared_at}: {settings.connections} has no connection {name!r}")
    known = _landed_versions(settings, feed)
    with open_remote(connections[name]) as remote:
        here = [feed for feed in feeds if feed.config.connection == name]
        waiting = [
            (arrival, file)
            for arrival, file in look_into(
                remote, directory, here, [one for one in here if one.config.enabled or one == feed]
            )[0]
            if arrival.feed == feed
            and arrival.role == "data"
            and known.get((feed.name, arrival.path)) != (file.size, file.modified_at)
        ]
        if not waiting:
            return None
        arrival, file = max(waiting, key=lambda pair: (pair[0].sent_at, pair[0].path))
        remote.fetch(directory, file, target, lambda done: progress(arrival.path, done, file.size))
        return arrival


def _landed_versions(settings: Settings, feed: Feed) -> dict[tuple[str, str], tuple[int, datetime]]:
    """What the ledger knows of the feed's files, if there is a ledger; it is only read."""
    if not settings.database.exists():
        return {}
    with open_database(settings.database, read_only=True) as database:
        made = "select 1 from duckdb_tables() where schema_name = 'landing' and table_name = 'files'"
        return last_versions(database, [feed.name]) if database.execute(made).fetchall() else {}


def _previewed(
    settings: Settings, feeds: Sequence[Feed], found: Preview, spooled: Path, row_count: int, rejected_count: int | None
) -> Preview:
    feed = found.arrival.feed
    model = f"stg_{feed.name}"
    if not any((settings.root / "models" / "staging").rglob(f"{model}.sql")):
        raise ConfigurationError(f"{feed.declared_at}: feed {feed.name} has no staging model {model}.sql yet")
    settings.spool.mkdir(parents=True)
    with open_database(settings.database) as database:
        ensure_landing(database, feeds)
        with Keyrings(settings.connections, settings.spool, [feed]) as keyrings:
            landed = land_file(database, found.arrival, spooled, "", lambda: None, keyrings)
    found = replace(
        found,
        line_count=landed.line_count,
        row_count=landed.row_count,
        code=landed.refusal_code,
        detail=landed.refusal_detail,
    )
    if landed.refusal_code:
        header, rows = _peek(found.arrival, spooled, row_count)
        sample = [SampleRow(line, None, dict(zip(header, cells, strict=True))) for line, cells in rows]
        return replace(found, columns=_columns(feed, header) if header else [], sample=sample)
    from loaders.build import build_only

    build_only(settings, f"+{model}")
    with open_database(settings.database) as database:
        return _judged(database, found, model, row_count, rejected_count)


def _judged(
    database: duckdb.DuckDBPyConnection,
    found: Preview,
    model: str,
    row_count: int,
    rejected_count: int | None,
) -> Preview:
    """What the staging models say about the landed file."""
    feed = found.arrival.feed
    table = f"landing.{quoted(feed.name)}"
    if feed.config.applies == "linked":
        database.execute(
            f"create temp view staged as select *, null as file_code, null as filter_code from staging.{model}"
        )
    else:
        database.execute(f"create temp view staged as from staging.{model}")
    database.execute("""create temp table coded as
        select _line_number, filter_code, coalesce(filter_code, row_code) as row_code, file_code from staged""")
    whole_file = "select min(file_code) from coded"
    if feed.config.request:
        whole_file += " union all select refusal_code from staging.stg_muster__requests"
    codes = database.execute(whole_file).fetchall()
    database.execute("""
        create temp table rejected as
        select line_number, code, raw_text from landing.unreadable_lines
        union all select _line_number, row_code, null from coded where row_code is not null and filter_code is null
    """)
    counts = database.execute(
        "select code, count(*) from rejected group by code order by count(*) desc, code"
    ).fetchall()
    filtered = database.execute(
        "select filter_code, count(*) from coded where filter_code is not null group by all order by count(*) desc, 1"
    ).fetchall()
    first = database.execute(
        f"""select line_number, code, coalesce(raw_text, {_ROW_AS_SENT})
        from (from rejected order by line_number limit ?) as rejected
        left join {table} as landed on rejected.line_number = landed._line_number order by line_number""",
        [rejected_count if rejected_count is not None else 2**62],
    ).fetchall()
    header = _header(database, feed, table)
    columns = _columns(feed, header)
    return replace(
        found,
        code=next((code for (code,) in codes if code), None),
        columns=columns,
        sample=_sample(database, feed, table, [seen.name for seen in columns if seen.status != "missing"], row_count),
        rejected_counts=dict(counts),
        filtered_counts=dict(filtered),
        rejected=[RejectedLine(*row) for row in first],
    )


def _header(database: duckdb.DuckDBPyConnection, feed: Feed, table: str) -> list[str]:
    """The names of the file's columns: its header, or the keys that its lines have."""
    ((header,),) = database.execute("select header from landing.files").fetchall()
    if header is not None:
        return list(header)
    counts = ", ".join(f"count({quoted(column.name)})" for column in feed.columns)
    (row,) = database.execute(f"select {counts} from {table}").fetchall()
    declared = [column.sent_as for column, count in zip(feed.columns, row, strict=True) if count]
    extra = database.execute(
        f"select key from (select unnest(map_keys(_extra)) as key, _line_number from {table}) "
        "group by key order by min(_line_number), key"
    ).fetchall()
    return declared + [key for (key,) in extra]


def _columns(feed: Feed, header: Sequence[str]) -> list[ColumnSeen]:
    declared = {column.sent_as: column for column in feed.columns}
    seen = [
        ColumnSeen(name, "declared", declared[name].identifier) if name in declared else ColumnSeen(name, "undeclared")
        for name in header
    ]
    lacking = [column for name, column in declared.items() if name not in set(header)]
    return seen + [ColumnSeen(column.sent_as, "missing", column.identifier) for column in lacking]


def _sample(
    database: duckdb.DuckDBPyConnection, feed: Feed, table: str, names: Sequence[str], row_count: int
) -> list[SampleRow]:
    own = {column.sent_as: place for place, column in enumerate(feed.columns)}
    cells = ", ".join(quoted(column.name) for column in feed.columns)
    rows = database.execute(
        f"""select _line_number, row_code, _extra, {cells} from {table} inner join coded using (_line_number)
        order by _line_number limit ?""",
        [row_count],
    ).fetchall()
    return [
        SampleRow(line, code, {name: declared[own[name]] if name in own else (extra or {}).get(name) for name in names})
        for line, code, extra, *declared in rows
    ]


def _peek(arrival: Arrival, spooled: Path, row_count: int) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and first rows of a CSV file that is refused, as far as they can be read."""
    feed = arrival.feed
    header: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    if feed.is_ndjson(arrival.path) or feed.config.pgp:
        return header, rows
    dialect, names = feed.config.dialect.layout, [column.sent_as for column in feed.columns]
    with suppress(FileRefusedError), _plain_csv(arrival, spooled, dialect, len(names)) as file:
        header = (file.header if dialect.header else names) or []
        for batch in file.read():
            lines, *columns = (column.to_pylist() for column in batch.slice(0, row_count).columns)
            rows = [(line, list(cells)) for line, cells in zip(lines, zip(*columns, strict=True), strict=True)]
            break
    return header, rows


@contextmanager
def _plain_csv(arrival: Arrival, spooled: Path, dialect: Dialect, column_count: int) -> Iterator[CsvFile]:
    limits = Limits()
    with (
        open_decoded(spooled, arrival.feed.compression_of(arrival.path), limits) as plain,
        CsvFile(plain, dialect, limits, None if dialect.header else column_count) as file,
    ):
        yield file
