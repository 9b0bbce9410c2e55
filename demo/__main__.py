"""`make demo`: three days of sample drops, from a real SFTP server on this machine to memberships."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from servers.embedded import EmbeddedSftp

ROOT = Path(__file__).parent.parent
HOME = ROOT / ".muster" / "demo"
PROJECT = HOME / "project"
"""A copy of the project: its feeds are switched on there, not in yours."""
PARTNERS = {
    "remarkety": "lists",
    "attentive": "segments",
    "mediarithmics": "user_segments",
    "optipub": "imports",
    "blueconic": "exports",
}
"""Each with the folder into which it drops its files."""
RECEIVER = "adserve"
"""A partner to whom the members of a segment are sent."""
TENANTS = ("--tenant", "shop1", "--tenant", "acme", "--tenant", "1162", "--tenant", "daily")
"""Whose files they may send."""
CONNECTION = """
  {name}:
    type: sftp
    settle: 0
    host: 127.0.0.1
    port: ${{DEMO_PORT}}
    username: muster
    password_env: DEMO_PASSWORD
    host_keys: ["{host_key}"]
    root: /{name}
"""


def main() -> int:
    """Serve the samples day by day and let `muster` pick them up; 1 if a command ends other than it should."""
    shutil.rmtree(HOME, ignore_errors=True)
    drops = HOME / "server"
    for partner, folder in PARTNERS.items():
        (drops / partner / folder).mkdir(parents=True)
    (drops / RECEIVER).mkdir()
    for part in ("models", "macros", "seeds"):
        shutil.copytree(ROOT / part, PROJECT / part)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, PROJECT)
    with EmbeddedSftp(drops, username="muster", password="in-memory") as server:
        connections = "".join(CONNECTION.format(name=name, host_key=server.host_key) for name in (*PARTNERS, RECEIVER))
        (HOME / "connections.yml").write_text("connections:" + connections)
        os.environ |= {
            "DEMO_PORT": str(server.port),
            "DEMO_PASSWORD": "in-memory",
            "MUSTER_ROOT": str(PROJECT),
            "MUSTER_HOME": str(HOME),
            "MUSTER_DATABASE": str(HOME / "demo.duckdb"),
            "MUSTER_CONNECTIONS": str(HOME / "connections.yml"),
        }
        print("\n# The partners are switched on", flush=True)
        ended_as_expected = _muster("feeds", "enable", *PARTNERS, *TENANTS) == 0
        for day, expected in ((1, 0), (2, 0), (3, 3)):
            print(f"\n# Day {day}: the partners drop {_drop(ROOT / 'samples' / str(day), drops)} files", flush=True)
            ended_as_expected &= _muster("run") == expected
            if day == 1:
                print(
                    "\n# From now on a partner receives the members of a segment: all, then changes",
                    flush=True,
                )
                new = ["exports", "new", "vip", "--name", f"{RECEIVER}__vip", "--tenant", "shop1"]
                for command in (new, ["build"], ["export"]):
                    ended_as_expected &= _muster(*command) == 0
        print("\n# Somebody imports a file by hand: one subscriber has written that she wants no more", flush=True)
        who = ("--tenant", "daily", "--segment", "left", "--publication", "morning", "--sent-at", "2026-11-04T08:00")
        what = ("--status", "inactive", "--subscription-action", "update_only", "--tag", "by request")
        file = str(Path("samples", "unsubscribed.csv"))
        ended_as_expected &= _muster("import", file, "--feed", "optipub__imports", *who, *what) == 0
        print("\n# What stands there now", flush=True)
        for command in (
            ["segments"],
            ["members", "vip"],
            ["members", "vip", "--as-of", "2026-11-01T12:00"],
            ["changes", "summer sale"],
            ["changes", "trial"],
            ["subscriptions", "morning"],
            ["rejected"],
            ["files", "--unrecognised"],
        ):
            ended_as_expected &= _muster(*command) == 0
    print(f"\n# What {RECEIVER} has received", flush=True)
    for path in sorted((drops / RECEIVER).iterdir()):
        print(f"\n{path.name}\n{path.read_text(encoding='utf-8')}", end="", flush=True)
    return 0 if ended_as_expected else 1


def _drop(samples: Path, drops: Path) -> int:
    files = [path for path in sorted(samples.rglob("*")) if path.is_file()]
    for path in files:
        shutil.copy(path, drops / path.relative_to(samples))
    return len(files)


def _muster(*arguments: str) -> int:
    shown = " ".join(f'"{word}"' if " " in word else word for word in arguments)
    print(f"\n$ muster {shown}", flush=True)
    return subprocess.run([sys.executable, "-m", "loaders", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
