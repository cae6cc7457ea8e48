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
    "policy_forged": S_(
        "The limits for staff are not signed by head office.",
        "They were not taken over; the limits used before stay in force.",
        "Tell head office.",
    ),
    "policy_lapsed": S_(
        "The limits for staff ran out weeks ago.",
        "Selling works. This waits for head office.",
        "Connect this till to head office once.",
    ),
    "policy_missing": S_(
        "This hub has no limits for staff.", "", "Set them: holdfast hub policy set --shipped."
    ),
    "policy_which": S_(
        "Say which limits.", "Nothing was changed.", "Name a file, or say --shipped."
    ),
    "badge_unknown": S_(
        "This badge opens nothing here.",
        "Nothing was changed.",
        "Type your PIN, or ask head office for another badge.",
    ),
    "badge_needs_pin": S_(
        "This badge wants its PIN too.", "Nothing was changed.", "Type the PIN that goes with it."
    ),
    "badge_not_enough": S_(
        "This badge cannot agree to that.",
        "Nothing was changed.",
        "Ask somebody with a higher limit.",
    ),
    "pin_badges_only": S_(
        "Too many wrong PINs on this till.",
        "A badge works now, and what is open is kept.",
        "Type a PIN again in {wait_s:wait}.",
    ),
    "pin_locked_hub": S_(
        "Too many wrong PINs in all for this name.",
        "Their badge still works.",
        "Ask head office for a new PIN.",
    ),
    "training_running": S_(
        "This till is in training.",
        "Nothing was sold.",
        "End the training first.",
    ),
    "not_in_training": S_("This till is not in training.", "Nothing was changed."),
    "training_busy": S_(
        "Something is still on its way.", "Nothing was changed.", "Try again in a moment."
    ),
    "approval_not_enough": S_(
        "This person cannot agree to that.",
        "Nothing was changed.",
        "Ask somebody with a higher limit.",
    ),
    "approver_is_actor": S_(
        "Somebody else must agree.", "Nothing was changed.", "Ask a colleague for a PIN."
    ),
    "needs_hub": S_(
        "That works only while head office answers.",
        "Nothing was changed.",
        "Try again when the till is online.",
    ),
    "nobody_signed_in": S_(
        "Nobody is signed in.", "The basket is kept.", "Choose your name and type your PIN."
    ),
    "not_allowed": S_(
        "Your role may not do that.", "Nothing was changed.", "Ask a manager to do it."
    ),
    "pin_locked": S_(
        "Too many wrong PINs, this name is locked.",
        "Selling goes on under other names.",
        "Ask a manager to unlock it.",
    ),
    "pin_wait": S_("Too many wrong PINs.", "The basket is kept.", "Try again in {wait_s:wait}."),
    "pin_wrong": S_("That PIN is not right.", "", "Type it again, {left:number} more tries."),
    "shift_open": S_("A shift is open already.", "", "Close it before opening another."),
    "staff_unknown": S_("Nobody of that name works here.", "", "Choose another name."),
    "till_not_ready": S_(
        "This till knows nothing of its store yet.",
        "Nothing was sold.",
        "Connect it to the hub once.",
    ),
}
