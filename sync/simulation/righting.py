"""What a person at a simulated till does with values that must not be spent twice, and with promises.

The verbs are the till's own (`pos_app.till.rights`, `reserving`, `return_words`): a question is in the
ledger before it goes over the link, and the answer comes back through sync, or does not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from typing import Any, Final, cast

from pos_app.domain import returns
from pos_app.domain.errors import PosError
from pos_app.domain.returns import SELLABLE, Before, Choice
from pos_app.domain.staff import Staff
from pos_app.store.doubt import ChainState
from pos_app.store.ledger import Ledger
from pos_app.store.records import Identity, Shift
from pos_app.store.transaction import Transaction
from pos_app.till import chain, reserving, return_words, rights
from pos_app.till.documents import refunded_fact
from pos_app.till.reference import Reference
from pos_app.till.till import Till, stamp
from sync.link import SyncStatus
from sync.protocol import (
    CaptureAsk,
    CreditGiven,
    Fact,
    ReserveAsk,
    ReturnAsk,
    RightAsk,
    Sale,
    ValueEarned,
)
from sync.simulation.chance import fresh_id
from sync.simulation.faults import MINUTE, SECOND
from sync.simulation.promises import Printed, Promises
from sync.simulation.shop import SCARCE, sku

ACCOUNTS: Final = (("credit", "c-1"), ("points", "p-1"))
"""Few, and never enough in them for all who want it."""
UNIT: Final = 1_000
ToHub = Callable[[str, str, bytes], None]
Receipt = Callable[[], Sale | None]
Listed = Callable[[], list[str]]


class Counter:
    """As much of a till as its verbs about rights use, on the ledger of a simulated window."""

    training = offline = False
    person: Staff | None = None

    def __init__(self, ledger: Ledger, to_hub: ToHub, stand: Callable[[], None]) -> None:
        self.ledger = self.guard = ledger
        self.clock = ledger.clock
        self.to_hub = to_hub
        self.own = Reference()
        self.stand = stand

    @property
    def identity(self) -> Identity:
        """Which life of which device this is."""
        return self.ledger.identity

    @property
    def suspect(self) -> bool:
        """As `Till.suspect`."""
        return self.ledger.doubt.state is not ChainState.HEALTHY

    @property
    def shift(self) -> Shift | None:
        """The open shift."""
        return self.ledger.current_shift()

    def now(self) -> datetime:
        """The machine's clock."""
        return self.clock.now()

    def business_date(self) -> str:
        """The open shift's day, or today."""
        shift = self.shift
        return shift.business_date if shift else self.now().date().isoformat()

    def need_person(self) -> None:
        """Somebody is always there."""

    def after_commit(self) -> None:
        """The world nudges sync, or forgets to."""


class Righting:
    """The part of a keeper's day that is about rights."""

    share = 0.8
    """How much of a day that is."""

    def __init__(self, name: str, rng: Random, promises: Promises, to_hub: ToHub) -> None:
        self.name = name
        self.receipt: Receipt = lambda: None
        """A sale of any till: a customer brings its receipt."""
        self.listed: Listed = list
        """Promises that this store has to keep."""
        self.stores: tuple[str, ...] = ("1",)
        self.stand: Callable[[], None] = lambda: None
        """As `Till.stand`: what facts say of the catalogue."""
        self._rng = rng
        self._promises = promises
        self._to_hub = to_hub
        self._till: Till
        self._words: list[tuple[str, Sale, tuple[Choice, ...]]] = []
        self._reserved: list[str] = []

    def at(self, ledger: Ledger) -> Till:
        """The counter with this ledger in it."""
        self._till = cast("Till", Counter(ledger, self._to_hub, self.stand))
        return self._till

    # what a person does

    def act(self, ledger: Ledger) -> None:
        """Whatever comes next; what the till refuses is refused, and that is all."""
        self.at(ledger)
        names, weights = zip(*self._ACTS, strict=True)
        act = self._rng.choices(names, weights)[0]
        with contextlib.suppress(PosError):
            rights.release_over(self._till)
            act(self)

    def _earn(self) -> None:
        kind, account = self._rng.choice(ACCOUNTS)
        amount = self._rng.randint(1, 60)
        earned = self._write(lambda tx: _earned(self._till, tx, kind, account, amount))
        if earned is not None and self._rng.randrange(3):
            rights.release(self._till, earned.right)  # for whoever asks the hub first

    def _reverse(self) -> None:
        kind, account = self._rng.choice(ACCOUNTS)
        self._write(lambda tx: rights.reverse(self._till, tx, kind, account, 5))

    def _ask(self) -> None:
        path = self._rng.choice((rights.GRANTS, rights.HOLDS))
        kind, account = self._rng.choice(ACCOUNTS)
        ask_id, epoch = self._id(), self._till.identity.epoch
        ttl_s, amount = self._rng.choice((60, 900, 36 * 3_600)), self._rng.randint(1, 40)
        rights.ask(
            *(self._till, path, RightAsk(ask_id, epoch, kind, account, amount, ttl_s), ask_id)
        )
        if self._rng.randrange(6) == 0:  # somebody changes their mind while it is on its way
            rights.give_up(self._till, ask_id)

    def _other_words(self) -> None:
        """A question that was answered is asked for more, under the same id: a fault of a program."""
        told = self._till.ledger.last_question(rights.GRANTS)
        if told is not None and told.status == 200:
            more = b'"amount":9' + told.body.partition(b'"amount":')[2]
            body = told.body.partition(b'"amount":')[0] + more
            self._till.to_hub(told.ask_id, told.path, body)

    def _spend(self) -> None:
        right = self._held("grant", rights.SELF)
        if right is not None:
            last = self._rng.randrange(3) == 0
            amount = right.remaining if last else self._rng.randint(1, 30)
            self._write(lambda tx: rights.spend(self._till, tx, right.right_id, amount))

    def _capture(self) -> None:
        right = self._held("hold")
        if right is None or rights.is_over(self._till, right):
            return
        amount = self._rng.choice((right.amount, self._rng.randint(1, right.amount)))
        if self._rng.randrange(2):  # at the hub at once; the fact follows, or is there before
            ask_id, epoch = self._id(), self._till.identity.epoch
            path = f"{rights.HOLDS}/{right.right_id}/capture"
            rights.ask(self._till, path, CaptureAsk(epoch, amount), ask_id)
        self._write(lambda tx: rights.capture(self._till, tx, right.right_id, amount))

    def _release(self) -> None:
        right = self._held("grant", rights.SELF, "hold", "return")
        if right is not None:
            rights.release(self._till, right.right_id)

    def _ask_again(self) -> None:
        rights.ask_again(self._till)

    def _give_up(self) -> None:
        found = [one for one in self._till.ledger.open_questions() if not _is_capture(one.path)]
        if found:
            rights.give_up(self._till, self._rng.choice(found).ask_id)

    # goods

    def _reserve(self) -> None:
        store, number = self._rng.choice(self.stores), self._rng.randint(1, SCARCE)
        lines = ((sku(number), UNIT * self._rng.choice((1, 1, 2))),)
        ask_id, epoch = self._id(), self._till.identity.epoch
        rights.ask(self._till, rights.RESERVATIONS, ReserveAsk(ask_id, epoch, store, lines), ask_id)
        self._reserved.append(ask_id)

    def _cancel(self) -> None:
        if self._reserved:
            reserving.cancel(self._till, self._rng.choice(self._reserved))

    def _step(self) -> None:
        listed = self.listed()[-4:]
        if not listed:
            return
        found = self._rng.choice(listed)
        to = self._rng.choice(
            ("PICKING", "READY", "READY", "COLLECTED", "COLLECTED", "SHORT", "LAPSED", "RESTOCKED")
        )
        lines = ((sku(1), 9 * UNIT),) if self._rng.randrange(8) == 0 else ()
        fact = reserving.step(self._till, found, to, lines)
        self._hand_out(fact)

    def _ask_for_word(self) -> None:
        sale = self.receipt()
        if sale is None:
            return
        line = self._rng.choice(sale.lines)
        ask_id, choices = self._id(), (Choice(line.line, line.qty, "too_small", SELLABLE),)
        ttl_s = self._rng.choice((60, 1_800))
        lines, epoch = return_words.lines_of(choices), self._till.identity.epoch
        message = ReturnAsk(ask_id, epoch, sale.id, lines, ttl_s)
        rights.ask(self._till, rights.RETURNS, message, ask_id)
        self._words.append((ask_id, sale, choices))

    def _take_back(self) -> None:
        """With the hub's word, and never without."""
        if not self._words:
            return
        ask_id, sale, choices = self._rng.choice(self._words)
        word = return_words.had(self._till, ask_id, choices)
        if word is None:
            return
        came = returns.refund(sale, Before.of(self._till.ledger.refunds_of(sale.id)), choices)

        def fact(tx: Transaction) -> Fact:
            stamped = stamp(self._till, tx, document=True)
            made = refunded_fact(stamped, sale, came, auth=ask_id)
            tx.append(made)
            return_words.use(self._till, tx, ask_id, word)
            return made

        self._write(fact)

    _ACTS: Final = (
        (_earn, 14),
        (_reverse, 2),
        (_ask, 28),
        (_other_words, 4),
        (_spend, 26),
        (_capture, 30),
        (_release, 4),
        (_ask_again, 6),
        (_give_up, 6),
        (_reserve, 10),
        (_cancel, 2),
        (_step, 20),
        (_ask_for_word, 9),
        (_take_back, 24),
    )

    # how it is done

    def _write(self, make: Callable[[Transaction], Any]) -> Any:
        """One fact by a verb of the till; it is handed out when it is durable."""
        with self._till.ledger.transaction() as tx:
            fact = make(tx)
        self._hand_out(fact)
        return fact

    def _hand_out(self, fact: Any) -> None:
        kept = self._till.ledger.hash_of(fact.id) if fact.doc_no else ""
        kind, total = type(fact).__name__, int(getattr(fact, "total", 0))
        printed = Printed(fact.id, self.name, kind, fact.doc_no, kept, total)
        self._promises.hands_out(printed)

    def _held(self, *forms: str) -> Any:
        found = [one for one in self._till.ledger.held_rights() if one.form in forms]
        return self._rng.choice(found) if found else None

    def _id(self) -> str:
        return fresh_id(self._till.now(), self._rng)

    # what comes over the link, and how a day ends

    def heard(self, ledger: Ledger, message: Mapping[str, Any]) -> None:
        """What sync tells: an answer, or how it stands, which may end a doubt."""
        till = self.at(ledger)
        if message.get("op") == "answer":
            rights.heard(till, message)
            return
        status = SyncStatus.of(message)
        if chain.news(ledger, status, chain.order_of(ledger)):
            chain.settle(ledger, status)

    def settle(self, ledger: Ledger) -> None:
        """All is calm: what is open is asked again, and what is held is given back."""
        till = self.at(ledger)
        rights.ask_again(till)
        for right in ledger.held_rights():
            rights.release(till, right.right_id)

    @staticmethod
    def settled(ledger: Ledger) -> bool:
        """Nothing is open and nothing is held in this life."""
        epoch = ledger.identity.epoch
        asked = any(one.epoch == epoch for one in ledger.open_questions())
        return not asked and not any(one.epoch == epoch for one in ledger.held_rights())


SETTLE_MS: Final = 5 * SECOND
"""So often somebody looks after it when all is calm."""
LINK_MS: Final = 2
GRACE_MS: Final = 5 * MINUTE


def _earned(till: Till, tx: Transaction, kind: str, account: str, amount: int) -> ValueEarned:
    """Points, or credit that somebody gave."""
    if kind != "credit":
        return rights.earn(till, tx, kind, account, amount)
    head = {**stamp(till, tx), "currency": "EUR", "reason": "goodwill"}
    given = CreditGiven(**head, kind=kind, account=account, amount=amount)
    tx.append(given)
    return rights.earn(till, tx, kind, account, amount, given.id)


def _is_capture(path: str) -> bool:
    return path.endswith("/capture")
