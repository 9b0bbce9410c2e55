"""Who is in which segment: complete lists, additions and commands, applied one after the other (6, 8, 9)."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from .declared import Command, Feed, Row
from .files import File

CLOCKS = tuple(datetime.fromisoformat(f"2025-03-0{moment}Z") for moment in ("1T10:15", "2T00:00", "3T00:00", "9T10:15"))
"""Moments at which it is asked who is a member; expiries fall on them."""
NEVER = datetime.min.replace(tzinfo=UTC)


class Effect(NamedTuple):
    """What a list did to a segment, or would have done (X6)."""

    feed: str
    file_id: int
    lines: int
    rejected: int
    listed: int
    added: int
    removed: int
    usual: int | None
    code: str | None


@dataclass
class Spell:
    """One unbroken stay of a contact in a segment."""

    tenant: str
    segment: str
    contact: int
    entered_at: datetime
    entry: tuple[int, int, int]
    """(log_id, file_id, line_number)"""
    feed: Feed
    exited_at: datetime | None = None
    exit_log_id: int | None = None
    exit_file_id: int | None = None
    exit_reason: str | None = None
    expires_at: datetime | None = None
    data_bag: str | None = None

    def end(self, reason: str, at: datetime, log_id: int, file_id: int | None) -> None:
        self.exit_reason, self.exited_at, self.exit_log_id, self.exit_file_id = reason, at, log_id, file_id


class Memberships:
    """The state of all segments; `tables` is what it is after the last application."""

    def __init__(self, owned: Iterable[str] = ()) -> None:
        """`owned`: the segments from which a list removes only those whom its own feed brought in (8)."""
        self.owned = frozenset(owned)
        self.spells: list[Spell] = []
        self.members: dict[tuple[str, str], dict[int, Spell]] = {}
        self.last_command: dict[tuple[str, str, int], datetime] = {}
        self.newest_addition: dict[tuple[str, str], datetime] = {}
        self.last_addition: dict[tuple[str, str, int], datetime] = {}
        self.newest_of_segment: dict[tuple[str, str], datetime] = {}
        self.effects: dict[tuple[str, int, str], Effect] = {}
        """(X6) By tenant, entry and segment."""

    def copied(self, tenant: str) -> Memberships:
        """The same of one tenant, to try a list."""
        copied = Memberships(self.owned)
        copied.members = {
            key: {contact: replace(spell) for contact, spell in members.items()}
            for key, members in self.members.items()
            if key[0] == tenant
        }
        copied.last_command, copied.newest_addition = dict(self.last_command), dict(self.newest_addition)
        copied.last_addition, copied.newest_of_segment = dict(self.last_addition), dict(self.newest_of_segment)
        copied.effects = dict(self.effects)
        return copied

    # 6. Complete lists

    def replace(
        self,
        tenant: str,
        segment: str,
        listed: dict[int, tuple[File, Row]],
        sent_at: datetime,
        log_id: int,
        last: File,
        lines: tuple[int, int],
    ) -> None:
        """`lines`: how many are about the segment, and how many of them are rejected."""
        self.newest_of_segment[tenant, segment] = sent_at
        members = self.members.setdefault((tenant, segment), {})
        added = removed = 0
        for contact in sorted(members.keys() | listed.keys()):
            file, row = listed.get(contact, (last, None))
            if sent_at >= self.last_command.get((tenant, segment, contact), NEVER):
                self._expire(members, contact, sent_at, log_id)
                is_foreign = segment in self.owned and contact in members and members[contact].feed != last.feed
                if row is None and contact in members and not is_foreign:
                    members.pop(contact).end("removed", sent_at, log_id, last.file_id)
                    last.counts["removed"] += 1
                    removed += 1
                elif row is not None and contact not in members:
                    self._enter(tenant, segment, contact, sent_at, (log_id, file.file_id, row.line), file.feed)
                    file.counts["added"] += 1
                    added += 1
                    continue
            if row is not None:
                file.counts["unchanged"] += 1
        sizes = [
            effect.listed
            for (its_tenant, _, its_segment), effect in sorted(self.effects.items())
            if (its_tenant, its_segment) == (tenant, segment) and not effect.code
        ]
        usual = statistics.median(sizes[-5:]) if sizes else None
        counts = (*lines, len(listed), added, removed)
        code = "no_accepted_row" if lines[0] and not listed else None
        if not code and last.feed.guard:
            code = last.feed.guard.broken(*counts, usual)
        shown = None if usual is None else round(usual)
        self.effects[tenant, log_id, segment] = Effect(last.feed.name, last.file_id, *counts, shown, code)

    def broken_limits(self, log_id: int) -> dict[tuple[str, int, str], str]:
        """The lists of an entry that break a limit (X6), with their segments."""
        return {key: key[2] for key, effect in self.effects.items() if key[1] == log_id and effect.code}

    def newest(self, tenant: str, segment: str, *, additions: bool) -> datetime:
        """The time of the latest list applied to the segment, or of the latest list or addition."""
        newest = self.newest_of_segment.get((tenant, segment), NEVER)
        return max(newest, self.newest_addition.get((tenant, segment), NEVER)) if additions else newest

    # 9. Additions

    def add(
        self, tenant: str, segment: str, accepted: list[tuple[File, Row, int]], sent_at: datetime, log_id: int
    ) -> None:
        """(O2) Who is listed and no member enters; nobody leaves."""
        self.newest_addition[tenant, segment] = self.newest(tenant, segment, additions=True)
        self.newest_addition[tenant, segment] = max(sent_at, self.newest_addition[tenant, segment])
        members = self.members.setdefault((tenant, segment), {})
        for file, row, contact in accepted:
            file.counts["unchanged"] += 1
            if sent_at < self.last_command.get((tenant, segment, contact), NEVER):
                continue
            self._expire(members, contact, sent_at, log_id)
            if contact not in members:
                self._enter(tenant, segment, contact, sent_at, (log_id, file.file_id, row.line), file.feed)
                self.last_addition[tenant, segment, contact] = sent_at
                file.counts["added"] += 1
                file.counts["unchanged"] -= 1

    def _enter(
        self, tenant: str, segment: str, contact: int, at: datetime, place: tuple[int, int, int], feed: Feed
    ) -> Spell:
        spell = Spell(tenant, segment, contact, at, place, feed)
        self.members[tenant, segment][contact] = spell
        self.spells.append(spell)
        return spell

    # 8. Commands

    @staticmethod
    def _expire(members: dict[int, Spell], contact: int, now: datetime, log_id: int) -> None:
        """Whoever has expired by now is no member any more."""
        spell = members.get(contact)
        if spell is not None and spell.expires_at is not None and spell.expires_at <= now:
            members.pop(contact).end("expired", spell.expires_at, log_id, None)

    def command(
        self,
        tenant: str,
        segment: str,
        contact: int,
        command: Command,
        feed: Feed,
        place: tuple[int, File, int],
        sent_at: datetime,
    ) -> None:
        log_id, file, line = place
        members = self.members.setdefault((tenant, segment), {})
        file.counts["unchanged"] += 1
        expires_at = command.expires_at
        if command.operation == "UPDATE" and expires_at is not None and expires_at <= sent_at:
            file.counts["expired"] += 1
            expires_at = sent_at
        last = self.last_command.get((tenant, segment, contact), NEVER)
        last = max(last, self.last_addition.get((tenant, segment, contact), NEVER))
        if sent_at < max(last, self.newest_of_segment.get((tenant, segment), NEVER)):
            return
        self.last_command[tenant, segment, contact] = sent_at
        self._expire(members, contact, sent_at, log_id)
        if command.operation == "DELETE":
            if contact in members:
                members.pop(contact).end("deleted", sent_at, log_id, file.file_id)
                file.counts["deleted"] += 1
                file.counts["unchanged"] -= 1
            return
        spell = members.get(contact)
        if spell is None:
            spell = self._enter(tenant, segment, contact, sent_at, (log_id, file.file_id, line), file.feed)
            spell.expires_at = expires_at
            file.counts["added"] += 1
            file.counts["unchanged"] -= 1
        elif feed.on_reimport == "reset":
            spell.expires_at = expires_at
        else:
            never = spell.expires_at is None or expires_at is None
            spell.expires_at = None if never else max(filter(None, (spell.expires_at, expires_at)))
        spell.data_bag = command.data_bag if command.data_bag is not None else spell.data_bag

    # The answer

    def tables(self) -> dict[str, set[tuple[object, ...]]]:
        """The marts, as sets of tuples."""
        return {
            "segments": set(self.members),
            "membership_spells": {_spell_row(spell) for spell in self.spells},
            "memberships": {
                (spell.tenant, clock, spell.segment, spell.contact, spell.expires_at)
                for members in self.members.values()
                for spell in members.values()
                for clock in CLOCKS
                if spell.expires_at is None or clock < spell.expires_at
            },
            "expired by the clock": {
                (spell.tenant, clock, spell.segment, spell.contact, spell.expires_at)
                for members in self.members.values()
                for spell in members.values()
                for clock in CLOCKS
                if spell.expires_at is not None and spell.expires_at <= clock
            },
        }


def _spell_row(spell: Spell) -> tuple[object, ...]:
    entered = (spell.tenant, spell.segment, spell.contact, spell.entered_at, *spell.entry)
    exited_at, reason = spell.exited_at, spell.exit_reason
    if reason is None and spell.expires_at is not None:
        exited_at, reason = spell.expires_at, "expired"
    terms = (spell.expires_at, spell.data_bag)
    return (*entered, exited_at, spell.exit_log_id, spell.exit_file_id, reason, *terms)
