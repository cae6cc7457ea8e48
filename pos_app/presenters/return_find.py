"""Finding what comes back: here, at head office, by card, by customer; and what is said meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from pos_app.domain.errors import PosError
from pos_app.domain.member import Attached
from pos_app.presenters.return_order import doc_view
from pos_app.presenters.return_views import FindView, FormView, OfferView
from pos_app.presenters.typed import amount_typed
from pos_app.till import finding_sales as finding
from pos_app.till import refund
from pos_app.till.finding_sales import AWAY, CHOOSE, FOUND, NONE, WAITING, Search
from pos_app.words import _, current, ngettext, number

if TYPE_CHECKING:
    from pos_app.presenters.desk import Desk
    from pos_app.presenters.returns import Returns
    from pos_app.till.returning import Found

PATIENCE_MS: Final = 8_000
"""So long head office may take to answer; then it goes on without."""
_ORDER: Final = re.compile(r"[A-Za-z#]{1,5}-?\d{3,12}(?:-\d{1,4})?", re.ASCII)
_MONTH_FIRST: Final = ("en", "en_US")


class Finder:
    """The search for a sale; what it finds it gives to the return."""

    def __init__(self, desk: Desk, returns: Returns) -> None:
        self.desk, self.returns = desk, returns
        self.buyer: Callable[[], Attached | None] = lambda: None
        """Who is in the open sale."""
        self.on_search_customer: Callable[[], None] = lambda: None
        """Nobody is in it: the screen of customers is shown."""
        self.search: Search | None = None
        self.docs: tuple[Found, ...] = ()
        self.heading = ""
        self.marked = ""
        self.form: FormView | None = None
        self.offer: OfferView | None = None
        self._asked_ms = 0

    @property
    def waits(self) -> bool:
        """True while head office is asked."""
        return self.search is not None and self.search.state == WAITING

    def begin(self) -> None:
        """The screen is shown anew."""
        self._forget()
        self.docs, self.heading, self.marked, self.form = (), "", "", None

    def _forget(self) -> None:
        self.returns.slips.drop()
        self.search, self.offer = None, None

    def forget_offer(self) -> None:
        """Something else is typed: what was offered for the text before goes."""
        self.offer = None
        if self.waits:
            self._forget()

    def step_back(self) -> bool:
        """Esc; False where there is nothing to leave."""
        if self.waits or self.offer is not None:
            self._forget()
        elif self.form is not None:
            self.form = None
        elif self.docs:
            self.docs, self.heading = (), ""
        elif self.returns.refused[0]:
            self.returns.refused = ("", "")
        else:
            return False
        return True

    # ---- asking

    @staticmethod
    def names_document(code: str) -> bool:
        """True for a scanned text that is a receipt's or an order's, whoever made it."""
        return refund.names_receipt(code) or Finder.names_order(code)

    @staticmethod
    def names_order(text: str) -> bool:
        """True for what people call a shop's order: letters, then a number."""
        return _ORDER.fullmatch(text.strip()) is not None

    def is_here(self, code: str) -> bool:
        """True where this till can say itself what the code of a receipt is, be it a refusal."""
        try:
            refund.find(self.desk.till, code)
        except PosError as error:
            return error.code not in ("sale_not_here", "receipt_till_unknown")
        return True

    def look(self, text: str) -> bool:
        """What was typed or scanned; False where it is not here, or not yet."""
        self.docs, self.heading = (), ""
        return self._with(lambda: finding.find(self.desk.till, text))

    def by_id(self, sale_id: str) -> bool:
        """A sale of the history, or of a customer's."""
        return self._with(lambda: finding.of_id(self.desk.till, sale_id))

    def by_customer(self) -> bool:
        """What whoever is in the open sale bought; nobody there: the customers are searched."""
        who = self.buyer()
        if who is None:
            self.on_search_customer()
            return False
        return self.of_customer(who.customer, who.name)

    def of_customer(self, customer: str, name: str) -> bool:
        """What a customer bought lately."""
        self.docs = ()
        self.heading = _("What {name} bought").format(name=name)
        return self._with(lambda: finding.of_customer(self.desk.till, customer))

    def _with(self, find: Callable[[], Search]) -> bool:
        self._forget()
        self.returns.refused = ("", "")
        try:
            search = find()
        except PosError as error:
            self.returns.refuse(error)
            return False
        return self._stands(search)

    def heard(self) -> None:
        """Something came of the hub, perhaps the answer to this."""
        if not self.waits or self.search is None:
            return
        try:
            search = finding.heard(self.desk.till, self.search)
        except PosError as error:
            self._forget()
            self.returns.refuse(error)
            return
        if search.state != WAITING:
            self._stands(search)

    def _stands(self, search: Search) -> bool:
        """Another state of the search: shown, waited for, or done with."""
        self.search, self.offer = search, None
        if search.state == FOUND and search.found is not None:
            self._forget()
            return self.returns.begin(search.found)
        if search.state == WAITING:
            self._asked_ms = self.desk.till.clock.monotonic_ms()
            self.desk.hands.announce(_("Asking head office…"))
        elif search.state == CHOOSE:
            self.docs = search.several
            form = ngettext("{count} sale found", "{count} sales found", len(self.docs))
            self.heading = self.heading or form.format(count=number(len(self.docs)))
            self.desk.hands.announce(form.format(count=number(len(self.docs))))
            self.returns.text = ""
            self.returns.on_found()
        elif search.state == AWAY:
            self._away(search)
        elif search.state == NONE:
            self._unknown(search)
        self.returns.show()
        return False

    def tick(self) -> None:
        """Once a second: nobody waits longer than that."""
        waited = self.desk.till.clock.monotonic_ms() - self._asked_ms
        if self.waits and self.search is not None and waited >= PATIENCE_MS:
            self._stands(replace(self.search, state=AWAY))

    def _away(self, search: Search) -> None:
        """Nobody can be asked: the goods can be taken in all the same."""
        self.desk.hands.sound("refused")
        order = search.order is not None or self.names_order(search.text)
        title = _("This till has no copy of this sale.")
        if order:
            title = _("This till has no copy of this order.")
        acts: tuple[tuple[str, str], ...]
        acts = (("return_take_in", _("Take in")), ("return_voucher", _("Store voucher")))
        detail = _("Take it in now, refund when online?")
        if search.asked is not None and (search.asked.customer or search.asked.last4):
            title, acts = _("Only head office can look that up."), ()
            detail = _("Scan the receipt, or try again when the line is back.")
        self.offer = OfferView(title, detail, "off", acts)
        self.desk.hands.announce(f"{title} {detail}", at_once=True)

    def _unknown(self, search: Search) -> None:
        self.desk.hands.sound("refused")
        title = _("Nothing was found for this.")
        if search.text:
            title = _("Head office knows no sale {number}.").format(number=search.doc_no)
        detail = _("Check the number, or find it by card or by customer.")
        self.returns.refused = (title, detail)
        self.desk.hands.announce(f"{title} {detail}", at_once=True)

    # ---- several

    def choose(self, row: int) -> bool:
        """One of what was found."""
        if not 0 <= row < len(self.docs):
            return False
        self.marked = self.docs[row].sale.id
        return self.returns.begin(self.docs[row])

    def move(self, step: int) -> bool:
        """The next or the one before in the list; False where there is none."""
        if not self.docs or self.waits:
            return False
        ids = [each.sale.id for each in self.docs]
        here = ids.index(self.marked) if self.marked in ids else -1 if step > 0 else len(ids)
        self.marked = ids[max(0, min(len(ids) - 1, here + step))]
        self.returns.show()
        return True

    def take_marked(self) -> bool:
        """Enter: the marked one; else the first."""
        ids = [each.sale.id for each in self.docs]
        return self.choose(ids.index(self.marked) if self.marked in ids else 0)

    # ---- by card

    def toggle_form(self) -> None:
        """By card: its three fields, or none again."""
        self.form = (
            None if self.form is not None else FormView(why_not=_("Four digits are enough."))
        )
        self.returns.show()

    def type_form(self, field: str, text: str) -> None:
        """One of the three was typed."""
        if self.form is None:
            return
        values = {"last4": self.form.last4, "day": self.form.day, "amount": self.form.amount}
        values[field] = text
        self.form = FormView(**values)
        self.form = FormView(**values, why_not=self._missing(self.form))
        self.returns.show()

    def _missing(self, form: FormView) -> str:
        if not (len(form.last4.strip()) == LAST4 and form.last4.strip().isdecimal()):
            return _("The last four digits stand on the receipt and on the card.")
        if not self._day(form.day):
            return _("Type the day, like {day}.").format(day=self._like())
        if not amount_typed(form.amount, self.desk.currency):
            return _("Type what was paid by that card.")
        return ""

    def by_card(self) -> bool:
        """Looks for it."""
        form = self.form
        if form is None or self._missing(form):
            return False
        amount = amount_typed(form.amount, self.desk.currency) or 0
        day = self._day(form.day)
        self.docs, self.heading = (), _("Paid by card •{digits}").format(digits=form.last4.strip())
        return self._with(lambda: finding.of_card(self.desk.till, form.last4.strip(), day, amount))

    def _like(self) -> str:
        day = date.fromisoformat(self.desk.till.business_date())
        if current() in _MONTH_FIRST:
            return f"{day.month}/{day.day}"
        return f"{day.day}.{day.month}."

    def _day(self, text: str) -> str:
        """The day that was typed, ISO; of two numbers the newest such day; empty for none."""
        today = date.fromisoformat(self.desk.till.business_date())
        parts = [int(part) for part in re.findall(r"[0-9]{1,4}", text)]
        if len(parts) not in (2, 3) or max(parts, default=0) > YEAR_MOST:
            return ""
        if len(parts) == 3 and parts[0] > 31:
            year, month, day = parts
        else:
            first, second = parts[0], parts[1]
            month, day = (first, second) if current() in _MONTH_FIRST else (second, first)
            year = parts[2] if len(parts) == 3 else today.year
            year += 2000 if year < 100 else 0
        try:
            found = date(year, month, day)
            if found > today and len(parts) == 2:
                found = date(year - 1, month, day)
        except ValueError:
            return ""
        return found.isoformat() if found <= today else ""

    # ---- what is shown

    def note(self, text: str) -> str:
        """What the text in the search field names."""
        text = text.strip()
        if self.returns.going.armed or self.returns.pending.open or not text:
            return ""
        if self.names_order(text):
            return _("Online order")
        return _("Receipt number") if text.replace("-", "").replace(".", "").isdecimal() else ""

    def name_of(self, customer: str) -> str:
        """What a customer is called; empty where this till does not know."""
        if not customer:
            return ""
        from pos_app.till import customers

        row = customers.get(self.desk.till, customer)
        return row.name if row is not None else ""

    def account_of(self, customer: str) -> str:
        """The account of somebody's store credit; empty where nobody is known."""
        if not customer:
            return ""
        from pos_app.till import customers

        row = customers.get(self.desk.till, customer)
        return (row.account if row is not None else "") or customer

    def view(self) -> FindView:
        """The work area while no sale is chosen."""
        who = self.buyer()
        by = _("What {name} bought").format(name=who.name) if who is not None else _("By customer")
        return FindView(
            title=_("Scan the receipt or the order"),
            detail=_("Or type its number. Any store, any channel."),
            asking=_("Asking head office…") if self.waits else "",
            docs=tuple(doc_view(self.desk, each) for each in self.docs),
            heading=self.heading,
            marked=self.marked,
            form=self.form,
            customer=by,
            no_receipt=_("No receipt") if self.returns.pending.may() else "",
        )


LAST4: Final = 4
YEAR_MOST: Final = 2100
