"""Keys of SSH: our private one from a variable or a file, the server's from pins or known_hosts."""

from __future__ import annotations

import base64
import binascii
import io
from pathlib import Path

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from loaders.config.connections import SftpConnection, read_private
from loaders.config.host_keys import fingerprint, pin_fingerprint
from loaders.errors import ConfigurationError

_DSA_REFUSED = "the SSH library dropped them; make another: ssh-keygen -t ed25519"
_CURVES = ("secp256r1", "secp384r1", "secp521r1")


def private_key(connection: SftpConnection) -> paramiko.PKey | None:
    """The private key of a connection, or None when none is configured.

    Raises ConfigurationError when it is not set, cannot be read, can be read by others than its owner, needs
    another passphrase, or is of a kind that is not supported.
    """
    if connection.private_key_env:
        text, place = connection.secret("private_key_env"), f"variable {connection.private_key_env}"
    elif connection.private_key_file:
        path = connection.resolve(connection.private_key_file)
        text, place = _read_private(path), str(path)
    else:
        return None
    passphrase = connection.secret("passphrase_env") if connection.passphrase_env else None
    return parse_private_key(text, passphrase, place)


def parse_private_key(text: str, passphrase: str | None, place: str) -> paramiko.PKey:
    """A private key (ed25519, ecdsa, rsa) from its PEM or OpenSSH text; `place` names it in messages.

    Raises ConfigurationError for another kind, a wrong or missing passphrase, or no key at all.
    """
    raw = (text.replace("\\n", "\n").strip() + "\n").encode()  # a variable is often set on one line
    if raw.startswith(b"PuTTY-User-Key-File"):
        raise ConfigurationError(
            f"{place}: this is a key of PuTTY (.ppk): turn it into OpenSSH's form with `puttygen KEY.ppk -O"
            " private-openssh -o KEY`, or in PuTTYgen with Conversions > Export OpenSSH key"
        )
    if raw.startswith((b"ssh-", b"ecdsa-", b"sk-", b"-----BEGIN PUBLIC", b"---- BEGIN SSH2 PUBLIC")):
        raise ConfigurationError(f"{place}: this is a public key, which the partner gets; the private one is needed")
    if b"BEGIN DSA PRIVATE KEY" in raw or b"ssh-dss" in _armoured(raw):
        raise ConfigurationError(f"{place}: DSA (ssh-dss) keys are refused: {_DSA_REFUSED}")
    load = serialization.load_pem_private_key
    if b"BEGIN OPENSSH PRIVATE KEY" in raw:
        load = serialization.load_ssh_private_key
    encrypted = b"ENCRYPTED" in raw or b"bcrypt" in _armoured(raw)[:64]
    if encrypted and not passphrase:
        raise ConfigurationError(f"{place}: the private key is encrypted; set passphrase_env")
    try:
        key = load(raw, passphrase.encode() if encrypted and passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
        hint = "is passphrase_env right? " if encrypted else ""
        raise ConfigurationError(f"{place}: not a private key that can be used: {hint}{fault}") from None
    if isinstance(key, rsa.RSAPrivateKey):
        return paramiko.RSAKey(key=key)
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return paramiko.ECDSAKey(vals=(key, key.public_key()))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        plain = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        return paramiko.Ed25519Key.from_private_key(io.StringIO(plain.decode()))
    raise ConfigurationError(f"{place}: keys of this kind are not supported; use ed25519, ecdsa or rsa")


def pinned_keys(connection: SftpConnection) -> list[tuple[str, str | None]]:
    """The accepted host keys of a connection as (fingerprint, key type or None where only that is known).

    Raises ConfigurationError when known_hosts cannot be read or does not name the host.
    """
    if connection.known_hosts is None:
        return [pin_fingerprint(pin) for pin in connection.host_keys]
    path = connection.resolve(connection.known_hosts)
    try:
        known = paramiko.HostKeys(str(path))
    except (OSError, paramiko.SSHException, UnicodeDecodeError) as fault:
        raise ConfigurationError(f"known_hosts {path} cannot be read: {fault}") from fault
    name = connection.host if connection.port == 22 else f"[{connection.host}]:{connection.port}"
    keys = known.lookup(name)
    if not keys:
        raise ConfigurationError(f"{path} has no key of {name}; add it, or list its pin under host_keys")
    return [(fingerprint(key.asbytes()), kind) for kind, key in keys.items()]


def _armoured(raw: bytes) -> bytes:
    """The bytes inside a PEM armour, or none."""
    try:
        return base64.b64decode(b"".join(line for line in raw.splitlines() if b"-" not in line and b":" not in line))
    except binascii.Error:
        return b""


def _read_private(path: Path) -> str:
    """The text of a key file that only its owner can read. Raises ConfigurationError."""
    try:
        return read_private(path).decode("ascii")
    except UnicodeDecodeError as fault:
        raise ConfigurationError(f"{path}: the private key cannot be read: {fault}") from fault
