"""Said about goods that move without a customer: deliveries, transfers, counts."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

GOODS: dict[str, Sentence] = {
    "delivery_unknown": S_(
        "This till cannot see {name}.",
        "Nothing was counted.",
        "Go online, or receive it without a list.",
    ),
    "delivery_over": S_(
        "{name} was received already.", "What you counted is kept.", "Pause to tell it."
    ),
    "delivery_began": S_(
        "Somebody counts {name} already.", "Nothing was changed.", "Finish it at that till."
    ),
    "delivery_empty": S_("{name} has no lines.", "Nothing was changed.", "Name what comes."),
    "delivery_too_long": S_(
        "{name} has more than {limit} lines.", "Nothing was changed.", "Split it into two."
    ),
    "delivery_file_bad": S_(
        "Row {row} cannot be read: {what}.", "Nothing was changed.", "Put it right, import again."
    ),
    "lines_left": S_(
        "{count} lines are not counted.",
        "What you counted is kept.",
        "Count them, or take the list.",
    ),
    "reason_left": S_(
        "{count} differences have no reason yet.",
        "What you counted is kept.",
        "Choose one for each.",
    ),
    "work_unknown": S_("That count is over.", "Nothing was changed.", "Open it from the list."),
    "nothing_counted": S_("Nothing was counted yet.", "", "Scan an item, or type a quantity."),
    "box_unknown": S_("No box {label} on this list.", "Nothing was counted.", "Scan its items."),
    "box_twice": S_(
        "Box {label} was counted already.", "It counts once.", "Del takes the last scan back."
    ),
    "transfer_own_store": S_(
        "Goods stay in this store.", "Nothing was sent.", "Choose another store."
    ),
    "transfer_over": S_(
        "{name} is over.", "Nothing was changed.", "Make a new transfer if goods move."
    ),
    "count_again": S_(
        "{count} lines are far off.", "Your first count is kept.", "Count them once more."
    ),
}
