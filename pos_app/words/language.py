"""The language people read: gettext catalogues by locale, English as the source."""

from __future__ import annotations

import gettext as _gettext
import struct
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import resources

DIRECTORY = Path(resources.__file__).parent / "translations"

_COMMA = frozenset({"ar", "ckb", "fa", "ps", "sd", "ug", "ur"})
"""Languages with a comma of their own."""
_RTL = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


class _Choice:
    """The locale of this process's window or command line."""

    locale = "en"
    directory = DIRECTORY


def normal(locale: str) -> str:
    """A locale as CLDR and gettext name it: `en-gb` is en_GB, nothing is en."""
    parts = locale.partition(".")[0].replace("-", "_").split("_")
    language = parts[0].lower()
    if not (2 <= len(language) <= 3 and language.isascii() and language.isalpha()):
        return "en"
    rest = [part.upper() if len(part) in (2, 3) else part.title() for part in parts[1:]]
    return "_".join([language, *(part for part in rest if part.isalnum())])


def is_rtl(locale: str) -> bool:
    """True where people write from right to left."""
    return normal(locale).split("_")[0] in _RTL


def listed(parts: Iterable[str], locale: str = "") -> str:
    """Parts one after the other, with the comma people write in the chosen language."""
    own = normal(locale or _Choice.locale).split("_")[0] in _COMMA
    return ("\u060c " if own else ", ").join(parts)


def use(locale: str, directory: Path = DIRECTORY) -> None:
    """Makes `locale` the language of every text that does not name another.

    `directory` holds the languages: another one is for trying out a translation.
    """
    _Choice.locale = normal(locale)
    _Choice.directory = directory


def languages() -> tuple[str, ...]:
    """Every language there are texts in: English first, then those with a file."""
    found = {path.stem for path in _Choice.directory.glob("*.[mp]o")}
    return ("en", *sorted(found - {"en"}))


def current() -> str:
    """The locale chosen by `use`, `en` before."""
    return _Choice.locale


@lru_cache(maxsize=32)
def catalogue(locale: str, directory: Path) -> _gettext.NullTranslations:
    """The texts of a locale, or of its language alone; English where there is no file.

    Reading a `.po` loads babel once; a file that cannot be read counts as not there, so that a
    broken translation never keeps a till from starting.
    """
    name = normal(locale)
    while name:
        for path in (directory / f"{name}.mo", directory / f"{name}.po"):
            if path.is_file():
                found = _read(path)
                if found is not None:
                    return found
        name = name.rpartition("_")[0]
    return _gettext.NullTranslations()


def _read(path: Path) -> _gettext.NullTranslations | None:
    try:
        with path.open("rb") as file:
            if path.suffix == ".mo":
                return _gettext.GNUTranslations(file)
            from io import BytesIO

            from babel.messages.mofile import write_mo
            from babel.messages.pofile import read_po

            compiled = BytesIO()
            write_mo(compiled, read_po(file))
            compiled.seek(0)
            return _gettext.GNUTranslations(compiled)
    except (OSError, ValueError, LookupError, struct.error):
        return None


def gettext(message: str, locale: str = "") -> str:
    """`message` in the chosen language, or in `locale`."""
    return catalogue(locale or _Choice.locale, _Choice.directory).gettext(message)


def ngettext(one: str, many: str, count: int, locale: str = "") -> str:
    """The form of a text for `count` things in the chosen language, or in `locale`."""
    return catalogue(locale or _Choice.locale, _Choice.directory).ngettext(one, many, count)
