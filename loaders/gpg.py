"""The system's gpg in a private home of its own, of which nothing is left afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from loaders.errors import ConfigurationError

_LONGEST_FOLDER = 60
"""Of the home's folder: the names of the agent's sockets in it may have 107 bytes in all."""
_AGENT_OPTIONS = "allow-loopback-pinentry\ndefault-cache-ttl 0\nmax-cache-ttl 0\ndisable-scdaemon\n"
"""Nothing is cached: a wrong passphrase must not pass because a right one came before."""
_OPTIONS = (
    *("--no-options", "--trust-model", "always", "--pinentry-mode", "loopback"),
    *("--disable-dirmngr", "--no-auto-key-retrieve", "--no-auto-check-trustdb"),
)


@contextmanager
def gpg_home(folder: Path, fault: Callable[[str], ConfigurationError]) -> Iterator[Any]:
    """Yield a `gnupg.GPG` without any key; its home is in `folder`, unless that path is too long for gpg's sockets.

    Neither the home nor gpg's agent is left on leaving. Raises what `fault` makes of a text if there is no gpg 2.2.
    """
    fits = len(os.fsencode(folder)) <= _LONGEST_FOLDER
    home = Path(tempfile.mkdtemp(prefix="muster-gpg-", dir=folder if fits else None))
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}  # and no secret of ours
    try:
        (home / "gpg-agent.conf").write_text(_AGENT_OPTIONS)
        yield _started(home, environment, fault)
    finally:
        for command in ("--kill", "gpg-agent"), ("--remove-socketdir",):
            with suppress(OSError, subprocess.TimeoutExpired):  # without its home the agent ends as well, if later
                subprocess.run(  # noqa: S603  # no word of the command comes from a file
                    ["gpgconf", "--homedir", str(home), *command],  # noqa: S607  # beside gpg, in the same PATH
                    env=environment,
                    capture_output=True,
                    check=False,
                    timeout=10,
                )
        shutil.rmtree(home, ignore_errors=True)


def _started(home: Path, environment: dict[str, str], fault: Callable[[str], ConfigurationError]) -> Any:
    import gnupg  # it takes 0.04 s

    gnupg.logger.disabled = True  # it writes down the beginning of each key
    try:
        gpg = gnupg.GPG(gnupghome=str(home), options=list(_OPTIONS), env=environment)
    except (OSError, ValueError) as error:
        raise fault(f"gpg cannot be run; install it (apt-get install gnupg): {error}") from None
    if (gpg.version or (0,)) < (2, 2):
        raise fault(f"gpg 2.2 or later is needed, not {'.'.join(map(str, gpg.version or ()))}")
    return gpg
