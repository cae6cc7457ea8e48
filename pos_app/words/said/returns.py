"""Said of goods that come back, are exchanged, or are taken in for later."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

RETURNS: dict[str, Sentence] = {
    "already_taken_in": S_(
        "Goods of {doc_no} were taken in here on {at:date}.",
        "Nothing was taken in once more.",
        "Look at the slip of that day.",
    ),
    "exchange_currency": S_(
        "This sale was paid in {currency}.",
        "Nothing was changed.",
        "Take the goods back, and sell the others.",
    ),
    "exchange_not_voided": S_(
        "{doc_no} is one half of an exchange.",
        "Nothing was changed.",
        "Take its goods back as a return.",
    ),
    "exchange_nothing_back": S_(
        "Nothing comes back in this sale.", "The sale stays as it is.", "Pay it as ever."
    ),
    "exchange_nothing_out": S_(
        "Nothing goes out in exchange yet.",
        "Nothing was changed.",
        "Choose a size, or scan what is taken instead.",
    ),
    "exchange_too_much": S_(
        "What comes back is worth less than that.",
        "Nothing was changed.",
        "Look at what comes back once more.",
    ),
    "line_fixed": S_(
        "{label} cannot be returned.",
        "Nothing was changed.",
        "It was made to order, or sold for good.",
    ),
    "payment_is_exchange": S_(
        "The goods that come back pay this part.",
        "The sale stays as it is.",
        "Call the exchange off to pay in full.",
    ),
    "receipt_number_missing": S_(
        "What number stands on the receipt?",
        "Nothing was taken in.",
        "Type it, or take the goods in without a receipt.",
    ),
    "serial_differs": S_(
        "This is not the {label} that was sold.",
        "Nothing was changed.",
        "Read its serial number again, or call a manager.",
    ),
    "serial_missing": S_(
        "{label} comes back with its serial number only.",
        "Nothing was paid back.",
        "Read the number on the goods.",
    ),
    "swap_not_alike": S_(
        "{name} is no other size of what comes back.",
        "Nothing was changed.",
        "Scan it as taken instead, at its own price.",
    ),
    "target_unknown": S_(
        "Money cannot go back that way.", "Nothing was paid back.", "Choose another way."
    ),
    "shop_refund_unknown": S_(
        "No refund {refund} waits.", "Nothing was changed.", "Choose another one."
    ),
    "slip_is_decided": S_(
        "What this slip is worth is decided.", "It stays as it is.", "Choose another one."
    ),
    "slip_unknown": S_(
        "No slip is known by that.", "Nothing was changed.", "Type more of it, as listed."
    ),
}
