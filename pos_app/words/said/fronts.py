"""Websites, and other people's programs that the hub tells of things."""

from __future__ import annotations

from typing import Final

from pos_app.words.said.sentence import S_, Sentence

FRONTS: Final[dict[str, Sentence]] = {
    "address_private": S_(
        "{host} is an address of a private network.",
        "Nothing was sent there.",
        "If it is your own, say so with --private-ok.",
    ),
    "host_unknown": S_(
        "{host} has no address.", "Nothing was sent.", "Check how the name is written."
    ),
    "origin_bad": S_(
        "{origin} is no address of a website.",
        "Nothing was changed.",
        "Write it like https://shop.example.",
    ),
    "storefront_exists": S_(
        "There is a storefront {name} already.", "Nothing was changed.", "Choose another name."
    ),
    "storefront_unknown": S_(
        "No storefront is called {name}.",
        "Nothing was changed.",
        "holdfast hub storefront list shows them.",
    ),
    "webhook_exists": S_(
        "There is a webhook {name} already.", "Nothing was changed.", "Choose another name."
    ),
    "webhook_type_unknown": S_(
        "Nothing of the type {type} is ever told.",
        "Nothing was changed.",
        "holdfast hub webhook types shows what there is.",
    ),
    "webhook_unknown": S_(
        "No webhook is called {name}.",
        "Nothing was changed.",
        "holdfast hub webhook list shows them.",
    ),
    "webhook_url_bad": S_(
        "{url} is no address for a webhook.",
        "Nothing was changed.",
        "Write it like https://shop.example/hooks.",
    ),
}
