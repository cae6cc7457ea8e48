"""Codes of gift cards: nobody guesses one, a slip of the finger is seen, and nothing shows them."""

from __future__ import annotations

import itertools
import random

import pytest

from pos_app.domain.errors import Refused
from pos_app.domain.value_code import (
    CARD,
    CREDIT,
    SIGNS,
    account_of,
    looks_like,
    new_code,
    pin_proof,
    read_code,
    shown,
)

NUMBER = "6006491234567890123"


@pytest.mark.parametrize("kind", [CARD, CREDIT])
def test_a_code_is_read_however_it_is_typed(kind: str) -> None:
    for _ in range(50):
        code = new_code(kind)
        spaced = code.typed.lower().replace("-", " ")
        slipped = code.code.replace("0", "O").replace("1", random.choice("Il"))
        for text in (code.qr, code.typed, spaced, code.code, f"  {slipped} ", code.qr.lower()):
            assert read_code(text) == code
        assert looks_like(code.qr)
        assert len(code.qr) == 33


def test_codes_are_never_the_same_and_use_all_their_room() -> None:
    codes = [new_code(CARD).code for _ in range(2_000)]
    assert len(set(codes)) == 2_000
    for place in range(1, 28):
        assert len({code[place] for code in codes}) == 32, "every sign at every place"


def test_any_two_wrong_signs_are_seen() -> None:
    code, rng = new_code(CARD), random.Random(4)
    signs = list(code.code)
    for one, other in itertools.combinations(range(28), 2):
        wrong = list(signs)
        wrong[one], wrong[other] = rng.choice(SIGNS), rng.choice(SIGNS)
        if wrong == signs:
            continue
        with pytest.raises(Refused, match="value_code_unreadable"):
            read_code("".join(wrong))
    for place in range(27):
        swapped = list(signs)
        swapped[place], swapped[place + 1] = signs[place + 1], signs[place]
        if swapped != signs:
            with pytest.raises(Refused, match="value_code_unreadable"):
                read_code("".join(swapped))


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "HFG1.", "HFG1", "A" * 28, "A" * 400, "\u0661" * 19, "12345678", "HFX1.ABC"),
        *("4111111111111111", "4000000000000000006", "6011000990139424\x00", "<b>HFG1.</b>"),
    ],
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="value_code_unreadable"):
        read_code(text)


def test_a_slip_is_no_card() -> None:
    slip = new_code(CREDIT)
    with pytest.raises(Refused, match="value_code_unreadable"):
        read_code("HFG1." + slip.code)


def test_a_bought_in_card_is_its_number_and_its_pin() -> None:
    code = read_code(f"{NUMBER[:4]} {NUMBER[4:]}")
    assert (code.kind, code.bought_in, code.pin) == (CARD, True, "")
    assert read_code(NUMBER + "123456") == read_code(NUMBER, "123456")
    assert account_of(read_code(NUMBER, "123456")) == account_of(code), "the number alone"
    assert pin_proof(code) == ""
    assert pin_proof(read_code(NUMBER, "123456")) != pin_proof(read_code(NUMBER, "123457"))
    with pytest.raises(Refused, match="value_pin_unreadable"):
        read_code(NUMBER, "12a456")


def test_the_account_tells_nothing_and_no_repr_tells_the_code() -> None:
    code = new_code(CARD)
    assert len(account_of(code)) == 32
    assert code.code not in repr(code)
    assert "123456" not in repr(read_code(NUMBER, "123456"))
    assert shown(code) == f"•••• {code.code[-4:]}"
    assert account_of(code) != account_of(new_code(CARD))
