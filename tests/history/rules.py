"""Merge rules for a run of histories: feeds and columns that meet in one property, each by some rule."""

from __future__ import annotations

import random

from .contacts import GROUPS, LISTS, PROJECT_RULES, RuleLine
from .declared import CONTACT_PROPERTIES

RULES = ("set", "set_if_empty", "set_or_clear", "add", "sum", "ignore")
FEEDS = (
    *("blueconic__profiles", "shop__members", "blueconic__companies", "remarkety__lists", "optipub__imports"),
    *("attentive__subscribers", "*"),
)
TYPED_FEEDS = tuple(feed for feed in FEEDS if feed not in (GROUPS, "*"))
"""Those whose columns may be contact properties, which have types."""
NUMBERS = frozenset({"loyalty_points"})
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
        lines[place] = RuleLine(*place, "", choice.choice(fitting_rules(*place)))
    for feed in choice.sample(FEEDS[1:6], choice.randrange(3)):
        prefix = choice.choice(("", "crm_*", "crm_*"))
        lines[feed, "*"] = RuleLine(feed, "*", prefix, choice.choice(RULES))
    for feed in TYPED_FEEDS:
        bulk = lines.get((feed, "*"), lines["*", "*"])
        for name in sorted(CONTACT_PROPERTIES):
            has_own = (feed, name) in lines or (bulk.feed, name) in lines
            if bulk.rule not in fitting_rules(feed, name) and not has_own:
                lines[feed, name] = RuleLine(feed, name, "", choice.choice(fitting_rules(feed, name)))
    return tuple(lines.values())


def fitting_rules(feed: str, column: str) -> tuple[str, ...]:
    """The rules that go with the type of the property; any of undeclared ones and of groups."""
    if feed == GROUPS or column not in CONTACT_PROPERTIES:
        return RULES
    unfit = {"add", "sum"} - ({"add"} if column in LISTS else {"sum"} if column in NUMBERS else set())
    return tuple(rule for rule in RULES if rule not in unfit)
