"""SFTP servers that Debian has besides OpenSSH: rclone and ProFTPD's mod_sftp, each on a port of 127.0.0.1."""

from __future__ import annotations

import getpass
import grp
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loaders.errors import MusterError
from loaders.transport.sftp import fetch_host_keys

_PROFTPD = """
LoadModule mod_sftp.c
ServerType standalone
DefaultAddress 127.0.0.1
Port {port}
UseIPv6 off
User {user}
Group {group}
PidFile {work}/proftpd.pid
ScoreboardFile none
DelayEngine off
SystemLog {work}/system.log
WtmpLog off
RequireValidShell off
RootLogin on
AuthUserFile {work}/users
AuthOrder mod_auth_file.c
DefaultRoot {folder}
AllowOverwrite on
SFTPEngine on
SFTPLog {work}/sftp.log
SFTPHostKey {work}/host_key
SFTPAuthMethods password
"""


def is_there(program: str) -> bool:
    """Whether this machine has it: `rclone` or `proftpd`."""
    return shutil.which(program) is not None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _served(command: list[str], port: int, log: Path) -> Iterator[str]:
    """The host key of the server that the command starts, once it answers; it is ended on leaving."""
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as server:
        try:
            until = time.monotonic() + 600
            while True:
                try:
                    key = fetch_host_keys("127.0.0.1", port)[0]
                    break
                except MusterError:
                    if server.poll() is not None or time.monotonic() > until:
                        raise AssertionError(f"{command[0]} did not start: {log.read_text()}") from None
                    time.sleep(0.1)
            yield key
        finally:
            server.terminate()


@contextmanager
def rclone(folder: Path, work: Path, username: str, password: str) -> Iterator[tuple[int, str]]:
    """`rclone serve sftp` of the folder: its port and host key."""
    port = _free_port()
    command = [
        "rclone", "serve", "sftp", str(folder), "--addr", f"127.0.0.1:{port}", "--user", username, "--pass", password,
        "--config", os.devnull, "--cache-dir", str(work / "cache"), "--dir-cache-time", "0s",
    ]  # fmt: skip
    with _served(command, port, work / "rclone.log") as key:
        yield port, key


@contextmanager
def proftpd(folder: Path, work: Path, username: str, password: str) -> Iterator[tuple[int, str]]:
    """ProFTPD with mod_sftp, and one virtual user whose root is the folder: its port and host key."""
    port, uid, gid = _free_port(), os.getuid(), os.getgid()
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", "", "-f", work / "host_key"], check=True)
    entry = [
        "ftpasswd", "--passwd", f"--file={work / 'users'}", f"--name={username}", f"--uid={uid}", f"--gid={gid}",
        f"--home={folder}", "--shell=/bin/sh", "--stdin",
    ]  # fmt: skip
    subprocess.run(entry, input=password + "\n", text=True, check=True, capture_output=True)
    config = work / "proftpd.conf"
    config.write_text(
        _PROFTPD.format(port=port, work=work, folder=folder, user=getpass.getuser(), group=grp.getgrgid(gid).gr_name)
    )
    with _served(["proftpd", "--nodaemon", "-c", str(config)], port, work / "proftpd.log") as key:
        yield port, key
