"""Law 3: for random histories the marts, built in steps or from zero, equal the interpreter's answer.

`make test` draws a few, `make proof` many. MUSTER_HISTORIES sets how many there are, MUSTER_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence

import pytest

from .compare import describe, failing
from .histories import History, draw_histories
from .regressions import REGRESSIONS
from .shrink import shrink


def test_r_a_x_marts_equal_the_interpreter_for_random_histories() -> None:
    check_random(15)


@pytest.mark.proof
@pytest.mark.parametrize("part", range(4))
def test_r_a_x_marts_equal_the_interpreter_for_many_random_histories(part: int) -> None:
    check_random(250, part)


@pytest.mark.proof
def test_x06_marts_equal_the_interpreter_for_random_histories_with_held_lists() -> None:
    check_random(60, is_guarded=True)  # each list that is held is a build more


@pytest.mark.skipif(not REGRESSIONS, reason="there are none yet")
def test_r_a_x_marts_equal_the_interpreter_for_regressions() -> None:
    check(REGRESSIONS, "regressions.py")


def check_random(count: int, part: int = 0, *, is_guarded: bool = False) -> None:
    seed = int(os.environ.get("MUSTER_SEED", random.randrange(2**32))) + part
    print(f"to repeat: MUSTER_SEED={seed}")
    drawn = draw_histories(int(os.environ.get("MUSTER_HISTORIES", count)), seed, is_guarded=is_guarded)
    check(drawn, f"MUSTER_SEED={seed}")


def check(histories: Sequence[History], origin: str) -> None:
    found = failing(histories, say=print)
    if found:
        worst = min((histories[i] for i in found), key=lambda history: history.size)
        smallest = shrink(worst, failing, say=print)
        pytest.fail(
            f"{len(found)} of {len(histories)} histories differ ({origin}); the smallest that does:\n"
            + describe(smallest),
            pytrace=False,
        )
