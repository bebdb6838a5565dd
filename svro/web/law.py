"""Coverage of the statute, as a page: what becomes of each provision, by which rule, tested by what."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

import msgspec
from litestar import Response, Router, get

from svro.doors import AnyRequest
from svro.law import coverage
from svro.law.coverage import Rule, Verdict
from svro.law.sources import SOURCES, Source
from svro.web.site import page

TITLE = "How each provision is carried out"


class Tested(msgspec.Struct, frozen=True):
    """How many tests run a rule, and the few that run it and least else, as `make law` measured."""

    count: int
    tests: tuple[str, ...]


class Section(msgspec.Struct, frozen=True):
    """One section, regulation or rule of court: its paragraphs, each with its verdict."""

    heading: Source
    rows: tuple[tuple[Source, Verdict], ...]


class Instrument(msgspec.Struct, frozen=True):
    """One instrument: its sections; how many provisions have a rule, or a reason for having none."""

    name: str
    sections: tuple[Section, ...]
    ruled: int
    reasoned: int

    @property
    def provisions(self) -> int:
        """How many provisions there are."""
        return sum(len(section.rows) for section in self.sections)


def _section(verdict: Verdict) -> str:
    return verdict.citation.partition("(")[0].strip()


def instruments(verdicts: Sequence[Verdict]) -> tuple[Instrument, ...]:
    """The verdicts by instrument and section, in the order of the statute."""
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(SOURCES[verdict.citation].instrument, []).append(verdict)
    return tuple(
        Instrument(
            name,
            tuple(
                Section(SOURCES[stem], tuple((SOURCES[row.citation], row) for row in rows))
                for stem, rows in groupby(held, _section)
            ),
            sum(verdict.kind == "rule" for verdict in held),
            sum(verdict.kind == "no rule" for verdict in held),
        )
        for name, held in found.items()
    )


@cache
def content() -> dict[str, Any]:
    """What the page prints."""
    rules: dict[str, Rule] = coverage.rules()
    verdicts = coverage.verdicts({name: rule.citations for name, rule in rules.items()})
    measured = files("svro.web").joinpath("law_tests.json").read_bytes()
    return {
        "instruments": instruments(verdicts),
        "rules": rules,
        "tested": msgspec.json.decode(measured, type=dict[str, Tested]),
        "missing": [verdict for verdict in verdicts if verdict.kind == "missing"],
    }


@get("/law", opt={"permission": "help:read"})
async def law(request: AnyRequest) -> Response[Any]:
    """Every provision, the rule that carries it out or why there is none, and the tests of each rule."""
    return page(request, "help/law.html", TITLE, **content())


router = Router("/", route_handlers=[law], include_in_schema=False)
