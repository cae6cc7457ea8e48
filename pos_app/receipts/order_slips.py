"""Slips of a customer's order: what to take from the shelves, what a bag is, what was handed over."""

from __future__ import annotations

from collections.abc import Sequence

from pos_app import words
from pos_app.domain.catalogue import KILOGRAM, PIECE
from pos_app.domain.money import MILLI
from pos_app.domain.receipt import Align, Barcode, Blank, Block, Pair, Receipt, Rule, Size, Text
from pos_app.domain.store import Store
from pos_app.receipts.paper import Paper
from sync.protocol import OrderLine, OrderRow


def pick_slip(row: OrderRow, lines: Sequence[OrderLine], store: Store, locale: str = "") -> Receipt:
    """What is to be found, in the order in which the store is walked through."""
    paper = Paper(store, locale, row.currency or store.currency)
    _ = paper.say
    blocks: list[Block] = [
        Text(_("Pick slip"), Align.CENTRE, bold=True),
        Text(row.name, Align.CENTRE, bold=True, size=Size.LARGE),
    ]
    if row.customer:
        blocks.append(Text(row.customer, Align.CENTRE))
    if row.promised:
        blocks.append(Pair(_("Ready by"), paper.moment(row.promised), bold=True))
    blocks.append(Rule())
    for line in lines:
        blocks.append(Pair(f"[ ] {line.title}", count(line.qty - line.short, locale), bold=True))
        told = [part for part in (line.variant, line.sku, line.place) if part]
        blocks.append(Text(f"    {' · '.join(told)}"))
        if line.picked:
            found = _("{count} found").format(count=count(line.picked, locale))
            blocks.append(Text(f"    {found}"))
    blocks.append(Rule())
    if row.note:
        blocks.append(Text(row.note))
    blocks.append(Barcode(row.name))
    return Receipt(tuple(blocks), title=row.name, locale=paper.locale)


def bag_label(row: OrderRow, store: Store, locale: str = "") -> Receipt:
    """What sticks on a bag: whose it is, where it belongs, a code that the till reads."""
    paper = Paper(store, locale, row.currency or store.currency)
    _ = paper.say
    blocks: list[Block] = [Text(row.name, Align.CENTRE, bold=True, size=Size.LARGE)]
    if row.customer:
        blocks.append(Text(row.customer, Align.CENTRE, bold=True))
    if row.shelf:
        blocks.append(Pair(_("Shelf"), row.shelf, bold=True))
    if row.bags:
        blocks.append(Pair(_("Bags"), str(row.bags)))
    if row.keep_until:
        blocks.append(Pair(_("Kept until"), paper.moment(row.keep_until)))
    if row.due:
        blocks.append(Pair(_("To pay"), paper.money(row.due), bold=True))
    blocks += [Text(part) for part in row.address if row.way == "ship"]
    if row.carrier:
        blocks.append(Pair(row.carrier, row.tracking))
    blocks += [Blank(), Barcode(row.name)]
    return Receipt(tuple(blocks), title=row.name, locale=paper.locale)


def hand_over_slip(
    name: str,
    goods: Sequence[tuple[str, int]],
    wall: str,
    till: str,
    store: Store,
    *,
    cashier: str = "",
    paid_by: str = "",
    locale: str = "",
) -> Receipt:
    """What was handed over where nothing was paid: goods are (title, thousandths)."""
    paper = Paper(store, locale, store.currency)
    _ = paper.say
    blocks = paper.head(_("Handed over"), name, wall, till, cashier)
    blocks += handed_lines(goods, locale or store.locale)
    if paid_by:
        blocks += [Rule(), Pair(_("Paid"), paid_by)]
    blocks += [Rule(), Barcode(name)]
    blocks += [Text(line, Align.CENTRE) for line in store.footer.splitlines() if line]
    return Receipt(tuple(blocks), title=name, locale=paper.locale)


def handed_lines(goods: Sequence[tuple[str, int]], locale: str) -> list[Block]:
    """Goods that were handed over, without amounts."""
    return [Pair(title, count(qty, locale)) for title, qty in goods]


def count(qty: int, locale: str) -> str:
    """Pieces, or a weight with its three digits."""
    return words.quantity(qty, KILOGRAM if qty % MILLI else PIECE, locale)
