"""The models stand in their rooms and are few, flat and short; docs/architecture.md and its picture show them so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from loaders.config.yaml_lines import load_yaml_with_nodes
from tools.graph import PICTURE, ROOMS, Model, models_of, parsed, svg

ROOT = Path(__file__).parent.parent
MODELS = ROOT / "models"
DOCS = ROOT / "docs"
PAGE = (DOCS / "architecture.md").read_text(encoding="utf-8")
FILES = {path.stem: path for path in MODELS.rglob("*.sql")}
FOLDERS = sorted(path for layer in ("intermediate", "marts") for path in (MODELS / layer).iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def models() -> list[Model]:
    return models_of(parsed())


def descriptions() -> dict[str, str]:
    """What the YAML says of each model."""
    pages: Iterable[Any] = (load_yaml_with_nodes(path)[0] for path in MODELS.rglob("_*__models.yml"))
    return {model["name"]: " ".join(model["description"].split()) for page in pages for model in page["models"]}


def one_row(description: str) -> str:
    """The first sentence of a description as it stands in the table of the page, under the heading `one row per`."""
    rest = re.split(r"(?<=\.) ", description)[0].removeprefix("One row").rstrip(".")
    return rest.removeprefix(" per ") if rest.startswith(" per ") else f"(one row){rest.removeprefix(':')}"


def test_models_are_few_and_the_chain_of_them_is_short(models: list[Model]) -> None:
    assert len(models) <= 93
    assert max(model.depth for model in models) <= 40  # models, one behind the other


def test_models_are_short(models: list[Model]) -> None:
    assert {name: n for name, path in FILES.items() if (n := len(path.read_text().splitlines())) > 120} == {}
    assert median(model.line_count for model in models) <= 60


def test_every_model_stands_in_a_room(models: list[Model]) -> None:
    assert {model.name: model.room for model in models if model.room not in ROOMS} == {}


def test_intermediate_models_and_marts_have_the_same_rooms() -> None:
    """A room may have no intermediate models, or no marts; but it has the name of one of the picture's."""
    for layer in ("intermediate", "marts"):
        assert {path.name for path in FOLDERS if path.parent.name == layer} <= set(ROOMS) - {"staging"}
        assert list((MODELS / layer).glob("*.sql")) == [], "a model stands outside of the rooms"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(MODELS)))
def test_a_room_has_one_file_of_descriptions_and_one_of_unit_tests(folder: Path) -> None:
    yaml = {path.name for path in folder.glob("*.y*ml")}
    assert yaml - {"_unit_tests.yml"} == {f"_{folder.name}__models.yml"}


def test_every_description_begins_with_what_a_row_is() -> None:
    told = descriptions()
    assert set(told) == set(FILES)
    assert [name for name, text in told.items() if not re.match(r"One row(:| per) \S", text)] == []


def test_the_picture_is_up_to_date(models: list[Model]) -> None:
    text = PICTURE.read_text(encoding="utf-8")
    drawn = re.findall(r'<text x="\d+" y="\d+"(?: font-style="italic")?>(\w+)</text>', text)
    assert sorted(drawn) == sorted(model.name for model in models), "run: python -m tools.graph"
    assert text == svg(models), "run: python -m tools.graph"


def test_the_page_says_how_many_models_there_are(models: list[Model]) -> None:
    depth = max(model.depth for model in models)
    assert f"{len(models)} models, {depth} deep (the longest chain of them)." in PAGE


def test_the_page_says_what_a_row_of_each_model_is() -> None:
    """All models but those of single feeds."""
    said = dict(re.findall(r"^\| \w+ \| \[`(\w+)`\]\([^)]+\) \| (.+) \|$", PAGE, flags=re.MULTILINE))
    feeds = {name for name in FILES if name.startswith("stg_") and not name.startswith("stg_muster__")}
    assert said == {name: one_row(text) for name, text in descriptions().items() if name not in feeds}


def test_the_page_is_short() -> None:
    assert len(PAGE.splitlines()) <= 132


def test_every_file_that_is_named_is_there() -> None:
    semantics = (DOCS / "semantics.md").read_text(encoding="utf-8")
    lives_in = re.findall(r"^Lives in: .*\.$", semantics, flags=re.MULTILINE)
    assert len(lives_in) == len(re.findall(r"^## \d+\. ", semantics, flags=re.MULTILINE)), (
        "each section has such a line"
    )
    links = list(chain.from_iterable(re.findall(r"\[`?([^`\]]+)`?\]\(([^)#]+)", text) for text in (PAGE, *lives_in)))
    assert [target for _, target in links if not (DOCS / target).exists()] == []
    assert [name for name, target in links if name in FILES and (DOCS / target).resolve() != FILES[name]] == []
    named = re.findall(r"`((?:loaders|macros|models|seeds|tests)/[\w/.]+)`", PAGE)
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    ("asks", "sets"), [("run_is(", "set_run_size()"), ("has_several_rows(", "set_several_rows()")], ids=str
)
def test_a_model_sets_itself_what_it_asks_of_the_run(asks: str, sets: str) -> None:
    texts = {name: path.read_text(encoding="utf-8") for name, path in FILES.items()}
    if asks == "run_is(":
        texts = {name: text.replace("state_of_run(", asks) for name, text in texts.items()}
    asking = {name for name, text in texts.items() if asks in text}
    assert asking == {name for name, text in texts.items() if sets in text}
    assert asking
