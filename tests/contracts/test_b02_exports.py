"""Contract B2 for exports: encrypted to the partner's key, or not exported at all."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from loaders.errors import ConfigurationError
from loaders.exports.run import export
from tests.contracts.exporting import NAME, Exporting
from tests.pgp import PASSPHRASE, Gpg, agents


@pytest.fixture(scope="module")
def gpg() -> Iterator[Gpg]:
    with Gpg() as gpg:
        yield gpg


def recipients(one: Exporting, gpg: Gpg, *names: str, **more: Any) -> None:
    """What connections.yml says of the partner's keys."""
    path = one.muster.settings.connections
    content = yaml.safe_load(path.read_text())
    for name in names:
        (path.parent / f"{name}.asc").write_bytes(gpg.public(name))
    content["pgp_recipients"] = {
        "partner": {
            "encrypt_to": [gpg.fingerprints[name] for name in names],
            "public_key_files": [f"{name}.asc" for name in names],
        }
        | more
    }
    path.write_text(yaml.safe_dump(content))


@pytest.mark.parametrize("suffix", [".csv.gpg", ".csv.gz.pgp", ".csv.asc"])
def test_b02_b16_an_export_is_encrypted_and_nothing_of_it_is_left_in_clear(
    tmp_path: Path, gpg: Gpg, suffix: str
) -> None:
    one = Exporting(tmp_path / "home", file_name="{segment}" + suffix, pgp="partner", manifest="done.json")
    recipients(one, gpg, "us")
    one.send("1,a@x.org,Ann")
    one.export()
    files = one.received()
    plain = gpg("--passphrase", PASSPHRASE, "--decrypt", content=files[f"vip{suffix}"])
    if ".gz" in suffix:
        plain = gzip.decompress(plain)
    assert plain.decode().splitlines()[1:] == ["1,a@x.org,Ann,,,"]
    assert files[f"vip{suffix}"].startswith(b"-----BEGIN PGP MESSAGE") == suffix.endswith(".asc")
    home = one.muster.settings.home
    assert not any(b"a@x.org" in path.read_bytes() for path in (home / "outbox").rglob("*") if path.is_file())
    assert agents(home) == []


def test_b02_b16_an_export_may_be_signed(tmp_path: Path, gpg: Gpg) -> None:
    one = Exporting(tmp_path / "home", file_name="vip.csv.gpg", pgp="partner")
    key = tmp_path / "home" / "at" / "signer.asc"
    key.write_bytes(gpg("--armor", "--export-secret-keys", "partner"))
    key.chmod(0o600)
    recipients(one, gpg, "us", signing_key_file="signer.asc")
    one.send("1,a@x.org,Ann")
    one.export()
    (content,) = one.received().values()
    path = tmp_path / "sent.gpg"
    path.write_bytes(content)
    said = gpg("--status-fd", "1", "--passphrase", PASSPHRASE, "--decrypt", str(path)).decode(errors="replace")
    assert f"VALIDSIG {gpg.fingerprints['partner']}" in said


@pytest.mark.parametrize(("name", "words"), [("former", "has expired"), ("stranger", "cannot be encrypted to")])
def test_b02_b16_sc_x13_a_key_that_cannot_be_used_stops_the_export_before_anything_is_sent(
    tmp_path: Path, gpg: Gpg, name: str, words: str
) -> None:
    one = Exporting(tmp_path / "home", file_name="vip.csv.gpg", pgp="partner")
    recipients(one, gpg, name)
    one.send("1,a@x.org,Ann")
    error = export(one.muster.settings).errors[NAME]
    assert isinstance(error, ConfigurationError)
    assert words in str(error)
    assert one.received() == {}
    assert list(one.muster.settings.outbox.iterdir()) == []
