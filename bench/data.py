"""Two complete lists of one segment, a day apart: `python -m bench.data FOLDER MEMBERS`."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

DAYS = ("shop1_vip_20260101080000.csv", "shop1_vip_20260102080000.csv")
COLUMNS = ("email", "first_name", "last_name", "gender", "birthdate", "opt_in_status")

# The second day lacks 1% of the members, has 1% new ones, and 2% with another last name. One address in 16 has
# capitals, one gender in 8 is not known.
_LIST = """
copy (
    select
        if(n % 16 = 3, upper(name), name) || n || '@mail' || h % 90 || '.example.com' as email,
        ['Anna', 'Ben', 'Chloe', 'David', 'Emma', 'Felix', 'Grace', 'Hugo', 'Ivana', 'Jonas'][1 + h % 10] as first_name,
        ['Berger', 'Costa', 'Duval', 'Eriksen', 'Fischer', 'Garcia', 'Horvath'][1 + h % 7]
        || if($day = 2 and n % 50 = 13, '-Lang', '') as last_name,
        ['male', 'female', 'male', 'female', 'male', 'female', 'female', ''][1 + h % 8] as gender,
        date '1950-01-01' + h % 20000 as birthdate,
        if(h % 5 = 0, 0, 1) as opt_in_status
    from (
        select n, cast(hash(n) % 1000003 as integer) as h, substr(md5(n::varchar), 1, 6) as name
        from range($first, $last) as members (n)
    )
    where not ($day = 2 and n <= $size and n % 100 = 7)
) to '{path}' (header true)
"""


def changes(size: int) -> dict[str, int]:
    """What the second list does to a segment of `size` members, a multiple of 100, by column of import_jobs."""
    return {"added_count": size // 100, "removed_count": size // 100, "updated_count": size // 50}


def generate(folder: Path, size: int) -> None:
    """Write both lists into `folder`, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for day, name in enumerate(DAYS, start=1):
        path = folder / name
        if path.exists():
            continue
        partial = path.with_suffix(".part")
        last = size + 1 if day == 1 else size + size // 100 + 1
        duckdb.execute(_LIST.format(path=partial), {"day": day, "first": 1, "last": last, "size": size})
        partial.rename(path)


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]))
