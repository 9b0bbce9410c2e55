"""How the files of an export are called: any segment becomes one safe path component, and no two the same (X9)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from loaders.errors import ConfigurationError
from loaders.feeds.names import nfc
from loaders.transport.listing import safe_name

_PART = re.compile(r"\{(?P<name>[a-z_]+)(?::(?P<format>[^{}]+))?\}")
_NAMES = ("export", "segment", "tenant", "timestamp", "type", "number")
_PLAIN = re.compile(r"[A-Za-z0-9_.-]")
_LONGEST = 100
"""Characters of one part of a name."""
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
"""What no file may be called on Windows."""
_ENCRYPTED = (".gpg", ".pgp", ".asc")


def safe_part(text: str) -> str:
    """A text as a part of a file name; two texts that differ (in NFC) give two parts.

    Letters, digits, `_`, `-` and `.` stay as they are; all else is written as in addresses of the web: `%20`. What is
    longer is cut, with a part of its sha256 behind `~`.
    """
    written = "".join(
        character if _PLAIN.match(character) else "".join(f"%{byte:02X}" for byte in character.encode())
        for character in nfc(text)
    )
    if written[:1] in (".", "-") or _RESERVED.match(written):
        written = f"%{ord(written[0]):02X}{written[1:]}"
    if written[-1:] == ".":
        written = f"{written[:-1]}%2E"
    if len(written) > _LONGEST:
        return f"{written[:_LONGEST]}~{hashlib.sha256(nfc(text).encode()).hexdigest()[:16]}"
    return written


@dataclass(frozen=True)
class NameTemplate:
    """A name with parts such as `{segment}` and `{timestamp:%Y%m%d%H%M%S}`."""

    text: str

    def __post_init__(self) -> None:
        """Raises `ConfigurationError` for a part that there is not, and for a name that no server should take."""
        for part in _PART.finditer(self.text):
            if part["name"] not in _NAMES:
                raise ConfigurationError(f"file name {self.text!r}: there is no {part[0]}: {', '.join(_NAMES)}")
            if part["name"] == "timestamp" and not part["format"]:
                raise ConfigurationError(f"file name {self.text!r}: say how: {{timestamp:%Y%m%d%H%M%S}}")
            if part["name"] != "timestamp" and part["format"]:
                raise ConfigurationError(f"file name {self.text!r}: only a timestamp has a format")
        rest = _PART.sub("x", self.text)
        if "{" in rest or "}" in rest:
            raise ConfigurationError(f"file name {self.text!r}: braces are around a part, such as {{segment}}")
        try:
            safe_name(self.render(datetime(2026, 1, 1), "UTC", dict.fromkeys(_NAMES, "x")).encode())
        except ValueError as fault:
            raise ConfigurationError(f"file name {self.text!r}: {fault}") from None

    @property
    def is_fixed(self) -> bool:
        """Whether each file replaces the one before."""
        return not self.has("timestamp")

    @property
    def is_encrypted(self) -> bool:
        """Whether its files are encrypted with PGP (B2)."""
        return self.text.endswith(_ENCRYPTED)

    @property
    def is_armored(self) -> bool:
        """Whether that is written as text."""
        return self.text.endswith(".asc")

    @property
    def is_compressed(self) -> bool:
        """Whether they are compressed with gzip, before all else."""
        name = self.text
        return (name[: name.rindex(".")] if self.is_encrypted else name).endswith(".gz")

    def has(self, part: str) -> bool:
        """Whether a part of this name is in it."""
        return any(one["name"] == part for one in _PART.finditer(self.text))

    def render(self, moment: datetime, timezone: str, parts: Mapping[str, str]) -> str:
        """The name of a file of this moment (naive UTC), its time in the timezone; `parts`: what the others are.

        Raises `ConfigurationError` if it is longer than a file may be called.
        """
        local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone))
        name = _PART.sub(
            lambda part: local.strftime(part["format"]) if part["format"] else safe_part(parts[part["name"]]), self.text
        )
        try:
            return safe_name(name.encode())
        except ValueError as fault:
            raise ConfigurationError(f"file name {name!r}: {fault}") from None
