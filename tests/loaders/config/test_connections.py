"""connections.yml: every fault names the file, the line and the remedy; secrets are never in it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from loaders.config.connections import LocalConnection, SftpConnection, load_connections
from loaders.errors import ConfigurationError
from loaders.transport.opening import open_remote
from loaders.transport.ssh_keys import parse_private_key, private_key
from tests.loaders.conftest import Keys

PIN = "SHA256:" + "a" * 43
GOOD = f"""\
connections:
  remarkety:
    type: sftp
    host: ${{SFTP_HOST}}
    port: ${{SFTP_PORT}}
    username: muster
    password_env: REMARKETY_PASSWORD
    host_keys: ["{PIN}"]
    root: /upload/${{STORE}}
  drops:
    type: local
    path: ./drops
"""
ENV = {"SFTP_HOST": "sftp.example.com", "SFTP_PORT": "2222", "STORE": "7", "REMARKETY_PASSWORD": "s3cret"}


def load(tmp_path: Path, text: str, env: dict[str, str] | None = None) -> dict[str, object]:
    (tmp_path / "connections.yml").write_text(text)
    return dict(load_connections(tmp_path / "connections.yml", ENV if env is None else env))


def test_variables_are_replaced_and_defaults_set(tmp_path: Path) -> None:
    connections = load(tmp_path, GOOD)
    sftp, local = connections["remarkety"], connections["drops"]
    assert isinstance(sftp, SftpConnection)
    assert isinstance(local, LocalConnection)
    assert (sftp.host, sftp.port, sftp.root) == ("sftp.example.com", 2222, "/upload/7")
    assert (sftp.connect_timeout, sftp.idle_timeout, sftp.file_deadline) == (10, 30, 3600)
    assert sftp.password() == "s3cret"
    assert local.path == tmp_path / "drops"


def test_b01_the_port_is_22_and_the_root_the_home_directory_unless_stated(tmp_path: Path) -> None:
    text = GOOD.replace("    port: ${SFTP_PORT}\n", "").replace("    root: /upload/${STORE}\n", "")
    sftp = load(tmp_path, text)["remarkety"]
    assert isinstance(sftp, SftpConnection)
    assert (sftp.host, sftp.port, sftp.username, sftp.root) == ("sftp.example.com", 22, "muster", ".")


def test_e13_secrets_are_in_no_representation(tmp_path: Path) -> None:
    sftp = load(tmp_path, GOOD)["remarkety"]
    assert "s3cret" not in repr(sftp) + str(sftp)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("    port: ${SFTP_PORT}", "    port: 99999", 5, "less than or equal to 65535"),
        ("    port: ${SFTP_PORT}", "    prot: 22", 5, "there is no such setting"),
        ("    port: ${SFTP_PORT}", "    port: ${NOWHERE}", 5, "NOWHERE is not set"),
        ("    port: ${SFTP_PORT}", "    port: 22\n    port: 23", 6, "written twice"),
        ("    username: muster\n", "", 2, "either username or username_env"),
        (
            "    username: muster",
            "    username: muster\n    username_env: U",
            2,
            "either username or username_env",
        ),
        ("    password_env: REMARKETY_PASSWORD\n", "", 2, "state password_env"),
        ("    password_env: REMARKETY_PASSWORD", "    password_env: p4ss word", 7, "match pattern"),
        ("    password_env: REMARKETY_PASSWORD", "    password: p4ss", 7, "there is no such setting"),
        (f'    host_keys: ["{PIN}"]\n', "", 2, "never trusted"),
        (f'["{PIN}"]', '["SHA256:short"]', 8, "a pin is"),
        (f'["{PIN}"]', '["ssh-ed25519 AAAAB3NzaC1yc2E="]', 8, "a pin is"),
        ("    type: local", "    type: ftp", 11, "'sftp', 'local'"),
        ("    path: ./drops", "    path: [", 12, "not valid YAML"),
        ("  remarkety:", "  Remarkety Inc:", 2, "match pattern"),
    ],
)
def test_faults_name_file_and_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, GOOD.replace(old, new))
    message = str(caught.value)
    assert words in message
    assert "p4ss" not in message
    lines = {int(part.split(":")[1]) for part in message.splitlines()}
    assert line in lines or (words == "not valid YAML" and line + 1 in lines)


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]\n", "connections: 3\n", "a: b\n"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"connections\.yml"):
        load(tmp_path, text)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_connections(tmp_path / "connections.yml", {})


def test_missing_secret_is_named_when_the_connection_is_opened(tmp_path: Path) -> None:
    env = {name: value for name, value in ENV.items() if name != "REMARKETY_PASSWORD"}
    sftp = load(tmp_path, GOOD, env)["remarkety"]
    assert isinstance(sftp, SftpConnection)
    with pytest.raises(ConfigurationError, match="remarkety: the variable REMARKETY_PASSWORD"):
        open_remote(sftp).__enter__()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_e12_key_file_that_others_can_read(tmp_path: Path, keys: Keys, mode: int) -> None:
    path = tmp_path / "id_ed25519"
    path.write_text(keys()[0])
    path.chmod(mode)
    text = GOOD.replace("password_env: REMARKETY_PASSWORD", "private_key_file: id_ed25519")
    sftp = load(tmp_path, text)["remarkety"]
    assert isinstance(sftp, SftpConnection)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        private_key(sftp)
    path.chmod(0o600)
    assert private_key(sftp) is not None


DSA = "-----BEGIN DSA PRIVATE KEY-----\nMIIB\n-----END DSA PRIVATE KEY-----\n"


def test_b01_dss_key_is_refused_with_the_reason() -> None:
    with pytest.raises(ConfigurationError, match="the SSH library dropped them"):
        parse_private_key(DSA, None, "variable KEY")


def test_b01_dss_key_in_the_new_format_is_refused_with_the_reason() -> None:
    key_type = b"\0\0\0\x13\0\0\0\7ssh-dss"
    blob = b"openssh-key-v1\0" + b"\0\0\0\4none" * 2 + b"\0\0\0\0\0\0\0\1" + key_type + b"\0" * 40
    armour = "-----{} OPENSSH PRIVATE KEY-----"
    text = f"{armour.format('BEGIN')}\n{base64.b64encode(blob).decode()}\n{armour.format('END')}\n"
    with pytest.raises(ConfigurationError, match="the SSH library dropped them"):
        parse_private_key(text, None, "variable KEY")


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_b01_passphrase(keys: Keys, kind: str) -> None:
    encrypted, public = keys(kind, "open sesame")
    assert parse_private_key(encrypted, "open sesame", "KEY").get_base64() == public.split()[1]
    with pytest.raises(ConfigurationError, match="set passphrase_env"):
        parse_private_key(encrypted, None, "KEY")
    with pytest.raises(ConfigurationError, match="is passphrase_env right"):
        parse_private_key(encrypted, "wrong", "KEY")


def test_b01_key_on_one_line_and_no_key_at_all(keys: Keys) -> None:
    assert parse_private_key(keys()[0].replace("\n", "\\n"), None, "KEY")
    with pytest.raises(ConfigurationError, match="not a private key"):
        parse_private_key("not a key", None, "KEY")
