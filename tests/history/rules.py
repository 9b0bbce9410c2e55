"""Merge rules for a run of histories: feeds and columns that meet in one property, each by some rule."""

from __future__ import annotations

import random

from .contacts import PROJECT_RULES, RuleLine

RULES = ("set", "set_if_empty", "set_or_clear", "add", "sum", "ignore")
FEEDS = (
    *("blueconic__profiles", "shop__members", "blueconic__companies", "remarkety__lists", "optipub__imports"),
    *("attentive__subscribers", "*"),
)
COLUMNS = (
    "first_name",
    "last_name",
    "birthdate",
    "loyalty_points",
    "interests",
    "opt_in_status",
    "size",
    "shoe",
    "gender",
)


def draw_rules(choice: random.Random) -> tuple[RuleLine, ...]:
    """Every third time those of the project; else any mix."""
    if choice.randrange(3) == 0:
        return PROJECT_RULES
    lines = {("*", "*"): RuleLine("*", "*", "", choice.choice(RULES[:5]))}
    for _ in range(choice.randrange(8, 20)):
        place = (choice.choice(FEEDS), choice.choice(COLUMNS))
        lines[place] = RuleLine(*place, "", choice.choice(RULES))
    for feed in choice.sample(FEEDS[1:6], choice.randrange(3)):
        prefix = choice.choice(("", "crm_*", "crm_*"))
        lines[feed, "*"] = RuleLine(feed, "*", prefix, choice.choice(RULES))
    return tuple(lines.values())
