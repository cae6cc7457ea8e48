"""Customers at the till: found by what they say of themselves, attached to a sale, changed.

What the hub told of a customer is in the replica. What was changed here and the hub has not
answered yet is laid over it, so that it is true here at once; the question waits in the ledger,
is asked again until somebody answers, and is wiped there when somebody did. The journal names
customers by an id alone.
"""

from __future__ import annotations

from dataclasses import replace

from pos_app.domain.basket import Basket, Line
from pos_app.domain.errors import PosError, Refused
from pos_app.domain.member import Attached
from pos_app.domain.staff import Outcome
from pos_app.store import customer_rows
from pos_app.till import customer_overlay
from pos_app.till.customer_acts import (
    consent,
    consents_now,
    contacts_shown,
    dismiss,
    mail_address,
    mail_receipt,
    masked,
    merge,
    note,
    privacy,
    save,
    support,
    support_state,
    unmerge,
)
from pos_app.till.customer_answers import reply_to, settle, state_of
from pos_app.till.customer_overlay import pending
from pos_app.till.permission import decide
from pos_app.till.scanning import price_of
from pos_app.till.till import Till
from sync.protocol.customers import CustomerRow

__all__ = [
    "ALL",
    "ATTACH",
    "CARD",
    "NAMES",
    "SEARCH",
    "WHOLE",
    "attach",
    "attached",
    "by_card",
    "consent",
    "consents_now",
    "contacts_shown",
    "detach",
    "dismiss",
    "get",
    "lately",
    "level",
    "mail_address",
    "mail_receipt",
    "masked",
    "may",
    "may_alone",
    "merge",
    "note",
    "pending",
    "privacy",
    "reply_to",
    "save",
    "search",
    "settle",
    "state_of",
    "support",
    "support_state",
    "unmerge",
]

SHOWN = 20
FIND, BROWSE = "customer_find", "customer_browse"
ALL, WHOLE, NAMES = "all", "whole", "names"
ATTACH = "customer_attach"
CARD, SEARCH, ORDER, NEW = "card", "search", "order", "new"
"""How somebody was found."""


def may(till: Till, action: str) -> bool:
    """True where who is signed in may do that, also with somebody's consent."""
    if till.person is None or till.own.policy is None:
        return False
    try:
        return decide(till, action).outcome is not Outcome.REFUSED
    except PosError:
        return False


def may_alone(till: Till, action: str) -> bool:
    """The same without anybody else."""
    if till.person is None or till.own.policy is None:
        return False
    try:
        return decide(till, action).outcome is Outcome.ALLOWED
    except PosError:
        return False


def level(till: Till) -> str:
    """How far who is signed in may look: ALL, WHOLE names and numbers, NAMES alone, or nothing."""
    if _reads(till, BROWSE):
        return ALL
    if may_alone(till, FIND):
        return WHOLE
    return NAMES if _reads(till, FIND) else ""


def _reads(till: Till, action: str) -> bool:
    """True too for who reads what others do."""
    if till.person is None or till.own.policy is None:
        return False
    if may_alone(till, action):
        return True
    try:
        return till.policy.action(action).cells[till.person.role].word == "read"
    except PosError:
        return False


# --- finding ------------------------------------------------------------------------------


def search(till: Till, text: str, limit: int = SHOWN) -> list[CustomerRow]:
    """Customers for what was typed: name begun, end of a phone number, mail, card; best first.

    Who may not leaf through all finds by whole names, addresses and ends of numbers alone.
    Empty too where nobody signed in may look.
    """
    far = level(till)
    if not far:
        return []
    asked = customer_rows.wanted(text, whole=far != ALL)
    if asked is None:
        return []
    found = till.catalogue.customers(
        lambda connection: customer_rows.find(connection, asked.match, customer_rows.LOOKED_AT)
    )
    rows = {row.customer: row for row in found}
    for customer, row in customer_overlay.changed(till).items():
        rows.pop(customer, None)
        if asked.fits(row):
            rows[customer] = row
    words = set(asked.words)
    return sorted(rows.values(), key=lambda row: _rank(row, words))[:limit]


def _rank(row: CustomerRow, words: set[str]) -> tuple[bool, bool, str]:
    """Whole words of the name first, then members, then who was seen last."""
    whole = words <= set(customer_rows.name_words(row.name))
    seen = row.last_seen or row.since
    return not whole, row.guest, "".join(chr(0x10FFFF - ord(sign)) for sign in seen)


def get(till: Till, customer: str) -> CustomerRow | None:
    """A customer as this till knows them now; None for nobody it knows, and for who is erased.

    Who was merged into somebody is that one.
    """
    return customer_overlay.get(till, customer)


def by_card(till: Till, code: str) -> CustomerRow | None:
    """The holder of a loyalty card or member code, as it was scanned."""
    asked = customer_rows.by_card(code)
    if not asked:
        return None
    for row in customer_overlay.changed(till).values():
        if customer_rows.holds_card(row, code):
            return row
    found = till.catalogue.customers(lambda con: customer_rows.find(con, asked, 5))
    held = [row for row in found if customer_rows.holds_card(row, code)]
    return get(till, held[0].customer) if held else None


def lately(till: Till, limit: int = SHOWN) -> list[CustomerRow]:
    """Who was here last: named by this till's own facts, then whom the hub told of last."""
    found: dict[str, CustomerRow] = {}
    for customer in till.view.lately_named(limit):
        row = get(till, customer)
        if row is not None:
            found[row.customer] = row
    if level(till) == ALL and len(found) < limit:
        for row in till.catalogue.customers(
            lambda con: customer_rows.every(con.execute(customer_rows.LATELY, (limit,)))
        ):
            found.setdefault(row.customer, row)
    return list(found.values())[:limit]


# --- attaching ----------------------------------------------------------------------------


def attached(row: CustomerRow, by: str = SEARCH) -> Attached:
    """A customer as a basket keeps them."""
    return Attached(
        row.customer,
        row.name,
        row.account or row.customer,
        member=row.member,
        tier=row.tier,
        points=row.points,
        credit=row.credit,
        as_of=row.as_of,
        groups=row.groups,
        price_list=row.price_list,
        language=row.language,
        by=by,
    )


def attach(
    till: Till, basket: Basket, row: CustomerRow, by: str = SEARCH, *, paid: bool = False
) -> Basket:
    """The basket as this customer's: its lines cost what they pay by their price list and groups.

    Raises Refused("customer_after_payment") where something is `paid` already,
    Refused("rewards_in_use") where another's points are in it, Refused("customer_erased"),
    Refused("not_allowed" | "nobody_signed_in").
    """
    if paid:
        raise Refused("customer_after_payment")
    if row.erased:
        raise Refused("customer_erased")
    if not may(till, ATTACH):
        till.need_person()
        raise Refused("not_allowed", action=ATTACH, limit=None)
    if basket.customer is not None and basket.customer.customer != row.customer:
        _no_rewards(basket)
    return _repriced(till, replace(basket, customer=till.loyalty.with_own(attached(row, by))))


def detach(till: Till, basket: Basket, *, paid: bool = False) -> Basket:
    """The basket as nobody's; raises Refused("customer_after_payment" | "rewards_in_use")."""
    if basket.customer is None:
        return basket
    if paid:
        raise Refused("customer_after_payment")
    _no_rewards(basket)
    return _repriced(till, replace(basket, customer=None))


def _no_rewards(basket: Basket) -> None:
    if basket.rewards and basket.customer is not None:
        raise Refused("rewards_in_use", name=basket.customer.name)


def _repriced(till: Till, basket: Basket) -> Basket:
    """The basket with goods of the catalogue at what its customer pays.

    What a person or a label priced stays as it is.
    """
    skus = {line.sku for line in basket.lines if _by_list(line)}
    if not skus:
        return basket
    articles = till.catalogue.by_skus(skus)
    lines: list[Line] = []
    for line in basket.lines:
        article = articles.get(line.sku) if _by_list(line) else None
        price = price_of(till, basket, article) if article is not None else None
        if price is None or price.amount == 0 or price.price_list == line.price_list:
            lines.append(line)
            continue
        if line.override is not None:
            over = replace(line.override, price_from=price.amount)
            lines.append(replace(line, price_list=price.price_list, override=over))
        else:
            lines.append(
                replace(
                    line,
                    unit_price=price.amount,
                    was=price.was,
                    price_list=price.price_list,
                )
            )
    return replace(basket, lines=tuple(lines))


def _by_list(line: Line) -> bool:
    return bool(line.sku) and not (line.custom or line.order or line.value or line.label_price)
