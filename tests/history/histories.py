"""Histories: what the partners of one tenant send, in which steps; drawn, written down and replayed.

The alphabets are small on purpose, so that everything collides: identifiers, segments, times, paths.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from . import exports
from .contacts import PROJECT_RULES, RuleLine
from .contents import (
    SEGMENT_IDS,
    Draw,
    Rows,
    chance,
    command_rows,
    import_rows,
    remarkety_rows,
    request_of,
    segment_rows,
    subscriber_rows,
)
from .declared import LISTS, Feed, Guard, Request
from .exported import EXPORTS, changed_rows
from .files import Dropped
from .interpreter import DISCARD, Interpreter
from .rules import draw_rules

FIRST_MTIME = 1_748_736_000  # 2025-06-01, long before any test runs
STEPS = 4

DATES = ("20250301", "20250302", "20250303")
AHEAD = "20620301"
"""A date that no test lands in (X6)."""
ANY_DATE = DATES * 6 + (AHEAD,)
TIMES = ("000000", "000000", "101500")

ACCOUNTED = (LISTS, exports.PROFILES, exports.MEMBERS, exports.ORDERS, exports.VISITS)
FEEDS = tuple(replace(feed, accounts=feed in ACCOUNTED) for feed in exports.FEEDS)

KEEPING_ONE = tuple(feed for feed in FEEDS if not feed.commands and feed.kind != "events" and not feed.linked_to)
"""Of a contact's rows in one delivery one counts, or none, or all, as `on_duplicate` says (X2)."""
ON_DUPLICATE = ("last", "first", "reject_all", "all")

GUARDED = tuple(feed.name for feed in FEEDS if feed.complete)
GUARD = Guard(judged_from=3, removed_share=0.5, rejected_share=0.4, deviation=1.5)
"""What makes some of the small lists too much (X6)."""

OWNED = ("new",)
"""The segments that are registered as `owned_by: feed`."""


@dataclass(frozen=True)
class Style:
    """How a file is written, apart from what it says."""

    newline: str = "\n"
    bom: bool = False
    quote_all: bool = False
    final_newline: bool = True


PLAIN = Style()


@dataclass(frozen=True)
class Sent:
    """A file as a partner sends it; its name holds `{tenant}`. An empty row is an empty line."""

    step: int
    directory: str
    name: str
    rows: Rows = ()
    style: Style = PLAIN
    request: Request | None = None
    """For files of `muster import`."""

    def data(self) -> bytes:
        data = self.text().encode("utf-8-sig" if self.style.bom else "utf-8")
        return gzip.compress(data, mtime=0) if self.name.endswith(".gz") else data

    def text(self) -> str:
        if self.name.endswith(".ndjson"):
            lines = ["".join(row) for row in self.rows]
        else:
            lines = [self._delimiter.join(self._cell(cell, len(row)) for cell in row) for row in self.rows]
        text = self.style.newline.join(lines)
        if lines and self.style.final_newline:
            text += self.style.newline
        return text

    @property
    def _delimiter(self) -> str:
        return ";" if self.directory == "blueconic" else ","

    def _cell(self, cell: str, width: int) -> str:
        must = any(character in cell for character in self._delimiter + '"\r\n') or (width == 1 and not cell)
        return '"' + cell.replace('"', '""') + '"' if must or self.style.quote_all else cell


@dataclass(frozen=True)
class History:
    """All files of one tenant, and after which steps there is a build (after the last one always)."""

    files: tuple[Sent, ...]
    builds: tuple[bool, ...]
    rules: tuple[RuleLine, ...] = PROJECT_RULES
    """The merge rules, which are those of an installation: only histories that share them are compared at once."""
    on_duplicate: str = "last"
    """Likewise."""
    is_guarded: bool = False
    """Likewise: whether lists are held for what little they do (X6)."""

    def step(self, number: int, tenant: str) -> list[Dropped]:
        """The files of one step. No two versions have the same modification time."""
        return [
            Dropped(
                file.directory, file.name.format(tenant=tenant), file.data(), _mtime(number, position), file.request
            )
            for position, file in enumerate(self.files)
            if file.step == number
        ]

    def on_duplicate_of(self, feed: Feed) -> str:
        """All rows count of profiles and groups alone, and not where those that say nothing new are skipped."""
        takes_all = feed.kind in ("profiles", "groups") and not feed.skips_unchanged
        return "last" if self.on_duplicate == "all" and not takes_all else self.on_duplicate

    @property
    def members_skip(self) -> bool:
        """Whether profiles with a linked file skip what is unchanged (B6), where that goes with `on_duplicate`."""
        return self.on_duplicate in ("first", "reject_all")

    @property
    def is_possible(self) -> bool:
        """A path holds one content per step."""
        places = [(file.step, file.directory, file.name) for file in self.files]
        return len(set(places)) == len(places)

    @property
    def size(self) -> tuple[int, ...]:
        """Smaller is easier to read: files, cells, characters, steps, builds, embellishments."""
        cells = [cell for file in self.files for row in file.rows for cell in row]
        rows = sum(len(file.rows) for file in self.files)
        text = sum(len(cell) for cell in cells) + sum(file.step for file in self.files)
        styles = sum(file.style != PLAIN for file in self.files)
        return len(self.files), rows + len(cells), text, len(self.builds), sum(self.builds), styles


def tenant_name(number: int) -> str:
    return f"t{number:04}"


def replay(histories: Sequence[History]) -> Interpreter:
    """The interpreter after all steps of all histories, tenant i having the i-th."""
    interpreter = interpreter_of(histories[0] if histories else History((), ()))
    for number in range(max((len(history.builds) for history in histories), default=0)):
        interpreter.land(dropped_in(histories, number))
    return interpreter


def interpreter_of(history: History) -> Interpreter:
    """An interpreter of the installation that a history is for."""
    feeds = [
        replace(
            feed,
            on_duplicate=history.on_duplicate_of(feed),
            guard=GUARD if history.is_guarded and feed.name in GUARDED else None,
            skips_unchanged=history.members_skip if feed.name == exports.MEMBERS.name else feed.skips_unchanged,
        )
        for feed in FEEDS
    ]
    return Interpreter(feeds, OWNED, history.rules)


def dropped_in(histories: Sequence[History], number: int) -> list[Dropped]:
    return [file for i, history in enumerate(histories) for file in history.step(number, tenant_name(i))]


def draw_histories(count: int, from_seed: int, *, is_guarded: bool = False) -> list[History]:
    """At most `count` different histories with one common choice of builds and rules, reproducible from the seed."""
    common = random.Random(from_seed)
    choice = common.randrange(1, 2 ** (STEPS - 1))
    builds = (*(choice >> step & 1 == 1 for step in range(STEPS - 1)), True)
    rules = draw_rules(common)
    on_duplicate = common.choice(ON_DUPLICATE)
    drawn: dict[History, None] = {}

    @seed(from_seed)
    @settings(
        max_examples=count + count // 2,  # Hypothesis repeats itself
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories(builds, rules, on_duplicate, is_guarded))
    def collect(history: History) -> None:
        drawn[history] = None

    collect()
    return list(drawn)[:count]


def _mtime(step: int, position: int) -> int:
    return FIRST_MTIME + 3600 * step + position


# Which files there are, and when

STYLES = st.builds(
    Style,
    newline=st.sampled_from(("\n", "\n", "\r\n")),
    quote_all=st.sampled_from((False, False, False, True)),
    final_newline=st.sampled_from((True, True, True, False)),
)


def rows_of(draw: Draw, name: str, people: int) -> Rows:
    for part, draw_rows in EXPORTS.items():
        if part in name:
            return draw_rows(draw, people)
    if "_subscribers_" in name:
        return subscriber_rows(draw, people)
    if "_user_segments_" in name:
        return command_rows(draw, people)
    return (segment_rows if "_subscriber_segment_" in name else remarkety_rows)(draw, people)


def names(draw: Draw) -> list[str]:
    """The files of a tenant, every path once: subscribers, lists, and a few Attentive deliveries."""
    found = {f"{{tenant}}_subscribers_{DATES[0]}.csv": None}
    if chance(draw, 50):
        found[f"{{tenant}}_subscribers_{draw(st.sampled_from(DATES[1:]))}.csv"] = None
    for _ in range(draw(st.integers(1, 5))):
        segment, day, time = (draw(st.sampled_from(pool)) for pool in (SEGMENT_IDS, ANY_DATE, TIMES))
        found[f"{{tenant}}_{segment}_{day}{time}.csv"] = None
    for _ in range(draw(st.integers(0, 4))):
        day, time = draw(st.sampled_from(ANY_DATE)), draw(st.sampled_from(TIMES))
        found[f"{{tenant}}_user_segments_{day}{time}.ndjson"] = None
    for _ in range(draw(st.sampled_from((5, 0, 3, 8)))):
        segment, day, time = (draw(st.sampled_from(pool)) for pool in (SEGMENT_IDS, ANY_DATE, TIMES))
        found[f"{{tenant}}_import_{segment}_{day}{time}.csv"] = None
    found |= dict.fromkeys(exported_names(draw))
    for day in draw(st.lists(st.sampled_from(DATES), min_size=1, max_size=3, unique=True)):
        stem = f"{{tenant}}_subscriber_segment_{day}"
        form = draw(st.sampled_from(("parts", "one", "parts", "one", "parts", "both", "parts")))
        if form != "parts":
            found[f"{stem}.csv"] = None
        if form != "one":
            for part in draw(st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True)):
                found[f"{stem}_{part}.csv"] = None
            if not chance(draw, 15):
                found[f"{stem}.complete"] = None
    return list(found)


def exported_names(draw: Draw) -> list[str]:
    """BlueConic's: mostly profiles, and orders that mostly come with their lines."""
    found = []
    for kind, counts in (("profiles", (3, 0, 1, 4, 5)), ("companies", (0, 1, 2)), ("orders", (2, 0, 1, 3))):
        for _ in range(draw(st.sampled_from(counts))):
            day, time = draw(st.sampled_from(ANY_DATE)), draw(st.sampled_from(TIMES))
            suffix = draw(st.sampled_from((".csv",) * 9 + (".csv.gz",)))
            if kind == "orders":
                time += draw(st.sampled_from(("",) * 4 + ("b",)))  # what a wildcard stands for
            found.append(f"{{tenant}}_{kind}_{day}{time}{suffix}")
            if kind == "orders" and not chance(draw, 8):
                if chance(draw, 5):
                    time = time.removesuffix("b") if time.endswith("b") else f"{time}b"
                found.append(f"{{tenant}}_order_lines_{day}{time}.csv")
                if chance(draw, 15):
                    found.append(f"{{tenant}}_order_lines_{day}{time}.csv.gz")
    for day in draw(st.lists(st.sampled_from(DATES), max_size=2, unique=True)):
        found.append(f"{{tenant}}_members_{day}000000.csv")
        if not chance(draw, 8):
            found.append(f"{{tenant}}_hobbies_{day}000000.csv")
    if chance(draw, 40):
        found += ["{tenant}_visits.csv", "{tenant}_visit_lines.csv"]  # their names never change
    return found


def steps_of(draw: Draw, name: str, steps: int) -> list[int]:
    """Most files come once, at about the step of their day; some are sent again, and again."""
    if "_visit" in name:
        return sorted(draw(st.lists(st.integers(0, steps - 1), min_size=2, max_size=steps, unique=True)))
    day = next((position for position, day in enumerate(DATES) if day in name), 1)
    usual = min(day + draw(st.sampled_from((0, 0, 0, 1, 2))), steps - 1)
    if chance(draw, 60 if "_order" in name or "_members" in name or "_hobbies" in name else 25):  # told again
        return sorted(draw(st.lists(st.integers(0, steps - 1), min_size=1, max_size=3, unique=True)))
    return [usual]


@st.composite
def histories(
    draw: Draw, builds: tuple[bool, ...], rules: tuple[RuleLine, ...], on_duplicate: str, is_guarded: bool
) -> History:
    people = draw(st.integers(3, 6))
    files = []
    profiles: list[Rows] = []
    for name in names(draw):
        directory = "attentive" if "_subscriber" in name else "remarkety"
        if "_user_segments_" in name:
            directory = "mediarithmics"
        if "_import_" in name:
            directory = "import"
        if any(part in name for part in EXPORTS):
            directory = "blueconic"
        versions: list[tuple[Rows, Style, Request | None]] = []
        for step in steps_of(draw, name, len(builds)):
            if name.endswith(".complete"):
                version: tuple[Rows, Style, Request | None] = ((), PLAIN, None)
            elif versions and chance(draw, 50):
                version = draw(st.sampled_from(versions))
            else:
                style = draw(STYLES)
                if directory == "remarkety":
                    style = replace(style, bom=draw(st.sampled_from((False, False, False, True))))
                if directory == "import":
                    request = request_of(draw)
                    version = import_rows(draw, people, request), style, request
                elif "_profiles_" in name and profiles and chance(draw, 60):
                    version = changed_rows(draw, draw(st.sampled_from(profiles))), style, None
                else:
                    version = rows_of(draw, name, people), style, None
                if "_profiles_" in name:
                    profiles.append(version[0])
            versions.append(version)
            files.append(Sent(step, directory, name, *version))
        if directory == "mediarithmics" and chance(draw, 40):
            files.append(Sent(draw(st.integers(0, len(builds) - 1)), DISCARD, name))
    return History(tuple(files), builds, rules, on_duplicate, is_guarded)
