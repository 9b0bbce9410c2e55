"""What is in BlueConic's files: few people, orders, products and values, so that rows sum, clear and repeat."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from .contents import Draw, Rows, chance, email_cell, id_cell, international_cell, with_blank_line

PROFILE_CELLS = {
    "first_name": ("ann", "ANN", "Bob", "mary-ann  o'neil", "", ""),
    "last_name": ("Lee", "poe", ""),
    "birthdate": ("28.02.1990", "29.02.2000", ""),
    "loyalty_points": ("1", "1", "1", "1", "2,5", "-1", "0", "+0,50", "007", "1.5", "gold", ""),
    "interests": ("ski", "sea", "ski|sea", " sea | |ski|sea", "|", "", "a b"),
    "size": ("1", "2,0", "s|m", "m", ""),
    "shoe": ("7", "8", ""),
    "gender": ("male", "x", ""),
    "opt_in_status": ("1", ""),
}
OFTEN = (*PROFILE_CELLS, "loyalty_points", "interests", "loyalty_points", "interests", "first_name")
WRONG = {
    "email": ("nobody", "p1@x,io", "a@b", "me@example.invalid", "Me@Example.invalid", "p1@x.io old", "p 1@x.io"),
    "phone": ("12345", "+12ab", "5550000001"),
    "birthdate": ("31.02.1990", "1990-02-28", "28.02.90", "8.2.1990"),
    "ordered_at": ("", "yesterday", "2025-01-01T10:00:00"),
    "order_id": ("",),
    "customer_id": ("", "1 1"),
    "company_id": ("", "A\u00a0B"),
    "product_id": ("",),
}
HOBBY_CELLS = {
    "interests": ("golf", "sea/golf", "ski|sea", "/", ""),
    "loyalty_points": ("1", "2.5", "2,5", ""),
    "first_name": ("Ann", "Eve", ""),
    "size": ("1", "2.0", "m", ""),
    "level": ("gold", "tin", ""),
}
COMPANY_CELLS = {
    "revenue": ("1", "2,5", "-1", "much", ""),
    "sectors": ("food", "toys|food", "|", ""),
    "city": ("Ghent", "Basel", ""),
    "size": ("1", "m", ""),
    "created_at": ("1990", "2025-01-01T10:00:00+02:00", ""),
}


def profile_rows(draw: Draw, people: int) -> Rows:
    header = draw(st.permutations([*subset(draw, ("customer_id", "email", "phone")), *some(draw, OFTEN, 4)]))
    if chance(
        draw, 50
    ):  # files that repeat each other's columns, so that cells are unchanged beside others that are not
        header = ["customer_id", "email", "first_name", "loyalty_points", "interests"]
    rows = []
    for person in draw(st.lists(st.integers(0, people - 1), min_size=1, max_size=6)):
        rows.append([cell_of(draw, column, person, people, PROFILE_CELLS) for column in header])
    return finished(draw, header, rows)


def changed_rows(draw: Draw, rows: Rows) -> Rows:
    """The same file a day later: the same people, other cells in one column."""
    header, *others = rows
    places = [place for place, name in enumerate(header) if name in PROFILE_CELLS]
    if not places:
        return rows
    column = draw(st.sampled_from(places))
    cells = st.sampled_from(PROFILE_CELLS[header[column]])
    return (
        header,
        *(
            (*row[:column], draw(cells), *row[column + 1 :]) if len(row) == len(header) and chance(draw, 60) else row
            for row in others
        ),
    )


def company_rows(draw: Draw, people: int) -> Rows:
    header = draw(st.permutations(["company_id", *some(draw, COMPANY_CELLS, 3)]))
    rows = []
    for company in draw(st.lists(st.sampled_from("AB"), min_size=1, max_size=4)):
        cells = {"company_id": (company,)} | COMPANY_CELLS
        rows.append([draw(st.sampled_from(cells[column])) for column in header])
    return finished(draw, header, rows)


def order_rows(draw: Draw, people: int) -> Rows:
    identifiers = draw(st.sampled_from((["customer_id", "email"],) * 4 + (["customer_id"], ["email"])))
    header = draw(st.permutations(["order_id", "ordered_at", *identifiers, *some(draw, ("total", "note"), 2)]))
    cells = {
        "order_id": ("o1", "o2", "o3"),
        "ordered_at": ("2025-01-01T10:00:00+02:00", "2024-12-31T23:59:59+00:00", "2025-01-01 08:00Z"),
        "total": ("9.50", "12", ""),
        "note": ("fragile", ""),
    }
    rows = []
    for person in draw(st.lists(st.integers(0, people - 1), min_size=1, max_size=5)):
        rows.append([cell_of(draw, column, person, people, cells) for column in header])
    return finished(draw, header, rows)


def order_line_rows(draw: Draw, people: int) -> Rows:
    product = [] if chance(draw, 5) else ["product_id"]
    header = draw(st.permutations(["order_id", *product, *some(draw, ("quantity", "price"), 2)]))
    cells = {
        "order_id": ("o1", "o2", "o3"),
        "product_id": ("p1", "p2"),
        "quantity": ("1", "2", ""),
        "price": ("9.5", ""),
    }
    rows = [[draw(st.sampled_from(cells[column])) for column in header] for _ in range(draw(st.integers(0, 6)))]
    return finished(draw, header, rows)


def hobby_rows(draw: Draw, people: int) -> Rows:
    header = draw(st.permutations(["customer_id", *some(draw, tuple(HOBBY_CELLS), 3)]))
    rows = []
    for person in draw(st.lists(st.integers(0, people - 1), max_size=6)):
        rows.append([cell_of(draw, column, person, people, HOBBY_CELLS) for column in header])
    return finished(draw, header, rows)


EXPORTS = {
    "_members_": profile_rows,
    "_hobbies_": hobby_rows,
    "_profiles_": profile_rows,
    "_companies_": company_rows,
    "_orders_": order_rows,
    "_order_lines_": order_line_rows,
    "_visits": order_rows,
    "_visit_lines": order_line_rows,
}
"""By what is in the name of a file."""


def some(draw: Draw, columns: Sequence[str] | dict[str, tuple[str, ...]], most: int) -> list[str]:
    return draw(st.lists(st.sampled_from(tuple(columns)), max_size=most, unique=True))


def subset(draw: Draw, columns: Sequence[str]) -> list[str]:
    """At least one of them."""
    return draw(st.lists(st.sampled_from(columns), min_size=1, max_size=len(columns), unique=True))


def cell_of(draw: Draw, column: str, person: int, people: int, cells: dict[str, tuple[str, ...]]) -> str:
    if column in cells:
        return draw(st.sampled_from(cells[column]))
    kind = draw(st.sampled_from(["own"] * 8 + ["empty", "other"]))
    if kind == "empty":
        return ""
    if kind == "other":
        person = draw(st.integers(0, people - 1))
    if column == "email":
        cell = draw(st.sampled_from(("{}", "{}", "{}", "Ann {}", "\t{}"))).format(email_cell(draw, person))
        return cell.replace("@", draw(st.sampled_from(("@", "@", " @ "))))
    return international_cell(draw, person) if column == "phone" else id_cell(draw, person)


def finished(draw: Draw, header: Sequence[str], rows: list[list[str]]) -> Rows:
    """Now and then a row comes again, a cell is wrong, a line is ragged, or the header cannot be read."""
    if rows and chance(draw, 15):
        rows.append(list(draw(st.sampled_from(rows))))
    for row in rows:
        if chance(draw, 8):
            wrong = [place for place, column in enumerate(header) if column in WRONG]
            place = draw(st.sampled_from([*wrong, -1]))
            if place < 0:
                row.append("more")
            else:
                row[place] = draw(st.sampled_from(WRONG[header[place]]))
    header = [*header, header[0]] if chance(draw, 4) else header
    return with_blank_line(draw, [tuple(header), *map(tuple, rows)])
