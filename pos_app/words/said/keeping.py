"""Said about what is kept: the ledger, the replica, receipts, the disk."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

KEEPING: dict[str, Sentence] = {
    "commit_unknown": S_(
        "Nobody knows whether this was saved.",
        "Nothing is printed or charged twice.",
        "Look in the sales history before doing it again.",
    ),
    "disk_full": S_(
        "The disk of this till is full.",
        "Nothing was sold; everything before is kept.",
        "Free some space, then try again.",
    ),
    "file_locked": S_(
        "Another program holds this till's files.", "They are unharmed.", "Close it and try again."
    ),
    "ledger_busy": S_("The ledger is busy.", "Nothing was changed.", "Try again in a moment."),
    "ledger_corrupt": S_(
        "The ledger of this till cannot be read.",
        "Nothing was overwritten.",
        "Stop selling here and call support.",
    ),
    "ledger_in_use": S_(
        "This till is already open in another window.", "", "Go on in that window."
    ),
    "ledger_missing": S_("This till has no ledger yet.", "", "Enrol it at the hub first."),
    "ledger_read_only": S_(
        "The files of this till cannot be written.",
        "Nothing was changed.",
        "Check the rights of its folder.",
    ),
    "ledger_write_failed": S_(
        "This could not be saved.",
        "Nothing was sold; the basket is kept.",
        "Try again, or call support.",
    ),
    "pragma_refused": S_(
        "The database did not take its safe settings.",
        "It was not opened.",
        "Install the program anew.",
    ),
    "receipt_unreadable": S_(
        "This receipt cannot be printed from here.",
        "The sale is saved.",
        "Print it again from the sales history.",
    ),
    "sqlite_too_old": S_(
        "SQLite {found} is too old, {need} is needed.",
        "Nothing was opened.",
        "Install the program anew.",
    ),
}
