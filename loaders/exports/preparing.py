"""The first half of an export: its files are written and noted, and nothing has been sent yet."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from loaders.config.pgp_recipients import load_pgp_recipients
from loaders.config.settings import Settings
from loaders.database import utc_now
from loaders.errors import ConfigurationError, NeedsAttentionError
from loaders.exports import lines
from loaders.exports.encrypting import Encryption
from loaders.exports.export import Export
from loaders.exports.kept import keep
from loaders.exports.ledger import (
    COUNTS,
    Counts,
    ExportRun,
    PreparedFile,
    insert_file,
    insert_run,
    last_delivered,
    last_moment,
    next_run_id,
    note_delivered,
)
from loaders.exports.names import NameTemplate
from loaders.exports.selecting import OPERATION, Selection, Stream, select
from loaders.exports.selecting_events import select_events
from loaders.exports.writing import Encrypt, Part, Written, measured, private, write_lines
from loaders.publishing import note_change

_PATIENCE = 1.5
"""For how many seconds a run waits for a time that its names have not said yet."""


class ExportHeldError(NeedsAttentionError):
    """An export would shrink more than it may: nothing was sent."""


@dataclass(frozen=True)
class Wish:
    """How one run of an export differs from what is declared."""

    everybody: bool = False
    """Also those whose row has not changed."""
    allow_shrink: bool = False


@dataclass(frozen=True)
class Plan:
    """A file to be written: its name, and its parts."""

    template: NameTemplate
    name: str
    parts: tuple[Part, ...]


def outbox_of(settings: Settings, run_id: int) -> Path:
    """Where the files of a run lie until they are delivered."""
    return settings.outbox / str(run_id)


def prepare(
    connection: duckdb.DuckDBPyConnection, settings: Settings, export: Export, log_id: int, wish: Wish
) -> tuple[ExportRun | None, Counts]:
    """Write the files of a run into the outbox, and note it as prepared: what is sent from now on is theirs.

    No run if there is nothing to send: what the partner has is up to date then. Raises
    `ExportHeldError` (noted too), `NeedsAttentionError` and `ConfigurationError` as `select`, and OSError.
    """
    with _encryption(settings, export) as encrypt:
        moment = _moment_of(connection, export)
        selection = selection_of(connection, export, moment, wish)
        if not _has_news(export, selection):
            return None, selection.counts
        note_change(settings)
        run_id = next_run_id(connection)
        if fault := None if wish.allow_shrink else _shrink(connection, export, selection.counts):
            _note(connection, export, run_id, moment, log_id, selection.counts, state="held", detail=fault)
            raise ExportHeldError(f"export {export.name}: held: {fault}")
        folder = outbox_of(settings, run_id)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        files = list(_written(connection, export, moment, selection, folder, encrypt))
        connection.begin()
        for told in selection.told:
            connection.execute(told.format(run_id=run_id))
        counts, layout = selection.counts, selection.layout
        _note(connection, export, run_id, moment, log_id, counts, state="prepared", layout=layout)
        for file in files:
            insert_file(connection, run_id, file)
        connection.commit()
    if not files:
        keep(connection, settings, run_id)
        note_delivered(connection, run_id, utc_now())
        shutil.rmtree(folder, ignore_errors=True)
        return None, selection.counts
    return ExportRun(run_id, export.name, moment, tuple(files)), selection.counts


def _has_news(export: Export, selection: Selection) -> bool:
    """Whether a run would send anything, or change what the partner is known to have, or when the export last ran."""
    config, counts = export.config, selection.counts
    is_timed = config.every is not None or config.schedule is not None
    sends = counts.row_count or any(_sends_empty(export, one) and not one.has("type") for one in config.file_names)
    return bool(is_timed or sends or counts.left_count or counts.silently_returned_count)


def selection_of(connection: duckdb.DuckDBPyConnection, export: Export, moment: datetime, wish: Wish) -> Selection:
    """What an export would write as of `moment`. Raises as `select`."""
    find = select_events if export.config.events else select
    return find(connection, export, moment, everybody=wish.everybody)


def _moment_of(connection: duckdb.DuckDBPyConnection, export: Export) -> datetime:
    """Now, once its names are others than those of the last run: a second later, if that is enough.

    Raises `NeedsAttentionError` if it is not.
    """
    last = last_moment(connection, export.name)
    names = [one for one in (*export.config.file_names, *export.config.manifests) if not one.is_fixed]
    until = time.monotonic() + _PATIENCE
    while True:
        moment = utc_now()
        same = [one for one in names if last and export.name_of(one, moment) == export.name_of(one, last)]
        if not same:
            return moment
        if time.monotonic() > until:
            raise NeedsAttentionError(
                f"export {export.name}: a file {export.name_of(same[0], moment)!r} was prepared before: its name must"
                " say the time down to the second, {timestamp:%Y%m%d%H%M%S}, or be exported less often"
            )
        time.sleep(0.1)


def _shrink(connection: duckdb.DuckDBPyConnection, export: Export, counts: Counts) -> str | None:
    """What is wrong with the number of members, if it is not as the last run would have one expect."""
    last = last_delivered(connection, export.name)
    if last is None or last[1] < export.config.judged_from:
        return None
    before, now = last[1], counts.member_count
    if before - now <= export.config.max_shrink * before:
        return None
    return (
        f"the segment had {before} members at {last[0]:%Y-%m-%d %H:%M} and has {now} ({counts.left_count} would be told"
        f" to have left, {counts.row_count} rows would be written): more than max_shrink, {export.config.max_shrink:g},"
        f" are gone. If that is right: `muster export {export.name} --allow-shrink`"
    )


def _note(
    connection: duckdb.DuckDBPyConnection,
    export: Export,
    run_id: int,
    moment: datetime,
    log_id: int,
    counts: Counts,
    *,
    state: str,
    layout: str | None = None,
    detail: str | None = None,
) -> None:
    insert_run(
        connection, run_id=run_id, export=export.name, state=state, moment=moment, log_id=log_id, detail=detail,
        touches=export.config.touches, layout=layout, prepared_at=utc_now(),
        **dict(zip(COUNTS, counts.values(), strict=True)),
    )  # fmt: skip


@contextmanager
def _encryption(settings: Settings, export: Export) -> Iterator[Encrypt | None]:
    """What encrypts the export's files; its keys have been tried."""
    if export.config.pgp is None:
        yield None
        return
    declared = load_pgp_recipients(settings.connections)
    if export.config.pgp not in declared:
        raise ConfigurationError(
            f"{export.declared_at}: export {export.name}: {settings.connections} has no pgp_recipients"
            f" {export.config.pgp!r}"
        )
    settings.outbox.mkdir(parents=True, exist_ok=True, mode=0o700)
    with Encryption(declared[export.config.pgp], settings.outbox) as encryption:
        yield encryption


def _plans(export: Export, moment: datetime, selection: Selection) -> Iterator[Plan]:
    """The files of a run; a file of no rows only where it replaces one, or is asked for."""
    config, between = export.config, export.config.dialect.delimiter
    profiles, *leavers = config.file_names
    for stream in selection.streams:
        size = config.rows_per_file or max(1, stream.count)
        for number, begin in enumerate(range(0, stream.count, size), 1):
            limit = f" limit {size} offset {begin}" if config.rows_per_file else ""
            parts = [_part(stream, f"UPDATE{between}" if config.leavers == "column" else "", limit)]
            if config.leavers == "column" and begin + size >= stream.count:
                parts.append(_part(selection.leavers, f"DELETE{between}"))
            yield Plan(profiles, export.name_of(profiles, moment, type=stream.type, number=str(number)), tuple(parts))
    if not any(stream.count for stream in selection.streams):
        parts = [_part(selection.leavers, f"DELETE{between}")] if config.leavers == "column" else []
        if (parts and selection.counts.left_count) or (_sends_empty(export, profiles) and not profiles.has("type")):
            yield Plan(profiles, export.name_of(profiles, moment, number="1"), tuple(parts))
    for template in leavers:
        if selection.counts.left_count or _sends_empty(export, template):
            yield Plan(template, export.name_of(template, moment, number="1"), (_part(selection.leavers, ""),))


def _part(stream: Stream, prefix: str, limit: str = "") -> Part:
    return Part(f"select line from {stream.relation} order by {stream.order}{limit}", prefix)


def _sends_empty(export: Export, template: NameTemplate) -> bool:
    return (export.config.when_empty or ("header" if template.is_fixed else "nothing")) == "header"


def _written(
    connection: duckdb.DuckDBPyConnection,
    export: Export,
    moment: datetime,
    selection: Selection,
    folder: Path,
    encrypt: Encrypt | None,
) -> Iterator[PreparedFile]:
    """Write the files, each to its position in the folder."""
    dialect = export.config.dialect
    first = (OPERATION,) if export.config.leavers == "column" else ()
    files: list[PreparedFile] = []
    for position, plan in enumerate(_plans(export, moment, selection)):
        written = write_lines(
            connection,
            plan.parts,
            folder / str(position),
            header=lines.header(selection.columns, dialect, first),
            end=lines.end_of(dialect),
            template=plan.template,
            encrypt=encrypt if plan.template.is_encrypted else None,
        )
        files.append(_prepared(export, position, plan.template, plan.name, written))
    yield from files
    for template in export.config.manifests if files else ():
        name = export.name_of(template, moment)
        yield _prepared(
            export, len(files), template, name, _manifest(folder / str(len(files)), files, encrypt, template)
        )


def _prepared(export: Export, position: int, template: NameTemplate, name: str, written: Written) -> PreparedFile:
    return PreparedFile(
        position=position,
        connection=export.config.connection,
        directory=export.config.directory,
        name=name,
        replaces=template.is_fixed,
        row_count=written.row_count,
        size_bytes=written.size_bytes,
        sha256=written.sha256,
    )


def _manifest(path: Path, files: Sequence[PreparedFile], encrypt: Encrypt | None, template: NameTemplate) -> Written:
    """The file that is sent last: what the others are called, their rows, bytes and sha256."""
    told = [{"name": f.name, "rows": f.row_count, "bytes": f.size_bytes, "sha256": f.sha256} for f in files]
    plain = path.with_name(path.name + ".plain") if encrypt and template.is_encrypted else path
    with private(plain) as file:
        file.write(json.dumps({"files": told}, indent=1, ensure_ascii=False).encode() + b"\n")
    if plain != path and encrypt:
        encrypt(plain, path, armored=template.is_armored)
        plain.unlink()
    return measured(path, len(files))
