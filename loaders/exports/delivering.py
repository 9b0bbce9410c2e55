"""The second half of an export: its files are sent, each whole or not at all; wherever it dies, it goes on there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path

import duckdb

from loaders.config.settings import Settings
from loaders.database import utc_now
from loaders.errors import DamagedError
from loaders.exports.export import Export
from loaders.exports.kept import keep
from loaders.exports.ledger import ExportRun, PreparedFile, note_delivered, note_file
from loaders.exports.preparing import outbox_of
from loaders.exports.writing import measured
from loaders.publishing import note_change
from loaders.transport.interface import Destination, FileVanishedError, SendRefusedError

Progress = Callable[[str, int, int], None]
"""Is told the path of a file, how many bytes of it were sent, and how many it has."""


def part_name(run_id: int, file: PreparedFile) -> str:
    """Under which name a file is sent, until it is whole: one that nobody takes, and that is no other run's."""
    return f".{file.position}-{run_id}-{file.sha256[:12]}.part"


def deliver(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    export: Export,
    run: ExportRun,
    remote: Destination,
    progress: Progress,
) -> None:
    """Send what of a prepared run was not sent yet, in its order, and note that the partner has it.

    Each file goes up under a name of its own and is compared; that is noted; then it gets its name in one step, and
    that is noted. Of a file that was noted as uploaded and is not there, the step was done if the file is there under
    its name; else it is sent again, with the same bytes under the same name. Raises as `Destination`, and
    `DamagedError` if a file in the outbox is not what was prepared.
    """
    note_change(settings)
    for file in run.files:
        if file.state == "delivered":
            continue
        part = part_name(run.run_id, file)
        if file.state == "prepared" or not _is_uploaded(remote, settings, run, file, part):
            _upload(settings, export, run, file, remote, progress)
            note_file(connection, run.run_id, file.position, "uploaded", None)
        with suppress(FileVanishedError) if file.state == "uploaded" else nullcontext():
            remote.put_in_place(
                file.directory, part, file.name, over=file.replaces, allow_gap=export.config.replace_with_gap
            )
        note_file(connection, run.run_id, file.position, "delivered", utc_now())
    keep(connection, settings, run.run_id)
    note_delivered(connection, run.run_id, utc_now())
    shutil.rmtree(outbox_of(settings, run.run_id), ignore_errors=True)


def _upload(
    settings: Settings, export: Export, run: ExportRun, file: PreparedFile, remote: Destination, progress: Progress
) -> None:
    """Send a file under its temporary name, and compare it."""
    part, where = part_name(run.run_id, file), f"{file.connection}:{file.directory}/{file.name}"
    path = _checked(settings, run, file)
    remote.send(file.directory, part, path, lambda done: progress(where, done, file.size_bytes))
    if export.config.verify == "content" and _sha256_of(remote, settings, run, file, part) != file.sha256:
        remote.remove(file.directory, part)
        raise SendRefusedError(f"{where}: the server has other bytes than were sent: it is not to change files")


def _is_uploaded(remote: Destination, settings: Settings, run: ExportRun, file: PreparedFile, part: str) -> bool:
    """Whether a file that was noted as uploaded is there: under its temporary name, or already under its own."""
    if remote.find(file.directory, part):
        return True
    found = remote.find(file.directory, file.name)
    if found is None or found.size != file.size_bytes:
        return False
    return not file.replaces or _sha256_of(remote, settings, run, file, file.name) == file.sha256


def _sha256_of(remote: Destination, settings: Settings, run: ExportRun, file: PreparedFile, name: str) -> str | None:
    """Fetch a file of the server's; its sha256, or None if there is none."""
    found = remote.find(file.directory, name)
    if found is None:
        return None
    target = outbox_of(settings, run.run_id) / f"{file.position}.sent"
    try:
        return remote.fetch(file.directory, found, target, lambda _: None)
    finally:
        target.unlink(missing_ok=True)


def _checked(settings: Settings, run: ExportRun, file: PreparedFile) -> Path:
    """The file in the outbox. Raises `DamagedError` if it is not the one that was prepared."""
    path = outbox_of(settings, run.run_id) / str(file.position)
    if not path.exists() or measured(path, file.row_count).sha256 != file.sha256:
        raise DamagedError(
            f"{path}: this is not the file {file.name!r} that was prepared, and it cannot be sent; nothing was noted as"
            f" delivered. `muster export --discard {run.export}` gives the run up, and the next one writes it anew"
        )
    return path
