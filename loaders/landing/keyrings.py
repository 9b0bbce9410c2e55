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
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> Self:
        """The keyrings themselves; none is open yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close those that were opened."""
        self._open.clear()
        self._stack.close()

    def of(self, feed: Feed) -> Keyring | None:
        """The feed's keyring, or None if its files come as they are. Raises ConfigurationError if it cannot be had."""
        name = feed.config.pgp
        if name is None:
            return None
        if name not in self._open:
            self._open[name] = self._stack.enter_context(Keyring(self._declared[name], self._folder))
        return self._open[name]

    @contextmanager
    def decrypted(self, path: Path, feed: Feed, limits: Limits) -> Iterator[Path]:
        """Yield the path of what the file `path` of the feed holds once it is decrypted; `path` itself if it need not.

        Raises as `of` and `Keyring.decrypted` do.
        """
        with self._one_at_a_time:  # files are decrypted where they are fetched, side by side
            keyring = self.of(feed)
        if keyring is None:
            yield path
            return
        with ExitStack() as stack:
            with self._one_at_a_time:
                plain = stack.enter_context(keyring.decrypted(path, limits))
            yield plain
