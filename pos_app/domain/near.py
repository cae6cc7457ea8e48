"""How far apart two places are, along the great circle."""

from __future__ import annotations

import math
from typing import Final

EARTH_M: Final = 6_371_008
"""Mean radius of the earth, metres (IUGG)."""
MICRO: Final = 1_000_000
Place = tuple[int, int]
"""Latitude and longitude, millionths of a degree."""


def distance_m(one: Place, other: Place) -> int | None:
    """Metres between two places; None where one of them was never said (0, 0) or is none."""
    if not (_is_place(one) and _is_place(other)):
        return None
    (lat_1, lon_1), (lat_2, lon_2) = (
        tuple(math.radians(each / MICRO) for each in place) for place in (one, other)
    )
    half = (
        math.sin((lat_2 - lat_1) / 2) ** 2
        + math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    )
    return round(2 * EARTH_M * math.asin(math.sqrt(min(1.0, half))))


def _is_place(place: Place) -> bool:
    lat, lon = place
    return place != (0, 0) and abs(lat) <= 90 * MICRO and abs(lon) <= 180 * MICRO
