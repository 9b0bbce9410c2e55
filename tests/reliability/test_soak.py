"""H1: thirty days of five feeds, two runs a day, with faults of every group: the marts are as if there were none."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import loaders.landing.run
import loaders.transport.sftp
from loaders.building.build import build
from loaders.errors import DamagedError, MusterError
from loaders.feeds.loading import load_feeds
from loaders.landing.run import land
from loaders.recovery.rebuild import rebuild
from servers.embedded import EmbeddedSftp
from tests.contracts.installation import FOLDERS, Installation, copy_project, lines
from tests.loaders.transport.sftp_servers import Faulty

HALF_DAYS = 60
BEGIN = datetime(2026, 1, 1, 8)
PEOPLE = range(40)

WHO = """(
    select contact_id, list(identifier_type || ':' || identifier_value order by all) as who
    from marts.contact_identifiers group by contact_id
)"""
ANSWERS = {
    "files": "select path, sha256, count(*) from landing.files where duplicate_of is null group by all",
    "jobs": """select path, status, code, line_count, accepted_count, rejected_count, ignored_count, duplicate_count,
        added_count, removed_count, deleted_count, created_count, updated_count, created_subscription_count,
        updated_subscription_count from marts.import_jobs where status <> 'duplicate'""",
    "rejected rows": """select path, line_number, code from marts.rejected_rows as rejected
        inner join landing.files as files using (file_id)""",
    "memberships": f"""select tenant_id, segment_name, who, expires_at
        from marts.memberships inner join {WHO} using (contact_id)""",
    "spells": f"""select who, segments.segment_name, entered_at, begun.path, exited_at, ended.path, exit_reason
        from marts.membership_spells as spells inner join {WHO} using (contact_id)
        inner join marts.segments using (segment_id)
        inner join landing.files as begun on entry_file_id = begun.file_id
        left join landing.files as ended on exit_file_id = ended.file_id""",
    "properties": f"select who, property, value from marts.contact_properties inner join {WHO} using (contact_id)",
    "subscriptions": f"""select who, publication_name, status, sms_phone, changed_at, tags
        from marts.subscriptions inner join {WHO} using (contact_id)""",
}
"""What is compared: all that does not depend on which number an entry of the log has."""


def files_of(step: int, draw: random.Random) -> dict[str, bytes]:
    """What the partners send in this half of a day, whole or damaged, by name."""
    now = BEGIN + timedelta(hours=12 * step)
    stamp, day, some = f"{now:%Y%m%d%H%M%S}", f"{now:%Y%m%d}", draw.sample(PEOPLE, 25)
    bad = ["", "nobody", 'a"b'][draw.randrange(3)]
    remarkety = lines(
        "id,email,first_name", *(f"{n},p{n}@x.org,Name {draw.randrange(3)}" for n in some), f"{bad},{bad},{bad}"
    )
    commands = [
        {"operation": "UPDATE", "expiration_duration": draw.choice((0, 600, 60_000)), "user_account_id": f"u{n}"}
        if draw.random() < 0.7
        else {"operation": "DELETE", "user_account_id": f"u{n}"}
        for n in some
    ]
    imports = lines("email,city", *(f"p{n}@x.org,City {draw.randrange(3)}" for n in some))
    found = {
        f"shop_vip_{stamp}.csv.gz": gzip.compress(remarkety.encode(), mtime=0),
        f"7_user_segments_{stamp}.ndjson": "".join(
            json.dumps(command | {"segment_technical_name": "s"}) + "\n" for command in commands
        ).encode(),
        f"pub_import_news_{stamp}.csv": imports.encode(),
    }
    if step % 2:
        phones = lines(*(f"21255501{n:02},s{draw.randrange(2)}" for n in some))
        found[f"acme_subscriber_segment_{day}.csv"] = phones.encode()
    else:
        subscribers = lines(
            "phone,opt_in_status,city", *(f"21255501{n:02},{draw.randrange(5) and 1},x" for n in PEOPLE)
        )
        found[f"acme_subscribers_{day}.csv"] = subscribers.encode()
    if draw.random() < 0.15:
        name = draw.choice(list(found))
        found[name] = found[name][: draw.randrange(1, len(found[name]))]
    return found


class Mood:
    """What goes wrong on the server: how often, of each kind."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.rates: dict[str, float] = {}

    def has(self, kind: str) -> bool:
        return self.draw.random() < self.rates.get(kind, 0)


@contextmanager
def flaky_server(folder: Path, mood: Mood) -> Iterator[EmbeddedSftp]:
    class Flaky(Faulty):
        async def scandir(self, path: bytes) -> Any:
            if mood.has("list"):
                self.drop()
            async for entry in super().scandir(path):
                yield entry

        def read(self, file_obj: Any, offset: int, size: int) -> Any:
            if mood.has("drop"):
                self.drop()
            if mood.has("read"):
                raise OSError(5, "odd")
            return super().read(file_obj, offset, size)

        def rename(self, oldpath: bytes, newpath: bytes) -> Any:
            if mood.has("rename"):
                raise OSError(5, "odd")
            return super().rename(oldpath, newpath)

        posix_rename = rename

    with EmbeddedSftp(folder, sftp_server=Flaky) as server:
        yield server


class Soak:
    """Two installations of one project: one that never fails, and one to which all happens."""

    def __init__(self, tmp_path: Path, draw: random.Random) -> None:
        root = copy_project(tmp_path / "project", {"remarkety__lists": {"done_suffix": ".done"}})
        self.oracle = Installation(tmp_path / "oracle", root)
        for _ in range(2):
            build(self.oracle.settings)
        shutil.copytree(tmp_path / "oracle", tmp_path / "soak")
        self.soak, self.draw, self.mood = Installation(tmp_path / "soak", root), draw, Mood(draw)
        self.rebuilt_count = 0
        self.kept = tmp_path / "older.duckdb"
        shutil.copy(self.soak.settings.database, self.kept)

    def connect(self, server: EmbeddedSftp) -> None:
        common = {
            "type": "sftp", "host": "127.0.0.1", "port": server.port, "username": "muster", "settle": 0,
            "password_env": "SOAK_PASSWORD", "host_keys": [server.host_key],
        }  # fmt: skip
        self.soak.connect(
            {name: common | {"root": f"/{name}"} for name in FOLDERS}, self.soak.settings.connections.parent
        )

    def deliver(self, step: int, name: str, content: bytes) -> None:
        when = (BEGIN + timedelta(hours=12 * step)).timestamp()
        for installation in (self.oracle, self.soak):
            installation.drop(name, content, when)

    def run(self) -> None:
        """One run in which anything may fail."""
        with suppress(MusterError):
            land(self.soak.settings)
            build(self.soak.settings, only_pending=True)

    def flaky(self) -> None:
        self.mood.rates = {kind: self.draw.choice((0, 0.1, 0.4)) for kind in ("list", "drop", "read", "rename")}
        self.run()
        self.mood.rates = {}

    def ended_by(self, end: Callable[[subprocess.Popen[str]], None]) -> None:
        process = self.soak.start("run")
        time.sleep(self.draw.uniform(0.2, 4))
        end(process)
        process.communicate(timeout=600)

    def lost(self) -> None:
        self.soak.settings.database.unlink()
        self.expect_damage()

    def older(self) -> None:
        shutil.copy(self.kept, self.soak.settings.database)
        self.soak.settings.database.with_name("muster.duckdb.wal").unlink(missing_ok=True)
        self.expect_damage()

    def expect_damage(self) -> None:
        try:
            land(self.soak.settings)
        except DamagedError:
            self.rebuilt_count += 1
            rebuild(self.soak.settings)
        shutil.copy(self.soak.settings.database, self.kept)

    def read_meanwhile(self) -> None:
        code = "import duckdb, sys, time; duckdb.connect(sys.argv[1], read_only=True); print(flush=True); time.sleep(1)"
        with subprocess.Popen(
            [sys.executable, "-c", code, str(self.soak.settings.database)], stdout=subprocess.PIPE
        ) as reader:
            assert reader.stdout
            reader.stdout.readline()
            self.run()

    def full_disk(self) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loaders.landing.run, "archive", full)
            self.run()

    def hostile_names(self) -> None:
        folder = self.soak.drops / "remarkety" / "lists"
        for name in (
            "a\nb.csv",
            "-rf.csv",
            "$(id).csv",
            "odd.csv",
            os.fsdecode(b"\xff.csv"),
            "shop_vip_20260101.csv.part",
        ):
            (folder / name).write_text("email\nstranger@x.org\n")
        self.run()

    def growing(self) -> None:
        """A file of every feed is replaced while it is fetched; the next run has it whole."""
        done = threading.Event()

        def touch() -> None:
            while not done.wait(0.01):
                for path in self.soak.drops.rglob("*_2026*"):
                    with suppress(OSError):
                        stat = path.stat()
                        os.utime(path, (stat.st_atime + 1, stat.st_mtime + 1))
                        os.utime(path, (stat.st_atime, stat.st_mtime))

        toucher = threading.Thread(target=touch)
        toucher.start()
        self.run()
        done.set()
        toucher.join()

    def settle_down(self) -> None:
        """Runs without faults until there is nothing new: at most five."""
        for _ in range(5):
            report = land(self.soak.settings)
            assert report.errors == {}, report.errors
            if not report.landed and not report.not_renamed:
                break
        else:
            raise AssertionError("it does not come to rest")
        build(self.soak.settings, only_pending=True)

    def differences(self) -> list[str]:
        found = []
        for name, query in ANSWERS.items():
            one, other = ({repr(row) for row in each.rows(query)} for each in (self.oracle, self.soak))
            if one != other:
                found.append(f"{name}: lost {sorted(one - other)[:3]}, too many {sorted(other - one)[:3]}")
        return found


@pytest.mark.proof
@pytest.mark.parametrize("seed", [int(os.environ.get("MUSTER_SOAK_SEED", "1"))])
def test_h1_thirty_days_of_faults_end_in_the_same_marts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setenv("SOAK_PASSWORD", "in-memory")
    monkeypatch.setattr(loaders.transport.sftp, "BACKOFF", 0.01)
    draw = random.Random(seed)
    soak = Soak(tmp_path, draw)
    assert len({feed.name for feed in load_feeds(soak.soak.settings.root)}) >= 5
    faults: list[Callable[[], None]] = [
        soak.flaky, soak.flaky, soak.flaky, soak.growing, soak.full_disk, soak.read_meanwhile, soak.hostile_names,
        lambda: draw.choice((soak.lost, soak.older))(), lambda: soak.ended_by(subprocess.Popen.kill),
        lambda: soak.ended_by(subprocess.Popen.terminate),
    ]  # fmt: skip
    with flaky_server(soak.soak.drops, soak.mood) as server:
        soak.connect(server)
        for step in range(int(os.environ.get("MUSTER_SOAK_STEPS", HALF_DAYS))):
            for name, content in files_of(step, draw).items():
                soak.deliver(step, name, content)
            for fault in draw.sample(faults, draw.randrange(1, 3)):
                fault()
            soak.settle_down()
            soak.oracle.land()
            build(soak.oracle.settings, only_pending=True)
            if step % 20 == 19:
                assert soak.differences() == [], f"seed {seed}, half day {step}"
    assert len(soak.oracle.rows("from marts.memberships")) > 20
    assert soak.rebuilt_count > 2
