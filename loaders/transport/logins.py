"""A refused login is not tried again by itself: accounts get locked (C116)."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loaders.config.connections import Connection, LocalConnection, SftpConnection, read_private
from loaders.errors import AuthenticationError


class Logins:
    """Which accounts have been refused, in this run and before; connections of one account log in one after the other.

    `file` keeps of each the time and a salted digest (scrypt) of what it was refused with. `by_schedule`: nobody is
    there, so what was refused before is tried again only with other credentials.
    """

    def __init__(self, file: Path, *, by_schedule: bool) -> None:
        """The file need not be there."""
        self._file, self._by_schedule = file, by_schedule
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()
        self._refused_now: dict[tuple[str, bytes], AuthenticationError] = {}

    def log_in(self, connection: Connection, enter: Callable[[], object]) -> None:
        """Enter the remote of a connection, unless its account has been refused.

        Raises as `enter`, and `AuthenticationError` without having asked the server.
        """
        if isinstance(connection, LocalConnection):
            enter()
            return
        account = f"{connection.user()}@{connection.host}:{connection.port}"
        with self._lock:
            turn = self._locks[account]
        with turn:
            credentials = _credentials(connection)
            if fault := self._refused_now.get((account, credentials)):
                raise AuthenticationError(f"{connection.name}: not tried: {fault}")
            before = self._known().get(account)
            if before and self._by_schedule and before["digest"] == _digest(credentials, before["salt"]):
                raise AuthenticationError(
                    f"{connection.name} ({account}): the server refused these credentials at {before['at']}, and they"
                    " are not sent again by a schedule: change them, or run this once without --scheduled"
                )
            try:
                enter()
            except AuthenticationError as fault:
                self._refused_now[account, credentials] = fault
                salt = secrets.token_hex(16)
                at = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
                self._keep(account, {"at": at, "salt": salt, "digest": _digest(credentials, salt)})
                raise
            if before:
                self._keep(account, None)

    def _known(self) -> dict[str, Any]:
        try:
            known: dict[str, Any] = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return known

    def _keep(self, account: str, entry: dict[str, str] | None) -> None:
        with self._lock:
            known = {name: one for name, one in self._known().items() if name != account}
            new = self._file.with_suffix(".new")
            new.touch(mode=0o600)
            new.write_text(json.dumps(known | ({account: entry} if entry else {})))
            new.replace(self._file)


def _credentials(connection: SftpConnection) -> bytes:
    """All that the server would be shown. Raises ConfigurationError, as logging in would."""
    key = ""
    if connection.private_key_env:
        key = connection.secret("private_key_env")
    elif connection.private_key_file:
        key = read_private(connection.resolve(connection.private_key_file)).decode("latin-1")
    return json.dumps([connection.user(), connection.password(), key]).encode()


def _digest(credentials: bytes, salt: str) -> str:
    return hashlib.scrypt(credentials, salt=bytes.fromhex(salt), n=2**14, r=8, p=1).hex()
