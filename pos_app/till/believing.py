"""The code on a receipt, believed or not: without the hub, by the keys of the store's tills."""

from __future__ import annotations

from pos_app.domain.errors import Refused
from pos_app.domain.proof import SaleProof, read
from pos_app.store.keys import signed_by
from pos_app.till.till import Till


def believe(till: Till, text: str) -> SaleProof:
    """What a scanned receipt says, signed by a till of this store.

    Raises Refused("receipt_code_unknown") for a text that is no receipt's code,
    Refused("receipt_till_unknown", doc_no=) where this till knows no key of the one that made it,
    Refused("receipt_not_believed", doc_no=) where another key signed it: it is a drawn one.
    """
    proof = read(text)
    if proof is None:
        raise Refused("receipt_code_unknown")
    own = proof.device == till.identity.device
    row = till.own.tills.get(proof.device)
    keys = till.keys.publics if own else (row.pubkey, *row.former) if row is not None else ()
    if not keys:
        raise Refused("receipt_till_unknown", doc_no=proof.doc_no)

    def signed(_device: str, signature: bytes, message: bytes) -> bool:
        return any(signed_by(key, signature, message) for key in keys)

    if not proof.believed(signed):
        raise Refused("receipt_not_believed", doc_no=proof.doc_no)
    return proof
