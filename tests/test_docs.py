"""The documentation says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from loaders.config.yaml_lines import load_yaml_with_nodes
from loaders.database import CONFIG
from loaders.exports.config import ExportConfig, ExportDialect
from loaders.exports.schema import export_schema
from loaders.feeds.config import FeedConfig
from loaders.feeds.schema import feed_schema

ROOT = Path(__file__).parent.parent


def test_the_published_feed_schema_is_the_one_in_force() -> None:
    assert json.loads((ROOT / "docs/feeds.schema.json").read_text()) == feed_schema(), (
        "run: muster feeds schema > docs/feeds.schema.json"
    )
    assert json.loads((ROOT / "docs/exports.schema.json").read_text()) == export_schema(), (
        "run: muster exports schema > docs/exports.schema.json"
    )


def test_every_feed_setting_is_documented() -> None:
    page = (ROOT / "docs/feeds.md").read_text()
    assert [name for name in FeedConfig.model_fields if f"`{name}`" not in page] == []


def test_every_export_setting_is_documented() -> None:
    page = (ROOT / "docs/exports.md").read_text()
    names = [*ExportConfig.model_fields, *ExportDialect.model_fields]
    assert [name for name in names if f"`{name}`" not in page and f"`{name}:" not in page] == []


def test_every_code_is_documented() -> None:
    """Codes stand in quotes where they are raised."""
    sources = [*(ROOT / "loaders").rglob("*.py")]
    raised = {
        code
        for path in sources
        for code in re.findall(r'(?:FileRefusedError|_Fault|refused)\(\s*"([a-z_]+)"', path.read_text())
    }
    staging = [path.read_text() for path in (ROOT / "models/staging").rglob("*.sql")]
    raised |= {
        code for text in staging for code in re.findall(r"then '((?:no|invalid|mixed|segment|looks)_[a-z_]+)'", text)
    }
    assert len(raised) > 15
    page = (ROOT / "docs/codes.md").read_text()
    assert sorted(code for code in raised if f"`{code}`" not in page) == []


def test_dbt_opens_the_database_as_the_loader_does() -> None:
    profile, _ = load_yaml_with_nodes(ROOT / "profiles.yml")
    output = profile["muster"]["outputs"]["duckdb"]
    assert CONFIG.items() <= output["config_options"].items()
    assert "settings" not in output  # they are set for each cursor, and nothing can be set once all is confined
