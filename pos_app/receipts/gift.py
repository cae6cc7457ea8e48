"""The receipt that goes with a present: what it is and where it can be changed, no price at all."""

from __future__ import annotations

from pos_app.domain.money import MILLI
from pos_app.domain.receipt import Align, Barcode, Block, Pair, Qr, Receipt, Rule, Size, Text
from pos_app.domain.store import Store
from pos_app.receipts.paper import Paper
from sync.protocol import Sale


def gift_receipt(
    sale: Sale,
    store: Store,
    locale: str = "",
    *,
    cashier: str = "",
    reference: str = "",
    return_days: int = 0,
) -> Receipt:
    """A sale's lines without amounts, discounts, tenders or notes.

    `reference` is the text of a proof that tells no total.
    """
    paper = Paper(store, locale, sale.currency)
    _ = paper.say
    blocks: list[Block] = [
        Text(_("GIFT RECEIPT"), Align.CENTRE, bold=True, size=Size.LARGE),
        *paper.head(_("Receipt"), sale.doc_no, sale.t.wall, sale.till, cashier or sale.actor),
    ]
    for line in sale.lines:
        plain = line.unit == "piece" and abs(line.qty) == MILLI
        blocks.append(Pair(line.label, "" if plain else paper.quantity(line)))
        blocks += paper.about(line)
    blocks.append(Rule())
    if reference:
        blocks.append(Qr(reference))
    blocks.append(Barcode(sale.doc_no))
    blocks.append(Text(_("Bring this to change or return the gift."), Align.CENTRE))
    blocks += paper.back_by(sale.biz_date, return_days)
    blocks += [Text(line, Align.CENTRE) for line in store.footer.splitlines() if line]
    blocks.append(Text(_("GIFT RECEIPT"), Align.CENTRE, bold=True))
    return Receipt(tuple(blocks), title=sale.doc_no, locale=paper.locale)
