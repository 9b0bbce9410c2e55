"""From a history that fails to the smallest one that still does, many candidates at a time.

A candidate is an edit of the history; whether it fails is asked of all candidates of a round at once, since
they can share one database. Then the edits that kept the failure are tried together: few rounds, however many
cells there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from .contents import Rows
from .histories import PLAIN, History

Fails = Callable[[Sequence[History]], set[int]]
"""The positions of the histories that fail; empty only if none does, but it may leave some out."""
Atom = tuple[str | int, ...]
"""One small change: ("file", f), ("row", f, r), ("column", f, c), ("cell", f, r, c, text), ("plain", f),
("join", k): step k + 1 becomes part of step k, ("skip", k): no build after step k."""
Edit = frozenset[Atom]


def shrink(history: History, fails: Fails, say: Callable[[str], None] = lambda line: None) -> History:
    """The smallest failing history that edits lead to; the given one must fail."""
    while True:
        found = _failing(history, set(proposals(history)), fails)
        if not found:
            return history
        together = set(accumulate(found, Edit.union)) | set(accumulate(_one_kind(found), Edit.union))
        best = min(
            (apply(history, edit) for edit in [*found, *_failing(history, together - set(found), fails)]),
            key=lambda candidate: candidate.size,
        )
        say(f"shrinking: {history.size} -> {best.size}")
        history = best


def apply(history: History, edit: Edit) -> History:
    """The history without what the edit takes out."""
    joined = {atom[1] for atom in edit if atom[0] == "join"}
    files = []
    for f, file in enumerate(history.files):
        if ("file", f) in edit:
            continue
        step = sum(number not in joined for number in range(file.step))
        style = PLAIN if ("plain", f) in edit else file.style
        files.append(replace(file, step=step, rows=_rows(f, file.rows, edit), style=style))
    builds = [
        built and ("skip", number) not in edit for number, built in enumerate(history.builds) if number not in joined
    ]
    return replace(history, files=tuple(files), builds=tuple(builds))


def proposals(history: History) -> Iterator[Edit]:
    """Edits from coarse to fine: whole runs of files, of rows, and single everything."""
    yield from _runs([("file", f) for f in range(len(history.files))])
    for number in range(len(history.builds) - 1):
        yield Edit({("join", number)})
        if history.builds[number]:
            yield Edit({("skip", number)})
        yield Edit(("file", f) for f, file in enumerate(history.files) if file.step == number)
    for f, file in enumerate(history.files):
        if file.style != PLAIN:
            yield Edit({("plain", f)})
        yield from _runs([("row", f, r) for r in range(len(file.rows))])
        for column in range(max((len(row) for row in file.rows), default=0)):
            yield Edit({("column", f, column)})
        for r, row in enumerate(file.rows):
            for column, cell in enumerate(row):
                for simple in {"", cell.strip(), cell[:1]} - {cell}:
                    yield Edit({("cell", f, r, column, simple)})


def _rows(f: int, rows: Rows, edit: Edit) -> Rows:
    cells = {atom[2:4]: str(atom[4]) for atom in edit if atom[0] == "cell" and atom[1] == f}
    return tuple(
        tuple(cells.get((r, column), cell) for column, cell in enumerate(row) if ("column", f, column) not in edit)
        for r, row in enumerate(rows)
        if ("row", f, r) not in edit
    )


def _runs(atoms: list[Atom]) -> Iterator[Edit]:
    length = len(atoms)
    while length:
        for start in range(0, len(atoms), length):
            yield Edit(atoms[start : start + length])
        length //= 2


def _one_kind(edits: list[Edit]) -> list[Edit]:
    """Those that only take out rows, or simplify cells: they rarely stand in each other's way."""
    return [edit for edit in edits if {atom[0] for atom in edit} <= {"row", "cell", "plain"}]


def _failing(history: History, edits: set[Edit], fails: Fails) -> list[Edit]:
    """The edits that make the history smaller and leave it failing, the greatest first."""
    candidates: dict[History, Edit] = {}
    for edit in sorted(edits, key=lambda edit: (len(edit), sorted(map(repr, edit)))):
        candidate = apply(history, edit)
        if candidate.is_possible and candidate.size < history.size:
            candidates.setdefault(candidate, edit)
    order = sorted(candidates, key=lambda candidate: candidate.size)
    return [candidates[order[i]] for i in sorted(fails(order))] if order else []
