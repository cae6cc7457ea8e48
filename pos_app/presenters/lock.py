"""Who stands at the till: people, a PIN or a badge, and what waits behind the lock."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError, Refused
from pos_app.domain.staff import PIN_MAX, Staff
from pos_app.presenters.consent import PIN_REST_MS, initials, role_name
from pos_app.presenters.desk import LEDGER, Consent, Desk
from pos_app.presenters.selling import Selling
from pos_app.presenters.views import dotted, items_text
from pos_app.till import lockout, sign_in
from pos_app.words import _, clock, ngettext, wait

TILES = 8
DOTS = 4
"""Dots shown where nobody knows how long the PIN is."""


class PersonTile(msgspec.Struct, frozen=True):
    """Somebody who may sign in."""

    staff_id: str
    name: str
    role: str
    initials: str
    chosen: bool
    working: bool = False
    """At this till in the open shift."""


class LockState(msgspec.Struct, frozen=True):
    """The lock screen."""

    title: str = ""
    place: str = ""
    people: tuple[PersonTile, ...] = ()
    more: int = 0
    """Others, who have no tile."""
    others: tuple[PersonTile, ...] = ()
    """All of them, as the sheet of everybody lists them."""
    working: bool = False
    """True where somebody's tile has the dot."""
    name: str = ""
    role: str = ""
    initials: str = ""
    chosen: str = ""
    typed: int = 0
    digits: int = DOTS
    """How many dots there are."""
    opens: str = ""
    """When the PIN is tried, in words; empty where a button has to be pressed."""
    checking: bool = False
    wrong: str = ""
    can_unlock: bool = False
    """True where only somebody else can let that person in."""
    badge: str = ""
    """What the strip says of a badge that was read."""
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
        self.on_switched: Callable[[Staff], None] = lambda _person: None
        self.on_badge_alone: Callable[[], None] = lambda: None
        """A badge that wants its PIN was read on another screen: the lock is to be shown."""
        self.state = LockState()
        self._pin = ""
        self._badge = ""
        """The code of a badge whose PIN has yet to be typed."""
        self._recent: list[str] = []
        self._locked_by = ""
        self._open_again_ms = 0
        """Monotonic time at which a running wait ends; 0 for none."""
        self._wait_words: Callable[[str], str] = str

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
        chosen = self._recent[0] if self._recent else ""
        people = self._people()
        if not chosen and len(people) == 1:
            chosen = people[0].staff_id
        self.choose(chosen)

    def _working(self) -> set[str]:
        """Who worked at this till in the open shift, as far as this window saw it."""
        shift = self.desk.till.shift
        return {shift.opened_by, *self._recent} if shift is not None else set()

    def _people(self) -> list[Staff]:
        people = sign_in.people(self.desk.till)
        order = {staff_id: place for place, staff_id in enumerate(self._recent)}
        working = self._working()
        return sorted(
            people,
            key=lambda person: (
                person.staff_id not in working,
                order.get(person.staff_id, len(order)),
            ),
        )

    def choose(self, staff_id: str) -> None:
        """That person wants to sign in: their PIN, or what is in the way of it."""
        self._pin, self._badge, self._open_again_ms = "", "", 0
        self._show(staff_id)
        if staff_id:
            till = self.desk.till
            refused = lockout.refusal(till, staff_id, reads=till.guard_view)
            if refused is not None:
                self._say(refused)

    def move(self, step: int) -> None:
        """The next tile, or the one before."""
        ids = [tile.staff_id for tile in self.state.people]
        if ids:
            here = ids.index(self.state.chosen) if self.state.chosen in ids else -step
            self.choose(ids[(here + step) % len(ids)])

    def badge(self, code: str) -> None:
        """A badge was read while the till is locked: it signs its owner in, or wants the PIN too."""
        if not self.state.checking:
            self._by_badge(code, self._signed_in)

    def switch(self, code: str) -> None:
        """A badge was read while somebody works: its owner takes over, the open sale stays."""
        self._by_badge(code, self._switched)

    def _by_badge(self, code: str, done: Callable[[Staff], None]) -> None:
        till = self.desk.till
        self.desk.hands.run(
            LEDGER,
            lambda: sign_in.sign_in_badge(till, code),
            done,
            lambda error: self._badge_refused(error, code),
        )

    def _switched(self, person: Staff) -> None:
        self.remember(person.staff_id)
        self.on_switched(person)

    def _badge_refused(self, error: BaseException, code: str) -> None:
        if not isinstance(error, PosError):
            raise error
        if error.code != "badge_needs_pin":
            self.desk.hands.sound("refused")
            self.desk.tell(error)
            return
        self.on_badge_alone()
        staff_id = str(error.facts["staff"])
        self.choose(staff_id)
        self._badge = code
        told = _("The badge of {name} was read. The PIN goes with it.")
        self.state = replace(
            self.state, badge=told.format(name=self.state.name), prompt=_("Now type the PIN")
        )
        if (
            self.state.wrong
            and lockout.refusal(
                self.desk.till, staff_id, badge=True, reads=self.desk.till.guard_view
            )
            is None
        ):
            self.state = replace(self.state, wrong="")  # with a badge this till looks at PINs
        self.on_change(self.state)

    def unlock(self) -> None:
        """Somebody else lets the chosen person in: their badge or PIN, in the sheet beside."""
        till, locked = self.desk.till, self.state.chosen
        if not self.state.can_unlock:
            return

        def act(consent: Consent) -> str:
            if consent.approval is None:
                raise Refused(
                    "needs_manager", action=sign_in.UNLOCK, amount=0, limit=None, unit="none"
                )
            sign_in.unlock(till, locked, consent.approval)
            return locked

        self.desk.attempt(
            act,
            self.choose,
            self.desk.tell,
            title=_("Let {name} try again").format(name=self.state.name),
            lane=LEDGER,
        )

    def tick(self) -> None:
        """Once a second: a running wait."""
        if self._open_again_ms:
            left = self._open_again_ms - self.desk.till.clock.monotonic_ms()
            if left <= 0:
                self._open_again_ms = 0
                self.state = replace(self.state, wrong="")
            else:
                self.state = replace(self.state, wrong=self._wait_words(wait(-(-left // 1_000))))
            self.on_change(self.state)

    def not_me(self) -> None:
        """Nobody is chosen."""
        self.choose("")

    def digit(self, digit: str) -> None:
        """A digit of the PIN; the last one tries it, where it is known which is the last."""
        if not self.state.chosen:
            self.state = replace(self.state, wrong=_("Choose who you are first."))
            self.on_change(self.state)
            return
        if self.state.checking or self._open_again_ms or len(self._pin) >= PIN_MAX:
            return
        self._pin += digit
        self._typed()
        if len(self._pin) == self._length():
            pin = self._pin
            self.desk.hands.later(PIN_REST_MS, lambda: self._check_if(pin))

    def _length(self) -> int:
        person = self.desk.till.staff.get(self.state.chosen)
        return person.pin_digits if person else 0

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
        till, staff_id = self.desk.till, self.state.chosen
        pin, badge = self._pin, self._badge
        self.state = replace(self.state, checking=True)
        self.on_change(self.state)
        self.desk.hands.run(
            LEDGER,
            lambda: sign_in.sign_in(till, staff_id, pin, badge=badge),
            self._signed_in,
            self._refused,
        )

    def _signed_in(self, person: Staff) -> None:
        self._pin = self._badge = ""
        self.remember(person.staff_id)
        self.state = replace(self.state, checking=False, typed=0)
        self.on_change(self.state)
        self.on_signed_in(person)

    def _refused(self, error: BaseException) -> None:
        self._pin = ""
        self.state = replace(self.state, checking=False, typed=0)
        if not isinstance(error, PosError):
            self.on_change(self.state)
            raise error
        self._say(error)
        self.desk.hands.announce(self.state.wrong, at_once=True)

    def _say(self, error: PosError) -> None:
        """What is in the way, under the dots; a wait counts down."""
        seconds = error.facts.get("wait_s", 0)
        if error.code in ("pin_wait", "pin_badges_only") and isinstance(seconds, int):
            self._open_again_ms = self.desk.till.clock.monotonic_ms() + 1_000 * seconds
            told = _("Wait {time}. A badge works now.")
            if error.code == "pin_badges_only":
                told = _("Too many wrong PINs on this till. Wait {time}, or use a badge.")
            self._wait_words = lambda time: told.format(time=time)
        locked = error.code == "pin_locked"
        self.state = replace(self.state, wrong=self._words(error), can_unlock=locked)
        self.on_change(self.state)

    def _words(self, error: PosError) -> str:
        name = self.state.name
        if error.code == "pin_wrong":
            left = error.facts.get("left", 0)
            left = left if isinstance(left, int) else 0
            return ngettext(
                "Not this PIN. {count} try left.", "Not this PIN. {count} tries left.", left
            ).format(count=left)
        if error.code in ("pin_wait", "pin_badges_only"):
            seconds = error.facts.get("wait_s", 0)
            return self._wait_words(wait(seconds if isinstance(seconds, int) else 30))
        if error.code == "pin_locked":
            return _("Locked for {name}. A manager can open it.").format(name=name)
        if error.code == "pin_locked_hub":
            return _("Locked for {name}. Head office can give a new PIN; a badge works.").format(
                name=name
            )
        return str(self.desk.words(error))

    def _show(self, chosen: str) -> None:
        till = self.desk.till
        people = self._people()
        working = self._working()
        tiles = tuple(
            PersonTile(
                each.staff_id,
                each.name,
                role_name(each.role),
                initials(each.name),
                each.staff_id == chosen,
                each.staff_id in working,
            )
            for each in people
        )
        room = len(tiles) if len(tiles) <= TILES else TILES - 1
        person = till.staff.get(chosen)
        digits = person.pin_digits if person else 0
        prompt = _("Type your PIN") if person else _("Choose who you are")
        self.state = replace(
            LockState(
                title=_("Locked") if self._locked_by else _("Good day"),
                place=self._place(),
                people=tiles[:room],
                more=len(tiles) - room,
                others=tiles if len(tiles) > room else (),
                working=any(tile.working for tile in tiles[:room]),
                name=person.name if person else _("Who is at the till?"),
                role=self._about(person),
                initials=initials(person.name) if person else "",
                chosen=chosen if person else "",
                digits=digits or DOTS,
                opens=_("Opens on the last digit") if digits else "",
                prompt=prompt,
            ),
            **self._waiting_sale(),
        )
        self.on_change(self.state)

    def _place(self) -> str:
        till = self.desk.till
        place = _("till {number}").format(number=till.identity.till)
        store = till.own.store
        if store:
            place = dotted(store.name, place)
        return dotted(place, self._locked_by) if self._locked_by else place

    def _about(self, person: Staff | None) -> str:
        """Under the chosen person's name: their role, and since when their shift is open."""
        if person is None:
            return self._place()
        shift = self.desk.till.shift
        if shift is None or shift.opened_by != person.staff_id:
            return role_name(person.role)
        time = clock(parse_utc(shift.opened), self.desk.zone)
        opened = _("shift open since {time}").format(time=time)
        return dotted(role_name(person.role), opened)

    def _waiting_sale(self) -> dict[str, str]:
        """What waits behind the lock: how much of what, never for whom."""
        basket, priced = self.selling.basket, self.selling.priced
        if basket is None or priced is None:
            return {}
        time = clock(parse_utc(basket.opened_at), self.desk.zone)
        started = _("started {time}").format(time=time)
        return {
            "waiting": _("A sale is waiting"),
            "waiting_amount": self.desk.money(priced.total),
            "waiting_detail": dotted(items_text(basket), started),
        }
