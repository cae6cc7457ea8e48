"""The terminal's line as text: questions and answers of PROTOCOL.md, both ways."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

from hardware.devices import CardAnswer, CardResult
from pos_app.domain.basket import AMOUNT_MAX

VERSION = 1
LINE_MAX = 65_536
"""A longer line is no answer."""
_TEXT_MAX = {"auth": 16, "scheme": 32, "terminal": 32, "reason": 64, "at": 32, "currency": 3}
_SLIP_LINES, _SLIP_WIDE = 40, 64
_CARD = re.compile(r"(?:\d[ -]?){12,18}\d")
"""What may be a whole card number; it is masked wherever it stands."""


def packed(**said: Any) -> bytes:
    """One line."""
    return json.dumps({"v": VERSION, **said}).encode() + b"\n"


def packed_answer(answer: CardAnswer) -> bytes:
    """A result as a line; what is empty is left out."""
    return packed(**{name: value for name, value in asdict(answer).items() if value})


def unpacked(line: bytes) -> dict[str, Any]:
    """A line's object; raises ValueError."""
    if len(line) > LINE_MAX:
        raise ValueError("too long")
    try:
        said = json.loads(line)
    except RecursionError as cause:
        raise ValueError("too deep") from cause
    if not isinstance(said, dict):
        raise ValueError("no object")  # noqa: TRY004 - what came is wrong, not our call
    return said


def answer_of(said: dict[str, Any], reference: str) -> CardAnswer:
    """The result in a line that must be about `reference`; raises ValueError for anything else."""
    if said.get("reference") != reference:
        raise ValueError("another payment's")
    result = CardResult(str(said.get("result")))
    amount, currency = said.get("amount", 0), said.get("currency", "")
    if type(amount) is not int or not 0 <= amount <= AMOUNT_MAX or not isinstance(currency, str):
        raise ValueError("no amount")
    if result is CardResult.APPROVED and not (amount and currency):
        raise ValueError("approved without an amount")
    texts = {name: _text(said.get(name, ""), most) for name, most in _TEXT_MAX.items()}
    last4 = said.get("last4", "")
    right = isinstance(last4, str) and len(last4) == 4 and last4.isascii() and last4.isdigit()
    return CardAnswer(
        reference=reference,
        result=result,
        amount=amount,
        partial=said.get("partial") is True,
        last4=last4 if right else "",
        slip=_slip(said.get("slip", "")),
        **texts,
    )


def _text(value: object, most: int) -> str:
    if not isinstance(value, str):
        return ""
    return masked("".join(mark for mark in value if mark.isprintable()))[:most]


def _slip(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return "\n".join(_text(line, _SLIP_WIDE) for line in value.splitlines()[:_SLIP_LINES])


def masked(text: str) -> str:
    """`text` with every run of digits as long as a card number cut to its last four."""
    return _CARD.sub(lambda found: "**** " + re.sub(r"\D", "", found[0])[-4:], text)
