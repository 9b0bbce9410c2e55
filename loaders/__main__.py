"""The command `muster` as a process: start and end cost as much as landing a small file, so both are kept short."""

from __future__ import annotations

import gc
import os
import sys
import traceback


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
    code: object = 0
    try:
        muster()
    except SystemExit as end:
        code = end.code
    except Exception:  # what nobody expected; it keeps nothing of the database in its frames
        traceback.print_exc()
        code = 1
    if isinstance(code, int) and "multiprocessing" not in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    gc.unfreeze()
    sys.exit(code)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
