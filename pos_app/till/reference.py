"""The hub's data a till cannot do without, kept in its own ledger: staff, policy, taxes, store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import msgspec

from pos_app.domain.errors import PosError
from pos_app.domain.staff import Policy, Role, Staff
from pos_app.domain.store import Store
from pos_app.domain.tax import TaxRate, TaxRounding, TaxRules
from pos_app.store.catalogue import Catalogue
from pos_app.store.ledger import Ledger
from pos_app.store.reads import whole
from sync.protocol import PolicyRow, StaffRow, StoreRow, TaxRow, TillRow

KINDS = ("store", "tax", "policy", "staff", "till")


@dataclass(frozen=True, slots=True)
class Reference:
    """The copies, read. None where they never came."""

    store: Store | None = None
    rules: TaxRules | None = None
    policy: Policy | None = None
    staff: Mapping[str, Staff] = field(default_factory=dict)
    tills: Mapping[str, TillRow] = field(default_factory=dict)
    """Device -> the store's till, to believe the code on its receipts."""


def read(ledger: Ledger) -> Reference:
    """What the ledger holds; raises Unavailable("ledger_corrupt") for what is not whole."""
    stores = [whole(_store, body) for body in ledger.reference("store").values()]
    taxes = [whole(_rules, body) for body in ledger.reference("tax").values()]
    store = stores[0] if stores else None
    policies = [
        whole(partial(_policy, currency=store.currency if store else ""), body)
        for body in ledger.reference("policy").values()
    ]
    people = [whole(_staff, body) for body in ledger.reference("staff").values()]
    tills = [whole(_till, body) for body in ledger.reference("till").values()]
    return Reference(
        store,
        taxes[0] if taxes else None,
        policies[0] if policies else None,
        {person.staff_id: person for person in people},
        {row.device: row for row in tills},
    )


def copy(ledger: Ledger, catalogue: Catalogue, store_id: str, own: Reference) -> bool:
    """Puts what the replica knows and the ledger does not into the ledger; True where it did.

    One transaction. A policy or a tax set that cannot be read is not taken over: the limits used
    before stay in force. A person whose PIN was set anew may try again.
    """
    currency = own.store.currency if own.store else ""
    wanted: list[tuple[str, str, bytes]] = []
    forgiven: list[str] = []
    for kind in KINDS:
        held = ledger.reference(kind)
        for key, body in _rows(catalogue, kind, store_id, currency):
            if held.get(key) != body:
                wanted.append((kind, key, body))
                if kind == "staff" and key in own.staff and own.staff[key].pin != _staff(body).pin:
                    forgiven.append(key)
    if not wanted:
        return False
    with ledger.transaction() as tx:
        for kind, key, body in wanted:
            tx.set_reference(kind, key, body)
        for staff_id in forgiven:
            tx.clear_tries(staff_id)
    return True


def _rows(catalogue: Catalogue, kind: str, store_id: str, currency: str) -> list[tuple[str, bytes]]:
    """(key, body) of the rows that can be read; what was in force before stays for the others."""
    found: list[tuple[str, bytes]] = []
    for key, body in catalogue.rows(kind):
        try:
            if kind == "store" and _store(body).store_id != store_id:
                continue
            if kind == "policy":
                _policy(body, currency)
            elif kind == "tax":
                _rules(body)
            elif kind == "staff":
                _staff(body)
            elif kind == "till":
                _till(body)
        except (PosError, ValueError, TypeError, msgspec.MsgspecError):
            continue
        found.append((key, body))
    return found


def _store(body: bytes) -> Store:
    row = msgspec.json.decode(body, type=StoreRow)
    return Store(
        store_id=row.store_id,
        name=row.name,
        currency=row.currency,
        zone=row.zone,
        locale=row.locale,
        address=row.address,
        vat_id=row.vat_id,
        cut_off_minutes=row.cut_off_minutes,
        footer=row.footer,
        price_list=row.price_list,
    )


def _rules(body: bytes) -> TaxRules:
    row = msgspec.json.decode(body, type=TaxRow)
    rates = tuple(TaxRate(*rate) for rate in row.rates)
    return TaxRules(rates, row.prices_include_tax, TaxRounding(row.rounding))


def _policy(body: bytes, currency: str) -> Policy:
    return Policy.parse(msgspec.json.decode(body, type=PolicyRow).text, currency)


def _staff(body: bytes) -> Staff:
    row = msgspec.json.decode(body, type=StaffRow)
    return Staff(row.staff_id, row.name, Role(row.role), row.pin, row.active)


def _till(body: bytes) -> TillRow:
    return msgspec.json.decode(body, type=TillRow)
