"""A till that may be a copy, that is enrolled again, or that head office stopped."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

LIVES: dict[str, Sentence] = {
    "behind_witness": S_(
        "An older copy of this till's data was put back.",
        "Sales for cash and by card go on and are kept here.",
        "Call head office: this till is to be enrolled again.",
    ),
    "no_witness": S_(
        "This till cannot tell by itself whether its data is the newest.",
        "Sales for cash and by card go on and are kept here.",
        "It is settled as soon as head office answers.",
    ),
    "other_machine": S_(
        "This till's data came from another machine.",
        "Sales for cash and by card go on and are kept here.",
        "Call head office: this till is to be enrolled again.",
    ),
    "chain_in_doubt": S_(
        "This till may be a copy of itself.",
        "Sales for cash and by card go on.",
        "Do that on another till, or when head office has settled it.",
    ),
    "device_suspended": S_(
        "Head office has stopped this till.",
        "Its sales are kept, and are still sent.",
        "Sell on another till. Head office lets it work again.",
    ),
    "till_wiped": S_(
        "Head office has wiped this till.",
        "What it had not sent can be read at head office alone.",
        "Leave its files as they are, and set up another till.",
    ),
    "order_not_now": S_(
        "That cannot be ordered of a till that is {state:state}.",
        "Nothing was changed.",
        "Look at `holdfast hub devices`.",
    ),
    "history_incomplete": S_(
        "What the hub holds of this till does not fit together.",
        "Nothing was changed; every sale is kept.",
        "Run the same command again. If it stays so, call support.",
    ),
}
