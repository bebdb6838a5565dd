"""Numbers as people read them: the same in a page, a chart, its words and a typeset report."""

from decimal import ROUND_HALF_UP, Decimal

NONE = "–"


def number(value: float | None, places: int = 2) -> str:
    """A number as people read it, exact halves away from zero; a dash where there is none.

    Of a float its shortest decimal is rounded, which is the fraction it stands for wherever that can be
    displayed exactly: 101 searches of 6,464 are 15.63 per 1,000, as published, and not 15.62.
    """
    if value is None:
        return NONE
    return f"{Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,}"


def counted(n: int | None, noun: str, many: str = "") -> str:
    """A count with its noun: 1 order, 2 orders."""
    return f"{number(n, 0)} {noun if n == 1 else many or noun + 's'}"


def span(low: float | None, high: float | None, places: int = 2) -> str:
    """An interval as people read it; empty where there is none."""
    if low is None:
        return "" if high is None else f"{number(high, places)} or less"
    return (
        f"{number(low, places)} to {number(high, places)}"
        if high is not None
        else f"{number(low, places)} or more"
    )


def listed(parts: list[str]) -> str:
    """One, two and three."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
