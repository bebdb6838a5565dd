"""Where a search was, as far as may be published: the nearest of a fixed list of map points, or nowhere.

Source: data.police.uk, About the data: each map point has at least eight postal addresses in its catchment or
none; a place more than 20 km from any has no coordinates.
"""

import csv
import re
from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple, TextIO

EARTH = 6_371_008.8
"""The mean radius in metres. Source: IUGG, Geodetic Reference System 1980."""
FARTHEST_KM = 20.0

_COORDINATES = re.compile(r"\s*(-?\d{1,2}\.\d{3,})\s*,\s*(-?\d{1,3}\.\d{3,})\s*")


class Point(NamedTuple):
    """A place in degrees north and east."""

    latitude: float
    longitude: float


def metres(one: Point, other: Point) -> float:
    """How far apart two points are, by the haversine of the angle between them."""
    north, north2 = radians(one.latitude), radians(other.latitude)
    between = sin((north2 - north) / 2) ** 2
    between += cos(north) * cos(north2) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * EARTH * asin(sqrt(between))


def snapped(place: Point, points: Sequence[Point], *, most_km: float = FARTHEST_KM) -> Point | None:
    """The nearest map point; None where the nearest is farther than `most_km`, or there are none."""
    nearest = min(points, key=lambda point: metres(place, point), default=None)
    return nearest if nearest is not None and metres(place, nearest) <= most_km * 1000 else None


def coordinates(text: str) -> Point | None:
    """A place given as `53.4031, -2.9836`; None for words."""
    found = _COORDINATES.fullmatch(text)
    return Point(float(found[1]), float(found[2])) if found else None


def map_points(file: TextIO) -> list[Point]:
    """A list of map points: CSV with the columns latitude and longitude. ValueError names a bad line."""
    points = []
    for line, row in enumerate(csv.DictReader(file), 2):
        try:
            points.append(Point(float(row["latitude"]), float(row["longitude"])))
        except (KeyError, TypeError, ValueError):
            raise ValueError(f"line {line}: needs a latitude and a longitude in degrees") from None
    return points
