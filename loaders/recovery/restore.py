"""The landing tables, made again from the archive: the same numbers, rows and decisions (G9, C106)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from loaders.archive.contents import archived
from loaders.archive.journal import Entry, Journal
from loaders.archive.rows import insert_row
from loaders.config.settings import Settings
from loaders.database import ensure_landing, open_database
from loaders.errors import FileRefusedError
from loaders.feeds.feed import Feed
from loaders.feeds.import_request import request_of
from loaders.landing.arrival import Arrival
from loaders.landing.keyrings import Keyrings
from loaders.landing.land_file import FileLanding
from loaders.landing.rows import insert_unreadable


@dataclass
class Restored:
    """What was restored, and what is not as it was."""

    file_count: int = 0
    decision_count: int = 0
    export_count: int = 0
    """Delivered runs of exports."""
    notes: list[str] = field(default_factory=list)


def restore(settings: Settings, database: Path, feeds: Sequence[Feed]) -> Restored:
    """Make `database`, which is not there yet, with all that the archive of the installation has.

    What a feed's declaration makes of its files now is what lands; where that is not what landed then, a note says so.
    Raises `DamagedError` if the journal or the bytes of a file are damaged, `ConfigurationError` if keys are missing.
    """
    report = Restored()
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        open_database(database) as connection,
        Keyrings(settings.connections, settings.spool, feeds) as keyrings,
    ):
        ensure_landing(connection, feeds)
        restoring = _Restoring(settings, connection, keyrings, {feed.name: feed for feed in feeds}, report)
        for entry in Journal(settings.archive).entries():
            restoring.restore(entry)
    return report


@dataclass(frozen=True)
class _Restoring:
    settings: Settings
    connection: duckdb.DuckDBPyConnection
    keyrings: Keyrings
    feeds: Mapping[str, Feed]
    report: Restored

    def restore(self, entry: Entry) -> None:
        """One entry of the log, in a transaction of its own."""
        self.connection.begin()
        if entry.file:
            self.report.file_count += 1
            if entry.request:
                self._insert("import_requests", entry.request)
            self._insert("files", entry.file | self._land(entry.file, entry.request))
        elif entry.decision:
            self.report.decision_count += 1
            self._insert("decisions", entry.decision)
        elif entry.rename:
            self.connection.execute("delete from landing.renames where file_id = ?", [entry.rename["file_id"]])
            self._insert("renames", entry.rename)
        self.connection.commit()

    def _land(self, file: dict[str, Any], request: dict[str, Any] | None) -> dict[str, Any]:
        """Land the rows of a file; what the ledger has to say otherwise than then."""
        path = archived(self.settings, file["sha256"], f"file {file['file_id']} ({file['path']})")
        if file["role"] != "data" or file["duplicate_of"] is not None or file["refusal_code"] is not None:
            return {}
        feed = self.feeds.get(file["feed"])
        if feed is None:
            self._note(file, f"its feed {file['feed']} is not declared any more: its rows are left out")
            return {"row_count": 0, "line_count": 0, "unreadable_count": 0, "refusal_code": "no_feed"}
        link = self.settings.spool / f"restored-{file['file_id']}"
        link.unlink(missing_ok=True)
        link.symlink_to(path.resolve())
        landing = FileLanding(self.connection, _arrival(feed, file, request), link, file["sha256"], self.keyrings)
        try:
            content = landing.read(file["file_id"])
        except FileRefusedError as refusal:
            self.connection.rollback()
            self.connection.begin()
            if request:
                self._insert("import_requests", request)
            self._note(file, f"was landed, and would be refused now: {refusal}")
            counts = {"row_count": 0, "line_count": 0, "unreadable_count": 0}
            return counts | {"refusal_code": refusal.code, "refusal_detail": refusal.detail}
        finally:
            link.unlink(missing_ok=True)
        if content.unreadable:
            insert_unreadable(self.connection, file["file_id"], content.unreadable)
        counts = {
            "row_count": content.row_count,
            "line_count": content.row_count + len(content.unreadable),
            "unreadable_count": len(content.unreadable),
        }
        if differing := {name: count for name, count in counts.items() if file[name] != count}:
            self._note(file, ", ".join(f"{name} is {now}, and was {file[name]}" for name, now in differing.items()))
        return counts

    def _note(self, file: dict[str, Any], what: str) -> None:
        self.report.notes.append(f"file {file['file_id']} ({file['path']}): {what}")

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        insert_row(self.connection, "landing", table, row)


def _arrival(feed: Feed, file: dict[str, Any], request: dict[str, Any] | None) -> Arrival:
    """The file as it was when it came."""
    return Arrival(
        feed,
        file["path"],
        file["role"],
        file["size_bytes"],
        datetime.fromisoformat(file["modified_at"]),
        file["name_parts"],
        file["tenant_id"],
        file["segment_name"],
        datetime.fromisoformat(file["sent_at"]),
        request=request_of(request) if request else None,
    )
