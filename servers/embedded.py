"""An SFTP server in a thread of this process (asyncssh)."""

from __future__ import annotations

import asyncio
import os
import threading
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
        """Nothing listens before the context is entered."""
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
        """Listen on a free port."""
        self._thread.start()
        self._acceptor = self._run(self._listen())
        self.port = self._acceptor.get_port()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all connections and the thread."""
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
