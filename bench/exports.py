"""Exports beside the least that they can cost: `python -m bench.exports`.

Full: every member of a segment, to a file in a folder, beside DuckDB's COPY of the same rows. Delta: what a day
changed, beside nothing new. Upload: the file of the full export to an SFTP server, beside OpenSSH's own put.
"""

from __future__ import annotations

import argparse
import getpass
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import yaml

from bench.children import Cost, run
from bench.data import COLUMNS, DAYS, changes, generate
from bench.rounds import BUILD, CIPHER, Installation
from loaders.config.connections import load_connections
from loaders.database import open_database
from loaders.transport.opening import open_destination
from servers.openssh import OpenSshServer

ROOT = Path(__file__).parent.parent
NAME = "bench__vip"
_PROJECT = ("models", "macros", "seeds", "tests/generic", "dbt_project.yml", "profiles.yml")
_EXPORT = (sys.executable, "-m", "loaders", "export", NAME)
_LAND = (sys.executable, "-m", "loaders", "land", "--feed", "remarkety__lists")
_SELECT = f"select contact_id, {{}}, {', '.join(COLUMNS[1:])} from {{}} as contacts"
_COPY = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    connection.execute(
        "copy (select exported.* exclude (contact_id) from exports.exp_bench__vip as exported"
        " where contact_id in (select contact_id from marts.memberships) order by contact_id)"
        f" to '{sys.argv[2]}' (header)"
    )
"""


def install(folder: Path) -> Installation:
    """A project with an export of the segment `vip` into a folder, and its lists from a folder."""
    root = folder / "project"
    for part in _PROJECT:
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, root / part)
    exposure = {
        "name": NAME,
        "type": "application",
        "owner": {"name": "bench"},
        "depends_on": [f"ref('exp_{NAME}')"],
        "config": {
            "meta": {
                "connection": "partner",
                "file_name": "{segment}_{timestamp:%Y%m%d%H%M%S}.csv",
                "tenant": "shop1",
                "segment": "vip",
                "dialect": {"date_format": "%Y-%m-%d"},
            }
        },
    }
    models = root / "models" / "exports"
    models.mkdir(exist_ok=True)
    models.joinpath(f"exp_{NAME}.sql").write_text(
        _SELECT.format("{{ identifier_of('email') }} as email", "{{ ref('contacts') }}")
    )
    models.joinpath("_bench__exports.yml").write_text(yaml.safe_dump({"version": 2, "exposures": [exposure]}))
    for name in ("drops/lists", "partner"):
        (folder / name).mkdir(parents=True)
    connections = {
        "remarkety": {"type": "local", "path": str(folder / "drops"), "settle": 0},
        "partner": {"type": "local", "path": str(folder / "partner")},
    }
    (folder / "connections.yml").write_text(yaml.safe_dump({"connections": connections}))
    os.environ["MUSTER_ROOT"] = str(root)
    return Installation.new(folder / "installation", folder / "connections.yml")


def exported(installation: Installation, folder: Path, rows: int, *options: str) -> Cost:
    """What an export cost, which wrote so many rows; the partner has taken its file away before."""
    for path in (folder / "partner").iterdir():
        path.unlink()
    cost = installation.run((*_EXPORT, *options))
    with open_database(installation.database, read_only=True) as connection:
        found = connection.execute("select row_count from exported.runs order by run_id desc limit 1").fetchone()
    if found != (rows,) and rows:
        raise RuntimeError(f"{found} rows of {rows} were exported")
    return cost


def uploads(folder: Path, source: Path, rounds: int) -> tuple[list[float], list[float]]:
    """The seconds of our transport, in this process, and of OpenSSH's, in one of its own, to the same server."""
    keys, target = folder / "sshd", folder / "server"
    keys.mkdir()
    target.mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    with OpenSshServer(keys) as server:
        server.allow((folder / "key.pub").read_text())
        account = {
            "type": "sftp", "host": "127.0.0.1", "port": server.port, "username": getpass.getuser(), "settle": 0,
            "private_key_file": str(folder / "key"), "host_keys": [server.host_key], "root": str(target),
        }  # fmt: skip
        (folder / "server.yml").write_text(yaml.safe_dump({"connections": {"partner": account}}))
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR")
        (folder / "put").write_text(f"put {source} {target}/theirs.csv\n")
        put = [
            "sftp", "-q", "-b", str(folder / "put"), "-c", CIPHER, "-P", str(server.port), "-i", str(folder / "key"),
            *(part for option in options for part in ("-o", option)), f"{getpass.getuser()}@127.0.0.1",
        ]  # fmt: skip

        def ours() -> float:
            os.sync()
            started = time.perf_counter()
            with open_destination(load_connections(folder / "server.yml")["partner"]) as partner:
                partner.send(".", "ours.csv", source, lambda _: None)
            return time.perf_counter() - started

        pairs = [(ours(), run(put).seconds) for _ in range(rounds)]
    return [one for one, _ in pairs], [other for _, other in pairs]


def main() -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.exports", description=__doc__)
    parser.add_argument("--members", type=int, default=10_000_000, help="members of the segment, a multiple of 100")
    parser.add_argument("--rounds", type=int, default=3, help="how often each thing is done; medians are shown")
    options = parser.parse_args()
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        _measure(Path(folder), options.members, options.rounds)
    return 0


def _measure(folder: Path, size: int, rounds: int) -> None:
    installation = install(folder)
    generate(folder / "lists", size)

    def come(day: int) -> None:
        (folder / "lists" / DAYS[day]).rename(folder / "drops" / "lists" / DAYS[day])
        installation.run(_LAND)
        installation.run(BUILD, MUSTER_MEMORY="8GB")

    def times(work: Callable[[], Cost]) -> list[Cost]:
        return [work() for _ in range(rounds)]

    come(0)
    installation.run(BUILD)  # dbt compiles how the marts advance: later builds run that
    first = exported(installation, folder, size)
    full = times(lambda: exported(installation, folder, size, "--all"))
    copied = times(lambda: run([sys.executable, "-c", _COPY, installation.database, folder / "copied.csv"]))
    (source,) = (folder / "partner").iterdir()
    if source.read_bytes() != (folder / "copied.csv").read_bytes():
        raise RuntimeError("the export is not what COPY writes")
    size_mb = source.stat().st_size / 1e6
    ours, theirs = uploads(folder, source, rounds)
    nothing = times(lambda: exported(installation, folder, 0))
    come(1)
    changed = changes(size)
    delta = exported(installation, folder, changed["added_count"] + changed["updated_count"])

    def line(what: str, value: float, unit: str = "s", target: float | None = None, *, least: bool = False) -> None:
        said = ""
        if target is not None:
            is_met = value >= target if least else value <= target
            said = f"  {'>=' if least else '<='} {target:g}  {'PASS' if is_met else 'FAIL'}"
        print(f"  {what:<52}{value:8.2f} {unit}{said}", flush=True)

    seconds = [median(cost.seconds for cost in costs) for costs in (full, copied, nothing)]
    print(f"{size:,} members, {size_mb:,.0f} MB; median of {rounds}")
    line("full export, to a folder", seconds[0])
    line("  the first one, which remembers all", first.seconds)
    line("  peak memory", max(cost.peak_mb for cost in [first, *full]), "MB")
    line("  DuckDB's COPY of the same rows", seconds[1])
    line("  ratio", seconds[0] / seconds[1], "x", 1.5)
    line("upload alone", median(ours))
    line("  OpenSSH put", median(theirs))
    line("  OpenSSH's time / ours", median(theirs) / median(ours), "x", 0.7, least=True)
    line("export with nothing new", seconds[2])
    line("export of the 3 of 100 who changed", delta.seconds)


if __name__ == "__main__":
    sys.exit(main())
