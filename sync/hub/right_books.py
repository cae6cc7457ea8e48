"""What facts do to rights: credits, burns, releases, captures, each once; nothing here is refused.

The value has left the shop, so a burn is booked whatever the right says. What went beyond a right is
told to a person to the last unit (`grant_overrun`): the sum of those exceptions is the sum of what
was overspent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select, update

from pos_app.domain.day import parse_utc
from pos_app.domain.points_age import EARNED, REVERSED, SPENT
from sync.hub import accounts, reservations, rights, schema
from sync.hub.customers import feeding
from sync.hub.database import Connection, Statement
from sync.hub.devices import Device
from sync.hub.loyalty import jobs as points
from sync.hub.orders import booking as orders
from sync.hub.returning import order_returns
from sync.hub.rights import Right
from sync.hub.values import cards
from sync.protocol import (
    AnyFact,
    EarnReversed,
    GrantReleased,
    HoldCaptured,
    HoldVoided,
    Refunded,
    ReservationStepped,
    RightPart,
    RightUsed,
    Sale,
    ValueEarned,
    Voided,
)

if TYPE_CHECKING:
    from sync.hub.booking import Booking

RightFact = (
    ValueEarned
    | EarnReversed
    | RightUsed
    | GrantReleased
    | HoldCaptured
    | HoldVoided
    | Refunded
    | ReservationStepped
    | Sale
    | Voided
)


_b = schema.right_burn.c
_SPENT_BY: Final = Statement(
    "kind account right_id",
    select(_b.fact, _b.about, _b.reason).where(
        _b.kind == bindparam("kind"),
        _b.account == bindparam("account"),
        _b.right_id == bindparam("right_id"),
    ),
)
_ECHOED: Final = Statement(
    "document why wanted none",
    update(schema.right_burn)
    .where(_b.fact == bindparam("wanted"), _b.reason == bindparam("none"))
    .values(about=bindparam("document"), reason=bindparam("why")),
)
"""A capture by a call, and the fact that says it again: the first one names its document."""
POINTS: Final = "points"
OF_PEOPLE: Final = frozenset({POINTS, "credit"})
"""Kinds of account that are somebody's."""


class RightBooks:
    """The facts of one batch about rights, booked in their order when the batch is written."""

    def __init__(self, books: Booking, connection: Connection, device: Device, at: str) -> None:
        self._books = books
        self._connection = connection
        self._device = device
        self._at = at
        self._now = parse_utc(at)
        self._facts: list[tuple[int, RightFact]] = []
        self._touched: set[str] = set()
        """Accounts of people that moved: the tills of their stores are told."""

    def add(self, n: int, fact: RightFact) -> None:
        """Gathers one."""
        self._facts.append((n, fact))

    def write(self) -> None:
        """Books what was gathered."""
        if self._facts:
            orders.lock(self._connection, [fact for _, fact in self._facts])
        for n, fact in self._facts:
            _EFFECTS[type(fact)](self, n, fact)
        for account in sorted(self._touched):
            feeding.touch_account(self._connection, account, self._now)

    def _paid(self, n: int, fact: Sale | Voided) -> None:
        orders.pay(self._books, n, fact)

    def _stepped(self, n: int, fact: ReservationStepped) -> None:
        if orders.book(self._books, n, fact):
            return
        cancelled = fact.step == reservations.CANCELLED
        form, why = rights.RESERVATION, rights.GIVEN_UP
        if not (cancelled and self._given_up(fact.reservation, why, form)):
            reservations.book(self._books, self._connection, n, fact, self._at)

    def _right(self, n: int, right_id: str, fact: AnyFact, amount: int) -> Right | None:
        """The right a fact names; one that is unknown or another till's is told to a person."""
        right = rights.find(self._connection, right_id) if right_id else None
        if right_id and (right is None or right.device != self._device.device):
            self._books.flag("right_unknown", n, fact, right_id, amount)
        return right if right is not None and right.device == self._device.device else None

    def _earned(self, n: int, fact: ValueEarned) -> None:
        if not self._sound(n, fact, fact.kind, fact.amount):
            return
        connection, key = self._connection, (fact.kind, fact.account)
        accounts.lock(connection, [key])
        why = fact.reason or EARNED
        self._note(fact.id, *key, fact.right, -fact.amount, about=fact.of, reason=why)
        accounts.move_account(connection, *key, credit=fact.amount)
        if fact.kind in cards.KINDS:
            self._books.values = True
            cards.put_on(self._books, n, fact)
        if fact.kind == POINTS and why == EARNED:
            points.keep_pending(connection, fact, self._now)
        if fact.right and rights.find(connection, fact.right) is None:
            part = RightPart(*key, fact.amount)
            rights.self_grant(connection, self._device, fact.right, part, self._at)
        elif fact.right:
            self._books.flag("right_unknown", n, fact, fact.right, fact.amount)

    def _reversed(self, n: int, fact: EarnReversed) -> None:
        if not self._sound(n, fact, fact.kind, fact.amount):
            return
        connection, key = self._connection, (fact.kind, fact.account)
        accounts.lock(connection, [key])
        why = fact.reason or REVERSED
        self._note(fact.id, *key, "", fact.amount, about=fact.of, reason=why)
        if fact.kind == POINTS:
            points.lessen_pending(connection, fact, self._books.taken_back.get(fact.of, ""))
        owed = accounts.move_account(connection, *key, credit=-fact.amount)
        if owed:
            self._books.flag("value_debt", n, fact, f"{fact.kind} {fact.account}", owed)

    def _used(self, n: int, fact: RightUsed) -> None:
        if not self._sound(n, fact, fact.kind, fact.amount):
            return
        right = self._right(n, fact.right, fact, fact.amount)
        if right is not None and right.form not in (rights.GRANT, rights.SELF):
            self._books.flag("right_unknown", n, fact, fact.right, fact.amount)
            right = None
        self.burn(n, fact, right, fact.kind, fact.account, fact.amount, unsecured=fact.unsecured)
        if right is not None and right.state == rights.FIRST_STATE[right.form]:
            part = rights.parts_of(self._connection, right.right_id)[0]
            if part.used >= part.amount:
                rights.set_exhausted(self._connection, right, self._at)

    def burn(
        self,
        n: int | None,
        fact: AnyFact,
        right: Right | None,
        kind: str,
        account: str,
        amount: int,
        *,
        unsecured: bool = False,
    ) -> None:
        """Books a burn; what of it no right covered is told."""
        connection = self._connection
        accounts.lock(connection, [(kind, account)])
        by, about = right.right_id if right else "", str(getattr(fact, "of", ""))
        self._note(fact.id, kind, account, by, amount, unsecured, about=about, reason=SPENT)
        over = amount
        if right is not None:
            part = _part(connection, right, kind, account)
            if part is None:
                self._books.flag("right_unknown", n, fact, right.right_id, amount)
            else:
                over = max(part.used + amount - part.amount, 0) - max(part.used - part.amount, 0)
                rights.use(connection, right, kind, account, amount)
        accounts.move_account(connection, kind, account, burn=amount)
        if kind in cards.KINDS:
            cards.spent(self._books, n, fact, kind, account, amount)
        if right is not None and over:
            self._books.flag("grant_overrun", n, fact, f"{kind} {account}", over)
        elif right is None:
            short = -accounts.available(connection, kind, account, self._now)
            if short > 0:
                detail = f"{kind} {account}"
                self._books.flag("unsecured_burn", n, fact, detail, min(amount, short))

    def _released(self, n: int, fact: GrantReleased) -> None:
        if self._given_up(fact.right, fact.reason, rights.GRANT):
            return
        right = self._right(n, fact.right, fact, fact.left)
        if right is None or not right.open:
            return
        accounts.lock(self._connection, rights.accounts_of(self._connection, right))
        parts = rights.parts_of(self._connection, right.right_id)
        unspent = sum(part.amount - part.used for part in parts)
        told = fact.reason != rights.GIVEN_UP
        if told and fact.left != unspent:
            detail = f"{fact.right}: {fact.left} left, the hub counts {unspent}"
            self._books.flag("right_differs", n, fact, detail, abs(fact.left - unspent))
        rights.set_state(self._connection, right, rights.SETTLED, self._at, "released")

    def _captured(self, n: int, fact: HoldCaptured) -> None:
        right = self._right(n, fact.right, fact, fact.amount)
        if right is None:
            return
        part = rights.parts_of(self._connection, right.right_id)[0]
        if right.form != rights.HOLD or not self._sound(n, fact, part.kind, fact.amount):
            if right.form != rights.HOLD:
                self._books.flag("right_unknown", n, fact, fact.right, fact.amount)
            return
        if right.state == rights.CAPTURED and self._spent_on_another(right, fact):
            self.burn(n, fact, right, part.kind, part.account, fact.amount)
            return
        if right.state == rights.CAPTURED:
            if part.used != fact.amount:
                detail = f"{fact.right}: captured {part.used}"
                self._books.flag("right_differs", n, fact, detail, abs(fact.amount - part.used))
            self._connection.run(_ECHOED, (fact.of, SPENT, rights.called(right), ""))
            return
        if not right.open:
            self._books.flag("late_capture", n, fact, f"{fact.right} was {right.state}")
        self.burn(n, fact, right, part.kind, part.account, fact.amount)
        if right.open:
            rights.set_state(self._connection, right, rights.CAPTURED, self._at)

    def _spent_on_another(self, right: Right, fact: HoldCaptured) -> bool:
        """True where a fact spent a hold on one document, and this one spends it on another.

        A call names no document: the first fact that says it again does.
        """
        part = rights.parts_of(self._connection, right.right_id)[0]
        found = self._connection.all(_SPENT_BY, (part.kind, part.account, right.right_id))
        call = rights.called(right)
        before = {str(about) for name, about, why in found if name != call or why}
        return bool(before) and fact.of not in before

    def _given_up(self, right_id: str, reason: str, form: str) -> bool:
        """True where the hub never heard the question that is given up: now it never will."""
        if reason != rights.GIVEN_UP or rights.find(self._connection, right_id) is not None:
            return False
        rights.worthless(self._connection, self._device, right_id, form, self._at)
        return True

    def _voided(self, n: int, fact: HoldVoided) -> None:
        if self._given_up(fact.right, fact.reason, rights.HOLD):
            return
        right = self._right(n, fact.right, fact, 0)
        if right is None or right.state == rights.VOIDED:
            return
        if right.state == rights.CAPTURED:
            self._books.flag("right_differs", n, fact, f"{fact.right} was captured")
        elif right.open:
            accounts.lock(self._connection, rights.accounts_of(self._connection, right))
            rights.set_state(self._connection, right, rights.VOIDED, self._at, fact.reason[:40])

    def _returned(self, n: int, fact: Refunded) -> None:
        """A return with the hub's word: from now on the books say what came back, not the word."""
        if fact.channel and not self._books.anew:
            order_returns.book(self._books, n, fact)
        right = self._right(n, fact.auth, fact, fact.total)
        if right is None or right.form != rights.RETURN or not right.open:
            return
        accounts.lock(self._connection, rights.accounts_of(self._connection, right))
        rights.set_state(self._connection, right, rights.RETURNED, self._at)

    def _sound(self, n: int, fact: AnyFact, kind: str, amount: int) -> bool:
        """False, and told, for a kind or an amount that nothing can be done with."""
        good = kind in accounts.VALUES and 0 < amount < accounts.AMOUNT_MAX
        if not good:
            self._books.flag("right_strange", n, fact, f"{kind} {amount}"[:80])
        return good

    def _note(
        self,
        fact: str,
        kind: str,
        account: str,
        right_id: str,
        amount: int,
        unsecured: bool = False,
        *,
        about: str = "",
        reason: str = "",
    ) -> None:
        part, device = RightPart(kind, account, amount), self._device.device
        rights.note(
            *(self._connection, fact, right_id, part, device, self._at),
            unsecured=unsecured,
            about=about,
            reason=reason,
        )
        if kind in OF_PEOPLE:
            self._touched.add(account)


def _part(connection: Connection, right: Right, kind: str, account: str) -> RightPart | None:
    parts = rights.parts_of(connection, right.right_id)
    return next((part for part in parts if (part.kind, part.account) == (kind, account)), None)


_EFFECTS: Final[dict[type, Callable[[RightBooks, int, Any], None]]] = {
    ValueEarned: RightBooks._earned,  # noqa: SLF001 - the table of the class's own effects
    EarnReversed: RightBooks._reversed,  # noqa: SLF001 - the same
    RightUsed: RightBooks._used,  # noqa: SLF001 - the same
    GrantReleased: RightBooks._released,  # noqa: SLF001 - the same
    HoldCaptured: RightBooks._captured,  # noqa: SLF001 - the same
    HoldVoided: RightBooks._voided,  # noqa: SLF001 - the same
    Refunded: RightBooks._returned,  # noqa: SLF001 - the same
    ReservationStepped: RightBooks._stepped,  # noqa: SLF001 - the same
    Sale: RightBooks._paid,  # noqa: SLF001 - the same
    Voided: RightBooks._paid,  # noqa: SLF001 - the same
}
