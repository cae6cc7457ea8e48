"""What travels over HTTP around the facts, and the rows of the feed that comes down."""

from __future__ import annotations

from typing import Final

import msgspec

from sync.protocol.rights import RightReply

PROTO: Final = 1
"""Version of the messages; `hello` carries the range a side speaks."""
PROTO_LOWEST: Final = 1
"""The oldest messages still spoken: those of two releases ago."""
SCHEMA: Final = 1
"""Version of the feed's rows."""

PUSH_MAX_EVENTS: Final = 500
PUSH_MAX_BYTES: Final = 1 << 20
HUB_MAX_EVENTS: Final = 2_000
HUB_MAX_WIRE_BYTES: Final = 2 << 20
HUB_MAX_INFLATED_BYTES: Final = 16 << 20
PULL_MAX_BYTES: Final = 1 << 20
LONG_POLL_S: Final = 15
RIGHTS_SHOWN_MAX: Final = 1_000

_encoder = msgspec.json.Encoder()


class Head(msgspec.Struct, frozen=True):
    """A place in a chain; `hash` is hex, `seq` 0 and the genesis hash before the first entry."""

    epoch: int
    seq: int
    hash: str


class EnrolRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/devices/enrol`: unsigned but for the one-time code."""

    code: str
    pubkey: str
    """Ed25519 public key, hex."""
    name: str = ""
    hardware: str = ""
    have: Head | None = None
    sealed_key: str = ""
    """The till's database key, sealed to the hub's public key (base64), so that a till whose
    keyring is lost can be opened again."""
    attempt: str = ""
    """A till's own name for this try, kept before it is sent: the answer is given to nobody else."""


class EnrolReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """`state` is pending until a person approves the fingerprint at the hub, then active."""

    device: str
    state: str
    fingerprint: str
    store: str
    till: str
    epoch: int
    nonce: str
    prev_epoch_hash: str = ""
    hub_key: str = ""
    """The hub's Ed25519 public key, hex: signs acks."""


class Hello(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/sync/hello`."""

    proto: tuple[int, int]
    schema: int
    head: Head
    acked: int
    cursors: dict[str, tuple[str, int]] = {}
    """Stream -> (feed id, position)."""
    wall: str = ""
    sw: str = ""
    doubt: str = ""
    """Why this may be a copy: behind_witness, no_witness, other_machine; empty where it is not."""
    witness: Head | None = None
    """What its own witness saw that the till does not hold."""
    sv: dict[str, tuple[int, int]] = {}
    """Type of fact -> (lowest, highest) version it reads and writes; without those of one version."""
    rights: list[RightReply] = []
    """What the hub gave it to spend, in the hub's own signed words: a hub that was restored from
    before believes them. The open ones first, then the latest; `RIGHTS_SHOWN_MAX` at most."""


class Limits(msgspec.Struct, frozen=True):
    """What the hub asks of its clients, in every answer."""

    max_events: int = PUSH_MAX_EVENTS
    max_bytes: int = PUSH_MAX_BYTES
    min_interval_ms: int = 0


class HelloReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """`verdict`: ok, behind, rolled_back, fork, fenced, upgrade_required."""

    verdict: str
    hub_time: str
    head: Head
    """What the hub holds of this device's chain."""
    streams: dict[str, str]
    """Stream -> feed id, the streams this device may pull."""
    limits: Limits = Limits()
    order: str = ""
    """What a person at the hub wants of this till: suspend, drain_wipe, wipe; empty for nothing."""
    sv: dict[str, tuple[int, int]] = {}
    """Type of fact -> (lowest, highest) version the hub reads; without those of one version."""


class PushedEvent(msgspec.Struct, frozen=True, gc=False):
    """One journal entry: the very body bytes, its hash (hex) and signature (base64)."""

    body: msgspec.Raw
    hash: str
    sig: str


class Push(msgspec.Struct, frozen=True, gc=False):
    """`POST /v1/sync/push`: entries `first_seq`… in order, nothing left out."""

    epoch: int
    first_seq: int
    prev_hash: str
    events: list[PushedEvent]


class PushReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is durable at the hub. The till believes it only if its own hash there agrees."""

    ack: Head
    hub_time: str
    sig: str = ""
    """Hub's signature over device, epoch, seq, hash and hub_time (base64)."""
    results: list[str] = []
    """Per event: applied, duplicate, exception, quarantined."""
    archived_seq: int = 0
    limits: Limits = Limits()


class FeedRow(msgspec.Struct, frozen=True):
    """One dense position of a stream: some changed rows of one kind."""

    pos: int
    kind: str
    """product, price, tax, staff, store, policy, stock, reflected, sale_ref and others."""
    rows: msgspec.Raw
    """JSON array of that kind's row structure."""


class PullReply(msgspec.Struct, frozen=True):
    """`GET /v1/sync/pull`: rows after the cursor, dense, in order."""

    stream: str
    feed: str
    start: int
    """The cursor asked for; the first row's position is this + 1."""
    end: int
    more: bool
    hub_time: str
    rows: list[FeedRow]


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details; `type` is stable: `/problems/<code>`."""

    type: str
    title: str
    status: int
    detail: str = ""
    ack: Head | None = None
    retry_after_s: int = 0


# Rows of the feed. Arrays on the wire: a million of them come down.


class ProductRow(msgspec.Struct, frozen=True, array_like=True):
    """A product as it now is; `active` false takes it off sale."""

    sku: str
    name: str
    variant: str = ""
    style: str = ""
    department: str = ""
    unit: str = "piece"
    tax_code: str = "standard"
    age_limit: int = 0
    icon: str = ""
    active: bool = True
    barcodes: tuple[str, ...] = ()


class PriceRow(msgspec.Struct, frozen=True, array_like=True):
    """All prices of one product in one list: (valid_from, valid_to, amount, was)."""

    sku: str
    price_list: str
    currency: str
    prices: tuple[tuple[str, str, int, int], ...]


class TaxRow(msgspec.Struct, frozen=True):
    """The whole tax set of a store."""

    prices_include_tax: bool
    rounding: str
    rates: tuple[tuple[str, int, str, str, str, bool], ...]
    """(code, rate_ppm, label, valid_from, valid_to, exempt)"""


class StaffRow(msgspec.Struct, frozen=True):
    """A person who may use the store's tills. `pin` is an argon2id verifier, never a PIN."""

    staff_id: str
    name: str
    role: str
    pin: str
    active: bool = True
    pin_digits: int = 0
    """How long the PIN is; 0 where the hub never counted."""
    badge: str = ""
    """Salted hash of the code on the person's badge; empty for none."""


class StoreRow(msgspec.Struct, frozen=True):
    """The store itself, as `pos_app.domain.store.Store`."""

    store_id: str
    name: str
    currency: str
    zone: str
    locale: str
    address: tuple[str, ...]
    vat_id: str
    cut_off_minutes: int
    footer: str
    price_list: str
    label_patterns: tuple[str, ...] = ()


class PolicyRow(msgspec.Struct, frozen=True):
    """The limits by role, as the text of `policy.toml`, signed by the hub for some days.

    `version` counts texts; the same text is signed anew, with a later `issued`, before it runs out.
    """

    version: int
    text: str
    issued: str = ""
    """UTC, as the hub's clock said."""
    valid_until: str = ""
    sig: str = ""
    """Hub's signature over `policy_signing_bytes` (base64)."""


class TillRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A till of the store: with its key any other believes the code on its receipts."""

    device: str
    till: str
    pubkey: str
    """Ed25519, hex."""
    active: bool = True
    """False once it was taken out of service; receipts of before stay true."""
    former: tuple[str, ...] = ()
    """Keys it had before, hex: they signed its older receipts."""


class StockRow(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """On hand of one product in one store, thousandths, and when the hub knew it (UTC)."""

    sku: str
    store: str
    on_hand: int
    as_of: str


class ReflectedRow(msgspec.Struct, frozen=True, array_like=True):
    """The stock rows up to here contain this device's entries up to `seq` of `epoch`.

    A till adds its own later entries on top, and nothing twice.
    """

    device: str
    epoch: int
    seq: int


class RefLine(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A line of a document of the store; of a refund `of` is the sale's line it takes back."""

    line: int
    sku: str
    label: str
    variant: str
    unit: str
    qty: int
    unit_price: int
    gross: int
    total: int
    basket_disc: int
    tax_code: str
    rate_ppm: int
    net: int
    tax: int
    custom: bool = False
    of: int = 0
    points: int = 0
    """What the line earned."""
    spent: int = 0
    """Points that were spent on it."""


class RefTax(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A tax code of such a document, as it was called."""

    code: str
    label: str = ""
    exempt: bool = False


class RefPayment(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How such a document was paid; no slip, no reference."""

    tender: str
    amount: int


class SaleRefRow(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A sale, void or refund of the store: as much as another till needs to take goods back."""

    id: str
    kind: str
    """sale, void or refund."""
    of: str
    """Id of the sale that a void or refund takes back."""
    doc_no: str
    store: str
    till: str
    biz_date: str
    wall: str
    actor: str
    currency: str
    total: int
    payable: int
    tax_included: bool
    lines: tuple[RefLine, ...]
    taxes: tuple[RefTax, ...]
    payments: tuple[RefPayment, ...]
    customer: str = ""
    """Id of whom it was sold to."""
    points_account: str = ""
    """Account its points came into and were spent from; empty where it did nothing to any."""


def encode(message: msgspec.Struct) -> bytes:
    """A message as JSON bytes."""
    return _encoder.encode(message)


def policy_signing_bytes(row: PolicyRow) -> bytes:
    """What the hub signs of a policy: everything but the signature, the text last."""
    head = f"HF-POLICY|{row.version}|{row.issued}|{row.valid_until}|"
    return head.encode() + row.text.encode()


def ack_signing_bytes(device: str, ack: Head, hub_time: str) -> bytes:
    """What the hub signs to say that a place in a chain is durable there."""
    return f"HF-ACK|{device}|{ack.epoch}|{ack.seq}|{ack.hash}|{hub_time}".encode()
