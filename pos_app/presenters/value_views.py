"""What is shown of gift cards and credit: the page of Pay, the side sheet, and why not now."""

from __future__ import annotations

import msgspec

from pos_app.domain.staff import Unsecured
from pos_app.domain.tender import CREDIT as BY_CREDIT
from pos_app.domain.tender import GIFT_CARD
from pos_app.domain.value_code import CARD, CREDIT
from pos_app.till.till import Till
from pos_app.words import _

KIND_OF = {GIFT_CARD: CARD, BY_CREDIT: CREDIT}
PRESETS = (10, 25, 50, 100)
"""What people put on a card, in whole units of a currency with decimals."""


class ValueView(msgspec.Struct, frozen=True):
    """The page of Pay for a gift card or credit."""

    title: str
    detail: str = ""
    tone: str = "plain"
    icon: str = "gift"
    busy: bool = False
    credit: bool = False
    pin: bool = False
    """True where the PIN of a bought-in card is wanted now."""
    use: str = ""
    """What the button for a customer's own credit says; empty for no button."""


class Preset(msgspec.Struct, frozen=True):
    """An amount to put on a card."""

    amount: int
    words: str
    chosen: bool


class ValueState(msgspec.Struct, frozen=True):
    """The side sheet: how much, on which card."""

    presets: tuple[Preset, ...] = ()
    typed: str = ""
    problem: str = ""
    card: str = ""
    """`•••• 7K2M`; empty for a new card."""
    told: str = ""
    told_detail: str = ""
    tone: str = "plain"
    button: str = ""
    button_amount: str = ""
    reason: str = ""
    ready: bool = False


def closed(till: Till, tender: str) -> str:
    """Why a tender of stored value cannot be used now; empty where it can. Reads only."""
    if not till.offline:
        return ""
    kind = KIND_OF[tender]
    held = any(
        right.kind == kind and right.form != "hold" and right.remaining > 0
        for right in till.view.held_rights()
    )
    risk = till.policy.unsecured.get(kind, Unsecured())
    return "" if held or risk.event else _("Back when online")
