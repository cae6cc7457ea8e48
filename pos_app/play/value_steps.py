"""The steps of a play about gift cards and credit: sold, topped up, asked about, paid with."""

from __future__ import annotations

from decimal import Decimal

from pos_app.play.step import Step


class SellCard(Step, frozen=True, tag="sell_card"):
    """Money on a card: a new one, which the play remembers as `name`, or the one with this code."""

    amount: Decimal = Decimal(0)
    name: str = ""
    code: str = ""


class CardBalance(Step, frozen=True, tag="card_balance"):
    """What is on a card: of the hub where it answers, else what this till may spend of it."""

    name: str = ""
    code: str = ""
    amount: Decimal | None = None
    """The play ends where there is another amount on it."""
    timeout_s: int = 30


class PayByCard(Step, frozen=True, tag="pay_by_card"):
    """A card, a slip or the customer's own credit pays, as far as it goes or so much."""

    name: str = ""
    code: str = ""
    credit: bool = False
    """The credit of the customer in the sale."""
    account: str = ""
    """Credit of this account."""
    amount: Decimal | None = None
    paper: str = "receipt"
    timeout_s: int = 30


class GiveCredit(Step, frozen=True, tag="give_credit"):
    """Store credit by hand, for a reason."""

    account: str = ""
    amount: Decimal = Decimal(0)
    reason: str = ""


class WaitFree(Step, frozen=True, tag="wait_free"):
    """Waits until the hub has booked what was put on cards here, and gives it to everybody."""

    timeout_s: int = 30


ValueStep = SellCard | CardBalance | PayByCard | GiveCredit | WaitFree
