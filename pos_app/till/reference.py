"""The hub's data a till cannot do without, kept in its own ledger: staff, policy, taxes, store."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files

import msgspec

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError
from pos_app.domain.staff import Policy, Role, Staff
from pos_app.domain.store import Store
from pos_app.domain.tax import TaxRate, TaxRounding, TaxRules
from pos_app.store.catalogue import Catalogue
from pos_app.store.ledger import Ledger
from pos_app.store.reader import LedgerReads
from pos_app.store.reads import whole
from sync.protocol import PolicyRow, StaffRow, StoreRow, TaxRow, TillRow, policy_signing_bytes

KINDS = ("store", "tax", "policy", "staff", "till")
GUESSES = "guesses"
"""Kind under which the ledger counts a person's wrong PINs in all, since the hub was heard last."""
SHORT_PIN = "short_pin"
"""Kind under which it is noted whose PIN is shorter than their role's have to be."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The copies, read. None where they never came."""

    store: Store | None = None
    rules: TaxRules | None = None
    policy: Policy | None = None
    """What the hub signed; where nothing came it is the shipped table, and `signed` is False."""
    staff: Mapping[str, Staff] = field(default_factory=dict)
    tills: Mapping[str, TillRow] = field(default_factory=dict)
    """Device -> the store's till, to believe the code on its receipts."""
    signed: bool = False
    policy_issued: datetime | None = None
    policy_until: datetime | None = None
    """Until when the hub's signature is good; None for limits of before they were signed."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What `copy` did."""

    changed: bool = False
    refused: str = ""
    """Why limits that came were not taken over; empty where they were, or none came."""


def read(ledger: LedgerReads) -> Reference:
    """What the ledger holds; raises Unavailable("ledger_corrupt") for what is not whole."""
    stores = [whole(_store, body) for body in ledger.reference("store").values()]
    taxes = [whole(_rules, body) for body in ledger.reference("tax").values()]
    store = stores[0] if stores else None
    currency = store.currency if store else ""
    rows = [whole(_policy_row, body) for body in ledger.reference("policy").values()]
    row = rows[0] if rows else None
    policy = _policy(row, currency) if row else None
    if row is None and store is not None:
        policy = Policy.parse(_shipped(), currency)
    people = [whole(_staff, body) for body in ledger.reference("staff").values()]
    tills = [whole(_till, body) for body in ledger.reference("till").values()]
    return Reference(
        store,
        taxes[0] if taxes else None,
        policy,
        {person.staff_id: person for person in people},
        {row.device: row for row in tills},
        signed=row is not None,
        policy_issued=_moment(row.issued) if row else None,
        policy_until=_moment(row.valid_until) if row else None,
    )


def copy(ledger: Ledger, catalogue: Catalogue, store_id: str, own: Reference) -> Copied:
    """Puts what the replica knows and the ledger does not into the ledger.

    One transaction. A policy or a tax set that cannot be read is not taken over: the limits used
    before stay in force; so they do where the hub did not sign others, or signed them before. A
    person whose PIN was set anew may try again, as often as at first.
    """
    currency = own.store.currency if own.store else ""
    wanted: list[tuple[str, str, bytes]] = []
    forgiven: list[str] = []
    refused = ""
    for kind in KINDS:
        held = ledger.reference(kind)
        for key, body in _rows(catalogue, kind, store_id):
            if held.get(key) != body:
                if kind == "policy":
                    told = _why_not(body, own, currency, ledger.identity.hub_key)
                    if told is not None:
                        refused = told
                        continue
                wanted.append((kind, key, body))
                if kind == "staff" and key in own.staff and own.staff[key].pin != _staff(body).pin:
                    forgiven.append(key)
    if not wanted:
        return Copied(refused=refused)
    with ledger.transaction() as tx:
        for kind, key, body in wanted:
            tx.set_reference(kind, key, body)
        for staff_id in forgiven:
            tx.clear_tries(staff_id)
            tx.set_reference(GUESSES, staff_id, None)
            tx.set_reference(SHORT_PIN, staff_id, None)
    return Copied(changed=True, refused=refused)


def _why_not(body: bytes, own: Reference, currency: str, hub_key: str) -> str | None:
    """Why limits are not taken over: a code, "" for ones that are merely old; None for good ones."""
    try:
        row = _policy_row(body)
        _policy(row, currency)
    except (PosError, ValueError, TypeError, msgspec.MsgspecError):
        return "policy_unreadable"
    if not _proven(row, hub_key):
        return "policy_forged"
    issued = _moment(row.issued)
    if issued is None or _moment(row.valid_until) is None:
        return "policy_unreadable"
    return "" if own.policy_issued is not None and issued < own.policy_issued else None


def _proven(row: PolicyRow, hub_key: str) -> bool:
    """True where the hub this till enrolled at signed it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(hub_key))
        key.verify(base64.b64decode(row.sig, validate=True), policy_signing_bytes(row))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _rows(catalogue: Catalogue, kind: str, store_id: str) -> list[tuple[str, bytes]]:
    """(key, body) of the rows that can be read; what was in force before stays for the others."""
    found: list[tuple[str, bytes]] = []
    for key, body in catalogue.rows(kind):
        try:
            if kind == "store" and _store(body).store_id != store_id:
                continue
            if kind == "tax":
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
        label_patterns=row.label_patterns,
    )


def _rules(body: bytes) -> TaxRules:
    row = msgspec.json.decode(body, type=TaxRow)
    rates = tuple(TaxRate(*rate) for rate in row.rates)
    return TaxRules(rates, row.prices_include_tax, TaxRounding(row.rounding))


def _policy_row(body: bytes) -> PolicyRow:
    return msgspec.json.decode(body, type=PolicyRow)


def _policy(row: PolicyRow, currency: str) -> Policy:
    """The limits in a row; what an older hub's text does not know yet is as shipped."""
    policy, shipped = Policy.parse(row.text, currency), _shipped()
    return policy if row.text == shipped else policy.with_rows_of(Policy.parse(shipped, currency))


def _shipped() -> str:
    return files("resources").joinpath("policy.toml").read_text(encoding="utf-8")


def _moment(text: str) -> datetime | None:
    try:
        return parse_utc(text) if text else None
    except ValueError:
        return None


def _staff(body: bytes) -> Staff:
    row = msgspec.json.decode(body, type=StaffRow)
    return Staff(
        *(row.staff_id, row.name, Role(row.role), row.pin, row.active),
        *(row.pin_digits, row.badge),
    )


def _till(body: bytes) -> TillRow:
    return msgspec.json.decode(body, type=TillRow)
