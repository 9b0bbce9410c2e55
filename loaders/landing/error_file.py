"""The error file of an import job: its rejected records, byte for byte as sent, to be corrected and sent again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loaders.archive.contents import archived
from loaders.config.settings import Settings
from loaders.database import has_table
from loaders.errors import ConfigurationError, NeedsAttentionError, NotBuiltError
from loaders.feeds.feed import Feed
from loaders.feeds.loading import load_feeds
from loaders.landing.keyrings import Keyrings
from loaders.publishing import open_to_read
from loaders.reading.csv_frame import frame_of
from loaders.reading.csv_records import RecordReader
from loaders.reading.decode import Limits, open_decoded
from loaders.reading.encodings import text_of


def error_file(settings: Settings, file_id: int) -> Iterator[bytes]:
    """The pieces of the error file of one landed file: its header if it has one, then its rejected records (M1), each
    whole; and the lines that its feed has before and after them (C54).

    They come from the archive, and are decrypted if need be. Raises `ConfigurationError` if there is no such file
    or it is a duplicate, `NotBuiltError` if it was not built yet, `NeedsAttentionError` if it was refused as a whole
    (then there is nothing to pick from it), `DamagedError` if its bytes are not in the archive, or
    not as they were.
    """
    feed, path, sent, rejected = _look_up(settings, file_id)
    settings.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    link = settings.spool / f"errors-{file_id}"
    link.unlink(missing_ok=True)
    link.symlink_to(sent)
    try:
        with (
            Keyrings(settings.connections, settings.spool, [feed]) as keyrings,
            keyrings.decrypted(link, feed, Limits()) as decrypted,
            open_decoded(decrypted, feed.compression_of(path), Limits()) as plain,
        ):
            yield from _picked(plain, feed, path, rejected)
    finally:
        link.unlink(missing_ok=True)


def is_of_a_list(settings: Settings, file_id: int) -> bool:
    """Whether the file is of a list that replaces its segments: its rejected lines alone are no such list (C82)."""
    feed, *_ = _look_up(settings, file_id)
    if feed.config.applies != "import":
        return feed.config.applies == "complete_list"
    with open_to_read(settings) as connection:
        asked = connection.execute("select clear from landing.import_requests where file_id = ?", [file_id]).fetchall()
    return bool(asked and asked[0][0])


def _look_up(settings: Settings, file_id: int) -> tuple[Feed, str, Path, set[int]]:
    with open_to_read(settings) as connection:
        found = connection.execute(
            """select feed, path, sha256, refusal_code, refusal_detail, duplicate_of from landing.files
            where file_id = ?""",
            [file_id],
        ).fetchall()
        if not found:
            raise ConfigurationError(f"there is no file {file_id}; `muster files` lists them")
        name, path, sha256, code, detail, duplicate_of = found[0]
        if duplicate_of:
            raise ConfigurationError(f"{path} repeats file {duplicate_of}: `muster errors {duplicate_of}`")
        if code:
            raise NeedsAttentionError(f"{path} was refused as a whole, not line by line: {code}: {detail}")
        if not has_table(connection, "marts", "rejected_rows"):
            raise NotBuiltError(f"{settings.database}: nothing has been built yet; `muster build` does it")
        if not connection.execute("select 1 from marts.import_jobs where file_id = ?", [file_id]).fetchall():
            raise NotBuiltError(f"{path} is landed, but not built yet; `muster build` does it")
        lines = connection.execute(
            "select line_number from marts.rejected_rows where file_id = ?", [file_id]
        ).fetchall()
    feeds = {feed.name: feed for feed in load_feeds(settings.root)}
    if name not in feeds:
        raise ConfigurationError(f"{path}: its feed {name} is not declared any more")
    return feeds[name], path, archived(settings, sha256, path).resolve(), {line for (line,) in lines}


def _picked(plain: Path, feed: Feed, path: str, rejected: set[int]) -> Iterator[bytes]:
    if feed.is_ndjson(path):
        with plain.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if number in rejected:
                    yield raw if raw.endswith(b"\n") else raw + b"\n"
        return
    dialect = feed.config.dialect.layout
    text = text_of(plain, dialect.encoding, Limits())
    frame = frame_of(text.data, dialect)
    records = RecordReader(text.data, dialect, Limits(), frame.end)
    position, line = records.skip_blank_lines(frame.start, frame.line)
    is_header = dialect.header
    if text.codec == "utf-8":
        yield text.data[len(text.mark) : frame.start]
    else:
        yield text.mark + text.as_sent(text.data[: frame.start])
    while position < frame.end:
        start, number = position, line
        _, position, line = records.read(position, line, None)
        if is_header or number in rejected:
            record = text.data[start:position]
            yield text.as_sent(record if record.endswith((b"\n", b"\r")) else record + b"\n")
        is_header = False
        position, line = records.skip_blank_lines(position, line)
    yield text.as_sent(text.data[frame.end :])
