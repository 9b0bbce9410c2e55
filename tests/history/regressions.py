"""Histories that once failed, as `compare.describe` printed them; replayed beside the random ones, always."""

from __future__ import annotations

from .histories import History

REGRESSIONS: list[History] = []
