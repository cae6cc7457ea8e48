"""What a scan means on the Returns screen: a receipt, a slip, an item that comes back or goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_app.domain.barcode import read
from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import PosError, Refused
from pos_app.domain.money import MILLI
from pos_app.till import refund
from pos_app.till.returning import serials_missing

if TYPE_CHECKING:
    from pos_app.presenters.desk import Desk
    from pos_app.presenters.returns import Returns


class Scans:
    """Reads codes for the return that is put together."""

    def __init__(self, desk: Desk, returns: Returns) -> None:
        self.desk, self.returns = desk, returns

    def scan(self, code: str) -> None:
        """A receipt or an order, an item of the one on the screen, or one that goes out."""
        returns = self.returns
        if returns.busy or self._serial(code):
            return
        if returns.back is None and not returns.pending.open and returns.slips.scan(code):
            return
        if returns.finder.names_document(code):
            returns.find(code)
        elif returns.pending.open:
            returns.pending.scan(code)
        elif returns.back is None:
            returns.refuse(Refused("receipt_first"))
        else:
            self.item(code)

    def _serial(self, code: str) -> bool:
        """True where the code is the serial number that a line waits for, or stands in for it."""
        back = self.returns.back
        missing = serials_missing(back) if back is not None else ()
        if back is None or not missing or refund.names_receipt(code):
            return False
        asked = [line for line in missing if back.found.serial(line).upper() == code.upper()]
        if not asked and self.skus_of(code)[1]:
            return False  # a product of the catalogue
        self.returns.set_serial(asked[0] if asked else missing[0], code)
        if asked:
            self.desk.hands.sound("ok")
        return True

    def item(self, code: str) -> bool:
        """One more piece of the line that has this code; else, in an exchange, it goes out."""
        returns, back, till = self.returns, self.returns.back, self.desk.till
        if back is None:
            return False
        if returns.going.armed:
            return returns.going.scan(code)
        skus, name = self.skus_of(code)
        rows = [row for row in refund.left(till, back) if row.line.sku in skus]
        for row in rows:
            chosen = back.choice(row.line.line)
            qty = chosen.qty if chosen else 0
            if qty < row.qty and row.line.line not in back.found.fixed:
                step = MILLI if row.line.unit == PIECE else row.qty
                self.desk.hands.sound("ok" if not qty else "again")
                returns.choose_line(row.line.line, min(row.qty, qty + step))
                return True
        if returns.going.on and back.choices:
            return returns.going.scan(code)
        if rows and rows[0].line.line in back.found.fixed:
            worded = Refused("line_fixed", label=rows[0].line.label)
        elif rows:
            worded = Refused(
                "more_than_sold", label=rows[0].line.label, left=0, unit=rows[0].line.unit
            )
        else:
            worded = Refused("not_on_receipt", name=name or code, doc_no=back.sale.doc_no)
        returns.refuse(worded)
        return False

    def skus_of(self, code: str) -> tuple[frozenset[str], str]:
        """What products a code names, and what they are called."""
        try:
            article = self.desk.till.catalogue.by_code(read(code).keys)
        except PosError:
            article = None
        if article is None:
            return frozenset({code}), ""
        return frozenset({article.product.sku}), article.product.name
