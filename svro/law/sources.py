"""Every provision that the system cites: what it is about, when it was in force, and where to read it.

A provision is declared once, in a table of sections and the paragraphs they hold, so that a citation with a
wrong paragraph does not resolve. What becomes of each (a rule, or why there is none) is in `coverage`.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

import msgspec

from svro.law.provisions import (
    ASSENT,
    CODE,
    CODE_A,
    CODE_A_VERSIONS,
    OTHERS,
    PACE,
    PCSC,
    PILOT_REGULATIONS,
    RULES,
    RULES_2025,
    SAVED,
    SEIZED_REGS,
    SEIZURE_REGULATIONS,
    SPANS,
    UNREAD,
)

UK = "https://www.legislation.gov.uk/"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One provision: its citation, what it is about in our own words, and the days it was in force (both ends
    inclusive).

    `in_force_from` None: not in force on any day, or no day is held. `in_force_to` None: no end is known.
    `verified` False: the text was not read when this was written, so nothing may be refused on its strength
    alone.
    """

    citation: str
    instrument: str
    provision: str
    heading: str
    in_force_from: date | None
    in_force_to: date | None
    link: str
    verified: bool = True
    note: str | None = None


class UnknownSource(KeyError):
    """A citation that names no provision held here: a wrong paragraph, or an instrument never declared."""


_WORD = re.compile(
    r"(?:\{(?P<term>[^}]+)\}|(?P<number>\d+[A-Z]*))?(?P<letters>[a-z]*)(?::(?P<romans>[ivx,]+))?"
)


def _paragraphs(table: str) -> Iterator[str]:
    """The suffixes one row of a table declares: "", "(1)", "(1)(a)", ..."""
    yield ""
    for word in re.findall(r"\{[^}]*\}\S*|\S+", table):
        parts = _WORD.fullmatch(word)
        if parts is None:
            raise ValueError(f"a table of provisions holds {word!r}")
        stem = f" ({parts['term']})" if parts["term"] else f"({parts['number']})" if parts["number"] else ""
        if parts["romans"]:
            limb = f"({parts['letters']})" if parts["letters"] else ""
            yield from (f"{stem}{limb}({roman})" for roman in parts["romans"].split(","))
        else:
            yield from ([stem] if stem else [])
            yield from (f"{stem}({letter})" for letter in parts["letters"])


def _declare(
    prefix: str,
    instrument: str,
    rows: Mapping[str, tuple[str, str]],
    link: str,
    start: date | None,
    end: date | None = None,
    *,
    verified: bool = True,
    note: str | None = None,
) -> Iterator[Source]:
    """The sources of one instrument: rows are number -> (heading, paragraphs); `link` takes the number as
    `{0}`.
    """
    for number, (heading, table) in rows.items():
        for suffix in _paragraphs(table):
            citation = f"{prefix}{number}{suffix}"
            yield Source(
                citation=citation,
                instrument=instrument,
                provision=citation.removeprefix(instrument).strip(),
                heading=heading,
                in_force_from=start,
                in_force_to=end,
                link=UK + link.format(number),
                verified=verified,
                note=note,
            )


def _code_a() -> Iterator[Source]:
    """The two versions of Code A, their paragraphs and annexes; the Code without a version stands for
    whichever applied.
    """
    annexes = {
        "Annex A": "The powers",
        "Annex B": "Self-defined ethnicity",
        "Annex G": "Searches under an order",
    }
    link = "https://www.gov.uk/government/publications/pace-code-a-2023"
    for name, start, end in (("PACE Code A", date(2023, 1, 17), None), *CODE_A_VERSIONS):
        rows = [("", "Code of practice on searching people", True)]
        rows += [(f" {annex}", heading, annex == "Annex G") for annex, heading in annexes.items()]
        if end or name != "PACE Code A":
            rows += [(f" para {number}", heading, number == "1.1") for number, heading in CODE_A.items()]
        for suffix, heading, verified in rows:
            yield Source(
                citation=name + suffix,
                instrument=name,
                provision=suffix.strip() or "the Code",
                heading=heading,
                in_force_from=start,
                in_force_to=end,
                link=link,
                verified=verified,
                note="Called temporary, for the pilot, by the Home Office." if suffix == " Annex G" else None,
            )


def _all() -> Iterator[Source]:
    for number, row in CODE.items():
        start, end, note = SPANS.get(number, SAVED)
        link = "ukpga/2020/17/section/{0}"
        yield from _declare(
            "Sentencing Act 2020 s.", "Sentencing Act 2020", {number: row}, link, start, end, note=note
        )
    yield from _declare("PACE 1984 s.", "PACE 1984", PACE, "ukpga/1984/60/section/{0}", date(1986, 1, 1))
    yield from _declare("PCSC Act 2022 s.", "PCSC Act 2022", PCSC, "ukpga/2022/32/section/{0}", ASSENT)
    pilot = "uksi/2023/387/regulation/{0}"
    yield from _declare("SI 2023/387 reg.", "SI 2023/387", PILOT_REGULATIONS, pilot, date(2023, 3, 28))
    seized = "uksi/2022/1071/regulation/{0}"
    yield from _declare("SI 2022/1071 reg.", "SI 2022/1071", SEIZURE_REGULATIONS, seized, SEIZED_REGS)
    note = (
        "SI 2020/759 stood before 6 October 2025; its Part 31 was much the same (not compared line by line)."
    )
    yield from _declare("CrimPR ", "CrimPR", RULES, "uksi/2025/909/rule/{0}", RULES_2025, note=note)
    yield from _code_a()
    for instrument, page, since, provisions in OTHERS:
        for provision, heading in provisions.items():
            citation = f"{instrument} {provision}".strip()
            yield Source(
                citation=citation,
                instrument=instrument,
                provision=provision or instrument,
                heading=heading,
                in_force_from=since,
                in_force_to=None,
                link=UK + page,
                verified=not citation.startswith(UNREAD),
            )


SOURCES: Mapping[str, Source] = MappingProxyType({source.citation: source for source in _all()})


def resolve(citation: str) -> Source:
    """The provision that one citation names, such as `Sentencing Act 2020 s.342D(2)`; UnknownSource if it
    names none.
    """
    try:
        return SOURCES[citation.strip().removesuffix(".").strip()]
    except KeyError:
        raise UnknownSource(citation) from None


def cited(text: str) -> tuple[Source, ...]:
    """The provisions in a `Source:` line: citations parted by semicolons; within one section commas and
    ranges are understood.

    `s.342A(2)(b), (5)` is two provisions; `s.342A(11)-(12)` is every provision declared between its ends at
    their level. UnknownSource if any part names none.
    """
    found: list[Source] = []
    for part in text.removeprefix("Source:").strip().removesuffix(".").split(";"):
        section = ""
        for piece in re.split(r", (?=\()", part.strip()):
            whole = section + piece if piece.startswith("(") else piece
            section = section or piece.partition("(")[0]
            found += _range(whole)
    return tuple(found)


def _range(citation: str) -> list[Source]:
    """One provision, or those from one to another of the same level: `s.342A(11)-(12)`."""
    start, dash, last = citation.rpartition("-")
    if not dash or not last.startswith("("):
        return [resolve(citation)]
    stem = start[: start.rindex("(")]
    first, end = resolve(start), resolve(stem + last)
    level = [name for name in SOURCES if re.fullmatch(re.escape(stem) + r"\([0-9A-Za-z]+\)", name)]
    return [SOURCES[name] for name in level[level.index(first.citation) : level.index(end.citation) + 1]]


def in_force(source: Source, day: date) -> bool:
    """Whether a provision was in force on a London day, as far as the table knows (an unknown start counts
    as always).
    """
    if source.in_force_from is None and source.instrument == "Sentencing Act 2020":
        return False
    return (source.in_force_from or date.min) <= day <= (source.in_force_to or date.max)


def code_a(day: date) -> str | None:
    """The version of PACE Code A that governs a search made on a London day; None before the first held
    (17 January 2023).
    """
    for name, start, end in CODE_A_VERSIONS:
        if start <= day <= (end or date.max):
            return name
    return None
