"""A made order as its client is handed it: what the court ordered, what that means in plain words, and the
code with which they let a solicitor act for them.
"""

from datetime import datetime

import msgspec

from svro.documents.typeset import typeset


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A label and what stands beside it."""

    label: str
    text: str


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the order means, in plain words, with its source."""

    text: str
    source: str


class OrderPaper(msgspec.Struct, frozen=True, kw_only=True):
    """One order, printed. `code` is the client's, in groups; it is nowhere else."""

    reference: str
    person: str
    particulars: tuple[Line, ...]
    acts: tuple[Line, ...]
    standing: str
    standing_source: str
    meanings: tuple[Meaning, ...]
    code: str
    printed_at: datetime
    printed: str


MEANINGS = (
    Meaning(
        text="While the order is in effect a constable may search you in a public place to find out whether "
        "you have a bladed article or an offensive weapon with you, and may detain you for that. No reason "
        "for suspecting you is needed.",
        source="Sentencing Act 2020 s.342E",
    ),
    Meaning(
        text="Within 3 days beginning with the day on which the order takes effect you must go to a police "
        "station in the area where you live and tell the police your names, your home address, and any "
        "other place where you regularly stay.",
        source="Sentencing Act 2020 s.342B(2)",
    ),
    Meaning(
        text="If you use another name, move home, or decide to live somewhere else for a month or more, you "
        "must tell the police in the same way within 3 days beginning with that day.",
        source="Sentencing Act 2020 s.342B(4)",
    ),
    Meaning(
        text="You may ask for a copy of the record of a search within 3 months beginning with the day of it.",
        source="PACE 1984 s.3(7)",
    ),
    Meaning(
        text="You may appeal against the making of the order. Ask a solicitor soon: the time is short.",
        source="Sentencing Act 2020 s.342I(1)",
    ),
)


def as_pdf(paper: OrderPaper) -> bytes:
    """The paper as PDF/UA-1 and PDF/A-2a, dated by when it was printed. Run it in a thread."""
    return typeset("order", paper, paper.printed_at)
