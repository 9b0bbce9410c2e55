"""The command `muster` as a process: start and end cost as much as landing a small file, so both are kept short."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run `muster` with the arguments of this process, and end it with the documented exit code.

    What is imported stays, so the garbage collector need not look at it; and once files and database are closed,
    nothing is gained from taking every module apart. A build ends in the ordinary way: dbt has processes to end.
    pydantic would look for plugins in all installed packages; there are none.
    """
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    from loaders.cli.main import main as muster

    gc.freeze()
    gc.enable()
    try:
        muster()
    except SystemExit as end:
        if not isinstance(end.code, int) or "multiprocessing" in sys.modules:
            gc.unfreeze()
            raise
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code)


if __name__ == "__main__":
    main()
