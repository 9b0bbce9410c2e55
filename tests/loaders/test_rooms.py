"""The rooms of loaders/ and who may enter which: no import goes round in a circle, and none goes up.

Imports count wherever they stand: at the head of a module, in a function, or for the type checker alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

LOADERS = Path(__file__).parents[2] / "loaders"

BASICS = {"errors", "gpg", "interrupts", "printable"}
"""What every room may use."""
MAY_IMPORT = {
    "errors": set(),
    "printable": set(),
    "gpg": set(),
    "interrupts": set(),
    "config": set(),
    "reading": {"config"},  # which keys decrypt a file
    "transport": {"config"},
    "feeds": {"config", "reading"},  # how a dialect is written
    "database": {"feeds"},  # one landing table per feed
    "archive": {"config", "database"},
    "installation": {"archive", "config", "database", "feeds"},
    "publishing": {"archive", "config", "database"},
    "queries": {"config", "publishing"},
    "attention": {"config", "queries"},
    "landing": {"archive", "config", "database", "feeds", "installation", "publishing", "reading", "transport"},
    "building": {"archive", "config", "database", "feeds", "installation", "landing", "publishing"},
    "recovery": {
        "archive", "building", "config", "database", "exports", "feeds", "installation", "landing", "publishing",
    },
    "exports": {
        "archive", "building", "config", "database", "feeds", "installation", "publishing", "transport",
    },
    "dbt_plugin": {"building", "config", "database", "feeds", "publishing"},
    "preview": {"building", "config", "database", "feeds", "landing", "publishing", "reading", "transport"},
    "new_feed": {"config", "feeds", "reading"},
    "cli": {
        "attention", "building", "config", "database", "exports", "feeds",
        "landing", "new_feed", "preview", "publishing", "queries", "recovery", "transport",
    },
    "__main__": {"cli"},
}  # fmt: skip
"""Each room, and each module at the top level, with the rooms that it may import besides itself and the basics."""
NARROW = {
    ("feeds", "reading"): {"reading.dialect"},
    ("reading", "config"): {"config.pgp_keys"},
    ("building", "archive"): {"archive.journal"},  # the same
    ("building", "landing"): {"landing.ledger", "landing.refused_before"},  # a file that is set aside
    ("cli", "transport"): {"transport.sftp"},
}
"""Where a room may not import all of another: the modules that it may."""

Graph = Mapping[str, set[str]]


def imports() -> dict[str, set[str]]:
    """Every module under loaders/ (`landing.run`) with those that it imports."""
    paths = {".".join(path.relative_to(LOADERS).with_suffix("").parts): path for path in LOADERS.rglob("*.py")}
    modules = {name.removesuffix("__init__").rstrip("."): path for name, path in paths.items()}
    return {name: _imported(path, set(modules)) for name, path in modules.items()}


def _imported(path: Path, modules: set[str]) -> set[str]:
    ours = {name.removeprefix("loaders.") for name in _names(path) if name.startswith("loaders.")}
    return ours & modules


def _names(path: Path) -> set[str]:
    """All that a file imports, as `loaders.landing.run` and `loaders.landing.run.land`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def room_of(module: str) -> str:
    return module.partition(".")[0]


def rooms(modules: Graph) -> dict[str, set[str]]:
    """Every room with the others that its modules import."""
    found: dict[str, set[str]] = {}
    for module, imported in modules.items():
        room = room_of(module)
        found.setdefault(room, set()).update({room_of(other) for other in imported} - {room})
    return found


def circle(graph: Graph) -> list[str]:
    """One circle of imports, if there is any."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def up(allowed: Graph, found: Mapping[str, Iterable[str]]) -> set[tuple[str, str]]:
    """The imports that are not allowed."""
    return {(room, other) for room, others in found.items() for other in others if other not in allowed[room] | BASICS}


MODULES = imports()


def test_no_module_imports_itself_in_a_circle() -> None:
    assert circle(MODULES) == []


def test_no_room_imports_itself_in_a_circle() -> None:
    assert circle(rooms(MODULES)) == []


def test_rooms_import_only_what_they_may() -> None:
    found = rooms(MODULES)
    found.pop("")  # loaders/__init__.py
    assert set(found) == set(MAY_IMPORT)
    assert up(MAY_IMPORT, found) == set()
    unused = {(room, other) for room, others in MAY_IMPORT.items() for other in others - found[room]}
    assert unused == set(), "the table allows what nobody needs"


@pytest.mark.parametrize(("room", "other"), NARROW)
def test_of_some_rooms_only_a_part_may_be_imported(room: str, other: str) -> None:
    used = {one for module, imported in MODULES.items() if room_of(module) == room for one in imported}
    assert {one for one in used if room_of(one) == other and "." in one} == NARROW[room, other]


def test_nothing_imports_the_cli_but_the_process() -> None:
    assert {room for room, others in rooms(MODULES).items() if "cli" in others} == {"__main__"}


def test_only_the_cli_knows_click() -> None:
    knowing = {
        path.relative_to(LOADERS).parts[0] for path in LOADERS.rglob("*.py") if "import click" in path.read_text()
    }
    assert knowing == {"cli"}


def test_every_room_says_what_it_holds() -> None:
    for init in LOADERS.glob("*/__init__.py"):
        assert ast.get_docstring(ast.parse(init.read_text())), init
        assert len(ast.parse(init.read_text()).body) == 1, f"{init}: a room's __init__ holds its docstring alone"


def test_no_module_is_long() -> None:
    assert {path.name: n for path in LOADERS.rglob("*.py") if (n := len(path.read_text().splitlines())) > 300} == {}


def test_circles_are_seen() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) != []
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_nothing_that_is_run_by_itself_needs_the_tests() -> None:
    root = LOADERS.parent
    for package in ("loaders", "servers", "demo", "bench"):
        for path in (root / package).rglob("*.py"):
            assert not any(name.partition(".")[0] == "tests" for name in _names(path)), path
