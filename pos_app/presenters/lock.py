"""Who stands at the till: people, a PIN, and what waits behind the lock."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from pos_app.domain.errors import PosError
from pos_app.domain.staff import Staff
from pos_app.presenters.consent import PIN_LENGTH, PIN_REST_MS, initials, role_name
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.selling import Selling
from pos_app.presenters.views import dotted, items_text
from pos_app.till import sign_in
from pos_app.words import _, clock, ngettext, wait

TILES = 8


class PersonTile(msgspec.Struct, frozen=True):
    """Somebody who may sign in."""

    staff_id: str
    name: str
    role: str
    initials: str
    chosen: bool


class LockState(msgspec.Struct, frozen=True):
    """The lock screen."""

    title: str = ""
    place: str = ""
    people: tuple[PersonTile, ...] = ()
    more: int = 0
    name: str = ""
    role: str = ""
    initials: str = ""
    chosen: str = ""
    typed: int = 0
    checking: bool = False
    wrong: str = ""
    prompt: str = ""
    waiting: str = ""
    """A sale that waits: its items; empty for none."""
    waiting_amount: str = ""
    waiting_detail: str = ""


class Lock:
    """Signs people in and out."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_change: Callable[[LockState], None] = lambda _state: None
        self.on_signed_in: Callable[[Staff], None] = lambda _person: None
        self.state = LockState()
        self._pin = ""
        self._all = False
        self._recent: list[str] = []
        self._locked_by = ""

    def lock(self) -> None:
        """Nobody is at the till; a basket stays as it is."""
        person = self.desk.till.person
        if person is not None:
            time = clock(self.desk.till.now(), self.desk.zone)
            self._locked_by = _("locked by {name} at {time}").format(name=person.name, time=time)
            self.remember(person.staff_id)
        sign_in.sign_out(self.desk.till)
        self.open()

    def remember(self, staff_id: str) -> None:
        """Who was here last stands first."""
        self._recent = [staff_id, *(each for each in self._recent if each != staff_id)]

    def open(self) -> None:
        """Shows who may sign in."""
        self._pin, self._all = "", False
        chosen = self._recent[0] if self._recent else ""
        people = self._people()
        if not chosen and len(people) == 1:
            chosen = people[0].staff_id
        self._show(chosen)

    def _people(self) -> list[Staff]:
        people = sign_in.people(self.desk.till)
        order = {staff_id: place for place, staff_id in enumerate(self._recent)}
        return sorted(people, key=lambda person: order.get(person.staff_id, len(order)))

    def show_all(self) -> None:
        """Everybody, not only the first eight."""
        self._all = True
        self._show(self.state.chosen)

    def choose(self, staff_id: str) -> None:
        """That person wants to sign in."""
        self._pin = ""
        self._show(staff_id)

    def move(self, step: int) -> None:
        """The next tile, or the one before."""
        ids = [tile.staff_id for tile in self.state.people]
        if ids:
            here = ids.index(self.state.chosen) if self.state.chosen in ids else -step
            self.choose(ids[(here + step) % len(ids)])

    def not_me(self) -> None:
        """Nobody is chosen."""
        self.choose("")

    def digit(self, digit: str) -> None:
        """A digit of the PIN; the fourth tries it."""
        if not self.state.chosen:
            self.state = replace(self.state, wrong=_("Choose who you are first."))
            self.on_change(self.state)
            return
        if self.state.checking or len(self._pin) >= sign_in.PIN_MAX:
            return
        self._pin += digit
        self._typed()
        if len(self._pin) == PIN_LENGTH:
            pin = self._pin
            self.desk.hands.later(PIN_REST_MS, lambda: self._check_if(pin))

    def _check_if(self, pin: str) -> None:
        if pin == self._pin:
            self.check()

    def erase(self, *, everything: bool = False) -> None:
        """Takes back a digit, or all."""
        self._pin = "" if everything else self._pin[:-1]
        self._typed()

    @property
    def pin(self) -> str:
        """What was typed, for taking a scan's keys back."""
        return self._pin

    def restore_pin(self, pin: str) -> None:
        """Takes keys back that turned out to be a scan."""
        if not self.state.checking:
            self._pin = pin
            self._typed()

    def _typed(self) -> None:
        self.state = replace(self.state, typed=len(self._pin), wrong="")
        self.on_change(self.state)

    def check(self) -> None:
        """Tries the PIN, off this thread (it takes 0.2 s on purpose)."""
        if self.state.checking or not self._pin:
            return
        till, staff_id, pin = self.desk.till, self.state.chosen, self._pin
        self.state = replace(self.state, checking=True)
        self.on_change(self.state)
        self.desk.hands.run(
            LEDGER, lambda: sign_in.sign_in(till, staff_id, pin), self._signed_in, self._refused
        )

    def _signed_in(self, person: Staff) -> None:
        self._pin = ""
        self.remember(person.staff_id)
        self.state = replace(self.state, checking=False, typed=0)
        self.on_change(self.state)
        self.on_signed_in(person)

    def _refused(self, error: BaseException) -> None:
        self._pin = ""
        told = self._words(error) if isinstance(error, PosError) else ""
        self.state = replace(self.state, checking=False, typed=0, wrong=told)
        self.on_change(self.state)
        if not isinstance(error, PosError):
            raise error
        self.desk.hands.announce(told, at_once=True)

    def _words(self, error: PosError) -> str:
        if error.code == "pin_wrong":
            left = error.facts.get("left", 0)
            left = left if isinstance(left, int) else 0
            return ngettext(
                "Not this PIN. {count} try left.", "Not this PIN. {count} tries left.", left
            ).format(count=left)
        if error.code == "pin_wait":
            seconds = error.facts.get("wait_s", 0)
            time = wait(seconds if isinstance(seconds, int) else 30)
            return _("Wait {time}, then try again.").format(time=time)
        if error.code == "pin_locked":
            return _("Locked for {name}. A manager can open it.").format(name=self.state.name)
        return str(self.desk.words(error))

    def _show(self, chosen: str) -> None:
        till = self.desk.till
        people = self._people()
        room = len(people) if self._all or len(people) <= TILES else TILES - 1
        person = till.staff.get(chosen)
        store = till.own.store
        place = _("till {number}").format(number=till.identity.till)
        if store:
            place = dotted(store.name, place)
        if self._locked_by:
            place = dotted(place, self._locked_by)
        waiting = amount = detail = ""
        basket, priced = self.selling.basket, self.selling.priced
        if basket is not None and priced is not None:
            waiting = _("A sale is waiting")
            amount = self.desk.money(priced.total)
            detail = items_text(basket)
        prompt = _("Type your PIN") if person else _("Choose who you are")
        self.state = LockState(
            title=_("Locked") if self._locked_by else _("Good day"),
            place=place,
            people=tuple(
                PersonTile(
                    each.staff_id,
                    each.name,
                    role_name(each.role),
                    initials(each.name),
                    each.staff_id == chosen,
                )
                for each in people[:room]
            ),
            more=len(people) - room,
            name=person.name if person else _("Who is at the till?"),
            role=role_name(person.role) if person else place,
            initials=initials(person.name) if person else "",
            chosen=chosen if person else "",
            prompt=prompt,
            waiting=waiting,
            waiting_amount=amount,
            waiting_detail=detail,
        )
        self.on_change(self.state)
