"""Contract B16: whatever fails on the way, the partner ends with what the segment has."""

from __future__ import annotations

import csv
import io
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from loaders.errors import DamagedError, TransportError
from loaders.exports.preparing import Wish
from loaders.exports.run import export
from loaders.recovery.rebuild import rebuild
from loaders.recovery.verify import verify
from loaders.transport.local_destination import LocalDestination
from tests.contracts.exporting import NAME, Exporting, declare
from tests.contracts.installation import Tenant


class Partner:
    """A partner who keeps a list by what `operation` says, and takes every file away."""

    def __init__(self) -> None:
        self.rows: dict[str, list[str]] = {}
        self.files: dict[str, bytes] = {}

    def take(self, files: dict[str, bytes]) -> int:
        """Read the files that are there; returns how many rows they have."""
        count = 0
        for name, content in sorted(files.items()):
            if name in self.files:
                assert self.files[name] == content, "what comes once more is the same"
                continue
            self.files[name] = content
            for operation, who, *row in list(csv.reader(io.StringIO(content.decode())))[1:]:
                count += 1
                if operation == "DELETE":
                    del self.rows[who]
                else:
                    self.rows[who] = row
        return count


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(2))
def test_b16_whatever_fails_the_partner_has_what_the_segment_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Failing uploads and renames, some of which were done; against a segment that this test remembers by itself."""
    draw = random.Random(seed)
    one, partner, segment = Exporting(tmp_path / "home", leavers="column", max_shrink=1), Partner(), dict[str, str]()
    work = {name: getattr(LocalDestination, name) for name in ("send", "put_in_place")}

    def failing(name: str, rate: float) -> Any:
        def work_or_fail(self: LocalDestination, *given: Any, **options: Any) -> Any:
            if draw.random() < rate:
                raise TransportError("before")
            found = work[name](self, *given, **options)
            if draw.random() < rate:
                raise TransportError("behind")
            return found

        return work_or_fail

    for _ in range(12):
        segment = {str(n): draw.choice("ABC") for n in draw.sample(range(1, 9), draw.randrange(1, 8))}
        one.send(*(f"{who},p{who}@x.org,{name}" for who, name in segment.items()))
        with monkeypatch.context() as patch:
            for name in work:
                patch.setattr(LocalDestination, name, failing(name, 0.3))
            for _ in range(draw.randrange(3)):
                export(one.muster.settings)
                if draw.random() < 0.5:
                    partner.take(one.received())
        one.export()
        partner.take(one.received())
        one.export()
        partner.take(one.received())
        expected = {who: [f"p{who}@x.org", name, "", "", ""] for who, name in segment.items()}
        assert partner.rows == expected
        one.export()
        assert one.received() == {}


def test_b16_what_partners_have_outlives_the_database(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", leavers="column")
    settings = one.muster.settings
    one.send("1,a@x.org,Ann", "2,b@x.org,Bob")
    one.export()
    older = tmp_path / "older.duckdb"
    shutil.copy(settings.database, older)
    one.send("1,a@x.org,Anne")
    one.export()
    one.export(wish=Wish(everybody=True))
    assert len(one.received()) == 3
    settings.database.unlink()
    rebuild(settings)
    assert list(verify(settings)) == []
    one.export()
    assert one.received() == {}
    one.send("1,a@x.org,Anna", "2,b@x.org,Bob")
    one.export()
    assert one.taken() == ["UPDATE,1,a@x.org,Anna,,,", "UPDATE,2,b@x.org,Bob,,,"]


def test_b16_an_older_database_with_the_same_log_does_not_send_again(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home")
    one.send("1,a@x.org,Ann")
    older = tmp_path / "older.duckdb"
    shutil.copy(one.muster.settings.database, older)
    one.export()
    assert len(one.received()) == 1
    shutil.copy(older, one.muster.settings.database)
    with pytest.raises(DamagedError, match="would send again what partners have"):
        export(one.muster.settings)
    assert one.received() == {}


COMMANDS = """
select
    contacts.contact_id,
    {{ identifier_of('id') }} as user_account_id,
    'vip' as segment_technical_name,
    0 as expiration_duration
from {{ ref('contacts') }} as contacts
"""


@pytest.mark.proof
def test_b16_m02_what_goes_out_comes_in_again_as_it_was(tmp_path: Path) -> None:
    """An export with who left, read by Muster's own feed of commands for another tenant."""
    one = Exporting(tmp_path / "home", partners=("remarkety", "mediarithmics"))
    name = "copy_user_segments_{timestamp:%Y%m%d%H%M%S}.csv"
    declare(one.muster.settings.root, {"leavers": "column", "file_name": name, "max_shrink": 1}, model=COMMANDS)
    shop, copy = Tenant(one.muster, "shop"), Tenant(one.muster, "copy")
    for rows in (["1,a@x.org,Ann", "2,b@x.org,Bob"], ["2,b@x.org,Bob", "3,c@x.org,Cid"], ["3,c@x.org,Cid"]):
        one.send(*rows)
        one.export()
        for file, content in one.received().items():
            one.muster.drop(file, content)
        one.muster.land()
        one.muster.build()
        assert copy.members("vip") == {f":{who.split(' ')[0]}" for who in shop.members("vip")}


def test_b16_exports_are_shown(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", every="1 day")
    one.send("1,a@x.org,Ann", "2,=b@x.org,Bob")
    preview = one.muster.muster("exports", "preview", NAME)
    assert preview.returncode == 0, preview.stderr
    assert preview.stdout.splitlines()[0] == "id,email,first_name,birthdate,loyalty_points,interests"
    assert "2 new" in preview.stderr
    assert one.received() == {}
    ran = one.muster.muster("run", "--scheduled")
    assert ran.returncode == 0, ran.stderr
    assert f"muster: exported {NAME}: vip_" in ran.stderr
    assert len(one.received()) == 1
    assert one.muster.muster("export", "--scheduled").stdout == "nothing is due\n"
    listed = one.muster.muster("exports", "list")
    assert "every 1 day" in listed.stdout
    history = one.muster.muster("exports", "--json")
    assert '"state": "delivered"' in history.stdout
    new = one.muster.muster("exports", "new", "vip", "--name", "ads__vip", "--tenant", "shop", "--dry-run")
    assert new.returncode == 0, new.stderr
    assert "{{ identifier_of('email') }} as email" in new.stdout
    assert one.muster.muster("exports", "preview", "nope__x").returncode == 2


def test_b16_an_export_that_is_declared_wrong_does_not_hide_what_has_landed(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home")
    declare(one.muster.settings.root, {"segmnt": "x"})
    one.muster.drop("shop_vip_20260301080000.csv", "id,email\n2,b@x.org\n")
    ran = one.muster.muster("run")
    assert ran.returncode == 2
    assert "lists/shop_vip_20260301080000.csv" in ran.stdout
    assert "segmnt: there is no such setting" in ran.stderr


def test_b16_where_nothing_is_new_nothing_is_published_again(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home")
    one.send("1,a@x.org,Ann")
    assert one.muster.muster("run").returncode == 0
    published = one.muster.settings.published.stat().st_ino
    assert one.muster.muster("run").returncode == 0
    assert one.muster.settings.published.stat().st_ino == published
    assert one.muster.rows("select count(*) as n from exported.runs") == [{"n": 1}]
