"""Sells by card until it is killed: `python -m tests.till.paying_child DATA HOST:PORT`.

At each step it says where it is. Its first act after a start is what the window's is: the payment
nobody knows the end of is asked, and a sale that is paid is completed.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from hardware.connect import connect, simulated
from pos_app.domain.errors import PosError, Refused
from pos_app.play import card_hands
from pos_app.till import Till, card, checkout, sign_in
from pos_app.till.shift import open_shift
from tests.till.shop import CODES, PINS, SCARF, open_shop


def say(where: str) -> None:
    sys.stdout.write(f"{where}\n")
    sys.stdout.flush()


def open_till(data: Path, address: str) -> Till:
    terminal = connect(data=data, printer="none", drawer="none", terminal=address).terminal
    till = open_shop(data, replace(simulated()[0], terminal=terminal))
    sign_in.sign_in(till, "ana", PINS["ana"])
    if till.shift is None:
        open_shift(till, 0)
    return till


def recover(till: Till) -> None:
    """What was open when it was killed: asked, and completed or paid in cash."""
    found = checkout.restored(till)
    if found is None:
        return
    basket, payments = found[0], found[1]
    try:
        payments = card_hands.ask_running(till, basket, payments)
    except PosError as error:
        say(f"asked: {error.code}")
        if card_hands.running(till, basket) is not None:
            raise
    finish(till, basket, payments)


def finish(till: Till, basket: checkout.Basket, payments: tuple[checkout.Payment, ...]) -> None:
    if not checkout.settlement(till, basket, payments).complete:
        payments = checkout.pay(till, basket, payments, "cash")
    say("completing")
    checkout.complete(till, basket, payments)
    say("sold")


def sell(till: Till) -> None:
    basket = checkout.scan(till, checkout.start(till), CODES[SCARF])[0]
    checkout.keep(till, basket)
    attempt = card.start(till, basket, ())
    say("begun")
    payments: tuple[checkout.Payment, ...] = ()
    try:
        answer = card.charge(till, attempt, say)
        say("answered")
        payments = card.settle_charge(till, attempt, answer, basket, ()).payments
        say("settled")
    except PosError as error:
        say(error.code)
        card.doubt(till, attempt, error)
        try:
            payments = card_hands.ask(till, attempt, basket, ())
        except Refused as told:
            say(told.code)
    finish(till, basket, payments)


def main() -> None:
    till = open_till(Path(sys.argv[1]), sys.argv[2])
    try:
        recover(till)
        while True:
            sell(till)
    except PosError as error:  # the terminal is dead: whoever started us starts it again, then us
        say(error.code)


if __name__ == "__main__":
    main()
