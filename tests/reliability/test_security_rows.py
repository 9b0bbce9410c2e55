"""Rows E10 to E13 of the scorecard: what the database may do, and where no secret is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import duckdb
import pytest

from loaders.cli.main import main
from loaders.database import open_database, open_for_build
from loaders.landing.workplace import open_for_landing
from servers.embedded import EmbeddedSftp
from tests.contracts.installation import Installation, copy_project, lines
from tests.dbt_process import dbt

from .rig import LISTS, read_by_sftp

HARDENED = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}


@pytest.fixture
def muster(tmp_path: Path) -> Installation:
    return Installation.ready(tmp_path / "home")


@pytest.fixture
def live(muster: Installation, request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    """The connection with which files are landed, or marts are built."""
    if request.param == "landing":
        with open_for_landing(muster.settings, []) as store:
            yield store.database
    elif request.param == "build":
        with open_for_build(muster.settings.database) as connection:
            yield connection
    else:
        with open_database(muster.settings.database, read_only=True) as connection:
            yield connection


every_connection = pytest.mark.parametrize("live", ["landing", "build", "reading"], indirect=True)


@every_connection
def test_e10_extensions_and_variables_of_python_are_out_of_reach(live: duckdb.DuckDBPyConnection) -> None:
    for name, value in HARDENED.items():
        ((found,),) = live.execute("select current_setting($1)", [name]).fetchall()
        assert str(found).lower() == value, name
    numbers = [1, 2, 3]
    with pytest.raises(duckdb.CatalogException):
        live.execute("from numbers")
    assert numbers


@every_connection
def test_e10_no_file_or_address_is_in_reach_of_the_database(live: duckdb.DuckDBPyConnection) -> None:
    ((found,),) = live.execute("select current_setting('enable_external_access')").fetchall()
    assert str(found).lower() == "false"


@pytest.mark.parametrize(
    "statement",
    [
        "set enable_external_access = true",
        "install httpfs",
        "copy (select 1) to '{folder}/out.csv'",
        "attach '{folder}/other.duckdb' as other",
        "select getenv('HOME')",
        "select * from read_text('/etc/hostname')",
        "select * from glob('/etc/*')",
    ],
)
def test_e11_what_reaches_out_of_the_database_is_denied_to_a_model(
    muster: Installation, tmp_path: Path, statement: str
) -> None:
    """That `install` fails for want of a network is no denial: settings say so as well."""
    with open_for_build(muster.settings.database) as connection:
        with pytest.raises(duckdb.Error):
            connection.execute(statement.replace("{folder}", str(tmp_path)))
        ((locked,),) = connection.execute("select current_setting('lock_configuration')").fetchall()
        assert str(locked).lower() == "true"


def test_e12_no_option_takes_a_secret() -> None:
    def options(command: click.Command) -> Iterator[str]:
        for parameter in command.params:
            yield str(parameter.name)
        if isinstance(command, click.Group):
            for each in command.commands.values():
                yield from options(each)

    words = ("password", "secret", "passphrase", "private", "token")
    assert [name for name in options(main) if any(word in name for word in words)] == []


SECRET = "hunter2-Ge%heim\u00fc"


@pytest.mark.proof
def test_e13_no_secret_is_in_anything_that_a_run_has_left_or_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of one that logs in and builds by dbt, nor of one that is refused, nor of one that fails in between."""
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    muster.drop(LISTS[0], lines("id,email", "1,ann@x.org"))
    monkeypatch.setenv("SERVER_PASSWORD", SECRET)
    said = ""
    with EmbeddedSftp(muster.drops / "remarkety", password=SECRET) as server:
        read_by_sftp(muster, server.port, server.host_key)
        codes = []
        for words in (("run",), ("build", "--full-refresh"), ("feeds", "list"), ("files", "--json")):
            done = muster.muster(*words)
            codes.append(done.returncode)
            said += done.stdout + done.stderr
        server.password = "another"
        done = muster.muster("run")
        codes.append(done.returncode)
        said += done.stdout + done.stderr
        server.password = SECRET
        muster.drop(LISTS[1], lines("id,email", "1,ann@x.org"))
        broken = root / "models" / "marts" / "log" / "import_jobs.sql"
        broken.write_text("select cast('no number' as bigint) as file_id")
        done = muster.muster("run")
        codes.append(done.returncode)
        said += done.stdout + done.stderr
    assert codes == [0, 0, 0, 0, 5, 8]
    done = dbt(tmp_path / "home", "run", "--select", "segments")
    said += done.stdout + done.stderr
    assert {"manifest.json", "run_results.json", "dbt.log"} <= {path.name for path in tmp_path.rglob("*")}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 20
    for text in (SECRET.encode(), SECRET.encode().hex().encode(), b"hunter2"):
        assert [path for path in files if text in path.read_bytes()] == []
    assert "hunter2" not in said
