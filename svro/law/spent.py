"""Until when an order keeps a conviction from being spent, if it is an order that does."""

from collections.abc import Sequence
from datetime import datetime

from svro.law.acts import Act, standing
from svro.law.dates import london_day
from svro.law.duties import Duty, spoken
from svro.law.life import reading, tell
from svro.law.regimes import REGIMES, Regime

STARTS = ("made", "took_effect")


def rehabilitation(acts: Sequence[Act], now: datetime, regimes: Sequence[Regime] = REGIMES) -> Duty | None:
    """A conviction is spent by the last day the order was made to have effect: a later variation is left out.

    None where the making or its last day is not known. Nobody owes anything: it is a day to know. Whether an
    order that only imposes requirements counts at all is arguable, and the sentence says so.

    Source: Rehabilitation of Offenders Act 1974 s.5(7)(d).
    """
    told = tell([act for act in standing(acts, now) if act.act in STARTS], regimes)
    last = reading(told.made, told) if told and not told.clash else None
    if told is None or last is None:
        return None
    return Duty(
        code="rehabilitation",
        title="Rehabilitation period set by the order",
        standing="not due",
        sentence=f"As the order was made, to the end of {spoken(last)}; a variation does not move it. "
        "Whether such an order sets a period at all is arguable.",
        source="Rehabilitation of Offenders Act 1974 s.5(7)(d)",
        first=london_day(told.made.at),
        last=last,
    )
