"""Said where somebody settles what needs attention."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

EXCEPTIONS: dict[str, Sentence] = {
    "exception_unknown": S_(
        "There is no case {number}.", "Nothing was changed.", "Look at the list again."
    ),
    "exception_settled": S_(
        "Somebody settled this meanwhile.", "That decision holds.", "Choose another case."
    ),
    "exception_own": S_(
        "You did this yourself, so somebody else settles it.",
        "Nothing was changed.",
        "Ask a colleague who may.",
    ),
    "way_unknown": S_("{way} settles nothing.", "Nothing was changed.", "One of: {ways}."),
}
