"""B: what goes over the wire. PGP (B2): only what is decrypted whole and signed by the right key lands."""

from __future__ import annotations

import gzip
import hashlib
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gnupg
import pytest
import yaml

import loaders.landing.land_file
from loaders.errors import ConfigurationError, UnexpectedError
from loaders.landing.report import LandingReport
from loaders.landing.run import land
from tests.pgp import PASSPHRASE, PAST, Gpg, agents

from .installation import ROOT, Installation, Row, copy_project, lines

CONTENT = lines("email,first_name", "ann@x.org,Ann", "bob@x.org,Bob").encode()
ENCRYPTED = {
    "remarkety__lists": {
        "pgp": "remarkety",
        "file_name": "{store_id}_{segment_id}_{timestamp:%Y%m%d%H%M%S}.csv[.gz][.{pgp:gpg|pgp|asc}]",
    }
}
DAY1, DAY2 = "shop1_vip_20260101080000.csv.gpg", "shop1_vip_20260102080000.csv.gpg"


@pytest.fixture(scope="session")
def gpg() -> Iterator[Gpg]:
    with Gpg() as gpg:
        yield gpg


class Encrypted(Installation):
    """An installation whose lists come encrypted, signed by the partner; its keys are in the folder `keys`."""

    def __init__(self, home: Path, gpg: Gpg) -> None:
        home.mkdir()
        super().__init__(home, copy_project(home / "project", ENCRYPTED))
        self.keys = home / "keys"
        self.keys.mkdir()
        self.private_key = self.keys / "us.asc"
        self.private_key.write_bytes(gpg.private("us"))
        self.private_key.chmod(0o600)
        for name in ("partner", "other", "former"):
            (self.keys / f"{name}.asc").write_bytes(gpg.public(name))
        self.signers = [gpg.fingerprints["partner"]]
        self.declare()

    def declare(self, **changed: Any) -> None:
        """Declare the keys; a setting of None is left out."""
        path = self.settings.connections
        declared = {
            "private_key_file": "keys/us.asc",
            "passphrase_env": "PGP_PASSPHRASE",
            "signed_by": self.signers,
            "public_key_files": ["keys/partner.asc", "keys/other.asc"],
        } | changed
        pgp = {"remarkety": {key: value for key, value in declared.items() if value is not None}}
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "pgp": pgp}))

    def take_unsigned(self) -> None:
        self.declare(signed_by=None, public_key_files=None, allow_unsigned=True)

    def land(self, **options: Any) -> LandingReport:
        report = super().land(**options)
        self.expect_nothing_left()
        return report

    def expect_nothing_left(self) -> None:
        """No content, no home of gpg and no agent."""
        assert not list(self.settings.spool.glob("*"))
        assert not list(Path(tempfile.gettempdir()).glob("muster-gpg*"))
        assert agents(Path(tempfile.gettempdir())) == []

    def landed_rows(self) -> list[Row]:
        return self.rows("select email, first_name from landing.remarkety__lists order by _file_id, _line_number")

    def fates(self, report: LandingReport) -> list[tuple[str, str]]:
        return [(one.path.rpartition("/")[2], one.refusal_code or "landed") for one in report.landed]


@pytest.fixture
def muster(tmp_path: Path, gpg: Gpg, monkeypatch: pytest.MonkeyPatch) -> Iterator[Encrypted]:
    """An installation in a temporary folder of its own, in which nothing is left whatever a test does to it."""
    monkeypatch.setenv("PGP_PASSPHRASE", PASSPHRASE)
    temporary = Path(tempfile.mkdtemp(prefix="b2-"))  # short enough for sockets, other than pytest's
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    muster = Encrypted(temporary / "home", gpg)
    yield muster
    muster.expect_nothing_left()
    shutil.rmtree(temporary)


@pytest.mark.parametrize("suffix", [".csv.gpg", ".csv.pgp", ".csv.asc", ".csv.gz.gpg", ".csv.gz", ".csv"])
def test_b02_a_signed_and_encrypted_file_lands_as_its_content_and_is_kept_as_it_was_sent(
    muster: Encrypted, gpg: Gpg, suffix: str
) -> None:
    content = gzip.compress(CONTENT) if ".gz" in suffix else CONTENT
    sent = gpg.encrypted(content, *(["--armor"] if suffix.endswith(".asc") else []))
    name = f"shop1_vip_20260101080000{suffix}"
    muster.drop(name, sent)
    assert muster.fates(muster.land()) == [(name, "landed")]
    assert [row["first_name"] for row in muster.landed_rows()] == ["Ann", "Bob"]
    (file,) = muster.rows("select sha256, size_bytes, row_count from landing.files")
    sha256 = hashlib.sha256(sent).hexdigest()
    assert file == {"sha256": sha256, "size_bytes": len(sent), "row_count": 2}
    (archived,) = muster.settings.archive.glob("??/*")
    assert (archived.name, archived.read_bytes()) == (sha256, sent)
    assert muster.land().landed == []


@dataclass(frozen=True)
class Case:
    """A file that proves too little, made by a partner or somebody else."""

    id: str
    code: str
    make: Callable[[Gpg], bytes]
    detail: str = ""


def flipped(content: bytes, at: int) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


LONG = CONTENT + b"".join(b"%d@x.org,N\n" % number for number in range(20_000))
LITERAL = bytes([0xCB, 6 + len(CONTENT)]) + b"b" + bytes(5) + CONTENT
"""A packet of PGP that holds the content as it is (RFC 9580, 5.9)."""
STORED = ("--compress-algo", "none")
REFUSED = [
    Case("plain", "not_encrypted", lambda gpg: CONTENT),
    Case("plain-with-mark", "not_encrypted", lambda gpg: b"\xef\xbb\xbf" + CONTENT),
    Case("empty", "not_encrypted", lambda gpg: b""),
    Case("only-signed", "not_encrypted", lambda gpg: gpg("-u", "partner", "--sign", content=CONTENT), "but not"),
    Case("clear-signed", "not_encrypted", lambda gpg: gpg("-u", "partner", "--clear-sign", content=CONTENT)),
    Case("unsigned", "unsigned", lambda gpg: gpg.encrypted(CONTENT, by=None)),
    Case("by-a-stranger", "bad_signature", lambda gpg: gpg.encrypted(CONTENT, by="stranger"), "not among"),
    Case("by-another", "bad_signature", lambda gpg: gpg.encrypted(CONTENT, by="other"), "not one of signed_by"),
    Case("by-one-of-two", "bad_signature", lambda gpg: gpg.encrypted(CONTENT, "-u", "other"), "not one of signed_by"),
    Case("sha-1", "bad_signature", lambda gpg: gpg.encrypted(CONTENT, "--digest-algo", "SHA1"), "SHA-1"),
    Case("changed", "bad_signature", lambda gpg: flipped(gpg.encrypted(LONG, *STORED), 100_000), "changed"),
    Case("changed-at-the-end", "cannot_decrypt", lambda gpg: flipped(gpg.encrypted(CONTENT, *STORED), -5)),
    Case("changed-at-the-start", "cannot_decrypt", lambda gpg: flipped(gpg.encrypted(CONTENT), 100)),
    Case("cut", "cannot_decrypt", lambda gpg: gpg.encrypted(LONG, *STORED)[:100_000]),
    Case("cut-by-one", "cannot_decrypt", lambda gpg: gpg.encrypted(CONTENT)[:-1]),
    Case("cut-at-the-start", "cannot_decrypt", lambda gpg: gpg.encrypted(CONTENT)[:100]),
    Case("armour-cut", "cannot_decrypt", lambda gpg: gpg.encrypted(LONG, "--armor")[:5_000]),
    Case("more-follows", "cannot_decrypt", lambda gpg: gpg.encrypted(CONTENT) + b"more"),
    Case("two-messages", "cannot_decrypt", lambda gpg: gpg.encrypted(CONTENT) * 2),
    Case("plain-before", "cannot_decrypt", lambda gpg: LITERAL + gpg.encrypted(CONTENT)),
    Case("plain-after", "cannot_decrypt", lambda gpg: gpg.encrypted(CONTENT) + LITERAL),
    Case("passphrase", "cannot_decrypt", lambda gpg: gpg("--passphrase", PASSPHRASE, "-c", content=CONTENT), "not for"),
    Case("gzip-inside", "unexpected_gzip", lambda gpg: gpg.encrypted(gzip.compress(CONTENT))),
    Case("bad-content", "missing_column", lambda gpg: gpg.encrypted(b"name\nAnn\n")),
    Case("bomb", "too_compressed", lambda gpg: gpg.encrypted(bytes(40 << 20))),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_b02_a_file_that_is_not_proven_is_refused_and_lands_nothing(muster: Encrypted, gpg: Gpg, case: Case) -> None:
    muster.drop(DAY1, case.make(gpg))
    muster.drop(DAY2, gpg.encrypted(CONTENT))
    report = muster.land()
    assert muster.fates(report) == [(DAY1, case.code), (DAY2, "landed")]
    assert case.detail in str(report.landed[0].refusal_detail)
    assert muster.rows("select distinct _file_id from landing.remarkety__lists") == [{"_file_id": 2}]
    assert muster.land().landed == []


def test_b02_where_nobody_need_sign_what_was_changed_on_the_way_is_refused_all_the_same(
    muster: Encrypted, gpg: Gpg
) -> None:
    muster.take_unsigned()
    sent = gpg.encrypted(LONG, *STORED, by=None)
    files = [sent, gpg.encrypted(CONTENT, by="other"), flipped(sent, 100_000), sent[:-30], CONTENT]
    for day, content in enumerate(files, 1):
        muster.drop(f"shop1_vip_2026010{day}080000.csv.gpg", content)
    codes = [code for _, code in muster.fates(muster.land())]
    assert codes == ["landed", "landed", "cannot_decrypt", "cannot_decrypt", "not_encrypted"]


def test_b02_a_key_that_has_expired_signs_nothing(muster: Encrypted, gpg: Gpg) -> None:
    muster.declare(signed_by=[gpg.fingerprints["former"]], public_key_files=["keys/former.asc"])
    muster.drop(DAY1, gpg.encrypted(CONTENT, *PAST, by="former"))
    muster.drop(DAY2, gpg.encrypted(CONTENT))
    report = land(muster.settings)
    assert "has expired: ask for its successor" in str(report.errors["remarkety__lists"])
    assert report.landed == []
    both = [gpg.fingerprints[name] for name in ("former", "partner")]
    muster.declare(signed_by=both, public_key_files=["keys/former.asc", "keys/partner.asc"])
    assert muster.fates(muster.land()) == [(DAY1, "bad_signature"), (DAY2, "landed")]


def no_program(muster: Encrypted, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("PATH", str(muster.keys))


def of_our_own(setting: str, value: Any) -> Callable[[Encrypted, pytest.MonkeyPatch], None]:
    return lambda muster, patch: muster.declare(**{setting: value})


def passphrase(text: str) -> Callable[[Encrypted, pytest.MonkeyPatch], None]:
    return lambda muster, patch: patch.setenv("PGP_PASSPHRASE", text)


def others_read_it(muster: Encrypted, patch: pytest.MonkeyPatch) -> None:
    muster.private_key.chmod(0o640)


def another_key(muster: Encrypted, patch: pytest.MonkeyPatch) -> None:
    (muster.keys / "another.asc").write_bytes(Path(os.environ["ANOTHER_KEY"]).read_bytes())
    (muster.keys / "another.asc").chmod(0o600)
    muster.declare(private_key_file="keys/another.asc", passphrase_env=None)


def no_key(muster: Encrypted, patch: pytest.MonkeyPatch) -> None:
    muster.private_key.write_bytes((muster.keys / "partner.asc").read_bytes())


def no_public_key(muster: Encrypted, patch: pytest.MonkeyPatch) -> None:
    muster.declare(public_key_files=["keys/other.asc"])


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        pytest.param(no_program, "install it", id="no-gpg"),
        pytest.param(passphrase("wrong"), "that in PGP_PASSPHRASE is wrong", id="wrong-passphrase"),
        pytest.param(passphrase(""), "the variable PGP_PASSPHRASE (passphrase_env) is not set", id="not-set"),
        pytest.param(passphrase("a\nb"), "more than one line", id="two-lines"),
        pytest.param(of_our_own("passphrase_env", None), "state passphrase_env", id="no-passphrase"),
        pytest.param(of_our_own("private_key_file", "keys/gone"), "the private key cannot be read", id="no-file"),
        pytest.param(no_key, "there is no private key", id="not-a-private-key"),
        pytest.param(others_read_it, "chmod 600", id="others-read-it"),
        pytest.param(another_key, "is not a key of ours", id="another-key"),
        pytest.param(no_public_key, "is not in the public_key_files", id="no-public-key"),
        pytest.param(of_our_own("public_key_files", ["gone"]), "a public key cannot be read", id="no-public-file"),
    ],
)
def test_b02_what_is_wrong_on_our_side_stops_the_feed_and_loses_nothing(
    muster: Encrypted,
    gpg: Gpg,
    tmp_path: Path,
    fault: Callable[[Encrypted, pytest.MonkeyPatch], None],
    message: str,
) -> None:
    (tmp_path / "another").write_bytes(gpg.private("other"))
    for name in (DAY1, DAY2):
        muster.drop(name, gpg.encrypted(CONTENT))
    muster.drop("acme_subscriber_segment_20260103.csv", "2125550101,s\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOTHER_KEY", str(tmp_path / "another"))
        fault(muster, patch)
        report = land(muster.settings)
    assert message in str(report.errors["remarkety__lists"])
    assert PASSPHRASE not in str(report.errors)
    assert [one.feed for one in report.landed] == ["attentive__segments"]
    assert muster.landed_rows() == []
    muster.private_key.write_bytes(gpg.private("us"))
    muster.private_key.chmod(0o600)
    muster.declare()
    assert muster.fates(muster.land()) == [(DAY1, "landed"), (DAY2, "landed")]


def test_b02_a_right_passphrase_before_makes_no_wrong_one_right(
    muster: Encrypted, gpg: Gpg, monkeypatch: pytest.MonkeyPatch
) -> None:
    muster.drop(DAY1, gpg.encrypted(CONTENT))
    muster.land()
    monkeypatch.setenv("PGP_PASSPHRASE", "wrong")
    muster.drop(DAY2, gpg.encrypted(CONTENT))
    assert "is wrong" in str(land(muster.settings).errors["remarkety__lists"])


def test_b02_no_command_environment_or_log_has_a_secret(
    muster: Encrypted, gpg: Gpg, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    class Watched(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, command: Any, **options: Any) -> None:
            seen.append(f"{command} {options.get('env')}")
            super().__init__(command, **options)

    monkeypatch.setattr(gnupg, "Popen", Watched)
    monkeypatch.setattr(subprocess, "Popen", Watched)
    caplog.set_level(logging.DEBUG)
    muster.declare(private_key_file=None, private_key_env="PGP_KEY")
    monkeypatch.setenv("PGP_KEY", gpg.private("us").decode().replace("\n", "\\n"))
    muster.drop(DAY1, gpg.encrypted(CONTENT))
    seen.clear()
    muster.land()
    assert len(muster.landed_rows()) == 2
    assert len(seen) > 4
    for secret in (PASSPHRASE, "PRIVATE KEY", "PGP_KEY", "ann@x.org"):
        assert secret not in "".join(seen) + caplog.text


def test_b02_the_content_is_private_while_it_is_read_and_gone_after_a_failure(
    muster: Encrypted, gpg: Gpg, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []

    def failing(path: Path, *_: Any, **__: Any) -> None:
        found.append(path.stat().st_mode & 0o777)
        assert path.read_bytes() == CONTENT
        assert path.parent.stat().st_mode & 0o077 == 0
        raise RuntimeError("the power is gone")

    muster.drop(DAY1, gpg.encrypted(CONTENT))
    with monkeypatch.context() as patch:
        patch.setattr(loaders.landing.land_file, "CsvFile", failing)
        (error,) = land(muster.settings).errors.values()
    muster.expect_nothing_left()
    assert isinstance(error, UnexpectedError)
    assert "the power is gone" in str(error)
    assert found == [0o600]
    assert muster.fates(muster.land()) == [(DAY1, "landed")]


@pytest.fixture(scope="session")
def big(gpg: Gpg, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, int]:
    """50 MB of CSV that hardly compress, encrypted and signed, and the number of its rows."""
    numbers = random.Random(2)
    count = 1_400_000
    rows = b"".join(b"%032x@x.org\n" % numbers.getrandbits(128) for _ in range(count))
    return gpg.encrypted(b"email\n" + rows, *STORED), count


_MEASURE = """# VmHWM, as ru_maxrss begins with what the parent had
import re, sys
from pathlib import Path
from loaders.reading.decode import Limits
from loaders.reading.pgp import Keyring
from loaders.config.pgp_keys import load_pgp_keys
connections, folder, *files = map(Path, sys.argv[1:])
with Keyring(load_pgp_keys(connections)["remarkety"], folder) as keyring:
    for file in files:
        with keyring.decrypted(file, Limits()) as plain:
            print(plain.stat().st_size, re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def test_b02_a_big_file_takes_no_more_memory_than_a_small_one(
    muster: Encrypted, gpg: Gpg, big: tuple[bytes, int], tmp_path: Path
) -> None:
    files = [tmp_path / "small", tmp_path / "big"]
    files[0].write_bytes(gpg.encrypted(CONTENT))
    files[1].write_bytes(big[0])
    arguments = [sys.executable, "-c", _MEASURE, muster.settings.connections, tmp_path, *files]
    ran = subprocess.run([str(one) for one in arguments], check=True, capture_output=True, text=True, cwd=ROOT)
    (small_size, before), (big_size, after) = (map(int, row.split()) for row in ran.stdout.splitlines())
    assert (small_size, big_size > 50 << 20) == (len(CONTENT), True)
    assert after - before < 20 << 10, (before, after)  # KiB


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)])
def test_b02_an_interrupted_run_leaves_no_content_and_the_next_one_lands_the_file(
    muster: Encrypted, big: tuple[bytes, int], sent: signal.Signals, code: int
) -> None:
    content, count = big
    muster.drop(DAY1, content)
    with muster.start("land") as process:
        while not list(muster.settings.spool.glob("*.decrypted")):
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(sent)
        _, errors = process.communicate(timeout=600)
    assert (process.returncode, PASSPHRASE in errors) == (code, False)
    if sent is signal.SIGTERM:  # after a kill -9 it is the next run that clears up
        assert not [path for path in muster.settings.spool.iterdir() if path.suffix != ".part"]
        assert agents(muster.settings.home) == []
    (landed,) = muster.land().landed
    assert landed.row_count == count


@pytest.mark.proof
def test_b02_a_local_file_is_imported_and_its_rejected_lines_are_picked_from_what_was_sent(
    muster: Encrypted, gpg: Gpg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / DAY1
    file.write_bytes(gpg.encrypted(CONTENT + b"nobody,N\n"))
    arguments = ("import", str(file), "--feed", "remarkety__lists")
    with monkeypatch.context() as patch:
        patch.setenv("PGP_PASSPHRASE", "wrong")
        ran = muster.muster(*arguments)
    assert (ran.returncode, "that in PGP_PASSPHRASE is wrong" in ran.stderr) == (2, True)
    assert "Traceback" not in ran.stderr
    assert muster.muster(*arguments).returncode == 0
    assert muster.rows("select count(*) as n from marts.memberships") == [{"n": 2}]
    ran = muster.muster("errors", "1")
    assert (ran.returncode, ran.stdout) == (0, "email,first_name\nnobody,N\n")


def test_b02_keys_that_are_not_declared_are_named_before_anything_is_touched(muster: Encrypted) -> None:
    path = muster.settings.connections
    content = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(content | {"pgp": {}}))
    with pytest.raises(ConfigurationError, match=r"_remarkety__sources.yml:\d+: .* has no pgp keys 'remarkety'"):
        muster.land()
