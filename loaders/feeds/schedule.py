"""When a feed is picked up: times of day; on weekdays, days of the month or one weekday of the month (B15)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NTH = ("first", "second", "third", "fourth")
_TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")
_WEEKDAY_OF_MONTH = re.compile(f"({'|'.join(_NTH)}|last) ({'|'.join(WEEKDAYS)})")
_LOOK_BACK = 64
"""Days: no schedule pauses for longer; two months that lack the day are never neighbours."""


def _checked_time(value: Any) -> Any:
    if type(value) is int and 0 <= value < 24 * 60:
        raise ValueError(f'put the time in quotes, such as "{value // 60:02}:{value % 60:02}": YAML made it {value}')
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError(f"{value!r} is not a time of day such as '06:00' or '18:30'")
    return value


def _checked_day(value: Any) -> Any:
    if value != "last" and not (type(value) is int and 1 <= value <= 31):
        raise ValueError(f"{value!r} is not a day of the month: 1 to 31, or last")
    return value


def _checked_weekday_of_month(text: str) -> str:
    if not _WEEKDAY_OF_MONTH.fullmatch(text):
        raise ValueError(f"{text!r} is not one such as 'first monday' (first to fourth, or last)")
    return text


TimeOfDay = Annotated[
    str,
    BeforeValidator(_checked_time),
    WithJsonSchema({"type": "string", "pattern": f"^{_TIME.pattern}$", "examples": ["06:00", "18:30"]}),
]
DayOfMonth = Annotated[Annotated[int, Field(ge=1, le=31)] | Literal["last"], BeforeValidator(_checked_day)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WeekdayOfMonth = Annotated[
    str,
    AfterValidator(_checked_weekday_of_month),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{_WEEKDAY_OF_MONTH.pattern}$", "examples": ["first monday", "last friday"]}
    ),
]


class ScheduleConfig(BaseModel):
    """At which times of which days, in the feed's timezone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: list[TimeOfDay] = Field(min_length=1, description="times of day, such as '06:00'")
    weekdays: list[Weekday] | None = Field(default=None, min_length=1, description="only on these")
    days_of_month: list[DayOfMonth] | None = Field(
        default=None,
        min_length=1,
        description="only on these; a month that lacks the day is left out, `last` is in all",
    )
    weekday_of_month: WeekdayOfMonth | None = Field(
        default=None, description="only on this one, such as 'first monday'"
    )

    @model_validator(mode="after")
    def _one_way(self) -> ScheduleConfig:
        if sum(way is not None for way in (self.weekdays, self.days_of_month, self.weekday_of_month)) > 1:
            raise ValueError("name the days in one way: weekdays, days_of_month or weekday_of_month")
        return self

    def __str__(self) -> str:
        """In words: `06:00, 18:30 on monday, friday`."""
        days = "every day"
        if self.weekdays:
            days = f"on {', '.join(self.weekdays)}"
        elif self.days_of_month:
            days = f"on day {', '.join(map(str, self.days_of_month))} of the month"
        elif self.weekday_of_month:
            days = f"on the {self.weekday_of_month} of the month"
        return f"{', '.join(self.at)} {days}"

    def last_moment(self, now: datetime, timezone: str) -> datetime:
        """The last scheduled moment that is not after `now`; both naive UTC."""
        zone = ZoneInfo(timezone)
        today = now.replace(tzinfo=UTC).astimezone(zone).date()
        times = sorted({time.fromisoformat(text) for text in self.at}, reverse=True)
        # From tomorrow on: where clocks go back over midnight, its first minutes may be past.
        for day in (today - timedelta(days=ago) for ago in range(-1, _LOOK_BACK)):
            for at in times if self._falls_on(day) else ():
                if (moment := _moment(datetime.combine(day, at), zone)) <= now:
                    return moment
        raise AssertionError(f"{self} has no moment in the {_LOOK_BACK} days before {now}")

    def _falls_on(self, day: date) -> bool:
        weekday = WEEKDAYS[day.weekday()]
        if self.weekdays is not None:
            return weekday in self.weekdays
        if self.days_of_month is not None:
            is_last = (day + timedelta(days=1)).day == 1
            return day.day in self.days_of_month or (is_last and "last" in self.days_of_month)
        if self.weekday_of_month is not None:
            which, wanted = self.weekday_of_month.split()
            if which == "last":
                return weekday == wanted and (day + timedelta(days=7)).day <= 7
            return weekday == wanted and (day.day - 1) // 7 == _NTH.index(which)
        return True


def _moment(local: datetime, zone: ZoneInfo) -> datetime:
    """When the clocks first show this local time, or the next one that exists if they leave it out; naive UTC."""
    while True:
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == local:
            return moment.replace(tzinfo=None)
        local += timedelta(minutes=1)
