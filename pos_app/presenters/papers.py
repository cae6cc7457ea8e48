"""What a customer gets of a sale: the receipt, one without prices, nothing; an invoice afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from pos_app.domain.errors import PosError
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.done import Receipts
from pos_app.till import invoicing, reprint, showing
from pos_app.till.papers import GIFT, NONE, RECEIPT
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.domain.receipt import Receipt

CHOICES = (RECEIPT, GIFT, NONE)


class InvoiceState(msgspec.Struct, frozen=True):
    """The sheet that asks who an invoice is made out to."""

    title: str = ""
    detail: str = ""
    problem: str = ""
    fault: str = ""
    """name or vat_id: which field the problem is about."""
    made: bool = False
    """There is one already: it can be printed again, and nothing typed."""
    busy: bool = False


class Papers:
    """Gift receipts and invoices of sales that are done. `receipts` runs the print queue."""

    def __init__(self, desk: Desk, receipts: Receipts) -> None:
        self.desk, self.receipts = desk, receipts
        self.on_change: Callable[[InvoiceState], None] = lambda _state: None
        self.state = InvoiceState()
        self._sale_id = ""

    def gift(self, sale_id: str) -> None:
        """A receipt without prices, for who gets the present."""
        till = self.desk.till

        def queued(result: reprint.Copied) -> None:
            text = _("Gift receipt for {number} goes to the printer.")
            self.desk.hands.toast(text.format(number=result.doc_no))
            self.receipts.run()

        job = lambda: reprint.gift_receipt(till, sale_id)  # noqa: E731 - a job for a lane
        self.desk.hands.run(LEDGER, job, queued, self.desk.tell)

    def open(self, sale_id: str) -> None:
        """Asks who the invoice of a sale is made out to, or shows that there is one."""
        till = self.desk.till
        sale = till.view.sale(sale_id)
        if sale is None:
            return
        self._sale_id = sale_id
        title = _("Invoice for sale {number}").format(number=sale.doc_no)
        found = till.view.invoice_of(sale_id)
        if found is None:
            detail = _("It gets a number of its own and goes to the printer.")
            self._show(InvoiceState(title, detail))
        else:
            text = _("Invoice {number} is made out to {name}.")
            detail = text.format(number=found[0].doc_no, name=found[0].buyer.name)
            self._show(InvoiceState(title, detail, made=True))
        self.desk.hands.open_sheet("invoice")

    def make(self, name: str, address: str, vat_id: str) -> None:
        """What was typed becomes the invoice; what is wrong with it is said beside it."""
        if self.state.made:
            self.print_again()
            return
        if self.state.busy:
            return
        try:
            to = invoicing.buyer(name, address, vat_id)
        except PosError as told:
            self._refuse(told)
            return
        till, sale_id = self.desk.till, self._sale_id
        self._show(msgspec.structs.replace(self.state, problem="", fault="", busy=True))
        self.desk.hands.run(
            LEDGER, lambda: invoicing.invoice(till, sale_id, to), self._made, self._failed
        )

    def print_again(self) -> None:
        """A numbered copy of the invoice that is there."""
        till, sale_id = self.desk.till, self._sale_id

        def queued(result: reprint.Copied) -> None:
            text = _("Copy {count} of invoice {number} goes to the printer.")
            self.desk.hands.toast(text.format(count=result.copy_no, number=result.doc_no))
            self.receipts.run()

        self.desk.hands.close_sheet()
        self.desk.attempt(
            lambda given: reprint.reprint_invoice(
                till, sale_id, given.reason, approval=given.approval
            ),
            queued,
            self.desk.tell,
            title=_("Print again"),
            lane=LEDGER,
        )

    def look(self, fact_id: str, then: Callable[[Receipt | None], None]) -> None:
        """Hands a document as its receipt to whoever shows it; None where there is nothing."""
        till = self.desk.till

        def failed(error: BaseException) -> None:
            if not isinstance(error, PosError):
                raise error
            then(None)

        self.desk.hands.run(LEDGER, lambda: showing.prepared(till, fact_id), then, failed)

    def _made(self, result: invoicing.Invoicing) -> None:
        self._show(msgspec.structs.replace(self.state, busy=False))
        self.desk.hands.close_sheet()
        text = _("Invoice {number} goes to the printer.")
        self.desk.hands.toast(text.format(number=result.invoiced.doc_no))
        self.receipts.run()

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, PosError):
            self._show(msgspec.structs.replace(self.state, busy=False))
            raise error
        self._refuse(error)

    def _refuse(self, told: PosError) -> None:
        fault = {"buyer_missing": "name", "vat_id_unlikely": "vat_id"}.get(told.code, "")
        words = str(self.desk.words(told))
        self._show(msgspec.structs.replace(self.state, problem=words, fault=fault, busy=False))

    def _show(self, state: InvoiceState) -> None:
        self.state = state
        self.on_change(state)
