"""What happened in the streets: checks of status, searches with the power and without it, records corrected
later.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import answers, references, searches, status
from svro.casework.access import Actor, Purpose
from svro.casework.national import acts_of
from svro.casework.searches import CorrectSearch, RecordSearch
from svro.casework.status import CheckStatus
from svro.demo.cases import at
from svro.demo.names import Register
from svro.demo.staff import COURTS, Staff
from svro.law import order as law
from svro.law.search import GoWisely
from svro.records.orders import Order
from svro.records.people import PersonFacts, PersonVersion

IN_EFFECT = "in-effect"
LAST = at(date(2025, 11, 1), 17, 0)
_TOLD = GoWisely(
    grounds=True,
    object=True,
    warrant_card=True,
    identity=True,
    station=True,
    entitlement=True,
    legal_power=True,
    you_are_detained=True,
)
_WHY = (
    "Seen in a street where two stabbings were reported this month.",
    "Named in intelligence about a dispute between two groups.",
    "Alone at night near the place of the offence for which the order was made.",
    "Part of a planned operation for people under orders; each was stopped once.",
)
_GAPS: tuple[dict[str, Any], ...] = (
    {"public_place": None}, {"reason_for_use": None}, {"copy": None}, {"officer_ethnicity": None},
    {"gowisely": msgspec.structs.replace(_TOLD, entitlement=None)}, {"outcome_linked": None},
    {"bwv": "not recorded", "bwv_reference": None},
)  # fmt: skip


class Held(msgspec.Struct):
    """An order, its acts, and the person it names."""

    force: str
    reference: str
    acts: tuple[law.Act, ...]
    facts: PersonFacts
    weight: float

    def was(self, act: str) -> bool:
        """Whether it was ever quashed, say."""
        return any(one.act == act for one in self.acts)


class Streets:
    """Constables of the pilot's forces and of the Metropolitan Police, and the orders they know of."""

    def __init__(
        self, session: AsyncSession, rng: random.Random, register: Register, staff: Staff, held: list[Held]
    ) -> None:
        self.session, self.rng, self.register, self.staff, self.held = session, rng, register, staff, held
        self.moments: dict[str, list[tuple[Held, datetime]]] = {}
        for order in held:
            for _ in range(round(25 * order.weight)):
                instant = self.instant(order.acts[0].at, LAST)
                if instant < LAST:
                    self.moments.setdefault(law.at(order.acts, instant, instant).reason, []).append(
                        (order, instant)
                    )

    def instant(self, first: datetime, last: datetime) -> datetime:
        """An afternoon or evening between two instants."""
        days = max((last - first).days, 1)
        day = (first + timedelta(days=self.rng.randrange(days))).date()
        return at(
            day, self.rng.choice((13, 15, 16, 17, 18, 19, 20, 20, 21, 21, 22, 22, 23)), self.rng.randrange(60)
        ).astimezone(UTC)

    def drawn(self, reason: str) -> tuple[Held, datetime]:
        """An order and an instant at which its state had this reason, as then known."""
        return self.rng.choice(self.moments[reason])

    async def whole_story(self) -> None:
        """The searches of the story that is told in the terminal: with the power, and after the order
        ended.
        """
        both = [{order.reference for order, _ in self.moments[reason]} for reason in (IN_EFFECT, "expired")]
        here = [one for one in self.held if one.force == "merseyside" and one.was("took_effect")]
        told = next(one.reference for one in here if all(one.reference in some for some in both))
        for reason, later in ((IN_EFFECT, _GAPS[1]), ("expired", None)):
            order, instant = next(drawn for drawn in self.moments[reason] if drawn[0].reference == told)
            await self.search(order, instant, at_home=True, later=later)

    def constable(self, order: Held, at_home: bool) -> tuple[Actor, str]:
        """Mostly of the order's own force, sometimes of another: the power runs everywhere in England and
        Wales.
        """
        elsewhere = (*COURTS, "metropolitan", "metropolitan")
        force = order.force if at_home or self.rng.random() < 0.85 else self.rng.choice(elsewhere)
        incident = f"{self.staff.pnc(force)}-{self.rng.randrange(100_000, 999_999)}"
        return self.staff.one(self.rng, "CON", force, Purpose("roadside", incident)), force

    async def search(
        self,
        order: Held,
        instant: datetime,
        *,
        check: bool = True,
        at_home: bool = False,
        later: dict[str, Any] | None = None,
        **unusual: Any,
    ) -> None:
        """One search of the person the order names, unless what is unusual says otherwise; `later` is a
        gap, corrected after some days.
        """
        who, force = self.constable(order, at_home)
        known: dict[str, Any] = self.record(order, who, force, instant)
        if check:
            asked = CheckStatus(order_reference=order.reference, pnc_id=order.facts.pnc_id)
            told = await status.check(
                self.session, who, asked, instant - timedelta(minutes=self.rng.randrange(1, 6))
            )
            known["status_check_id"] = told.id
        known |= unusual
        now = instant + timedelta(minutes=self.rng.randrange(20, 200))
        made = await searches.record(self.session, who, RecordSearch(**(known | (later or {}))), now)
        if later is not None:
            whole = CorrectSearch(**known, reason="Completed from the body-worn video")
            after = now + timedelta(days=self.rng.randrange(1, 12), hours=1)
            sergeant = msgspec.structs.replace(self.staff.actors["SUP", force][0], fresh=True)
            hands = (msgspec.structs.replace(who, fresh=True), sergeant, "correct-search")
            await answers.together(self.session, *hands, made.id, whole, made.version, after)

    def record(self, order: Held, who: Actor, force: str, instant: datetime) -> dict[str, Any]:
        """A record as it should be."""
        rng, facts = self.rng, order.facts
        hit = rng.random()
        outcome, linked, found = (
            ("nfa", False, None)
            if hit < 0.86
            else ("arrest", True, "Lock knife")
            if hit < 0.94
            else ("arrest", False, None)
        )
        identified = {"pnc_id": facts.pnc_id} if facts.pnc_id else {"cro": facts.cro} if facts.cro else {}
        return {
            "at": instant, "ended_at": instant + timedelta(minutes=rng.randrange(3, 19)),
            "place": self.register.place(force), "area": force,
            "public_place": True, "object": "bladed-article-or-offensive-weapon",
            "grounds": "A serious violence reduction order is in effect.",
            "reason_for_use": rng.choice(_WHY), "identity": "confirmed",
            "self_ethnicity": facts.self_ethnicity,
            "not_stated_reason": facts.not_stated_reason, "officer_ethnicity": facts.officer_ethnicity,
            "gowisely": _TOLD, "in_uniform": True,
            "officer_number": who.number, "officer_station": f"{self.register.town(force)} police station",
            "clothing": rng.choice(("none", "outer", "outer")), "force_used": rng.random() < 0.06,
            "outcome": outcome, "outcome_linked": linked,
            "found": found, "seized": found is not None, "copy": rng.choice(("given", "receipt",
            "offered and declined")), "bwv": "recorded",
            "bwv_reference": f"BWV-{rng.randrange(10**7, 10**8)}", "order_reference": order.reference,
            **identified,
        }  # fmt: skip


async def search_everybody(
    session: AsyncSession, rng: random.Random, register: Register, staff: Staff, often: int
) -> None:
    """All the searches: `often` with the power, those without it, and those whose records said too little."""
    streets = Streets(session, rng, register, staff, await _orders(session, rng))
    await streets.whole_story()
    for n in range(often):
        order, instant = streets.drawn(IN_EFFECT)
        gap = rng.choice(_GAPS) if n % 16 == 0 else None
        await streets.search(order, instant, check=rng.random() < 0.7, later=gap)
    for order, instant in [drawn for drawn in streets.moments[IN_EFFECT] if drawn[0].was("quashed")][:12]:
        await streets.search(order, instant)
    for reason, count in _NO_POWER:
        for _ in range(count):
            order, instant = streets.drawn(reason)
            await streets.search(order, instant, check=False)
    for unusual in _unusual(streets):
        order, instant = streets.drawn(IN_EFFECT)
        await streets.search(order, instant, check=False, **unusual)
    for _ in range(60):
        order, instant = streets.drawn(rng.choice(sorted(streets.moments)))
        who, _ = streets.constable(order, at_home=False)
        await status.check(session, who, CheckStatus(order_reference=order.reference), instant)


# By the reason for which the order was not in effect, or was not known to be: how many searches.
_NO_POWER = (
    ("expired", 16), ("superseded", 12), ("discharged", 8), ("quashed", 4), ("lapsed", 10),
    ("never-took-effect", 4),
    ("trigger-not-confirmed", 14), ("supersession-questioned", 5), ("conflicting", 4), ("doubtful-act", 4),
)  # fmt: skip


def _unusual(streets: Streets) -> Iterator[dict[str, Any]]:
    """Searches while the order named was in effect, and yet without its power, or under another."""
    rng, held = streets.rng, streets.held
    for _ in range(14):
        yield {
            "identity": "disproved",
            "pnc_id": rng.choice([one.facts.pnc_id for one in held if one.facts.pnc_id]),
        }
    for _ in range(8):  # another person's order, which is another force's more often than not
        yield {"order_reference": rng.choice(held).reference}
    for _ in range(16):
        yield {"order_reference": None}
    for _ in range(5):
        yield {"order_reference": references.new("SVRO"), "pnc_id": None, "cro": None}
    for _ in range(8):
        yield {"public_place": False, "place": "Hallway of a block of flats, behind a locked door"}
    for _ in range(5):
        yield {"object": "controlled-drugs"}
    for _ in range(6):
        yield {"identity": "not confirmed", "pnc_id": None, "cro": None}
    for _ in range(12):
        yield {
            "power": "pace-1",
            "order_reference": None,
            "grounds": "Seen to hide a knife in his sleeve.",
            "reason_for_use": None,
        }
    for _ in range(8):
        yield {
            "searched": False,
            "outcome": None,
            "outcome_linked": None,
            "clothing": None,
            "object": None,
            "found": None,
            "seized": None,
            "copy": None,
        }
    for _ in range(4):
        yield {"vehicle_searched": True}


async def _orders(session: AsyncSession, rng: random.Random) -> list[Held]:
    """Every order with its acts. Some people are searched often, most seldom."""
    rows = await session.execute(
        select(Order, PersonVersion.facts)
        .join(
            PersonVersion,
            (PersonVersion.force_id == Order.force_id)
            & (PersonVersion.person_id == Order.person_id)
            & (PersonVersion.n == 1),
        )
        .order_by(Order.created_at, Order.reference)
    )
    return [
        Held(
            order.force_id,
            order.reference,
            await acts_of(session, order.force_id, order.id),
            facts,
            min(rng.paretovariate(1.2), 12.0),
        )
        for order, facts in rows
    ]
