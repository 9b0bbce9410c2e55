"""An export as it is declared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from loaders.exports.config import ExportConfig
from loaders.exports.names import NameTemplate
from loaders.feeds.config_values import duration


@dataclass(frozen=True)
class Export:
    """An exposure `<partner>__<stream>` whose rows are those of the model `exp_<partner>__<stream>`."""

    name: str
    config: ExportConfig
    declared_at: str
    """`file:line` of its exposure."""

    @property
    def model(self) -> str:
        """The model whose columns are its columns."""
        return f"exp_{self.name}"

    def name_of(self, template: NameTemplate, moment: datetime, **parts: str) -> str:
        """What a file of it is called at this moment (naive UTC); `parts`: its `type` and `number`, if it has any."""
        given = {"export": self.name, "tenant": self.config.tenant, "segment": self.config.segment or ""}
        return template.render(moment, self.config.timezone, given | {"type": "", "number": ""} | parts)

    @property
    def runs(self) -> str:
        """When `muster run` exports it, in words."""
        if not self.config.enabled:
            return "by name only"
        return str(self.config.schedule or f"every {self.config.every}" if self.config.every else "each run")

    def is_due(self, last: datetime | None, now: datetime) -> bool:
        """Whether a scheduled run exports it: `last` is when one began that ended well; naive UTC, as `now`."""
        if last is None:
            return True
        if self.config.schedule:
            return last < self.config.schedule.last_moment(now, self.config.timezone)
        return self.config.every is None or now - last >= duration(self.config.every)
