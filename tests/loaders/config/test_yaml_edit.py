"""One more entry in a YAML file, or another value: everything else stays byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from loaders.config.yaml_edit import scalar, with_entry, with_setting
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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# top\na:\n  use:  false   # why\n  b: [é]\n", "# top\na:\n  use:  true   # why\n  b: [é]\n"),
        ("a: {b: 'é', use: no, c: 1}  # x\n", "a: {b: 'é', use: true, c: 1}  # x\n"),
        ('a:\r\n  use: "false"\r\nx: 1', "a:\r\n  use: true\r\nx: 1"),
        ("a:\n  b: 1  # b\n\n# x\nx: 1\n", "a:\n  b: 1  # b\n  use: true\n\n# x\nx: 1\n"),
        ("a:\n  use: true\n", "a:\n  use: true\n"),
    ],
)
def test_a_value_is_set(tmp_path: Path, before: str, after: str) -> None:
    assert with_setting(tmp_path / "x.yml", before, ("a",), "use", "true") == after


@pytest.mark.parametrize(
    "content",
    ["a: {b: 1}\n", "a:\n  use: [false]\n", "a:\n  use: >\n    false\n", "a:\n  use:\n", "a: 1\n", "x: 1\n"],
)
def test_a_value_that_is_written_otherwise_is_left_to_people(tmp_path: Path, content: str) -> None:
    with pytest.raises(ConfigurationError, match="by hand"):
        with_setting(tmp_path / "x.yml", content, ("a",), "use", "true")
