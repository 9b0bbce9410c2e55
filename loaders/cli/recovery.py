"""The commands for the worst day: `muster rebuild` and `muster verify`."""

from __future__ import annotations

import click

from loaders.cli import output
from loaders.cli.options import json_option
from loaders.config.settings import Settings
from loaders.database import one_writer
from loaders.errors import DamagedError, NeedsAttentionError
from loaders.publishing import publish


@click.command("rebuild")
@json_option
@click.pass_obj
def rebuild_command(settings: Settings, as_json: bool) -> None:
    """Make the database anew from the archive; the old one is kept beside it."""
    from loaders.recovery.rebuild import rebuild

    with one_writer(settings.home):
        restored, kept = rebuild(settings)
        publish(settings)
    row = {
        "file_count": restored.file_count,
        "decision_count": restored.decision_count,
        "export_count": restored.export_count,
        "kept": str(kept) if kept else None,
    }
    output.show([row], as_json=as_json)
    for note in restored.notes:
        click.echo(f"muster: {note}", err=True)
    if restored.notes:
        raise NeedsAttentionError("not everything is as it was: see above")


@click.command("verify")
@click.option("--quick", is_flag=True, help="Without making everything anew from the archive and comparing it.")
@json_option
@click.pass_obj
def verify_command(settings: Settings, quick: bool, as_json: bool) -> None:
    """Look for damage of the database, the archive and the marts; nothing is changed."""
    from loaders.recovery.verify import verify

    faults = list(verify(settings, quick=quick))
    if as_json:
        output.show([{"fault": fault} for fault in faults], as_json=True)
    else:
        click.echo("\n".join(output.printable(fault) for fault in faults) or "all is well")
    if faults:
        raise DamagedError(f"{len(faults)} faults were found" if len(faults) > 1 else "a fault was found")
