"""Said at the hub about customers' orders: planned again, moved, called off; what a store offers."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

ORDER_OFFICE: dict[str, Sentence] = {
    "order_not_begun": S_(
        "{name} is {state} by now.",
        "Nothing was changed.",
        "holdfast hub orders show tells who has it.",
    ),
    "order_not_here": S_(
        "There is no order {name} here.",
        "Nothing was changed.",
        "holdfast hub orders list shows them.",
    ),
    "order_not_promised": S_(
        "Not all of it can be promised there.", "Nothing was ordered.", "Choose another store."
    ),
    "part_needed": S_(
        "{count:number} stores are at {name}.", "Nothing was changed.", "Say which with --part."
    ),
    "places_file_bad": S_(
        "Line {line:number} of the file cannot be read.",
        "Nothing was changed.",
        "It needs the columns sku, place and, if you like, walk.",
    ),
    "service_bad": S_(
        "{option} {value} cannot be read.",
        "Nothing was changed.",
        "Hours are written like mon-fri=09:00-18:30, a day like 2026-12-25=closed.",
    ),
}
