"""The signed reference in a receipt's QR code, which any till can read and believe without a hub.

`HF1:S:DEVICE:SEQ:DOC_NO:TOTAL:CURRENCY:DATE:HASH8:SIGNATURE`, upper case throughout, because a QR
code holds that in little more than half the room. The signature (Ed25519, base32) is over all that
stands before it. A gift receipt says G and no total. Nothing here trusts anybody: `read` says what
the text claims, `SaleProof.believed` asks whoever knows the till's public key.
"""

from __future__ import annotations

import binascii
import re
from base64 import b32decode, b32encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SALE: Final = "S"
GIFT: Final = "G"
HASH_DIGITS: Final = 16
"""Hex digits of the journal's hash that a receipt carries: 64 bits of it."""
TEXT_MAX: Final = 300
"""Characters of a code that may be one of ours; a longer one is not looked at."""

Verify = Callable[[str, bytes, bytes], bool]
"""(device, signature, message): whether that till's key made the signature over the message."""

_CODE: Final = re.compile(
    r"HF1:(?P<kind>[SG])"
    r":(?P<device>[0-9A-Z-]{1,40})"
    r":(?P<seq>[1-9][0-9]{0,11})"
    r":(?P<doc>[0-9A-Z]{1,12}-[0-9A-Z]{1,12}-(?P<epoch>[1-9][0-9]{0,8})\.[1-9][0-9]{0,11})"
    r":(?P<total>-?[0-9]{0,15})"
    r":(?P<currency>[A-Z]{3})"
    r":(?P<date>[0-9]{8})"
    r":(?P<hash>[0-9A-F]{16})"
    r":(?P<signature>[A-Z2-7]{103})",
    re.ASCII,
)
_NO_BYTES: Final = b""


@dataclass(frozen=True, slots=True)
class SaleProof:
    """What a receipt's code claims."""

    device: str
    epoch: int
    seq: int
    doc_no: str
    currency: str
    business_date: str
    hash8: str
    """The first 16 hex digits of the entry's hash, lower case."""
    total: int | None = None
    """Minor units; None on a gift receipt, which tells no price."""
    signature: bytes = _NO_BYTES

    @property
    def gift(self) -> bool:
        """Whether it stands on a gift receipt."""
        return self.total is None

    @property
    def message(self) -> bytes:
        """What is signed: the code up to its signature."""
        total = "" if self.total is None else str(self.total)
        date = self.business_date.replace("-", "")
        kind = GIFT if self.gift else SALE
        told = (
            f"HF1:{kind}:{self.device}:{self.seq}:{self.doc_no}:{total}:{self.currency}:{date}"
            f":{self.hash8[:HASH_DIGITS]}"
        )
        return told.upper().encode()

    def text(self, sign: Callable[[bytes], bytes]) -> str:
        """The code to print, signed by the till that made the sale."""
        signature = b32encode(sign(self.message)).decode().rstrip("=")
        return f"{self.message.decode()}:{signature}"

    def believed(self, verify: Verify) -> bool:
        """Whether the till it names signed it."""
        return verify(self.device, self.signature, self.message)


def read(text: str) -> SaleProof | None:
    """What a scanned text claims, None where it is no code of a receipt of ours.

    Says nothing of whether it is true: ask `SaleProof.believed`.
    """
    found = _CODE.fullmatch(text) if len(text) <= TEXT_MAX else None
    if found is None:
        return None
    gift = found["kind"] == GIFT
    if gift != (found["total"] == "") or found["total"] == "-":
        return None
    try:
        signature = b32decode(found["signature"] + "=")
    except binascii.Error:
        return None
    date = found["date"]
    proof = SaleProof(
        device=found["device"].lower(),
        epoch=int(found["epoch"]),
        seq=int(found["seq"]),
        doc_no=found["doc"],
        currency=found["currency"],
        business_date=f"{date[:4]}-{date[4:6]}-{date[6:]}",
        hash8=found["hash"].lower(),
        total=None if gift else int(found["total"]),
        signature=signature,
    )
    return proof if proof.message == text.rpartition(":")[0].encode() else None
