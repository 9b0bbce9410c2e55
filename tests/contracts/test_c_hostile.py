"""No number, date or moment in a cell reaches the whole run (C60): each stands beside a line that counts."""

from __future__ import annotations

import json
from collections.abc import Iterator

import duckdb
import pytest

from loaders.database import ensure_functions

from .installation import ROOT, Files, Tenant, drops, lines

NUMBERS = [f"{sign}1{'0' * k}" for sign in ("", "-", "+") for k in range(26)] + [
    "0.0000000001", "-0", "1e400", "1e18", "99999999999999999999999999999999999999", "NaN", "Infinity",
    "-inf", "0x10", "1_000",
]  # fmt: skip
YEARS = ("0000", "0001", "1582", "9999", "10000", "-0001")
DATES = [f"{year}-{rest}" for year in YEARS for rest in ("01-01", "12-31", "02-30", "13-01", "00-00")]
MOMENTS = [
    f"{day}{between}{time}{offset}"
    for day in (f"{year}-{rest}" for year in YEARS for rest in ("01-01", "12-31"))
    for between in ("T", " ")
    for time in ("00:00:00", "23:59:59.999999999", "24:00:00", "23:59:60")
    for offset in ("", "Z", "+14:00", "-14:00", "+14:01", "-99:99")
]
HOSTILE = list(dict.fromkeys([*NUMBERS, *DATES, *MOMENTS, *(f"31.12.{year}" for year in YEARS), "\u0660\u0661", " "]))
"""What a cell may say instead of a number, a date or a moment."""

LIST, PROFILES = "{t}_vip_20260101080000.csv", "{t}_profiles_20260101080000.csv"
COMPANIES, ORDERS = "{t}_companies_20260101080000.csv", "{t}_orders_20260101080000.csv"
ORDER_LINES, COMMANDS = "{t}_order_lines_20260101080000.csv", "{t}_user_segments_20260101080000.ndjson"
SUBSCRIBERS, IMPORT = "{t}_subscribers_20260101.csv", "{t}_import.csv"


def table(columns: str, first: str, separator: str = ",") -> str:
    """A line that counts; then every hostile text in every column but the identifier, and as the identifier."""
    names = columns.split(separator)
    rows = [
        separator.join(f"h{number}x{at}" if name == names[0] else text if name == names[at] else "" for name in names)
        for number, text in enumerate(HOSTILE)
        for at in range(1, len(names))
    ]
    rows += [text + separator * (len(names) - 1) for text in HOSTILE]
    return lines(columns, first, *rows)


def commands() -> Iterator[str]:
    good = {"operation": "UPDATE", "user_account_id": "good", "segment_technical_name": "hostile"}
    yield json.dumps(good | {"expiration_duration": 0})
    for number, text in enumerate(HOSTILE):
        for name in ("expiration_duration", "expiration_ts"):
            row = good | {"expiration_duration": "0", name: text, "user_account_id": f"h{number}{name}"}
            yield json.dumps(row)
            if text in NUMBERS[:26]:
                yield json.dumps(row | {name: int(text), "user_account_id": f"i{number}{name}"})


FILES: Files = {
    LIST: table("id,email,birthdate,created_at,loyalty_points,opt_in_status,size", "good,good@x.org,,,,,"),
    PROFILES: table("customer_id;birthdate;created_at;loyalty_points;interests;opt_in_status;size", "good;;;;;;", ";"),
    COMPANIES: table("company_id;revenue;sectors;size", "good;;;", ";"),
    ORDERS: table("order_id;customer_id;ordered_at;total", "good;good;2026-01-01T10:00:00Z;", ";"),
    ORDER_LINES: table("order_id;product_id;price", "good;P;1", ";"),
    COMMANDS: "".join(f"{line}\n" for line in commands()),
}


@drops(FILES)
def test_c60_no_number_date_or_moment_reaches_another_line(tenant: Tenant) -> None:
    for name in FILES:
        job = tenant.job(name)
        assert job["status"] == "applied", name
        assert tenant.codes(name).get(2) is None, name
    assert "good good@x.org" in tenant.members("vip")
    assert tenant.members("hostile") >= {":good"}
    wrong = tenant.rows(
        "select * from marts.contact_history where tenant_id = $t"
        " and not coalesce(birthdate between '0001-01-01' and '9999-12-31', true)"
    )
    assert wrong == []


@pytest.mark.parametrize("function", ["iso_moment(text)", "moment_by_format(text, '%d.%m.%Y %H:%M', zone)"])
def test_c60_every_moment_in_every_timezone_is_one_or_none(function: str) -> None:
    days = [f"{day}.{month}.{year} 00:00" for day in ("01", "31") for month in ("01", "12") for year in YEARS]
    with duckdb.connect() as connection:
        ensure_functions(connection, ROOT)
        zones = connection.execute("select name from pg_timezone_names()").fetchall()
        assert len(zones) > 400
        for (zone,) in zones:
            read = function.replace("zone", "'" + zone.replace("'", "''") + "'")
            moments = connection.execute(
                f"select text, {read} from (select unnest($1::varchar[]) as text)", [MOMENTS + days]
            ).fetchall()
            for text, moment in moments:
                assert moment is None or moment[:4] in ("0001", "1582", "9998", "9999", "1581", "1583"), (zone, text)
            if "zone" not in function:
                break
