"""A file that may still be on its way is left alone until it has stood still (C01): size and time, in two looks.

The first look is the listing, the second the download, which compares with it before the first byte and after the last.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic

from loaders.config.connections import Connection, LocalConnection
from loaders.transport.interface import RemoteFile

_ANY_CLOCK = timedelta(hours=15)
"""A time that is older than this is in the past by the clock of every server, be it one that tells the time of its
timezone; the clock of a local folder is our own."""


def settles_at(file: RemoteFile, connection: Connection, listed_at: float, now: datetime) -> float:
    """When (`monotonic`) the file has stood still for the `settle` seconds of its connection; 0 if it has.

    `listed_at`: when (`monotonic`) the listing was asked for; `now`: the same in UTC.
    """
    settle = timedelta(seconds=connection.settle)
    age = now - file.modified_at
    if age >= (settle if isinstance(connection, LocalConnection) else max(settle, _ANY_CLOCK)) or not settle:
        return 0
    return listed_at + connection.settle


def seconds_left(until: float) -> float:
    """How long it is until then (`monotonic`); not above 0 if it is over."""
    return until - monotonic()
