"""One person's case, told through casework: each step by whoever would take it, at the time they would have
taken it.

A case is told forwards. Days are London days; the hour is the step's own, so that steps of one day keep
their order.
"""

import random
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import applications, dated, decisions, orders, people
from svro.casework.access import Actor, Purpose
from svro.casework.applications import Consider, Step
from svro.casework.cases import ApplicationView
from svro.casework.decisions import RecordDecision
from svro.casework.orders import OrderView, RecordAct
from svro.casework.people import CorrectPerson, PersonDetails
from svro.demo.names import Register
from svro.demo.staff import COURTS, Staff
from svro.law.dates import LONDON, is_business_day
from svro.law.eligibility import Facts, Necessity, PriorConviction
from svro.law.facts import Purpose as Ground
from svro.records.people import CustodyFacts

FIRST_DAY = date(2023, 4, 19)
_HOURS = {
    "person": (9, 5), "conviction": (9, 25), "consider": (9, 50), "assess": (10, 40), "send": (13, 5),
    "court": (11, 30), "notice": (14, 20),
    "list": (15, 10), "decline": (15, 40), "record": (16, 10), "later": (16, 50),
}  # fmt: skip

_OFFENCES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("CJ88144", {"item": "bladed article", "own_had": True,
    "own_had_evidence": "Found in the waistband on arrest."}),
    ("CJ88144", {"item": "bladed article", "own_had": True,
    "own_had_evidence": "Dropped in sight of an officer, and recovered."}),
    ("PC53001", {"item": "offensive weapon", "own_had": True,
    "own_had_evidence": "Held in the hand on arrest."}),
    ("CJ88154", {"item": "bladed article", "own_use": True,
    "own_use_evidence": "Shown to the complainant: two witnesses and video."}),
    ("OF61102", {"item": "bladed article", "own_use": True,
    "own_use_evidence": "The wound, and the knife with his fingerprints."}),
    ("TH68023", {"item": "bladed article", "other_used": True,
    "other_used_evidence": "The co-defendant held the knife on video.",
                 "knew": True, "knowledge_evidence": "Messages about it the evening before."}),
    ("PU86003", {"item": "offensive weapon", "own_use": True,
    "own_use_evidence": "Swung at two people: shop video."}),
)  # fmt: skip
_ITEMS = {
    "bladed article": (
        "Kitchen knife, 20 cm blade",
        "Lock knife",
        "Hunting knife",
        "Stanley knife",
        "Zombie-style knife",
    ),
    "offensive weapon": (
        "Knuckleduster",
        "Extendable baton",
        "Baseball bat carried to injure",
        "Machete handle with nails",
    ),
}
_GROUNDS: tuple[tuple[Ground, str], ...] = (
    ("protect-public", "Three convictions for knives in four years, each in a crowded street."),
    ("prevent-offending", "He told the probation officer that he carries one whenever he goes out."),
    ("protect-particular", "Threats to a named rival; two attacks on each other last year."),
)
_SENTENCES = ("custodial", "custodial", "community", "community", "other")


def at(day: date, hour: int, minute: int) -> datetime:
    """A London wall-clock time."""
    return datetime.combine(day, time(hour, minute), LONDON)


def working(day: date) -> date:
    """The day, or the last business day before it."""
    while is_business_day(day) is False:
        day -= timedelta(days=1)
    return day


class Case:
    """What is known of one person in one force, and the hands through which it passes.

    `at_court` is where the application is heard; `person`, `application`, `order` are ids once there are any.
    """

    def __init__(
        self, session: AsyncSession, rng: random.Random, register: Register, staff: Staff, force: str
    ) -> None:
        self.session, self.rng, self.register, self.force = session, rng, register, force
        self.staff = staff
        number = f"{staff.pnc(force)}/{rng.randrange(1000, 9999)}/{rng.randrange(23, 26)}"
        self.legal = staff.one(rng, "PLO", force, Purpose("casework", number))
        self.supervisor = staff.one(rng, "SUP", force, Purpose("supervision", number))
        self.clerk = staff.one(rng, "CLK", force, Purpose("hearing", number))
        self.document = f"{self.clerk.court}-{rng.randrange(10_000, 99_999)}"
        self.details: PersonDetails
        self.person = self.application = self.order = self.reference = ""
        self.version = 0

    def elsewhere(self) -> "Case":
        """A case of another force of the pilot."""
        return Case(
            self.session,
            self.rng,
            self.register,
            self.staff,
            self.rng.choice([force for force in COURTS if force != self.force]),
        )

    def moment(self, day: date, step: str) -> datetime:
        """When a step is taken on a day: at its own hour, give or take some minutes."""
        hour, minute = _HOURS[step]
        return at(day, hour, minute) + timedelta(
            minutes=self.rng.randrange(18), seconds=self.rng.randrange(60)
        )

    async def record(
        self,
        day: date,
        *,
        details: PersonDetails | None = None,
        adult_on: date | None = None,
        pnc: bool | None = None,
    ) -> None:
        """The legal officer records the person: somebody new, or the one whose details are given."""
        self.details = details or self.register.person(
            self.force, adult_on=adult_on or day - timedelta(days=240), pnc=pnc
        )
        view = await people.create(self.session, self.legal, self.details, self.moment(day, "person"))
        self.person = view.id

    async def convictions(self, day: date, count: int) -> None:
        """Earlier convictions, the latest a year or more before the day."""
        for n in range(count):
            convicted = working(day - timedelta(days=self.rng.randrange(400, 2600)))
            prior = PriorConviction(
                offence_code=self.rng.choice(("CJ88144", "PC53001", "OF61102", "TH68023")),
                offence_date=convicted - timedelta(days=self.rng.randrange(20, 200)),
                conviction_date=convicted,
                court=self.clerk.court,
                weapon=self.rng.choice(("knife", "hammer", "lock knife", None)),
                role=self.rng.choice(("carried it", "used it to threaten", None)),
                is_knife_or_weapon=True,
            )
            now = self.moment(day, "conviction") + timedelta(minutes=n)
            await dated.add(self.session, self.legal, self.person, prior, now)

    def facts(self, convicted: date, on_day: date, **other: Any) -> Facts:
        """A case that may be applied for, unless `other` says otherwise."""
        code, evidence = self.rng.choice(_OFFENCES)
        offence = max(FIRST_DAY, convicted - timedelta(days=self.rng.randrange(25, 170)))
        grounds = self.rng.sample(_GROUNDS, self.rng.choice((1, 1, 2)))
        known: dict[str, Any] = {
            "on_day": on_day, "offence_code": code, "offence_from": offence, "conviction_date": convicted,
            "court": self.clerk.court,
            "item_description": self.rng.choice(_ITEMS[evidence["item"]]),
            "sentence": self.rng.choice(_SENTENCES),
            "necessity": tuple(Necessity(purpose=code, evidence=text) for code, text in grounds),
            **evidence, **other,
        }  # fmt: skip
        return Facts(**known)

    async def consider(
        self, day: date, *, convicted: date | None = None, assess: bool = True, **facts: Any
    ) -> ApplicationView:
        """Considered on a day, and assessed the same day."""
        known = self.facts(convicted or working(day - timedelta(days=4)), day, **facts)
        view = await applications.consider(
            self.session,
            self.legal,
            Consider(person_id=self.person, facts=known),
            self.moment(day, "consider"),
        )
        self.application, self.version = view.id, view.version
        if assess:
            view = await applications.assess(
                self.session, self.legal, view.id, view.version, self.moment(day, "assess")
            )
            self.version = view.version
        return view

    async def step(
        self, act: str, day: date, hour: str, who: Actor | None = None, **details: Any
    ) -> ApplicationView:
        """One act on the application, by the legal officer unless somebody else is named."""
        now = self.moment(day, hour)
        view = await applications.act(
            self.session, who or self.legal, self.application, Step(act=act, **details), self.version, now
        )
        self.version = view.version
        return view

    async def sent(self, day: date) -> None:
        """Approved by the supervisor and sent to the CPS."""
        await self.step("send_to_cps", day, "send", self.supervisor)

    async def listed(self, day: date, hearing: date, *, served: date | None = None) -> None:
        """Notice served, and the hearing listed by the court."""
        everyone = ("Court officer", "Defendant")
        await self.step("serve_notice", served or day, "notice", date=served or day, served_on=everyone)
        await self.step("list_hearing", day, "list", self.clerk, date=hearing, court=self.clerk.court)

    async def to_court(self, hearing: date, **facts: Any) -> None:
        """From the person's record to a listed hearing, in the three weeks before it."""
        days = [working(hearing - timedelta(days=n)) for n in (24, 20, 17, 14)]
        if not self.person:
            await self.record(days[0])
            await self.convictions(days[0], self.rng.choice((0, 1, 1, 2, 3)))
        await self.consider(days[1], convicted=days[0], **facts)
        await self.sent(days[2])
        await self.listed(days[3], hearing)

    async def decided(
        self, day: date, outcome: str, *, hour: int = 11, by: str = "clerk", **terms: Any
    ) -> ApplicationView:
        """The court's decision, recorded by the clerk that afternoon, or as notified by the legal officer
        some days later.
        """
        decision = {
            "outcome": outcome,
            "court": self.clerk.court,
            "at": at(day, hour, self.rng.randrange(5, 55)),
            **terms,
        }
        if by == "clerk":
            who, now = self.clerk, self.moment(day, "record")
        else:
            who, now = self.legal, self.moment(working(day + timedelta(days=5)), "later")
            decision.setdefault("document_reference", self.document)
        return await self.told(who, now, **decision)

    async def told(self, who: Actor, now: datetime, **decision: Any) -> ApplicationView:
        """One record of the decision, by somebody, at an instant."""
        view = await decisions.record(
            self.session, who, self.application, RecordDecision(**decision), self.version, now
        )
        self.version, self.order, self.reference = (
            view.version,
            view.order_id or "",
            view.order_reference or "",
        )
        return view

    async def granted(
        self, day: date, *, months: int = 24, effect: str = "immediate", by: str = "clerk", **terms: Any
    ) -> None:
        """The whole way to an order made on a day."""
        custodial = {"sentence": "custodial"} if effect != "immediate" else {}
        await self.to_court(day, **custodial)
        await self.decided(day, "granted", months=months, effect=effect, by=by, **terms)

    async def happened(
        self,
        act: str,
        day: date,
        *,
        recorded: date | None = None,
        by: str = "legal",
        hour: int = 11,
        **details: Any,
    ) -> OrderView:
        """One act in the order's life, recorded the same afternoon or on a later day; by the legal officer
        or the clerk.
        """
        who = self.legal if by == "legal" else self.clerk
        if by == "legal" and act in orders.COURT_ACTS:
            details.setdefault("document_reference", f"{self.document}/{act}")
        now = self.moment(recorded or day, "later")
        held = await orders.get(self.session, who, self.order, now)
        command = RecordAct(act=act, at=at(day, hour, self.rng.randrange(5, 50)), **details)  # type: ignore[arg-type]
        return await orders.record_act(self.session, who, self.order, command, held.version, now)

    async def in_custody(self, kind: str, started: date, ended: date | None, recorded: date) -> None:
        """A stay in custody, told by the prison and recorded on a day."""
        stay = CustodyFacts(kind=kind, started=started, ended=ended, authority="The prison's discharge desk")  # type: ignore[arg-type]
        await dated.add(self.session, self.legal, self.person, stay, self.moment(recorded, "conviction"))

    async def moved(self, day: date) -> None:
        """A correction of who the person is: a new address."""
        now = self.moment(day, "later")
        held = await people.get(self.session, self.legal, self.person, now)
        home = f"{self.rng.randrange(1, 120)} New Street, {self.register.town(self.force)}"
        self.details = msgspec.structs.replace(self.details, home=home)
        command = CorrectPerson(
            **msgspec.structs.asdict(self.details), reason="Address as notified under the order"
        )
        await people.correct(self.session, self.legal, self.person, command, held.version, now)
