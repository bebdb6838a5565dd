"""Days at risk: how long somebody could have been searched under an order.

Every span is half-open, [first day, day after the last): the day it starts counts, the day on which it has
ended does not.
"""

from collections.abc import Iterable, Sequence
from datetime import date

Span = tuple[date, date]


def within(spans: Iterable[Span], period: Span) -> list[Span]:
    """The spans clipped to the period, and joined where they touch or overlap: no day is there twice."""
    clipped = sorted((max(a, period[0]), min(b, period[1])) for a, b in spans)
    joined: list[Span] = []
    for a, b in clipped:
        if a >= b:
            continue
        if joined and a <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


def days(spans: Iterable[Span], period: Span, less: Sequence[Span] = ()) -> int:
    """Days of the spans inside the period, each counted once, less those of `less` (custody) among them."""
    kept = within(spans, period)
    away = [part for span in kept for part in within(less, span)]
    return sum((b - a).days for a, b in kept) - sum((b - a).days for a, b in away)
