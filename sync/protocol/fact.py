"""What every fact says, and how facts are chained.

A body is encoded once, hashed, signed, stored and sent as the same bytes; it is never rebuilt.
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


class ClockReading(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
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


class FormerPlace(msgspec.Struct, frozen=True, gc=False):
    """Where an entry stood before it was journalled again under another epoch."""

    dev: str
    epoch: int
    seq: int
    id: str = ""
    """Its first id, where another life of the till had used that for something else."""


class Fact(
    msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag_field="type"
):
    """What every journal entry says, whatever it is about.

    What was read from bytes holds no cycle, so none is looked for in it (`gc=False`, also of what
    facts are made of): a batch of sales is tens of thousands of such things.
    """

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
    """`store-till-epoch.n` for documents (sale, void), empty otherwise.

    Whatever epoch a document was journalled in again, it keeps the number its paper has.
    """
    was: FormerPlace | None = None
    """Set in what was journalled again after the till was enrolled anew."""
