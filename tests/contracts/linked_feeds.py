"""Feeds that are linked to BlueConic's profiles and companies, as somebody would add them to a project (B10, C47)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

MODEL = """\
with

final as (
    select
        _file_id,
        _line_number,
        identifier_normal_form(filled_text({key})) as link_key,
        {{{{ pack_properties(other='other_columns(_extra, [])') }}}} as properties,
        case when identifier_normal_form(filled_text({key})) is null then 'no_{key}' end as row_code
    from {{{{ source('{source}', '{table}') }}}}
)

select * from final
"""
HOBBIES: dict[str, Any] = {
    "file_name": "{tenant}_hobbies_{timestamp:%Y%m%d%H%M%S}.csv[.gz]",
    "linked": {"to": "blueconic__profiles"},
    "dialect": {"delimiter": ";", "multi_value_separator": "/"},
}
"""Of profiles; numbers with a decimal point, not with a comma as the profiles."""
BRANCHES: dict[str, Any] = {
    "file_name": "{tenant}_branches_{timestamp:%Y%m%d%H%M%S}.csv[.gz]",
    "linked": {"to": "blueconic__companies"},
    "dialect": {"delimiter": ";"},
}
"""Of companies."""


def add_linked_feed(root: Path, feed: str, key: str, settings: dict[str, Any]) -> None:
    """Declare a linked feed in a copied project: files with a column `key` by which they are joined, and any others."""
    source, _, table = feed.partition("__")
    path = root / "models" / "landing" / f"_{source}__sources.yml"
    content = yaml.safe_load(path.read_text())
    meta = {
        "connection": "blueconic",
        "directory": "exports",
        "applies": "linked",
        "tenant": "{tenant}",
        "tenants": "*",
    }
    columns = [{"name": "_file_id"}, {"name": "_line_number"}, {"name": key, "config": {"meta": {"required": True}}}]
    content["sources"][0]["tables"].append(
        {"name": table, "identifier": feed, "config": {"meta": meta | settings}, "columns": columns}
    )
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    staged = root / "models" / "staging" / source / f"stg_{feed}.sql"
    staged.write_text(MODEL.format(source=source, table=table, key=key))


def add_hobbies_and_branches(root: Path) -> None:
    """Files of hobbies, linked to profiles, and of branches, linked to companies."""
    add_linked_feed(root, "blueconic__hobbies", "customer_id", HOBBIES)
    add_linked_feed(root, "blueconic__branches", "company_id", BRANCHES)
