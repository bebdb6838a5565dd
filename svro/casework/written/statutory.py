"""The return of s.166(4) as people read it: item by item, each number with its definition."""

from svro.casework.statutory.blocks import Block
from svro.casework.statutory.report import StatutoryReport
from svro.documents.paper import Column, Exhibit, Grid, Paper, Part
from svro.documents.wording import number
from svro.reference.forces import FORCES

TITLE = "What Parliament asked to be told: s.166(4)"
_STATUS = {"counted": "", "not held": "Not held", "withheld": "Withheld: small numbers could identify people"}
_COLUMNS = (Column(label="What"), Column(label="Number", numeric=True), Column(label="Why there is none"))


def paper(report: StatutoryReport) -> Paper:
    """The return for whoever reads it; what may not be shown to them is gone from it already."""
    forces = ", ".join(FORCES[slug].name for slug in report.forces if slug in FORCES) or "Every force"
    days = f"{report.first.day} {report.first:%B %Y} to {report.last.day} {report.last:%B %Y}"
    parts = tuple(
        Part(
            heading=f"({letter}) {item.asks}",
            exhibits=tuple(_exhibit(letter, n, block) for n, block in enumerate(item.blocks, 1)),
            remarks=(
                *item.coverage,
                *(f"Not held: {text}" for text in item.not_held),
                f"Source: {item.source}.",
            ),
        )
        for letter, item in report.items.items()
    )
    return Paper(
        title=TITLE,
        lead=f"{forces}, {days}. What is not held is said to be not held: it is never nought.",
        parts=parts,
        method=(
            "Each number is a count of records, by the definition above it.",
            *((report.rules,) if report.rules else ()),
        ),
        known_at=report.known_at,
        version=report.version,
    )


def _exhibit(letter: str, n: int, block: Block) -> Exhibit:
    rows = [(line.what, number(line.n, 0), _STATUS[line.status]) for line in block.lines]
    if block.divides:
        rows.append(("Total", number(block.total, 0), "" if block.total is not None else _STATUS["withheld"]))
    return Exhibit(
        key=f"item-{letter}-{n}",
        caption=block.title,
        sentences=(block.definition,),
        grid=Grid(columns=_COLUMNS, rows=tuple(rows)),
    )
