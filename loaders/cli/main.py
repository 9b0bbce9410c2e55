"""The `muster` command."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import duckdb

from loaders import interrupts
from loaders.cli.by_hand import discard_command, import_command
from loaders.cli.exports import export_command, exports
from loaders.cli.feeds import feeds
from loaders.cli.landing import build_command, land_command, run_command
from loaders.cli.recovery import rebuild_command, verify_command
from loaders.cli.show import changes, errors, files, jobs, members, rejected, segments, subscriptions
from loaders.config.settings import Settings
from loaders.errors import NO_ROOM, ConfigurationError, MusterError, ResourceError

EXIT_CODES = """
\b
Exit codes:
  0  all is well (also when there was nothing to do)
  1  an unexpected error
  2  wrong usage or configuration
  3  done, but files were rejected, held or could not be renamed: somebody should look
  4  a server could not be reached or broke off; the next run tries again
  5  a server refused the credentials
  6  a server's host key is unknown or has changed
  7  another run is at work
  8  a dbt model or test failed; the landed files are safe
  9  the database or the archive is lost, older than it was, or damaged
  10 another program has had the database open for too long
  11 the disk is full or cannot be used, or memory is short
  12 a partner's server does not take an export
  129, 130, 143  ended by SIGHUP, Ctrl-C or SIGTERM; the next run goes on from there
"""


def _of_the_machine(error: BaseException) -> str | None:
    """What is wrong with disk or memory, if that is what the error is about; its first line."""
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):  # as a pipe that nobody reads any more
        return f"{error.filename or 'local disk'}: {error.strerror or error}"
    if isinstance(error, duckdb.Error) and NO_ROOM in str(error):
        return str(error).strip().splitlines()[0]
    if isinstance(error, (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException)):
        return str(error).strip().splitlines()[0]
    return None


class _Group(click.Group):
    """A group whose errors end in one line on stderr and the documented exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, Exception) as error:
            # DuckDB and dbt make errors of their own of an interrupt: it is known by the signal.
            if interrupts.received or isinstance(error, KeyboardInterrupt):
                click.echo(
                    "muster: interrupted; every file that was landed is kept, and the next run goes on", err=True
                )
                ctx.exit(128 + (interrupts.received or [signal.SIGINT])[0])
            if sentence := _of_the_machine(error):
                error = ResourceError(sentence)
            if not isinstance(error, MusterError):
                raise
            click.echo(f"muster: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(
    cls=_Group,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(package_name="muster")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=".",
    envvar="MUSTER_ROOT",
    show_envvar=True,
    help="The project's folder.",
)
@click.option(
    "--database",
    type=click.Path(path_type=Path),
    envvar="MUSTER_DATABASE",
    show_envvar=True,
    help="The DuckDB file.  [default: muster.duckdb in the project]",
)
@click.option(
    "--connections",
    type=click.Path(path_type=Path),
    envvar="MUSTER_CONNECTIONS",
    show_envvar=True,
    help="connections.yml.  [default: in the project]",
)
@click.pass_context
def main(context: click.Context, root: Path, database: Path | None, connections: Path | None) -> None:
    """Partners' audience files, exactly once and in order, to memberships you can ask about at any moment."""
    os.umask(0o077)  # what partners send is nobody else's (C120)
    interrupts.listen()
    given: dict[str, Any] = {"database": database, "connections": connections}
    if not (root / "dbt_project.yml").is_file():
        raise ConfigurationError(
            f"{root.absolute()}: no dbt_project.yml here: go to Muster's project, or set MUSTER_ROOT"
        )
    context.obj = replace(Settings.for_project(root), **{name: path.absolute() for name, path in given.items() if path})


for command in (
    land_command, build_command, run_command, import_command, discard_command, export_command,
    jobs, files, segments, members, changes, subscriptions, rejected, errors,
    feeds, exports, rebuild_command, verify_command,
):  # fmt: skip
    main.add_command(command)
