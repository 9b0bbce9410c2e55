"""The command `muster` as people and schedules meet it: help, JSON, tables and exit codes."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from loaders.cli.main import main
from loaders.transport.interface import FileForbiddenError
from servers.embedded import EmbeddedSftp
from tests.contracts.installation import FOLDERS, LISTS, ROOT, Installation, Row, copy_project, edit_feed, lines

ESCAPE = "\x1b[31mred\x1b[0m"


def commands(group: click.Command = main, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """All commands that do something, as words."""
    if not isinstance(group, click.Group):
        return [path]
    return [found for name, command in group.commands.items() for found in commands(command, (*path, name))]


ALL = commands()


@pytest.fixture(scope="module")
def muster(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Two shops with two days of lists, a rejected row with an escape sequence, and a file that nobody takes."""
    muster = Installation.ready(tmp_path_factory.mktemp("cli"))
    muster.drop("shop1_vip_20260101080000.csv", lines("email,first_name", "ann@x.org,Ann", "bob@x.org,Bob"))
    muster.drop("shop1_only here_20260101080000.csv", lines("email", "ann@x.org"))
    muster.drop("shop2_vip_20260101080000.csv", lines("email", "ann@x.org", f"{ESCAPE},x"))
    muster.drop("shop1_vip_20260102080000.csv", lines("email,first_name", "bob@x.org,Bob", f"{ESCAPE},x"))
    muster.drop("notes.txt", "hello")
    muster.land()
    muster.build()
    return muster


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("members", "nope"), "there is no segment 'nope'"),
        (("subscriptions", "nope"), "there is no publication 'nope'"),
        (("subscriptions", "nope", "--as-of", "99"), "there is no file 99"),
        (("rejected", "--file", "99"), "there is no file 99"),
        (("errors", "99"), "there is no file 99"),
    ],
)
def test_what_does_not_exist_is_a_mistake_and_no_empty_answer(
    muster: Installation, words: tuple[str, ...], message: str
) -> None:
    ran = muster.muster(*words)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert message in ran.stderr


READING = (
    ("members", "vip"), ("segments",), ("changes", "vip"), ("subscriptions", "weekly"), ("rejected",), ("jobs",),
    ("errors", "1"),
)  # fmt: skip


def test_before_the_first_build_only_the_ledger_can_be_read(tmp_path: Path) -> None:
    muster = Installation(tmp_path)
    for words in (*READING, ("files",), ("files", "--unrecognised")):
        ran = muster.muster(*words)
        assert (ran.returncode, ran.stdout) == (2, ""), words
        assert ran.stderr.count("\n") == 1, words
        assert "there is no database yet; `muster run` makes it" in ran.stderr
    muster.drop("shop1_vip_20260101080000.csv", lines("email", "ann@x.org"))
    muster.drop("notes.txt", "hello")
    muster.land()
    for words in READING:
        ran = muster.muster(*words)
        assert (ran.returncode, ran.stdout) == (2, ""), words
        assert ran.stderr.count("\n") == 1, words
        assert "nothing has been built yet; `muster build` does it" in ran.stderr
    assert [(file["path"], file["status"]) for file in answer(muster, "files")] == [
        ("lists/shop1_vip_20260101080000.csv", "landed")
    ]
    assert len(answer(muster, "files", "--unrecognised")) == 1


@pytest.mark.parametrize("words", [("run",), ("build",), ("land",), ("members", "vip"), ("feeds", "list")])
def test_a_folder_without_a_project_is_a_mistake_and_nothing_is_made_there(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    (tmp_path / "elsewhere").mkdir()
    env = {name: value for name, value in muster.environment.items() if not name.startswith("MUSTER_")}
    command = [sys.executable, "-m", "loaders", *words]
    ran = subprocess.run(command, cwd=tmp_path / "elsewhere", env=env, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "elsewhere: no dbt_project.yml here: go to Muster's project, or set MUSTER_ROOT" in ran.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []


def answer(muster: Installation, *arguments: str) -> list[Row]:
    ran = muster.muster(*arguments, "--json")
    assert ran.returncode == 0, ran.stderr
    rows = json.loads(ran.stdout)
    assert isinstance(rows, list)
    return rows


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_has_help_and_stands_in_the_readme(words: tuple[str, ...]) -> None:
    context = click.Context(main)
    command: click.Command = main
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(context, word)
        assert found is not None
        command = found
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{' '.join(words)} {parameter.name}"
    assert f"muster {' '.join(words)}" in (ROOT / "README.md").read_text()


def test_the_exit_codes_are_part_of_the_help() -> None:
    ran = subprocess.run([sys.executable, "-m", "loaders", "-h"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [int(code) for code in re.findall(r"^ +([0-9]+) +(?=[a-z])", ran.stdout, re.MULTILINE)] == list(range(13))
    assert "130, 143" in ran.stdout
    for words in ALL:
        assert re.search(rf"^  {words[0]} ", ran.stdout, re.MULTILINE)


def test_answers_in_json(muster: Installation) -> None:
    jobs = answer(muster, "jobs")
    assert [job["file_id"] for job in jobs] == sorted((job["file_id"] for job in jobs), reverse=True)
    assert len(jobs) == 4
    assert len(answer(muster, "jobs", "--limit", "1")) == 1
    assert answer(muster, "jobs", "--feed", "attentive__segments") == []
    assert {file["status"] for file in answer(muster, "files")} == {"applied"}
    assert [file["path"] for file in answer(muster, "files", "--unrecognised")] == ["lists/notes.txt"]
    assert [(s["tenant_id"], s["segment_name"], s["member_count"]) for s in answer(muster, "segments")] == [
        ("shop1", "only here", 1),
        ("shop1", "vip", 1),
        ("shop2", "vip", 1),
    ]
    assert [change["change"] for change in answer(muster, "changes", "vip", "--tenant", "shop1")] == [
        "removed", "added", "added",
    ]  # fmt: skip
    assert {row["code"] for row in answer(muster, "rejected")} == {"wrong_column_count", "invalid_email"}
    assert [row["feed"] for row in answer(muster, "feeds", "list")] == [
        "attentive__subscribers", "attentive__segments", "blueconic__profiles", "blueconic__companies",
        "blueconic__orders", "blueconic__order_lines", "mediarithmics__user_segments", "optipub__imports",
        "remarkety__lists",
    ]  # fmt: skip
    assert answer(muster, "feeds", "show", "attentive__segments")[0]["parts"]["number"] == "file_number"
    assert answer(muster, "land") == []
    assert answer(muster, "run") == []
    assert answer(muster, "build")[0]["ok_count"] > 10


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-01-01T07:59:59", []),
        ("2026-01-01T08:00", ["email:ann@x.org", "email:bob@x.org"]),
        ("2026-01-02T07:59:59", ["email:ann@x.org", "email:bob@x.org"]),
        ("2026-01-02T10:00:00+02:00", ["email:bob@x.org"]),
        (None, ["email:bob@x.org"]),
    ],
)
def test_members_as_of_a_moment(muster: Installation, moment: str | None, expected: list[str]) -> None:
    options = ("--as-of", moment) if moment else ()
    rows = answer(muster, "members", "vip", "--tenant", "shop1", *options)
    assert [row["identifiers"] for row in rows] == expected
    assert {row["entry_file"] for row in rows} <= {"lists/shop1_vip_20260101080000.csv"}


def test_a_segment_name_that_two_tenants_use_needs_the_tenant(muster: Installation) -> None:
    ran = muster.muster("members", "vip")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "muster: segment 'vip' exists in the tenants shop1, shop2: say which with --tenant\n"
    assert muster.muster("members", "only here").returncode == 0


def test_wrong_usage_ends_with_2_and_says_what_would_be_right(muster: Installation) -> None:
    for arguments, hint in (
        (("members", "vop"), "known: shop1/only here, shop1/vip, shop2/vip"),
        (("members", "vip", "--tenant", "shop1", "--as-of", "yesterday"), "2026-01-31T08:00"),
        (("land", "--feed", "remarkety"), "`muster feeds list` names them"),
        (("feeds", "show", "remarkety"), "`muster feeds list` names them"),
        (("feeds", "show", "remarkety__lists", "--part", "store=1"), "its parts: store_id, segment_id, timestamp"),
        (("feeds", "show", "remarkety__lists", "--part", "store_id"), "NAME=VALUE"),
        (("sing",), "No such command"),
    ):
        ran = muster.muster(*arguments)
        assert (ran.returncode, ran.stdout) == (2, ""), arguments
        assert hint in ran.stderr
        assert "Traceback" not in ran.stderr


def test_a_table_has_room_for_the_beginning_of_a_long_line(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path, LISTS)
    muster.drop("shop1_vip_20260101080000.csv", lines("email", "x" * 1000, "y" * 300, "ann@x.org,"))
    muster.land()
    muster.build()
    shown = muster.muster("rejected").stdout
    assert "…" in shown
    assert 250 < shown.count("x") < 350
    assert max(len(row["raw_text"]) for row in answer(muster, "rejected")) > 1000


def test_control_characters_of_partners_are_shown_and_not_obeyed(muster: Installation) -> None:
    shown = muster.muster("rejected")
    assert "\x1b" not in shown.stdout + shown.stderr
    assert r"\x1b[31mred\x1b[0m" in shown.stdout
    assert f"{ESCAPE},x" in {row["raw_text"] for row in answer(muster, "rejected")}


def test_a_wrong_configuration_ends_with_2_and_names_file_and_line(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    sources = edit_feed(root, "remarkety__lists", lambda table: table["config"]["meta"].update(delimeter=";"))
    line = next(n for n, text in enumerate(sources.read_text().splitlines(), 1) if "delimeter" in text)
    for command in ("land", "run"):
        ran = muster.muster(command)
        assert ran.returncode == 2
        assert f"{sources}:{line}: feed remarkety__lists: delimeter: there is no such setting" in ran.stderr
        assert "Traceback" not in ran.stderr
    assert not muster.settings.database.exists()


def test_c04_a_rejected_or_held_file_ends_with_3_and_is_said_on_stderr(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    muster.drop("shop_vip_20260101080000.csv", lines("email", "ann@x.org"))
    muster.drop("shop_vip_20260102080000.csv", b"email\n\xff\n")
    landed = muster.muster("land")
    assert landed.returncode == 3
    assert "lists/shop_vip_20260102080000.csv: rejected: invalid_encoding" in landed.stderr
    muster.drop("shop_vip_20260103080000.csv", "email\n")
    ran = muster.muster("run")
    assert ran.returncode == 3
    assert re.search(r"shop_vip_20260103080000.csv +held +empty_list", ran.stdout)
    assert muster.muster("run").returncode == 0
    muster.drop("shop_vip_20260104080000.csv", lines("email,first_name", "bob@x.org,Bob,", "cy@x.org,Cy,"))
    ran = muster.muster("run")
    assert ran.returncode == 3
    assert (
        "held: no_valid_row: nothing was changed; 2 of 2 lines were rejected (2 wrong_column_count; the first is "
        in (ran.stderr)
    )
    assert "line 2): `muster rejected --file 4` shows them" in ran.stderr
    assert "allow_empty" not in ran.stderr


class Server:
    """The connections of an installation whose Remarkety feed reads from a server on this machine."""

    def __init__(self, muster: Installation, server: EmbeddedSftp) -> None:
        self.muster, self.server = muster, server

    def run(self, **changed: object) -> subprocess.CompletedProcess[str]:
        """`muster run` with these settings of the connection; the other feeds read from a folder as ever."""
        remarkety = {
            "type": "sftp",
            "settle": 0,
            "host": "127.0.0.1",
            "port": self.server.port,
            "username": "muster",
            "password_env": "PATH",  # a variable that is set, and not to the password
            "host_keys": [self.server.host_key],
            "root": "/",
            **changed,
        }
        others = {
            name: {"type": "local", "path": str(self.muster.drops / name)} for name in FOLDERS if name != "remarkety"
        }
        home = self.muster.settings.connections.parent
        self.muster.connect({"remarkety": remarkety, **others}, home)
        return self.muster.muster("run")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    muster = Installation.ready(tmp_path_factory.mktemp("server"), LISTS)
    muster.drop("acme_subscribers_20260101.csv", lines("phone,opt_in_status", "2125550101,1"))
    with EmbeddedSftp(muster.drops / "remarkety") as server:
        yield Server(muster, server)


def test_an_unreachable_server_ends_with_4_and_the_other_feeds_are_picked_up(server: Server) -> None:
    server.muster.drop("acme_subscribers_20260102.csv", lines("phone,opt_in_status", "2125550101,1"))
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        ran = server.run(port=taken.getsockname()[1], connect_timeout=1)
    assert ran.returncode == 4
    assert ran.stderr.startswith("muster: remarkety__lists: ")
    assert f"{FOLDERS['attentive']}/acme_subscribers_20260102.csv" in ran.stdout


def test_a_wrong_password_ends_with_5_after_one_attempt(server: Server) -> None:
    server.server.attempts.clear()
    assert server.run().returncode == 5
    assert server.server.attempts == ["password"]


def test_an_unknown_host_key_ends_with_6_and_no_password_is_sent(server: Server) -> None:
    server.server.attempts.clear()
    ran = server.run(host_keys=["SHA256:" + "A" * 43])
    assert ran.returncode == 6
    assert server.server.host_key in ran.stderr
    assert server.server.attempts == []


def test_a_secret_that_is_not_set_ends_with_2(server: Server) -> None:
    ran = server.run(password_env="NOBODY_SETS_THIS")
    assert ran.returncode == 2
    assert "NOBODY_SETS_THIS" in ran.stderr


LOCK_HOLDER = """
import sys
from pathlib import Path
from loaders.database import one_writer
with one_writer(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_while_another_run_is_at_work_it_ends_with_7_at_once(muster: Installation) -> None:
    assert muster.muster("jobs").returncode == 0  # it is published
    command = [sys.executable, "-c", LOCK_HOLDER, str(muster.settings.home)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        for words in (("land",), ("run",), ("build",)):
            ran = muster.muster(*words)
            assert ran.returncode == 7
            assert f"process {holder.pid} since 20" in ran.stderr
        assert muster.muster("jobs").returncode == 0  # who only looks need not wait
        holder.communicate()
    assert muster.muster("land").returncode == 0


def test_c62_a_build_that_fails_ends_with_8_and_the_landed_files_are_safe_and_said(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    segments = root / "models" / "marts" / "memberships" / "segments.sql"
    segments.write_text(segments.read_text() + "where no_such_column")
    muster = Installation(tmp_path / "home", root)
    muster.drop("shop_vip_20260101080000.csv", lines("email", "ann@x.org"))
    folder = muster.drops / "attentive"
    folder.rename(folder.with_name("down"))
    ran = muster.muster("run")
    folder.with_name("down").rename(folder)
    assert ran.returncode == 8
    assert "lists/shop_vip_20260101080000.csv" in ran.stdout
    said = ran.stderr.splitlines()[1:]  # the first is about the new database
    assert {line.split(": ")[1] for line in said[:2]} == {"attentive__segments", "attentive__subscribers"}
    assert said[2].startswith("muster: segments: ")
    assert "no_such_column" in ran.stderr
    assert muster.rows("select row_count from landing.files") == [{"row_count": 1}]
    segments.write_text(segments.read_text().removesuffix("where no_such_column"))
    assert muster.muster("run").returncode == 0
    assert muster.rows("select count(*) as n from marts.memberships") == [{"n": 1}]


def test_a08_a_run_that_finds_only_the_marker_completes_the_delivery(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    muster.drop("acme_subscribers_20260101.csv", lines("phone,opt_in_status", "2125550101,1"))
    muster.drop("acme_subscriber_segment_20260101_1.csv", lines("2125550101,s"))
    assert muster.muster("run").returncode == 0
    muster.drop("acme_subscriber_segment_20260101.complete", "")
    assert muster.muster("run").returncode == 0
    assert muster.rows("select segment_name from marts.memberships") == [{"segment_name": "s"}]


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_build_says_so_in_one_line(tmp_path: Path, sent: signal.Signals, code: int) -> None:
    muster = Installation(tmp_path / "home")
    muster.drop("shop1_vip_20260101080000.csv", lines("email", "ann@x.org"))
    muster.land()
    process = muster.start("build")
    log = muster.settings.home / "logs" / "dbt.log"
    while not log.exists() or "START sql" not in log.read_text():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(sent)
    ended_as_interrupted(process, code)
    assert muster.muster("run").returncode == 0
    assert len(muster.rows("from marts.memberships")) == 1


def ended_as_interrupted(process: subprocess.Popen[str], code: int) -> None:
    out, err = process.communicate(timeout=600)
    assert (process.returncode, out) == (code, ""), err
    assert err == "muster: interrupted; every file that was landed is kept, and the next run goes on\n"


@pytest.mark.proof
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_of_compiled_statements_says_so_too(tmp_path: Path, sent: signal.Signals, code: int) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    for day in (1, 2, 3):
        muster.drop(f"shop1_vip_2026010{day}080000.csv", lines("email", "ann@x.org"))
        muster.land()
        if day < 3:
            muster.build()
    compiled = muster.settings.home / "compiled.json"
    kept = compiled.read_text()
    slow = json.loads(kept)
    # It ends by itself, should the engine lose the signal.
    slow["models"][5]["statements"] = "select max(hash(range)) from range(12000000000)"
    compiled.write_text(json.dumps(slow))
    process = muster.start("build")
    lock = muster.settings.home / "writer.lock"
    while f"process {process.pid} " not in lock.read_text():
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(sent)
    ended_as_interrupted(process, code)
    compiled.write_text(kept)
    assert muster.muster("run").returncode == 0
    assert len(muster.rows("from marts.memberships")) == 1


def test_a_server_that_forbids_the_rename_is_named_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copy_project(tmp_path / "project", {"remarkety__lists": {"done_suffix": ".done"}})
    muster = Installation(tmp_path / "home", root)
    for day in (1, 2):
        muster.drop(f"shop1_vip_2026010{day}080000.csv", lines("email", "ann@x.org"))

    def forbidden(*_: object) -> None:
        raise FileForbiddenError("no permission")

    monkeypatch.setattr("loaders.transport.local_folder.LocalFolder.rename", forbidden)
    for landed in (2, 0):
        report = muster.land()
        assert len(report.landed) == landed
        assert report.not_renamed == [
            f"lists/shop1_vip_2026010{day}080000.csv: landed, but not renamed to "
            f"shop1_vip_2026010{day}080000.csv.done: no permission"
            for day in (1, 2)
        ]


def test_a_feed_that_does_not_exist_is_wrong_usage(muster: Installation) -> None:
    for command in ("jobs", "files", "land"):
        ran = muster.muster(command, "--feed", "nobody")
        assert ran.returncode == 2
        assert "nobody" in ran.stderr


def test_a_name_that_can_be_cut_in_two_ways_is_said_to_be_so(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    muster.drop("shop1_a_b_20260101080000.csv", lines("email", "ann@x.org"))
    ((_, _, reason),) = muster.land().unrecognised
    assert reason.endswith("of feed remarkety__lists in more than one way")


def test_a_fresh_clone_says_what_is_next_until_files_come(tmp_path: Path) -> None:
    muster = Installation(tmp_path / "home", copy_project(tmp_path / "project", enabled=False))
    muster.settings.connections.write_text("connections: {}\n")  # those of feeds that are off need not be there
    for command in (("land",), ("run",), ("run", "--scheduled")):
        ran = muster.muster(*command)
        assert (ran.returncode, ran.stdout) == (0, "no new files\n")
        assert ran.stderr == (
            "muster: no feed is switched on: `muster feeds enable PARTNER` (attentive, blueconic, mediarithmics,"
            " optipub, remarkety), or `muster feeds new SAMPLE`\n"
        )
    assert not muster.settings.database.exists()
    ran = muster.muster("feeds", "enable", "remarkety")
    assert (ran.returncode, "--tenant NAME" in ran.stderr) == (2, True)  # C117
    ran = muster.muster("feeds", "enable", "remarkety", "--tenant", "shop1")
    assert (ran.returncode, ran.stdout.split()[-2:]) == (0, ["remarkety__lists", "on"])
    assert "next: say where the files of remarkety are" in ran.stderr
    assert muster.muster("land").returncode == 2
    muster.connect({"remarkety": {"type": "local", "path": str(tmp_path / "drops")}}, tmp_path / "home")
    ran = muster.muster("feeds", "enable", "remarkety")
    assert "on, as it was" in ran.stdout
    assert f"next: create the folder {tmp_path / 'drops' / 'lists'}" in ran.stderr
    ran = muster.muster("land")
    assert ran.returncode == 2  # a feed that is on, and whose folder does not exist
    assert "no such folder" in ran.stderr
    folder = tmp_path / "drops" / "lists"
    folder.mkdir(parents=True)
    assert "next: `muster run` picks up what is there" in muster.muster("feeds", "enable", "remarkety").stderr
    (folder / "shop1_vip_20260101080000.csv").write_text(lines("email", "ann@x.org"))
    assert len(answer(muster, "land")) == 1
    assert answer(muster, "feeds", "disable", "remarkety") == [
        {"feed": "remarkety__lists", "enabled": False, "changed": True}
    ]
    (folder / "shop1_vip_20260102080000.csv").write_text(lines("email", "ann@x.org"))
    assert answer(muster, "land") == []
    assert len(answer(muster, "land", "--feed", "remarkety__lists")) == 1  # by hand


def test_a_reader_that_stops_reading_is_no_fault_of_the_disk(muster: Installation) -> None:
    with muster.start("jobs", "--json") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(timeout=600)
    assert process.returncode != 11, errors
    assert "disk" not in errors


def test_c115_of_many_files_that_no_feed_takes_ten_are_named_and_the_others_counted(tmp_path: Path) -> None:
    muster = Installation(tmp_path / "home")
    for number in range(2_000):
        (muster.drops / "remarkety" / "lists" / f"odd {number:04}.txt").touch()
    for is_new in (True, False):
        ran = muster.muster("land")
        said = ran.stderr.splitlines()[is_new:]  # that the database is new comes first
        assert (ran.returncode, len(said)) == (0, 11)
        assert said[-1].startswith("muster: 1990 more files are not taken")
    assert muster.rows("select count(*) as n from landing.unrecognised_files") == [{"n": 2_000}]
