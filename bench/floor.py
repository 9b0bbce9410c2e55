"""The least that landing can cost: a local CSV file into a table of text. `python -m bench.floor CSV DATABASE`."""

from __future__ import annotations

import sys

import duckdb

from bench.data import COLUMNS

if __name__ == "__main__":
    source, database = sys.argv[1:]
    with duckdb.connect(database) as connection:
        connection.execute("set preserve_insertion_order = false")
        columns = dict.fromkeys(COLUMNS, "varchar")
        connection.execute(
            f"create table lists as from read_csv('{source}', header = true, auto_detect = false, columns = {columns})"
        )
        connection.execute("checkpoint")
