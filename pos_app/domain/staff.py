"""People, their roles, and the one table of who may do how much, with and without the hub."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pos_app.domain.errors import Refused
from pos_app.domain.money import minor_digits


class Role(StrEnum):
    """What a person is in a shop; the columns of the table."""

    CASHIER = "cashier"
    SENIOR = "senior"
    PICKUP = "pickup"
    MANAGER = "manager"
    HQ = "hq"
    AUDITOR = "auditor"
    IT = "it"


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who may use the store's tills; `pin` is an argon2id verifier, never a PIN."""

    staff_id: str
    name: str
    role: Role
    pin: str
    active: bool = True


class Outcome(StrEnum):
    """What the policy says to somebody about to do something."""

    ALLOWED = "allowed"
    NEEDS_APPROVAL = "needs_approval"
    """Somebody else must agree in person: a role that may do it alone."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer of the policy."""

    outcome: Outcome
    limit: int | None = None
    """What this role may do alone: minor units, basis points or a count, as the action counts;
    None where no number is the reason."""
    approvers: tuple[Role, ...] = ()
    """Roles that may agree, lowest first."""
    needs_reason: bool = False
    online_only: bool = False
    """True where only being offline is in the way."""

    @property
    def allowed(self) -> bool:
        """True where nobody else is needed."""
        return self.outcome is Outcome.ALLOWED


_NO_POLICY = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
"""What a text that is no policy makes of itself on the way (a TOMLDecodeError is a ValueError)."""
_WORDS = frozenset({"allow", "no", "ask", "approve", "read"})


@dataclass(frozen=True, slots=True)
class Cell:
    """What one role may do of one action: a word, or an amount."""

    word: str
    """allow, no, ask (somebody must agree), approve (agrees with others, never alone), read (sees
    what others did, does not do it), or `up_to`."""
    up_to: int = 0


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the table."""

    name: str
    title: str
    unit: str
    """money, percent, count or none: what `up_to` and a question's amount are."""
    cells: Mapping[Role, Cell]
    offline_pct: int = 100
    """What is left of each limit without the hub; 0 means not at all."""
    reason: bool = False
    reason_above: int | None = None
    """A reason is asked for above this amount only."""
    per_shift: int = 0
    """How often in one shift; 0 for no limit."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The table, with its money in one currency's minor units."""

    version: int
    currency: str
    actions: Mapping[str, Action] = field(default_factory=dict)

    @staticmethod
    def parse(text: str, currency: str = "") -> Policy:
        """The policy in a TOML text, for a store's currency (the text's own where empty).

        Raises Refused("policy_unreadable", where=…) for anything that is not a whole policy:
        a limit that cannot be read must never mean "no limit".
        """
        try:
            table = tomllib.loads(text)
            own = str(table["currency"])
            units = table.get("units", {})
            worth = int(units.get(currency or own, 1)) if (currency or own) != own else 1
            scale = worth * 10 ** minor_digits(currency or own)
            actions = {name: _action(name, row, scale) for name, row in table["action"].items()}
            return Policy(int(table["version"]), currency or own, actions)
        except _NO_POLICY as cause:
            raise Refused("policy_unreadable", where=str(cause)) from cause

    def action(self, name: str) -> Action:
        """A row; raises Refused("action_unknown")."""
        try:
            return self.actions[name]
        except KeyError:
            raise Refused("action_unknown", action=name) from None

    def limit(self, role: Role, name: str, *, offline: bool = False) -> int | None:
        """How much `role` may do alone; None for without limit, 0 for not at all."""
        action = self.action(name)
        cell = action.cells[role]
        if cell.word == "allow":
            return None if not offline or action.offline_pct else 0
        return _offline(action, cell.up_to, offline) if cell.word == "up_to" else 0

    def decide(
        self,
        role: Role,
        name: str,
        amount_or_bp: int = 0,
        *,
        offline: bool = False,
        used: int = 0,
    ) -> Decision:
        """Whether `role` may do this, alone, now.

        `amount_or_bp` is what the action counts (minor units, basis points, times; its sign does
        not matter), `used` how often it was done in this shift. Raises Refused("action_unknown").
        """
        action = self.action(name)
        amount_or_bp = abs(amount_or_bp)  # money back is as much as money in
        reason = action.reason or (
            action.reason_above is not None and amount_or_bp > action.reason_above
        )
        if offline and not action.offline_pct:
            return Decision(Outcome.REFUSED, needs_reason=reason, online_only=True)
        cell = action.cells[role]
        if cell.word in ("no", "read"):
            return Decision(Outcome.REFUSED, needs_reason=reason)
        limit = self.limit(role, name, offline=offline)
        over = action.per_shift and used >= action.per_shift
        if cell.word == "allow" and not over:
            return Decision(Outcome.ALLOWED, needs_reason=reason)
        if cell.word == "up_to" and limit is not None and amount_or_bp <= limit and not over:
            return Decision(Outcome.ALLOWED, limit, needs_reason=reason)
        approvers = tuple(
            other for other in Role if self._agrees(other, action, amount_or_bp, offline=offline)
        )
        if not approvers:
            return Decision(Outcome.REFUSED, limit, needs_reason=reason)
        shown = action.per_shift if over else limit
        return Decision(Outcome.NEEDS_APPROVAL, shown, approvers, reason)

    def may_approve(
        self, role: Role, name: str, amount_or_bp: int = 0, *, offline: bool = False
    ) -> bool:
        """True where `role` may agree to somebody else's action of that size."""
        action = self.action(name)
        if offline and not action.offline_pct:
            return False
        return self._agrees(role, action, abs(amount_or_bp), offline=offline)

    def _agrees(self, role: Role, action: Action, amount: int, *, offline: bool) -> bool:
        if role not in (Role.MANAGER, Role.HQ):
            return False
        cell = action.cells[role]
        if cell.word in ("allow", "approve"):
            return True
        return cell.word == "up_to" and amount <= _offline(action, cell.up_to, offline)


def _offline(action: Action, up_to: int, offline: bool) -> int:
    return up_to * action.offline_pct // 100 if offline else up_to


def _action(name: str, row: Mapping[str, Any], scale: int) -> Action:
    unit = row["unit"]
    factor = {"money": scale, "percent": 100, "count": 1, "none": 1}[unit]
    cells = {role: _cell(row[role.value], factor) for role in Role}
    above = row.get("reason_above")
    offline = row["offline"]
    return Action(
        name=name,
        title=str(row["title"]),
        unit=unit,
        cells=cells,
        offline_pct={"same": 100, "half": 50, "no": 0}[offline],
        reason=bool(row.get("reason", False)),
        reason_above=None if above is None else int(above) * factor,
        per_shift=int(row.get("per_shift", 0)),
    )


def _cell(value: object, factor: int) -> Cell:
    if isinstance(value, str) and value in _WORDS:
        return Cell(value)
    if type(value) is int and value >= 0:
        return Cell("up_to", value * factor)
    raise ValueError(f"neither a word nor a whole number: {value!r}")
