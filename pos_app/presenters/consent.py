"""A reason, or somebody's PIN: what an act may still need before it is done."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from pos_app.domain.errors import PosError
from pos_app.domain.staff import PIN_MAX, Role
from pos_app.presenters.actions import action_title
from pos_app.presenters.desk import LEDGER, Asked, Consent, Desk
from pos_app.presenters.return_views import reason_words
from pos_app.till import sign_in
from pos_app.till.permission import Approval
from pos_app.words import _

N_ = str

REASONS: dict[str, tuple[str, ...]] = {
    "discount": (N_("Damaged"), N_("Last piece"), N_("Price match"), N_("Goodwill")),
    "void_sale": (N_("Wrong item"), N_("Wrong payment"), N_("Customer changed mind"), N_("Test")),
    "reprint": (N_("Customer asked"), N_("Paper jam"), N_("For the books")),
    "no_sale": (N_("Change money"), N_("Count"), N_("Forgot item in drawer")),
    "cancel_basket": (N_("Customer left"), N_("Wrong basket"), N_("Test")),
    "line_void": (N_("Not wanted"), N_("Scanned by mistake"), N_("Wrong price")),
    "close_shift": (N_("Miscount"), N_("Wrong change"), N_("Unknown")),
    "age_override": (N_("Known customer"), N_("Other proof seen")),
    "price_override": (N_("Wrong label"), N_("Price match"), N_("Goodwill")),
    "pick_order": (N_("No barcode"), N_("Label torn"), N_("Scanner does not read it")),
    "shorten_order": (N_("Not on its shelf"), N_("Damaged"), N_("Sold meanwhile")),
    "cancel_order": (N_("Customer asked"), N_("Cannot be had"), N_("Nobody came")),
    "hand_over_no_code": (N_("Code lost"), N_("Phone is empty"), N_("Known customer")),
    "training_mode": (N_("New colleague"), N_("Practice")),
    "": (N_("Customer asked"), N_("Mistake"), N_("Other")),
}
"""What is usually said; anything else can be typed."""
PIN_REST_MS = 120
"""How long its last digit rests before it is tried: a scan would have gone on by then."""


class Person(msgspec.Struct, frozen=True):
    """Somebody who may agree."""

    staff_id: str
    name: str
    role: str


class ConsentState(msgspec.Struct, frozen=True):
    """What the sheet shows."""

    needs: str = ""
    """`reason`, `manager` or nothing."""
    title: str = ""
    detail: str = ""
    reasons: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    chosen: str = ""
    typed: int = 0
    digits: int = 0
    """How long the chosen person's PIN is; 0 where nobody knows: then Enter tries it."""
    checking: bool = False
    wrong: str = ""
    hint: str = ""
    """What a badge does here, or what is still wanted after one was read."""


def role_name(role: Role) -> str:
    """A role as people say it."""
    return {
        Role.CASHIER: _("Cashier"),
        Role.SENIOR: _("Senior"),
        Role.PICKUP: _("Pickup"),
        Role.MANAGER: _("Manager"),
        Role.HQ: _("Head office"),
        Role.AUDITOR: _("Auditor"),
        Role.IT: _("IT"),
    }[role]


def initials(name: str) -> str:
    """Two letters for a person without a picture."""
    words = [word for word in name.split() if word[:1].isalnum()]
    if not words:
        return "?"
    last = words[-1][0] if len(words) > 1 else ""
    return (words[0][0] + last).upper()


class ConsentPresenter:
    """Asks for what `Desk.asked` needs and gives it back to the desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.on_change: Callable[[ConsentState], None] = lambda _state: None
        self.state = ConsentState()
        self._pin = ""
        self._badge = ""
        """The code of a badge whose PIN has yet to be typed."""
        desk.on_asked = self.refresh

    def refresh(self) -> None:
        """Shows what is asked for now."""
        asked = self.desk.asked
        self._pin = self._badge = ""
        if asked is None:
            self._show(ConsentState())
            return
        if asked.needs == "reason":
            reasons = tuple(_(each) for each in REASONS.get(asked.action, REASONS[""]))
            self._show(ConsentState("reason", asked.title, asked.told.title, reasons))
            return
        people = self._approvers(asked.action, asked.amount)
        chosen = people[0].staff_id if people else ""
        detail = self._what(asked)
        if not people:
            detail = _("Nobody who may agree to this works here. Ask head office.")
        self._show(
            ConsentState(
                *("manager", asked.title, detail, (), people, chosen),
                digits=self._digits(chosen),
                hint=_("Scan a badge, or type a PIN.") if people else "",
            )
        )

    def _what(self, asked: Asked) -> str:
        """What is asked, by whom and why: whoever agrees reads it beside the basket."""
        person = self.desk.till.person
        title = action_title(self.desk.till.policy, asked.action)
        lines = [line for line in (title, asked.told.title) if line]
        if person is not None:
            lines.append(_("{name} asks.").format(name=person.name))
        if asked.consent.reason:
            reason = reason_words(asked.consent.reason)
            lines.append(_("Reason: {reason}").format(reason=reason))
        return "\n".join(lines)

    def _digits(self, staff_id: str) -> int:
        person = self.desk.till.staff.get(staff_id)
        return person.pin_digits if person else 0

    def _approvers(self, action: str, amount: int) -> tuple[Person, ...]:
        till = self.desk.till
        own = till.person.staff_id if till.person else ""
        return tuple(
            Person(person.staff_id, person.name, role_name(person.role))
            for person in sign_in.people(till)
            if person.staff_id != own
            and till.policy.may_approve(person.role, action, amount, offline=till.offline)
        )

    def give_reason(self, reason: str) -> None:
        """The reason is here."""
        asked = self.desk.asked
        if asked is not None and reason.strip():
            self.desk.answer(replace(asked.consent, reason=reason.strip()))

    def choose(self, staff_id: str) -> None:
        """That person is going to agree."""
        self._pin = self._badge = ""
        self._show(
            replace(
                self.state,
                chosen=staff_id,
                typed=0,
                wrong="",
                digits=self._digits(staff_id),
                hint=_("Scan a badge, or type a PIN."),
            )
        )

    def badge(self, code: str) -> None:
        """A badge was read while somebody's word is wanted."""
        asked, till = self.desk.asked, self.desk.till
        if asked is None or self.state.needs != "manager" or self.state.checking:
            return
        self._show(replace(self.state, checking=True, wrong=""))

        def refused(error: BaseException) -> None:
            if not (isinstance(error, PosError) and error.code == "badge_needs_pin"):
                self._refused(error)
                return
            staff_id = str(error.facts["staff"])
            self.choose(staff_id)
            self._badge = code
            name = self.desk.name_of(staff_id)
            told = _("The badge of {name} was read. Now type the PIN.").format(name=name)
            self._show(replace(self.state, checking=False, hint=told))

        self.desk.hands.run(
            LEDGER,
            lambda: sign_in.approve_badge(
                till, code, asked.action, asked.amount, reason=asked.consent.reason
            ),
            lambda approval: self._agreed(asked, approval),
            refused,
        )

    def digit(self, digit: str) -> None:
        """One more digit of the PIN."""
        if self.state.checking or not self.state.chosen or len(self._pin) >= PIN_MAX:
            return
        self._pin += digit
        self._show(replace(self.state, typed=len(self._pin), wrong=""))
        if len(self._pin) == self.state.digits:
            pin = self._pin
            self.desk.hands.later(PIN_REST_MS, lambda: self._check_if(pin))

    def erase(self, *, everything: bool = False) -> None:
        """Takes back a digit, or all of them."""
        self._pin = "" if everything else self._pin[:-1]
        self._show(replace(self.state, typed=len(self._pin), wrong=""))

    def _check_if(self, pin: str) -> None:
        if pin == self._pin:
            self.check()

    def restore_pin(self, pin: str) -> None:
        """Takes keys back that turned out to be a scan."""
        if not self.state.checking:
            self._pin = pin
            self._show(replace(self.state, typed=len(pin), wrong=""))

    @property
    def pin(self) -> str:
        """What was typed, for taking a scan's keys back."""
        return self._pin

    def check(self) -> None:
        """Tries the PIN, off this thread."""
        asked, staff_id, pin = self.desk.asked, self.state.chosen, self._pin
        if asked is None or not pin or self.state.checking:
            return
        self._show(replace(self.state, checking=True))
        till, badge = self.desk.till, self._badge
        self.desk.hands.run(
            LEDGER,
            lambda: sign_in.approve(
                *(till, staff_id, pin, asked.action, asked.amount),
                reason=asked.consent.reason,
                badge=badge,
            ),
            lambda approval: self._agreed(asked, approval),
            self._refused,
        )

    def _agreed(self, asked: Asked, approval: Approval) -> None:
        self._pin = self._badge = ""
        self._show(replace(self.state, checking=False, typed=0))
        self.desk.answer(Consent(asked.consent.reason, approval))

    def _refused(self, error: BaseException) -> None:
        self._pin = ""
        if not isinstance(error, PosError):
            self._show(replace(self.state, checking=False, typed=0))
            raise error
        told = str(self.desk.words(error))
        self._show(replace(self.state, checking=False, typed=0, wrong=told))
        self.desk.hands.announce(told, at_once=True)

    def leave(self) -> None:
        """Nobody agreed."""
        self._pin = self._badge = ""
        self.desk.drop()

    def _show(self, state: ConsentState) -> None:
        self.state = state
        self.on_change(state)
