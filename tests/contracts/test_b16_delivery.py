"""Contract B16: an export's files come whole, once, and under their names; whatever server, fault or death there is."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

import loaders.transport.sftp
from loaders.errors import TransportError
from loaders.exports.run import discard_run, export
from loaders.transport.interface import SendRefusedError
from servers.embedded import EmbeddedSftp
from tests.contracts.exporting import NAME, Exporting
from tests.loaders.transport.sftp_servers import Faulty
from tests.reliability.rig import killed_at


class Server(Faulty):
    """Misbehaves as its class says; each kind of fault once."""

    fault = ""
    done: list[str] = []  # noqa: RUF012  # set anew by each test

    def once(self, fault: str) -> bool:
        if self.fault != fault or fault in self.done:
            return False
        self.done.append(fault)
        return True

    def write(self, file_obj: Any, offset: int, data: bytes) -> Any:
        self.done.append("write")
        if offset and self.once("drop while it writes"):
            self.drop()
        if self.fault == "disk full" and offset:
            raise OSError(28, "No space left on device")
        if self.fault == "alters" and offset == 0:
            data = data.replace(b"\n", b"\r\n", 1)
        return super().write(file_obj, offset, data)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        if self.fault == "no posix-rename":
            raise asyncssh.SFTPOpUnsupported("no such thing")
        if self.once("drop before the rename"):
            self.drop()
        found = super().posix_rename(oldpath, newpath)
        self.done.append(newpath.decode().rpartition("/")[2])
        if self.once("reply to the rename is lost"):
            self.drop()
        return found

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        if self.once("drop before the rename"):
            self.drop()
        found = super().rename(oldpath, newpath)
        self.done.append(newpath.decode().rpartition("/")[2])
        if self.once("reply to the rename is lost"):
            self.drop()
        return found

    def remove(self, path: bytes) -> Any:
        self.done.append("remove " + path.decode().rpartition("/")[2])
        return super().remove(path)


@contextmanager
def partner(one: Exporting, fault: str = "") -> Iterator[list[str]]:
    """The partner's SFTP server; yields what it has done."""
    done: list[str] = []
    behaviour = type("Behaviour", (Server,), {"fault": fault, "done": done})
    with EmbeddedSftp(one.partner, sftp_server=behaviour) as server:
        account = {"host": "127.0.0.1", "port": server.port, "username": "muster", "password_env": "PARTNER_PASSWORD"}
        one.receive_at({"type": "sftp", "host_keys": [server.host_key], **account})
        yield done


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNER_PASSWORD", "in-memory")
    monkeypatch.setattr(loaders.transport.sftp, "BACKOFF", 0.01)


def people(count: int, name: str = "P") -> list[str]:
    return [f"{n},p{n}@x.org,{name * 40}{n}" for n in range(1, count + 1)]


@pytest.mark.parametrize("file_name", ["vip.csv", "{segment}_{timestamp:%Y%m%d%H%M%S}.csv"])
@pytest.mark.parametrize("fault", ["", "drop while it writes", "drop before the rename", "reply to the rename is lost"])
def test_b16_sc_x1_x3_whatever_breaks_off_the_file_comes_once_and_whole(
    tmp_path: Path, fault: str, file_name: str
) -> None:
    one = Exporting(tmp_path / "home", file_name=file_name)
    one.send(*people(8000))
    if "{" not in file_name:
        (one.partner / "in" / file_name).write_text("the one before\n")
    with partner(one, fault) as done:
        one.export()
        (content,) = one.received().values()
        assert len(content.splitlines()) == 8001
        if fault:
            assert fault in done
        before = len(done)
        one.export()  # sc_x8, sc_x14: a run that is at its end sends nothing again, be it taken or not
        assert [what for what in done[before:] if what == "write"] == ([] if "{" in file_name else ["write"])
    assert list(one.muster.settings.outbox.iterdir()) == []


def test_b16_sc_x2_a_fixed_name_is_refused_where_it_cannot_be_replaced_in_one_step(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", file_name="vip.csv")
    one.send("1,a@x.org,Ann")
    (one.partner / "in" / "vip.csv").write_text("the one before\n")
    with partner(one, "no posix-rename"):
        error = export(one.muster.settings).errors[NAME]
        assert isinstance(error, SendRefusedError)
        assert "replace_with_gap" in str(error)
        assert (one.partner / "in" / "vip.csv").read_text() == "the one before\n"
        ran = one.muster.muster("export")
        assert ran.returncode == 12, ran.stderr


def test_b16_sc_x2_unless_a_gap_is_allowed(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", file_name="vip.csv", replace_with_gap=True)
    one.send("1,a@x.org,Ann")
    (one.partner / "in" / "vip.csv").write_text("the one before\n")
    with partner(one, "no posix-rename") as done:
        one.export()
    assert one.taken() == ["1,a@x.org,Ann,,,"]
    assert done[-2:] == ["remove vip.csv", "vip.csv"]


@pytest.mark.parametrize(
    ("fault", "count", "verify"), [("disk full", 8000, "size"), ("alters", 10, "size"), ("alters", 8000, "content")]
)
def test_b16_sc_x4_x6_a_file_that_is_not_there_whole_never_has_its_name(
    tmp_path: Path, fault: str, count: int, verify: str
) -> None:
    one = Exporting(tmp_path / "home", verify=verify)
    one.send(*people(count))
    with partner(one, fault):
        error = export(one.muster.settings).errors[NAME]
        assert isinstance(error, SendRefusedError), error
        assert error.exit_code == 12
        assert one.received() == {}
    with partner(one):
        one.export()
    assert len(one.taken()) == count


def test_b16_sc_x4_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", directory="elsewhere")
    one.send("1,a@x.org,Ann")
    with partner(one):
        error = export(one.muster.settings).errors[NAME]
    assert isinstance(error, SendRefusedError)
    assert "elsewhere" in str(error)


def test_b16_a_server_that_cannot_be_reached_is_tried_by_the_next_run_with_the_same_bytes(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home")
    one.send("1,a@x.org,Ann")
    with partner(one):
        pass
    assert isinstance(export(one.muster.settings).errors[NAME], TransportError)
    (path,) = one.muster.settings.outbox.rglob("0")
    content = path.read_bytes()
    one.send("1,a@x.org,Anne")
    with partner(one):
        one.export()
        (name,) = files = one.received()
        assert files[name] == content
        one.export()
        assert one.taken() == ["1,a@x.org,Anne,,,"]


def test_b16_a_prepared_run_can_be_given_up(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home")
    one.send("1,a@x.org,Ann")
    with partner(one):
        pass
    export(one.muster.settings)
    for path in one.muster.settings.outbox.rglob("0"):
        path.write_text("damaged")
    with partner(one):
        assert "is not the file" in str(export(one.muster.settings).errors[NAME])
        discard_run(one.muster.settings, NAME)
        one.export()
    assert one.taken() == ["1,a@x.org,Ann,,,"]


def test_b16_sc_x5_who_polls_never_sees_half_a_file(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", file_name="vip.csv", all=True)
    seen: set[bytes] = set()
    over = threading.Event()

    def watch() -> None:
        path = one.partner / "in" / "vip.csv"
        while not over.wait(0.001):
            try:
                seen.add(path.read_bytes())
            except FileNotFoundError:
                seen.add(b"none")

    with partner(one):
        one.send(*people(3000, "A"))
        one.export()
        watcher = threading.Thread(target=watch)
        watcher.start()
        for name in ("B", "C", "D"):
            one.send(*people(3000, name))
            one.export()
        over.set()
        watcher.join()
    assert b"none" not in seen
    assert len(seen) >= 2
    assert {(len(text.splitlines()), text[-1:]) for text in seen} == {(3001, b"\n")}


def test_b16_sc_x7_the_manifest_comes_last_and_names_the_others(tmp_path: Path) -> None:
    one = Exporting(
        tmp_path / "home",
        file_name="vip_{number}_{timestamp:%Y%m%d%H%M%S}.csv",
        rows_per_file=2,
        manifest="{segment}.json",
        leavers="file",
        leavers_file_name="gone.csv",
    )
    one.send(*people(5))
    with partner(one) as done:
        one.export()
    files = one.received()
    names = [*sorted(name for name in files if name.startswith("vip_")), "gone.csv", "vip.json"]
    assert [name[:6] for name in names[:3]] == ["vip_1_", "vip_2_", "vip_3_"]
    assert [what for what in done if what in names] == names
    told = json.loads(files["vip.json"])["files"]
    assert [(one["name"], one["rows"]) for one in told] == list(zip(names[:4], (2, 2, 1, 0), strict=True))
    assert [one["bytes"] for one in told] == [len(files[name]) for name in names[:4]]
    lines = [line for name in names[:3] for line in files[name].decode().splitlines()[1:]]
    assert [line.split(",")[0] for line in lines] == [str(n) for n in range(1, 6)]


STEPS = [
    ("loaders.exports.preparing:select", "after"),
    ("loaders.exports.preparing:write_lines", "after"),
    ("loaders.exports.preparing:insert_file", "after"),
    ("loaders.exports.run:prepare", "after"),
    ("loaders.transport.local_destination:LocalDestination.send", "after"),
    ("loaders.exports.delivering:note_file", "after"),
    ("loaders.transport.local_destination:_link", "after"),
    ("loaders.transport.local_destination:LocalDestination.put_in_place", "after"),
    ("loaders.exports.delivering:note_delivered", "before"),
    ("loaders.exports.delivering:note_delivered", "after"),
]


@pytest.mark.proof
@pytest.mark.parametrize(
    ("target", "moment", "is_taken"),
    [(*step, number % 2 == 0) for number, step in enumerate(STEPS)],
    ids=lambda part: str(part).rpartition(":")[2],
)
def test_b16_sc_c1_killed_at_any_step_the_next_run_sends_what_is_missing_and_nothing_twice(
    tmp_path: Path, target: str, moment: str, is_taken: bool
) -> None:
    one = Exporting(tmp_path / "home", leavers="file", leavers_file_name="{segment}_gone_{timestamp:%Y%m%d%H%M%S}.csv")
    one.send("1,a@x.org,Ann", "2,b@x.org,Bob")
    one.export()
    one.received()
    one.send("1,a@x.org,Anne")
    killed_at(one.muster, target, 1, moment, "export")
    found = [one.received()] if is_taken else []
    assert one.muster.muster("export").returncode == 0
    found.append(one.received())
    sent = {(name, text) for files in found for name, text in files.items()}  # the same bytes under the same name
    assert len(sent) == 2, found
    lines = [line for _, text in sent for line in text.decode().splitlines()[1:]]
    assert sorted(lines) == ["1,a@x.org,Anne,,,", "2,b@x.org,Bob,,,"]
    assert list((one.partner / "in").iterdir()) == [], "nothing half is left there"
    assert list(one.muster.settings.outbox.iterdir()) == []
    one.export()
    assert one.received() == {}
