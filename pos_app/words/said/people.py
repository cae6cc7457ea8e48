"""Said about people, limits and shifts: PINs, approvals, counts."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

PEOPLE: dict[str, Sentence] = {
    "action_unknown": S_(
        "This till does not know that action.", "", "Ask a manager to update the limits."
    ),
    "policy_unreadable": S_(
        "The limits for staff cannot be read.",
        "The limits used before stay in force.",
        "Ask head office to send them again.",
    ),
}
