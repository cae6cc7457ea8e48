"""Badges: a code of 97 random bits on a card, known by its look, kept as a salted hash.

Unlike a PIN it cannot be guessed, so one fast hash is enough, and a scan is answered at once.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

PREFIX: Final = "HFB"
"""No code of goods begins so and is as long: a scan is known to be a badge before it is known whose."""
SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWX"
"""Without what is mistaken for another sign, and without Y and Z, which keyboards swap."""
LENGTH: Final = 20
_KIND: Final = "sha256"


def badge_code(random: bytes) -> str:
    """A code for a card, out of random bytes of which 40 are always enough.

    Raises ValueError where they were not.
    """
    kept = [SIGNS[byte % len(SIGNS)] for byte in random if byte < 232]  # 8 x 29: each as likely
    if len(kept) < LENGTH:
        raise ValueError("too few random bytes")
    return PREFIX + "".join(kept[:LENGTH])


def is_badge(code: str) -> bool:
    """True for what looks like a badge, whosever it is."""
    code = code.strip().upper()
    body = code.removeprefix(PREFIX)
    return len(code) == len(PREFIX) + LENGTH == len(body) + len(PREFIX) and set(body) <= set(SIGNS)


def badge_verifier(code: str, salt: bytes) -> str:
    """What is kept of a code."""
    digest = sha256(b"HF-BADGE\x00" + salt + code.strip().upper().encode()).hexdigest()
    return f"{_KIND}${salt.hex()}${digest}"


def badge_fits(verifier: str, code: str) -> bool:
    """True where `verifier` was made of that code; False for anything that is no verifier."""
    kind, _, rest = verifier.partition("$")
    salt, _, _digest = rest.partition("$")
    try:
        made = badge_verifier(code, bytes.fromhex(salt))
    except ValueError:
        return False
    return kind == _KIND and hmac.compare_digest(made.encode(), verifier.encode())
