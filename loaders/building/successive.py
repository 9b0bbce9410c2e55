"""Several builds of one run, each as soon as there is something to build."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from loaders.building.build import build
from loaders.building.progress import Progress
from loaders.config.settings import Settings
from loaders.errors import MusterError
from loaders.publishing import publish


@dataclass
class SuccessiveBuilds:
    """The builds of a run, as if they were one: each brings the marts up to what has landed so far, and publishes."""

    settings: Settings
    before: Progress | None = None
    """Where the log stood before the first; None: there was none."""
    warnings: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)

    def build(self) -> None:
        """Bring the marts up to the end of the log, if there is a database. Raises as `build`."""
        if self.settings.database.exists():
            built = build(self.settings, only_pending=True)
            self.before = self.before or built.before
            self.warnings += built.warnings
            self.set_aside += built.set_aside
            publish(self.settings)

    def try_to_build(self) -> None:
        """Build while slow connections are waited for (C113); what goes wrong is said by the last build."""
        with suppress(MusterError):
            self.build()
