"""Commands beside the least that they can cost: `python -m bench.commands`.

Landing: a file of newline-delimited JSON from a folder into the database, beside DuckDB's read_ndjson into a table.
Build: the same small file of commands on a small segment and on a large one: what it costs must follow the commands.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

import duckdb
import yaml

from bench.children import Cost, run
from bench.rounds import BUILD, Installation

ROOT = Path(__file__).parent.parent
FEED = "mediarithmics__user_segments"
_LAND = (sys.executable, "-m", "loaders", "land", "--feed", FEED)

# Members come with an expiry in a year; the commands of the day after are about every so-manieth of them and as many
# others: one in five is a DELETE.
_COMMANDS = """
copy (
    select
        if($day = 2 and n % 5 = 0, 'DELETE', 'UPDATE') as operation,
        'account-' || n * $every as user_account_id,
        '1001' as compartment_id,
        'vip' as segment_technical_name,
        525600 as expiration_duration,
        '{{"score":' || n % 100 || '}}' as data_bag
    from range($count) as commands (n)
) to '{path}' (format json)
"""
_FLOOR = """
import duckdb, sys
with duckdb.connect(sys.argv[2]) as connection:
    connection.execute("set preserve_insertion_order = false")
    connection.execute(f"create table commands as from read_ndjson('{sys.argv[1]}')")
    connection.execute("checkpoint")
"""


def generate(path: Path, count: int, day: int, every: int = 1) -> None:
    """Write `count` commands of one day; the accounts are `every` apart."""
    duckdb.execute(_COMMANDS.format(path=path), {"day": day, "every": every, "count": count})
    os.sync()  # or what is measured next waits for the disk


def install(folder: Path, directory: str = "user_segments") -> tuple[Installation, Path]:
    """A new installation whose feeds read from folders here, and the folder of those that read from `directory`."""
    drops = folder / "drops" / directory
    drops.mkdir(parents=True)
    names = ("blueconic", "mediarithmics")
    connections = {name: {"type": "local", "path": str(drops.parent), "settle": 0} for name in names}
    (folder / "connections.yml").write_text(yaml.safe_dump({"connections": connections}))
    return Installation.new(folder / "installation", folder / "connections.yml"), drops


class Segment:
    """An installation whose one segment has so many members, with a file of commands that is landed, not built."""

    def __init__(self, folder: Path, members: int, commands: int) -> None:
        """`folder` is new."""
        self.installation, self._drops = install(folder)
        self._land(1, members, 1)
        if members:
            self.first_build = self.installation.run(BUILD, MUSTER_MEMORY="8GB")  # so many new contacts at once
        for _ in range(2):  # dbt compiles how the marts advance once they are there: later builds run that
            self.installation.run(BUILD)
        self._land(2, commands, max(members // commands, 1))
        self._state = shutil.copyfile(self.installation.database, folder / "state.duckdb")

    def _land(self, day: int, count: int, every: int) -> None:
        if count:
            generate(self._drops / f"bench_user_segments_2026010{day}080000.ndjson", count, day, every)
        self.installation.run(_LAND)

    def build(self) -> Cost:
        """Build the commands on the members."""
        shutil.copyfile(self._state, self.installation.database)
        os.sync()
        return self.installation.run(BUILD)


def main() -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.commands", description=__doc__)
    parser.add_argument("--lines", type=int, default=5_000_000, help="size of the file that is landed")
    parser.add_argument("--members", type=int, nargs="*", default=[1_000_000, 10_000_000], help="sizes of the segment")
    parser.add_argument("--commands", type=int, default=100_000, help="commands on each of the segments")
    parser.add_argument("--rounds", type=int, default=3, help="how often each thing is done; medians are shown")
    options = parser.parse_args()
    os.environ["MUSTER_ROOT"] = str(ROOT)
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        if options.lines:
            _landing(Path(folder), options.lines, options.rounds)
        for members in dict.fromkeys((0, *options.members)):
            segment = Segment(Path(folder, str(members)), members, options.commands)
            costs = [segment.build() for _ in range(options.rounds)]
            print(
                f"{options.commands:,} commands on {members:,} members: "
                f"build {median(c.seconds for c in costs):.2f} s, CPU {median(c.cpu_seconds for c in costs):.1f} s, "
                f"written {median(c.written_mb for c in costs):.0f} MB, peak {max(c.peak_mb for c in costs):,} MB"
                + (f"; first build {segment.first_build.seconds:.1f} s" if members else ""),
                flush=True,
            )
    return 0


def _landing(folder: Path, lines: int, rounds: int) -> None:
    costs: dict[str, list[Cost]] = {"landing": [], "floor": []}
    for number in range(rounds):
        place = folder / f"landing{number}"
        installation, drops = install(place)
        path = drops / "bench_user_segments_20260101080000.ndjson"
        generate(path, lines, 1)
        costs["landing"].append(installation.run(_LAND))
        costs["floor"].append(run([sys.executable, "-c", _FLOOR, path, place / "floor.duckdb"]))
        shutil.rmtree(place)
    landing, floor = (median(cost.seconds for cost in costs[name]) for name in ("landing", "floor"))
    peak = max(cost.peak_mb for cost in costs["landing"])
    verdict = "PASS" if landing / floor <= 2.5 else "FAIL"
    print(
        f"{lines:,} commands landed in {landing:.2f} s; floor (read_ndjson) {floor:.2f} s; ratio {landing / floor:.2f} "
        f"<= 2.5 {verdict}; peak {peak:,} MB",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
