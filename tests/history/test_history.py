"""Law 3: for random histories the marts, built in steps or from zero, equal the interpreter's answer.

MUSTER_HISTORIES sets how many there are, MUSTER_SEED repeats a run.
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
    seed = int(os.environ.get("MUSTER_SEED", random.randrange(2**32)))
    print(f"to repeat: MUSTER_SEED={seed}")
    histories = draw_histories(int(os.environ.get("MUSTER_HISTORIES", "300")), seed)
    check(histories, f"MUSTER_SEED={seed}")


@pytest.mark.skipif(not REGRESSIONS, reason="there are none yet")
def test_r_a_x_marts_equal_the_interpreter_for_regressions() -> None:
    check(REGRESSIONS, "regressions.py")


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
