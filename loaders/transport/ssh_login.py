"""Logging in over SSH: each credential is sent at most once, to a verified server, and never a second time."""

from __future__ import annotations

import paramiko

from loaders.config.connections import SftpConnection
from loaders.errors import AuthenticationError, TransportError
from loaders.printable import printable_bytes
from loaders.transport.ssh import FinalTransportError, PinnedTransport, handshake
from loaders.transport.ssh_keys import pinned_keys, private_key


def connect(connection: SftpConnection) -> PinnedTransport:
    """An authenticated transport.

    Raises ConfigurationError (keys, variables), HostKeyError before any credential is sent,
    AuthenticationError, FinalTransportError, or TransportError for what may go better next time.
    """
    pins = pinned_keys(connection)
    key, password, user = private_key(connection), connection.password(), connection.user()
    transport = handshake(connection.host, connection.port, connection.connect_timeout, pins)
    try:
        _authenticate(transport, connection, user, key, password)
    except BaseException:
        transport.stop()
        raise
    return transport


def _authenticate(
    transport: PinnedTransport,
    connection: SftpConnection,
    user: str,
    key: paramiko.PKey | None,
    password: str | None,
) -> None:
    """Prove who we are by the methods the server asks for, each at most once; see connect for the errors."""
    where = f"{connection.name} ({user}@{connection.host}:{connection.port})"
    left = [*(["publickey"] if key else []), *(["password", "keyboard-interactive"] if password else [])]
    sent = False
    try:
        try:
            allowed = transport.auth_none(user)
        except paramiko.BadAuthenticationType as fault:
            allowed = fault.allowed_types
        while not transport.is_authenticated():
            method = next((one for one in left if one in allowed), None)
            if method is None:
                raise AuthenticationError(
                    f"{where}: the server asks for {' or '.join(map(_plain, allowed))}; "
                    f"configure that (nothing else is left to offer)"
                )
            sent = True
            if key is not None and method == "publickey":
                left.remove(method)
                allowed = transport.auth_publickey(user, key)
            else:
                left = [one for one in left if one == "publickey"]
                if method == "password":
                    allowed = transport.auth_password(user, password or "", fallback=False)
                else:
                    allowed = transport.auth_interactive(user, _Answers(password or ""))
    except paramiko.AuthenticationException as fault:
        if str(fault) == "Authentication timeout.":
            raise FinalTransportError(f"{where}: no answer to the credentials; they were not sent again") from None
        if sent and (transport.is_active() or transport.disconnected is not None):
            reason = transport.disconnected or _plain(str(fault))
            raise AuthenticationError(
                f"{where}: the server refused the credentials ({reason}); they were not sent again"
            ) from None
        raise TransportError(f"{where}: the connection broke off during authentication") from fault
    except (paramiko.SSHException, EOFError, OSError) as fault:
        kind = AuthenticationError if isinstance(fault, _QuestionError) else TransportError
        raise kind(f"{where}: authentication failed: {fault}") from fault


class _QuestionError(paramiko.SSHException):
    """The server asks a question that a password does not answer."""


class _Answers:
    """Answers the one question of a keyboard-interactive login with the password, and no other."""

    def __init__(self, password: str) -> None:
        self._password: str | None = password

    def __call__(self, _title: str, _instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
        if not prompts:
            return []
        if len(prompts) > 1 or self._password is None:
            raise _QuestionError("the server asks for more than a password, which no program can answer")
        password, self._password = self._password, None
        return [password]


def _plain(word: str) -> str:
    """A word of the server's, made printable."""
    return printable_bytes(word.encode("utf-8", "replace")[:200])
