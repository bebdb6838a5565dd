"""Which letters a PDF of ours can show. One that its typeface lacks would stop the whole document, for PDF/A
allows no empty boxes; so it is printed as its number, and whoever needs it finds it in the data.
"""

import re
import struct
from functools import cache
from typing import Any

from svro.documents.typeset import HERE

_SPACE = re.compile(r"[\t\v\f]|\r\n?|[\u0085\u2028\u2029]")


def shown(value: Any) -> Any:
    """Text, or lists and mappings of it, with every letter that cannot be shown as its number: `[U+674E]`.
    Whatever ends a line does so as a newline, and a tab is a blank.
    """
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else _shown(value)
    if isinstance(value, dict):
        return {name: shown(one) for name, one in value.items()}
    return [shown(one) for one in value] if isinstance(value, list | tuple) else value


def lacking(value: Any) -> bool:
    """Whether any letter of it cannot be shown."""
    if isinstance(value, str):
        return not (value.isascii() and value.isprintable()) and any(
            ord(one) not in _held() for one in _spaced(value) if one != "\n"
        )
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return any(map(lacking, inside))


def _spaced(text: str) -> str:
    return _SPACE.sub(lambda found: " " if found[0] in "\t\v\f" else "\n", text)


def _shown(text: str) -> str:
    letters = (one if one == "\n" or ord(one) in _held() else f"[U+{ord(one):04X}]" for one in _spaced(text))
    return "".join(letters)


@cache
def _held() -> frozenset[int]:
    """The letters that both weights of the typeface have."""
    regular, bold = (HERE / "fonts" / f"Arimo-{weight}.ttf" for weight in ("Regular", "Bold"))
    return frozenset(_of(regular.read_bytes()) & _of(bold.read_bytes()))


def _of(font: bytes) -> set[int]:
    """The letters of a TrueType font, by its table of segments (OpenType specification, cmap, format 4)."""
    count = struct.unpack(">H", font[4:6])[0]
    tables = (struct.unpack(">4sLLL", font[at : at + 16]) for at in range(12, 12 + 16 * count, 16))
    start = next(offset for tag, _, offset, _ in tables if tag == b"cmap")
    listed = range(start + 4, start + 4 + 8 * struct.unpack(">H", font[start + 2 : start + 4])[0], 8)
    found = set[int]()
    for at in (start + struct.unpack(">HHL", font[one : one + 8])[2] for one in listed):
        if struct.unpack(">H", font[at : at + 2])[0] == 4:
            found |= _segments(font, at)
    return found


def _segments(font: bytes, at: int) -> set[int]:
    n = struct.unpack(">H", font[at + 6 : at + 8])[0] // 2
    places = (at + 14, *(at + 16 + 2 * n * k for k in (1, 2, 3)))  # two bytes of padding after the first
    ends, starts, deltas, offsets = (struct.unpack(f">{n}H", font[one : one + 2 * n]) for one in places)
    found, ranges = set[int](), at + 16 + 6 * n
    for k, (first, last, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            place = ranges + 2 * k + offset + 2 * (code - first)
            glyph = code if offset == 0 else struct.unpack(">H", font[place : place + 2])[0]
            if glyph and (glyph + delta) & 0xFFFF:
                found.add(code)
    return found
