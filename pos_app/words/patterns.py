"""What patterns of the store's people are called: a table, read when it is shown."""

from __future__ import annotations

from typing import Final, NamedTuple

from pos_app.words.language import gettext as _
from pos_app.words.language import ngettext

N_ = str
"""Marks a text for translation that is read when it is shown."""

PATTERNS: Final[dict[str, str]] = {
    "voids": N_("Lines and baskets taken out"),
    "post_voids": N_("Sales taken back after payment"),
    "no_sales": N_("Drawer opened without a sale"),
    "refund_value": N_("Much of the money goes back"),
    "refunds_no_customer": N_("Refunds that name no customer"),
    "refunds_one_receipt": N_("Several refunds on one receipt"),
    "refunds_same_card": N_("Refunds of several sales to one card"),
    "reprint_refund": N_("Receipt printed again, then refunded"),
    "discount_under_limit": N_("Discounts just below the limit"),
    "overrides": N_("Agrees far more often than others"),
    "overrides_absent": N_("Agreed on days off"),
    "line_void_lower": N_("Taken out and sold again for less"),
    "void_quick": N_("Taken back within two minutes"),
    "refund_after_closing": N_("Refunds after closing"),
    "customer_often": N_("One customer's number, many times a day"),
    "gift_card_quick": N_("Gift card bought by card, spent within the hour"),
    "cash_shorts": N_("Drawer a little short, again and again"),
    "refunds_offline": N_("Refunds while offline"),
}


class PatternWords(NamedTuple):
    """A pattern's title."""

    title: str

    @staticmethod
    def times(many: int) -> str:
        """How often."""
        return ngettext("{count} time", "{count} times", many).format(count=many)


def of_pattern(name: str) -> PatternWords:
    """The words of a pattern, in the language that is spoken."""
    return PatternWords(_(PATTERNS.get(name, N_("Something out of the ordinary"))))
