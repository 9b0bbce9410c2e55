"""How a run is told to end: by a signal, which nothing on its way may take for the fault of a file or a model."""

from __future__ import annotations

import signal
import threading

received: list[int] = []
"""The signals that have told this process to end."""


def listen() -> None:
    """From now on SIGINT, SIGTERM and SIGHUP raise KeyboardInterrupt in the main thread; not those `nohup` ignores."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _interrupt)


def end_if_told() -> None:
    """Raise KeyboardInterrupt if the process has been told to end.

    For whoever catches what others raise, or is about to wait: DuckDB and dbt make errors of their own of an interrupt
    (`RuntimeError: Query interrupted`), and Python drops one that comes while it finalises an object.
    """
    if received:
        raise KeyboardInterrupt


def _interrupt(number: int, *_: object) -> None:
    received.append(number)
    raise KeyboardInterrupt
