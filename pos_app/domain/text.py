"""Text from people, scanners and files, made safe to keep: no control or direction characters.

What is kept here is still data: whoever shows it quotes it for its own medium.
"""

from __future__ import annotations

from unicodedata import category

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that print nothing or change what is around them."""
_JOINERS = frozenset({"\u200c", "\u200d"})
"""Zero-width (non-)joiner: letters of Persian and Indic words need them."""


def hidden(text: str) -> bool:
    """True where `text` holds a control, direction, surrogate or unassigned character."""
    if text.isascii():
        return not text.isprintable()
    return any(category(mark) in _HIDDEN for mark in text)


def plain(text: str, limit: int) -> str:
    """`text` on one line without hidden characters, spaces joined, at most `limit` long."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(
            " " if mark.isspace() else mark
            for mark in text
            if mark.isspace() or mark in _JOINERS or category(mark) not in _HIDDEN
        )
    return " ".join(text.split())[:limit].rstrip()
