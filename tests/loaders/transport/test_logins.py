"""C116: a refused login is not tried again by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loaders.errors import AuthenticationError
from loaders.landing.run import land
from servers.embedded import EmbeddedSftp
from tests.contracts.installation import FOLDERS, Installation, lines


@contextmanager
def one_account(muster: Installation) -> Iterator[EmbeddedSftp]:
    """All connections are one account of one server."""
    with EmbeddedSftp(muster.drops) as server:
        common = {
            "type": "sftp", "host": "127.0.0.1", "port": server.port, "username": "muster", "settle": 0,
            "password_env": "SFTP_PASSWORD", "host_keys": [server.host_key],
        }  # fmt: skip
        connections = {name: common | {"root": f"/{name}"} for name in FOLDERS}
        muster.connect(connections, muster.settings.connections.parent)
        yield server


def test_c116_a_refused_account_is_asked_once_and_by_a_schedule_never_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    muster = Installation(tmp_path / "home")
    muster.drop("shop_vip_20260101080000.csv", lines("email", "ann@x.org"))
    with one_account(muster) as server:
        monkeypatch.setenv("SFTP_PASSWORD", "wrong")
        for is_scheduled, attempts in ((True, 1), (True, 1), (False, 2), (True, 2)):
            report = land(muster.settings, scheduled=is_scheduled)
            assert {type(error) for error in report.errors.values()} == {AuthenticationError}
            assert len(server.attempts) == attempts
        assert "run this once without --scheduled" in str(next(iter(report.errors.values())))
        kept = muster.settings.home / "refused_logins.json"
        assert kept.stat().st_mode & 0o777 == 0o600
        assert "wrong" not in kept.read_text()

        monkeypatch.setenv("SFTP_PASSWORD", "in-memory")
        report = land(muster.settings, scheduled=True)
        assert (len(report.landed), report.errors) == (1, {})
    assert json.loads(kept.read_text()) == {}
