"""What a spooled file holds: decrypted and decompressed where it was fetched, before anybody waits for the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from loaders.feeds.feed import Feed
from loaders.landing.keyrings import Keyrings
from loaders.reading.decode import Limits, open_decoded


def limits_of(feed: Feed) -> Limits:
    """What a file of the feed may cost."""
    return Limits(max_rows=feed.config.max_rows)


@contextmanager
def decoded(keyrings: Keyrings, spooled: Path, feed: Feed, name: str) -> Iterator[Path]:
    """The plain content of a file of the feed that was sent as `name`; removed on leaving, unless it is the file.

    Raises `FileRefusedError` if it is not as the feed declares, `ConfigurationError` if we cannot decrypt it.
    """
    limits = limits_of(feed)
    with (
        keyrings.decrypted(spooled, feed, limits) as sent,
        open_decoded(sent, feed.compression_of(name), limits) as plain,
    ):
        yield plain


class Decoded:
    """The same, done at once; what goes wrong is raised when it is opened."""

    def __init__(self, keyrings: Keyrings, spooled: Path, feed: Feed, name: str) -> None:
        """Decode the file."""
        self._stack = ExitStack()
        self._fault: Exception | None = None
        self._plain = spooled
        try:
            self._plain = self._stack.enter_context(decoded(keyrings, spooled, feed, name))
        except Exception as fault:
            self._fault = fault

    @contextmanager
    def open(self) -> Iterator[Path]:
        """Its plain content, until it is left. Raises as `decoded`, and OSError if the disk has failed."""
        if self._fault:
            raise self._fault
        with self._stack:
            yield self._plain

    def close(self) -> None:
        """Remove it, should nobody have opened it."""
        self._stack.close()
