"""Installations of Muster for tests: a database, a working folder and drop folders of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import yaml

from loaders.archive.journal import Journal
from loaders.building.build import build
from loaders.building.compiled import Compiled, ProjectVersion
from loaders.config.settings import Settings
from loaders.database import open_database
from loaders.feeds.declared_feeds import merge_rule_seeds, write_declared_feeds
from loaders.feeds.loading import load_feeds
from loaders.feeds.switching import switch
from loaders.landing.import_by_hand import LocalFile, land_local
from loaders.landing.report import LandingReport
from loaders.landing.run import land
from tests.made_once import made_once

from .linked_feeds import add_hobbies_and_branches

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "remarkety": "lists",
    "attentive": "segments",
    "mediarithmics": "user_segments",
    "optipub": "imports",
    "blueconic": "exports",
}
"""The connections that the feeds name, each with the folder that they read."""
LISTS = ("remarkety", "attentive")
"""Those who send complete lists."""
FIRST_MTIME = 1_748_736_000  # 2025-06-01: no two drops have the same modification time
_PROJECT = ("models", "macros", "seeds", "tests/generic", "dbt_project.yml", "profiles.yml")

Row = dict[str, Any]


@dataclass(frozen=True)
class Import:
    """A file for `muster import`, with the parameters that are others than the feed's."""

    content: str
    request: Row


def imported(*rows: str, **request: Any) -> Import:
    """An import of these lines, which creates and updates subscriptions unless it says otherwise."""
    return Import(lines(*rows), {"subscription_action": "create_or_update"} | request)


Files = Mapping[str, str | bytes | Import]
"""The names and contents of the files of one day; `{t}` in a name is the tenant."""
Edits = Mapping[str, Mapping[str, Any]]
"""Feed to the settings in its `config.meta` that are others than the project's."""
Test = TypeVar("Test", bound=Callable[..., None])


def copy_project(
    target: Path,
    edits: Edits = {},  # noqa: B006  # never changed
    *,
    enabled: bool = True,
    partners: Collection[str] = tuple(FOLDERS),
) -> Path:
    """The dbt project in a folder of its own: its feeds switched on (unless they are to be as shipped), then edited.

    Of `partners` only: a build plans for each feed that there is, in a third of the time where there is one partner.
    """
    for part in _PROJECT:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns("*unit_tests.yml"))
        else:
            shutil.copy(source, target / part)
    delete_partners(target, set(FOLDERS) - set(partners))
    if enabled:
        switch(Settings.for_project(target, env={}), list(partners), enabled=True, any_tenant=True)
    for feed, changed in edits.items():
        edit_feed(target, feed, partial(_change, changed))
    return target


def delete_partners(root: Path, partners: Collection[str]) -> None:
    """Delete the files of these partners, as docs/feeds.md says."""
    for partner in partners:
        (root / "models" / "landing" / f"_{partner}__sources.yml").unlink()
        shutil.rmtree(root / "models" / "staging" / partner)
        for seed in [*(root / "seeds").glob(f"{partner}__*"), *(root / "seeds").glob(f"_{partner}__*")]:
            seed.unlink()
    if partners:
        write_declared_feeds(root, load_feeds(root))


def write_merge_rules(root: Path, text: str) -> None:
    """Give a copied project these merge rules, and no others: those that come with partners go."""
    for seed in merge_rule_seeds(root):
        seed.write_text(text.splitlines(keepends=True)[0])
    (root / "seeds" / "merge_rules.csv").write_text(text)


def switched_on(partners: Collection[str] = tuple(FOLDERS)) -> Path:
    """A project whose feeds are all switched on, which no test changes."""
    return made_once("-".join(["project", *partners]), partial(copy_project, partners=partners))


def edit_feed(root: Path, feed: str, edit: Callable[[Row], None]) -> Path:
    """Change the declaration of one feed; returns the file in which it stands."""
    source, _, table_name = feed.partition("__")
    path = root / "models" / "landing" / f"_{source}__sources.yml"
    content = yaml.safe_load(path.read_text())
    (table,) = (table for table in content["sources"][0]["tables"] if table["name"] == table_name)
    edit(table)
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def _change(settings: Mapping[str, Any], table: Row) -> None:
    table["config"]["meta"] |= settings


def settings_at(home: Path, root: Path) -> Settings:
    """The settings of a project whose database and working folder are in `home`."""
    return Settings.for_project(
        root,
        env={},
        database=home / "muster.duckdb",
        home=home / ".muster",
        connections=home / "connections.yml",
    )


def _build_twice(home: Path, partners: Collection[str]) -> None:
    """Build the project's marts, empty, as dbt makes them and as it advances them."""
    home.mkdir()
    for _ in range(2):
        build(settings_at(home, switched_on(partners)))


class Installation:
    """One installation with local drop folders; `connections.yml` may be written anew."""

    def __init__(self, home: Path, root: Path | None = None) -> None:
        """`root` is the project; without it, one whose feeds are all switched on. What is there already stays."""
        home.mkdir(exist_ok=True)
        self.drops = home / "drops"
        for connection, folder in FOLDERS.items():
            (self.drops / connection / folder).mkdir(parents=True, exist_ok=True)
        if not (home / "connections.yml").exists():
            self.connect({name: {"type": "local", "path": str(self.drops / name)} for name in FOLDERS}, home)
        self.settings = settings_at(home, root or switched_on())
        self._dropped_count = 0

    @classmethod
    def ready(cls, home: Path, partners: Collection[str] = tuple(FOLDERS)) -> Installation:
        """One whose marts are there and empty, so that dbt need not build: compiled statements do (decision 16)."""
        root = switched_on(partners)
        made = made_once("-".join(["built", *partners]), partial(_build_twice, partners=partners))
        muster, built = cls(home, root), settings_at(made, root)
        with open_database(built.database, read_only=True) as connection:
            compiled = Compiled.load(built, ProjectVersion.of(built), connection)
        assert compiled, "two builds by dbt leave compiled statements"
        shutil.copy(built.database, muster.settings.database)
        muster.settings.home.mkdir()
        compiled.keep(muster.settings, ProjectVersion.of(muster.settings))
        return muster

    @staticmethod
    def connect(connections: Row, home: Path) -> None:
        (home / "connections.yml").write_text(yaml.safe_dump({"connections": connections}))

    def path_of(self, name: str) -> Path:
        """Where a file of this name belongs."""
        kinds = {"_user_segments_": "mediarithmics", "_subscriber": "attentive", "_import_": "optipub"}
        exports = ("_profiles", "_hobbies", "_companies", "_branches", "_orders", "_order_lines")
        kinds |= dict.fromkeys(exports, "blueconic")
        connection = next((connection for kind, connection in kinds.items() if kind in name), "remarkety")
        return self.drops / connection / FOLDERS[connection] / name

    def drop(self, name: str, content: str | bytes, mtime: float | None = None) -> Path:
        """Put a file where its feed looks; the later it is dropped, the later its modification time."""
        path = self.path_of(name)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self._dropped_count += 1
        mtime = FIRST_MTIME + self._dropped_count if mtime is None else mtime
        os.utime(path, (mtime, mtime))
        return path

    def land(self, **options: Any) -> LandingReport:
        """Land what is there, and expect no feed to fail."""
        report = land(self.settings, **options)
        assert not report.errors, report.errors
        return report

    def land_imports(self, files: Mapping[str, Import], feed: str = "optipub__imports") -> None:
        """Land these as `muster import` does, one after the other."""
        folder = self.settings.home.parent / "imports"
        folder.mkdir(exist_ok=True)
        found = []
        for name, file in files.items():
            (folder / name).write_text(file.content)
            found.append(LocalFile(folder / name, feed, request=file.request))
        if found:
            land_local(self.settings, found)

    def build(self, *, full_refresh: bool = False) -> None:
        build(self.settings, full_refresh=full_refresh)

    def rows(self, sql: str, **parameters: Any) -> list[Row]:
        """The answer of the database, as dictionaries."""
        with open_database(self.settings.database, read_only=True) as connection:
            cursor = connection.execute(sql, parameters)
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @property
    def environment(self) -> dict[str, str]:
        """What the command `muster` reads."""
        return os.environ | {
            "MUSTER_ROOT": str(self.settings.root),
            "MUSTER_DATABASE": str(self.settings.database),
            "MUSTER_HOME": str(self.settings.home),
            "MUSTER_CONNECTIONS": str(self.settings.connections),
            "PYTHONPATH": str(ROOT),
        }

    @staticmethod
    def command(*arguments: str) -> list[str]:
        """The command line of `muster`."""
        return [sys.executable, "-m", "loaders", *arguments]

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start `muster` as a process of its own."""
        return subprocess.Popen(
            self.command(*arguments),
            env=options.pop("env", self.environment),
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def muster(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `muster` as a process of its own to its end."""
        with self.start(*arguments) as process:
            output, errors = process.communicate(timeout=600)
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)


@dataclass(frozen=True)
class Tenant:
    """What the marts say about one tenant; contacts are named by an identifier value."""

    muster: Installation
    name: str

    @cached_property
    def _contacts(self) -> dict[str, int]:
        return {
            row["identifier_value"]: row["contact_id"]
            for row in self.rows("from marts.contact_identifiers where tenant_id = $t")
        }

    def rows(self, sql: str, **parameters: Any) -> list[Row]:
        """The answer of the database to a query with `$t`, the tenant."""
        return self.muster.rows(sql, t=self.name, **parameters)

    def contact(self, identifier: str) -> int | None:
        """The contact that has the identifier, or None."""
        return self._contacts.get(identifier)

    @property
    def contact_count(self) -> int:
        return len(set(self._contacts.values()))

    def jobs(self, name: str) -> list[Row]:
        """The import jobs of the files of this name, the oldest first."""
        return self.rows(
            "select * from marts.import_jobs where tenant_id = $t and parse_filename(path) = $name order by file_id",
            name=name.format(t=self.name),
        )

    def job(self, name: str) -> Row:
        """The one import job of the file of this name."""
        (job,) = self.jobs(name)
        return job

    def counts(self, name: str) -> Row:
        """The counts of its one job that are not zero."""
        return {k.removesuffix("_count"): v for k, v in self.job(name).items() if k.endswith("_count") and v}

    def segments(self) -> set[str]:
        return {row["segment_name"] for row in self.rows("select * from marts.segments where tenant_id = $t")}

    def members(self, segment: str) -> set[str]:
        """Who is in the segment now, each by all its identifier values in order, with a space between them."""
        rows = self.rows(
            """select string_agg(known.identifier_value, ' ' order by known.identifier_value) as who
            from marts.memberships as m inner join marts.contact_identifiers as known using (contact_id)
            where m.tenant_id = $t and m.segment_name = $segment group by m.contact_id""",
            segment=segment,
        )
        return {row["who"] for row in rows}

    def spells(self, segment: str, identifier: str) -> list[tuple[str, str | None, str | None]]:
        """The stays of a contact in a segment: entered, left, why; times as `01-31 08:00`."""
        rows = self.rows(
            """select strftime(entered_at, '%m-%d %H:%M') as entered, strftime(exited_at, '%m-%d %H:%M') as exited,
                exit_reason
            from marts.membership_spells inner join marts.segments using (tenant_id, segment_id)
            where tenant_id = $t and segment_name = $segment and contact_id = $contact order by entry_log_id""",
            segment=segment,
            contact=self.contact(identifier),
        )
        return [(row["entered"], row["exited"], row["exit_reason"]) for row in rows]

    def properties(self, identifier: str) -> dict[str, str]:
        rows = self.rows(
            "select property, value from marts.contact_properties where tenant_id = $t and contact_id = $contact",
            contact=self.contact(identifier),
        )
        return {row["property"]: row["value"] for row in rows}

    def changes(self, identifier: str) -> list[tuple[str, str | None, str, str]]:
        """The changes of a contact's properties: property, old and new value, and the file."""
        rows = self.rows(
            """select property, old_value, new_value, parse_filename(path) as file
            from marts.contact_property_changes inner join landing.files on _file_id = file_id
            where contact_property_changes.tenant_id = $t and contact_id = $contact order by log_id, property""",
            contact=self.contact(identifier),
        )
        return [(row["property"], row["old_value"], row["new_value"], row["file"]) for row in rows]

    def changes_of(self, name: str, identifier: str) -> list[tuple[str | None, str | None, str, str, int]]:
        """The changes of one property of a contact: old and new value, the rule, the file and its line."""
        rows = self.rows(
            """select old_value, new_value, rule, parse_filename(path) as file, _line_number
            from marts.contact_property_changes inner join landing.files on _file_id = file_id
            where contact_property_changes.tenant_id = $t and contact_id = $contact and property = $name
            order by log_id""",
            contact=self.contact(identifier),
            name=name,
        )
        return [(row["old_value"], row["new_value"], row["rule"], row["file"], row["_line_number"]) for row in rows]

    def column(self, name: str, identifier: str) -> Any:
        """The value of a contact in a column of `contacts`."""
        (row,) = self.rows(
            f"select {name} from marts.contacts where tenant_id = $t and contact_id = $contact",
            contact=self.contact(identifier),
        )
        return row[name]

    def rejected(self, name: str) -> list[tuple[int, str, str | None]]:
        """The rejected rows of the file: line, code, raw text."""
        rows = self.rows(
            """select line_number, code, raw_text from marts.rejected_rows where $t is not null and file_id = $file
            order by line_number""",
            file=self.jobs(name)[-1]["file_id"],
        )
        return [(row["line_number"], row["code"], row["raw_text"]) for row in rows]

    def codes(self, name: str) -> dict[int, str]:
        """The code of each rejected row of the file, by line."""
        return {line: code for line, code, _ in self.rejected(name)}

    def dropped(self, name: str) -> dict[tuple[int, str], str]:
        """The code of each dropped cell of the file, by line and column (X10)."""
        rows = self.rows(
            "select line_number, column_name, code from marts.dropped_cells where $t is not null and file_id = $file",
            file=self.jobs(name)[-1]["file_id"],
        )
        return {(row["line_number"], row["column_name"]): row["code"] for row in rows}

    def subscriptions(self, publication: str) -> dict[str, str]:
        """The status of every subscription, by e-mail address."""
        rows = self.rows(
            """select known.identifier_value as who, status from marts.subscriptions as s
            inner join marts.contact_identifiers as known using (contact_id)
            where s.tenant_id = $t and publication_name = $publication and identifier_type = 'email'""",
            publication=publication,
        )
        return {row["who"]: row["status"] for row in rows}

    def subscription(self, publication: str, identifier: str) -> Row:
        """The one subscription of a contact."""
        (row,) = self.rows(
            "select * from marts.subscriptions where publication_name = $publication and contact_id = $contact"
            " and tenant_id = $t",
            publication=publication,
            contact=self.contact(identifier),
        )
        return row

    def of_publication(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """Columns of a table about subscriptions, each row with the contact's e-mail address before them, in order."""
        rows = self.rows(
            f"""select known.identifier_value as who, {columns} from marts.{table} as t
            inner join marts.contact_identifiers as known using (contact_id)
            where t.tenant_id = $t and identifier_type = 'email' order by all"""
        )
        return [tuple(row.values()) for row in rows]

    def deliveries(self, feed: str) -> list[tuple[str, str | None]]:
        """The verdicts on the feed's deliveries in the order of the log, each with its code."""
        rows = self.rows(
            "select verdict, code from marts.deliveries where tenant_id = $t and feed = $feed order by log_id",
            feed=feed,
        )
        return [(row["verdict"], row["code"]) for row in rows]


VARIANTS: dict[str, Edits] = {
    "": {},
    "count": {
        "attentive__segments": {
            "identifier_type": "email",
            "parts": {"number": "file_number", "count": 2},
            "max_rows": 3,
            "subscribers_only": False,
        },
        "remarkety__lists": {"on_duplicate": "first", "allow_empty": True},
        "mediarithmics__user_segments": {"on_reimport": "keep_longest"},
        "blueconic__profiles": {
            "unchanged_cells": "apply",
            "dialect": {"delimiter": ",", "quote": "'", "multi_value_separator": ";", "date_format": "automatic"},
        },
        "blueconic__orders": {"creates_contacts": True},
        "blueconic__companies": {"unchanged_cells": "skip"},
        "optipub__imports": {"unchanged_cells": "skip"},
    },
    "fixed": {
        "blueconic__profiles": {"unchanged_cells": "apply", "on_duplicate": "all"},
        "blueconic__orders": {"file_name": "{tenant}_orders.csv"},
        "blueconic__order_lines": {
            "file_name": "{tenant}_order_lines.csv",
            "linked": {"to": "blueconic__orders", "product_store": False},
        },
    },
    "wild": {
        "blueconic__orders": {"file_name": "{tenant}_orders_20*.csv"},
        "blueconic__order_lines": {"file_name": "{tenant}_order_lines_20*.csv"},
    },
    "linked": {"blueconic__companies": {"on_duplicate": "all"}},
    "quiet": {
        "attentive__segments": {"parts": {"number": "file_number", "quiet": "1 day"}, "subscribers_only": False},
        "remarkety__lists": {"on_duplicate": "reject_all", "undeclared_columns": "refuse", "invalid_cells": "reject"},
        "blueconic__profiles": {
            "creates_contacts": False,
            "on_duplicate": "first",
            "dialect": {"delimiter": ";", "quote": None, "escape": "\\", "date_format": "%m/%d/%Y"},
        },
    },
    "countries": {
        "remarkety__lists": {"dialect": {"default_country": "FR"}},
        "blueconic__profiles": {"dialect": {"delimiter": ";", "default_country": "DE"}},
        "optipub__imports": {"dialect": {"default_country": "IT"}},
    },
}
"""The ways in which the feeds of the tests are set up."""
ADDED: dict[str, Sequence[Callable[[Path], None]]] = {"linked": [add_hobbies_and_branches]}
"""What is added to the project of one of them."""


@dataclass(frozen=True)
class Scenario:
    """What a test drops, day by day, for a tenant of its own."""

    tenant: str
    variant: str
    days: Sequence[Files]


def drops(*days: Files, variant: str = "") -> Callable[[Test], Test]:
    """Declare what a test drops, day by day; the tests of a session share the builds.

    The test gets the tenant, which is called as the test is.
    """

    def declare(test: Test) -> Test:
        test.scenario = Scenario(tenant_of(test.__name__), variant, days)  # type: ignore[attr-defined]
        return test

    return declare


def tenant_of(text: str) -> str:
    return re.sub("[^a-z0-9]+", "-", text.removeprefix("test_"))


def play(muster: Installation, scenarios: Sequence[Scenario]) -> None:
    """Drop the files of all scenarios day by day; land and build every day."""
    for day in range(max(len(scenario.days) for scenario in scenarios)):
        for scenario in scenarios:
            for name, content in _plain_files(scenario, day).items():
                muster.drop(name, content)
        if day:
            pass_a_day(muster)
        muster.land()
        muster.land_imports(
            {name: file for s in scenarios for name, file in _files(s, day).items() if isinstance(file, Import)}
        )
        muster.build()


def _files(scenario: Scenario, day: int) -> Files:
    files = scenario.days[day] if day < len(scenario.days) else {}
    return {name.format(t=scenario.tenant): content for name, content in files.items()}


def _plain_files(scenario: Scenario, day: int) -> dict[str, str | bytes]:
    return {name: file for name, file in _files(scenario, day).items() if not isinstance(file, Import)}


def pass_a_day(muster: Installation) -> None:
    """Let what the loader wrote down be a day older; the files themselves carry their own times.

    The journal of the archive is written anew from the ledger at the next run.
    """
    Journal(muster.settings.archive).path.unlink(missing_ok=True)
    with open_database(muster.settings.database) as connection:
        connection.execute("update landing.files set landed_at = landed_at - interval '1 day 1 second'")
        connection.execute("update landing.pickups set started_at = started_at - interval '1 day 1 second'")


def lines(*rows: str) -> str:
    """The rows, each with its line end."""
    return "".join(row + "\n" for row in rows)
