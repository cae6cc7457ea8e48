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
    "hub_serves": S_(
        "A hub serves from {path}.",
        "Nothing was changed.",
        "Stop it, then say this again.",
    ),
    "not_recovering": S_(
        "The hub is not recovering.", "Nothing was changed.", "There is nothing to override."
    ),
    "person_missing": S_(
        "This needs the name of who decides.", "Nothing was changed.", "Give it with --by."
    ),
}
