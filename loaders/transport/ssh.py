"""The SSH connection before anyone is logged in: pinned host keys, modern algorithms, every wait bounded."""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress

import paramiko
from paramiko.auth_handler import AuthOnlyHandler
from paramiko.transport import ServiceRequestingTransport

from loaders.config.host_keys import fingerprint
from loaders.errors import HostKeyError, TransportError
from loaders.printable import printable_bytes
from loaders.transport.ssh_stream import MAX_PACKET, WINDOW, BoundedPacketizer, ChunkQueue

CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
HOST_KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
_DISABLED = {
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "macs": ["hmac-sha1", "hmac-md5", "hmac-sha1-96", "hmac-md5-96"],
}
_LISTS = ("key exchange", "host key", "cipher out", "cipher in", "MAC out", "MAC in")

logging.getLogger("paramiko").addHandler(logging.NullHandler())  # its tracebacks are not for people's terminals


class FinalTransportError(TransportError):
    """A fault that another attempt in the same run does not mend, or could make worse."""


class UnpinnedError(paramiko.SSHException):
    """The server's host key is not one of the pins: its type and fingerprint, and the types of all its keys."""

    def __init__(self, kind: str, fingerprint: str) -> None:
        """`kinds` is filled in by whoever knows."""
        super().__init__(fingerprint)
        self.kind, self.fingerprint = kind, fingerprint
        self.kinds: set[str] = set()


class _AuthHandler(AuthOnlyHandler):
    """The library makes the event it waits for after it has sent the request, and can miss a fast answer."""

    _answered: threading.Event | None = None

    @property
    def auth_event(self) -> threading.Event | None:
        return self._answered

    @auth_event.setter
    def auth_event(self, event: threading.Event | None) -> None:
        pass

    def send_auth_request(
        self, username: str, method: str, finish_message: Callable[[paramiko.Message], None] | None = None
    ) -> list[str]:
        self._answered = threading.Event()
        return super().send_auth_request(username, method, finish_message or (lambda _: None))


class PinnedTransport(ServiceRequestingTransport):
    """A transport that checks the host key in every key exchange, before anything else is sent."""

    active: bool
    _service_userauth_accepted: bool

    def __init__(self, sock: socket.socket, pins: set[str] | None, timeout: float) -> None:
        """`pins` are the accepted fingerprints (None: any), `timeout` the seconds of every wait."""
        super().__init__(sock, disabled_algorithms=_DISABLED, packetizer_class=BoundedPacketizer)
        self._pins = pins
        self._timeout = timeout
        self.disconnected: str | None = None
        self.offer = b""
        self.banner_timeout = self.handshake_timeout = self.auth_timeout = self.channel_timeout = timeout
        self.clear_to_send_timeout = timeout

    def _verify_key(self, host_key: bytes, sig: bytes) -> None:
        super()._verify_key(host_key, sig)  # type: ignore[misc]
        offered = fingerprint(host_key)
        if self._pins is not None and offered not in self._pins:
            raise UnpinnedError(paramiko.Message(host_key).get_text(), offered)

    def _parse_kex_init(self, m: paramiko.Message) -> None:
        self.offer = m.asbytes()
        super()._parse_kex_init(m)  # type: ignore[misc]

    def _parse_disconnect(self, m: paramiko.Message) -> None:
        m.get_int()
        self.disconnected = printable_bytes(m.get_string()[:200])

    def ensure_session(self) -> None:
        """Ask for authentication to begin; bounded in time, which the library's own way is not."""
        if not self._service_userauth_accepted:
            request = paramiko.Message()
            request.add_byte(b"\x05")
            request.add_string("ssh-userauth")
            self._send_message(request)  # type: ignore[attr-defined]
            deadline = time.monotonic() + self._timeout
            while not self._service_userauth_accepted:
                if not self.active or time.monotonic() > deadline:
                    raise EOFError("no answer to the request for authentication")
                time.sleep(0.002)
            self.auth_handler = self.get_auth_handler()

    @property
    def kinds(self) -> set[str]:
        """The types of the server's host keys, as far as it says."""
        return {_kind(name) for name in (_offered(self) or [[], []])[1]}

    def get_auth_handler(self) -> AuthOnlyHandler:
        """The handler of authentication messages."""
        return _AuthHandler(self)

    def stop(self) -> None:
        """Close, and leave no timer or thread behind."""
        self.packetizer.complete_handshake()
        with suppress(OSError):  # not connected any more
            self.sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads; closing the socket does not
        self.close()
        if self.is_alive():
            self.join(1)


def handshake(host: str, port: int, timeout: float, pins: list[tuple[str, str | None]]) -> PinnedTransport:
    """A transport with keys exchanged and the host key verified, be it the second or third that the server has (C70).

    Raises HostKeyError if none of its keys is pinned, FinalTransportError, or TransportError.
    """
    shown: dict[str, str] = {}
    while True:
        try:
            return exchange_keys(host, port, timeout, pins, without=shown)
        except UnpinnedError as fault:
            is_again = fault.kind in shown  # it was told that this type is not wanted
            shown[fault.kind] = fault.fingerprint
            if is_again or not fault.kinds - set(shown):
                keys = " and ".join(f"{one} ({kind})" for kind, one in shown.items())
                raise HostKeyError(
                    f"{host}:{port}: the server's host key is {keys}, which is not pinned; no credential was sent. If "
                    f"the partner confirms this fingerprint, add it to host_keys of the connection"
                ) from None


def exchange_keys(
    host: str, port: int, timeout: float, pins: list[tuple[str, str | None]] | None, *, without: Collection[str] = ()
) -> PinnedTransport:
    """A transport with keys exchanged; `pins` None accepts any host key (to show it), `without`: of no such type.

    Raises UnpinnedError, FinalTransportError, or TransportError.
    """
    where = f"{host}:{port}"
    try:
        sock = socket.create_connection((host, port), timeout)
    except OSError as fault:
        raise TransportError(f"{where}: cannot be reached: {fault}") from fault
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    transport = PinnedTransport(sock, None if pins is None else {pin for pin, _ in pins}, timeout)
    options = transport.get_security_options()
    options.ciphers = CIPHERS
    kinds = {kind for _, kind in pins or [] if kind}
    left = [name for name in options.key_types if _kind(name) not in without]
    options.key_types = sorted(left, key=lambda name: _kind(name) not in kinds)
    try:
        transport.start_client(timeout=2 * timeout)
        transport.get_remote_server_key()
    except UnpinnedError as fault:
        transport.stop()
        fault.kinds = transport.kinds & {_kind(name) for name in left}
        raise
    except paramiko.ssh_exception.IncompatiblePeer as fault:
        transport.stop()
        raise FinalTransportError(
            f"{where}: {fault}: it offers {_offers(transport)}; only modern algorithms are accepted, "
            f"ask the partner to enable them"
        ) from None
    except (paramiko.SSHException, EOFError, OSError) as fault:
        transport.stop()
        raise TransportError(f"{where}: the SSH handshake failed: {fault or 'the connection was closed'}") from fault
    except BaseException:
        transport.stop()
        raise
    return transport


def open_channel(transport: paramiko.Transport, timeout: float) -> paramiko.Channel:
    """A session channel with a large window and bounded buffers. Raises TransportError."""
    try:
        channel = transport.open_session(window_size=WINDOW, max_packet_size=MAX_PACKET, timeout=timeout)
    except (paramiko.SSHException, EOFError, OSError) as fault:
        raise TransportError(f"the server opens no channel: {fault}") from fault
    channel.in_buffer = ChunkQueue(2 * WINDOW)
    channel.in_stderr_buffer = ChunkQueue(1 << 20)
    return channel


def _kind(algorithm: str) -> str:
    """The type of key that an algorithm of signatures takes."""
    return "ssh-rsa" if algorithm.startswith("rsa-sha2-") else algorithm


def _offered(transport: PinnedTransport) -> list[list[str]]:
    """What the server's first message offers: a list for each kind of algorithm; none if it cannot be read."""
    try:
        message = paramiko.Message(transport.offer)
        message.get_bytes(16)
        return [message.get_list() for _ in _LISTS]
    except (TypeError, ValueError, struct.error):
        return []


def _offers(transport: PinnedTransport) -> str:
    """The same in words."""
    named = zip(_LISTS, _offered(transport), strict=False)
    return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in named) or "nothing readable"
