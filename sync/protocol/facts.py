"""The facts a journal is made of.

Decoding ignores unknown fields, so a newer till never frightens an older hub.
"""

from __future__ import annotations

import msgspec

from sync.protocol import versions
from sync.protocol.fact import Fact
from sync.protocol.facts_card import CardNoted
from sync.protocol.facts_chain import KeyRotated, Rejoined
from sync.protocol.facts_counter import (
    BasketCancelled,
    CashMoved,
    DrawerOpened,
    Invoiced,
    LineRemoved,
    ReceiptCopied,
)
from sync.protocol.facts_customers import (
    ConsentNoted,
    ContactsShown,
    CustomerErased,
    CustomersMerged,
    CustomersParted,
    ValueMoved,
)
from sync.protocol.facts_exceptions import (
    CaseDone,
    CaseStepped,
    ExceptionAssigned,
    ExceptionResolved,
)
from sync.protocol.facts_logistics import (
    GoodsReceived,
    StockCounted,
    TransferCalledOff,
    TransferRequested,
    TransferSent,
)
from sync.protocol.facts_people import (
    Overridden,
    SignedIn,
    SignInRefused,
    StaffUnlocked,
    TrainingBegan,
    TrainingEnded,
)
from sync.protocol.facts_recovery import HubRestored, QuarantineEnded, RecoveryEnded
from sync.protocol.facts_returns import ReturnDecided, ReturnPended
from sync.protocol.facts_rights import (
    EarnReversed,
    GrantReleased,
    HoldCaptured,
    HoldVoided,
    ReservationStepped,
    RightUsed,
    RightWrittenOff,
    ValueEarned,
)
from sync.protocol.facts_signals import LookedUp
from sync.protocol.facts_values import CreditGiven
from sync.protocol.loyalty import FactPoints, FactReward
from sync.protocol.promotions import FactOverride, FactPromo


class FactDiscount(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A discount as given: `kind` percent counts basis points, amount counts minor units."""

    kind: str
    value: int
    amount: int
    """What it took off, minor units, positive."""
    reason: str
    by: str
    approved_by: str = ""


class FactLine(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A sold line with all its arithmetic done."""

    line: int
    sku: str
    label: str
    qty: int
    unit_price: int
    gross: int
    """qty x unit price, rounded."""
    total: int
    """gross less promotions, its own discounts and its share of the basket's: what the customer
    pays for it, tax included or not as the document's `tax_included` says."""
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
    promo: list[FactPromo] = []
    """What promotions took off it, before its own discounts."""
    department: str = ""
    override: FactOverride | None = None
    """Sold at another price: what it was, why, and who answers for it."""
    label_price: int = 0
    """What the label on the goods said they cost: then `gross` is that."""
    lot: str = ""
    expiry: str = ""
    serial: str = ""
    by: str = ""
    """Who put it in, where that was not the sale's `actor`."""
    order: str = ""
    """Reservation of the customer's order that this line pays what is due of: no goods leave by it,
    it has no tax of ours and is no turnover."""
    value: str = ""
    """`card/ACCOUNT` or `credit/ACCOUNT` that this line puts money on: no goods leave by it, it has
    no tax of ours and is no turnover."""
    points: int = 0
    """What it earned."""


class FactTax(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One row of the tax table of a document."""

    code: str
    rate_ppm: int
    net: int
    tax: int
    gross: int
    label: str = ""
    exempt: bool = False


class FactPayment(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An amount by a tender. For cash `given` is what was handed over."""

    tender: str
    amount: int
    """What it settles of the total, minor units (after change)."""
    given: int = 0
    change: int = 0
    ref: str = ""
    """Terminal slip or authorisation; never a card number."""
    auth: str = ""
    """The bank's authorisation code."""
    last4: str = ""
    """The last four digits of the card; nobody here knows more of it."""
    terminal: str = ""
    """The id of the terminal on the till's line that charged it; empty where a slip was typed."""
    account: str = ""
    """Of a gift card or store credit: the account it came from, or went back to."""
    right: str = ""
    """The grant or hold it was paid out of."""
    left: int | None = None
    """What was on the account after it, as far as the till knew: for the receipt."""


class ChainStart(Fact, frozen=True, tag="chain_start"):
    """First entry of an epoch."""

    sw: str
    """Version of the program that began it."""
    pubkey: str
    """Ed25519 public key that signs this chain, hex."""
    prev_epoch_hash: str = ""


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
    promo: list[FactPromo] = []
    """Every promotion that was given, in the whole sale; part of `discount`."""
    coupons: list[str] = []
    promo_basis: dict[str, int] = {}
    """Feed positions at which the rules of its promotions were in force; empty is `basis`."""
    customer: str = ""
    """Id of whom it was sold to: it says nothing of who that is."""
    groups: list[str] = []
    """Groups of that customer by which it was priced."""
    rewards: list[FactReward] = []
    """What the customer got for points."""
    points: FactPoints | None = None
    """What it did to their points; None where it did nothing."""
    exchange: str = ""
    """Id of the refund it was made with, where goods were exchanged."""


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


class RefundedLine(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What came back of one line of a sale; quantity and amounts are negative."""

    line: int
    """Its place in this document."""
    of: int
    """The sale's own line."""
    sku: str
    label: str
    qty: int
    unit_price: int
    gross: int
    total: int
    tax_code: str
    rate_ppm: int
    net: int
    tax: int
    sold: int
    """How much of the line was sold, thousandths, positive."""
    before: int = 0
    """How much of it had come back as far as the till knew, positive."""
    reason: str = ""
    condition: str = "sellable"
    """`damaged` came back, but not into the stock that is sold."""
    variant: str = ""
    unit: str = "piece"
    custom: bool = False
    basket_disc: int = 0


class Refunded(Fact, frozen=True, tag="refunded"):
    """A counter-document over lines of a sale: goods back, money back; every amount negative.

    `id` is made when the return is begun, so asking twice gives the money once.
    """

    sale: str
    """Id of the sale; its number, day and place follow, for whoever does not hold it."""
    sale_doc: str
    sale_date: str
    sale_store: str
    sale_till: str
    currency: str
    lines: list[RefundedLine]
    taxes: list[FactTax]
    payments: list[FactPayment]
    gross: int
    discount: int
    net: int
    tax: int
    total: int
    payable: int
    rounding: int = 0
    tax_included: bool = True
    other_tender: str = ""
    """The tender it was paid back by where the sale was paid otherwise; `approver` agreed."""
    offline: bool = False
    """True where the hub did not answer: what other tills took back may not have been known."""
    known: str = ""
    """As of when the store's other documents were known here (hub time); empty for never."""
    auth: str = ""
    """The hub's word that so much may come back (`/v1/return-auths`); empty where none was had."""
    customer: str = ""
    channel: str = ""
    """The shop whose order comes back: then `sale` is the order's id, and what was paid there goes
    back by the tender `shop`, which the hub sees to."""
    exchange: str = ""
    """Id of the sale that was made with it; the tender `exchange` carries the money over."""


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
    exceptions: int = 0
    """What of this till waited for a person, as far as was known here."""
    exceptions_total: int = 0
    """What is at stake in it."""
    set_aside: int = 0
    """Entries of this till that the hub could not read, and keeps until it can."""
    set_aside_total: int = 0
    exceptions_as_of: str = ""
    """When the hub said so."""
    orders: int = 0
    """What was paid here of customers' orders: in the tenders, and in no figure of the trade."""
    values: int = 0
    """What was put on gift cards and credit: in the tenders, and in no figure of the trade."""


AnyFact = (
    ChainStart
    | SignedIn
    | SignInRefused
    | Overridden
    | StaffUnlocked
    | TrainingBegan
    | TrainingEnded
    | ShiftOpened
    | Sale
    | Voided
    | Refunded
    | BasketCancelled
    | LineRemoved
    | DrawerOpened
    | CashMoved
    | CardNoted
    | ReceiptCopied
    | Invoiced
    | ExceptionAssigned
    | ExceptionResolved
    | CaseDone
    | CaseStepped
    | ShiftClosed
    | ValueEarned
    | EarnReversed
    | RightUsed
    | GrantReleased
    | HoldCaptured
    | HoldVoided
    | ReservationStepped
    | RightWrittenOff
    | TransferRequested
    | TransferSent
    | TransferCalledOff
    | GoodsReceived
    | StockCounted
    | HubRestored
    | RecoveryEnded
    | QuarantineEnded
    | Rejoined
    | KeyRotated
    | LookedUp
    | ConsentNoted
    | ContactsShown
    | CustomersMerged
    | CustomersParted
    | CustomerErased
    | ValueMoved
    | ReturnPended
    | ReturnDecided
    | CreditGiven
)

_encoder = msgspec.json.Encoder()
_fact_decoder: msgspec.json.Decoder[AnyFact] = msgspec.json.Decoder(AnyFact)


def encode_fact(fact: Fact) -> bytes:
    """The body bytes of a fact: made once, then kept."""
    return _encoder.encode(fact)


def decode_fact(body: bytes | msgspec.Raw) -> AnyFact:
    """The fact in `body`, of an older version as one of today's.

    Raises `versions.TooNew`, msgspec.ValidationError or DecodeError for anything else.
    """
    try:
        fact = _fact_decoder.decode(body)
    except msgspec.ValidationError:
        return _older(bytes(body))
    if fact.sv == 1 and not versions.RAISES:
        return fact
    if fact.sv == versions.highest(str(type(fact).__struct_config__.tag)):
        return fact
    return _older(bytes(body))


def _older(body: bytes) -> AnyFact:
    fact: AnyFact = msgspec.convert(versions.raised(body), AnyFact)
    return fact
