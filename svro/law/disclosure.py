"""Disclosure to the defence: why it is asked for, by when it is owed, and on what grounds something may be
kept back.

A ground is a code of a closed list with the days on which it may be given. Where no provision fixes a day
the house has one of its own, and says so.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, get_args

import msgspec

from svro.law.dates import last_day

Purpose = Literal["trial", "appeal", "variation or discharge", "complaint", "civil claim", "subject access"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
LABELS: dict[Purpose, str] = {
    "trial": "A trial",
    "appeal": "An appeal",
    "variation or discharge": "An application to vary or discharge the order",
    "complaint": "A complaint",
    "civil claim": "A civil claim",
    "subject access": "The client’s own right of access",
}
HOUSE_DAYS = 28
"""Days that the house gives itself where the law gives none: its own choice, no rule of law."""
HOUSE = "No provision fixes a day: within 28 days is the house’s own rule."


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """The last London day of an answer, and where the day comes from; `source` None: from no provision."""

    last: date
    sentence: str
    source: str | None


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """One reason for which something is kept back, and the days on which it may be given. `sensitive` is for
    the schedule that the defence never sees; `only` names the purposes for which alone it may be given;
    without a `source` it is a rule of common law, and no provision is cited for it.
    """

    code: str
    label: str
    since: date
    until: date | None = None
    source: str | None
    sensitive: bool = False
    only: tuple[Purpose, ...] = ()


_FIRST = date(2023, 4, 19)
GROUNDS: tuple[Ground, ...] = (
    Ground(
        code="another-person",
        label="Personal data of another person, whose rights need protecting",
        since=_FIRST,
        source="DPA 2018 s.45(4)",
    ),
    Ground(
        code="staff",
        label="Names somebody who works for the force and is no witness",
        since=_FIRST,
        source="DPA 2018 s.45(4)",
    ),
    Ground(
        code="other-operation",
        label="Leads to the record of another operation or inquiry",
        since=_FIRST,
        source="DPA 2018 s.45(4)",
    ),
    Ground(
        code="not-met",
        label="Neither undermines the case nor assists the person",
        since=_FIRST,
        source="CPIA 1996 s.3",
        only=("trial", "appeal"),
    ),
    Ground(
        code="court-document",
        label="Made by or for a court, outside the right of access",
        since=_FIRST,
        source="DPA 2018 s.43(3)",
        only=("subject access",),
    ),
    Ground(
        code="privilege",
        label="Legal professional privilege, a rule of common law: advice, or made for a case before a court",
        since=_FIRST,
        source=None,
    ),
    Ground(
        code="public-interest",
        label="A real risk of serious prejudice to an important public interest",
        since=_FIRST,
        source="CPIA 1996 s.3",
        sensitive=True,
    ),
)


def due(purpose: Purpose, received: date, directed: date | None = None) -> Due:
    """A request received on a London day is answered by the day that the court directed; without one, a
    client's own request for access within one month beginning with the day of receipt.

    For all else no provision fixes a day: the house's own rule is 28 days beginning with the day of receipt.

    Source: DPA 2018 s.45; DPA 2018 s.54.
    """
    if directed is not None:
        return Due(last=directed, sentence="As the court directed.", source=None)
    if purpose == "subject access":
        sentence = "One month beginning with the day on which the request was received."
        return Due(last=last_day(received, 1), sentence=sentence, source="DPA 2018 s.54")
    return Due(last=received + timedelta(days=HOUSE_DAYS - 1), sentence=HOUSE, source=None)


TWO_MORE = date(2026, 2, 5)
"""From this day on the month of the right of access may be extended by two more, by notice with reasons given
within the month, where the requests are complex or many; time in which further information is awaited does
not count. Inserted by the Data (Use and Access) Act 2025 s.76, in force by S.I. 2026/82 reg. 2(h).
"""


def put_off(purpose: Purpose, received: date, until: date, today: date) -> str | None:
    """What whoever puts an answer off to a day must be warned of, or None. It is never refused here: whether
    the clock stood still while further information was awaited is not recorded.

    Source: DPA 2018 s.54; DPA 2018 s.54(3A).
    """
    if purpose != "subject access":
        return None
    if today < TWO_MORE:
        return "The month of the right of access could not be extended on this day. Source: DPA 2018 s.54."
    if today > last_day(received, 1):
        return "Notice of more time was to be given within the month. Source: DPA 2018 s.54(3B)."
    if until > last_day(received, 3):
        return "No more than two further months may be taken. Source: DPA 2018 s.54(3A)."
    return None


def grounds(purpose: Purpose, day: date, *, sensitive: bool = False) -> Iterator[Ground]:
    """The grounds that may be given on a London day in answer to a request.

    Source: DPA 2018 s.43(3); DPA 2018 s.45(4); CPIA 1996 s.3.
    """
    for one in GROUNDS:
        known = one.since <= day and (one.until is None or day <= one.until)
        if known and one.sensitive == sensitive and (not one.only or purpose in one.only):
            yield one


def taken_back_notice() -> str:
    """Whoever was sent something that was taken back is told of it.

    Source: DPA 2018 s.38.
    """
    return "It was taken back: do not rely on it. Ask the disclosure officer what to do with what you hold."


def owed_notice() -> str:
    """Whoever was sent data that turn out wrong is told of it, so that what they hold can be put right.

    Source: DPA 2018 s.38.
    """
    return "What was handed over has been corrected since. Ask for a new issue before relying on it."
