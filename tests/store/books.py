"""A till's ledger to test with: a clock that is told the time, and facts that add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.records import Identity, Position, new_id
from pos_app.store.transaction import Transaction
from sync.protocol import (
    FactLine,
    FactPayment,
    FactTax,
    Sale,
    ShiftOpened,
    StoreRow,
    Voided,
    encode,
)

DAY = "2026-11-25"
SHIFT = "0199f000-0000-7000-8000-000000000001"
KEYS = Keys(bytes(range(32)), bytes(range(32, 64)))
RATE_PPM = 200_000
STORE = StoreRow("1", "Shop", "EUR", "Europe/Vienna", "de-AT", (), "", 0, "", "retail")


class ToldClock:
    """Says what it was told; moves a millisecond at each look."""

    def __init__(self, moment: datetime = datetime(2026, 11, 25, 9, tzinfo=UTC)) -> None:
        self.moment = moment
        self.mono = 1_000
        self.boot = "boot-1"

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def monotonic_ms(self) -> int:
        self.mono += 1
        return self.mono

    def boot_id(self) -> str:
        return self.boot


def identity(**changes: Any) -> Identity:
    values: dict[str, Any] = {
        "device": "device-1",
        "epoch": 1,
        "store": "1",
        "till": "2",
        "nonce": "ab" * 16,
        "hub_url": "https://hub.example",
    }
    return Identity(**{**values, **changes})


def write_keys(data: Path, keys: Keys = KEYS) -> None:
    """The test's keys where a till keeps its own."""
    data.mkdir(parents=True, exist_ok=True)
    held = f'{{"db_key": "{keys.db_key.hex()}", "sign_key": "{bytes(range(32, 64)).hex()}"}}'
    (data / "keys.json").write_text(held, "ascii")
    (data / "keys.json").chmod(0o600)


def new_ledger(data: Path, clock: ToldClock | None = None, *, shift: bool = True) -> Ledger:
    """An enrolled till's ledger, by default with an open shift."""
    write_keys(data)
    ledger = Ledger.create(data, KEYS, identity(), clock or ToldClock())
    if shift:
        with ledger.transaction() as tx:
            open_shift(tx)
    return ledger


def open_shift(tx: Transaction, shift: str = SHIFT, number: int = 1) -> Position:
    stamp = tx.stamp(business_date=DAY, actor="anna", shift=shift)
    return tx.append(
        ShiftOpened(
            **stamp, number=number, currency="EUR", float_amount=10_000, counts={"1000": 10}
        )
    )


def lines(prices: list[int], qty: int = 1_000, sku: str = "SKU") -> list[FactLine]:
    made = []
    for nth, price in enumerate(prices, 1):
        gross = price * qty // 1_000
        tax = gross * RATE_PPM // (1_000_000 + RATE_PPM)
        made.append(
            FactLine(
                line=nth,
                sku=f"{sku}-{nth}",
                label=f"A thing called {sku} {nth}",
                qty=qty,
                unit_price=price,
                gross=gross,
                total=gross,
                tax_code="standard",
                rate_ppm=RATE_PPM,
                net=gross - tax,
                tax=tax,
                code=f"400000000{nth:04d}",
            )
        )
    return made


def sale(tx: Transaction, prices: list[int] | None = None, **changes: Any) -> Sale:
    """A sale for the next place, cash, with change."""
    made = lines([1_200, 350] if prices is None else prices)
    total = sum(line.total for line in made)
    tax = sum(line.tax for line in made)
    stamp = tx.stamp(
        business_date=changes.pop("business_date", DAY),
        actor="anna",
        shift=changes.pop("shift", SHIFT),
        document=True,
        fact_id=changes.pop("fact_id", None),
    )
    values: dict[str, Any] = {
        **stamp,
        "currency": "EUR",
        "opened": stamp["t"].wall,
        "lines": made,
        "taxes": [FactTax("standard", RATE_PPM, total - tax, tax, total, "20 %")],
        "payments": [FactPayment("cash", total, total + 500, 500)],
        "gross": total,
        "discount": 0,
        "net": total - tax,
        "tax": tax,
        "total": total,
        "payable": total,
        "change": 500,
    }
    return Sale(**{**values, **changes})


def void(tx: Transaction, of: Sale, **changes: Any) -> Voided:
    """The document that takes a sale back."""
    stamp = tx.stamp(business_date=DAY, actor="anna", shift=SHIFT, document=True)
    values: dict[str, Any] = {
        **stamp,
        "sale": of.id,
        "sale_doc": of.doc_no,
        "currency": of.currency,
        "lines": [
            FactLine(
                line=line.line,
                sku=line.sku,
                label=line.label,
                qty=line.qty,
                unit_price=line.unit_price,
                gross=-line.gross,
                total=-line.total,
                tax_code=line.tax_code,
                rate_ppm=line.rate_ppm,
                net=-line.net,
                tax=-line.tax,
            )
            for line in of.lines
        ],
        "taxes": [
            FactTax(row.code, row.rate_ppm, -row.net, -row.tax, -row.gross, row.label)
            for row in of.taxes
        ],
        "payments": [
            FactPayment(row.tender, -row.amount, -row.given, -row.change) for row in of.payments
        ],
        "net": -of.net,
        "tax": -of.tax,
        "total": -of.total,
        "payable": -of.payable,
        "reason": "wrong size",
    }
    return Voided(**{**values, **changes})


def sell(ledger: Ledger, prices: list[int] | None = None, **changes: Any) -> Sale:
    """One whole sale: fact, print job, durable when this returns."""
    with ledger.transaction() as tx:
        made = sale(tx, prices, **changes)
        tx.append(made)
        receipt = {"blocks": [{"kind": "text", "text": f"Receipt {made.doc_no}"}]}
        tx.queue_print("receipt", receipt, doc_no=made.doc_no, sale_id=made.id, kick=True)
    return made


def store_bytes() -> bytes:
    return encode(STORE)


def basket_id() -> str:
    return new_id(datetime(2026, 11, 25, 9, 30, tzinfo=UTC))
