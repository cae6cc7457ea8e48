"""Said about what is kept: the ledger, the replica, receipts, the disk."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

KEEPING: dict[str, Sentence] = {
    "already_recorded": S_(
        "This sale is already recorded.", "It was not made twice.", "Look in the sales history."
    ),
    "already_voided": S_("{doc_no} is already void.", "Nothing was changed."),
    "commit_unknown": S_(
        "Nobody knows whether this was saved.",
        "Nothing is printed or charged twice.",
        "Look in the sales history before doing it again.",
    ),
    "disk_full": S_(
        "The disk of this till is full.",
        "Nothing new was saved; everything before is kept.",
        "Free some space, then try again.",
    ),
    "file_locked": S_(
        "Another program holds this till's files.", "They are unharmed.", "Close it and try again."
    ),
    "file_unreadable": S_(
        "A file of this till cannot be opened.",
        "Nothing was changed.",
        "Check the rights of its folder.",
    ),
    "keys_exist": S_("This till has its keys already.", "They were not changed."),
    "keys_foreign": S_(
        "These keys belong to another till.",
        "Nothing was sold; this till's ledger is unharmed.",
        "Put this till's own keys back, or call support.",
    ),
    "keys_missing": S_(
        "The keys of this till are missing.",
        "Its files are unharmed but stay locked.",
        "Ask head office for the sealed key.",
    ),
    "keys_unreadable": S_(
        "The keys of this till cannot be read.",
        "Its files are unharmed.",
        "Check the rights of its folder, or the keyring.",
    ),
    "ledger_busy": S_("The ledger is busy.", "Nothing was changed.", "Try again in a moment."),
    "ledger_corrupt": S_(
        "The ledger of this till cannot be read.",
        "Nothing was overwritten.",
        "Stop selling here and call support.",
    ),
    "ledger_exists": S_(
        "This till has a ledger already.", "It was not changed.", "Choose an empty folder."
    ),
    "ledger_in_use": S_(
        "This till is already open in another window.", "", "Go on in that window."
    ),
    "ledger_missing": S_("This till has no ledger yet.", "", "Enrol it at the hub first."),
    "ledger_newer": S_(
        "A newer program wrote this ledger.",
        "Nothing was changed.",
        "Start the newer program.",
    ),
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
    "cash_kind": S_(
        "Cash goes in, out, or into the safe.", "Nothing was changed.", "Choose one of them."
    ),
    "more_than_drawer": S_(
        "{amount:money} is more than the drawer should hold.",
        "Nothing was changed.",
        "Look at the amount. If it is right, confirm it.",
    ),
    "no_open_shift": S_("No shift is open.", "", "Open a shift first."),
    "no_such_parked": S_("That parked basket is gone.", "", "Another person may have taken it."),
    "no_such_sale": S_("This till does not know that sale.", "", "Check the receipt number."),
    "pragma_refused": S_(
        "The database did not take its safe settings.",
        "It was not opened.",
        "Install the program anew.",
    ),
    "no_such_document": S_(
        "This till has no document of that number.", "", "Compare it with the paper."
    ),
    "receipt_needs_file": S_(
        "These bytes are for a printer, not for a screen.", "", "Name a file with --out."
    ),
    "file_not_written": S_(
        "{file} could not be written.", "Nothing was changed.", "Choose another place."
    ),
    "receipt_unreadable": S_(
        "This receipt cannot be printed from here.",
        "The sale is saved.",
        "Print it again from the sales history.",
    ),
    "replica_corrupt": S_(
        "The catalogue of this till is damaged.",
        "The last good copy stays in use.",
        "It is fetched again by itself.",
    ),
    "replica_other_version": S_(
        "The catalogue is from another version of this program.",
        "The last good copy stays in use.",
        "It is fetched again by itself.",
    ),
    "replica_unfinished": S_(
        "The new catalogue is not complete yet.", "The one before stays in use."
    ),
    "replica_write_failed": S_(
        "The catalogue could not be updated.",
        "The one before stays in use.",
        "Check the disk of this till.",
    ),
    "sqlite_too_old": S_(
        "SQLite {found} is too old, {need} is needed.",
        "Nothing was opened.",
        "Install the program anew.",
    ),
    "key_taken": S_(
        "{key} is already used: {words}.", "Nothing was changed.", "Choose another key."
    ),
    "key_unfit": S_(
        "{key} cannot be a key of its own.",
        "Nothing was changed.",
        "Take F1 to F12, or one together with Ctrl or Alt.",
    ),
    "settings_not_saved": S_(
        "The settings could not be saved.",
        "The old ones stay in force.",
        "Check the disk and the rights of its folder.",
    ),
    "settings_unreadable": S_(
        "The settings in {file} cannot be read: {where}.",
        "No sale is touched.",
        "Correct the file, or remove it.",
    ),
    "settings_unreadable_now": S_(
        "The settings in {file} cannot be read now.",
        "No sale is touched.",
        "Check the rights of its folder.",
    ),
    "play_unreadable": S_(
        "The play {file} cannot be read: {where:whole}.",
        "Nothing was played.",
        "Correct the file; PLAY.md tells every step.",
    ),
    "play_not_refused": S_(
        "This step should have been refused: {expected}.", "", "Look at the play."
    ),
    "play_expected": S_("Something is not as the play expects it.", "", "Look at the differences."),
    "play_amount_not_exact": S_(
        "{amount} is not a whole number of the smallest unit.",
        "Nothing was changed.",
        "Correct the play.",
    ),
    "play_printer_not_simulated": S_(
        "Only a simulated printer can be broken.",
        "",
        "Choose the simulated printer in the settings.",
    ),
    "play_terminal_not_simulated": S_(
        "Only a simulated card terminal can be told what to do.",
        "",
        "Choose the simulated terminal in the settings.",
    ),
    "play_without_hub": S_("This step needs a hub.", "", "Play with --hub, or enrol the till."),
}
