"""Law 3: for random histories the marts, built in steps or from zero, equal the interpreter's answer.

`make test` replays a few, always the same, so that it says the same of the same commit; `make proof` draws many, others
each time. MUSTER_HISTORIES sets how many there are, MUSTER_SEED which.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from functools import partial

import pytest

from .compare import describe, differences, failing
from .histories import History, draw_histories
from .regressions import REGRESSIONS
from .shrink import shrink

FEW_SEED = 1484822172  # in which a rule of the interpreter was once wrong


def test_r_a_x_marts_equal_the_interpreter_for_random_histories() -> None:
    check_random(6, seed=FEW_SEED, shrinks=False)


@pytest.mark.proof
@pytest.mark.parametrize("part", range(4))
def test_r_a_x_marts_equal_the_interpreter_for_many_random_histories(part: int) -> None:
    check_random(250, part)


@pytest.mark.proof
def test_x06_marts_equal_the_interpreter_for_random_histories_with_held_lists() -> None:
    check_random(60, is_guarded=True)  # each list that is held is a build more


@pytest.mark.skipif(not REGRESSIONS, reason="there are none yet")
def test_r_a_x_marts_equal_the_interpreter_for_regressions() -> None:
    check(REGRESSIONS, "regressions.py", shrinks=False)


def check_random(
    count: int, part: int = 0, *, seed: int | None = None, is_guarded: bool = False, shrinks: bool = True
) -> None:
    seed = int(os.environ.get("MUSTER_SEED", random.randrange(2**32) if seed is None else seed)) + part
    print(f"to repeat: MUSTER_SEED={seed}")
    drawn = draw_histories(int(os.environ.get("MUSTER_HISTORIES", count)), seed, is_guarded=is_guarded)
    check(drawn, f"MUSTER_SEED={seed}", shrinks=shrinks)


def check(histories: Sequence[History], origin: str, *, shrinks: bool = True) -> None:
    """Shrinking takes up to an hour: the first failing history is enough where one waits for the answer."""
    found = failing(histories, say=print)
    if found:
        smallest = min((histories[i] for i in found), key=lambda history: history.size)
        if shrinks:
            tables = {table for tables in differences([smallest]).values() for table in tables}
            smallest = shrink(smallest, partial(failing, alike_in=tables), say=print)
        pytest.fail(
            f"{len(found)} of {len(histories)} histories differ ({origin}); the smallest that does:\n"
            + describe(smallest),
            pytrace=False,
        )
