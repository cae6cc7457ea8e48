"""Said of online shops: who is known, what they are called, what opens their secrets."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

CHANNELS: dict[str, Sentence] = {
    "channel_exists": S_(
        "There is a shop {channel} already.", "It was not touched.", "Choose another name."
    ),
    "channel_name_bad": S_(
        "{channel} cannot be a shop's name.",
        "Nothing was changed.",
        "Small letters, digits, - and _; not till and not storefront.",
    ),
    "channel_unknown": S_(
        "No shop {channel} is known.",
        "Nothing was changed.",
        "holdfast hub channel list shows them.",
    ),
    "platform_unknown": S_(
        "{platform} is no platform.", "Nothing was changed.", "One of: {known}."
    ),
    "secrets_key_bad": S_(
        "The key does not open the shops' secrets.",
        "Nothing was changed.",
        "Put back the key file that stood beside its database.",
    ),
    "secrets_key_missing": S_(
        "There is no key for the shops' secrets.",
        "Nothing was changed.",
        "Give {name} 64 hex digits that nobody knows, and keep them.",
    ),
}
