"""What tests of exports share: a project with an export of a segment, and a partner who receives it."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from loaders.building.build import build
from loaders.building.compiled import Compiled, ProjectVersion
from loaders.database import open_database
from loaders.exports.run import ExportReport, export
from tests.made_once import made_once

from .installation import Installation, Row, copy_project, settings_at

NAME = "shop__vip"
MODEL = """
select
    contacts.contact_id,
    {{ identifier_of('id') }} as id,
    {{ identifier_of('email') }} as email,
    contacts.first_name,
    contacts.birthdate,
    contacts.loyalty_points,
    contacts.interests
from {{ ref('contacts') }} as contacts
"""
FILE = "{segment}_{timestamp:%Y%m%d%H%M%S}.csv"
META: Row = {"connection": "partner", "directory": "in", "file_name": FILE, "tenant": "shop", "segment": "vip"}


def declare(root: Path, meta: Row, name: str = NAME, model: str = MODEL) -> None:
    """Give a copied project an export."""
    folder = root / "models" / "exports"
    folder.mkdir(exist_ok=True)
    (folder / f"exp_{name}.sql").write_text(model)
    exposure = {
        "name": name,
        "type": "application",
        "owner": {"name": "Marketing", "email": "marketing@example.com"},
        "depends_on": [f"ref('exp_{name}')"],
        "config": {"meta": META | meta},
    }
    (folder / f"_{name}__exports.yml").write_text(
        yaml.safe_dump({"version": 2, "exposures": [exposure]}, sort_keys=False)
    )


def _built(home: Path, partners: Collection[str]) -> None:
    home.mkdir()
    root = copy_project(home / "project", partners=partners)
    declare(root, {})
    for _ in range(2):
        build(settings_at(home, root))


class Exporting:
    """An installation with one export, into a folder of the partner's; nothing has been sent yet."""

    def __init__(self, home: Path, *, partners: Collection[str] = ("remarkety",), **meta: Any) -> None:
        """`meta`: settings of the export that are others than META's; its model is built and empty.

        `partners` are those who send something.
        """
        home.mkdir(exist_ok=True)
        made = made_once("-".join(["exports", *partners]), partial(_built, partners=partners))
        shutil.copytree(made / "project", home / "project")
        root = home / "project"
        declare(root, meta)
        self.muster = Installation(home / "at", root)
        built = settings_at(made, made / "project")
        with open_database(built.database, read_only=True) as connection:
            compiled = Compiled.load(built, ProjectVersion.of(built), connection)
        assert compiled, "two builds by dbt leave compiled statements"
        shutil.copy(built.database, self.muster.settings.database)
        self.muster.settings.home.mkdir()
        compiled.keep(self.muster.settings, ProjectVersion.of(self.muster.settings))
        self.partner = home / "partner"
        (self.partner / "in").mkdir(parents=True)
        self.receive_at({"type": "local", "path": str(self.partner)})
        self._day = 0

    def receive_at(self, connection: Row) -> None:
        """Where the partner is."""
        path = self.muster.settings.connections
        found = yaml.safe_load(path.read_text())["connections"]
        Installation.connect(found | {"partner": connection}, path.parent)

    def send(self, *rows: str, header: str = "id,email,first_name") -> None:
        """The list of the segment `vip` of the next day comes, and the marts know of it."""
        self._day += 1
        name = f"shop_vip_202601{self._day:02}080000.csv"
        self.muster.drop(name, "\n".join([header, *rows]) + "\n")
        self.muster.land()
        self.muster.build()

    def export(self, **options: Any) -> ExportReport:
        """Export, and expect no error."""
        report = export(self.muster.settings, **options)
        assert report.errors == {}, report.errors
        return report

    def received(self) -> dict[str, bytes]:
        """What the partner takes away: all files, by name, but those that are still being sent."""
        paths = [path for path in sorted((self.partner / "in").iterdir()) if not path.name.startswith(".")]
        found = {path.name: path.read_bytes() for path in paths}
        for name in found:
            (self.partner / "in" / name).unlink()
        return found

    def taken(self) -> list[str]:
        """The lines of the one file that is there, without its header; none if there is no file."""
        found = self.received()
        assert len(found) <= 1
        return [line for text in found.values() for line in text.decode().splitlines()[1:]]
