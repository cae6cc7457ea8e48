"""What receiving, sending and counting have in common: open work, its lines, one scan at a time.

Everything a person does is a row of the ledger at once; what was counted is told by a fact when the
work is paused or finished. So a power cut, a change of person or another screen lose nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from pos_app.domain.basket import QTY_MAX, TEXT_MAX
from pos_app.domain.catalogue import PIECE as BY_PIECE
from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused
from pos_app.domain.text import plain
from pos_app.store import delivery_rows
from pos_app.store.catalogue import Article
from pos_app.store.goods_work import COUNTING, RECEIVING, SENDING, Work, WorkLine
from pos_app.store.records import new_id
from pos_app.till import lookup
from pos_app.till.permission import Approval, require
from pos_app.till.till import Till
from sync.protocol import DeliveryRow
from sync.protocol.facts_logistics import LINES_MAX

__all__ = ["COUNTING", "RECEIVING", "SENDING", "Open", "Product", "Work", "WorkLine"]

KEPT_SCANS: Final = 50
"""So many scans can be taken back one by one."""
PIECE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Open:
    """A piece of work that is open here, with its lines, the last scan first."""

    work_id: str
    work: Work
    lines: tuple[WorkLine, ...]

    def line(self, sku: str) -> WorkLine | None:
        """What was counted here of a product."""
        return next((line for line in self.lines if line.sku == sku), None)

    @property
    def counted(self) -> int:
        """Thousandths counted here."""
        return sum(line.counted for line in self.lines)


@dataclass(frozen=True, slots=True)
class Product:
    """A product as a list of goods shows it."""

    sku: str
    name: str
    variant: str = ""
    icon: str = ""
    on_hand: int | None = None
    by_piece: bool = True
    article: Article | None = None
    sold: tuple[str, str, str] = ("", "", "")
    """On which day, by which price list, in which currency it would be sold."""

    @property
    def price(self) -> int:
        """What one of it sells for here, minor units; 0 where no price is known."""
        found = self.article.price(*self.sold) if self.article is not None else None
        return found.amount if found is not None else 0


def allowed(till: Till, action: str, amount: int = 0, approval: Approval | None = None) -> str:
    """Id of who agreed, as `permission.require`; limits older than these rows let anybody count."""
    try:
        return require(till, action, amount, approval=approval)
    except Refused as told:
        if told.code != "action_unknown":
            raise
        return ""


def works(till: Till, kind: str = "") -> list[Open]:
    """What is open at this till, oldest first."""
    return [
        Open(work_id, work, tuple(till.view.work_lines(work_id)))
        for work_id, work in till.view.works()
        if kind in ("", work.kind)
    ]


def find(till: Till, work_id: str) -> Open:
    """One of them, as it is written; raises Refused("work_unknown")."""
    work = till.ledger.work(work_id)
    if work is None:
        raise Refused("work_unknown")
    return Open(work_id, work, tuple(till.ledger.work_lines(work_id)))


def begin(till: Till, work_id: str, work: Work) -> Open:
    """*Writes.* Opens a piece of work, or goes on with it."""
    till.need_person()
    with till.ledger.transaction() as tx:
        if till.ledger.work(work_id) is None:
            tx.keep_work(work_id, work)
    return find(till, work_id)


def new_work(till: Till, kind: str, name: str, **more: object) -> Work:
    """A piece of work that begins now, by who is signed in."""
    person = till.need_person()
    return Work(
        kind=kind,
        name=plain(name, TEXT_MAX),
        began=utc_text(till.now()),
        by=person.staff_id,
        **more,  # type: ignore[arg-type]  # the fields of Work
    )


def made_id(till: Till) -> str:
    """An id of something new."""
    return new_id(till.now())


def add(till: Till, work_id: str, sku: str, qty: int = PIECE) -> Open:
    """*Writes.* So much more of a product was counted; raises Refused("quantity_out_of_range")."""
    return add_all(till, work_id, [(sku, qty)])


def add_all(till: Till, work_id: str, counted: list[tuple[str, int]], box: str = "") -> Open:
    """*Writes.* The same for several at once: a box."""
    held = find(till, work_id)
    nth = max((line.nth for line in held.lines), default=0)
    known = {line.sku: line for line in held.lines}
    with till.ledger.transaction() as tx:
        for sku, qty in counted:
            nth += 1
            line = known.get(sku) or WorkLine(sku, nth)
            line = _counted(till, held.work, line, line.counted + qty, nth)
            known[sku] = line
            if len(known) > LINES_MAX:
                raise Refused("delivery_too_long", name=held.work.name, limit=LINES_MAX)
            tx.keep_work_line(work_id, line)
        work = held.work
        tx.keep_work(
            work_id,
            msgspec.structs.replace(
                work,
                last=(*work.last, *counted)[-KEPT_SCANS:],
                boxes=(*work.boxes, box) if box else work.boxes,
                listed=tuple(sku for sku in work.listed if sku not in known),
            ),
        )
    return find(till, work_id)


def _counted(till: Till, work: Work, line: WorkLine, counted: int, nth: int) -> WorkLine:
    if not 0 <= counted <= QTY_MAX:
        raise Refused("quantity_out_of_range", limit=QTY_MAX)
    book = line.book
    if work.kind == COUNTING:
        book = product(till, line.sku).on_hand or 0
    return msgspec.structs.replace(
        line,
        nth=nth,
        counted=counted,
        damaged=min(line.damaged, counted),
        at=utc_text(till.now()),
        book=book,
    )


def put(till: Till, work_id: str, sku: str, counted: int) -> Open:
    """*Writes.* So much of a product was counted, whatever was before."""
    held = find(till, work_id)
    line = held.line(sku)
    nth = max((each.nth for each in held.lines), default=0)
    made = _counted(
        till, held.work, line or WorkLine(sku, nth + 1), counted, line.nth if line else nth + 1
    )
    with till.ledger.transaction() as tx:
        tx.keep_work_line(work_id, made)
        if sku in held.work.listed:
            listed = tuple(each for each in held.work.listed if each != sku)
            tx.keep_work(work_id, msgspec.structs.replace(held.work, listed=listed))
    return find(till, work_id)


def damage(till: Till, work_id: str, sku: str, damaged: int) -> Open:
    """*Writes.* So much of what was counted is damaged; raises Refused("quantity_out_of_range")."""
    held = find(till, work_id)
    line = held.line(sku)
    if line is None or not 0 <= damaged <= line.counted:
        raise Refused("quantity_out_of_range", limit=line.counted if line else 0)
    with till.ledger.transaction() as tx:
        tx.keep_work_line(work_id, msgspec.structs.replace(line, damaged=damaged))
    return find(till, work_id)


def take_back(till: Till, work_id: str) -> Open:
    """*Writes.* The last scan was none; nothing where there is none left."""
    held = find(till, work_id)
    if not held.work.last:
        return held
    sku, qty = held.work.last[-1]
    line = held.line(sku)
    with till.ledger.transaction() as tx:
        tx.keep_work(work_id, msgspec.structs.replace(held.work, last=held.work.last[:-1]))
        if line is not None:
            counted = max(line.told, line.counted - qty, 0)
            if counted or line.told:
                tx.keep_work_line(work_id, _counted(till, held.work, line, counted, line.nth))
            else:
                tx.forget_work_line(work_id, sku)
    return find(till, work_id)


def change(till: Till, work_id: str, **fields: object) -> Open:
    """*Writes.* Something about the work itself."""
    held = find(till, work_id)
    with till.ledger.transaction() as tx:
        tx.keep_work(work_id, msgspec.structs.replace(held.work, **fields))
    return find(till, work_id)


def give_up(till: Till, work_id: str) -> None:
    """*Writes.* Nothing of it counts; raises Refused("work_unknown")."""
    find(till, work_id)
    with till.ledger.transaction() as tx:
        tx.forget_work(work_id)


# ---- what is shown of a product


def product(till: Till, sku: str, title: str = "") -> Product:
    """A product by its SKU; one the catalogue does not know is called as the list calls it."""
    return products(till, [sku], {sku: title})[sku]


def products(
    till: Till, skus: Iterable[str], titles: Mapping[str, str] | None = None
) -> dict[str, Product]:
    """The same for many at once."""
    wanted = list(skus)
    found = lookup.by_skus(till, wanted)
    sold = (till.business_date(), till.store.price_list, till.store.currency)
    made = {}
    for sku in wanted:
        article = found.get(sku)
        if article is None:
            made[sku] = Product(sku, (titles or {}).get(sku) or sku)
            continue
        about = article.product
        made[sku] = Product(
            *(sku, about.name, about.variant, about.icon, article.on_hand),
            *(about.unit == BY_PIECE, article, sold),
        )
    return made


def value_of(price: int, qty: int) -> int:
    """What so much of it sells for, minor units, rounded."""
    sign = -1 if qty < 0 else 1
    return sign * ((price * abs(qty) + 500) // 1_000)


# ---- deliveries as the hub told of them


def rows(till: Till) -> dict[str, DeliveryRow]:
    """Id -> transfer or delivery of this store, those that ended lately too."""
    if till.training:
        return {}
    return {
        row.delivery: row for row in delivery_rows.read(till.catalogue.rows(delivery_rows.KIND))
    }


def row_of(till: Till, delivery: str) -> DeliveryRow | None:
    """One of them."""
    return rows(till).get(delivery)


def filed(text: str) -> str:
    """A number or a label as it is compared."""
    return "".join(text.split()).casefold()
