"""Said on the Pickup screen, where nothing was asked of the till yet."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

COUNTER: dict[str, Sentence] = {
    "order_first": S_(
        "No order is open to pick.", "Nothing was counted.", "Choose one, then scan again."
    ),
    "wrong_bag": S_(
        "This bag is {name}.", "Nothing was handed over.", "Put it back and fetch the right one."
    ),
}
