"""Contract B16: the presets of `muster exports new` write what such a platform takes."""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
import sys
from pathlib import Path

import pytest

from loaders.exports.new import new_export
from tests.contracts.exporting import Exporting
from tests.contracts.installation import ROOT

NAMES = {"customer_match": "google__vip", "custom_audience": "meta__vip", "mail": "mailer__vip"}


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


@pytest.mark.proof
def test_b16_presets_write_what_the_platforms_take(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home")
    root = one.muster.settings.root
    for preset, name in NAMES.items():
        new_export(
            root, "vip", name, tenant="shop", connection="partner", directory=f"in/{preset}", preset=preset,
            dry_run=False,
        )  # fmt: skip
        (one.partner / "in" / preset).mkdir()
    header = "id,email,sms_phone_number,first_name,last_name,gender,birthdate,opt_in_status"
    ann = "1,Ann.Lee@Gmail.com,+1 555 000 0001,Ann-Sofie,O'Neil,female,2000-02-29,1"
    bob = "2,bob@x.org,,=Bob,,,,0"
    one.send(ann, bob, "3,,+15550000003,Cid,,,,", "4,,,Dee,,,,", header=header)
    one.export(only=tuple(NAMES.values()))

    def taken(preset: str) -> dict[str, list[dict[str, str]]]:
        found = {}
        for path in sorted((one.partner / "in" / preset).iterdir()):
            found[path.name] = list(csv.DictReader(io.StringIO(path.read_text())))
            path.unlink()
        return found

    ((name, rows),) = taken("customer_match").items()
    assert name.startswith("vip_2") and name.endswith("_1.csv")
    assert sorted(rows, key=str) == sorted(
        (
            {"Email": hashed("annlee@gmail.com"), "Phone": hashed("+15550000001")},
            {"Email": hashed("bob@x.org"), "Phone": ""},
            {"Email": "", "Phone": hashed("+15550000003")},
        ),
        key=str,
    )
    ((_, rows),) = taken("custom_audience").items()
    assert {"email": hashed("ann.lee@gmail.com"), "phone": hashed("15550000001"), "fn": hashed("annsofie"),
            "ln": hashed("oneil"), "gen": hashed("f"), "dob": hashed("20000229")} in rows  # fmt: skip
    assert len(rows) == 3
    ((_, rows),) = taken("mail").items()
    assert [list(row.values()) for row in sorted(rows, key=lambda row: row["email"])] == [
        ["UPDATE", "ann.lee@gmail.com", "Ann-Sofie", "O'Neil", "subscribed"],
        ["UPDATE", "bob@x.org", "'=Bob", "", "unsubscribed"],
    ]
    one.send(ann, header=header)
    one.export(only=tuple(NAMES.values()))
    (gone,) = [rows for name, rows in taken("customer_match").items() if name.startswith("vip_gone_")]
    assert {row["Email"] for row in gone} == {hashed("bob@x.org"), ""}
    ((_, rows),) = taken("mail").items()
    assert [list(row.values())[:2] for row in rows] == [["DELETE", "bob@x.org"]]
    exchanged = one.muster.rows("select * exclude (tenant_id) from marts.data_exchange order by connection_name")
    assert [tuple(row.values()) for row in exchanged] == [("partner", 0, 3), ("remarkety", 4, 0)]


def test_b16_new_exports_pass_the_linter(tmp_path: Path) -> None:
    for preset, name in NAMES.items():
        for path, text in new_export(
            ROOT, "vip", name, tenant="shop", connection="c", directory=".", preset=preset, dry_run=True
        ).items():
            if path.suffix == ".sql":
                (tmp_path / path.name).write_text(text)
    options = ["--config", str(ROOT / ".sqlfluff"), "--nofail"]
    linted = subprocess.run(
        [sys.executable, "-m", "sqlfluff", "lint", *options[:2], str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert linted.returncode == 0, linted.stdout
