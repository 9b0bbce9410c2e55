"""How the command speaks: tables for people, JSON for machines, progress on stderr when it is a terminal."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from typing import Any

import click

from loaders.landing.report import Progress as Report
from loaders.landing.report import silent
from loaders.printable import printable as printable_text

_LONGEST = 300
_RIGHT = ("count", "id", "line", "lines", "size_bytes")


def table(
    headings: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Callable[[str], bool] = lambda _: False
) -> None:
    """Print a table; headings and cells may be partner data. `right` says which columns hold numbers."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        grid.add_column(Text(printable(heading)), justify="right" if right(heading) else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(printable(cell)) for cell in row))
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console = Console(width=240)
    console.print(grid)


def show(
    rows: Sequence[dict[str, Any]], *, as_json: bool, columns: Sequence[str] = (), empty: str = "nothing yet"
) -> None:
    """Print `rows`: as JSON all of them, as a table the `columns` that are named (default: all)."""
    if as_json:
        click.echo(json.dumps(list(rows), default=_plain, ensure_ascii=False, indent=1))
        return
    if not rows:
        click.echo(empty)
        return
    columns = columns or list(rows[0])
    numbers = {column.removesuffix("_count") for column in columns if column.endswith(_RIGHT)}
    headings = [column.removesuffix("_count") for column in columns]
    table(headings, [[row[column] for column in columns] for row in rows], right=numbers.__contains__)
    limit = click.get_current_context().params.get("limit")
    if limit is not None and len(rows) >= limit:
        click.echo(f"muster: these are the first {limit}; --limit shows more", err=True)


def printable(value: Any) -> str:
    """A value as one line of text; control characters of partner data are shown, not obeyed."""
    return printable_text("" if value is None else str(_plain(value)))


def shortened(text: str | None) -> str | None:
    """A text that a table has room for."""
    if text is None or len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… ({len(text)} characters; all with --json)"


def _plain(value: Any) -> Any:
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value) if value is not None else None


@contextmanager
def progress() -> Iterator[Report]:
    """A progress bar per file being fetched, on stderr; silent when that is not a terminal."""
    # What the table after it needs loads while files come.
    threading.Thread(target=import_module, args=("rich.table",), daemon=True).start()
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(path: str, done: int, size: int) -> None:
            if path not in tasks:
                tasks[path] = bars.add_task(printable(path), total=size)
            bars.update(tasks[path], completed=done, visible=done < size)

        yield report
