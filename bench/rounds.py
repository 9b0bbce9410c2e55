"""The work that is measured: landing and building with Muster, and beside it the floors, in turn."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.children import Cost, run
from bench.data import DAYS, changes
from loaders.config.connections import load_connections
from loaders.database import open_database
from loaders.transport.opening import open_remote
from servers.openssh import OpenSshServer

FEED, DIRECTORY, CIPHER = "remarkety__lists", "lists", "aes128-gcm@openssh.com"
_PYTHON = sys.executable
_LAND = (_PYTHON, "-m", "loaders", "land", "--feed", FEED)
BUILD = (
    _PYTHON,
    "-c",
    "from loaders.building.build import build; from loaders.config.settings import Settings; "
    "build(Settings.for_project())",
)

Costs = dict[str, list[Cost]]


@dataclass(frozen=True)
class Installation:
    """A database and a working folder of Muster, without what was there before."""

    folder: Path
    connections: Path

    @classmethod
    def new(cls, folder: Path, connections: Path) -> Installation:
        """An empty one in `folder`."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return cls(folder, connections)

    @property
    def database(self) -> Path:
        """Its DuckDB file."""
        return self.folder / "muster.duckdb"

    def run(self, command: Sequence[str], **more: str) -> Cost:
        """Run a command with the environment that leads to it; `more` are further variables."""
        return run(
            command,
            {
                "MUSTER_DATABASE": str(self.database),
                "MUSTER_HOME": str(self.folder / "home"),
                "MUSTER_CONNECTIONS": str(self.connections),
            }
            | more,
        )


class Bench:
    """The lists in `lists`, a server that serves one of them at a time, and room for databases in `work`."""

    def __init__(self, lists: Path, work: Path, server: OpenSshServer, size: int) -> None:
        """`work` is empty, the lists are of `size` members each; the server learns a new key."""
        self._lists, self._work, self._size = lists, work, size
        self._served = work / "served" / DIRECTORY
        self._served.mkdir(parents=True)
        key = work / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        server.allow(key.with_suffix(".pub").read_text())
        user = getpass.getuser()
        self._connections = work / "connections.yml"
        self._connections.write_text(
            yaml.safe_dump(
                {
                    "connections": {
                        "remarkety": {
                            "type": "sftp",
                            "settle": 0,
                            "host": "127.0.0.1",
                            "port": server.port,
                            "username": user,
                            "private_key_file": str(key),
                            "host_keys": [server.host_key],
                            "root": str(self._served.parent),
                        }
                    }
                }
            )
        )
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
        self._get = (
            f"sftp -q -c {CIPHER} -P {server.port} -i {key} {' '.join(f'-o {option}' for option in options)} "
            f"{user}@127.0.0.1:{self._served / DAYS[0]} {work / 'got.csv'} >/dev/null"
        )
        self.costs: Costs = defaultdict(list)
        self.file_mb = (lists / DAYS[0]).stat().st_size / 1e6
        self.first_load_mb = 0.0

    def measure(self, rounds: int, say: Callable[[str], None]) -> None:
        """Fill `costs`, one of each name for each round (what prepares the rounds, once), and `first_load_mb`."""
        say("day 1")
        day_1 = Installation.new(self._work / "day_1", self._connections)
        self._land(day_1, 0, "first landing")
        self._time("build day 1", lambda: day_1.run(BUILD))
        self.first_load_mb = day_1.database.stat().st_size / 1e6
        self._time("dbt", lambda: day_1.run(BUILD))  # which compiles how the marts advance: later builds run that
        self._land(day_1, 1, "landing day 2")
        nothing = Installation.new(self._work / "nothing", self._connections)
        nothing.run(BUILD)
        nothing.run(BUILD)
        by_hand, state = self._work / "by_hand.duckdb", self._work / "by_hand_day_1.duckdb"
        run([_PYTHON, "-m", "bench.by_hand", state, day_1.database])
        landed = shutil.copyfile(day_1.database, self._work / "day_1.duckdb")
        for number in range(1, rounds + 1):
            say(f"round {number} of {rounds}")
            self._land(Installation.new(self._work / "landing", self._connections), 0, "landing")
            self._time("landing floor", self._floor)
            self._time("download", self._download)
            self._time("download floor", lambda: run(["sh", "-c", self._get]))
            shutil.copyfile(landed, day_1.database)
            self._time("build day 2", lambda: day_1.run(BUILD))
            self._check(day_1)
            shutil.copyfile(state, by_hand)
            self._time("by hand", lambda: run([_PYTHON, "-m", "bench.by_hand", by_hand]))
            self._time("nothing new", lambda: day_1.run(BUILD))
            self._time("fixed", lambda: nothing.run(BUILD))

    def _time(self, name: str, work: Callable[[], Cost]) -> None:
        os.sync()  # it must not wait for what was written before
        self.costs[name].append(work())

    def _serve(self, day: int) -> None:
        """Put the list of one day on the server, as a new link: the landing renames it."""
        for path in self._served.iterdir():
            path.unlink()
        (self._served / DAYS[day]).hardlink_to(self._lists / DAYS[day])

    def _land(self, installation: Installation, day: int, name: str) -> None:
        self._serve(day)
        self._time(name, lambda: installation.run(_LAND))
        with open_database(installation.database, read_only=True) as connection:
            row = connection.execute(
                "select count(*) from landing.remarkety__lists where _file_id = ?", [day + 1]
            ).fetchone()
        if row != (self._size,):
            raise RuntimeError(f"{row} rows of {self._size} were landed")

    def _floor(self) -> Cost:
        database = self._work / "floor.duckdb"
        database.unlink(missing_ok=True)
        self._serve(0)
        return run(["sh", "-c", f"{self._get} && {_PYTHON} -m bench.floor {self._work / 'got.csv'} {database}"])

    def _download(self) -> Cost:
        """Our transport from connecting to the last byte, in this process; OpenSSH's is a process of its own."""
        target = self._work / "got.csv"
        target.unlink(missing_ok=True)
        self._serve(0)
        os.sync()
        started, cpu = time.perf_counter(), time.process_time()
        with open_remote(load_connections(self._connections)["remarkety"]) as remote:
            (file,), _ = remote.list(DIRECTORY)
            remote.fetch(DIRECTORY, file, target, lambda _: None)
        return Cost(time.perf_counter() - started, time.process_time() - cpu, 0, 0)

    def _check(self, installation: Installation) -> None:
        """The second list did what it was made to do."""
        expected = changes(self._size)
        with open_database(installation.database, read_only=True) as connection:
            row = connection.execute(
                f"select {', '.join(expected)} from marts.import_jobs order by file_id desc limit 1"
            ).fetchone()
        if row != tuple(expected.values()):
            raise RuntimeError(f"the build of day 2 counted {row}, not {expected}")
