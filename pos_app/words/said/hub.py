"""Said by the hub and the tools that administer it: stores, taxes, imports, devices."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

HUB: dict[str, Sentence] = {
    "currency_fixed": S_(
        "A store's currency stays what it is.", "Nothing was changed.", "Add another store."
    ),
    "currency_unknown": S_("{currency} is no currency.", "", "Three capital letters, such as EUR."),
    "database_unknown": S_("{url} names no database.", "", "Write it like sqlite:///hub.sqlite."),
    "database_refused": S_(
        "The server does not let {url} in.", "Nothing was changed.", "Check the user and password."
    ),
    "demo_step_failed": S_(
        "The demo stopped at: {step}.", "Nothing else was touched.", "It said: {told}."
    ),
    "day_bad": S_("{day} is no day.", "Nothing was changed.", "Write it like 2026-11-25."),
    "hub_busy": S_(
        "Another program holds the hub's database.", "Nothing was changed.", "Try again."
    ),
    "snapshot_busy": S_(
        "Another snapshot is being made.", "The last one stays in use.", "Try again in a while."
    ),
    "hub_copy_differs": S_(
        "The copy of {table} is not what was sent.",
        "The hub was left as it was.",
        "Look at the server's disk, then copy again.",
    ),
    "hub_database_damaged": S_(
        "The hub's database is damaged.",
        "Tills keep all their sales.",
        "Stop the hub and restore a copy.",
    ),
    "hub_disk_full": S_(
        "The hub's disk is full.", "Tills keep all their sales.", "Make room, then try again."
    ),
    "hub_exists": S_("There is a hub at {path} already.", "It was not touched.", "Name another."),
    "hub_missing": S_("There is no hub at {path}.", "", "Make one with holdfast hub init."),
    "hub_moved": S_("This hub lives in {url} by now.", "Nothing was changed.", "Serve from there."),
    "hub_read_only": S_(
        "The hub's database may not be written.", "Nothing was changed.", "Correct its permissions."
    ),
    "hub_schema_other": S_(
        "This hub was made by another version ({found:number}).",
        "It was not touched.",
        "Use that version, or update.",
    ),
    "hub_setting_unsafe": S_(
        "The server's {setting} is {found}.",
        "Nothing was written: a power cut could lose sales.",
        "Set it to on.",
    ),
    "last_manager": S_(
        "{name} is the last manager.", "Nothing was changed.", "Add another manager first."
    ),
    "locale_unknown": S_(
        "{locale} is no language and country.", "Nothing was changed.", "Write it like de-AT."
    ),
    "option_bad": S_("{option} {value} cannot be read.", "", "Write it as NAME=VALUE."),
    "part_missing": S_(
        "The {part} is not installed here.", "Nothing was changed.", "Install holdfast-pos[{part}]."
    ),
    "simulation_seeds": S_(
        "{seeds} is no range of seeds.", "Nothing was played.", "Say --seeds 0:100."
    ),
    "simulation_unknown": S_(
        "Nothing is called {name} here.", "Nothing was played.", "Say `list` to see the names."
    ),
    "pin_not_digits": S_("A PIN is digits only.", "Nothing was changed.", "Choose another."),
    "pin_not_repeated": S_("The two PINs differ.", "Nothing was changed.", "Type it again."),
    "pin_not_typed": S_(
        "Nobody is here to type the PIN.", "Nothing was changed.", "Send it in with --pin-stdin."
    ),
    "pin_too_easy": S_("That PIN is too easy.", "Nothing was changed.", "Choose another."),
    "pin_too_long": S_(
        "A PIN has {limit:number} digits at most.", "Nothing was changed.", "Choose a shorter one."
    ),
    "pin_too_short": S_(
        "A PIN has {need:number} digits at least.", "Nothing was changed.", "Choose a longer one."
    ),
    "port_taken": S_(
        "{host} port {port} cannot be used.", "", "Stop what uses it, or choose another."
    ),
    "product_unknown": S_(
        "There is no product {sku}.", "Nothing was changed.", "Check its number."
    ),
    "staff_number_unknown": S_(
        "Nobody has the number {staff}.", "", "holdfast hub staff list shows everybody."
    ),
    "store_exists": S_("There is a store {store} already.", "It was not touched.", ""),
    "store_name_missing": S_("A store needs a name.", "Nothing was changed.", "Give --name."),
    "store_needed": S_("There are {count:number} stores.", "", "Say which one with --store."),
    "store_number_bad": S_(
        "{store} cannot be a store's number.", "", "Up to 8 digits or capital letters."
    ),
    "store_unknown": S_("There is no store {store}.", "", "holdfast hub store list shows them."),
    "tax_code_unknown": S_("No store has that tax code.", "", "Set the rate, or map the code."),
    "tax_missing": S_("A store needs a tax set.", "Nothing was made.", "Give --tax CODE=PERCENT."),
    "tax_rate_bad": S_(
        "{tax_code} is no tax rate.", "Nothing was changed.", "Write it like standard=20."
    ),
    "tax_rate_unknown": S_(
        "No rate {tax_code} begins on that day.",
        "Nothing was changed.",
        "holdfast hub tax list shows them.",
    ),
    "till_number_bad": S_(
        "{till} cannot be a till's number.", "", "Up to 8 digits or capital letters."
    ),
    "till_number_taken": S_(
        "Another till of store {store} works as {till}.",
        "Nothing was changed.",
        "Make the code with --replace to take its place.",
    ),
    "till_unknown": S_("No till is known as {till}.", "", "holdfast hub devices shows them."),
    "till_was_revoked": S_(
        "That till was taken out of service.", "", "Enrol it anew with a new code."
    ),
    "time_bad": S_("{time} is no time of day.", "", "Write it like 04:00."),
    "tour_stuck": S_(
        "The tour waited too long for: {waiting_for}.",
        "The pictures so far are kept.",
        "Tell support.",
    ),
    "workers_need_server": S_(
        "Several processes cannot share a file.", "Nothing was started.", "Use PostgreSQL, or one."
    ),
    "zone_unknown": S_(
        "The store's time zone {zone} is not known.",
        "",
        "Correct it at head office, like Europe/Vienna.",
    ),
}
