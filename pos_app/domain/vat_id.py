"""VAT numbers of businesses: whether one could be right, by how its country writes them.

Only the form is looked at; whether the number exists is asked of the tax office, online. Forms of
the European Union as its VIES service lists them, and those of its neighbours.
"""

from __future__ import annotations

import re
from typing import Final

from pos_app.domain.errors import Refused
from pos_app.domain.text import plain

_FORMS: Final[dict[str, str]] = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CHE": r"\d{9}(MWST|TVA|IVA)?",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "GB": r"(\d{9}(\d{3})?|(GD|HA)\d{3})",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"(\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W])",
    "IT": r"\d{11}",
    "LT": r"(\d{9}|\d{12})",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"[A-Z0-9+*]{10}\d{2}",
    "NO": r"\d{9}(MVA)?",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"(\d{9}(\d{3})?|(GD|HA)\d{3})",
}
"""Country -> what stands after its letters."""
_KNOWN: Final = {country: re.compile(country + form, re.ASCII) for country, form in _FORMS.items()}
_OTHER: Final = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9/-]{3,19}", re.ASCII)
"""A country that is not in the table: letters and digits, at least one of these."""
_BETWEEN: Final = re.compile(r"[\s.]+")


def vat_id(text: str) -> str:
    """The number as it is printed: capitals, no spaces or points; "" for nothing typed.

    Raises Refused("vat_id_unlikely", country=) for one that its country does not write so; `country`
    is empty where the letters in front are of none in the table.
    """
    told = _BETWEEN.sub("", plain(text, 40).upper())
    if not told:
        return ""
    for length in (3, 2):
        form = _KNOWN.get(told[:length])
        if form is not None:
            bare = told if length == 2 and told[:2] == "NL" else told.replace("-", "")
            if form.fullmatch(bare):
                return bare
            raise Refused("vat_id_unlikely", country=told[:length])
    if _OTHER.fullmatch(told):
        return told
    raise Refused("vat_id_unlikely", country="")
