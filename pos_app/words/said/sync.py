"""Said between till and hub: enrolment, signatures, feeds, the link."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

SYNC: dict[str, Sentence] = {
    "feed_hole": S_(
        "Part of what the hub sent is missing.",
        "The last good copy stays in use.",
        "It is asked for again by itself.",
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
