"""SFTP servers on 127.0.0.1, as context managers: one embedded (asyncssh), one real (OpenSSH)."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncssh


class EmbeddedSftp:
    """Serves a folder by SFTP in a thread of its own, with rename and real modification times.

    In: the folder; a username; a password, public keys in OpenSSH's text (`client_keys`), or both; perhaps a
    host key, a subclass of asyncssh.SFTPServer that misbehaves, and options of asyncssh.listen. Out, once
    entered: `port`; `host_key`, the fingerprint "SHA256:..."; `attempts`, the credentials presented.
    """

    def __init__(
        self,
        folder: Path,
        username: str = "muster",
        password: str | None = "in-memory",
        client_keys: Sequence[str] = (),
        host_key: Any = None,
        sftp_server: Any = asyncssh.SFTPServer,
        interactive: bool = False,
        **options: Any,
    ) -> None:
        self.host_key_pair = host_key or asyncssh.generate_private_key("ssh-ed25519")
        self.host_key: str = self.host_key_pair.get_fingerprint()
        self.username, self.password, self.interactive = username, password, interactive
        self.keys = [asyncssh.import_public_key(key) for key in client_keys]
        self.attempts: list[str] = []
        self.connections = 0
        self.port = 0
        self._options = {
            "server_host_keys": [self.host_key_pair],
            "sftp_factory": lambda channel: sftp_server(channel, chroot=os.fsencode(folder)),
            "allow_scp": False,
            "server_factory": lambda: _Login(self),
            **options,
        }
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="embedded-sftp", daemon=True)
        self._acceptor: Any = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._acceptor = self._run(self._listen())
        self.port = self._acceptor.get_port()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _listen(self) -> Any:
        return await asyncssh.listen("127.0.0.1", 0, **self._options)

    async def _stop(self) -> None:
        self._acceptor.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


class _Login(asyncssh.SSHServer):  # type: ignore[misc]
    """Checks credentials against the server's and writes down every attempt."""

    def __init__(self, server: EmbeddedSftp) -> None:
        self._server = server
        server.connections += 1

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return self._server.password is not None and not self._server.interactive

    def validate_password(self, username: str, password: str) -> bool:
        self._server.attempts.append("password")
        return (username, password) == (self._server.username, self._server.password)

    def public_key_auth_supported(self) -> bool:
        return bool(self._server.keys)

    def validate_public_key(self, username: str, key: Any) -> bool:
        self._server.attempts.append("publickey")
        return username == self._server.username and key in self._server.keys

    def kbdint_auth_supported(self) -> bool:
        return self._server.interactive

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        self._server.attempts.append("keyboard-interactive")
        return username == self._server.username and list(responses) == [self._server.password]


class OpenSshServer:
    """A real sshd with internal-sftp, as the current user, on a free port, with a host key of its own.

    `work` is an empty folder for its files, `options` are further lines of sshd_config. Out, once entered:
    `port`; `host_key`, the fingerprint. Raises RuntimeError if it does not start.
    """

    def __init__(self, work: Path, options: Sequence[str] = (), host_key_type: str = "ed25519") -> None:
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
        self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
