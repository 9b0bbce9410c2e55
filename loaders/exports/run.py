"""A run of exports: what is due is prepared and delivered, one export after the other; none disturbs another."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import duckdb

from loaders.building.progress import progress_of
from loaders.config.connections import Connection, load_connections
from loaders.config.settings import Settings
from loaders.database import one_writer, open_database, utc_now
from loaders.errors import ConfigurationError, MusterError, NeedsAttentionError, UnexpectedError
from loaders.exports.delivering import Progress, deliver
from loaders.exports.export import Export
from loaders.exports.kept import check as check_kept
from loaders.exports.ledger import Counts, discard, last_delivered, unfinished
from loaders.exports.loading import load_exports
from loaders.exports.preparing import Wish, outbox_of, prepare, selection_of
from loaders.exports.preview import ExportPreview, preview
from loaders.installation import check
from loaders.interrupts import end_if_told
from loaders.transport.logins import Logins
from loaders.transport.opening import open_destination


@dataclass
class ExportReport:
    """What became of each export of a run."""

    delivered: list[dict[str, object]] = field(default_factory=list)
    """A row per file that was delivered, and per export that had nothing to send."""
    errors: dict[str, MusterError] = field(default_factory=dict)


def export(
    settings: Settings,
    only: Sequence[str] = (),
    *,
    wish: Wish = Wish(),  # noqa: B008  # it cannot be changed
    scheduled: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda _where, _done, _size: None,
) -> ExportReport:
    """Export what is named in `only`; else what is switched on, and `scheduled`: due.

    A run that was prepared and not delivered whole is delivered first, as it was prepared. `dry_run`: only count.
    Raises `LockedError`, `DamagedError`, `ConfigurationError` for what is declared wrong, and `NeedsAttentionError` if
    the marts are not up to date: nothing is exported from a build that failed, or is still to come.
    """
    exports = load_exports(settings.root)
    if unknown := set(only) - {one.name for one in exports}:
        known = ", ".join(one.name for one in exports) or "none is declared"
        raise ConfigurationError(f"there is no export {sorted(unknown)[0]!r}; known: {known}")
    chosen = [one for one in exports if one.name in only or (not only and one.config.enabled)]
    report = ExportReport()
    if not chosen:
        return report
    with one_writer(settings.home), open_database(settings.database, settings=_ORDERED) as connection:
        check(settings, connection)
        check_kept(connection, settings)
        log_id = _decided(connection)
        _tidy(connection, settings)
        connections = load_connections(settings.connections)
        logins = Logins(settings.home / "refused_logins.json", by_schedule=scheduled)
        for one in chosen:
            last = last_delivered(connection, one.name)
            if scheduled and not one.is_due(last[0] if last else None, utc_now()):
                continue
            run = _One(connection, settings, one, connections, logins, progress)
            try:
                if dry_run:
                    report.delivered.append(run.counted(wish))
                else:
                    report.delivered += run.exported(log_id, wish)
            except MusterError as error:
                report.errors[one.name] = error
            except (duckdb.Error, RuntimeError, ValueError) as error:
                end_if_told()
                report.errors[one.name] = UnexpectedError(f"export {one.name}: {type(error).__name__}: {error}")
    return report


_ORDERED = {"preserve_insertion_order": "true"}


def discard_run(settings: Settings, name: str) -> int:
    """Give up the run of this export that was prepared and not delivered whole; its number.

    Raises `ConfigurationError` if there is none.
    """
    with one_writer(settings.home), open_database(settings.database) as connection:
        run = unfinished(connection, name)
        if run is None:
            raise ConfigurationError(f"export {name}: no run of it is under way")
        discard(connection, run.run_id)
        shutil.rmtree(outbox_of(settings, run.run_id), ignore_errors=True)
        return run.run_id


def preview_of(settings: Settings, name: str, *, limit: int, wish: Wish) -> ExportPreview:
    """What the export of this name would write now. Raises as `export`."""
    found = next((one for one in load_exports(settings.root) if one.name == name), None)
    if found is None:
        raise ConfigurationError(f"there is no export {name!r}; `muster exports list` names them")
    with one_writer(settings.home), open_database(settings.database, settings=_ORDERED) as connection:
        _decided(connection)
        return preview(connection, found, utc_now(), limit=limit, wish=wish)


@dataclass
class _One:
    """One export of a run."""

    connection: duckdb.DuckDBPyConnection
    settings: Settings
    export: Export
    connections: dict[str, Connection]
    logins: Logins
    progress: Progress

    def counted(self, wish: Wish) -> dict[str, object]:
        """What it would write now."""
        counts = selection_of(self.connection, self.export, utc_now(), wish).counts
        return {"export": self.export.name, "file": None, "state": "counted"} | _told(counts)

    def exported(self, log_id: int, wish: Wish) -> list[dict[str, object]]:
        """Deliver what was prepared, or prepare it now and deliver it."""
        run = unfinished(self.connection, self.export.name)
        counts: Counts | None = None
        if run is None:
            run, counts = prepare(self.connection, self.settings, self.export, log_id, wish)
        if run is None:
            return [{"export": self.export.name, "file": None, "state": "up to date"} | _told(counts)]
        with ExitStack() as stack:
            connection = self._connection()
            remote = open_destination(connection)
            stack.push(remote.__exit__)
            self.logins.log_in(connection, remote.__enter__)
            deliver(self.connection, self.settings, self.export, run, remote, self.progress)
        return [
            {"export": self.export.name, "file": file.name, "state": "delivered", "row_count": file.row_count}
            | (_told(counts) if file is run.files[0] and counts else {})
            for file in run.files
        ]

    def _connection(self) -> Connection:
        found = self.connections.get(self.export.config.connection)
        if found is None:
            raise ConfigurationError(
                f"{self.export.declared_at}: export {self.export.name}: {self.settings.connections} has no connection"
                f" {self.export.config.connection!r}"
            )
        return found


def _told(counts: Counts | None) -> dict[str, object]:
    return dict(vars(counts)) if counts else {}


def _decided(connection: duckdb.DuckDBPyConnection) -> int:
    """The last entry of the log that the marts tell of. Raises `NeedsAttentionError` if there are later ones."""
    now = progress_of(connection)
    if not now.is_built or now.pending_entries:
        raise NeedsAttentionError(
            "nothing is exported: the tables are not up to date with what has landed. `muster build` brings them there,"
            " or says what is wrong"
        )
    return now.decided


def _tidy(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Remove from the outbox what no run needs: a file that was being written when its process died is in clear."""
    needed = {
        str(run_id)
        for (run_id,) in connection.execute("select run_id from exported.runs where state = 'prepared'").fetchall()
    }
    for path in settings.outbox.iterdir() if settings.outbox.is_dir() else ():
        if path.name not in needed:
            shutil.rmtree(path, ignore_errors=True)
