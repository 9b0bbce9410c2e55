"""What goes wrong with one file, feed or connection is its own affair (X13)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from loaders.errors import NO_ROOM, MusterError, ResourceError, UnexpectedError
from loaders.interrupts import end_if_told

_log = logging.getLogger(__name__)
_OF_ALL = (duckdb.FatalException, duckdb.IOException, duckdb.OutOfMemoryException, MemoryError)
"""What the database or the machine cannot do for this one, it cannot do for the others either."""


@contextmanager
def confined(where: str) -> Iterator[None]:
    """Raise what nobody expected as `UnexpectedError`, which says where it was."""
    try:
        yield
    except (MusterError, *_OF_ALL):
        raise
    except OSError as fault:
        raise ResourceError(f"{where}: {fault.strerror or fault} ({fault.filename or 'local disk'})") from fault
    except Exception as fault:
        end_if_told()
        if NO_ROOM in str(fault):  # the database may notice when it commits
            raise ResourceError(f"{where}: {fault}") from fault
        _log.debug("%s", where, exc_info=True)
        what = f"{type(fault).__name__}: {fault}"
        raise UnexpectedError(f"{where}: {what}. Please report this: it is a fault of Muster") from fault
