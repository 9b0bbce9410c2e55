"""How a file that is being read gives its rows away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

Insert = Callable[[Iterator[pa.RecordBatch], str], int]
"""Inserts rows: batches, and the relation that makes `_line_number`, `c0` … (and `_extra`) of them, which it reads as
`file_rows`. Returns how many rows the relation had. A file may call it more than once, and decides in which order."""
