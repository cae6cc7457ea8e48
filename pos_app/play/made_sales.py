"""Which sale a step of a play means: the one with its number, or the one made last here."""

from __future__ import annotations

from pos_app.domain.errors import Refused
from pos_app.till.till import Till


def last_made(till: Till) -> tuple[str, str]:
    """Id and number of the last sale that still stands. Raises Refused("no_such_sale")."""
    for row in till.view.sales(50):
        if not (row.void_of or row.refund_of or row.voided):
            return row.sale_id, row.doc_no
    raise Refused("no_such_sale")


def sale_id(till: Till, doc_no: str) -> str:
    """The id of the sale with that number, the one made last for none."""
    if not doc_no:
        return last_made(till)[0]
    sale = till.view.sale_by_number(doc_no)
    if sale is None:
        raise Refused("no_such_sale")
    return sale.id
