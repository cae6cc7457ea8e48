"""Said between till and hub: enrolment, signatures, feeds, the link."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

SYNC: dict[str, Sentence] = {
    "cursor_too_old": S_(
        "This till was away for longer than the hub keeps its changes.",
        "The last good copy stays in use.",
        "A new one is fetched by itself.",
    ),
    "snapshot_corrupt": S_(
        "A piece of the catalogue arrived damaged.",
        "The last good copy stays in use.",
        "It is asked for again by itself.",
    ),
    "snapshot_missing": S_(
        "The hub has no copy of its catalogue ready.",
        "The last good copy stays in use.",
        "It is fetched piece by piece, by itself.",
    ),
    "feed_changed": S_(
        "The hub starts its list of changes anew.",
        "The last good copy stays in use.",
        "It is fetched again by itself.",
    ),
    "feed_hole": S_(
        "Part of what the hub sent is missing.",
        "The last good copy stays in use.",
        "It is asked for again by itself.",
    ),
    "feed_unreadable": S_(
        "What the hub sent cannot be read.",
        "The last good copy stays in use.",
        "Update this till's program.",
    ),
    "signature_expired": S_(
        "This request is too old or from a wrong clock.",
        "Nothing was done.",
        "Set the clock of this machine.",
    ),
    "signature_invalid": S_(
        "The signature of this request is not right.", "Nothing was done.", "Enrol the till again."
    ),
    "signature_missing": S_(
        "This request is not signed.", "Nothing was done.", "Enrol the till first."
    ),
    "ack_unproven": S_(
        "The hub confirmed sales without proof.",
        "Every sale is kept here and sent again.",
        "If this goes on, tell head office.",
    ),
    "already_enrolled": S_(
        "This directory already belongs to a till.",
        "Nothing was changed.",
        "Choose an empty one for a new till.",
    ),
    "code_expired": S_(
        "That enrolment code has run out.", "Nothing was changed.", "Ask the hub for a new code."
    ),
    "code_used": S_(
        "That enrolment code was used by another till.",
        "Nothing was changed.",
        "Ask the hub for a new code.",
    ),
    "code_wrong": S_(
        "The hub does not know that enrolment code.",
        "Nothing was changed.",
        "Type it again, or ask for a new one.",
    ),
    "cursor_ahead": S_(
        "The hub lost changes it had sent before.",
        "The last good copy stays in use.",
        "Everything is fetched again by itself.",
    ),
    "device_elsewhere": S_(
        "This machine is enrolled under another till number.",
        "Nothing was changed.",
        "Ask the hub for a code with that number.",
    ),
    "device_pending": S_(
        "A person at the hub has yet to approve this till.",
        "Sales are kept here until then.",
        "Ask head office to approve it.",
    ),
    "device_revoked": S_(
        "The hub took this till out of service.", "Every sale is kept here.", "Call head office."
    ),
    "device_unknown": S_(
        "The hub does not know this till.", "Every sale is kept here.", "Call head office."
    ),
    "fenced": S_(
        "This till was enrolled again on another machine.",
        "Every sale is kept here.",
        "Call head office before you go on.",
    ),
    "fork": S_(
        "The hub holds another history of this till.",
        "Every sale is kept here.",
        "Call head office.",
    ),
    "gap": S_(
        "The hub misses earlier sales of this till.",
        "They are kept here and sent again.",
        "Nothing to do.",
    ),
    "hub_address_bad": S_(
        "That is no address of a hub.", "Nothing was changed.", "Type it as https://hub.example."
    ),
    "hub_certificate_bad": S_(
        "The hub's certificate is not trusted.", "Nothing was sent to it.", "Call head office."
    ),
    "hub_cut_off": S_(
        "The connection to the hub broke off.",
        "Selling goes on; every sale is kept.",
        "It is tried again by itself.",
    ),
    "hub_error": S_(
        "The hub has a fault.",
        "Selling goes on; every sale is kept.",
        "It is tried again by itself.",
    ),
    "hub_garbled": S_(
        "What the hub answered cannot be read.",
        "Selling goes on; every sale is kept.",
        "Check that the address is the hub's.",
    ),
    "hub_key_bad": S_(
        "The hub's key cannot be read.", "Nothing was changed.", "Update the hub, then try again."
    ),
    "hub_silent": S_(
        "The hub does not answer in time.",
        "Selling goes on; every sale is kept.",
        "It is tried again by itself.",
    ),
    "enrol_broken_off": S_(
        "Setting up was broken off.",
        "Nothing is lost: it goes on where it stopped.",
        "Press Set up again, with the same code.",
    ),
    "enrol_no_hub": S_(
        "No hub answers at {address}.",
        "Nothing was set up.",
        "Check the address and the network, then enrol again.",
    ),
    "hub_unreachable": S_(
        "The hub cannot be reached.",
        "Selling goes on; every sale is kept.",
        "Check the network; it is tried again.",
    ),
    "not_approved": S_(
        "Nobody at the hub approved this till in time.",
        "Its keys are kept.",
        "Run the same command again.",
    ),
    "rolled_back": S_(
        "This till's files are older than what the hub has.",
        "Sales go on and are kept here.",
        "Call head office: enrol this till again.",
    ),
    "seal_broken": S_(
        "The sealed key cannot be opened with this hub's key.",
        "",
        "Use the hub the till was enrolled at.",
    ),
    "signature_replayed": S_(
        "This very request was sent before.",
        "Nothing was done twice.",
        "It is tried again by itself.",
    ),
    "stream_not_yours": S_(
        "The hub does not give that data to this till.",
        "The last good copy stays in use.",
        "Tell head office.",
    ),
    "sync_running": S_("This till is already talking to the hub.", "", "Nothing to do."),
    "till_not_enrolled": S_("There is no till in {data}.", "", "Enrol it first."),
    "till_taken": S_(
        "Another till has that number.",
        "Nothing was changed.",
        "Ask for another number, or replace that till.",
    ),
    "too_many_tries": S_(
        "Too many wrong enrolment codes.",
        "Nothing was changed.",
        "Wait ten minutes, then try again.",
    ),
    "upgrade_required": S_(
        "This program is too old for the hub.",
        "Selling goes on; sales are sent.",
        "Update this till.",
    ),
    "play_not_synced": S_(
        "{unsent:number} entries are still unsent after {wait_s:wait}.",
        "They are kept on this till.",
        "Look at the hub and the network.",
    ),
    "sync_runs_already": S_(
        "This till's sync is already running.",
        "It goes on working.",
        "Close the till's window first.",
    ),
    "sync_not_running": S_(
        "This till's sync is not running.",
        "Everything unsent is kept.",
        "It starts by itself in a moment.",
    ),
}
