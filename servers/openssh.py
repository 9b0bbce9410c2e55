"""A real SFTP server in a process of its own (OpenSSH)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self


class OpenSshServer:
    """A real sshd with internal-sftp, as the current user, on a free port, with a host key of its own.

    `work` is an empty folder for its files, `options` are further lines of sshd_config. Out, once entered:
    `port`; `host_key`, the fingerprint. Raises RuntimeError if it does not start.
    """

    def __init__(self, work: Path, options: Sequence[str] = (), host_key_type: str = "ed25519") -> None:
        """Nothing is started before the context is entered."""
        self._work, self._options, self._kind = work, options, host_key_type
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.host_key = ""
        self.log = work / "log"

    @staticmethod
    def program() -> str | None:
        """Where sshd is, or None."""
        return shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")

    def __enter__(self) -> Self:
        """Start it, and wait until it answers."""
        program = self.program()
        if program is None:
            raise RuntimeError("sshd is not installed")
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        key = self._work / "host_key"
        subprocess.run(["ssh-keygen", "-q", "-t", self._kind, "-N", "", "-f", key], check=True)
        shown = subprocess.run(["ssh-keygen", "-lf", key], check=True, capture_output=True, text=True).stdout
        self.host_key = shown.split()[1]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (self._work / "keys").touch(mode=0o600)
        config = self._work / "sshd_config"
        config.write_text(
            "\n".join(
                [
                    *self._options,
                    f"Port {self.port}",
                    "ListenAddress 127.0.0.1",
                    f"HostKey {key}",
                    f"AuthorizedKeysFile {self._work / 'keys'}",
                    "UsePAM no",
                    "StrictModes no",
                    "PermitRootLogin yes",
                    "PasswordAuthentication no",
                    "PidFile none",
                    "Subsystem sftp internal-sftp",
                    "",
                ]
            )
        )
        with self.log.open("wb") as log:
            self._process = subprocess.Popen([program, "-D", "-e", "-f", config], stderr=log)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.02)
            else:
                return self
        self._end()
        raise RuntimeError(f"sshd did not start: {self.log.read_text()}")

    def allow(self, public_key: str) -> None:
        """Let in the holder of the private part of this key."""
        with (self._work / "keys").open("a") as keys:
            keys.write(public_key.strip() + "\n")

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
