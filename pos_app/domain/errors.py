"""The one exception type of the product, in four families by what the person should do.

A rule or a device says *what* happened by `code` and `facts`; `pos_app.words` says it to a
person. Anything that is not a `PosError` is our own bug.
"""

from __future__ import annotations


class PosError(Exception):
    """Something a person must know: a stable `code` and the `facts` its sentence needs.

    Raised only through its four families. `code` is snake_case and has a text in
    `pos_app.words` (a test says so); facts are plain values, never secrets.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code}({told})" if told else self.code


class Refused(PosError):
    """A rule said no; doing it again the same way says no again."""


class Unavailable(PosError):
    """A device or the network did not answer: try again, or go on without it."""


class Uncertain(PosError):
    """Nobody knows whether it happened: ask again by reference, never repeat blindly."""


class Cancelled(PosError):
    """The person stopped it: silent."""
