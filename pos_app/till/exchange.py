"""Goods for goods at the counter: a return and a sale that are written together or not at all.

    back = refund.choose(back, 1, 1_000, "too_small")
    back = exchange.swap(till, back, 1, "RUN-43")          # the price once paid stays
    back = exchange.take_instead(till, back, "SOCK-GREY")  # anything else, at today's price
    figures = exchange.figures(till, back)
    if figures.to_pay:
        basket, payments = exchange.to_pay(till, back)     # then Pay as ever, `checkout.complete`
    else:
        done = exchange.complete(till, back)               # even, or the rest is paid back

What comes back is kept with the basket (`Basket.bringing`), so a program that ends in between loses
nothing; `taking_back` makes the return of it again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pos_app.domain import basket as baskets
from pos_app.domain import exchange as rules
from pos_app.domain.basket import Basket, Override
from pos_app.domain.bringing import Bringing
from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import Refused
from pos_app.domain.exchange import SWAPPED, ExchangeFigures
from pos_app.domain.money import MILLI
from pos_app.domain.returns import SoldLine, back_line
from pos_app.domain.staff import Decision
from pos_app.domain.tender import EXCHANGE, Payment
from pos_app.till import lookup, refund, scanning
from pos_app.till.permission import Approval
from pos_app.till.refund_rules import before, standing
from pos_app.till.returning import Returning, Swap
from pos_app.till.till import Till

if TYPE_CHECKING:
    from pos_app.store.catalogue import Article
    from pos_app.store.reader import LedgerReads
    from pos_app.till.checkout import Completed

ACTION: Final = "exchange"


@dataclass(frozen=True, slots=True)
class SwapOffer:
    """Another size or colour of what comes back."""

    article: Article
    here: int
    """Thousandths in this store; 0 where none is, or nobody knows."""


# --- what goes out ------------------------------------------------------------------------


def offers(till: Till, back: Returning, line: int) -> tuple[SwapOffer, ...]:
    """What a line could be swapped for: the other sizes and colours, those that are here first."""
    sold = _sold(back, line)
    article = till.catalogue.by_sku(sold.sku)
    if article is None or not article.product.style or sold.unit != PIECE or back.found.voided:
        return ()
    found = [
        SwapOffer(each, max(0, each.on_hand or 0))
        for each in lookup.variants(till, article.product.style)
        if each.product.sku != sold.sku and each.product.unit == PIECE
    ]
    return tuple(sorted(found, key=lambda each: each.here < MILLI))


def swap(till: Till, back: Returning, line: int, sku: str) -> Returning:
    """The return with all that comes back of a line swapped for another size, at the price paid.

    Raises Refused("no_such_line" | "nothing_chosen" | "swap_not_alike", name=), and
    Refused("unknown_code") for what is not in the catalogue.
    """
    sold = _sold(back, line)
    if back.choice(line) is None:
        raise Refused("nothing_chosen")
    article = till.catalogue.by_sku(sku)
    if article is None:
        raise Refused("unknown_code", scanned=sku)
    known = till.catalogue.by_sku(sold.sku)
    style = known.product.style if known is not None else ""
    alike = sku == sold.sku or (style != "" and style == article.product.style)
    if not alike or sold.unit != PIECE or article.product.unit != PIECE or sold.custom:
        raise Refused("swap_not_alike", name=article.product.name)
    if not article.product.active:
        raise Refused("not_for_sale", sku=sku, name=article.product.name)
    others = tuple(each for each in back.swaps if each.line != line)
    return replace(back, swaps=(*others, Swap(line, sku)), going=_going(till, back))


def unswap(back: Returning, line: int) -> Returning:
    """The return with that line only coming back."""
    return replace(back, swaps=tuple(each for each in back.swaps if each.line != line))


def take_instead(till: Till, back: Returning, code: str, qty: int | None = None) -> Returning:
    """The return with goods that go out at today's price: a scanned code, or a SKU.

    Raises what `checkout.scan` does.
    """
    going = _going(till, back)
    if till.catalogue.by_sku(code) is not None:
        going, _line = scanning.add(till, going, code, qty)
    else:
        going, _line = scanning.scan(till, going, code, qty)
    return replace(back, going=going)


def with_going(back: Returning, going: Basket | None) -> Returning:
    """The return with what goes out changed by the verbs of a basket (quantity, line taken out)."""
    return replace(back, going=going)


def leave_out(back: Returning, line_id: int) -> Returning:
    """The return without a line that was to go out."""
    if back.going is None:
        return back
    return replace(back, going=baskets.remove_line(back.going, line_id))


def _going(till: Till, back: Returning) -> Basket:
    """The basket of what goes out; its id is decided once, so a second try makes no second sale."""
    from pos_app.till import checkout

    if back.going is not None:
        return back.going
    going = checkout.start(till)
    customer = back.found.customer
    if customer:
        from pos_app.till import customers

        row = customers.get(till, customer)
        if row is not None:
            going = customers.attach(till, going, row, "return")
    return going


def basket_of(till: Till, back: Returning, reads: LedgerReads | None = None) -> Basket:
    """All that goes out: swaps at the price once paid, then the rest at today's.

    `reads` is the ledger for a verb that is about to write.
    """
    known = before(reads or till.view, back)
    going = _going(till, back)
    lines, number = [], going.next_line
    chosen = {each.line: each for each in back.choices}
    for each in back.swaps:
        choice = chosen.get(each.line)
        if choice is None:
            continue
        for line in _swapped(till, back, each, choice.qty, known.qty.get(each.line, 0), going):
            lines.append(replace(line, line_id=number))
            number += 1
    return replace(going, lines=(*lines, *going.lines), next_line=number)


def _swapped(
    till: Till, back: Returning, each: Swap, qty: int, came: int, going: Basket
) -> list[baskets.Line]:
    """A swap as lines that cost what is paid back for it, tax as it is today."""
    sold = _sold(back, each.line)
    article = till.catalogue.by_sku(each.sku)
    if article is None:
        raise Refused("unknown_code", scanned=each.sku)
    if qty % MILLI:
        raise Refused("swap_not_alike", name=sold.label)
    figure = back_line(sold, came, qty)
    included = till.rules.prices_include_tax
    worth = -(figure.net + figure.tax) if included else -figure.net
    price = scanning.price_of(till, going, article)
    by, found = scanning.staff_by(till), []
    for amount, part in rules.swap_prices(worth, qty):
        product = article.product
        line = baskets.Line(
            *(0, product.sku, product.name, part, amount, product.tax_code),
            variant=product.variant,
            unit=product.unit,
            department=product.department,
            price_list=till.store.price_list,
            override=Override(price.amount if price is not None else amount, SWAPPED, by),
            by=by,
        )
        baskets.check_line(line)
        found.append(line)
    return found


def _sold(back: Returning, line: int) -> SoldLine:
    found = next((row for row in back.sale.lines if row.line == line), None)
    if found is None:
        raise Refused("no_such_line", line_id=line)
    return found


# --- what it comes to ---------------------------------------------------------------------


def figures(till: Till, back: Returning, reads: LedgerReads | None = None) -> ExchangeFigures:
    """What it comes to; raises as `refund.figures_of` and `checkout.priced` do."""
    from pos_app.till import checkout

    whole = refund.figures_of(till, back, reads=reads)
    if not back.exchanges:
        return ExchangeFigures(whole, None, 0)
    priced = checkout.priced(till, basket_of(till, back, reads))
    carried = rules.carried_over(-whole.total, priced.total)
    return ExchangeFigures(refund.figures_of(till, back, carried, reads), priced, carried)


def decided(till: Till, back: Returning, worked: ExchangeFigures) -> tuple[str, Decision]:
    """Which action decides over it, and what the policy says to who is signed in."""
    return standing(till, back, worked.refund, worked.carried)


# --- paying and writing -------------------------------------------------------------------


def to_pay(
    till: Till, back: Returning, *, approval: Approval | None = None
) -> tuple[Basket, tuple[Payment, ...]]:
    """*Ledger lane.* What goes out as a basket to be paid, and what the goods brought back pay of it.

    Keep both (`checkout.keep`) and pay the rest as ever; `checkout.complete` writes the return and
    the sale in one commit. What the policy says is settled here, before the customer pays. Raises
    what `refund.complete` does, Refused("exchange_nothing_out").
    """
    if not back.exchanges:
        raise Refused("exchange_nothing_out")
    worked = figures(till, back, till.ledger)
    agreed = refund.agree(till, back, worked.carried, approval=approval)
    if back.sale.currency != till.store.currency:
        raise Refused("exchange_currency", currency=back.sale.currency)
    brought = Bringing(
        *(back.refund_id, back.sale.id, back.sale.doc_no, back.choices, -agreed.figures.total),
        *(back.tender, back.reference, back.account, back.auth, agreed.approver),
        carried=agreed.carried,
        doc=back.found.doc,
    )
    basket = replace(basket_of(till, back, till.ledger), bringing=brought)
    return basket, _carried(agreed.carried)


def _carried(amount: int) -> tuple[Payment, ...]:
    return (Payment(EXCHANGE, amount),) if amount else ()


def complete(till: Till, back: Returning, *, approval: Approval | None = None) -> Completed:
    """*Writes.* An exchange with nothing left to pay: return, sale and paper in one commit.

    Asked twice, it is written once. Raises what `refund.complete` and `checkout.complete` do, and
    Refused("not_paid", due=) where the customer still owes something.
    """
    from pos_app.till import checkout

    made = till.ledger.refund(back.refund_id)
    if made is not None and made.exchange and back.going is not None:
        return checkout.complete(till, back.going, ())
    basket, payments = to_pay(till, back, approval=approval)
    return checkout.complete(till, basket, payments)
