"""Said of gift cards and store credit."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

VALUES: dict[str, Sentence] = {
    "value_code_unreadable": S_(
        "This is not the code of a gift card or credit slip.",
        "Nothing was paid or changed.",
        "Scan it again, or type the signs below it.",
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
