"""Said between till and hub: enrolment, signatures, feeds, the link."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

SYNC: dict[str, Sentence] = {
    "feed_changed": S_(
        "The hub starts its list of changes anew.",
        "The last good copy stays in use.",
        "It is fetched again by itself.",
    ),
    "feed_hole": S_(
        "Part of what the hub sent is missing.",
        "The last good copy stays in use.",
        "It is asked for again by itself.",
    ),
    "feed_unreadable": S_(
        "What the hub sent cannot be read.",
        "The last good copy stays in use.",
        "Update this till's program.",
    ),
    "signature_expired": S_(
        "This request is too old or from a wrong clock.",
        "Nothing was done.",
        "Set the clock of this machine.",
    ),
    "signature_invalid": S_(
        "The signature of this request is not right.", "Nothing was done.", "Enrol the till again."
    ),
    "signature_missing": S_(
        "This request is not signed.", "Nothing was done.", "Enrol the till first."
    ),
}
