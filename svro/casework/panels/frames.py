"""What a session draws from: the searches of its period as recorded, each with its stratum, why it must be
reviewed, and whether anybody could tell from it who was searched.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from svro.casework.searches import with_newest
from svro.law import words
from svro.law.dates import DAY, LONDON, london_day
from svro.law.search import SearchRecord
from svro.records.panels import FrameRow
from svro.records.people import PersonFacts, PersonVersion
from svro.records.searches import Search, SearchVersion

COMPULSORY: dict[str, str] = {
    "strip-search": "More than an outer coat, jacket or gloves was taken off",
    "young-and-often": "Under 25, and the third or later search in 30 days",
    "no-video": "The record shows no body-worn video",
    "force-used": "Force was used",
}
"""Why a search is reviewed whatever the seed."""

K = 3
"""People who must be alike in a year for a case to be shown to members who signed."""
OFTEN, WITHIN, YOUNG = 3, timedelta(days=30), 25


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """One search as a frame sees it: what was recorded, by whom, of whom (`person` None: nobody knows)."""

    id: str
    officer: str
    person: str | None
    power: str
    said: SearchRecord
    facts: PersonFacts | None

    @property
    def day(self) -> date:
        """Its London day."""
        return london_day(self.said.at)

    @property
    def group(self) -> words.Group:
        """The group of five that the person named, or Unknown."""
        return words.group5(self.said.self_ethnicity) if self.said.self_ethnicity else "Unknown"

    @property
    def age(self) -> int | None:
        """Whole years on the day, where the birthday is known."""
        born = self.facts.date_of_birth if self.facts else None
        if born is None:
            return None
        return self.day.year - born.year - ((self.day.month, self.day.day) < (born.month, born.day))


async def searches(session: AsyncSession, force: str, first: date, last: date, now: datetime) -> list[Known]:
    """Every search recorded by the force on these London days, by its newest record known at `now`."""
    newer = aliased(PersonVersion)
    newest = (
        select(func.max(newer.n))
        .where(
            newer.force_id == PersonVersion.force_id,
            newer.person_id == PersonVersion.person_id,
            newer.recorded_at <= now,
        )
        .scalar_subquery()
    )
    people = {
        row.person_id: row.facts
        for row in await session.scalars(
            select(PersonVersion).where(PersonVersion.force_id == force, PersonVersion.n == newest)
        )
    }
    rows = await session.execute(
        select(Search, SearchVersion)
        .join(SearchVersion, with_newest(now))
        .where(
            Search.force_id == force,
            SearchVersion.at >= datetime.combine(first, time.min, LONDON),
            SearchVersion.at < datetime.combine(last + DAY, time.min, LONDON),
        )
        .order_by(SearchVersion.at, Search.id)
    )
    return [
        Known(
            id=search.id,
            officer=search.account_id,
            person=version.person_id,
            power=version.power,
            said=version.record,
            facts=people.get(version.person_id) if version.person_id else None,
        )
        for search, version in rows
    ]


def year_to(last: date) -> date:
    """The first of the 365 days that end with `last`: a session looks back so far."""
    return last - timedelta(days=364)


History = Mapping[str, Sequence[Known]]


def history(everything: Sequence[Known]) -> History:
    """The searches of each person known by name."""
    found: dict[str, list[Known]] = {}
    for one in everything:
        if one.person is not None:
            found.setdefault(one.person, []).append(one)
    return found


def earlier(one: Known, past: History, within: timedelta) -> list[Known]:
    """Searches of the same person in the time before this one."""
    own = past.get(one.person or "", ())
    return [other for other in own if one.said.at - within <= other.said.at < one.said.at]


def compulsory(one: Known, past: History) -> tuple[str, ...]:
    """Why this search has to be reviewed: codes of COMPULSORY, empty where nothing asks for it."""
    found = []
    if one.said.clothing in ("more", "intimate"):
        found.append("strip-search")
    young = one.age is not None and one.age < YOUNG
    if young and len(earlier(one, past, WITHIN)) + 1 >= OFTEN:
        found.append("young-and-often")
    if one.said.bwv != "recorded":
        found.append("no-video")
    if one.said.force_used:
        found.append("force-used")
    return tuple(found)


def stratum(one: Known) -> str:
    """The group that the person named, and whether anything was found."""
    return f"{one.group}, {'something found' if one.said.found else 'nothing found'}"


def name(salt: str, kind: str, key: str) -> str:
    """What somebody or something is called in this session alone."""
    return hmac.new(bytes.fromhex(salt), f"{kind}|{key}".encode(), hashlib.sha256).hexdigest()


def short(salt: str, kind: str, key: str | None) -> str | None:
    """A person's or an officer's name for this session: six signs, the same each time it comes up."""
    return name(salt, kind, key)[:6].upper() if key else None


def rows(
    found: Sequence[Known], everything: Sequence[Known], salt: str
) -> tuple[tuple[FrameRow, ...], dict[str, str]]:
    """The frame's rows, and what each letter of a stratum means. Letters are dealt out by the salt, so that
    the published frame tells nobody how many of which group there were.
    """
    past = history(everything)
    meanings = sorted({stratum(one) for one in found}, key=lambda text: name(salt, "stratum", text))
    letters = {text: f"S{n:02d}" for n, text in enumerate(meanings, 1)}
    made = (
        FrameRow(
            alias=name(salt, "search", one.id)[:32],
            search_id=one.id,
            stratum=letters[stratum(one)],
            compulsory=compulsory(one, past),
        )
        for one in found
    )
    return tuple(sorted(made, key=lambda row: row.alias)), {code: text for text, code in letters.items()}


class Described(msgspec.Struct, frozen=True):
    """Who somebody is, as coarsely as a panel may know: and when."""

    age: str
    sex: str
    group: str
    area: str
    period: str


def _age(one: Known, coarse: bool) -> str:
    if one.age is None:
        return "Not known"
    if one.age < 18:
        return "Under 18"
    if coarse:
        return "18 to 34" if one.age < 35 else "35 and over"
    return "18 to 24" if one.age < 25 else "25 to 34" if one.age < 35 else "35 and over"


def described(one: Known, force: str, level: int) -> Described:
    """The person and time at one of the LEVELS of coarseness: first the area gives way, then the quarter,
    then the age.
    """
    half = f"{'first' if one.day.month <= 6 else 'second'} half of {one.day.year}"
    quarter = f"quarter {(one.day.month + 2) // 3} of {one.day.year}"
    return Described(
        age=_age(one, level >= 3),
        sex=(one.facts.sex if one.facts else None) or "Not known",
        group=one.group,
        area=force if level >= 1 else one.said.area or force,
        period=half if level >= 2 else quarter,
    )


LEVELS = range(4)


def shown_as(one: Known, everything: Sequence[Known], force: str, k: int = K) -> Described | None:
    """The finest description that fits at least `k` people of the year; None where none does.

    People, not searches: one person searched often is one. Somebody whom no record names counts by search.
    """
    for level in LEVELS:
        mine = described(one, force, level)
        alike = {other.person or other.id for other in everything if described(other, force, level) == mine}
        if len(alike) >= k:
            return mine
    return None
