"""What a committed document owes to paper: an order in the print queue, and the receipt it becomes.

Queued is not the finished receipt: building that takes longer than the whole sale and can wait for
the printer's lane, and the fact never changes. So an order says which fact, and the store as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pos_app.domain.errors import Refused
from pos_app.domain.proof import HASH_DIGITS, SaleProof
from pos_app.domain.store import Store
from pos_app.store import invoices
from pos_app.store.records import Position
from sync.protocol import (
    AnyFact,
    CashMoved,
    Invoiced,
    ReceiptCopied,
    Refunded,
    ReturnPended,
    Sale,
    ShiftClosed,
    Voided,
)

if TYPE_CHECKING:
    from pos_app.domain.receipt import Receipt
    from pos_app.store.transaction import Transaction
    from pos_app.till.till import Till

ORDER: Final = 1
"""Version of an order; an older program refuses a newer one instead of printing half of it."""
RECEIPT: Final = "receipt"
GIFT: Final = invoices.GIFT
NONE: Final = "none"
"""What a customer wants of a sale."""
VALUE: Final = "value"
"""Kind of a job, and of its order, that is a gift card or a credit slip: it holds the code until it
is on paper, and nothing else does."""
NOTHING: Final = "nothing"
"""What an order is of that prints nothing: the drawer opens, the customer wants no paper."""


def sale_order(till: Till, sale: Sale, position: Position, copy_no: int = 0) -> dict[str, Any]:
    """What is queued for a sale's receipt."""
    return order(till, "sale", sale, position, copy=copy_no, return_days=till.return_days)


def gift_order(till: Till, sale: Sale, position: Position) -> dict[str, Any]:
    """What is queued for the receipt that goes with a present: no prices, its own code."""
    return order(till, "gift", sale, position, return_days=till.return_days)


def invoice_order(
    till: Till, invoiced: Invoiced, position: Position, copy_no: int = 0
) -> dict[str, Any]:
    """What is queued for an invoice; its sale is read from the journal when it is printed."""
    return order(till, "invoice", invoiced, position, copy=copy_no)


def void_order(till: Till, void: Voided, position: Position) -> dict[str, Any]:
    """What is queued for a counter-document."""
    return order(till, "void", void, position)


def refund_order(till: Till, refund: Refunded, position: Position) -> dict[str, Any]:
    """What is queued for the document of a refund."""
    agreed = till.staff.get(refund.approver)
    name = agreed.name if agreed else refund.approver
    return order(till, "refund", refund, position, approver=name)


def pended_order(
    till: Till, pended: ReturnPended, position: Position, code: str = ""
) -> dict[str, Any]:
    """What is queued for the slip of goods that were taken in; `code` stands on the first alone."""
    agreed = till.staff.get(pended.approver)
    name = agreed.name if agreed else pended.approver
    return order(
        till, "pended", pended, position, approver=name, **({"code": code} if code else {})
    )


def z_order(till: Till, z: ShiftClosed, position: Position) -> dict[str, Any]:
    """What is queued for the report of a shift."""
    return order(till, "z", z, position)


def cash_order(till: Till, moved: CashMoved, position: Position) -> dict[str, Any]:
    """What is queued for the slip of a cash movement."""
    agreed = till.staff.get(moved.approver)
    return order(till, "cash", moved, position, approver=agreed.name if agreed else moved.approver)


def order(
    till: Till, what: str, fact: AnyFact, position: Position, **more: int | str
) -> dict[str, Any]:
    """An order of `what`; `more` is what its builder asks for besides the fact."""
    actor = till.staff.get(fact.actor)
    return {
        "v": ORDER,
        "of": what,
        "fact": fact.id,
        "hash": position.hash[:HASH_DIGITS],
        "copy": 0,
        "cashier": actor.name if actor else fact.actor,
        "store": till.store,
        **({"training": True} if till.training else {}),
        **more,
    }


def queue_sale(
    till: Till, tx: Transaction, sale: Sale, position: Position, wanted: str, *, kick: bool
) -> str:
    """*Writes.* Queues what the customer wants of a sale, in its own transaction; the job's id.

    `wanted` is RECEIPT, GIFT (the receipt, and one without prices) or NONE: then a job only opens
    the drawer, and the id is empty where it stays shut.
    """
    from pos_app.till.till import stamp

    if wanted == NONE:
        if not kick:
            return ""
        order = {"v": ORDER, "of": NOTHING}
        return tx.queue_print("drawer", order, doc_no=sale.doc_no, sale_id=sale.id, kick=True)
    own = sale_order(till, sale, position)
    job_id = tx.queue_print("receipt", own, doc_no=sale.doc_no, sale_id=sale.id, kick=kick)
    if wanted == GIFT:
        fields = stamp(till, tx)
        tx.append(ReceiptCopied(**fields, sale=sale.id, sale_doc=sale.doc_no, copy=0, what=GIFT))
        order = gift_order(till, sale, position)
        tx.queue_print(GIFT, order, doc_no=sale.doc_no, sale_id=sale.id)
    return job_id


def position_of(till: Till, fact: AnyFact) -> Position:
    """Where a fact of this till's journal stands; reads its hash."""
    return Position(fact.dev, fact.epoch, fact.seq, till.ledger.hash_of(fact.id), fact.doc_no)


def proof_of(sale: Sale, digest: str, *, gift: bool = False) -> SaleProof:
    """What the code on a sale's receipt says; `digest` is the hash of its journal entry, hex."""
    return SaleProof(
        device=sale.dev,
        epoch=sale.epoch,
        seq=sale.seq,
        doc_no=sale.doc_no,
        currency=sale.currency,
        business_date=sale.biz_date,
        hash8=digest[:HASH_DIGITS],
        total=None if gift else sale.total,
    )


def code_of(till: Till, sale_id: str) -> str:
    """*Ledger lane.* What the code on that sale's receipt says; empty for none, as in training."""
    sale = None if till.training else till.ledger.sale(sale_id)
    if sale is None:
        return ""
    return proof_of(sale, till.ledger.hash_of(sale_id)).text(till.ledger.signing_keys().sign)


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order with everything its receipt is made from: no ledger is asked any more."""

    order: dict[str, Any]
    fact: AnyFact | None
    sale: Sale | None = None
    """The sale an invoice is for."""
    sale_hash: str = ""
    order_name: str = ""
    """The customer's order that was handed over with the sale."""
    handed: tuple[tuple[str, int], ...] = ()
    """What went over the counter of it: (title, thousandths)."""
    back: Refunded | None = None
    """What came back in exchange for the sale."""
    points: tuple[int, int] = (0, 0)
    """What a refund took back of points, and gave back."""


def ordered(till: Till, order: dict[str, Any]) -> Ordered:
    """*Ledger lane.* What an order names, read."""
    fact_id = order.get("fact")
    fact = till.ledger.fact(fact_id) if isinstance(fact_id, str) else None
    if isinstance(fact, Sale):
        from pos_app.till.handing_over import handed_with

        name, goods = handed_with(till, fact.id)
        back = till.ledger.refund(fact.exchange) if fact.exchange else None
        points = _points(till, back) if back is not None else (0, 0)
        return Ordered(order, fact, order_name=name, handed=goods, back=back, points=points)
    if isinstance(fact, Refunded):
        return Ordered(order, fact, points=_points(till, fact))
    if not isinstance(fact, Invoiced):
        return Ordered(order, fact)
    return Ordered(order, fact, till.ledger.sale(fact.sale), till.ledger.hash_of(fact.sale))


def _points(till: Till, back: Refunded) -> tuple[int, int]:
    from pos_app.till.points_back import of_refund

    sale = till.ledger.sale(back.sale) or till.catalogue.sale_ref_by_id(back.sale)
    return of_refund(back, sale)


def receipt_of(till: Till, ordered: Ordered) -> Receipt:
    """The receipt of an order, to print or to show; raises Refused("receipt_unreadable")."""
    from pos_app.domain.receipt import Receipt
    from pos_app.receipts.build import mark_duplicate

    asked, fact = ordered.order, ordered.fact
    if "blocks" in asked:
        return Receipt.from_dict(asked)
    if asked.get("of") == VALUE:
        return _of_value(asked)
    if fact is None or asked.get("v") != ORDER:
        raise Refused("receipt_unreadable", version=asked.get("v", 0))
    store = msgspec.convert(asked["store"], Store)
    receipt = receipt_from(
        Source(
            fact,
            store,
            str(asked.get("hash", "")),
            till.ledger.signing_keys().sign,
            gift=asked.get("of") == "gift",
            copy_no=int(asked.get("copy", 0)),
            cashier=str(asked.get("cashier", "")),
            approver=str(asked.get("approver", "")) or _agreed(till, ordered.back),
            training=bool(asked.get("training", False)),
            return_days=int(asked.get("return_days", 0)),
            sale=ordered.sale,
            sale_hash=ordered.sale_hash,
            order_name=ordered.order_name,
            handed=ordered.handed,
            back=ordered.back,
            points=ordered.points,
            slip=str(asked.get("code", "")),
        )
    )
    return mark_duplicate(receipt) if asked.get("duplicate") else receipt


def _agreed(till: Till, back: Refunded | None) -> str:
    """Name of who agreed to what came back; empty where nobody had to."""
    agreed = till.staff.get(back.approver) if back is not None else None
    return agreed.name if agreed else back.approver if back is not None else ""


def _of_value(asked: dict[str, Any]) -> Receipt:
    """A gift card or a credit slip: its order says all of it, the code too."""
    from pos_app.receipts.build import mark_duplicate, mark_training
    from pos_app.receipts.value_card import value_paper

    receipt = value_paper(asked, msgspec.convert(asked["store"], Store))
    if receipt is None:
        raise Refused("receipt_unreadable", version=asked.get("v", 0))
    if asked.get("training"):
        receipt = mark_training(receipt)
    return mark_duplicate(receipt) if asked.get("duplicate") else receipt


@dataclass(frozen=True, slots=True)
class Source:
    """A fact and what its receipt needs besides."""

    fact: AnyFact
    store: Store
    digest: str
    """Hash of the journal entry, hex."""
    sign: Callable[[bytes], bytes] | None
    """The till's key; without it there is no code on the receipt."""
    gift: bool = False
    copy_no: int = 0
    cashier: str = ""
    approver: str = ""
    """Name of who agreed, where the receipt says so."""
    locale: str = ""
    """Empty for the store's."""
    training: bool = False
    return_days: int = 0
    """How long goods of this sale may come back; 0: nothing is said of it."""
    sale: Sale | None = None
    sale_hash: str = ""
    order_name: str = ""
    handed: tuple[tuple[str, int], ...] = ()
    back: Refunded | None = None
    points: tuple[int, int] = (0, 0)
    slip: str = ""
    """The code of a slip, once; empty on every copy."""

    def code(self, sale: Sale, digest: str, *, gift: bool = False) -> str:
        """The signed code of a sale, empty where nobody signs."""
        if self.sign is None or not digest:
            return ""
        return proof_of(sale, digest, gift=gift).text(self.sign)


def receipt_from(source: Source) -> Receipt:
    """The receipt of a fact; raises Refused("receipt_unreadable") for one that has none."""
    from pos_app.receipts import build

    fact = source.fact
    make = _MAKERS.get(type(fact))
    if make is None:
        raise Refused("receipt_unreadable", version=0)
    receipt = make(source, fact)
    return build.mark_training(receipt) if source.training else receipt


def _sale(source: Source, sale: Sale) -> Receipt:
    from pos_app.receipts.build import sale_receipt
    from pos_app.receipts.gift import gift_receipt

    code = source.code(sale, source.digest, gift=source.gift)
    if source.gift:
        return gift_receipt(
            *(sale, source.store, source.locale),
            cashier=source.cashier,
            reference=code,
            return_days=source.return_days,
        )
    if source.back is not None:
        from pos_app.receipts.exchange import exchange_receipt

        return exchange_receipt(
            *(sale, source.back, source.store, source.locale, source.copy_no),
            cashier=source.cashier,
            approver=source.approver,
            reference=code,
            return_days=source.return_days,
            points=source.points,
        )
    return sale_receipt(
        sale,
        source.store,
        source.locale,
        source.copy_no,
        cashier=source.cashier,
        reference=code,
        return_days=source.return_days,
        handed=(source.order_name, source.handed),
    )


def _void(source: Source, void: Voided) -> Receipt:
    from pos_app.receipts import build

    return build.void_receipt(
        void, source.store, source.locale, source.copy_no, cashier=source.cashier
    )


def _refund(source: Source, refund: Refunded) -> Receipt:
    from pos_app.receipts.refund import refund_receipt

    return refund_receipt(
        refund,
        source.store,
        source.locale,
        source.copy_no,
        cashier=source.cashier,
        approver=source.approver,
        points=source.points,
    )


def _pended(source: Source, pended: ReturnPended) -> Receipt:
    from pos_app.receipts.pended import pended_slip

    return pended_slip(
        pended,
        source.store,
        source.locale,
        source.copy_no,
        cashier=source.cashier,
        approver=source.approver,
        code=source.slip,
    )


def _z(source: Source, z: ShiftClosed) -> Receipt:
    from pos_app.receipts.shift_slips import z_receipt

    return z_receipt(z, source.store, source.locale, cashier=source.cashier)


def _cash(source: Source, moved: CashMoved) -> Receipt:
    from pos_app.receipts.shift_slips import cash_slip

    return cash_slip(
        moved, source.store, source.locale, cashier=source.cashier, approver=source.approver
    )


def _invoice(source: Source, invoiced: Invoiced) -> Receipt:
    from pos_app.receipts.invoice import invoice

    if source.sale is None:
        raise Refused("receipt_unreadable", version=0)
    return invoice(
        invoiced,
        source.sale,
        source.store,
        source.locale,
        source.copy_no,
        cashier=source.cashier,
        reference=source.code(source.sale, source.sale_hash),
    )


_MAKERS: Final[dict[type, Callable[[Source, Any], Receipt]]] = {
    Sale: _sale,
    Voided: _void,
    Refunded: _refund,
    ReturnPended: _pended,
    ShiftClosed: _z,
    CashMoved: _cash,
    Invoiced: _invoice,
}
"""Type of fact -> what makes its receipt. A type without a row is not printed."""
