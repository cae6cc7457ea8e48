"""Said about customers: found, entered, changed, joined."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

CUSTOMERS: dict[str, Sentence] = {
    "customer_after_payment": S_(
        "Something is paid already.",
        "The sale stays whose it is.",
        "Take the payment back to change the customer.",
    ),
    "customer_erased": S_(
        "This customer asked to be forgotten.", "The sale is nobody's.", "Enter them anew."
    ),
    "customer_unknown": S_(
        "Nobody here is known by that.",
        "The sale is nobody's so far.",
        "Search all stores, or enter a new customer.",
    ),
    "rewards_in_use": S_(
        "Points of {name} are in this sale.",
        "Nothing was changed.",
        "Give the points back first.",
    ),
    "customer_name_missing": S_(
        "A customer needs a name or a way to be reached.", "Nothing was kept.", "Type one of them."
    ),
    "contact_unfit": S_(
        "Nobody can be reached by this.",
        "What was typed is still there.",
        "Check the address or the number.",
    ),
    "birthday_unfit": S_(
        "There is no such day.", "What was typed is still there.", "Type month and day: 05-20."
    ),
    "consent_unknown": S_(
        "Nobody is asked for that.", "Nothing was kept.", "Choose one of the four questions."
    ),
    "note_empty": S_("There is nothing to keep yet.", "", "Type a few words."),
    "merge_same": S_("This is one customer already.", "Nothing was changed.", "Choose another."),
}
