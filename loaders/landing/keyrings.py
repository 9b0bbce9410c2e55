"""The keyrings that the feeds of a run need."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from loaders.config.pgp_keys import PgpKeys, load_pgp_keys
from loaders.errors import ConfigurationError
from loaders.feeds.feed import Feed
from loaders.reading.decode import Limits
from loaders.reading.pgp import Keyring


class Keyrings:
    """The keyrings that the feeds need, each opened when the first file needs it; a context manager."""

    def __init__(self, connections: Path, folder: Path, feeds: Sequence[Feed]) -> None:
        """`folder` is where private files may be. Raises ConfigurationError if a feed names keys that are not declared.

        `connections.yml` is read only if one of the feeds names any.
        """
        encrypted = [feed for feed in feeds if feed.config.pgp]
        self._declared: Mapping[str, PgpKeys] = load_pgp_keys(connections) if encrypted else {}
        for feed in encrypted:
            if feed.config.pgp not in self._declared:
                raise ConfigurationError(
                    f"{feed.declared_at}: feed {feed.name}: {connections} has no pgp keys {feed.config.pgp!r}"
                )
        self._folder = folder
        self._open: dict[str, Keyring] = {}
        self._stack = ExitStack()
        self._opening = threading.Lock()
        """Files are decrypted where they are fetched, side by side."""

    def __enter__(self) -> Self:
        """The keyrings themselves; none is open yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close those that were opened."""
        self._open.clear()
        self._stack.close()

    @contextmanager
    def decrypted(self, path: Path, feed: Feed, limits: Limits) -> Iterator[Path]:
        """Yield the path of what the file `path` of the feed holds once it is decrypted; `path` itself if it need not.

        Raises ConfigurationError if the keyring cannot be had, and as `Keyring.decrypted`.
        """
        if feed.config.pgp is None:
            yield path
            return
        with self._keyring(feed.config.pgp).decrypted(path, limits) as plain:
            yield plain

    def _keyring(self, name: str) -> Keyring:
        with self._opening:
            if name not in self._open:
                self._open[name] = self._stack.enter_context(Keyring(self._declared[name], self._folder))
            return self._open[name]
