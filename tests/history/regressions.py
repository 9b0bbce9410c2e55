"""Histories that once failed, as `compare.describe` printed them; replayed beside the random ones, always."""

from __future__ import annotations

from .declared import Request
from .histories import History, Sent

ORDERED = "2025-01-01T10:00:00+02:00"
BUILDS = (True, True)

REGRESSIONS: list[History] = [
    # A linked line is accepted when its order comes in a later version: it stayed in rejected_rows.
    History(
        (
            Sent(0, "blueconic", "{tenant}_profiles_20250301000000.csv", (("customer_id",), ("1",))),
            Sent(
                0,
                "blueconic",
                "{tenant}_orders_20250301000000.csv",
                (("order_id", "customer_id", "ordered_at"), ("o1", "1", ORDERED)),
            ),
            Sent(
                0,
                "blueconic",
                "{tenant}_order_lines_20250301000000.csv",
                (("order_id", "product_id"), ("o1", "p1"), ("o2", "p1")),
            ),
            Sent(
                1,
                "blueconic",
                "{tenant}_orders_20250301000000.csv",
                (("order_id", "customer_id", "ordered_at"), ("o1", "1", ORDERED), ("o2", "1", ORDERED)),
            ),
        ),
        BUILDS,
    ),
    # A list that found nobody, and was not known to be held yet, made an older addition come too late; the list behind
    # both then seemed to remove nobody.
    History(
        (
            Sent(0, "remarkety", "{tenant}_r-1_20250301000000.csv", (("email", "first_name"), ("p0@x.io", "Ann"))),
            Sent(0, "attentive", "{tenant}_subscriber_segment_20250302.csv", (("5550000001", "vip"),)),
            Sent(
                0,
                "import",
                "{tenant}_import_vip_20250301101500.csv",
                (("email",), ("p0@x.io",)),
                request=Request('{"clear": false, "subscription_action": "none"}'),
            ),
            Sent(1, "attentive", "{tenant}_subscriber_segment_20250303.csv", (("5550000002", "vip"),)),
        ),
        (False, True),
    ),
    # Undeclared columns that are called as contact properties were dropped.
    History(
        (
            Sent(0, "blueconic", "{tenant}_profiles_20250301000000.csv", (("customer_id", "gender"), ("1", "male"))),
            Sent(
                1, "blueconic", "{tenant}_companies_20250301000000.csv", (("company_id", "created_at"), ("A", "1990"))
            ),
        ),
        BUILDS,
    ),
    # Dates in another form than DD.MM.YYYY were taken, one as of the year 0090.
    History(
        (
            Sent(
                0,
                "blueconic",
                "{tenant}_profiles_20250301000000.csv",
                (("customer_id", "birthdate"), ("1", "1.2.1990"), ("2", "28.02.90")),
            ),
        ),
        BUILDS,
    ),
    # A row that says what the last one said was merged whole if another feed changed the contact in the same run.
    History(
        (
            Sent(
                0,
                "blueconic",
                "{tenant}_profiles_20250301000000.csv",
                (("email", "loyalty_points"), ("p1@x.io", "1")),
            ),
            Sent(
                1,
                "blueconic",
                "{tenant}_profiles_20250302000000.csv",
                (("email", "loyalty_points"), ("p1@x.io", "1")),
            ),
            Sent(1, "remarkety", "{tenant}_vip_20250302000000.csv", (("email", "first_name"), ("p1@x.io", "Ann"))),
        ),
        BUILDS,
    ),
    # A file without the number that its date has (A2) and with a mixed row (A3): its other rows were given the code
    # that comes first in the alphabet.
    History(
        (
            Sent(0, "attentive", "{tenant}_subscriber_segment_20250302.csv", ()),
            Sent(0, "attentive", "{tenant}_subscriber_segment_20250302_2.csv", (("5550000000", "n"), ("p0@x.io", ""))),
        ),
        BUILDS,
    ),
]
