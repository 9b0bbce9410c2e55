"""The interpreter's identities: whose an identifier is, and whom a row is about (docs/semantics.md, 4)."""

from __future__ import annotations

from collections.abc import Sequence

ONE_PER_CONTACT = (
    "id", "pos_id", "customer_id", "contact_id", "user_id", "account_id", "user_account_id", "subscriber_id",
    "member_id", "external_id",
)  # fmt: skip
"""The types that dbt_project.yml declares, each outweighs those behind it."""

Key = tuple[str, str, str]
"""Tenant, type and value of an identifier."""


class Identities:
    """All identifiers that somebody has."""

    def __init__(self) -> None:
        self.owners: dict[Key, int] = {}
        self.types: dict[int, set[str]] = {}
        """Of which types that are one per contact a contact has one."""
        self.shared: dict[tuple[Key, int], tuple[int | None, int, int]] = {}
        """By identifier and contact that was said to have it: whose it is, and the first line that said so."""

    def copied(self) -> Identities:
        """The same, to try something."""
        copied = Identities()
        copied.owners, copied.shared = dict(self.owners), dict(self.shared)
        copied.types = {contact: set(types) for contact, types in self.types.items()}
        return copied

    def who(self, keys: Sequence[Key]) -> tuple[int | None, bool]:
        """The contact that a row with these identifiers is about, none if it would be a new one; or a conflict."""
        strong = [key for key in keys if key[1] in ONE_PER_CONTACT]
        deciding = {self.owners[key] for key in strong if key in self.owners}
        if not deciding and strong:
            kinds = {kind for _, kind, _ in strong}
            owners = {self.owners[key] for key in keys if key in self.owners}
            takers = {owner for owner in owners if not kinds & self.types.get(owner, set())}
            return (takers.pop(), False) if len(takers) == 1 else (None, False)
        if not deciding:
            deciding = {self.owners[key] for key in keys if key in self.owners}
        if len(deciding) > 1:
            return None, True
        contact = next(iter(deciding), None)
        return (None, True) if contact and self._is_contradicted(contact, strong) else (contact, False)

    def _is_contradicted(self, contact: int, strong: Sequence[Key]) -> bool:
        """Whether, before any identifier that is the contact's, there is a new one where he has another."""
        for kind in ONE_PER_CONTACT:
            owners = [self.owners.get(key) for key in strong if key[1] == kind]
            if contact in owners:
                return False
            if owners and kind in self.types.get(contact, set()):
                return True
        return False

    def attach(self, contact: int, keys: Sequence[Key], file_id: int, line: int) -> None:
        """What nobody has is the contact's, if it has no other of a type that is one per contact."""
        had = set(self.types.get(contact, set()))
        for key in keys:
            owner, kind = self.owners.get(key), key[1]
            if owner == contact:
                continue
            if owner is not None or kind in had:
                self.shared.setdefault((key, contact), (owner, file_id, line))
                continue
            self.owners[key] = contact
            if kind in ONE_PER_CONTACT:
                self.types.setdefault(contact, set()).add(kind)
