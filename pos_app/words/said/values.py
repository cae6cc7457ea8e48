"""Said of gift cards and store credit."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

VALUES: dict[str, Sentence] = {
    "payment_is_held": S_(
        "What is held for this payment must be let go first.",
        "The sale stays as it is.",
        "Take the payment from the list.",
    ),
    "value_account_missing": S_(
        "Nobody knows yet which card or credit pays.",
        "Nothing was paid.",
        "Scan the gift card, or name the customer.",
    ),
    "value_code_unreadable": S_(
        "This is not the code of a gift card or credit slip.",
        "Nothing was paid or changed.",
        "Scan it again, or type the signs below it.",
    ),
    "value_file_bad": S_(
        "Line {line} is no card number with a PIN.",
        "No card was taken in.",
        "Write 19 digits, a comma and 6 digits.",
    ),
    "value_unknown": S_(
        "No card or slip is called so here.",
        "Nothing was changed.",
        "Look at holdfast hub value list.",
    ),
    "value_in_sale": S_(
        "This sale puts money on that card already.",
        "The sale stays as it is.",
        "Take the line out first to change the amount.",
    ),
    "value_line_fixed": S_(
        "Money on {name} has no quantity, price or discount.",
        "The line stays as it is.",
        "Take the line out and put another amount on it.",
    ),
    "value_needs_hub": S_(
        "This can be paid with when the till is back online.",
        "Nothing was paid. The card keeps what is on it.",
        "Take another way to pay.",
    ),
    "value_not_answered": S_(
        "Head office has not said yet what is on it.",
        "Nothing was paid.",
        "Wait a moment, or take another way to pay.",
    ),
    "value_nothing_on_it": S_(
        "There is nothing on this card that can be spent.",
        "Nothing was paid.",
        "Look at the code again, or take another way to pay.",
    ),
    "value_paid_twice": S_(
        "This card pays in this sale already.",
        "The payments stay as they are.",
        "Take that payment back to pay another amount.",
    ),
    "value_pays_value": S_(
        "Gift cards and credit do not pay for gift cards and credit.",
        "Nothing was paid.",
        "Pay what is put on the card another way.",
    ),
    "value_kind_unknown": S_(
        "There are gift cards and credit slips, and nothing else.",
        "Nothing was made.",
        "Choose one of them.",
    ),
    "value_pin_unreadable": S_(
        "The PIN of this card has {digits} digits.",
        "Nothing was paid or changed.",
        "Type the digits below the scratched field.",
    ),
}
