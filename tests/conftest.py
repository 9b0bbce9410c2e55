"""How the tests are shared out among processes: what shares an expensive fixture stays together, the longest first."""

from __future__ import annotations

from pathlib import Path

import pytest

LONGEST = ("tests/history", "tests/crash", "tests/contracts", "tests/test_dbt_build.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A group is a file, or a folder whose files share a fixture."""

    def group(item: pytest.Item) -> str:
        path = item.path.relative_to(config.rootpath)
        return str(path.parent if path.parent == Path("tests/contracts") else path)

    def rank(item: pytest.Item) -> int:
        return next((i for i, start in enumerate(LONGEST) if group(item).startswith(start)), len(LONGEST))

    items.sort(key=rank)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
