"""Numbers with their definitions: lines, the blocks that add up, the items they belong to."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeVar

import msgspec

T = TypeVar("T")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One number: what it counts, and the addresses of the records behind it where the reader may have them.

    `n` is None where `status` says why: not held by anybody here, or withheld because it is small.
    """

    what: str
    n: int | None
    status: Literal["counted", "not held", "withheld"] = "counted"
    records: tuple[str, ...] = ()


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that share a definition. Where they divide `total` up, they add up to it, line by line."""

    title: str
    definition: str
    lines: tuple[Line, ...]
    total: int | None = None
    divides: bool = True


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One item of s.166(4): what the Act asks, what is counted, how far the records reach, what is not
    held.
    """

    asks: str
    source: str
    blocks: tuple[Block, ...]
    coverage: tuple[str, ...]
    not_held: tuple[str, ...] = ()


def divided(
    things: Iterable[T],
    by: Callable[[T], str],
    link: Callable[[T], str],
    order: Sequence[str] = (),
) -> tuple[Line, ...]:
    """Things by what they are: a line for each, those of `order` first and even if there are none."""
    found: dict[str, list[T]] = {name: [] for name in order}
    for thing in things:
        found.setdefault(by(thing), []).append(thing)
    rest = sorted(set(found) - set(order))
    return tuple(
        Line(what=name, n=len(found[name]), records=tuple(map(link, found[name]))) for name in (*order, *rest)
    )


def block(title: str, definition: str, lines: tuple[Line, ...]) -> Block:
    """Lines that divide a whole up: the total is theirs."""
    return Block(title=title, definition=definition, lines=lines, total=sum(line.n or 0 for line in lines))


def single(title: str, definition: str, *lines: Line) -> Block:
    """Numbers that do not add up to anything."""
    return Block(title=title, definition=definition, lines=lines, divides=False)
