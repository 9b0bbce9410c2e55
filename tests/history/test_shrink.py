"""The shrinker finds a small history for a planted bug; the interpreter stands in for Muster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from . import histories, reading
from .contacts import RuleLine
from .files import Delivery, File
from .histories import History, Sent, Style, draw_histories, replay
from .identifiers import normal_phone
from .interpreter import Interpreter, Tables
from .memberships import Memberships
from .shrink import apply, proposals, shrink

Plant = Callable[[pytest.MonkeyPatch], None]


def by_tenant(tables: Tables) -> dict[object, set[tuple[object, ...]]]:
    found: dict[object, set[tuple[object, ...]]] = {}
    for table, rows in tables.items():
        for row in rows:
            found.setdefault(row[0], set()).add((table, *row))
    return found


def differing(histories: Sequence[History], plant: Plant) -> set[int]:
    """Each history alone, by the interpreter as it is and with the bug."""
    found = set()
    for position, history in enumerate(histories):
        right = by_tenant(replay([history]).tables())
        with pytest.MonkeyPatch.context() as patch:
            plant(patch)
            if right != by_tenant(replay([history]).tables()):
                found.add(position)
    return found


def forgets_removals_of_resent_files(patch: pytest.MonkeyPatch) -> None:
    apply, replace_members = Interpreter._apply, Memberships.replace
    log: list[File] = []

    def noting(self: Interpreter, delivery: Delivery, log_id: int) -> None:
        log[:] = self.files
        apply(self, delivery, log_id)

    def buggy(self: Memberships, *args: Any, lines: tuple[int, int]) -> None:
        last = args[-1]
        assert isinstance(last, File)
        if sum(file.path == last.path for file in log) < 2:
            replace_members(self, *args, lines=lines)  # type: ignore[misc]

    patch.setattr(Interpreter, "_apply", noting)
    patch.setattr(Memberships, "replace", buggy)


def ignores_the_leading_1(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reading, "normal_phone", lambda cell: None if len(cell) == 13 else normal_phone(cell))


def keeps_the_first_duplicate(patch: pytest.MonkeyPatch) -> None:
    interpreter_of = histories.interpreter_of
    patch.setattr(histories, "interpreter_of", lambda history: interpreter_of(replace(history, on_duplicate="first")))


@pytest.mark.proof
@pytest.mark.parametrize(
    ("plant", "files", "rows"),
    [
        (forgets_removals_of_resent_files, 3, 4),  # a list twice; or a part twice, and its marker
        (ignores_the_leading_1, 1, 2),
        (keeps_the_first_duplicate, 1, 3),
    ],
)
def test_a_planted_bug_shrinks_to_its_essence(plant: Plant, files: int, rows: int) -> None:
    calls = 0

    def fails(candidates: Sequence[History]) -> set[int]:
        nonlocal calls
        calls += 1
        return differing(candidates, plant)

    histories = [replace(history, on_duplicate="last") for history in draw_histories(60, from_seed=7)]
    failing = fails(histories)
    assert failing
    worst = max((histories[i] for i in failing), key=lambda history: history.size)
    smallest = shrink(worst, fails)
    assert fails([smallest]) == {0}
    assert len(smallest.files) <= files
    assert sum(len(file.rows) for file in smallest.files) <= rows
    assert calls < 30  # each one would be a database


def test_shrinking_uses_a_single_reported_failure() -> None:
    """Of candidates that break a build only the first is known."""
    history = draw_histories(20, from_seed=3)[-1]

    def fails(candidates: Sequence[History]) -> set[int]:
        long = (i for i, candidate in enumerate(candidates) if len(candidate.files) >= 2)
        return set(list(long)[:1])

    assert len(shrink(history, fails).files) == 2


def test_every_kind_of_edit() -> None:
    rows = (("email", "id"), ("a@x.io", "1"), ("b@x.io", "2"))
    one = Sent(0, "remarkety", "{tenant}_vip_20250301000000.csv", rows, Style(bom=True))
    history = History((one, replace(one, step=2, rows=rows[:2])), (True, True, True))
    results = {apply(history, edit) for edit in proposals(history)}
    plain = replace(one, style=Style())
    assert {
        History((one,), history.builds),
        History((one, replace(one, step=1, rows=rows[:2])), (True, True)),
        replace(history, builds=(False, True, True)),
        replace(history, files=(plain, history.files[1])),
        replace(history, files=(replace(one, rows=rows[:2]), history.files[1])),
        replace(history, files=(replace(one, rows=(("id",), ("1",), ("2",))), history.files[1])),
        replace(
            history,
            files=(replace(one, rows=(("email", "id"), ("", "1"), ("b@x.io", "2"))), history.files[1]),
        ),
    } <= results
    assert RuleLine("*", "*", "", "set") in history.rules
    assert all(result == eval(repr(result)) for result in results)
