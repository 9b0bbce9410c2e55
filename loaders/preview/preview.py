"""`muster feeds preview`: what landing and building a file would make of it, without doing either (B14).

The file lands in a database of its own in a temporary folder, by the reader that landing uses, and dbt builds on it the
feed's staging model and the one that reads cells: so a preview cannot disagree with a build. What depends on other
files (identities, order, duplicates, held deliveries) only a build can say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from loaders.building.dbt_runs import build_only
from loaders.config.settings import Settings
from loaders.database import ensure_landing, open_database
from loaders.errors import ConfigurationError, FileRefusedError
from loaders.feeds.feed import Feed
from loaders.feeds.loading import load_feeds
from loaders.landing.arrival import Arrival
from loaders.landing.keyrings import Keyrings
from loaders.landing.land_file import FileLanding
from loaders.landing.report import Progress, silent
from loaders.preview.candidate import fetch_newest, local_arrival
from loaders.preview.result import Preview, SampleRow
from loaders.preview.verdict import columns_seen, judged
from loaders.reading.csv_file import CsvFile
from loaders.reading.decode import Limits, open_decoded
from loaders.reading.dialect import Dialect


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
            waiting = fetch_newest(settings, feeds, feed, spooled, progress)
            if waiting is None:
                return None
            arrival = waiting
        else:
            arrival, name_fits = local_arrival(feeds, Path(target), _feed_named(feeds, feed_name))
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
            landed = FileLanding(database, found.arrival, spooled, "", keyrings).land(lambda: None)
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
        return replace(found, columns=columns_seen(feed, header) if header else [], sample=sample)
    work = settings.home / "work.duckdb"
    build_only(settings, [f"+{model}", "+int_rows"], work)
    with open_database(settings.database, work=str(work)) as database:
        return judged(database, found, row_count, rejected_count)


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
