"""Courts by their seven-character codes, with the police area in which each sits.

Where a court sits decides whether it could make an order in the pilot (SI 2023/387 reg 5(2)), so the area is
held and not read off the code. Source: organisation units of the courts as the Ministry of Justice publishes
them with its open case management systems (MIT), read in 2026: the courts of the four pilot areas that were
seen, and those of London. Not all courts: one that is not here is not known, never refused.
"""

from typing import Literal

import msgspec


class Court(msgspec.Struct, frozen=True):
    """One court: its code (level, area, place, room), and `force`, the force in whose area it sits."""

    code: str
    name: str
    level: Literal["Crown", "magistrates"]
    force: str


_CROWN = {
    "C01CE00": ("Central Criminal Court", "city-of-london"),
    "C01CY00": ("Croydon Crown Court", "metropolitan"),
    "C01HA00": ("Harrow Crown Court", "metropolitan"),
    "C01IL00": ("Inner London Crown Court", "metropolitan"),
    "C01IS00": ("Isleworth Crown Court", "metropolitan"),
    "C01KT00": ("Kingston upon Thames Crown Court", "metropolitan"),
    "C05LV00": ("Liverpool Crown Court", "merseyside"),
    "C20BI00": ("Birmingham Crown Court", "west-midlands"),
    "C20CO00": ("Coventry Crown Court", "west-midlands"),
    "C20WO00": ("Wolverhampton Crown Court", "west-midlands"),
    "C43OX00": ("Oxford Crown Court", "thames-valley"),
    "C43RE00": ("Reading Crown Court", "thames-valley"),
    "C47LW00": ("Lewes Crown Court", "sussex"),
}
_MAGISTRATES = {
    "B01BH00": ("Bexley Magistrates' Court", "metropolitan"),
    "B01CE00": ("Willesden Magistrates' Court", "metropolitan"),
    "B01EF00": ("Croydon Magistrates' Court", "metropolitan"),
    "B01FA00": ("Ealing Magistrates' Court", "metropolitan"),
    "B01GQ00": ("Hendon Magistrates' Court", "metropolitan"),
    "B01GU00": ("Highbury Corner Magistrates' Court", "metropolitan"),
    "B01IX00": ("Westminster Magistrates' Court", "metropolitan"),
    "B01KR00": ("Barkingside Magistrates' Court", "metropolitan"),
    "B01LA00": ("Romford Magistrates' Court", "metropolitan"),
    "B01LY00": ("Lavender Hill Magistrates' Court", "metropolitan"),
    "B01MN00": ("Stratford Magistrates' Court", "metropolitan"),
    "B01ND00": ("Thames Magistrates' Court", "metropolitan"),
    "B01NM00": ("Uxbridge Magistrates' Court", "metropolitan"),
    "B01OK00": ("Wimbledon Magistrates' Court", "metropolitan"),
    "B05PK00": ("Liverpool Magistrates' Court", "merseyside"),
    "B20BL00": ("Birmingham Magistrates' Court", "west-midlands"),
    "B20OQ00": ("Wolverhampton Magistrates' Court", "west-midlands"),
    "B43KB00": ("Oxford Magistrates' Court", "thames-valley"),
    "B43KQ00": ("Reading Magistrates' Court", "thames-valley"),
    "B47CL00": ("Brighton Magistrates' Court", "sussex"),
}

COURTS: dict[str, Court] = {
    **{code: Court(code, name, "Crown", force) for code, (name, force) in _CROWN.items()},
    **{code: Court(code, name, "magistrates", force) for code, (name, force) in _MAGISTRATES.items()},
}
"""The courts known here, by code."""


def court(code: str) -> Court | None:
    """The court of a canonical code, or None where it is not known here: which says nothing against it."""
    return COURTS.get(code)
