"""Which sale or order a customer means, wherever it was sold.

    search = find(till, "W-10391")
    if search.state == WAITING:            # the hub was asked: nobody waits, sync brings the answer
        search = heard(till, search)       # … and again, whenever something was heard
    if search.found: back = refund.begin(till, search.found)

Looked at in turn: this till's own journal, what the hub told of the store's other tills, the orders
of the store, and then the hub, which knows every store and channel. Without the hub a sale that is
not here can still be taken in (`pending`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from pos_app.domain.errors import Refused
from pos_app.domain.money import minor_digits
from pos_app.domain.text import plain
from pos_app.till import inquiries, refund
from pos_app.till.returning import HUB, Found, Underway
from pos_app.till.till import Till
from sync.protocol import SaleFind, SalesFound, SoldDoc
from sync.protocol.orders import OrderRow

if TYPE_CHECKING:
    from pos_app.store.reader import LedgerReads

FOUND, CHOOSE, WAITING, NONE, AWAY = "found", "choose", "waiting", "none", "away"
"""One sale; several to choose from; the hub was asked; nobody knows it; the hub is not there."""
TEXT_MAX: Final = 400
_CARD: Final = re.compile(
    r"(?:[•*·x.\s]*)(\d{4})[\s,;]+(\d{4}-\d{2}-\d{2})[\s,;]+(\d{1,12}(?:[.,]\d{1,3})?)", re.ASCII
)
"""`4242 2026-05-12 211.50`: the card's end, the day and what was paid."""
_NOT_HERE: Final = frozenset({"sale_not_here", "receipt_till_unknown"})


@dataclass(frozen=True, slots=True)
class Search:
    """A question after a sale, and how far it is answered."""

    text: str
    state: str
    found: Found | None = None
    several: tuple[Found, ...] = ()
    """The newest first."""
    more: bool = False
    ask_id: str = ""
    order: OrderRow | None = None
    """Known here as a customer's order, by its goods: enough to take them in."""
    doc_no: str = ""
    """What stands on the paper, where one was read."""
    total: int | None = None
    """What the paper says it came to; None where it does not."""
    asked: SaleFind | None = None


def find(till: Till, text: str) -> Search:
    """The sale of a receipt's code or number, an order's name, or a card's end with day and total.

    Reads, and asks the hub where nobody here knows it. Raises what `believing.believe` does for a
    receipt that is not to be believed.
    """
    text = plain(text, TEXT_MAX)
    card = _CARD.fullmatch(text)
    if card is not None:
        return of_card(till, card[1], card[2], _minor(till, card[3]), text)
    try:
        return Search(text, FOUND, refund.find(till, text))
    except Refused as no:
        if no.code not in _NOT_HERE:
            raise
    order = _order(till, text)
    number, total = (order.name, None) if order is not None else _on_paper(text)
    asked = SaleFind(sale=order.order) if order is not None else SaleFind(number=number)
    return _ask(till, Search(text, WAITING, order=order, doc_no=number, total=total), asked)


def of_card(till: Till, last4: str, day: str, total: int, text: str = "") -> Search:
    """The sales of a day that were paid with a card ending so, over that amount (minor units)."""
    return _ask(till, Search(text, WAITING), SaleFind(last4=last4, day=day, total=total))


def of_customer(till: Till, customer: str) -> Search:
    """What a customer bought lately, in all stores and channels; without the hub what is here."""
    return _ask(till, Search("", WAITING), SaleFind(customer=customer))


def of_id(till: Till, sale: str) -> Search:
    """A sale or an order by its id, as a customer's history names it."""
    try:
        return Search("", FOUND, refund.find_by_id(till, sale))
    except Refused:
        return _ask(till, Search("", WAITING), SaleFind(sale=sale))


def _ask(till: Till, search: Search, asked: SaleFind) -> Search:
    ask_id = inquiries.ask(till, inquiries.FIND_SALES, asked)
    return heard(till, replace(search, ask_id=ask_id, asked=asked))


def more(till: Till, search: Search) -> Search:
    """Asks the hub what it knows besides of a sale that is here; nobody waits, see `told_more`.

    That is what may not come back, until when, what is under way elsewhere, and who bought it.
    """
    if search.found is None or till.offline or till.training:
        return search
    asked = SaleFind(sale=search.found.sale.id)
    return replace(search, ask_id=inquiries.ask(till, inquiries.FIND_SALES, asked), asked=asked)


def told_more(till: Till, search: Search) -> Search:
    """A found sale with what the hub added by now; the same where it said nothing."""
    found = search.found
    told = inquiries.answer(till, search.ask_id, SalesFound) if search.ask_id else None
    if found is None or told is None:
        return search
    doc = next((doc for doc in told.docs if doc.sale.id == found.sale.id), None)
    return search if doc is None else replace(search, found=found_of(till, doc), ask_id="")


def again(till: Till, search: Search) -> Search:
    """The same asked once more, where nobody answered."""
    if search.asked is None:
        return search
    return _ask(till, replace(search, state=WAITING), search.asked)


def heard(till: Till, search: Search) -> Search:
    """The search with what the hub said by now.

    Raises Refused("receipt_not_believed", doc_no=) where the paper says otherwise than the hub.
    """
    if search.state != WAITING:
        return search
    state = inquiries.state(till, search.ask_id)
    if state == inquiries.WAITING:
        return search
    told = inquiries.answer(till, search.ask_id, SalesFound)
    if state == inquiries.UNANSWERED or told is None:
        refused = state == inquiries.ANSWERED and told is None
        return replace(search, state=NONE if refused else AWAY)
    if not told.docs:
        return replace(search, state=NONE)
    found = tuple(found_of(till, doc) for doc in told.docs)
    if len(found) > 1:
        return replace(search, state=CHOOSE, several=found, more=told.more)
    if search.total is not None and found[0].sale.total != search.total:
        raise Refused("receipt_not_believed", doc_no=search.doc_no)
    return replace(search, state=FOUND, found=found[0])


def pick(search: Search, place: int) -> Search:
    """One of several; raises Refused("no_such_line") for a place that is not in the list."""
    if not 0 <= place < len(search.several):
        raise Refused("no_such_line", line_id=place)
    return replace(search, state=FOUND, found=search.several[place])


def found_of(till: Till, doc: SoldDoc, reads: LedgerReads | None = None) -> Found:
    """A sale as the hub tells of it; of this till's own the journal's words, with what it adds."""
    back = tuple(ref for ref in doc.back if ref.kind == "refund")
    voided = next((ref.doc_no for ref in doc.back if ref.kind == "void"), "")
    own = (reads or till.view).sale(doc.sale.id)
    if own is not None:
        here = refund.find_by_id(till, doc.sale.id, reads)
        known = {ref.id: ref for ref in (*here.elsewhere, *back)}
        told = replace(here, voided=here.voided or voided, elsewhere=tuple(known.values()))
    else:
        kept = {ref.id: ref for ref in till.catalogue.refs_of(doc.sale.id) if ref.kind == "refund"}
        kept |= {ref.id: ref for ref in back}
        told = Found(doc.sale, False, voided, tuple(kept.values()), told_by=HUB)
    return replace(
        told,
        known=max(told.known, _now(till)),
        channel=doc.channel,
        customer=doc.customer or told.customer,
        paid_by=doc.paid_by,
        steps=doc.steps,
        fixed=doc.fixed,
        until=doc.until,
        serials=doc.serials,
        points=doc.points,
        underway=tuple(
            Underway(row.line, row.qty, row.store, row.till, row.at, row.kind)
            for row in doc.on_the_way
        ),
        waiting=doc.waiting,
        by_hand=doc.by_hand,
        doc="" if own is not None else msgspec.json.encode(doc).decode(),
    )


def _now(till: Till) -> str:
    from pos_app.domain.day import utc_text

    return utc_text(till.hub_now())


def _order(till: Till, text: str) -> OrderRow | None:
    """The store's own order that is called so; one part of it is enough to ask for all of it."""
    from pos_app.till import order_book

    if not text:
        return None
    sought = order_book.key_of(text)
    for each in order_book.find(till, text, 5):
        row = each.row
        if sought in (order_book.key_of(row.name), row.order, order_book.digits_of(row.name)):
            return row
    return None


def _on_paper(text: str) -> tuple[str, int | None]:
    """The number a receipt's code carries, and its total; the text itself where it is no code."""
    from pos_app.domain.proof import read

    proof = read(text) if text.upper().startswith(refund.CODE_BEGINS) else None
    return (text, None) if proof is None else (proof.doc_no, proof.total)


def _minor(till: Till, text: str) -> int:
    digits = minor_digits(till.store.currency)
    whole, _point, rest = text.replace(",", ".").partition(".")
    return int(whole) * int(10**digits) + int(rest[:digits].ljust(digits, "0") or 0)
