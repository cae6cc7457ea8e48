"""Every code a rule or a device may raise, and what a person reads for it (English source).

House rules: what happened, then what is safe, then what to do; at most twelve words a line; no
codes, no blame; a button that is named here is named as it is on the screen. A value is written
`{name}` or `{name:how}`, where how is money, amount, percent, quantity, number or wait.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """Three lines in the source language; `many` is the title's plural, counted by fact `by`."""

    title: str
    safe: str = ""
    todo: str = ""
    many: str = ""
    by: str = ""


S_ = Sentence
"""Short, and the keyword by which the texts are extracted for translation."""

_SELLING = {
    "action_unknown": S_(
        "This till does not know that action.", "", "Ask a manager to update the limits."
    ),
    "amount_out_of_range": S_(
        "That amount is too large or below zero.", "Nothing was changed.", "Type it again."
    ),
    "basket_empty": S_("The basket is empty.", "", "Scan or choose an item first."),
    "basket_full": S_(
        "This basket holds {limit:number} lines, no more fit.",
        "All lines are kept.",
        "Finish this sale and start another.",
    ),
    "code_empty": S_("Nothing was scanned.", "", "Scan again."),
    "code_too_long": S_(
        "That code is too long for a product.", "", "Scan again, or search by name."
    ),
    "code_unprintable": S_(
        "That code holds characters that cannot be read.", "", "Scan again, or search by name."
    ),
    "discount_out_of_range": S_(
        "A discount cannot be more than the price.", "Nothing was changed.", "Type a smaller one."
    ),
    "label_missing": S_("This item needs a name.", "", "Type what is sold."),
    "needs_manager": S_("Over {limit:amount} needs a manager.", "", "Scan a badge or type a PIN."),
    "no_such_line": S_("That line is no longer in the basket.", "", "Choose another line."),
    "not_for_sale": S_("{name} is no longer sold.", "", "Put it aside and ask a manager."),
    "price_missing": S_("No price yet.", "", "Type one, or ask a manager."),
    "quantity_not_whole": S_("Pieces are sold whole.", "", "Type a whole number."),
    "quantity_out_of_range": S_(
        "That quantity is not possible.", "Nothing was changed.", "Type it again."
    ),
    "reason_missing": S_("This needs a reason.", "", "Choose one, or type a few words."),
    "tax_rate_missing": S_(
        "No tax rate for {tax_code} on this day.",
        "Nothing was sold.",
        "Ask head office to add the rate.",
    ),
    "unknown_code": S_("Not in the catalogue.", "", "Search by name or add a custom item."),
}

_PAYING = {
    "already_paid": S_("This sale is paid in full.", "", "Complete the sale."),
    "cash_step": S_("No coins for that amount.", "", "Cash goes in steps of {step:money}."),
    "overpaid": S_(
        "Only {due:money} is left to pay.", "Nothing was charged.", "Type that amount or less."
    ),
    "reference_is_card_number": S_(
        "That looks like a card number.", "It was not kept.", "Type the number of the slip."
    ),
    "reference_missing": S_(
        "The number of the slip is missing.", "", "Type the number printed on the slip."
    ),
    "tender_unknown": S_("This till does not take that.", "", "Choose another way to pay."),
    "too_many_payments": S_(
        "A sale takes {limit:number} payments, no more.",
        "All payments are kept.",
        "Remove one, or pay the rest at once.",
    ),
}

_SHOP = {
    "policy_unreadable": S_(
        "The limits for staff cannot be read.",
        "The limits used before stay in force.",
        "Ask head office to send them again.",
    ),
    "receipt_unreadable": S_(
        "This receipt cannot be printed from here.",
        "The sale is saved.",
        "Print it again from the sales history.",
    ),
    "zone_unknown": S_(
        "The store's time zone {zone} is not known.", "", "Correct it at head office."
    ),
}

WORDS: dict[str, Sentence] = {**_SELLING, **_PAYING, **_SHOP}
"""Code -> its words. A test fails for a code raised anywhere without an entry here."""
