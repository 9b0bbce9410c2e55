"""Rows D and E5 of the scorecard: what a partner sends costs little, and what is not proven counts for nothing."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from loaders.landing.run import land
from tests.contracts.installation import ROOT, Installation, Tenant, copy_project, lines, write_merge_rules
from tests.pgp import Gpg

from .rig import ENDS_WITHIN, LISTS, ended

PROFILES = [f"shop_profiles_2026010{day}080000.csv" for day in (1, 2, 3)]


def test_d2_a_delta_file_of_a_header_alone_is_applied_and_changes_nothing(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    muster.drop(PROFILES[0], lines("customer_id;first_name", "1;Ann"))
    muster.drop(PROFILES[1], "customer_id;first_name\n")
    muster.drop("shop_import_vip_20260101080000.csv", "email\n")
    assert muster.muster("run").returncode == 0
    shop = Tenant(muster, "shop")
    for name in (PROFILES[1], "shop_import_vip_20260101080000.csv"):
        assert (shop.job(name)["status"], shop.counts(name)) == ("applied", {})
    assert shop.properties("1") == {"first_name": "Ann"}


_READ = """
import re, resource, sys
from pathlib import Path
from loaders.errors import FileRefusedError
from loaders.reading.csv_file import CsvFile
from loaders.reading.decode import Limits, open_decoded
from loaders.reading.dialect import Dialect
more, *paths = sys.argv[1:]
for number, path in enumerate(map(Path, paths)):
    try:
        with open_decoded(path, "gzip" if path.suffix == ".gz" else "none", Limits()) as plain:
            with CsvFile(plain, Dialect(), Limits(), None) as file:
                print(sum(batch.num_rows for batch in file.read()), sorted({one.code for one in file.unreadable}))
    except FileRefusedError as refusal:
        print(refusal.code)
    if number == 0:
        taken = int(re.search("VmData: +([0-9]+)", Path("/proc/self/status").read_text().replace("\\t", " "))[1])
        resource.setrlimit(resource.RLIMIT_DATA, ((taken << 10) + int(more), (taken << 10) + int(more)))
"""


def read(*paths: Path, more: int) -> list[str]:
    """What is found in the files by a process that, after the first, may take only so many bytes of memory more."""
    command = [sys.executable, "-c", _READ, str(more), *map(str, paths)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=ENDS_WITHIN)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_d15_records_of_any_length_take_no_more_memory(tmp_path: Path) -> None:
    head, good = b"a,b\n", b"1,x\n" * 1000
    contents = {
        "small": head + good,
        "field": head + good + b"2," + b"y" * (150 << 20) + b"\n" + good,
        "quoted": head + good + b'2,"' + b"y\n" * (50 << 20) + b'"\n' + good,
        "columns": b",".join(b"c%d" % number for number in range(100_000)) + b"\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    found = read(*(tmp_path / name for name in contents), more=64 << 20)
    assert found == ["1000 []", "2000 ['record_too_long']", "2000 ['record_too_long']", "too_many_columns"]


def test_d22_what_a_revoked_key_has_signed_lands_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGP_PASSPHRASE", "pass phräse")
    with Gpg() as gpg:
        sent = gpg.encrypted(b"email\nann@x.org\n", by="other")
        fingerprint = gpg.fingerprints["other"]
        made = (gpg.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
        gpg("--import", content=made[made.index(":-----") + 1 :].encode())
        keys = {"us": gpg.private("us"), "other": gpg.public("other"), "partner": gpg.public("partner")}
        signers = [fingerprint, gpg.fingerprints["partner"]]
        good = gpg.encrypted(b"email\nbob@x.org\n")
    name = "{store_id}_{segment_id}_{timestamp:%Y%m%d%H%M%S}.csv.gpg"
    edits = {"remarkety__lists": {"pgp": "partner", "file_name": name}}
    muster = Installation(tmp_path / "home", copy_project(tmp_path / "project", edits))
    for key, content in keys.items():
        (tmp_path / "home" / f"{key}.asc").write_bytes(content)
        (tmp_path / "home" / f"{key}.asc").chmod(0o600)
    declared = {
        "private_key_file": "us.asc", "passphrase_env": "PGP_PASSPHRASE", "signed_by": signers,
        "public_key_files": ["other.asc", "partner.asc"],
    }  # fmt: skip
    with muster.settings.connections.open("a") as file:
        file.write(json.dumps({"pgp": {"partner": declared}})[1:-1].replace('"pgp": ', "pgp: ") + "\n")
    muster.drop(LISTS[0] + ".gpg", sent)
    muster.drop(LISTS[1] + ".gpg", good)
    report = land(muster.settings)
    assert report.errors == {}
    assert [one.refusal_code for one in report.landed] == ["bad_signature", None]
    assert "revoked" in str(report.landed[0].refusal_detail)
    assert [row["email"] for row in muster.rows("from landing.remarkety__lists")] == ["bob@x.org"]
    assert list(muster.settings.spool.iterdir()) == []


def people(count: int, bad: int = 0, start: int = 0) -> str:
    return lines(
        "id,email", *(f"c{n},{'bad' if n < start + bad else f'p{n}@x.org'}" for n in range(start, start + count))
    )


def test_d24_a_list_that_shrinks_or_is_rejected_too_much_is_held_and_said(tmp_path: Path) -> None:
    guard = {"guard": {"max_removed_share": 0.3, "max_rejected_share": 0.05}, "invalid_cells": "reject"}
    root = copy_project(tmp_path / "project", {"remarkety__lists": guard})
    muster = Installation(tmp_path / "home", root)
    muster.drop(LISTS[0], people(200))
    assert muster.muster("run").returncode == 0
    for content, code in ((people(138), "too_many_removed"), (people(200, bad=12), "too_many_rejected")):
        muster.drop(LISTS[1], content)
        ran = muster.muster("run")
        assert (ran.returncode, code in ran.stderr) == (3, True), ran.stderr
        shop = Tenant(muster, "shop")
        assert (shop.jobs(LISTS[1])[-1]["status"], len(shop.members("vip"))) == ("held", 200)
    muster.drop(LISTS[2], people(140))
    assert muster.muster("run").returncode == 0
    assert len(Tenant(muster, "shop").members("vip")) == 140


def test_d24_a_column_that_is_empty_all_of_a_sudden_changes_nothing(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    muster.drop(LISTS[0], lines("id,first_name", "1,Ann", "2,Bob"))
    muster.drop(LISTS[1], lines("id,first_name", "1,", "2,"))
    muster.drop(LISTS[2], lines("id,first_name", ",Ann", ",Bob"))
    assert muster.muster("run").returncode == 3
    shop = Tenant(muster, "shop")
    assert [shop.job(name)["code"] for name in LISTS] == [None, None, "no_valid_row"]
    assert (shop.members("vip"), shop.properties("1")) == ({"1", "2"}, {"first_name": "Ann"})


@pytest.mark.xfail(
    strict=True, reason="the guard looks at memberships: by set_or_clear such a column clears all values"
)
def test_d24_a_column_that_is_empty_all_of_a_sudden_is_held_where_it_would_clear(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    write_merge_rules(root, "feed,column,property,rule\nblueconic__profiles,first_name,,set_or_clear\n")
    muster = Installation(tmp_path / "home", root)
    for name, value in zip(PROFILES, ("Ann", ""), strict=False):
        muster.drop(name, lines("customer_id;first_name", *(f"{n};{value}" for n in range(1, 201))))
    muster.land()
    muster.build()
    shop = Tenant(muster, "shop")
    assert shop.job(PROFILES[0])["status"] == "applied"
    assert shop.properties("1") == {"first_name": "Ann"}


def test_e5_a_bomb_is_stopped_at_its_limit_on_disk_and_in_memory(tmp_path: Path) -> None:
    """A megabyte that is a gigabyte; and gzip in gzip. On disk there is never more than 200 times what was sent."""
    member = gzip.compress(bytes(64 << 20))
    bombs = [member * 16, gzip.compress(gzip.compress(member * 16))]
    for number, content in enumerate(bombs):
        (tmp_path / f"{number}.gz").write_bytes(content)
    small = tmp_path / "small.gz"
    small.write_bytes(gzip.compress(b"a,b\n1,x\n"))
    _, what, nested = read(small, tmp_path / "0.gz", tmp_path / "1.gz", more=64 << 20)
    assert (what, nested in ("invalid_encoding", "not_csv")) == ("too_compressed", True)

    muster = Installation.ready(tmp_path / "home")
    for name, content in zip(LISTS, bombs, strict=False):
        muster.drop(f"{name}.gz", content)
    most = 200 * len(bombs[0]) + (4 << 20)
    done = ended(muster, ["prlimit", f"--fsize={most}", *muster.command("run")])
    assert done.returncode == 3, done.stderr
    codes = [row["refusal_code"] for row in muster.rows("select refusal_code from landing.files order by file_id")]
    assert codes == ["too_compressed", nested]
    assert list(muster.settings.spool.iterdir()) == []
