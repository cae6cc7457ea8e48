"""The papers of goods that come back: refund, exchange, and the slip for what is worth nothing yet."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pos_app.domain.exchange import SWAPPED
from pos_app.domain.receipt import Qr, Receipt
from pos_app.domain.returns import Before, Choice, refund
from pos_app.domain.value_code import CREDIT, new_code
from pos_app.receipts.escpos import encode
from pos_app.receipts.exchange import exchange_receipt, together
from pos_app.receipts.html import as_html
from pos_app.receipts.pdf import roll_pdf
from pos_app.receipts.pended import pended_slip
from pos_app.receipts.plain_text import as_text
from pos_app.receipts.profile import load_profile
from pos_app.receipts.refund import refund_receipt
from pos_app.till.documents import refunded_fact
from sync.protocol import (
    FactOverride,
    FactPayment,
    FactTax,
    PendedLine,
    Refunded,
    ReturnPended,
    Sale,
)
from tests.receipts.sold import CAIRO, HEAD, VIENNA, sale

GOLDEN = Path(__file__).parent / "golden"
STAMP: dict[str, Any] = {**HEAD, "doc_no": "1-2-1.8", "seq": 8, "id": "r-1", "approver": "mia"}


def back(*choices: Choice, carried: int = 0, exchange: str = "") -> Refunded:
    figures = refund(sale(), Before(), choices, "", carried)
    return refunded_fact(STAMP, sale(), figures, exchange=exchange)


def exchanged() -> tuple[Sale, Refunded]:
    """The jacket for the same in L at the price once paid, and the bread for money."""
    jacket = sale().lines[0]
    gone = back(
        Choice(1, 1_000, "too_small", "supplier"),
        Choice(3, 1_000, "changed_mind", "damaged"),
        carried=11_029,
        exchange="s-2",
    )
    line = replace(
        jacket,
        variant="Navy · L",
        unit_price=11_029,
        gross=11_029,
        disc=[],
        basket_disc=0,
        override=FactOverride(13_500, SWAPPED, "anna"),
    )
    new = sale(
        id="s-2",
        doc_no="1-2-1.9",
        exchange="r-1",
        lines=[line],
        taxes=[FactTax("standard", 200_000, 9_191, 1_838, 11_029, "Normalsatz")],
        payments=[FactPayment("exchange", 11_029, ref="card")],
        gross=11_029,
        discount=0,
        net=9_191,
        tax=1_838,
        total=11_029,
        payable=11_029,
        change=0,
        disc=[],
        note="",
    )
    return new, gone


CODE = "HFC1.8GJKMNPQRSTVWXYZ0123456789AB"
PENDED = ReturnPended(
    **{**HEAD, "doc_no": "", "id": "p-1"},
    slip="a" * 32,
    why="offline",
    currency="EUR",
    lines=(
        PendedLine(
            "JK-NAVY-M", "Regenjacke Fjell", 1_000, 11_029, 1, "too_small", variant="Navy · M"
        ),
        PendedLine("BROT", "Bauernbrot", 2_000, 960, 3, "faulty", "damaged"),
    ),
    amount=11_989,
    sale="s-1",
    sale_doc="1-7-1.31",
)


def documents() -> dict[str, Receipt]:
    new, gone = exchanged()
    return {
        "refund": refund_receipt(back(Choice(1, 1_000, "faulty", "supplier")), VIENNA),
        "exchange": exchange_receipt(
            *(new, gone, VIENNA),
            cashier="Anna",
            approver="Mia",
            return_days=30,
            points=(1_104, 200),
        ),
        "pended": pended_slip(PENDED, VIENNA, cashier="Anna", code=CODE),
    }


@pytest.mark.parametrize("name", ["refund", "exchange", "pended"])
def test_it_says_what_was_looked_at(name: str) -> None:
    """HOLDFAST_GOLDEN=update writes them anew, to be looked at again."""
    found, path = as_text(documents()[name]), GOLDEN / f"{name}.txt"
    if os.environ.get("HOLDFAST_GOLDEN") == "update":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["refund", "exchange", "pended"])
def test_every_way_to_print_takes_it(name: str) -> None:
    receipt = documents()[name]
    assert Receipt.from_dict(receipt.to_dict()) == receipt
    assert encode(receipt, load_profile("generic-80"))
    assert roll_pdf(receipt).startswith(b"%PDF")
    assert "Regenjacke Fjell" in as_html(receipt)


def test_what_comes_back_and_goes_out_are_one_tax_table() -> None:
    new, gone = exchanged()
    rows = together(gone.taxes, new.taxes)
    assert [(row.code, row.gross) for row in rows] == [("standard", 0), ("reduced", -480)]
    assert sum(row.gross for row in rows) == new.total + gone.total


def test_a_copy_of_a_slip_has_no_code_and_an_arabic_one_stands_too() -> None:
    copy = pended_slip(PENDED, VIENNA, copy_no=1)
    assert not [block for block in copy.blocks if isinstance(block, Qr)]
    code = new_code(CREDIT)
    there = pended_slip(PENDED, CAIRO, code=code.qr)
    assert [block.data for block in there.blocks if isinstance(block, Qr)] == [code.qr]
    assert code.typed in as_text(there)
