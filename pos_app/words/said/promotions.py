"""Said of coupons, promotions, labels and goods that say more than what they are."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

PROMOTIONS: dict[str, Sentence] = {
    "coupon_ended": S_("This coupon has ended.", "", "Go on without it."),
    "coupon_not_yet": S_("This coupon begins on {day:date}.", "", "Keep it until then."),
    "coupon_over": S_("This coupon ended on {day:date}.", "", "Go on without it."),
    "coupon_unknown": S_("No coupon has this code.", "", "Check the code, or scan it."),
    "coupon_used": S_("This coupon was used on {day:date}.", "", "Go on without it."),
    "goods_expired": S_(
        "{name} may only be used until {day:date}.",
        "It was not added.",
        "Put it aside and take another one.",
    ),
    "label_fixed": S_(
        "{name} is priced by its own label.", "Nothing was changed.", "Scan each one by itself."
    ),
    "label_not_weighed": S_(
        "The label has a weight, {name} is sold by piece.",
        "It was not added.",
        "Choose it by hand, and tell head office.",
    ),
    "label_pattern_bad": S_(
        "{pattern} is no pattern for a label.", "Nothing was changed.", "It needs {where:whole}."
    ),
    "label_times": S_("Labels are scanned one by one.", "Nothing was added.", "Scan it again."),
    "promotion_bad": S_(
        "This promotion cannot be taken: {where:whole}.", "Nothing was changed.", "Correct it."
    ),
    "promotion_file_unreadable": S_(
        "{file} cannot be read: {where:whole}.", "Nothing was changed.", "Correct the file."
    ),
    "promotion_unknown": S_(
        "No promotion {promotion} is running.", "Nothing was changed.", "Look at the list."
    ),
    "serial_twice": S_("This very {name} is in the sale already.", "", "Scan the next one."),
    "weight_needed": S_(
        "{name} is sold by weight.", "", "Type its weight, or put it on the scale."
    ),
}
