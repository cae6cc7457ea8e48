"""An order goes over the counter: who is here, what they get, what is still to be paid.

    seen = hand_over.read_code(till, "HFP1.…")                 # or six signs, or W-10482
    handing = hand_over.begin(till, seen.order.reservation, proof=seen.proof)
    hand_over.hand_over(till, handing)                         # writes; nothing due, nothing else
    basket = hand_over.put_into_basket(till, handing, open_basket)   # writes; else it is paid there

It works without the hub: from the list that is here, or from a pass that the hub signed and that
says all that is needed. Handed over is handed over: it can be returned, never undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import msgspec

from pos_app.domain import basket as baskets
from pos_app.domain import pickup as rules
from pos_app.domain.basket import QTY_MAX, TEXT_MAX, Basket
from pos_app.domain.day import parse_utc, utc_text
from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.handing import CODE, COLLECTORS, NAME, QR, SELF, HandedLine, Handing
from pos_app.domain.text import plain
from pos_app.store.records import new_id
from pos_app.store.transaction import Transaction
from pos_app.till import order_book, parking, pickup, pickup_papers
from pos_app.till.card_guard import check_all_in
from pos_app.till.order_book import Order
from pos_app.till.permission import Approval, reason_text, require
from pos_app.till.till import Till
from sync.protocol import OrderLine, OrderRow, PickupPass, ReservationStepped, StoreNameRow

HAND_OVER, WITHOUT_CODE = "hand_over", "hand_over_no_code"
"""Actions of the policy."""
LIST_HOURS: Final = 24
"""So long the list that is here is believed without the hub."""
_pass = msgspec.json.Decoder(PickupPass)
_store_name = msgspec.json.Decoder(StoreNameRow)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was scanned or typed, as an order."""

    order: Order
    proof: str
    """qr, code or name: how it shows whose the order is."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """An order, or what was fetched of it, that is with its customer."""

    order: Order
    fact: ReservationStepped
    job_id: str = ""
    """Its slip in the print queue; empty where the store wants none."""


# --- whose is it ---------------------------------------------------------------------------------


def is_code(text: str) -> bool:
    """True for what can only be a pickup pass: it is one on any screen."""
    return rules.read_pass(text) is not None


def read_code(till: Till, text: str) -> Seen:
    """The order of a signed pass, of six typed signs, or of a name. Reads only.

    Raises Refused("order_elsewhere", name=, store=) with the store's name, Refused("pass_expired",
    name=), Refused("pass_not_genuine"), Refused("order_handed_over", name=, at=, who=),
    Refused("order_cancelled", name=), Refused("order_unknown", name=), Refused("order_ambiguous",
    name=, count=) where several are meant.
    """
    text = text.strip()
    if is_code(text):
        return _checked(Seen(_of_pass(till, text), QR))
    if rules.looks_like_code(text):
        found = order_book.of_code(till, text)
        if found:
            return _checked(Seen(_one(found, text), CODE))
    found = tuple(each for each in order_book.find(till, text) if _means(each, text))
    if not found:
        raise Refused("order_unknown", name=text)
    return _checked(Seen(_one(found, text), NAME))


def _means(order: Order, text: str) -> bool:
    row, key = order.row, order_book.key_of(text)
    names = (order_book.key_of(row.name), order_book.digits_of(row.name))
    return text in (row.reservation, row.order) or key in names


def _one(found: tuple[Order, ...], text: str) -> Order:
    waiting = [each for each in found if each.row.state not in rules.ENDED]
    if len(waiting) > 1:
        raise Refused("order_ambiguous", name=text, count=len(waiting))
    return (waiting or list(found))[0]


def _checked(seen: Seen) -> Seen:
    check_open(seen.order)
    return seen


def check_open(order: Order) -> None:
    """Raises Refused where it was handed over, called off or put back."""
    row = order.row
    if order.handed:
        last = next((each for each in reversed(row.history) if each.what == "collected"), None)
        raise Refused(
            "order_handed_over",
            name=row.name,
            at=last.at if last else "",
            who=last.who if last else "",
        )
    if row.state in (rules.CANCELLED, rules.CANCELLING):
        raise Refused("order_cancelled", name=row.name)
    if row.state == rules.RESTOCKED:
        raise Refused("order_put_back", name=row.name)


def _of_pass(till: Till, text: str) -> Order:
    told = rules.read_pass(text)
    if told is None or not _genuine(till, told):
        raise Refused("pass_not_genuine")
    try:
        found = _pass.decode(told.payload)
        over = parse_utc(found.exp) <= till.hub_now()
    except (msgspec.MsgspecError, ValueError) as cause:
        raise Refused("pass_not_genuine") from cause
    if not found.reservation or not all(0 < qty <= QTY_MAX for _, qty in found.lines):
        raise Refused("pass_not_genuine")
    if found.store != till.identity.store:
        raise Refused("order_elsewhere", name=found.name, store=_store(till, found.store))
    try:
        return order_book.get(till, found.reservation)
    except Refused:
        if over:
            raise Refused("pass_expired", name=found.name) from None
    row = _row_of(till, found)
    till.passes[row.reservation] = row
    return order_book.get(till, row.reservation)


def _genuine(till: Till, told: rules.PassText) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(till.identity.hub_key))
        key.verify(told.signature, told.signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _store(till: Till, store: str) -> str:
    for key, body in till.catalogue.rows("store_name"):
        if key == store:
            named = _store_name.decode(body)
            return named.name or store
    return store


def _row_of(till: Till, told: PickupPass) -> OrderRow:
    """What a pass says, as a row: all of it is in the bag."""
    lines = []
    for nth, (sku, qty) in enumerate(told.lines, 1):
        article = till.catalogue.by_sku(sku)
        product = article.product if article else None
        title = product.name if product else sku
        variant = product.variant if product else ""
        lines.append(OrderLine(str(nth), sku, title, qty, variant=variant, picked=qty))
    return OrderRow(
        reservation=told.reservation,
        order=told.order,
        name=told.name,
        channel="",
        state=rules.READY,
        version=0,
        lines=tuple(lines),
        currency=told.currency,
        due=told.due,
    )


# --- what is handed over -------------------------------------------------------------------------


def begin(
    till: Till,
    reservation: str,
    *,
    proof: str = QR,
    collector: str = SELF,
    id_seen: bool = False,
    lines: Mapping[str, int] | None = None,
    bag_here: bool = False,
    reason: str = "",
    approval: Approval | None = None,
) -> Handing:
    """A hand-over about to happen. Reads only; `hand_over` or the sale makes it one.

    `lines` is line id -> thousandths, for some of it; None for all that lies ready. `bag_here`: the
    bag is on the counter though this till did not hear that it was picked. Raises what `read_code`
    does, Unavailable("order_list_old"), Refused("order_not_ready", name=, left=), Refused("order_is_sent" | "no_such_line" |
    "more_than_picked" | "nothing_picked"), Refused("not_allowed" | "chain_in_doubt" |
    "needs_manager" | "reason_missing" …).
    """
    order = order_book.get(till, reservation)
    check_open(order)
    row = order.row
    if row.way != "pickup":
        raise Refused("order_is_sent", name=row.name)
    if collector not in COLLECTORS:
        raise ValueError(f"a collector of {collector}")
    if proof != QR:
        _check_list(till, order)
    reason = reason_text(reason)
    approver = _allowed(till, proof, reason, approval)
    if not bag_here and row.state in (*rules.TO_PICK, rules.SHORT):
        raise Refused("order_not_ready", name=row.name, left=order.to_find)
    waiting = _waiting(order, bag_here=bag_here)
    chosen = waiting if lines is None else _chosen(waiting, lines)
    if not chosen:
        raise Refused("nothing_picked", name=row.name)
    rest = sum(each.qty for each in waiting) - sum(each.qty for each in chosen)
    return Handing(
        reservation=reservation,
        order=row.order,
        name=row.name,
        lines=tuple(chosen),
        proof=proof,
        collector=collector,
        id_seen=id_seen,
        due=row.due,
        whole=rest == 0,
        reason=reason,
        approver=approver,
        worth=row.total,
        currency=row.currency or till.store.currency,
        paid_by=row.paid_by,
        bags=row.bags,
    )


def _check_list(till: Till, order: Order) -> None:
    """Without the hub a list of before says nothing any more; a signed pass does.

    Raises Unavailable("order_list_old", name=, hours=).
    """
    heard = till.catalogue.state("last_contact")
    if not till.offline or not heard:
        return
    hours = int((till.hub_now() - parse_utc(heard)) / timedelta(hours=1))
    if hours >= LIST_HOURS:
        raise Unavailable("order_list_old", name=order.row.name, hours=hours)


def _allowed(till: Till, proof: str, reason: str, approval: Approval | None) -> str:
    """Id of who agreed; empty where nobody had to."""
    if proof == NAME:
        return require(till, WITHOUT_CODE, approval=approval, reason=reason)
    return require(till, HAND_OVER, approval=approval, reason=reason)


def _waiting(order: Order, *, bag_here: bool) -> list[HandedLine]:
    found = []
    for line in order.row.lines:
        ready = line.qty - line.short if bag_here else line.picked
        qty = ready - line.handed
        if qty > 0:
            sku, ordered = (line.instead, line.sku) if line.instead else (line.sku, "")
            label = f"{line.title} {line.variant}".strip()
            found.append(HandedLine(line.line, sku, qty, ordered, label))
    return found


def _chosen(waiting: list[HandedLine], lines: Mapping[str, int]) -> list[HandedLine]:
    of = {each.line: each for each in waiting}
    for line, qty in lines.items():
        if line not in of:
            raise Refused("no_such_line", line_id=line)
        if not 0 <= qty <= of[line].qty:
            raise Refused("more_than_picked", name=of[line].label, left=of[line].qty)
    return [replace(each, qty=lines[each.line]) for each in waiting if lines.get(each.line)]


def needs_id(till: Till, handing: Handing) -> bool:
    """True where somebody's ID is to be looked at: worth much, fetched for another, or no code."""
    if handing.collector != SELF or handing.proof == NAME:
        return True
    limit = till.policy.id_above
    return limit is not None and (handing.worth > limit or not handing.worth)


def check(till: Till, handing: Handing) -> Order:
    """*Ledger lane.* The order, where it may be handed over just now.

    Raises Refused("id_not_seen", name=), and what `begin` raises of an order that is over.
    """
    if till.suspect and not till.training:
        raise Refused("chain_in_doubt", action=HAND_OVER)
    till.need_person()
    order = order_book.get_now(till, handing.reservation)
    check_open(order)
    if needs_id(till, handing) and not handing.id_seen:
        raise Refused("id_not_seen", name=handing.name)
    return order


def hand_over(till: Till, handing: Handing) -> HandedOver:
    """*Writes.* The goods are with the customer: one fact.

    Raises Refused("order_not_paid", due=) where something is to be paid (`put_into_basket`), and
    what `check` raises.
    """
    order = check(till, handing)
    if handing.due:
        raise Refused("order_not_paid", due=handing.due, currency=handing.currency)
    with till.ledger.transaction() as tx:
        if order.passed:
            tx.keep_passed(order.row, pickup.passed_before(till))
        fact = append(till, tx, handing)
        job_id = pickup_papers.queue_handed(till, tx, handing, fact)
    if job_id:
        till.printing.committed(job_id)
    till.after_commit()
    return HandedOver(order_book.get_now(till, handing.reservation), fact, job_id)


def append(
    till: Till,
    tx: Transaction,
    handing: Handing,
    *,
    sale: str = "",
    addon: bool = False,
) -> ReservationStepped:
    """The fact of a hand-over, in the transaction that is open.

    It needs nothing but what was chosen: a list that is gone meanwhile keeps no paid sale open.
    """
    more = {
        "proof": handing.proof,
        "collector": handing.collector,
        "id_seen": handing.id_seen,
        "reason": handing.reason,
        "instead": handing.instead,
        "due": handing.due if sale else 0,
        "addon": addon,
    }
    step = (rules.COLLECTED if handing.whole else rules.PARTLY, handing.goods, more)
    of = (handing.reservation, handing.order)
    return pickup.append_fact(till, tx, of, step, approver=handing.approver, sale=sale)


# --- with something to pay -----------------------------------------------------------------------


def put_into_basket(
    till: Till, handing: Handing, open_basket: Basket | None = None, *, label: str = ""
) -> Basket:
    """*Writes.* A basket with what is due of the order; what is scanned into it is an extra.

    The sale that was open is put aside first. Completing the basket hands the order over. Raises
    what `check` raises, Refused("order_not_paid", due=, currency=) for what is due in another
    currency, Refused("too_many_parked"), and Refused("payments_taken" |
    "payment_running") for an open sale that is being paid.
    """
    order = check(till, handing)
    if handing.due and handing.currency != till.store.currency:
        # So many of another coin are no amount that this till can take.
        raise Refused("order_not_paid", due=handing.due, currency=handing.currency)
    by = till.need_person().staff_id
    now = till.now()
    basket = Basket(
        basket_id=new_id(now),
        currency=till.store.currency,
        opened_at=utc_text(now),
        business_date=till.business_date(),
        handing=handing,
    )
    if handing.due:
        basket, _ = baskets.add_line(basket, baskets.order_line(handing), by)
    if open_basket is not None:
        _check_unpaid(till, open_basket)
        if open_basket.lines:
            parking.check_room(till)
    with till.ledger.transaction() as tx:
        if open_basket is not None and open_basket.lines:
            tx.park(open_basket, label=plain(label, TEXT_MAX), by=by, at=utc_text(now))
        elif open_basket is not None:
            tx.forget_basket(open_basket.basket_id)
        if order.passed:
            tx.keep_passed(order.row, pickup.passed_before(till))
        tx.keep_basket(basket)
    return basket


def put_away(till: Till, basket: Basket) -> Basket:
    """*Writes.* The order is not handed over after all: its line goes, extras stay in the basket.

    Raises Refused("payments_taken" | "payment_running") while something is paid on it.
    """
    _check_unpaid(till, basket)
    own = basket.handing.reservation if basket.handing is not None else ""
    lines = tuple(line for line in basket.lines if not own or line.order != own)
    left = replace(basket, lines=lines, handing=None)
    with till.ledger.transaction() as tx:
        if left.lines:
            tx.keep_basket(left)
        else:
            tx.forget_basket(left.basket_id)
    return left


def _check_unpaid(till: Till, basket: Basket) -> None:
    """Raises Refused("payments_taken" | "payment_running") where money is on a basket."""
    held = till.ledger.open_basket()
    payments = held[1] if held is not None and held[0].basket_id == basket.basket_id else ()
    if payments:
        raise Refused("payments_taken")
    check_all_in(till, basket.basket_id, ())
