"""How the tests are shared out among processes: file by file (`--dist loadfile`), those that take longest first."""

from __future__ import annotations

import signal

import pytest

from tests import made_once

LONGEST = (
    "tests/test_project_changes.py", "tests/cli", "tests/crash", "tests/test_dbt_build.py", "tests/history",
    "tests/test_partners.py", "tests/contracts",
)  # fmt: skip


def pytest_configure() -> None:
    """A shell has what it runs in the background ignore Ctrl-C, and the processes that tests end would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The file that a test stands in decides when it is run."""

    def rank(item: pytest.Item) -> int:
        path = str(item.path.relative_to(config.rootpath))
        return next((i for i, start in enumerate(LONGEST) if path.startswith(start)), len(LONGEST))

    items.sort(key=rank)


@pytest.fixture(scope="session", autouse=True)
def _folder_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where the processes of this run share what they make."""
    base = tmp_path_factory.getbasetemp()
    made_once.FOLDER[:] = [base.parent if base.name.startswith("popen-") else base]
