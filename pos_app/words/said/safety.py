"""Said of a hub's backups, of its restore, and of entries it could not read."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

SAFETY: dict[str, Sentence] = {
    "backup_by_pg_dump": S_(
        "This hub is on PostgreSQL, which copies itself.",
        "Nothing was changed.",
        "Use pg_dump and pg_restore; then holdfast hub restore without a file.",
    ),
    "backup_exists": S_(
        "There is a file at {path} already.", "It was not touched.", "Name another, or --replace."
    ),
    "backup_is_the_hub": S_(
        "{path} is the hub itself.", "Nothing was changed.", "Name the copy that is to be put back."
    ),
    "backup_missing": S_("There is no file at {path}.", "Nothing was changed.", "Check the name."),
    "backup_not_whole": S_(
        "That copy is not whole: {found}.", "Nothing was changed.", "Use another copy."
    ),
    "correction_elsewhere": S_(
        "That entry is of another store.", "Nothing was changed.", "Name one of the same store."
    ),
    "correction_unknown": S_(
        "No entry that was booked has that id.", "Nothing was changed.", "Check the id."
    ),
    "correction_used": S_(
        "That entry corrects another one already.", "Nothing was changed.", "Name another entry."
    ),
    "hub_serves": S_(
        "A hub serves from {path}.",
        "Nothing was changed.",
        "Stop it, then say this again.",
    ),
    "manager_needed": S_(
        "{name} is no manager of this store.", "Nothing was changed.", "Name a manager."
    ),
    "not_recovering": S_(
        "The hub is not recovering.", "Nothing was changed.", "There is nothing to override."
    ),
    "person_missing": S_(
        "This needs the name of who decides.", "Nothing was changed.", "Give it with --by."
    ),
    "pin_not_theirs": S_(
        "That is not the PIN of {name}.", "Nothing was changed.", "Say the command again."
    ),
    "quarantine_over": S_(
        "Entry {number:number} is settled already.",
        "Nothing was changed.",
        "There is no more to do.",
    ),
    "quarantine_unknown": S_(
        "No entry in quarantine has the number {number:number}.",
        "Nothing was changed.",
        "holdfast hub quarantine list shows them.",
    ),
    "second_person_needed": S_(
        "This needs two people.", "Nothing was changed.", "Name another one with --second."
    ),
}
