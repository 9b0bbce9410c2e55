"""One more entry in a YAML file: everything else stays byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from loaders.config.yaml_edit import scalar, with_entry
from loaders.errors import ConfigurationError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# top\nvars:\n  feeds:  # all\n    - a\n    - b  # last\n\n# end\n", "    - b  # last\n    - c\n\n# end\n"),
        ("vars:\n  feeds:\n  - a\n", "  - a\n  - c\n"),
        ("vars:\n  feeds:\n  - a", "  - a\n  - c\n"),
        ("vars:\r\n  feeds:\r\n  - a\r\nx: 1\r\n", "  - a\r\n  - c\r\nx: 1\r\n"),
        ("vars:\n  feeds:\n    - |\n      a\n      b\nx: 1\n", "      b\n    - c\nx: 1\n"),
        ("vars:\n  feeds:\n    - {a: [1,\n      2]}\nx: 1\n", "      2]}\n    - c\nx: 1\n"),
    ],
)
def test_an_entry_is_added(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "x.yml"
    path.write_bytes(before.encode())
    longer = with_entry(path, ("vars", "feeds"), "- c")
    assert longer.endswith(after)
    assert longer.replace(after[after.index("- c") :], "").strip() in before


@pytest.mark.parametrize("content", ["vars: {feeds: [a]}\n", "vars:\n  feeds: []\n", "vars:\n  other: 1\n", "x: 1\n"])
def test_what_is_written_otherwise_is_left_to_people(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.yml"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match="add by hand:\n- c"):
        with_entry(path, ("vars", "feeds"), "- c")


@pytest.mark.parametrize(
    "text",
    [
        "plain", "E-Mail", "Customer ID", "null", "yes", "1e3", "2026-01-01", "a: b", "- a", "#x", "it's", '"', "\\",
        "a\nb", "Größe", " a", "a ", "{{ x }}", "!!python/object", "*a", "&a", "%", "@", "`", "\t", ";", "|", "😀",
        "a #b", "~", "=", "a\x07", "a\x85b", "a\u2028b",
    ],
)  # fmt: skip
def test_a_text_stays_a_text(text: str) -> None:
    assert yaml.safe_load(f"x: {{y: {scalar(text)}, z: 1}}") == {"x": {"y": text, "z": 1}}
    assert yaml.safe_load(f"x: {scalar(text)}") == {"x": text}
