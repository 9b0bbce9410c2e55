"""`make bench`, or `python -m bench --help`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.rounds import Bench
from servers.openssh import OpenSshServer

ROOT = Path(__file__).parent.parent
DATA = ROOT / "bench" / ".data"


@dataclass(frozen=True)
class Figure:
    """One line of the table: a value, and the most that it may be."""

    name: str
    value: float
    unit: str
    target: float | None = None

    @property
    def is_missed(self) -> bool:
        """Whether there is a target and it is not met."""
        return self.target is not None and self.value > self.target


def figures(bench: Bench) -> list[Figure]:
    """What the costs come to; seconds are medians, and a ratio is that of two medians."""

    costs = bench.costs

    def seconds(name: str) -> float:
        return statistics.median(cost.seconds for cost in costs[name])

    def peak(*names: str) -> float:
        return max(cost.peak_mb for name in names for cost in costs[name])

    def written(name: str) -> float:
        return statistics.median(cost.written_mb for cost in costs[name])

    build, by_hand, fixed = seconds("build day 2"), seconds("by hand"), seconds("fixed")
    change = written("build day 2") - written("fixed")
    return [
        Figure("download alone", seconds("download"), "s"),
        Figure("  OpenSSH sftp", seconds("download floor"), "s"),
        Figure("  ratio", seconds("download") / seconds("download floor"), "x"),
        Figure("landing, from SFTP to table", seconds("landing"), "s"),
        Figure("  floor: OpenSSH sftp, then read_csv", seconds("landing floor"), "s"),
        Figure("  ratio", seconds("landing") / seconds("landing floor"), "x", 1.5),
        Figure("build of day 1", seconds("build day 1"), "s"),
        Figure("build of day 2", build, "s"),
        Figure("  by hand", by_hand, "s"),
        Figure("  fixed start: the same build, empty database", fixed, "s"),
        Figure("  ratio of what is not fixed", (build - fixed) / by_hand, "x", 3),
        Figure("build with nothing new", seconds("nothing new"), "s"),
        Figure("  by dbt, as after a change of the project", seconds("dbt"), "s"),
        Figure("database after day 1", bench.first_load_mb, "MB"),
        Figure("  written by the build of day 2, dbt's own files not", change, "MB"),
        Figure("  share; 4 of 100 rows differ", 100 * change / bench.first_load_mb, "%", 12),
        Figure("peak memory, landing", peak("first landing", "landing day 2", "landing"), "MB", 3000),
        Figure("  build of day 1", peak("build day 1"), "MB", 3000),
        Figure("  build of day 2", peak("build day 2"), "MB", 3000),
    ]


def measure(size: int, rounds: int) -> Bench:
    """What was measured with lists of `size` members."""
    lists = DATA / str(size)
    subprocess.run([sys.executable, "-m", "bench.data", lists, str(size)], check=True)
    with tempfile.TemporaryDirectory(prefix="work-", dir=DATA) as folder:
        keys, work = Path(folder, "sshd"), Path(folder, "work")
        keys.mkdir()
        work.mkdir()
        with OpenSshServer(keys) as server:
            bench = Bench(lists, work, server, size)
            bench.measure(rounds, lambda what: print(f"{size:,} members: {what}", file=sys.stderr))
    return bench


def show(size: int, file_mb: float, rounds: int, lines: Sequence[Figure]) -> None:
    """Print one table."""
    load = os.getloadavg()[0]
    print(f"\n{size:,} members, {file_mb:.0f} MB; median of {rounds}; {os.cpu_count()} cores, load {load:.1f}")
    for line in lines:
        value = f"{line.value:,.0f}" if line.unit == "MB" else f"{line.value:.2f}"
        target = "" if line.target is None else f"<= {line.target:g}  {'FAIL' if line.is_missed else 'PASS'}"
        print(f"  {line.name:<52}{value:>8} {line.unit:<3}{target}".rstrip())


def main() -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Muster beside the least that its work can cost."
    )
    parser.add_argument(
        "--members", type=int, nargs="+", default=[1_000_000, 5_000_000], help="sizes of the list, multiples of 100"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each thing is done; medians are shown")
    parser.add_argument("--keep", action="store_true", help=f"keep the lists in {DATA.relative_to(ROOT)}")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    parser.add_argument("--json", action="store_true", help="print JSON, with every single measurement")
    options = parser.parse_args()
    if any(size <= 0 or size % 100 for size in options.members) or options.rounds < 1:
        parser.error("members come in hundreds, rounds from 1")
    if OpenSshServer.program() is None or shutil.which("sftp") is None:
        parser.error("needs a real SSH server and sftp: apt-get install openssh-server openssh-client")
    os.chdir(ROOT)
    os.environ["MUSTER_ROOT"] = str(ROOT)
    results = []
    is_missed = False
    for size in options.members:
        bench = measure(size, options.rounds)
        lines = figures(bench)
        is_missed |= any(line.is_missed for line in lines)
        if options.json:
            results.append({
                "members": size,
                "file_mb": bench.file_mb,
                "figures": [asdict(line) for line in lines],
                "costs": {name: [asdict(cost) for cost in many] for name, many in bench.costs.items()},
            })  # fmt: skip
        else:
            show(size, bench.file_mb, options.rounds, lines)
    if options.json:
        print(json.dumps(results, indent=2))
    if not options.keep:
        shutil.rmtree(DATA)
    return int(options.check and is_missed)


if __name__ == "__main__":
    sys.exit(main())
