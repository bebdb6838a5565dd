"""What a closed session leaves: its minutes for everybody, the data it was given, the record for inspectors.

All are as of fixed instants (the closing, the frame), so made again they are the same bytes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor
from svro.casework.measures.report import MeasuresReport
from svro.casework.panels import cases, draws, feedback, frames, held, reviews
from svro.casework.panels.feedback import FeedbackView
from svro.casework.panels.held import READ, Held
from svro.casework.reports import REPORTS, Query
from svro.casework.statutory.report import StatutoryReport
from svro.casework.written import measures, statutory
from svro.documents.paper import Column, Exhibit, Grid, Paper, Part
from svro.documents.wording import number
from svro.errors import Missing
from svro.figures import agreement, suppression
from svro.figures.measured import Section
from svro.figures.sampling import Pack
from svro.figures.suppression import Rules
from svro.law.dates import LONDON, london_day
from svro.records.base import canonical
from svro.records.panels import Grade
from svro.records.people import Account
from svro.records.reach import reaching
from svro.reference.forces import FORCES

METHOD = "panels-1"
ORDER = ("M14", "M1", "M2", "M3", "M6", "M7", "M9", "M11", "M13")
"""The order in which a panel is given the measures, after the return under s.166(4)."""
WITHHELD = "Not shown: small numbers could tell of somebody"


def _protected(totals: Mapping[Grade, int], rule: Rules = suppression.RULES[0]) -> dict[Grade, int | None]:
    """Counts of searches as everybody may see them: all of them rounded, or none where any, or their sum, is
    small.

    None at all: the sum is known, and what is shown of the others would tell what the small one is.
    """
    small = any(0 < n < rule.k for n in totals.values()) or sum(totals.values()) < rule.k
    return {grade: None if small else suppression.shown(n, rule) for grade, n in totals.items()}


def _rule(found: Held) -> Rules:
    """The rules of what everybody may see on the day the session closed."""
    assert found.closed_at is not None
    return suppression.rules("public", london_day(found.closed_at))


def _at(instant: datetime) -> str:
    local = instant.astimezone(LONDON)
    return f"{local.day} {local:%B %Y} at {local:%H:%M}"


def _day(value: Any) -> str:
    return f"{value.day} {value:%B %Y}"


def _table(
    key: str, caption: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], *said: str
) -> Exhibit:
    columns = tuple(Column(label=head) for head in heads)
    grid = Grid(columns=columns, rows=tuple(rows)) if rows else None
    return Exhibit(key=key, caption=caption, sentences=said, grid=grid)


async def minutes(session: AsyncSession, actor: Actor, session_id: str, now: datetime) -> Paper:
    """The minutes of a closed session, for anybody: no name, no words about a case, no small number of
    searches. Missing until it is closed.
    """
    seen = await draws.published(session, actor, session_id, now)
    if seen.closed_at is None:
        raise Missing
    async with reaching(session, seen.row.force_id):
        found = await held.load(session, seen.row, seen.closed_at)
        items = await feedback.told(session, found, seen.closed_at)
        before = await feedback.agenda(session, found, seen.closed_at)
    row, rule = found.row, _rule(found)
    return Paper(
        title=f"Minutes of the {found.panel.name}",
        lead=f"Session {row.reference} about searches from {_day(row.first)} to {_day(row.last)}, recorded by"
        f" {FORCES[row.force_id].name if row.force_id in FORCES else row.force_id}.",
        parts=(_took_part(found), _drawn(found), _reviewed(found), _said(items), _promised(before)),
        method=(
            "The frame’s hash was published before the seed was called. Each stratum gave the searches of"
            " lowest SHA-256 of seed and name, and the next in order stood in for those left out.",
            "Members graded alone, then talked, then agreed a grade. All three are kept.",
            f"Counts of searches by grade are shown where each, and all together, is {rule.k} or more,"
            f" rounded to {rule.base} ({rule.version}).",
        ),
        known_at=seen.closed_at,
        version=METHOD,
    )


def _took_part(found: Held) -> Part:
    parts, signed = Counter(found.members.values()), Counter(one.part for one in found.signatures.values())
    rows = [(part.capitalize(), str(parts[part]), str(signed[part])) for part in ("chair", "member")]
    conflicts = sum(one.conflicts is not None for one in found.signatures.values())
    said = f"{number(conflicts, 0)} of those who signed named a conflict of interest."
    heads = ("Part", "On the panel", "Signed for this session")
    return Part(heading="Who took part", exhibits=(_table("attendance", "By part", heads, rows, said),))


def _drawn(found: Held) -> Part:
    frame, draw, frame_act, draw_act = found.frame, found.draw, found.frame_act, found.draw_act
    assert frame is not None
    assert draw is not None
    assert frame_act is not None
    assert draw_act is not None
    rows = [
        ("Hash of the frame", frame.sha256),
        ("Hash of the strata", frame.strata_sha256),
        ("Frame committed to", _at(frame_act.recorded_at)),
        ("Seed", draw.seed),
        ("Drawn", _at(draw_act.recorded_at)),
        ("Taken from each stratum", str(frame.per_stratum)),
        ("Reserves in each stratum", str(frame.reserves)),
    ]
    heads = ("What", "Value")
    return Part(heading="How the sample was drawn", exhibits=(_table("draw", "The draw", heads, rows),))


def _reviewed(found: Held) -> Part:
    counted = cases.counts(found)
    rows = [
        ("Reviewed and graded", str(counted["reviewed"])),
        ("To be reviewed whatever the seed, and not reviewed", str(counted["unreviewed"])),
        ("Withheld for identity", str(counted["withheld"])),
        *((f"Left out: {cases.EXCLUSIONS[code].lower()}", str(n)) for code, n in counted["excluded"].items()),
        ("Released without video", str(counted["no_video"])),
    ]
    totals = Counter(case.grade.grade for case in found.cases if case.grade)
    shown = _protected({grade: totals[grade] for grade in reviews.SCALE}, _rule(found))
    grades = [
        (f"{shape} {words}", WITHHELD if shown[grade] is None else number(shown[grade], 0))
        for grade, (words, shape) in reviews.GRADES.items()
    ]
    return Part(
        heading="What was reviewed",
        exhibits=(
            _table("reviewed", "Cases", ("What", "Cases"), rows),
            _table("grades", "The panel’s grades", ("Grade", "Cases"), grades),
            _table("agreement", "How far members agreed alone", (), [], agreement_said(found)),
        ),
    )


def agreement_said(found: Held) -> str:
    """How far members agreed when they graded alone, in words. Never by member."""
    told = reviews.agreed(found)
    if told.share is None:
        return agreement.STATUSES[told.status]
    rule = _rule(found)
    if told.cases < rule.k or told.pairs < rule.share_base:
        return f"Fewer than {rule.k} cases, or {rule.share_base} pairs of grades: too few for a number."
    said = f"Of {told.pairs} pairs of grades, {number(told.share * 100, 0)}% were the same."
    if told.kappa is None:
        return f"{said} {agreement.STATUSES[told.status]}"
    return f"{said} Agreement beyond chance was {number(told.kappa)} ({told.method})."


def _said(items: list[FeedbackView]) -> Part:
    rows = [(item.theme_label, _day(item.due), item.status.capitalize()) for item in items]
    late = sum(item.status == "late" for item in items)
    answered = sum(item.status in ("answered", "closed") for item in items)
    said = f"{len(items)} sent to the force: {answered} answered, {late} late."
    exhibit = _table("feedback", "Themes, and answers due", ("Theme", "Answer due", "At closing"), rows, said)
    return Part(heading="What the force is to answer", exhibits=(exhibit,))


def _promised(items: list[FeedbackView]) -> Part:
    rows = []
    for item in items:
        verdicts = [act.verdict for act in item.acts if act.verdict]
        verdict = verdicts[-1] if verdicts else "not looked at yet"
        rows.append(
            (item.theme_label, item.session, _day(item.due), item.status.capitalize(), verdict.capitalize())
        )
    heads = ("Theme", "Session", "Answer due", "Status", "Better, worse or the same?")
    exhibits = (_table("promises", "From earlier sessions", heads, rows),) if rows else ()
    return Part(
        heading="Earlier promises", exhibits=exhibits, nothing="Nothing is open from earlier sessions."
    )


async def data_pack(session: AsyncSession, actor: Actor, session_id: str, now: datetime) -> Paper:
    """The figures a panel is given for its session, always in the same order, as known when the frame was
    committed to: the return under s.166(4), the measures, earlier promises. No small number is in it.
    """
    found = await held.reach(session, actor, held.SEERS, session_id, now)
    if found.frame_act is None:
        raise Missing
    row, known_at = found.row, found.frame_act.recorded_at
    reader = Actor(account_id=None, name="a scrutiny panel", roles=frozenset({"PAN"}))
    query = Query(force=(row.force_id,), from_=row.first, to=row.last, known_at=known_at)
    returned = await REPORTS["statutory"](session, reader, query, known_at)
    measured = await REPORTS["measures"](session, reader, query, known_at)
    assert isinstance(returned, StatutoryReport)
    assert isinstance(measured, MeasuresReport)
    figures = replace(measured, published=_in_order(measured.published), orders=_in_order(measured.orders))
    first, then = statutory.paper(returned), measures.paper(figures, reader)
    complaints = Part(heading="Complaints", nothing="Not held: complaints are not recorded here.")
    promised = _promised(await feedback.agenda(session, found, known_at))
    return Paper(
        title=f"Data for the {found.panel.name}",
        lead=f"Session {row.reference}: {_day(row.first)} to {_day(row.last)}. Not held is never nought.",
        parts=(*first.parts, *then.parts, complaints, promised),
        method=(*first.method, *then.method),
        known_at=known_at,
        version=then.version,
    )


def _in_order(section: Section) -> Section:
    figures = (one for one in section.figures if one.measure in ORDER)
    return replace(section, figures=tuple(sorted(figures, key=lambda one: ORDER.index(one.measure))))


class CaseRecord(msgspec.Struct, kw_only=True):
    """What became of one case: by which route it came, why it was withheld or left out and by whom, its
    grades.
    """

    alias: str
    number: int
    route: str
    stratum: str
    place: int
    compulsory: tuple[str, ...]
    standing: str
    reason: str | None
    decided_by: str | None
    removed: dict[str, int]
    alone: list[str]
    panel: str | None


class Record(msgspec.Struct, kw_only=True):
    """A session for inspectors and lawyers: what it was drawn from, by which version of the system and its
    rules, and every decision about a case.
    """

    draw: Pack
    meanings: dict[str, str]
    system: str
    rules: dict[str, str]
    k: int
    cases: list[CaseRecord]
    agreement: agreement.Agreement
    closed_at: datetime


async def record(session: AsyncSession, actor: Actor, session_id: str, now: datetime) -> bytes:
    """The record of a closed session as canonical JSON: the same bytes each time. Missing until it is closed.

    For supervisors and oversight of the force, who may know the strata's meanings.
    """
    seen = await held.reach(session, actor, (READ,), session_id, now)
    if seen.closed_at is None or not held.may(actor, held.RESPOND):
        raise Missing
    found = await held.load(session, seen.row, seen.closed_at)
    by = sorted({act.recorded_by for act in found.acts})
    rows = await session.execute(select(Account.id, Account.name).where(Account.id.in_(by)))
    names = {one.id: one.name for one in rows}
    assert found.frame is not None
    whole = Record(
        draw=draws.pack_of(found),
        meanings=found.frame.meanings,
        system=version("svro"),
        rules={"form": reviews.FORM, "minutes": METHOD},
        k=frames.K,
        cases=[_case(found, case, names) for case in found.cases],
        agreement=reviews.agreed(found),
        closed_at=seen.closed_at,
    )
    return canonical(whole)


def _case(found: Held, case: held.Case, names: Mapping[str, str]) -> CaseRecord:
    row, out = case.row, next((act for act in case.acts if act.act in ("exclude", "withhold")), None)
    removed = Counter(one.what for one in case.preparation.removed) if case.preparation else Counter[str]()
    return CaseRecord(
        alias=row.id,
        number=row.number,
        route=row.route,
        stratum=row.stratum,
        place=row.place,
        compulsory=row.compulsory,
        standing=case.standing,
        reason=case.out.reason if case.out else None,
        decided_by=names.get(out.recorded_by) if out else None,
        removed=dict(sorted(removed.items())),
        alone=reviews.grades_of(found, case).alone,
        panel=case.grade.grade if case.grade else None,
    )
