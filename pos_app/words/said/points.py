"""Said of points, rewards and the programme they come from."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

POINTS: dict[str, Sentence] = {
    "nobody_named": S_("Nobody is named in this sale.", "", "Scan the member card, or press F3."),
    "no_reward": S_(
        "There is no reward for these goods and points.", "Nothing was used.", "Go on without."
    ),
    "points_asked": S_(
        "Head office is asked for the points.", "Nothing was used yet.", "Wait for a moment."
    ),
    "points_changed": S_(
        "Points changed since {as_of:moment}: {left:number} left.",
        "Shown again; nothing lost.",
        "Press F4 to use what is left.",
    ),
    "points_gone": S_(
        "The points for this sale are not here any more: {left:number} left.",
        "Nothing was sold and nothing was used.",
        "Press F4 twice: give them back, then take what is left.",
    ),
    "points_not_here": S_(
        "Up to {granted:number} in points here while offline.",
        "Nothing was used, and the sale goes on.",
        "Use the rest when this till is online again.",
    ),
    "points_not_enough": S_(
        "The account has {left:number} points to take off.", "Nothing was changed.", "Say fewer."
    ),
    "programme_bad": S_(
        "This programme cannot be taken: {where:whole}.", "Nothing was changed.", "Correct it."
    ),
    "programme_file_unreadable": S_(
        "{file} cannot be read: {where:whole}.", "Nothing was changed.", "Correct the file."
    ),
    "programme_unknown": S_(
        "No programme {programme} is running.",
        "Nothing was changed.",
        "Look at holdfast hub loyalty list.",
    ),
    "rewards_changed": S_(
        "The goods changed, and the reward with them.",
        "Nothing was paid.",
        "Press F4 twice: give the points back and take them again.",
    ),
}
