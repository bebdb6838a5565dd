"""Usual residents of each police force area by ethnic group: the benchmark of published rates.

Census 2021 (21 March 2021): Office for National Statistics, ethnic group in 19 categories by local authority
district of England and Wales, districts summed to police force areas by the lookup of April 2022. The 43
areas sum to 59,597,578, which is 36 above the published total: the Office perturbs small cells. Columns are
the codes of the 18+1 list, with W5 Roma.

Census 2011 (27 March 2011): the same office's six broad groups by police force area, as published with the
Race Disparity Unit's and the Home Office's stop and search rates for the years to March 2022. The 43 areas
sum to 56,075,912.

Chinese residents stand apart in both, because the conventions differ: in 2021 they are Asian; the rates
published on Census 2011 count them as Other. `residents` follows each census's own convention. British
Transport Police have no residents.
"""

import csv
from functools import cache
from importlib import resources
from typing import Literal

Census = Literal[2011, 2021]
CENSUSES: tuple[Census, ...] = (2021, 2011)
GROUPS = ("White", "Mixed", "Asian", "Black", "Other")

_BROAD = {"W": "White", "M": "Mixed", "A": "Asian", "B": "Black", "O": "Other"}


@cache
def table(census: Census) -> dict[str, dict[str, int]]:
    """Force → column → residents, as the table has it: 19 codes for 2021, six broad groups for 2011."""
    text = resources.files("svro.reference").joinpath(f"census_{census}.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row.pop("force"): {group: int(n) for group, n in row.items()} for row in rows}


@cache
def _grouped(census: Census) -> dict[str, dict[str, int]]:
    grouped: dict[str, dict[str, int]] = {}
    for force, row in table(census).items():
        sums = dict.fromkeys(GROUPS, 0)
        for column, n in row.items():
            group = _BROAD[column[0]] if census == 2021 else column
            sums["Other" if group == "Chinese" else group] += n
        grouped[force] = sums
    return grouped


def residents(force: str, group: str, census: Census = 2021) -> int | None:
    """Usual residents of one of GROUPS in a force's area, or None for a force that has no residents.

    KeyError for a group that is not one of the five: nobody can say how many residents are "Unknown".
    """
    if group not in GROUPS:
        raise KeyError(group)
    row = _grouped(census).get(force)
    return row[group] if row else None
