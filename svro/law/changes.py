"""Seeking a change to an order: who may apply, to which court, what must be served, and how long others
then have.

Also who may appeal, where, and until when. An appeal's days were not read in the rules: they inform, they
never refuse.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from svro.law.dates import DAY, business_days_after, london_day
from svro.law.duties import Duty, judged, spoken
from svro.law.findings import Finding
from svro.law.regimes import Bar

Applicant = Literal[
    "offender", "chief-officer-lives", "chief-officer-offence", "chief-officer-believes", "btp",
    "prosecutor", "victim",
]  # fmt: skip
Level = Literal["Crown", "magistrates", "Court of Appeal"]
Party = Literal["court officer", "prosecutor", "offender", "other"]

APPLICANTS: dict[str, tuple[str, str]] = {
    "offender": ("The offender", "Sentencing Act 2020 s.342H(2)(a)"),
    "chief-officer-lives": (
        "The chief officer for the area where the offender lives",
        "Sentencing Act 2020 s.342H(2)(b)",
    ),
    "chief-officer-offence": (
        "The chief officer for the area where the offence was committed",
        "Sentencing Act 2020 s.342H(2)(c)",
    ),
    "chief-officer-believes": (
        "A chief officer who believes the offender is in, or intends to come to, the area",
        "Sentencing Act 2020 s.342H(2)(d)",
    ),
    "btp": ("The Chief Constable of the British Transport Police", "Sentencing Act 2020 s.342H(2)(e)"),
}
"""Who may apply, and where it says so. Nobody else may."""
OTHERS = {"prosecutor": "The prosecutor", "victim": "A victim"}
CHIEF_OFFICERS = ("chief-officer-lives", "chief-officer-offence", "chief-officer-believes")
BTP = "btp"


def applicant_bar(
    applicant: Applicant, *, force: str | None, lives_in: str | None, railway: bool | None
) -> Bar | None:
    """The offender, a chief officer with a tie to offender or offence, or for a railway offence the BTP may
    apply: nobody else.

    Neither the prosecutor nor a victim may: the prosecutor is served. `force` is the chief officer's, by
    slug; `lives_in` the area held as the offender's home; `railway` whether the offence was at or related to
    a railway. None: nothing known bars it.

    Source: Sentencing Act 2020 s.342H(2)(a)-(e), (3)(a)-(b).
    """
    source = "Sentencing Act 2020 s.342H(2)"
    if applicant in OTHERS:
        why = f"{OTHERS[applicant]} cannot apply: only the offender, a chief officer, or the BTP can."
        return Bar("not-an-applicant", why, source)
    if applicant == BTP and not (force == BTP and railway):
        why = "Only the British Transport Police can apply so, and only for an offence related to a railway."
        return Bar("not-a-railway-offence", why, "Sentencing Act 2020 s.342H(3)")
    if applicant in CHIEF_OFFICERS and force in (None, BTP):
        why = "It needs the chief officer of a police area."
        return Bar("no-chief-officer", why, source)
    if applicant == "chief-officer-lives" and lives_in is not None and lives_in != force:
        why = "The record has the offender living in another police area."
        return Bar("lives-elsewhere", why, APPLICANTS[applicant][1])
    return None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A court as far as it is known: its code, level, and the force in whose area it sits."""

    code: str
    level: Level | None = None
    area: str | None = None


def court_bar(
    made_by: Place, court: Place, applicant: Applicant, *, force: str | None, lives_in: str | None
) -> Bar | None:
    """An order of the Crown Court or the Court of Appeal goes back to the Crown Court; a magistrates' order
    to that court, one where the offender lives or, for a chief officer, one in the area of the force.

    None: nothing known bars it, because the court is one of these or too little is known.

    Source: Sentencing Act 2020 s.342H(9)(a)-(c).
    """
    if None in (made_by.level, court.level):
        return None
    if made_by.level in ("Crown", "Court of Appeal"):
        why = "An order made by the Crown Court or the Court of Appeal is changed by the Crown Court."
        bar = Bar("wrong-court", why, "Sentencing Act 2020 s.342H(9)(a)")
        return None if court.level == "Crown" else bar
    paragraph = "c" if applicant in CHIEF_OFFICERS else "b"
    source = f"Sentencing Act 2020 s.342H(9)({paragraph})"
    if court.level != "magistrates":
        why = "An order made by a magistrates' court is changed by a magistrates' court."
        return Bar("wrong-court", why, source)
    near = {lives_in, *([force] if paragraph == "c" else [])}
    if court.code == made_by.code or court.area is None or lives_in is None or court.area in near:
        return None
    why = "The court is neither the one that made the order nor in an area that the Act names."
    return Bar("wrong-court", why, source)


PARTIES: dict[Party, tuple[str, str]] = {
    "court officer": ("Serve the application on the court officer", "CrimPR 31.5(2)(c)(i)"),
    "prosecutor": ("Serve the application on the prosecutor", "CrimPR 31.5(2)(c)(ii)"),
    "offender": ("Serve the application on the offender", "CrimPR 31.5(2)(d)(i)"),
    "other": (
        "Serve the application on anyone else affected, or whom the court names",
        "CrimPR 31.5(2)(d)(ii)",
    ),
}
"""Who must be served, and where it says so; others only if there are any."""
NOTICE_DAYS, HEARSAY_DAYS = 10, 5  # business days

SAID: dict[str, tuple[str, str]] = {
    "grounds": ("say why it should be changed, by the Act's own test", "CrimPR 31.5(2)(a)(ii)"),
    "changed": ("say what has changed since the order was made, or that nothing has", "CrimPR 31.5(2)(a)(i)"),
    "earlier": ("disclose every earlier application, or say that there was none", "CrimPR 31.5(2)(b)"),
}
"""What an application says, why, and where it is asked for."""


def unsaid(said: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """An application says why the order should be changed and what has changed, and discloses earlier ones.

    What `said` leaves out or blank, all of it: (name, what to say, its source).

    Source: CrimPR 31.5(2)(a)(i)-(ii); CrimPR 31.5(2)(b)(i)-(ii).
    """
    return tuple((name, *why) for name, why in SAID.items() if not said.get(name, "").strip())


def representations_until(served: Sequence[date]) -> date | None:
    """The court may allow an application only after everyone served has had at least 10 business days to be
    heard.

    The last of those days, counted from the latest service; the court may allow it from the next day. None
    where nobody is served, or the table of holidays ends first.

    Source: CrimPR 31.5(5)(b).
    """
    return business_days_after(max(served), NOTICE_DAYS) if served else None


def hearsay_until(served: date) -> date | None:
    """Whoever wants to cross-examine the maker of hearsay, or to challenge their credibility, says so
    within 5 business days.

    The last day, counted from service of the notice of hearsay; None beyond the table of holidays.

    Source: CrimPR 31.7(2)(a); CrimPR 31.8(2)(a).
    """
    return business_days_after(served, HEARSAY_DAYS)


def steps(
    applicant: Applicant,
    served: Mapping[Party, date],
    now: datetime,
    *,
    about: str | None = None,
    hearsay: date | None = None,
    decided: date | None = None,
) -> tuple[Duty, ...]:
    """An application is served on the court officer, the prosecutor, the offender unless it is theirs, and
    whoever else is affected or the court names.

    As soon as practicable: no number of days is fixed for serving it. Then everyone served has time to be
    heard, and to answer any hearsay.

    Source: CrimPR 31.5(2)(c)(i)-(ii); CrimPR 31.5(2)(d)(i)-(ii); CrimPR 31.5(2)(e).
    """
    found = []
    needed = [party for party in PARTIES if party != "other" and party != applicant or party in served]
    for party in needed:
        title, source = PARTIES[party]
        on = served.get(party)
        found.append(
            Duty(
                code=f"serve-{party.replace(' ', '-')}",
                title=title,
                standing="done" if on else "due",
                sentence=f"Served on {spoken(on)}."
                if on
                else "As soon as practicable: no number of days is fixed.",
                source=source,
                first=on,
                about=about,
            )
        )
    missing = [party for party in needed if party not in served]
    last = None if missing else representations_until(list(served.values()))
    found.append(_representations(last, missing, decided, now, about))
    if hearsay is not None:
        found.append(_hearsay(hearsay, now, about))
    return tuple(found)


def _representations(
    last: date | None, missing: Sequence[str], decided: date | None, now: datetime, about: str | None
) -> Duty:
    """Nobody's time to be heard has begun until everyone named is served; an order sooner is for a lawyer
    to see.

    Source: CrimPR 31.5(5)(b).
    """
    early = decided is not None and last is not None and decided <= last
    why = "The court decided before everyone served had had 10 business days, unless it shortened the time."
    warned = Finding("decided-early", "serious", why, "CrimPR 31.5(5)(b)", "Ask a lawyer.")
    if missing:
        sentence = f"The 10 business days run once everyone is served: not yet {', '.join(missing)}."
    elif last is None:
        sentence = "The last day lies beyond the years whose bank holidays are known here."
    else:
        sentence = f"Those served have until the end of {spoken(last)}; then the court may allow it."
    over = last is not None and london_day(now) > last
    return Duty(
        code="representations",
        title="Time for representations on the application ends",
        standing="not known" if last is None else "closed" if over else "due",
        sentence=sentence,
        source="CrimPR 31.5(5)(b)",
        last=last,
        findings=(warned,) if early else (),
        about=about,
    )


def _hearsay(served: date, now: datetime, about: str | None) -> Duty:
    """Hearsay is challenged within 5 business days of the notice of it.

    Source: CrimPR 31.7(2)(a); CrimPR 31.8(2)(a).
    """
    last = hearsay_until(served)
    standing = judged(served, last, None, now)
    return Duty(
        code="hearsay-challenge",
        title="Time to challenge hearsay ends",
        standing="closed" if standing == "overdue" else standing,
        sentence=f"An application to cross-examine, or a challenge, is due by the end of {spoken(last)}."
        if last
        else "The last day lies beyond the years whose bank holidays are known here.",
        source="CrimPR 31.7(2)(a)",
        first=served,
        last=last,
        about=about,
    )


def notice_of_intention(served: date | None, dispensed: bool = False) -> Duty:
    """The prosecutor gives notice of intention to apply as soon as practicable, without waiting for the
    verdict.

    No number of days is fixed, and no draft order is due two days before. The court may take it late or in
    another form, or dispense with it: `dispensed` is any of these.

    Source: CrimPR 31.3(1)(a)(vi), (2); CrimPR 31.12(a)-(c).
    """
    sentence = "As soon as practicable, without waiting for the verdict: no number of days is fixed."
    if served or dispensed:
        sentence = (
            f"Served on {spoken(served)}."
            if served
            else "The court dispensed with it, or accepted another form."
        )
    return Duty(
        code="notice-of-intention",
        title="Notice of intention to apply for an order",
        standing="done" if served or dispensed else "due",
        sentence=sentence,
        source="CrimPR 31.3(2)",
        first=served,
    )


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """How long there is to appeal from a court of one level: reference data, with whether its text was
    read.
    """

    level: Level
    to: str
    days: int
    business: bool
    source: str
    since: date | None = None
    verified: bool = False


WINDOWS: tuple[Window, ...] = (
    Window(level="magistrates", to="the Crown Court", days=15, business=True, source="CrimPR 34.2"),
    Window(
        level="Crown",
        to="the Court of Appeal (Criminal Division), with leave",
        days=28,
        business=False,
        source="Criminal Appeal Act 1968 s.18",
    ),
)
UNVERIFIED = Finding(
    "appeal-time-unverified", "note",
    "The number of days is from general knowledge and was not read in the rules; the court may extend it.",
    "CrimPR 39.2", "Check it with a lawyer before relying on it.",
)  # fmt: skip


def appeal_court(level: Level) -> str:
    """An appeal on a change goes to the Court of Appeal if the Crown Court was asked for it, otherwise to
    the Crown Court.

    That court may give effect to its own decision; an appeal stays nothing.

    Source: Sentencing Act 2020 s.342I(4)(a)-(b), (5)(a)-(b).
    """
    return "the Crown Court" if level == "magistrates" else "the Court of Appeal"


def may_appeal(
    decision: Literal["made", "change-refused", "change-ordered"], applicant: Applicant
) -> tuple[str, ...]:
    """The offender may appeal the making; whoever applied, a refusal; and the other side, a change that was
    ordered.

    Applicants by code; the prosecution has no appeal against a refusal to make an order.

    Source: Sentencing Act 2020 s.342I(1), (2)(a)-(d), (3).
    """
    if decision == "made":
        return ("offender",)
    if decision == "change-refused":
        return (applicant,)
    return (*CHIEF_OFFICERS, BTP) if applicant == "offender" else ("offender",)


def appeal_window(
    decided: datetime, level: Level | None, now: datetime, *, about: str | None = None
) -> Duty | None:
    """There are 15 business days from a magistrates' court, and 28 days from the Crown Court, as far as is
    known here.

    Never a reason to refuse anything: the days were not read, and a court may extend them. None where the
    level of the court, or a window for it, is not known.

    Source: CrimPR 34.2; Criminal Appeal Act 1968 s.18.
    """
    row = next((window for window in WINDOWS if window.level == level), None)
    if row is None:
        return None
    first = london_day(decided)
    last = business_days_after(first, row.days) if row.business else first + row.days * DAY
    kind = "business days" if row.business else "days"
    standing = judged(first, last, None, now)
    return Duty(
        code="appeal-window",
        title="Time to appeal ends",
        standing="closed" if standing == "overdue" else standing,
        sentence=f"An appeal to {row.to} is due within {row.days} {kind}"
        + (f": by the end of {spoken(last)}." if last else ", to a day not known here."),
        source=row.source,
        first=first,
        last=last,
        findings=() if row.verified else (UNVERIFIED,),
        about=about,
    )
