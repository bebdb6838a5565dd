"""A disclosure as it is read: a tagged PDF with contents, bookmarks and running page numbers."""

import re
from datetime import date, datetime
from typing import Any

from svro.documents import explained, letters
from svro.documents.disclosed import Disclosed, Item, Plain, Value
from svro.documents.typeset import typeset
from svro.documents.unfit import items
from svro.law.dates import LONDON
from svro.verify_bundle import plain


def as_pdf(disclosed: Disclosed, *, preview: bool = False) -> bytes:
    """The disclosure as PDF/UA-1 and PDF/A-2a, dated by what it is known at; a preview says on each page that
    it is one. Run it in a thread.
    """
    return typeset("disclosure", printed(disclosed, preview=preview), disclosed.known_at)


def printed(disclosed: Disclosed, *, preview: bool = False) -> dict[str, Any]:
    """What the template prints: every letter is one that can be shown; whether any was not, it says too."""
    said = _printed(disclosed)
    if preview:
        said |= {name: f"PREVIEW, NOT HANDED OVER: {said[name]}" for name in ("title", "foot")}
    return {**letters.shown(said), "unshown": letters.lacking(said)}


def _printed(disclosed: Disclosed) -> dict[str, Any]:
    """What there is to print, its dates and its gaps already in words."""
    places = {one.leaf: one.index for one in disclosed.evidence}
    labels = {(item.number, one.name): one.label for item in items(disclosed) for one in item.values}
    reasons = {(one.item, one.where.casefold()): one.reason for one in disclosed.redactions}
    return {
        "title": f"Disclosure {disclosed.reference}, issue {disclosed.issue}",
        "client": disclosed.client,
        "known": f"As known at {_instant(disclosed.known_at)}",
        "foot": f"Disclosure {disclosed.reference}, issue {disclosed.issue}",
        "about": _about(disclosed),
        "statement": disclosed.statement,
        "sections": [
            {
                "title": section.title,
                "searched": section.searched,
                "items": [_item(item, places, reasons) for item in section.items],
            }
            for section in disclosed.sections
        ],
        "redactions": [
            [str(one.item), labels.get((one.item, one.where), one.where), one.reason]
            for one in disclosed.redactions
        ],
        "documents": [
            [one.file, one.title, one.deposited_sha256 or "Redacted"] for one in disclosed.documents
        ],
        "proves": explained.PROVES,
        "proves_not": explained.PROVES_NOT,
        "how": explained.HOW,
        "command": explained.command(("BUNDLE.zip",)),
        "checkpoint": disclosed.checkpoint.splitlines(),
        "version": disclosed.version,
    }


def _about(disclosed: Disclosed) -> list[list[str]]:
    order = disclosed.order_reference
    rows = {
        "Reference": disclosed.reference,
        "Issue": str(disclosed.issue),
        "For": f"{disclosed.recipient}, {disclosed.firm}",
        "On behalf of": disclosed.client,
        "Purpose": disclosed.purpose,
        "From": disclosed.force,
        "Serious Violence Reduction Order": order if order is not None else "None named",
        "Period": _period(disclosed.first, disclosed.last),
        "As known at": _instant(disclosed.known_at),
    }
    return [[name, said] for name, said in rows.items()]


def _period(first: date | None, last: date | None) -> str:
    match first, last:
        case None, None:
            return "All that is held"
        case None, date():
            return f"Up to {_day(last)}"
        case date(), None:
            return f"From {_day(first)}"
        case _:
            return f"{_day(first)} to {_day(last)}"


def _day(day: date | None) -> str:
    return f"{day:%d %B %Y}".lstrip("0") if day is not None else ""


def _instant(at: datetime) -> str:
    there = at.astimezone(LONDON)
    clock = f"{there:%H:%M:%S}" if there.second else f"{there:%H:%M}"
    return f"{_day(there.date())}, {clock} {there.tzname()}"


def _item(item: Item, places: dict[str, int], reasons: dict[tuple[int, str], str]) -> dict[str, Any]:
    return {
        "number": item.number,
        "title": item.title,
        "kind": item.kind,
        "at": "" if item.at is None else _instant(item.at),
        "file": item.file,
        "values": [_value(item, value, reasons) for value in item.values],
        "places": [places[leaf] for leaf in item.entries],
    }


def _value(item: Item, value: Value, reasons: dict[tuple[int, str], str]) -> list[str]:
    """The label, what is said, and whether it is said of the record or about it."""
    why = {"no-data": "No data held", "erased": "Erased", "redacted": "Redacted"}.get(value.state)
    if why is None:
        return [value.label, words(value.value), "said"]
    if value.state == "redacted":
        named = (reasons.get((item.number, name.casefold())) for name in (value.name, value.label))
        why = f"Redacted: {next(filter(None, named), value.ground)}"
    return [value.label, why, value.state]


def words(said: Plain | tuple[Plain, ...]) -> str:
    """A value as a reader takes it: instants and days as they are written, by the clock in London."""
    if isinstance(said, tuple):
        return "; ".join(map(words, said))
    if isinstance(said, bool):
        return "Yes" if said else "No"
    return (_dated(said) if isinstance(said, str) else None) or plain(said)


INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _dated(said: str) -> str | None:
    """An instant or a day as data write it, in words; None for anything else."""
    try:
        if INSTANT.fullmatch(said):
            return _instant(datetime.fromisoformat(said.replace("Z", "+00:00")))
        return _day(date.fromisoformat(said)) if DAY.fullmatch(said) else None
    except ValueError:  # there is no such day: it is shown as it stands
        return None
