"""Processes that sell until they are killed, started in no time: a parent loads the program once.

    python -m tests.scenarios.seller        then, line by line on stdin: DATA SEED

Each line forks a child that opens the till in DATA and sells. Printed are its process id, a `+` for
each step it has done, and when it is gone how it went. What the child was told to be committed it adds to DATA/told, one line each,
before it does anything else: the test compares that with the ledger.
"""

from __future__ import annotations

import os
import random
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519

from hardware.connect import DEFAULT_PROFILE
from hardware.devices import Devices
from hardware.printers.directory import DirectoryPrinter
from hardware.simulator import SimulatedDrawer
from pos_app.domain.basket import Basket, DiscountKind
from pos_app.domain.errors import Refused
from pos_app.domain.receipt import Receipt
from pos_app.domain.store import Store
from pos_app.domain.tender import Payment
from pos_app.receipts import build, escpos, profile
from pos_app.till import Till, checkout, open_till, parking, reprint, void
from pos_app.till.shift import open_shift

CODES = ("4006381333931", "9002490100070")
STORE = Store("1", "Corner Shop", "EUR", "Europe/Vienna")


def load() -> None:
    """What a till loads at its first sale and its first receipt: children have it from here."""
    ed25519.Ed25519PrivateKey.generate().sign(b"")
    page = build.trial_page(STORE, "", "", datetime.now(UTC))
    escpos.encode(page, profile.load_profile(DEFAULT_PROFILE))


def tell(data: Path, *told: object) -> None:
    """One line in one write: it is there as a whole, or not at all, whenever we are killed."""
    handle = os.open(data / "told", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(handle, (" ".join(map(str, told)) + "\n").encode())
    os.close(handle)


def step() -> None:
    """Says that something more was done: whoever kills us counts work, not seconds."""
    os.write(1, b"+\n")


class Paper(DirectoryPrinter):
    """Says when the last byte is on paper: the moment at which nobody else knows it yet."""

    def send(self, data: bytes, *, document: Receipt | None = None) -> None:
        super().send(data, document=document)
        step()


def sell(data: Path, seed: int) -> None:
    """Opens the till and sells for ever."""
    rng = random.Random(seed)
    printer = Paper(data / "paper")
    till = open_till(data, devices=Devices(printer, DEFAULT_PROFILE, SimulatedDrawer()))
    till.person = next(person for person in till.staff.values() if person.role == "manager")
    step()
    settle_doubts(till, rng)
    if till.shift is None:
        open_shift(till, 20_000)
    left = checkout.restored(till)
    basket, payments = left[:2] if left else (checkout.start(till), ())
    while True:
        if not payments:
            basket = fill(till, basket, rng)
        if rng.random() < 0.1 and not payments and len(parking.parked(till)) < 50:
            parking.park(till, basket, label=str(seed))
        else:
            settle(till, basket, payments, rng)
            while till.printing.run_once() is not None:
                step()
        basket, payments = checkout.start(till), ()


def fill(till: Till, basket: Basket, rng: random.Random) -> Basket:
    """Goods, now and then with a discount; kept after each change."""
    for _ in range(rng.randint(1, 4)):
        basket, line = checkout.scan(till, basket, rng.choice(CODES), rng.randint(1, 3) * 1_000)
        if rng.random() < 0.1:
            with suppress(Refused):  # more of them than a shift allows
                basket = checkout.discount_line(
                    till, basket, line, DiscountKind.PERCENT, rng.randint(1, 3_000), "damaged"
                )
        checkout.keep(till, basket)
        step()
    return basket


def settle(till: Till, basket: Basket, payments: tuple[Payment, ...], rng: random.Random) -> None:
    """The money, the sale, and sometimes what comes after it."""
    if not payments and rng.random() < 0.3:
        payments = checkout.pay(till, basket, payments, "card", 100, "slip")
        checkout.keep(till, basket, payments)
        step()
    if not checkout.settlement(till, basket, payments).complete:
        payments = checkout.pay(till, basket, payments, "cash", None)
        checkout.keep(till, basket, payments)
        step()
    done = checkout.complete(till, basket, payments)
    tell(till.data, "sale", done.sale.doc_no, done.sale.id, done.sale.payable)
    step()
    if rng.random() < 0.1:
        with suppress(Refused):  # a large one needs a second person
            gone = void.void_sale(till, done.sale.id, "test").void
            tell(till.data, "void", gone.doc_no, gone.id, gone.payable)
    if rng.random() < 0.1:
        reprint.reprint(till, done.sale.id, "lost")


def settle_doubts(till: Till, rng: random.Random) -> None:
    """A person looks at the paper after a start."""
    for job in till.ledger.print_jobs(("unknown",)):
        if rng.random() < 0.5:
            till.printing.confirm(job.job_id)
        else:
            till.printing.print_again(job.job_id)


def main() -> None:
    """Forks a child for each line of stdin, one after the other."""
    load()
    for line in sys.stdin:
        data, seed = line.split()
        pid = os.fork()
        if pid == 0:
            try:
                os.write(1, f"{os.getpid()}\n".encode())  # by the child: before all it does
                sell(Path(data), int(seed))
            except BaseException:  # noqa: BLE001 - a child must not return into the loop
                traceback.print_exc()
            os._exit(1)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
