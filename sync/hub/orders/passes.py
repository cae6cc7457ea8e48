"""What a customer shows when they come: a code to say, and a signed pass to scan.

Both follow from the hub's own key and the part's id, so they are never kept in the clear and are the
same whenever they are asked for.
"""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256
from typing import Final

import msgspec

from pos_app.domain.pickup import code_from, code_kept, pass_signed, pass_text
from sync.hub.identity import HubKeys
from sync.protocol import OrderRow, PickupPass

_CODE: Final = b"HF-PICKUP-CODE\0"
_SALT: Final = b"HF-PICKUP-SALT\0"
CODE_END: Final = 3


def code_of(keys: HubKeys, reservation: str) -> str:
    """The six signs that the customer says at the till."""
    return code_from(_secret(keys, _CODE, reservation))


def kept_of(keys: HubKeys, reservation: str) -> tuple[str, str]:
    """What tills keep of the code: (`salt:hash`, its last three signs)."""
    code = code_of(keys, reservation)
    salt = _secret(keys, _SALT, reservation)[:8].hex()
    return code_kept(salt, code), code[-CODE_END:]


def signed(keys: HubKeys, row: OrderRow, store: str, exp: str) -> str:
    """The text of a part's pass: enough to hand over at that store where the list never came."""
    lines = tuple((line.sku, line.qty - line.short) for line in row.lines if line.sku)
    told = PickupPass(
        *(row.reservation, row.order, row.name, store, lines, exp), row.due, row.currency
    )
    payload = msgspec.json.encode(told)
    signature = base64.b64decode(keys.sign(pass_signed(payload)))
    return pass_text(payload, signature)


def _secret(keys: HubKeys, what: bytes, reservation: str) -> bytes:
    return hmac.digest(_own(keys), what + reservation.encode(), sha256)


def _own(keys: HubKeys) -> bytes:
    return sha256(b"HF-PICKUP\0" + keys.signing.private_bytes_raw()).digest()
