"""People, their roles, and the one table of who may do how much, with and without the hub."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
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
    pin_digits: int = 0
    """How long the PIN is, so that its last digit opens; 0 where nobody counted."""
    badge: str = ""
    """What is kept of the code on the person's badge (`domain.badge`); empty for none."""


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
    lapsed: bool = False
    """True where only the age of the table is in the way."""
    doubtful: bool = False
    """True where only the doubt about this till is in the way."""

    @property
    def allowed(self) -> bool:
        """True where nobody else is needed."""
        return self.outcome is Outcome.ALLOWED


class Standing(IntEnum):
    """How far a till may go by its copy of the table."""

    VALID = 0
    EXPIRED = 1
    """Its time is over: what is left offline is halved."""
    LAPSED = 2
    """Over for long: offline as above, and only what belongs to a plain sale."""
    MISSING = 3
    """None ever came: as lapsed, and always as if offline."""


class Badge(StrEnum):
    """What a badge is good for."""

    ALONE = "alone"
    WITH_PIN = "with_pin"
    """It names its owner; the PIN follows."""
    NO = "no"


@dataclass(frozen=True, slots=True)
class Proof:
    """How somebody of a role shows who they are."""

    pin_min: int = 6
    pin_max: int = 12
    signs_in: Badge = Badge.WITH_PIN
    agrees: Badge = Badge.NO


_NO_POLICY = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
"""What a text that is no policy makes of itself on the way (a TOMLDecodeError is a ValueError)."""
POLICY_MAX = 262_144
"""Characters of a table; a longer one is no table, and nobody reads it at each start of a till."""
PIN_MAX = 12
"""Characters of a PIN that are looked at: a code scanned into the field is longer."""
_ALWAYS_PLAIN = frozenset({"sell", "line_void", "open_shift", "close_shift", "z_close"})
"""What selling cannot do without, whatever a table says."""
_IN_DOUBT = {None: None, "same": True, "no": False}
"""`suspect` of a row: what is left of it on a till that may be a copy of itself."""
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
    offline_up_to: int | None = None
    """Offline nobody does more at once, whoever agrees."""
    offline_shift_total: int | None = None
    """Nor more in one shift."""
    plain: bool = False
    """Part of a plain sale: stays when the table has run out for long."""
    in_doubt: bool | None = None
    """Whether a till does it that may be a copy of itself; None where the table does not say."""


@dataclass(frozen=True, slots=True)
class Unsecured:
    """E5: what a till lets somebody spend offline that no right covers; nothing where none is said.

    Points, or minor units of the store's currency. So an account may go below zero by at most
    `account` for each till.
    """

    event: int = 0
    """At once."""
    account: int = 0
    """Of one account at one till, ever."""
    episode: int = 0
    """Of all accounts of that kind at one till, as long as the hub has not heard of it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The table, with its money in one currency's minor units."""

    version: int
    currency: str
    actions: Mapping[str, Action] = field(default_factory=dict)
    proofs: Mapping[Role, Proof] = field(default_factory=dict)
    valid_days: int = 7
    plain_sales_after_days: int = 14
    return_days: int | None = None
    """How many days after a sale goods may come back; 0 for ever, None where it does not say."""
    return_days_of: Mapping[str, int] | None = None
    """Department -> its own days; None where the table does not say."""
    no_receipt_max: int | None = None
    """So much store credit goods are worth at most that came in without a receipt, minor units; 0:
    a person decides."""
    no_receipt_days: int | None = None
    """Their price is the lowest of so many days."""
    id_above: int | None = None
    """An order worth more is handed over to somebody whose ID was looked at; None: never asked."""
    unsecured: Mapping[str, Unsecured] = field(default_factory=dict)
    """Kind of value -> what may be spent of it offline without a right."""
    card_months: int | None = None
    """So long a gift card is good that is sold today; 0 for ever, None where it does not say."""
    standing: Standing = Standing.VALID

    @staticmethod
    def parse(text: str, currency: str = "") -> Policy:
        """The policy in a TOML text, for a store's currency (the text's own where empty).

        Raises Refused("policy_unreadable", where=…) for anything that is not a whole policy:
        a limit that cannot be read must never mean "no limit".
        """
        if len(text) > POLICY_MAX:
            raise Refused("policy_unreadable", where=f"more than {POLICY_MAX} characters")
        try:
            table = tomllib.loads(text)
            own = str(table["currency"])
            units = table.get("units", {})
            worth = int(units.get(currency or own, 1)) if (currency or own) != own else 1
            scale = worth * 10 ** minor_digits(currency or own)
            actions = {name: _action(name, row, scale) for name, row in table["action"].items()}
            proofs = {role: _proof(table["proof"][role.value]) for role in Role if "proof" in table}
            valid = table.get("validity", {})
            days = int(valid.get("days", 7)), int(valid.get("plain_sales_after_days", 14))
            if min(days) < 1:
                raise ValueError(f"a validity of {min(days)} days")
            back = table.get("returns", {})
            window = _most(back, "window_days", 1)
            version = int(table["version"])
            risks = table.get("unsecured", {})
            unsecured = {kind: _unsecured(kind, row, scale) for kind, row in risks.items()}
            return Policy(
                *(version, currency or own, actions, proofs),
                *days,
                return_days=window,
                return_days_of=_by_name(back, "departments"),
                no_receipt_max=_most(back, "no_receipt_max", scale),
                no_receipt_days=_most(back, "no_receipt_days", 1),
                id_above=_most(table.get("orders", {}), "id_above", scale),
                unsecured=unsecured,
                card_months=_most(table.get("values", {}), "card_months", 1),
            )
        except _NO_POLICY as cause:
            raise Refused("policy_unreadable", where=str(cause)) from cause

    def action(self, name: str) -> Action:
        """A row; raises Refused("action_unknown")."""
        try:
            return self.actions[name]
        except KeyError:
            raise Refused("action_unknown", action=name) from None

    def at(self, standing: Standing) -> Policy:
        """The same table, as it counts when it has that standing."""
        return self if standing is self.standing else replace(self, standing=standing)

    def with_rows_of(self, other: Policy) -> Policy:
        """The table with what it has not from `other`: rows and what a row leaves out, proofs, days."""
        own = {
            name: replace(row, in_doubt=other.actions[name].in_doubt)
            if row.in_doubt is None and name in other.actions
            else row
            for name, row in self.actions.items()
        }
        return replace(
            self,
            **{
                name: getattr(other if getattr(self, name) is None else self, name)
                for name in ("return_days", "return_days_of", "no_receipt_max", "no_receipt_days")
            },
            id_above=other.id_above if self.id_above is None else self.id_above,
            actions={**other.actions, **own},
            proofs={**other.proofs, **self.proofs},
            unsecured={**other.unsecured, **self.unsecured},
            card_months=other.card_months if self.card_months is None else self.card_months,
        )

    def proof(self, role: Role) -> Proof:
        """How somebody of `role` shows who they are; strict where the table does not say."""
        return self.proofs.get(role) or Proof()

    def limit(self, role: Role, name: str, *, offline: bool = False) -> int | None:
        """How much `role` may do alone; None for without limit, 0 for not at all."""
        action = self.action(name)
        cell = action.cells[role]
        offline = offline or self.standing is Standing.MISSING
        if self.standing >= Standing.LAPSED and not action.plain:
            return 0
        most = self._most_offline(action) if offline else None
        if cell.word == "allow":
            return most if not offline or action.offline_pct else 0
        if cell.word != "up_to":
            return 0
        limit = self._left(action, cell.up_to, offline)
        return limit if most is None else min(limit, most)

    def _left(self, action: Action, up_to: int, offline: bool) -> int:
        """What is left of a limit, with or without the hub."""
        if not offline:
            return up_to
        halved = 100 if self.standing is Standing.VALID else 200
        return up_to * action.offline_pct // halved

    def _most_offline(self, action: Action) -> int | None:
        most = action.offline_up_to
        return most if most is None or self.standing is Standing.VALID else most // 2

    def decide(
        self,
        role: Role,
        name: str,
        amount_or_bp: int = 0,
        *,
        offline: bool = False,
        used: int = 0,
        spent: int = 0,
        suspect: bool = False,
    ) -> Decision:
        """Whether `role` may do this, alone, now; `suspect` on a till that may be a copy of itself.

        `amount_or_bp` is what the action counts (minor units, basis points, times; its sign does
        not matter), `used` how often it was done in this shift and `spent` how much of it.
        Raises Refused("action_unknown").
        """
        action = self.action(name)
        offline = offline or self.standing is Standing.MISSING
        amount_or_bp = abs(amount_or_bp)  # money back is as much as money in
        reason = action.reason or (
            action.reason_above is not None and amount_or_bp > action.reason_above
        )
        cell = action.cells[role]
        lapsed = self.standing >= Standing.LAPSED and not action.plain
        never = cell.word in ("no", "read")
        doubtful = suspect and action.in_doubt is False
        if never or lapsed or doubtful:
            only = doubtful and not (never or lapsed)
            return Decision(Outcome.REFUSED, needs_reason=reason, lapsed=lapsed, doubtful=only)
        if offline and (closed := self._beyond_offline(action, amount_or_bp, spent)) is not None:
            return Decision(Outcome.REFUSED, closed or None, needs_reason=reason, online_only=True)
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
        offline = offline or self.standing is Standing.MISSING
        if self.standing >= Standing.LAPSED and not action.plain:
            return False
        if offline and self._beyond_offline(action, abs(amount_or_bp), 0) is not None:
            return False
        return self._agrees(role, action, abs(amount_or_bp), offline=offline)

    def _beyond_offline(self, action: Action, amount: int, spent: int) -> int | None:
        """The most there is without the hub, where this is more than that; else None."""
        if not action.offline_pct:
            return 0
        most = self._most_offline(action)
        if most is not None and amount > most:
            return most
        total = action.offline_shift_total
        if total is not None:
            total = total if self.standing is Standing.VALID else total // 2
            if amount + abs(spent) > total:
                return max(0, total - abs(spent))
        return None

    def _agrees(self, role: Role, action: Action, amount: int, *, offline: bool) -> bool:
        if role not in (Role.MANAGER, Role.HQ):
            return False
        cell = action.cells[role]
        if cell.word in ("allow", "approve"):
            return True
        return cell.word == "up_to" and amount <= self._left(action, cell.up_to, offline)


def _action(name: str, row: Mapping[str, Any], scale: int) -> Action:
    unit = row["unit"]
    factor = {"money": scale, "percent": 100, "count": 1, "none": 1}[unit]
    cells = {role: _cell(row[role.value], factor) for role in Role}
    offline = row["offline"]
    return Action(
        name=name,
        title=str(row["title"]),
        unit=unit,
        cells=cells,
        offline_pct={"same": 100, "half": 50, "no": 0}[offline],
        reason=bool(row.get("reason", False)),
        reason_above=_most(row, "reason_above", factor),
        per_shift=int(row.get("per_shift", 0)),
        offline_up_to=_most(row, "offline_up_to", factor),
        offline_shift_total=_most(row, "offline_shift_total", factor),
        plain=name in _ALWAYS_PLAIN or bool(row.get("plain", False)),
        in_doubt=_IN_DOUBT[row.get("suspect")],
    )


def _unsecured(kind: str, row: Mapping[str, Any], scale: int) -> Unsecured:
    factor = 1 if kind == "points" else scale
    names = ("r_event", "r_account_device", "r_device_episode")
    return Unsecured(*(_most(row, name, factor) or 0 for name in names))


def _by_name(row: Mapping[str, Any], name: str) -> dict[str, int] | None:
    value = row.get(name)
    if value is None:
        return None
    return {str(each): _most(value, each, 1) or 0 for each in value}


def _most(row: Mapping[str, Any], name: str, factor: int) -> int | None:
    value = row.get(name)
    if value is None:
        return None
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} is no whole number: {value!r}")
    return value * factor


def _proof(row: Mapping[str, Any]) -> Proof:
    fewest, most = row["pin"]
    if not (type(fewest) is int and type(most) is int and 4 <= fewest <= most <= PIN_MAX):
        raise ValueError(f"a PIN of {fewest!r} to {most!r} digits")
    return Proof(fewest, most, Badge(row["signs_in"]), Badge(row["agrees"]))


def _cell(value: object, factor: int) -> Cell:
    if isinstance(value, str) and value in _WORDS:
        return Cell(value)
    if type(value) is int and value >= 0:
        return Cell("up_to", value * factor)
    raise ValueError(f"neither a word nor a whole number: {value!r}")
