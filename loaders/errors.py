"""What can go wrong, split by what the caller does about it; each class carries its documented exit code."""

from __future__ import annotations

from dataclasses import dataclass

NO_ROOM = "No space left on device"
"""What the system says of a full disk, whatever the database or dbt put around it."""


class MusterError(Exception):
    """Base of every error that Muster raises on purpose; the message says what, where and what to do."""

    exit_code = 1


class ConfigurationError(MusterError):
    """A YAML file, an environment variable or an argument is wrong: fix it and run again."""

    exit_code = 2


class NotBuiltError(ConfigurationError):
    """What was asked for is made by the first build, and there was none."""


class UnexpectedError(MusterError):
    """A fault of Muster's own with one file or connection, of which the others know nothing (X13): report it."""


class NeedsAttentionError(MusterError):
    """Files were refused or deliveries held: a person looks at them; everything else was done."""

    exit_code = 3


class TransportError(MusterError):
    """The server could not be reached or broke off: nothing was lost, the next run tries again."""

    exit_code = 4


class AuthenticationError(MusterError):
    """The server refused the credentials: never retried (an account can be locked)."""

    exit_code = 5


class HostKeyError(MusterError):
    """The server's host key is not pinned, or has changed: no credential was sent."""

    exit_code = 6


class LockedError(MusterError):
    """Another run holds the writer's lock: let it finish."""

    exit_code = 7


class BuildError(MusterError):
    """A dbt node failed: the landed files are safe, and the next build carries on."""

    exit_code = 8


class GuardError(BuildError):
    """A list is held for what it would do (X6): what the build did is undone, and the next one knows."""


class DamagedError(MusterError):
    """The database, or the archive, is lost, older than it was, or damaged: nothing was changed."""

    exit_code = 9


class BusyError(MusterError):
    """Another program has had the database open for longer than is waited: end it, or let it read what is published."""

    exit_code = 10


class ResourceError(MusterError):
    """The disk is full or cannot be read or written, or memory is short: make room; the next run goes on from there."""

    exit_code = 11


@dataclass
class FileRefusedError(Exception):
    """One file cannot be read as its feed declares; it lands nothing but its ledger row, with this code.

    `line_number` counts physical lines from 1, `byte_offset` from 0 in the decompressed file.
    """

    code: str
    message: str
    line_number: int | None = None
    byte_offset: int | None = None
    raw_text: str | None = None

    @property
    def detail(self) -> str:
        """The message, with the place and the text of the line where they are known."""
        place = f" (line {self.line_number}, byte {self.byte_offset})" if self.line_number else ""
        return f"{self.message}{place}" + (f": {self.raw_text[:1000]}" if self.raw_text else "")

    def __str__(self) -> str:
        """The code and the detail."""
        return f"{self.code}: {self.detail}"
