"""The Customers screen: a list of who is meant, one of them in full, and what is done with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from pos_app.domain.errors import PosError, Refused
from pos_app.presenters.customer_forms import Forms
from pos_app.presenters.customer_history import Moments
from pos_app.presenters.customer_profile import name_only, person_row, profile
from pos_app.presenters.customer_views import MATCHES, RECENT, CustomersState
from pos_app.presenters.desk import LEDGER, Consent, Desk
from pos_app.presenters.selling import Selling
from pos_app.till import customers, inquiries
from pos_app.words import _, has_words, ngettext, number
from sync.protocol.customers import CustomerFind, CustomerRow, CustomersFound

SHOWN: Final = 20
TYPED_MIN: Final = 3
SHOWN_MS: Final = 20_000
"""So long addresses are shown in full."""
REST_MS: Final = 300
"""Somebody stopped typing: what happened elsewhere is asked for."""


class Customers:
    """The screen's state, and every act on it."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_change: Callable[[CustomersState], None] = lambda _state: None
        self.on_attached: Callable[[], None] = lambda: None
        """The sale has its customer: back to it."""
        self.state = CustomersState()
        self.forms = Forms(desk, self.person, self.changed)
        self.moments = Moments(desk)
        self._text, self._tab, self._chosen = "", RECENT, ""
        self._rows: list[CustomerRow] = []
        self._far: dict[str, CustomerRow] = {}
        """Found in all stores: this till may not keep them."""
        self._asked = self._asked_text = ""
        self._merging: dict[str, str] = {}
        self._unmasked = ""
        self._until_ms = 0
        self._turn = 0

    # ---- coming and going

    def open(self) -> bool:
        """The screen as it begins: whose sale this is, else who was here last."""
        till = self.desk.till
        if not customers.level(till):
            self.desk.hands.toast(_("A colleague at the till looks customers up."))
            return False
        self._text, self._tab, self._unmasked = "", RECENT, ""
        self._asked = self._asked_text = ""
        basket = self.selling.basket
        attached = basket.customer.customer if basket and basket.customer else ""
        self._find()
        self._choose(attached)
        return True

    def leave(self) -> None:
        """Another screen is shown: nobody's address stays on the screen."""
        self._unmasked, self._chosen = "", ""
        self._far.clear()
        self.moments.open("")
        self.state = CustomersState()

    def changed(self) -> None:
        """Something of customers is other than before."""
        if self.state.title:
            self._find()
            self._show()

    # ---- the list

    def type(self, text: str) -> None:
        """Another text in the search field."""
        self._text = text.strip()
        self._tab = MATCHES if self._text else RECENT
        self._find()
        first = self._rows[0].customer if self._rows and len(self._text) >= TYPED_MIN else ""
        self._choose(first, later=True)

    def choose_tab(self, tab: str) -> None:
        """Who matches, or who was here last."""
        self._tab = tab
        self._find()
        self._show()

    def _find(self) -> None:
        till = self.desk.till
        if self._tab == RECENT:
            self._rows = customers.lately(till, SHOWN)
        elif len(self._text) < TYPED_MIN:
            self._rows = []
        else:
            self._rows = customers.search(till, self._text, SHOWN)
            held = {row.customer for row in self._rows}
            if self._asked_text == self._text:
                self._rows += [row for row in self._far.values() if row.customer not in held]

    def choose(self, customer: str) -> None:
        """Somebody of the list."""
        self._choose(customer)

    def move(self, step: int) -> None:
        """The next of the list, or the one before."""
        ids = [row.customer for row in self._rows]
        if ids:
            here = ids.index(self._chosen) if self._chosen in ids else -1 if step > 0 else 0
            self._choose(ids[max(0, min(len(ids) - 1, here + step))], later=True)

    def _choose(self, customer: str, *, later: bool = False) -> None:
        if customer != self._chosen:
            self._unmasked = ""
        self._chosen = customer
        self._turn += 1
        turn = self._turn
        self.moments.customer = customer
        if not customer or not later:
            self.moments.open(customer)
        else:
            self.moments.open_here(customer)
            self.desk.hands.later(REST_MS, lambda: self._rested(turn))
        self._show()

    def _rested(self, turn: int) -> None:
        if turn == self._turn and self.state.title:
            self.moments.open(self._chosen)
            self._show()

    def person(self, customer: str = "") -> CustomerRow | None:
        """Who is chosen, or somebody by their id."""
        wanted = customer or self._chosen
        if not wanted:
            return None
        return customers.get(self.desk.till, wanted) or self._far.get(wanted)

    # ---- all stores

    def search_all(self) -> None:
        """Asks head office who in all stores is meant."""
        till = self.desk.till
        if till.offline or len(self._text) < TYPED_MIN:
            return
        message = CustomerFind(self._text, limit=SHOWN)
        self._asked = inquiries.ask(till, inquiries.FIND_CUSTOMERS, message)
        self._asked_text = self._text
        self._far.clear()
        self._show()

    def heard(self, ask_id: str) -> None:
        """The hub answered something."""
        till = self.desk.till
        if ask_id and ask_id == self._asked:
            self._asked = ""
            found = inquiries.answer(till, ask_id, CustomersFound)
            for row in found.rows if found is not None else ():
                self._far[row.customer] = row
            self._find()
            if self._rows and not self._chosen:
                self._choose(self._rows[0].customer, later=True)
            self._show()
        elif self.moments.heard(ask_id):
            self._show()
        elif customers.reply_to(till, ask_id) is not None:
            self._answered(ask_id)

    def _answered(self, ask_id: str) -> None:
        reply = customers.reply_to(self.desk.till, ask_id)
        if reply is None:
            return
        if reply.state != "DONE":
            self.desk.hands.toast(self._why_not(reply.why))
        elif reply.kept:
            self.desk.hands.toast(_("Somebody changed this customer meanwhile: that stands."))
        elif ask_id in self._merging:
            self.desk.hands.toast(_("Joined. It can be undone for 30 days."))
        elif reply.text:
            self.desk.hands.toast(_("Noted as {number}.").format(number=reply.text[:24]))
        self._merging.pop(ask_id, None)
        self.changed()

    def _why_not(self, code: str) -> str:
        if has_words(code):
            return str(self.desk.words(Refused(code)))
        return _("Head office did not do it. Look again.")

    # ---- the sale

    @property
    def attached(self) -> str:
        """Whose sale is open."""
        basket = self.selling.basket
        return basket.customer.customer if basket and basket.customer else ""

    def enter(self) -> None:
        """Enter: the only hit is attached, and the sale goes on; of several one is opened."""
        if self._tab == MATCHES and len(self._rows) == 1:
            self._choose(self._rows[0].customer, later=True)
            self.attach()

    def attach(self, *, stay: bool = False) -> None:
        """The chosen one is this sale's customer; taken off it where they are already."""
        row = self.person()
        if row is None:
            self.desk.hands.sound("refused")
            return
        if self.attached == row.customer:
            done = stay or self.selling.detach()
        else:
            done = self.selling.attach(row, customers.SEARCH)
        if done and not stay:
            self.on_attached()
        elif done:
            self._show()

    def scanned(self, code: str) -> bool:
        """A member's card, on any screen; False where the code is nobody's."""
        row = customers.by_card(self.desk.till, code)
        if row is None:
            return False
        if self.desk.till.shift is None:
            return False
        if self.selling.attach(row, customers.CARD):
            self.desk.hands.toast(_("{name} is in this sale.").format(name=row.name))
        if self.state.title:
            self._choose(row.customer)
        return True

    def add_tip(self, place: int) -> None:
        """Something recommended goes into the sale."""
        shown = self.state.profile
        if shown is not None and place < len(shown.tips):
            tip = shown.tips[place]
            self.selling.scan(tip.sku, code=False)
            self.desk.hands.toast(_("Added {name}.").format(name=tip.name))
            self._show()

    # ---- what is done to them

    def show_contacts(self) -> None:
        """Addresses in full for a while; that somebody looked is kept first."""
        customer = self._chosen
        if not customer:
            return
        if self._unmasked == customer:
            self._hide(customer)
            return
        till = self.desk.till

        def act(consent: Consent) -> None:
            customers.contacts_shown(till, customer, approval=consent.approval)

        def done(_nothing: object) -> None:
            self._unmasked = customer
            self._until_ms = till.clock.monotonic_ms() + SHOWN_MS
            self._show()

        title = _("Show address and number")
        self.desk.attempt(act, done, self.desk.tell, title=title, lane=LEDGER)

    def _hide(self, customer: str) -> None:
        if self._unmasked == customer:
            self._unmasked = ""
            if self.state.title:
                self._show()

    def tick(self) -> None:
        """A second is over."""
        if self._unmasked and self.desk.till.clock.monotonic_ms() >= self._until_ms:
            self._hide(self._unmasked)

    def choose_moments(self, kind: str) -> None:
        """Orders, returns, support, points or all of what happened."""
        self.moments.choose(kind)
        self._show()

    def more_moments(self) -> None:
        """What was before."""
        self.moments.more()

    def merge(self) -> None:
        """The proposed one is the same person."""
        row = self.person()
        if row is None or not row.proposals:
            return
        till, other = self.desk.till, row.proposals[0].other

        def act(consent: Consent) -> str:
            return customers.merge(till, row.customer, other, approval=consent.approval)

        def done(ask_id: str) -> None:
            self._merging[ask_id] = other
            self.desk.hands.close_sheet()
            words = _("Joined as soon as head office agrees.")
            self.desk.hands.toast(words, lambda: self.unmerge(row.customer, other))
            self.changed()

        title = _("Two customers are one person")
        self.desk.attempt(act, done, self.desk.tell, title=title, lane=LEDGER)

    def unmerge(self, customer: str, other: str) -> None:
        """They are two after all."""
        till = self.desk.till

        def act(consent: Consent) -> str:
            return customers.unmerge(till, customer, other, approval=consent.approval)

        self.desk.attempt(
            *(act, self._told, self.desk.tell), title=_("Two people after all"), lane=LEDGER
        )

    def dismiss(self) -> None:
        """They are two people: it is not asked again."""
        row, till = self.person(), self.desk.till
        if row is None or not row.proposals:
            return
        other = row.proposals[0].other
        self.desk.hands.run(
            LEDGER,
            lambda: customers.dismiss(till, row.customer, other),
            self._told,
            self.desk.tell,
        )

    def _told(self, _ask_id: object) -> None:
        self.desk.hands.close_sheet()
        self.changed()

    def privacy(self, act: str) -> None:
        """Their data is sent to them, or erased."""
        row, till = self.person(), self.desk.till
        if row is None:
            return

        def ask(consent: Consent) -> str:
            return customers.privacy(till, row.customer, act, approval=consent.approval)

        def done(_ask_id: str) -> None:
            self.desk.hands.toast(_("Head office has been asked."))
            self.changed()

        title = _("Customer's data")
        self.desk.attempt(ask, done, self.desk.tell, title=title, lane=LEDGER)

    # ---- drawing

    def _show(self) -> None:
        till, row = self.desk.till, self.person()
        by_name = customers.level(till) == customers.NAMES
        rows = tuple(
            name_only(each) if by_name else person_row(self.desk, each) for each in self._rows
        )
        found = len(self._rows) if self._tab == MATCHES else 0
        note = ""
        if self._text and len(self._text) >= TYPED_MIN and self._tab == MATCHES:
            form = ngettext("{count} person", "{count} people", found)
            note = form.format(count=number(found))
        shown = None
        if row is not None and not by_name:
            shown = profile(self.desk, row, masked=self._unmasked != row.customer)
            if self._merging:
                shown = replace(shown, proposed=None)
        state = CustomersState(
            text=self._text,
            note=note,
            tab=self._tab,
            matches=number(found) if found else "",
            rows=rows,
            chosen=self._chosen,
            profile=shown,
            history=self.moments.state(row),
            title=_("Customers"),
            **self._nobody(),
            **self._finish(row),
        )
        self.state = state
        self.on_change(state)

    def _nobody(self) -> dict[str, Any]:
        """What stands where nobody is found."""
        text = self._text
        far = {"elsewhere": "", "elsewhere_why": ""}
        if self._tab == MATCHES and len(text) >= TYPED_MIN:
            far["elsewhere"] = _("Search all stores")
            if self.desk.till.offline:
                far["elsewhere_why"] = _("Back when online")
            elif self._asked:
                far["elsewhere_why"] = _("Looking in all stores \u2026")
        if self._rows:
            return {"empty": "", "empty_detail": "", **far}
        if self._tab == MATCHES and len(text) < TYPED_MIN:
            empty, detail = _("Type three letters or digits"), ""
        elif self._tab == MATCHES:
            empty = _("No one called {text} here.").format(text=text[:40])
            detail = ""
            if self._asked_text == text and not self._asked:
                empty = _("No one called {text} in any store.").format(text=text[:40])
        else:
            empty = _("Nobody was here yet.")
            detail = _("Type a name, the end of a phone number, an address, or scan a card.")
        return {"empty": empty, "empty_detail": detail, **far}

    def _finish(self, row: CustomerRow | None) -> dict[str, str]:
        till = self.desk.till
        if row is None:
            return {"finish": _("Attach to the sale"), "finish_why": _("Choose a customer")}
        if self.attached == row.customer:
            return {"finish": _("Take off the sale")}
        why = ""
        if till.shift is None:
            why = _("Open the shift first")
        elif self.selling.payments:
            why = _("Something is paid already")
        elif not customers.may(till, customers.ATTACH):
            why = _("A colleague at the till does that")
        return {
            "finish": _("Attach to the sale"),
            "finish_amount": self._would_earn(row),
            "finish_why": why,
        }

    def _would_earn(self, row: CustomerRow) -> str:
        basket = self.selling.basket
        if basket is None or not basket.lines or not row.member or basket.rewards:
            return ""
        from pos_app.till import points

        till = self.desk.till
        try:
            earned = points.earned(till, customers.attach(till, basket, row))
        except PosError:
            return ""
        return _("+{points} pts").format(points=number(earned)) if earned > 0 else ""
