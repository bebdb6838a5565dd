"""How a figure is held against a vector: within the vector's own tolerance."""

import math
from typing import Any

Vector = dict[str, Any]


def number(value: Any) -> float | None:
    return None if value is None else float(value)


def close(got: float | None, expected: Any, tolerance: dict[str, float]) -> bool:
    """Within the vector's own tolerance; nothing equals nothing, and infinity infinity."""
    want = number(expected)
    if got is None or want is None or math.isinf(want):
        return got == want
    return abs(got - want) <= max(tolerance.get("abs", 0), tolerance.get("rel", 0) * abs(want))


def agree(vector: Vector, **got: float | None) -> None:
    for name, value in got.items():
        if name in vector["expected"]:
            assert close(value, vector["expected"][name], vector["tolerance"]), (
                name,
                value,
                vector["expected"],
            )
