"""The facts a journal is made of, and how they are chained.

A body is encoded once, hashed, signed, stored and sent as the same bytes; it is never rebuilt.
Decoding ignores unknown fields, so a newer till never frightens an older hub.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

HASH_TAG: Final = b"HF1\x00"
GENESIS_TAG: Final = b"HF-GENESIS\x00"


def entry_hash(previous: bytes, body: bytes) -> bytes:
    """The 32-byte chain hash of an entry: SHA-256 over a tag, the previous hash and the body."""
    return sha256(HASH_TAG + previous + body).digest()


def genesis_hash(device: str, epoch: int, nonce: bytes, last_hash: bytes = b"") -> bytes:
    """What stands before the first entry of an epoch.

    `nonce` is what the hub gave at enrolment; `last_hash` the last hash the hub held of the
    epoch before (empty for the first), so two lives of one device can never share a chain.
    """
    return sha256(
        GENESIS_TAG + device.encode() + b"|" + str(epoch).encode() + b"|" + nonce + b"|" + last_hash
    ).digest()


class ClockReading(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the clocks said: evidence, never the order of anything."""

    wall: str
    """UTC wall clock, ISO 8601 with milliseconds."""
    mono: int = 0
    """Monotonic milliseconds since `boot`."""
    boot: str = ""
    """Random or system id of this start of the machine."""
    off: int | None = None
    """Hub time minus wall clock in milliseconds at the last answer; None before the first."""
    off_age: int | None = None
    """How many seconds ago that was measured."""


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="type"):
    """What every journal entry says, whatever it is about."""

    v: int = 1
    dev: str
    epoch: int
    seq: int
    id: str
    """UUIDv7: the identity of the fact, for ever; never used for order."""
    sv: int = 1
    """Version of this type's own fields."""
    store: str
    till: str
    shift: str = ""
    biz_date: str
    t: ClockReading
    basis: dict[str, int] = {}
    """Feed position per stream that the till had applied."""
    actor: str = ""
    """Staff id of the person at the till."""
    approver: str = ""
    doc_no: str = ""
    """`store-till-epoch.n` for documents (sale, void), empty otherwise."""


class FactDiscount(msgspec.Struct, frozen=True, omit_defaults=True):
    """A discount as given: `kind` percent counts basis points, amount counts minor units."""

    kind: str
    value: int
    amount: int
    """What it took off, minor units, positive."""
    reason: str
    by: str
    approved_by: str = ""


class FactLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sold line with all its arithmetic done."""

    line: int
    sku: str
    label: str
    qty: int
    unit_price: int
    gross: int
    """qty x unit price, rounded."""
    total: int
    """gross less its own discounts and its share of the basket's: what the customer pays for
    it, tax included or not as the document's `tax_included` says."""
    tax_code: str
    rate_ppm: int
    net: int
    tax: int
    variant: str = ""
    unit: str = "piece"
    code: str = ""
    custom: bool = False
    disc: list[FactDiscount] = []
    basket_disc: int = 0
    """This line's share of the basket's discounts, minor units, positive."""
    price_list: str = "retail"
    age_checked: str = ""
    note: str = ""


class FactTax(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row of the tax table of a document."""

    code: str
    rate_ppm: int
    net: int
    tax: int
    gross: int
    label: str = ""
    exempt: bool = False


class FactPayment(msgspec.Struct, frozen=True, omit_defaults=True):
    """An amount by a tender. For cash `given` is what was handed over."""

    tender: str
    amount: int
    """What it settles of the total, minor units (after change)."""
    given: int = 0
    change: int = 0
    ref: str = ""
    """Terminal slip or authorisation; never a card number."""


class ChainStart(Fact, frozen=True, tag="chain_start"):
    """First entry of an epoch."""

    sw: str
    """Version of the program that began it."""
    pubkey: str
    """Ed25519 public key that signs this chain, hex."""
    prev_epoch_hash: str = ""


class SignedIn(Fact, frozen=True, tag="signed_in"):
    """A person proved presence at the till (`actor`)."""

    method: str = "pin"


class SignInRefused(Fact, frozen=True, tag="sign_in_refused"):
    """A wrong PIN, or a try while locked; `tries` counts the wrong ones in a row."""

    staff: str
    tries: int
    locked_s: int = 0


class ShiftOpened(Fact, frozen=True, tag="shift_opened"):
    """The drawer was counted and selling may begin; `shift` is the new shift's id."""

    number: int
    """Dense per till."""
    currency: str
    float_amount: int
    counts: dict[str, int] = {}
    """Denomination in minor units -> pieces; empty where one total was typed."""
    set_float: int = 0
    """What this till should begin with, minor units; 0 where nothing is set."""
    reason: str = ""
    """Why it is not that."""
    note: str = ""
    """What the person who opened it wants known."""


class Sale(Fact, frozen=True, tag="sale"):
    """One sale with all its effects; `id` is the basket's id."""

    currency: str
    opened: str
    lines: list[FactLine]
    taxes: list[FactTax]
    payments: list[FactPayment]
    gross: int
    discount: int
    net: int
    tax: int
    total: int
    """What the goods cost the customer, tax in, before cash rounding."""
    payable: int
    """total + rounding: what was paid."""
    rounding: int = 0
    """Cash rounding, signed."""
    change: int = 0
    tax_included: bool = True
    tax_rounding: str = "line"
    disc: list[FactDiscount] = []
    note: str = ""


class Voided(Fact, frozen=True, tag="voided"):
    """A counter-document that takes a whole sale back; every amount is the sale's, negated."""

    sale: str
    """Id of the sale."""
    sale_doc: str
    currency: str
    lines: list[FactLine]
    taxes: list[FactTax]
    payments: list[FactPayment]
    net: int
    tax: int
    total: int
    payable: int
    reason: str
    rounding: int = 0


class BasketCancelled(Fact, frozen=True, tag="basket_cancelled"):
    """A basket was thrown away before payment: what was in it and why."""

    currency: str
    lines: int
    total: int
    reason: str = ""


class LineRemoved(Fact, frozen=True, tag="line_removed"):
    """A line was taken out of an open basket."""

    basket: str
    sku: str
    label: str
    qty: int
    total: int
    currency: str
    reason: str = ""


class DrawerOpened(Fact, frozen=True, tag="drawer_opened"):
    """The drawer was opened without a sale."""

    reason: str


class CashMoved(Fact, frozen=True, tag="cash_moved"):
    """Cash put into the drawer or taken out of it that no sale brought; it opened the drawer."""

    kind: str
    """`in`, `out`, or `drop`: out of the drawer and into the safe."""
    amount: int
    """Minor units, positive whatever the kind."""
    currency: str
    reason: str
    reference: str = ""
    """The bag of a drop, as it is labelled."""


class ReceiptCopied(Fact, frozen=True, tag="receipt_copied"):
    """A receipt was printed again, marked COPY and numbered."""

    sale: str
    sale_doc: str
    copy: int


class TenderTotal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tender's line of a Z: what the journal says and what a person counted."""

    tender: str
    expected: int
    counted: int
    difference: int = 0


class CashMove(msgspec.Struct, frozen=True, omit_defaults=True):
    """A movement of cash as a Z lists it."""

    kind: str
    amount: int
    reason: str
    reference: str = ""
    wall: str = ""


class ShiftClosed(Fact, frozen=True, tag="shift_closed"):
    """The Z: a pure fold over the shift's entries, plus the count."""

    number: int
    z_no: int
    currency: str
    opened: str
    sales: int
    voids: int
    gross: int
    discount: int
    net: int
    tax: int
    total: int
    rounding: int
    taxes: list[FactTax]
    tenders: list[TenderTotal]
    counts: dict[str, int] = {}
    reason: str = ""
    first_seq: int = 0
    last_seq: int = 0
    unsent: int = 0
    """Entries the hub had not confirmed when it was closed."""
    unsent_total: int = 0
    drawer_opens: int = 0
    cancelled: int = 0
    copies: int = 0
    float_amount: int = 0
    """What the drawer began with."""
    cash_in: int = 0
    cash_out: int = 0
    drops: int = 0
    moves: list[CashMove] = []
    """Each movement of cash, oldest first."""
    cash_back: int = 0
    """What counter-documents gave back in cash, positive; the cash tender has it taken off."""
    refunds: int = 0
    refunded: int = 0
    """What came back to customers by refunds, positive."""
    left: int = 0
    """What stays in the drawer for the next shift; the rest goes to the safe."""
    left_counts: dict[str, int] = {}
    """The same in pieces, where they make exactly that."""
    parked: int = 0
    """Baskets that were put aside and stay so."""
    late: bool = False
    """True where its business day was over when it was closed."""


AnyFact = (
    ChainStart
    | SignedIn
    | SignInRefused
    | ShiftOpened
    | Sale
    | Voided
    | BasketCancelled
    | LineRemoved
    | DrawerOpened
    | CashMoved
    | ReceiptCopied
    | ShiftClosed
)

_encoder = msgspec.json.Encoder()
_fact_decoder: msgspec.json.Decoder[AnyFact] = msgspec.json.Decoder(AnyFact)


def encode_fact(fact: Fact) -> bytes:
    """The body bytes of a fact: made once, then kept."""
    return _encoder.encode(fact)


def decode_fact(body: bytes | msgspec.Raw) -> AnyFact:
    """The fact in `body`; raises msgspec.ValidationError or DecodeError for anything else."""
    return _fact_decoder.decode(body)
