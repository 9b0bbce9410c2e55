"""Child processes and what they cost."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What one process and its children took, from start to exit."""

    seconds: float
    cpu_seconds: float
    peak_mb: int
    written_mb: float
    """What went to the disk: pages made dirty, each counted once until it is written back."""


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> Cost:
    """Run `command` with `env` added to the environment. Raises RuntimeError, with its output, if it fails.

    The disk is at rest before it starts. Keep this process small: its own memory counts as a child's until exec.
    """
    os.sync()
    started = time.perf_counter()
    with subprocess.Popen(
        command, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout
        output = process.stdout.read()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        seconds = time.perf_counter() - started
        io = dict(line.split(": ") for line in Path(f"/proc/{process.pid}/io").read_text().splitlines())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(
            f"{' '.join(map(str, command))}: exit code {process.returncode}\n{output.decode(errors='replace')}"
        )
    written = int(io["write_bytes"]) - int(io["cancelled_write_bytes"])
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, written / 1e6)
