"""The stories that the demonstration tells: every way in which a case can go.

Each takes a case and the day on which it turns. What happens after the first of the demonstration's
instants is recorded then, so that each instant shows what was known at it and no more.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import msgspec

from svro.casework import answers
from svro.casework.applications import Step
from svro.demo.cases import Case, at, working
from svro.law.dates import last_day

Story = Callable[[Case, date], Awaitable[object]]


def _after(day: date, days: int) -> date:
    return working(day + timedelta(days=days))


# Without an order


async def known(case: Case, day: date) -> None:
    """Somebody is recorded, and nothing more comes of it."""
    await case.record(day)
    await case.convictions(day, case.rng.choice((1, 2)))


async def considered(case: Case, day: date) -> None:
    await known(case, day)
    await case.consider(day, assess=False)


async def assessed(case: Case, day: date) -> None:
    await known(case, day)
    await case.consider(day)


_BARS = (
    {"item": "neither", "own_had": True, "item_description": "Screwdriver, no intent to injure shown"},
    {"court_area": "cheshire"},
    {"sentence": "absolute discharge"},
    {"conviction_date": None},
)


async def not_pursued(case: Case, day: date) -> None:
    """Not eligible: a limb fails, or the offender was under 18 when convicted."""
    bar = case.rng.randrange(len(_BARS) + 2)
    if bar < len(_BARS):
        await case.record(day)
        await case.consider(day, **_BARS[bar])
        reason = "A condition of section 342A is not met; see the assessment."
    else:
        young = case.register.person(case.force, adult_on=day)
        young = msgspec.structs.replace(young, date_of_birth=day - timedelta(days=round(17.4 * 365.25)))
        await case.record(day, details=young)
        await case.consider(day)
        reason = "Under 18 when convicted."
    await case.step("not_pursue", _after(day, 3), "decline", reason=reason)


async def cps_declined(case: Case, day: date) -> None:
    await assessed(case, day)
    await case.sent(_after(day, 2))
    reason = case.rng.choice(
        (
            "The sentence leaves no need for an order.",
            "The evidence of necessity is thin.",
            "Hospital order made.",
        )
    )
    await case.step("cps_decline", _after(day, 12), "decline", date=_after(day, 12), reason=reason)


async def sent(case: Case, day: date) -> None:
    await assessed(case, day)
    await case.sent(_after(day, 2))


async def listed(case: Case, day: date) -> None:
    await case.to_court(day)


async def refused(case: Case, day: date) -> None:
    await case.to_court(day)
    reasons = case.rng.choice(
        (
            "Not necessary: a suspended sentence with conditions.",
            "Not satisfied that he had the knife.",
            "Disproportionate.",
        )
    )
    await case.decided(day, "refused", by=case.rng.choice(("clerk", "legal")), reasons=reasons)


async def withdrawn(case: Case, day: date) -> None:
    await case.to_court(day)
    on = _after(day, -3)
    command = Step(act="withdraw", date=on, reason="The conviction was set aside.")
    now = case.moment(on, "decline")
    hands = (case.legal, case.supervisor, "application-act")
    await answers.together(case.session, *hands, case.application, command, case.version, now)


async def adjourned(case: Case, day: date) -> None:
    await case.to_court(day)
    await case.step("adjourn", day, "record", case.clerk, date=day, court=case.clerk.court)


async def warrant(case: Case, day: date) -> None:
    await adjourned(case, day)
    on = _after(day, 7)
    await case.step(
        "issue_warrant", on, "record", case.clerk, date=on, court=case.clerk.court, adequate_notice=True
    )


# With an order


async def _granted(case: Case, day: date, months: int = 24, effect: str = "immediate") -> None:
    await case.granted(
        day, months=months, effect=effect, by=case.rng.choice(("clerk", "clerk", "clerk", "legal"))
    )


async def in_effect(case: Case, day: date) -> None:
    """In effect when the demonstration opens; both sources tell of some of them alike, some have been moved
    or recalled.
    """
    months = case.rng.choice(
        [months for months in (12, 18, 24) if last_day(day, months) > date(2025, 5, 1)] or [24]
    )
    await _granted(case, day, months)
    chance = case.rng.random()
    if chance < 0.15 and day < date(2024, 9, 1):
        back = _after(day, 60)
        await case.in_custody(
            "recall", back, back + timedelta(days=case.rng.randrange(28, 70)), _after(day, 140)
        )
    elif chance < 0.3:
        await case.moved(_after(day, 4))


async def told_twice(case: Case, day: date) -> None:
    """The clerk's record, and the legal officer's, which agrees."""
    await case.granted(day, months=18)
    moment = at(day, 11, 20)
    await case.told(case.legal, case.moment(_after(day, 6), "later"), outcome="granted",
    court=case.clerk.court, at=moment, months=18,
                    effect="immediate", document_reference=case.document)  # fmt: skip


async def expired(case: Case, day: date) -> None:
    await _granted(case, day, case.rng.choice((6, 6, 9, 12)))


async def waiting(case: Case, day: date) -> None:
    """Deferred until release, which nobody has confirmed."""
    await _granted(case, day, case.rng.choice((12, 18, 24)), "release")
    await case.in_custody("sentence", day, None, _after(day, 6))


async def released(case: Case, day: date) -> None:
    """Deferred until release, confirmed some days after it."""
    await _granted(case, day, case.rng.choice((12, 18, 24)), "release")
    await _release(case, day, day + timedelta(days=case.rng.randrange(50, 190)))


async def whole_story(case: Case, day: date) -> None:
    """The one that is told in the terminal: deferred, released, in effect for six months, expired."""
    await case.granted(day, months=6, effect="release")
    await _release(case, day, day + timedelta(days=97))


async def _release(case: Case, sentenced: date, out: date) -> None:
    recorded = working(out + timedelta(days=4))
    await case.happened(
        "took_effect", out, recorded=recorded, hour=9, authority="Release confirmed by the prison"
    )
    await case.in_custody("sentence", sentenced, out, recorded)


async def released_in_time(case: Case, day: date) -> None:
    """Waiting when the demonstration opens; released in the last weeks of the pilot."""
    await _granted(case, day, 24, "release")
    await _release(case, day, date(2025, 3, 26) + timedelta(days=case.rng.randrange(20)))


async def released_too_late(case: Case, day: date) -> None:
    """Released in May 2025: the order never took effect."""
    await _granted(case, day, 24, "release")
    out, recorded = date(2025, 5, 12), date(2025, 5, 15)
    await case.in_custody("sentence", day, out, recorded)
    await case.happened("took_effect", out, recorded=recorded, hour=9,
    authority="Release confirmed by the prison",
                        as_on_sealed_order=True, document_reference=f"{case.document}/L")  # fmt: skip


async def sentence_waiting(case: Case, day: date) -> None:
    await _granted(case, day, 18, "sentence_end")


async def sentence_ended(case: Case, day: date) -> None:
    await _granted(case, day, 18, "sentence_end")
    out = day + timedelta(days=case.rng.randrange(90, 180))
    await case.happened(
        "took_effect",
        out,
        recorded=_after(out, 5),
        by="clerk",
        hour=9,
        authority="Sentence expiry date, by the prison",
    )


async def granted_later(case: Case, day: date) -> None:
    """Listed when the demonstration opens, and granted before the pilot ends."""
    await _granted(case, day, 12)


async def superseded_here(case: Case, day: date) -> None:
    """A second conviction in the same force: the later order ends the earlier."""
    await _granted(case, day)
    again = _after(day, case.rng.randrange(120, 220))
    await case.granted(again)


async def superseded_elsewhere(case: Case, day: date) -> None:
    """Another force's court makes a later order for the same PNC ID."""
    await case.record(_after(day, -24), pnc=True)
    await _granted(case, day)
    await _second(case, _after(day, case.rng.randrange(120, 200)))


async def _second(case: Case, day: date) -> Case:
    """The same person before another force's court, and an order made there."""
    other = case.elsewhere()
    await other.record(working(day - timedelta(days=24)), details=case.details)
    await other.granted(day)
    return other


async def _questioned(case: Case, day: date) -> Case:
    await case.record(_after(day, -24), pnc=False)
    await _granted(case, day)
    return await _second(case, _after(day, 150))


async def questioned(case: Case, day: date) -> None:
    """The later order may be for the same person: name and date of birth agree, and nothing else is held."""
    await _questioned(case, day)


async def dismissed(case: Case, day: date) -> None:
    """The question is answered in May 2025: somebody else."""
    other = await _questioned(case, day)
    await case.happened(
        "supersession_dismissed",
        date(2025, 5, 8),
        authority="Fingerprints differ",
        other_reference=other.reference,
    )


async def confirmed(case: Case, day: date) -> None:
    """The question is answered: the same person."""
    other = await _questioned(case, day)
    on = _after(day, 165)
    await case.happened("superseded", on, authority="Fingerprints agree", other_reference=other.reference)


async def superseded_while_waiting(case: Case, day: date) -> None:
    await _granted(case, day, 24, "release")
    await case.granted(_after(day, 100))


async def varied(case: Case, day: date) -> None:
    await _granted(case, day)
    await case.happened("varied", _after(day, 90), by=case.rng.choice(("clerk", "legal")), months=21)


async def lengthened(case: Case, day: date) -> None:
    await _granted(case, day, 12)
    await case.happened("lengthened", _after(day, 200), by="clerk", months=22)


async def renewed(case: Case, day: date) -> None:
    await _granted(case, day, 9)
    again = _after(day, 250)
    await case.happened("renewed", again, by="clerk", ends_on=last_day(again, 12))


async def renewed_too_late(case: Case, day: date) -> None:
    """Renewed in the saving period, which saved no renewal: taken as on the sealed order, and doubtful."""
    await _granted(case, day)
    on = date(2025, 5, 14)
    await case.happened(
        "renewed",
        on,
        by="clerk",
        ends_on=last_day(on, 9),
        as_on_sealed_order=True,
        document_reference=f"{case.document}/R",
    )


async def discharged(case: Case, day: date) -> None:
    await _granted(case, day)
    await case.happened("discharged", _after(day, 170), by=case.rng.choice(("clerk", "legal")))


async def discharged_later(case: Case, day: date) -> None:
    await _granted(case, day)
    await case.happened("discharged", date(2025, 5, 6) + timedelta(days=case.rng.randrange(4)), by="clerk")


async def discharged_in_error(case: Case, day: date) -> None:
    """A discharge recorded on the wrong order, and withdrawn."""
    await _granted(case, day)
    view = await case.happened("discharged", _after(day, 100), by="legal")
    await case.happened(
        "withdrawn",
        _after(day, 103),
        by="legal",
        corrects=view.acts[-1].act.n,
        document_reference=f"{case.document}/E",
    )


async def _appealed(case: Case, day: date) -> None:
    await _granted(case, day)
    await case.happened("appealed", _after(day, 15), authority="Notice of appeal served on the court")


async def appealed(case: Case, day: date) -> None:
    await _appealed(case, day)


async def quashed(case: Case, day: date) -> None:
    await _appealed(case, day)
    await case.happened("quashed", _after(day, 120), by="legal")


async def quashed_later(case: Case, day: date) -> None:
    await _appealed(case, day)
    await case.happened("quashed", date(2025, 5, 20), by="legal")


async def varied_on_appeal(case: Case, day: date) -> None:
    await _appealed(case, day)
    await case.happened("varied_on_appeal", _after(day, 130), by="legal", months=15)


async def conflicting(case: Case, day: date) -> date:
    """The clerk's record says 24 months, the legal officer's document 12: unknown until one is corrected."""
    await case.granted(day)
    on = _after(day, 9)
    await case.told(case.legal, case.moment(on, "later"), outcome="granted", court=case.clerk.court,
    at=at(day, 11, 30), months=12,
                    effect="immediate", document_reference=case.document)  # fmt: skip
    return on


async def settled(case: Case, day: date) -> None:
    """Such a conflict, settled in May 2025."""
    await conflicting(case, day)
    await case.told(case.legal, case.moment(date(2025, 5, 7), "later"), outcome="granted",
    court=case.clerk.court, at=at(day, 11, 30),
                    months=24, effect="immediate", document_reference=f"{case.document}/2",
                    corrects=2)  # fmt: skip


async def too_long(case: Case, day: date) -> None:
    """Three years, as on the sealed order: the Act allows two."""
    await case.to_court(day)
    await case.decided(
        day,
        "granted",
        months=36,
        effect="immediate",
        as_on_sealed_order=True,
        document_reference=case.document,
    )
