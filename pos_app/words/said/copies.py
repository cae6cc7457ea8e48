"""Said of the second copy of a till's journal: where it is kept, and when it is brought back."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

COPIES: dict[str, Sentence] = {
    "copy_ahead": S_(
        "The second copy has entries that this till does not have.",
        "Nothing in it is touched.",
        "Keep it and call head office: the till's files were put back.",
    ),
    "copy_epoch_ended": S_(
        "That till was enrolled again since: epoch {epoch:number} takes no more entries.",
        "Nothing was changed.",
        "What it still had comes from the till itself.",
    ),
    "copy_epoch_unknown": S_(
        "This hub never gave that till epoch {epoch:number}.",
        "Nothing was changed.",
        "Use the hub the till was enrolled at.",
    ),
    "copy_failed": S_(
        "The second copy cannot be written.",
        "Every sale is saved on this till.",
        "Check the stick or disk; it is tried again.",
    ),
    "copy_fork": S_(
        "The copy does not continue what the hub has.",
        "What fitted was booked.",
        "Keep the copy and call support.",
    ),
    "copy_full": S_(
        "The disk of the second copy is full.",
        "Every sale is saved on this till.",
        "Put in a larger one, or make room.",
    ),
    "copy_hole": S_(
        "Entries are missing in the copy; {count:number} stand behind them.",
        "What stands before them was booked.",
        "Look for another copy, such as another till's.",
    ),
    "copy_key_missing": S_(
        "The hub has no key that opens this copy.",
        "Nothing was changed.",
        "Use the hub the till was enrolled at.",
    ),
    "copy_missing": S_(
        "The second copy's stick or disk is not there.",
        "Every sale is saved on this till.",
        "Put it in again.",
    ),
    "copy_not_taken": S_(
        "The hub did not take a part of the copy.",
        "What fitted was booked.",
        "Keep the copy and call support.",
    ),
    "copy_nothing": S_("There is no copy of a journal at {path}.", "", "Check the place."),
    "copy_read_only": S_(
        "The second copy's disk cannot be written to.",
        "Every sale is saved on this till.",
        "Check its switch and its permissions.",
    ),
    "copy_same_disk": S_(
        "The second copy would be on the till's own disk.",
        "Every sale is saved on this till.",
        "Put the stick in, or name a folder on another disk.",
    ),
    "copy_sealed": S_(
        "A part of the copy was changed, or is another till's.",
        "What stands before it was booked.",
        "Look for another copy.",
    ),
    "copy_unknown_till": S_(
        "This hub does not know the till of that copy.",
        "Nothing was changed.",
        "Use the hub the till was enrolled at.",
    ),
    "copy_unreadable": S_("{path} cannot be read.", "Nothing was changed.", "Check the disk."),
    "copy_unsigned": S_(
        "An entry in the copy was not signed by its till.",
        "What stands before it was booked.",
        "Keep the copy and call support.",
    ),
    "mirror_address_bad": S_(
        "{address} is no address of a till.", "", "Write it like 192.168.1.12:8471."
    ),
    "mirror_full": S_(
        "The other till has no room for this till's copy.",
        "Every sale is saved on this till.",
        "Make room on the other till's disk.",
    ),
    "mirror_refused": S_(
        "The other till does not keep copies for this one.",
        "Every sale is saved on this till.",
        "Check that both tills are of one store.",
    ),
    "mirror_unproven": S_(
        "What answers is not a till of this store.",
        "Every sale is saved on this till.",
        "Check the address of the other till.",
    ),
    "mirror_unreachable": S_(
        "The other till does not answer.",
        "Every sale is saved on this till.",
        "Switch it on; it is tried again.",
    ),
}
