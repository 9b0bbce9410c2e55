"""The models of the room identity beside the interpreter's identities, over thousands of small runs (X3)."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
import yaml

from tools.graph import ROOT

from .identities import ONE_PER_CONTACT, Identities, Key

TYPES = ("id", "pos_id", "email", "phone")
"""In the order in which staging models give them."""
MODELS = (
    *("int_identifiers", "int_identities__tangled", "int_identities__chained", "int_identities__foreseen"),
    *("int_identities__in_rounds", "int_identities", "contact_identifiers", "shared_identifiers"),
)
SHAPE = {
    **{"row_id": "BIGINT", "tenant_id": "VARCHAR", "creates": "BOOLEAN", "attaches": "BOOLEAN"},
    "identifiers": [{"type": "VARCHAR", "value": "VARCHAR"}],
}
MARTS = {
    "contact_identifiers": "contact_id bigint",
    "shared_identifiers": "contact_id bigint, owner_id bigint",
}
FIRST_ENTRY = 2**32


class Line(NamedTuple):
    """A row of a run, with its identifiers in the order in which they are tried."""

    tenant: str
    row_id: int
    keys: tuple[Key, ...]
    creates: bool
    attaches: bool


@dataclass
class Answers:
    """Whom each row is about (none: nobody; -1: a conflict), and what is known and shared in the end."""

    contacts: dict[int, int | None] = field(default_factory=dict)
    owners: set[tuple[object, ...]] = field(default_factory=set)
    shared: set[tuple[object, ...]] = field(default_factory=set)


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of the models, as dbt compiles it for a database that has these marts."""
    home = tmp_path_factory.mktemp("identities")
    with duckdb.connect(home / "muster.duckdb") as connection:
        connection.execute("create schema marts")
        _make_marts(connection, "marts")
    env = os.environ | {"MUSTER_DATABASE": str(home / "muster.duckdb"), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    folders = ["--project-dir", ROOT, "--profiles-dir", ROOT, "--target-path", home / "target", "--log-path", home]
    command = [Path(sys.executable).with_name("dbt"), "--quiet", "compile", "--select", *MODELS, *folders]
    subprocess.run(list(map(str, command)), cwd=ROOT, env=env, check=True)
    nodes = json.loads((home / "target" / "manifest.json").read_text())["nodes"]
    return {name: nodes[f"model.muster.{name}"]["compiled_code"] for name in MODELS}


def _make_marts(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    for name, columns in MARTS.items():
        connection.execute(
            f"create table {schema}.{name} (tenant_id varchar, identifier_type varchar, identifier_value varchar,"
            f" {columns}, log_id bigint, _file_id bigint, _line_number bigint)"
        )


def _drawn(seed: int, tenants: int) -> list[list[Line]]:
    """Three runs of every tenant, whose rows have few identifiers between them."""
    draw = random.Random(seed)  # no secret
    runs: list[list[Line]] = [[], [], []]
    for number in range(tenants):
        tenant, pool = f"t{number}", draw.choice((2, 3, 5))
        kinds = draw.choice((TYPES, TYPES, ("id", "email"), ("email", "phone"), ("id", "email", "phone")))
        filled, creates = draw.choice((0.4, 0.7, 1)), draw.choice((1, 1, 0.8))
        for run in runs:
            for _ in range(draw.choice((0, 1, 3, 8))):
                keys = tuple((tenant, kind, str(draw.randrange(pool))) for kind in kinds if draw.random() < filled) or (
                    (tenant, kinds[-1], "0"),
                )
                attaches = draw.random() < 0.9
                run.append(Line(tenant, 0, keys, attaches and draw.random() < creates, attaches))
    number = FIRST_ENTRY
    for run in runs:
        draw.shuffle(run)
        for place, line in enumerate(run):
            number += 1
            run[place] = line._replace(row_id=number)
    return runs


def _expected(runs: Sequence[Sequence[Line]]) -> Answers:
    """One row after the other."""
    answers, identities = Answers(), Identities()
    for line in (line for run in runs for line in run):
        contact, is_conflict = identities.who(line.keys)
        if not is_conflict:
            if contact is None and line.creates:
                contact = line.row_id
            if contact is not None and line.attaches:
                identities.attach(contact, line.keys, 1, line.row_id - FIRST_ENTRY)
        answers.contacts[line.row_id] = -1 if is_conflict else contact
    answers.owners = {(*key, contact) for key, contact in identities.owners.items()}
    answers.shared = {
        (*key, contact, owner, number) for (key, contact), (owner, _, number) in identities.shared.items()
    }
    return answers


def _got(statements: dict[str, str], runs: Sequence[Sequence[Line]]) -> Answers:
    """The models, run after run."""
    answers = Answers()
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as work; attach ':memory:' as muster")
        connection.execute("create schema work.intermediate; create schema muster.marts")
        _make_marts(connection, "muster.marts")
        for path in sorted((ROOT / "macros" / "functions").glob("[36]_*.sql")):
            connection.execute(path.read_text())
        for log_id, run in enumerate(runs, 1):
            connection.execute(
                "create or replace table work.intermediate.int_run as"
                " select $1 - 1 as decided_log_id, $1 as last_log_id",
                [log_id],
            )
            _run(connection, statements, run, log_id, answers)
        read = "select tenant_id, identifier_type, identifier_value, contact_id{} from muster.marts.{}"
        answers.owners = set(connection.execute(read.format("", "contact_identifiers")).fetchall())
        more = ", owner_id, _line_number"
        answers.shared = set(connection.execute(read.format(more, "shared_identifiers")).fetchall())
    return answers


def _run(
    connection: duckdb.DuckDBPyConnection,
    statements: dict[str, str],
    run: Sequence[Line],
    log_id: int,
    answers: Answers,
) -> None:
    known = set(
        connection.execute(
            "select tenant_id, identifier_type, identifier_value from muster.marts.contact_identifiers"
        ).fetchall()
    )
    # Of the others their one identifier says it.
    rows = [line for line in run if len(line.keys) > 1 or line.keys[0] not in known]
    connection.execute(
        "create or replace table work.intermediate.int_rows__effective"
        " (log_id bigint, row_id bigint, tenant_id varchar, creates_contacts boolean, subscribers_only boolean,"
        " is_effective boolean, identifiers struct(type varchar, value varchar)[])"
    )
    if rows:
        given = [
            {
                "row_id": line.row_id,
                "tenant_id": line.tenant,
                "creates": line.creates,
                "attaches": line.attaches,
                "identifiers": [{"type": kind, "value": value} for _, kind, value in line.keys],
            }
            for line in rows
        ]
        connection.execute(
            "insert into work.intermediate.int_rows__effective"
            " select $1, row_id, tenant_id, creates, not attaches, true, identifiers"
            " from (select unnest(from_json($2, $3), recursive := true))",
            [log_id, json.dumps(given), json.dumps([SHAPE])],
        )
    for name, statement in statements.items():
        mart = name in MARTS
        target = f"muster.marts.{name}" if mart else f"work.intermediate.{name}"
        connection.execute(
            f"{'insert into' if mart else 'create or replace table'} {target} {'' if mart else 'as '}{statement}"
        )
    found = connection.execute(
        "select row_id, case when is_conflict then -1 else contact_id end from work.intermediate.int_identities"
    ).fetchall()
    answers.contacts |= dict(found)
    owners = dict(_owners(connection, known))
    answers.contacts |= {line.row_id: owners[line.keys[0]] for line in run if line not in rows}


def _owners(connection: duckdb.DuckDBPyConnection, known: set[Key]) -> Iterator[tuple[Key, int]]:
    for *key, contact in connection.execute(
        "select tenant_id, identifier_type, identifier_value, contact_id from muster.marts.contact_identifiers"
    ).fetchall():
        if tuple(key) in known:
            yield (key[0], key[1], key[2]), contact


@pytest.mark.parametrize("seed", range(3))
def test_x3_rows_of_a_run_are_decided_as_one_by_one(statements: dict[str, str], seed: int) -> None:
    runs = _drawn(seed, tenants=2000)
    expected, got = _expected(runs), _got(statements, runs)
    wrong = {row for row in expected.contacts if expected.contacts[row] != got.contacts.get(row, "nothing")}
    tenants = {line.tenant for run in runs for line in run if line.row_id in wrong}
    tenants |= {str(row[0]) for row in (expected.owners ^ got.owners) | (expected.shared ^ got.shared)}
    fewest = min(tenants, key=lambda tenant: sum(line.tenant == tenant for run in runs for line in run), default=None)
    assert not tenants, "\n".join(
        [
            f"{len(tenants)} tenants differ; the one with the fewest rows:",
            *(
                f"{line.row_id}: {line.keys} {line.creates=} {line.attaches=}: {expected.contacts[line.row_id]},"
                f" got {got.contacts.get(line.row_id)}"
                for run in runs
                for line in run
                if line.tenant == fewest
            ),
            f"owners {expected.owners ^ got.owners}"[:2000],
            f"shared {expected.shared ^ got.shared}"[:2000],
        ]
    )


def test_x3_what_is_one_per_contact_stands_in_the_project() -> None:
    project = (ROOT / "dbt_project.yml").read_text()
    assert tuple(yaml.safe_load(project)["vars"]["one_per_contact"]) == ONE_PER_CONTACT
