"""`python -m tools.graph`: draws docs/graph.svg, the models in their rooms, from dbt's manifest; prints the totals."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import zip_longest
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "graph.svg"
ROOMS = {
    "staging": "#57606a", "log": "#0969da", "rows": "#bc4c00", "identity": "#8250df", "contacts": "#1a7f37",
    "memberships": "#cf222e", "subscriptions": "#8a6100", "events": "#0a7d83",
}  # fmt: skip  # in the order of the flow, with their colours
BOX, SIDE, TOP, GAP, HEAD, LINE, PORT, LANE = 560, 200, 58, 24, 26, 17, 18, 26  # widths, heights and distances


@dataclass(frozen=True)
class Model:
    """A model; `is_right`: a mart, or about the files themselves; `depth`: of models in the longest chain to it."""

    name: str
    room: str
    is_right: bool
    is_view: bool
    parents: tuple[str, ...]
    depth: int
    line_count: int


def parsed() -> Any:
    """dbt's manifest of the project as it is now."""
    with TemporaryDirectory() as home:
        env = os.environ | {"MUSTER_DATABASE": f"{home}/muster.duckdb", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        folders = ["--project-dir", ROOT, "--profiles-dir", ROOT, "--target-path", home, "--log-path", home]
        command = map(str, [Path(sys.executable).with_name("dbt"), "--quiet", "parse", *folders])
        subprocess.run(list(command), cwd=ROOT, env=env, check=True)  # noqa: S603  # nothing of it is anybody else's
        return json.loads(Path(home, "manifest.json").read_text(encoding="utf-8"))


def models_of(manifest: Any) -> list[Model]:
    """All models, each after those that it refs."""
    nodes = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    parents = {key: sorted({one for one in nodes[key]["depends_on"]["nodes"] if one in nodes}) for key in nodes}
    models: dict[str, Model] = {}
    for key in TopologicalSorter(parents).static_order():
        node, (layer, folder) = nodes[key], Path(nodes[key]["path"]).parts[:2]
        models[key] = Model(
            name=node["name"],
            room=layer if layer == "staging" else folder,
            is_right=layer == "marts" or folder == "muster",
            is_view=node["config"]["materialized"] == "view",
            parents=tuple(models[parent].name for parent in parents[key]),
            depth=1 + max((models[parent].depth for parent in parents[key]), default=0),
            line_count=len(node["raw_code"].splitlines()),
        )
    return sorted(models.values(), key=lambda model: (model.depth, model.name))


def totals(models: Sequence[Model]) -> str:
    """How many models there are, how deep, and how long (the median, and the longest)."""
    depth, lines = max(model.depth for model in models), [model.line_count for model in models]
    return f"{len(models)} models, {depth} deep; lines: median {median(lines):g}, max {max(lines)}"


def _text(x: int, y: int, text: str, style: str) -> str:
    return f'<text x="{x}" y="{y}"{style and " " + style}>{text}</text>'


def svg(models: Sequence[Model]) -> str:
    """The picture: one room under the other; at their left the refs that lead on, at their right those that go back."""
    rooms = {model.name: model.room for model in models}
    refs = Counter((rooms[parent], model.room) for model in models for parent in model.parents)
    spans, y = dict[str, range](), TOP
    for room in ROOMS:
        arrows = max(sum(room in _targets(refs, one, is_right) for one in ROOMS) for is_right in (False, True))
        spans[room] = range(y, y + 8 + max(HEAD + LINE * len(_lines(models, room)), PORT * (arrows + 1)))
        y = spans[room].stop + GAP
    note, width = 'font-family="sans-serif" fill="#57606a"', BOX + 2 * SIDE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" font-family="monospace" font-size="12">',
        f'<rect width="{width}" height="{y}" rx="8" fill="#fbfbfa"/>',
        _text(SIDE, 24, "In a room: left this run's work (intermediate), right the marts. In italics: views.", note),
        _text(SIDE, 43, "Beside it: refs from room to room, left those that lead on, right those that go back.", note),
        *(part for is_right in (False, True) for part in _arrows(refs, spans, is_right)),
    ]
    for room, span in spans.items():
        frame = f'x="{SIDE}" y="{span.start}" width="{BOX}" height="{len(span)}" rx="5" stroke="{ROOMS[room]}"'
        title = f'font-family="sans-serif" font-size="14" font-weight="bold" fill="{ROOMS[room]}"'
        parts += [f'<rect {frame} fill="#ffffff"/>', _text(SIDE + 12, span.start + 19, room, title)]
        for i, pair in enumerate(_lines(models, room)):
            for x, model in zip((SIDE + 24, SIDE + BOX // 2 + 14), pair, strict=True):
                style = 'font-style="italic"' if model and model.is_view else ""
                parts += [_text(x, span.start + HEAD + 12 + LINE * i, model.name, style)] if model else []
    return "\n".join([*parts, "</svg>"]) + "\n"


def _targets(refs: Counter[tuple[str, str]], room: str, is_right: bool) -> list[str]:
    """The rooms above, or below, which ref models of this one."""
    place = list(ROOMS).index
    return [one for one in ROOMS if refs[room, one] and one != room and (place(one) < place(room)) == is_right]


def _lines(models: Sequence[Model], room: str) -> list[tuple[Model | None, ...]]:
    """What stands in a room, in two columns."""
    here = [model for model in models if model.room == room]
    return list(zip_longest(*([model for model in here if model.is_right == side] for side in (False, True))))


def _arrows(refs: Counter[tuple[str, str]], spans: dict[str, range], is_right: bool) -> Iterator[str]:
    """One side: each room has a lane, which leads from its lower end to all the rooms that ref one of its models."""
    edge, out = (SIDE + BOX, 1) if is_right else (SIDE, -1)
    sources = [room for room in (reversed(ROOMS) if is_right else ROOMS) if _targets(refs, room, is_right)]
    ports = Counter[str]()
    for place, room in enumerate(sources):
        lane, colour = edge + out * (40 + LANE * (len(sources) - 1 - place)), ROOMS[room]
        ends = {one: spans[one].start + 12 + PORT * ports[one] for one in _targets(refs, room, is_right)}
        ports.update(ends.keys())
        start, last = spans[room].stop - 10, (min if is_right else max)(ends.values())
        line = f"M{edge} {start}H{lane}V{last}" + "".join(f"M{lane} {end}H{edge + out * 6}" for end in ends.values())
        yield f'<path d="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        for one, end in ends.items():
            yield f'<path d="M{edge} {end}l{out * 8} -4v8z" fill="{colour}"/>'
            halo = f'fill="{colour}" text-anchor="middle" stroke="#fbfbfa" stroke-width="6" paint-order="stroke"'
            yield _text(edge + out * 20, end + 4, str(refs[room, one]), halo)


def main() -> None:
    """Draw the picture, and print the totals."""
    parser = argparse.ArgumentParser(prog="python -m tools.graph", description=__doc__)
    parser.add_argument("--manifest", type=Path, help="a manifest.json of dbt; without it dbt parses the project")
    given = parser.parse_args().manifest
    models = models_of(json.loads(given.read_text(encoding="utf-8")) if given else parsed())
    PICTURE.write_text(svg(models), encoding="utf-8")
    print(totals(models))


if __name__ == "__main__":
    main()
