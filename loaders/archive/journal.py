"""The journal of the archive: every entry of the log with all that the ledger knows of it, as one line of JSON.

With the bytes of the files it is enough to make a lost database again (G9, C106). It follows the ledger: an entry is
written after its commit, and before its file gets another name on the server.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from loaders.database import has_table
from loaders.errors import DamagedError

_BLOCK = 65_536

_ENTRIES = """
select
    file_id as log_id,
    to_json({
        'log_id': file_id, 'file': files, 'request': case when requests.file_id is not null then requests end
    }) as line
from landing.files as files left join landing.import_requests as requests using (file_id)
where file_id > $after
union all
select log_id, to_json({'log_id': log_id, 'decision': decisions}) as line
from landing.decisions as decisions
where log_id > $after
order by log_id
"""
_RENAME = "select to_json({'rename': renames}) from landing.renames as renames where file_id = ? order by begun_at desc"


@dataclass(frozen=True)
class Entry:
    """One line of the journal; of `file`, `decision` and `rename` one is there: rows of the tables of these names."""

    log_id: int | None
    """The place in the log; a rename has none."""
    file: dict[str, Any] | None = None
    request: dict[str, Any] | None = None
    """Of an imported file: what was asked for."""
    decision: dict[str, Any] | None = None
    rename: dict[str, Any] | None = None
    is_correction: bool = field(default=False, compare=False)
    """Whether it stands for what an earlier line said of the same entry."""

    @classmethod
    def of(cls, line: bytes) -> Entry:
        """The entry of a line. Raises `ValueError` if it is none."""
        found = json.loads(line)
        log_id, file, request, decision, rename = (
            found.get(name) for name in ("log_id", "file", "request", "decision", "rename")
        )
        entry = cls(log_id, file, request, decision, rename, bool(found.get("is_correction")))
        if sum(part is not None for part in (entry.file, entry.decision, entry.rename)) != 1:
            raise ValueError("neither file, decision nor rename")
        return entry

    @property
    def key(self) -> tuple[object, ...]:
        """What tells this entry from one of the same number in another log."""
        row = self.file or self.decision or {}
        return (self.log_id, *(row.get(name) for name in ("feed", "path", "sha256", "kind", "delivery")))

    @property
    def name(self) -> str:
        """What it is about, for people."""
        row = self.file or self.decision or {}
        return str(row.get("path") or row.get("delivery") or row.get("kind"))


class Journal:
    """The journal in the folder `archive`."""

    def __init__(self, archive: Path) -> None:
        """Nothing is read yet."""
        self.path = archive / "journal.ndjson"

    def entries(self) -> Iterator[Entry]:
        """All entries in their order; one that was corrected as it is now, in its old place.

        Raises `DamagedError` with file and line for one that cannot be read.
        """
        corrected = {entry.log_id: entry for entry in self._lines() if entry.is_correction}
        for entry in self._lines():
            if not entry.is_correction:
                yield corrected.get(entry.log_id, entry) if entry.log_id is not None else entry

    def _lines(self) -> Iterator[Entry]:
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return  # cut while it was written: the ledger has it, or nobody was told
                try:
                    yield Entry.of(line)
                except ValueError as error:
                    raise DamagedError(f"{self.path}:{number}: this is no entry of a journal: {error}") from None

    @staticmethod
    def of(connection: duckdb.DuckDBPyConnection) -> Iterator[Entry]:
        """The entries that a database has."""
        for _, line in connection.execute(_ENTRIES, {"after": 0}).fetchall():
            yield Entry.of(line.encode())

    def last(self) -> Entry | None:
        """The last entry of the log that it has whole."""
        if not self.path.exists():
            return None
        with self.path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            begin = end
            while begin > 0:
                begin = max(begin - _BLOCK, 0)
                file.seek(begin)
                lines = file.read(end - begin).split(b"\n")
                for line in reversed(lines[1 if begin else 0 : -1]):
                    try:
                        entry = Entry.of(line)
                    except ValueError:
                        continue
                    if entry.log_id is not None and not entry.is_correction:
                        return entry
        return None

    def check(self, connection: duckdb.DuckDBPyConnection, database: Path) -> None:
        """Raises `DamagedError` if the database lacks what the journal has: it is older, or another one (C106)."""
        last = self.last()
        if last is None or last.log_id is None:
            return
        lines = []
        if has_table(connection, "landing", "files"):
            lines = connection.execute(f"{_ENTRIES} limit 1", {"after": last.log_id - 1}).fetchall()
        if lines and Entry.of(lines[0][1].encode()).key == last.key:
            return
        raise DamagedError(
            f"{database}: the database is not that of its archive, or an older copy: it lacks entry {last.log_id} of"
            f" the log ({last.name}), which {self.path} has. `muster rebuild` makes it anew from the archive; if it is"
            " meant to be another database, give it a folder of its own (MUSTER_HOME)"
        )

    def check_missing(self, database: Path) -> None:
        """Raises `DamagedError` if there was a database: its log is here (C63, C106)."""
        if last := self.last():
            raise DamagedError(
                f"{database}: there is no database, but {self.path} has its log, up to entry {last.log_id}"
                f" ({last.name}). `muster rebuild` makes it anew from the archive; if it is elsewhere, set"
                " MUSTER_DATABASE; if another one is to begin, give it a folder of its own (MUSTER_HOME)"
            )

    def catch_up(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write down all entries of the ledger behind the last one here, after `check`."""
        last = self.last()
        lines = connection.execute(_ENTRIES, {"after": (last.log_id or 0) if last else 0}).fetchall()
        self._append([line for _, line in lines])

    def correct(self, connection: duckdb.DuckDBPyConnection, file_ids: Sequence[int]) -> None:
        """Write down what the ledger says now of files that have an entry already."""
        lines = connection.execute(_ENTRIES, {"after": min(file_ids) - 1}).fetchall()
        found = [json.loads(line) for log_id, line in lines if log_id in file_ids]
        self._append([json.dumps(line | {"is_correction": True}, ensure_ascii=False) for line in found])

    def note_rename(self, connection: duckdb.DuckDBPyConnection, file_id: int) -> None:
        """Write down what became of the name of a landed file on its server."""
        self._append([line for (line,) in connection.execute(_RENAME, [file_id]).fetchmany(1)])

    def _append(self, lines: list[str]) -> None:
        if not lines:
            return
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            file.seek(self._whole(file.seek(0, os.SEEK_END)))
            file.truncate()
            file.write("".join(f"{line}\n" for line in lines).encode())

    def _whole(self, size: int) -> int:
        """Where the last line ends that was written whole."""
        with self.path.open("rb") as file:
            while size:
                begin = max(size - _BLOCK, 0)
                file.seek(begin)
                at = file.read(size - begin).rfind(b"\n")
                if at >= 0:
                    return begin + at + 1
                size = begin
        return 0
