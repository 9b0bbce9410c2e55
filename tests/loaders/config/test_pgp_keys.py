"""The `pgp` part of connections.yml: every fault names file, line and remedy, and no secret is in it (B2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from loaders.config.connections import load_connections
from loaders.config.pgp_keys import PgpKeys, load_pgp_keys
from loaders.errors import ConfigurationError

FINGERPRINT = "D0F3F5D33F72232424156F9A37D2660DA7A150F2"
SIGNED: dict[str, Any] = {"signed_by": [FINGERPRINT], "public_key_files": ["partner.asc"]}


def load(folder: Path, keys: dict[str, Any], env: dict[str, str] | None = None) -> PgpKeys:
    path = folder / "connections.yml"
    drops = {"drops": {"type": "local", "path": "drops"}}
    path.write_text(yaml.safe_dump({"connections": drops, "pgp": {"partner": keys}}, sort_keys=False))
    assert set(load_connections(path, {})) == {"drops"}
    return load_pgp_keys(path, env or {})["partner"]


def test_b02_keys_come_from_variables_and_files(tmp_path: Path) -> None:
    (tmp_path / "partner.asc").write_bytes(b"public")
    written = "d0f3 f5d3 3f72 2324 2415  6f9a 37d2 660d a7a1 50f2"  # as gpg --fingerprint shows them
    settings = SIGNED | {"private_key_env": "KEY", "passphrase_env": "PASSPHRASE", "signed_by": [written]}
    keys = load(tmp_path, settings, {"KEY": "a\\nb", "PASSPHRASE": "secret"})
    assert (keys.private_key(), keys.passphrase(), keys.public_keys()) == (b"a\nb", "secret", [b"public"])
    assert keys.signed_by == (FINGERPRINT,)
    (tmp_path / "us.asc").touch(0o600)
    keys = load(tmp_path, {"private_key_file": "us.asc", "allow_unsigned": True})
    assert (keys.private_key(), keys.passphrase(), keys.public_keys()) == (b"", None, [])


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (SIGNED, "either private_key_env or private_key_file"),
        (SIGNED | {"private_key_env": "A", "private_key_file": "b"}, "either private_key_env or private_key_file"),
        ({"private_key_env": "A"}, "state signed_by"),
        (SIGNED | {"private_key_env": "A", "allow_unsigned": True}, "state signed_by"),
        ({"private_key_env": "A", "signed_by": [FINGERPRINT]}, "signed_by needs public_key_files"),
        (SIGNED | {"private_key_env": "A", "signed_by": ["A7A150F2"]}, "'A7A150F2' is not a fingerprint"),
        (SIGNED | {"private_key_env": "A", "passphrase": "hunter2"}, "there is no such setting"),
        (SIGNED | {"private_key_env": "A", "passphrase_env": "hunter2!"}, "passphrase_env"),
    ],
)
def test_b02_a_fault_is_named_with_file_and_line(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as fault:
        load(tmp_path, keys)
    assert message in str(fault.value)
    assert f"{tmp_path}/connections.yml:" in str(fault.value)
    assert "hunter2" not in str(fault.value)
