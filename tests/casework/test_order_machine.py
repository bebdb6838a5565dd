"""Random traces of all that people record about orders, on both engines, against the statute read twice.

Each step is done on SQLite and on PostgreSQL, and must come out the same to the last id. After each step
every order is asked what it was, at instants just before, at and after all that could matter, as known then
and later: the answer must be that of `tests/law/reference_order.py`, which shares nothing with the law.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from shutil import copy
from typing import Any, TypeVar

import msgspec
import pytest
import uvloop
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import (
    applications,
    changes,
    decisions,
    duties,
    investigations,
    national,
    orders,
    people,
    searches,
    seizures,
    status,
    subjects,
)
from svro.casework.access import Actor, Purpose
from svro.casework.founding import found, open_account
from svro.errors import Malformed, Problem, Refused, Stale
from svro.law import order as law
from svro.law.dates import end_of, start_of
from svro.law.eligibility import Facts
from svro.law.notifications import Notification
from svro.law.order import Act
from svro.law.regimes import REGIMES
from svro.records import Database
from svro.records.base import drawn_from
from svro.records.orders import OrderAct
from svro.records.reach import ALL
from tests.law.reference_order import as_known, reference

START = datetime(2024, 10, 1, 9, tzinfo=UTC)
HOUR, MOMENT = timedelta(hours=1), timedelta(microseconds=1)
KEY = "0" * 64
PNC = "2002/0073319Z"
NAME = {"family_name": "Thistlewood", "given_name": "Cosmo", "date_of_birth": date(1996, 8, 9)}
CASES = {"here": "merseyside", "elsewhere": "sussex", "namesake": "sussex"}
"""One person known by PNC ID to two forces, and somebody of the same name and birthday without one."""
COURTS = {"merseyside": "C05LV00", "sussex": "C47LW00"}
PILOT_ENDS = (end_of(date(2025, 4, 18)), end_of(date(2025, 10, 18)))

S = TypeVar("S")
Call = Callable[[AsyncSession], Awaitable[Any]]


class Engine:
    """A database with three cases ready for a court's decision; each trace is rolled back from it."""

    def __init__(self, url: str) -> None:
        self.database = Database(url, durable=False, status_key=KEY)
        self.actors: dict[str, Actor] = {}
        self.cases: dict[str, tuple[str, int]] = {}
        self.trace = AsyncExitStack()
        self.session: AsyncSession

    async def prepare(self) -> None:
        """Found the deployment, open the accounts, and bring the three cases to court."""
        with drawn_from(Random(0)):
            async with self.database.write(ALL) as session:
                await found(session, "live", START)
                for force, court in COURTS.items():
                    for role in ("PLO", "SUP", "CON", "CLK"):
                        place = {"court": court} if role == "CLK" else {"force_id": force}
                        actor = await open_account(session, f"{role} {force}", (role,), START, **place)
                        why = Purpose("casework", "OP-1")
                        beside = {"purpose": why, "fresh": True, "second": "5" * 32}
                        self.actors[f"{role}.{force}"] = msgspec.structs.replace(actor, **beside)
            for case, force in CASES.items():
                async with self.database.write(ALL) as session:
                    self.cases[case] = await self.to_court(session, case, force)

    async def to_court(self, session: AsyncSession, case: str, force: str) -> tuple[str, int]:
        """A person and an application, considered, assessed, sent, notified and listed: (id, version)."""
        police, boss, clerk = (self.actors[f"{role}.{force}"] for role in ("PLO", "SUP", "CLK"))
        known = {} if case == "namesake" else {"pnc_id": PNC}
        who = await people.create(
            session, police, people.PersonDetails(**NAME, **known, lives_in=force), START
        )
        facts = Facts(
            on_day=START.date(),
            offence_code="CJ88144",
            offence_from=date(2024, 5, 1),
            conviction_date=date(2024, 9, 20),
            court=COURTS[force],
            item="bladed article",
            own_had=True,
        )
        view = await applications.consider(
            session, police, applications.Consider(person_id=who.id, facts=facts), START
        )
        view = await applications.assess(session, police, view.id, view.version, START)
        day = START.date()
        for actor, step in (
            (boss, {"act": "send_to_cps"}),
            (police, {"act": "serve_notice", "date": day, "served_on": ("court officer", "defendant")}),
            (clerk, {"act": "list_hearing", "date": day, "court": COURTS[force]}),
        ):
            command = msgspec.convert(step, applications.Step)
            view = await applications.act(session, actor, view.id, command, view.version, START)
        return view.id, view.version

    async def begin(self) -> None:
        """Open a trace: one transaction, on SQLite in this very thread."""
        self.trace = AsyncExitStack()
        self.session = await self.trace.enter_async_context(self.database.write_alone(ALL))

    async def end(self) -> None:
        """Forget the trace."""
        await self.session.rollback()
        await self.trace.aclose()

    async def do(self, seed: int, call: Call) -> tuple[str, Any]:
        """One thing that somebody does, all of it or nothing, by a session that remembers no
        other: what came of it.
        """
        try:
            with drawn_from(Random(seed)):
                async with self.session.begin_nested():
                    return "done", await call(self.session)
        except Problem as problem:
            return type(problem).__name__, (problem.sentence, problem.members())
        finally:
            self.session.expunge_all()

    async def rows(self) -> Sequence[Any]:
        """Every act of every order as the table holds it."""
        return (await self.session.execute(EVERY_ACT)).all()


EVERY_ACT = select(*OrderAct.__table__.columns).order_by(OrderAct.force_id, OrderAct.order_id, OrderAct.n)
HOURS_AGO = st.sampled_from([0, 0, 0, 0, 1, 30, 24 * 20, 24 * 80])
MONTHS = st.sampled_from([6, 6, 9, 12, 12, 18, 24, 5, 30, None])
SEALED = st.sampled_from([False, False, False, True])
EFFECT = st.sampled_from(["immediate", "immediate", "release", "sentence_end"])
AUTHORITY = st.sampled_from(["HMP Anywhere, release record"] * 4 + ["probation", None])
PICK = st.integers(0, 7)
CASE = st.sampled_from(["here", "here", "elsewhere", "namesake"])
ANY_ORDER = precondition(lambda self: bool(self.orders))


class OrderMachine(RuleBasedStateMachine):
    """What people may do about orders, as rules; what the orders then were, as invariants."""

    engines: tuple[Engine, ...]
    loop: asyncio.AbstractEventLoop
    traces = 0

    def __init__(self) -> None:
        super().__init__()
        self.now, self.steps = START, 0
        self.orders: dict[str, str] = {}
        self.acts: dict[str, tuple[Act, ...]] = {}
        self.rows: Sequence[Any] = ()
        self.compared: set[tuple[Any, ...]] = set()
        self.recorded: list[Any] = []

    @initialize(days=st.sampled_from([0, 0, 60, 150, 190]), effect=EFFECT, months=MONTHS, granted=PICK)
    def begin(self, days: int, effect: str, months: int | None, granted: int) -> None:
        OrderMachine.traces += 1
        self.cases = dict(self.engines[0].cases)
        self.now += timedelta(days=days)
        self.on_each(Engine.begin)
        if granted:  # nearly always: without an order there is little to do
            self.grant("here", "CLK", effect, months, 0, False)

    def teardown(self) -> None:
        self.on_each(Engine.end)

    def on_each(self, what: Callable[[Engine], Awaitable[S]]) -> list[S]:
        """The same on each engine, in turn."""

        async def all_() -> list[S]:
            return [await what(engine) for engine in self.engines]

        return self.loop.run_until_complete(all_())

    def do(self, who: str, call: Callable[[AsyncSession, Actor], Awaitable[Any]]) -> tuple[str, Any]:
        """The same thing on each engine, with the same outcome: "done" and the view, or a refusal by name."""
        self.steps += 1
        outcomes = self.on_each(
            lambda engine: engine.do(self.steps, lambda session: call(session, engine.actors[who]))
        )
        first, *others = ((kind, msgspec.to_builtins(what)) for kind, what in outcomes)
        assert all(other == first for other in others), (who, outcomes)
        return outcomes[0]

    def order(self, pick: int) -> tuple[str, str]:
        """One of the orders there are: (its case, its id)."""
        case = sorted(self.orders)[pick % len(self.orders)]
        return case, self.orders[case]

    # What a court decides

    def decide(self, case: str, role: str, **said: Any) -> None:
        force = CASES[case]
        application, version = self.cases[case]
        values = {"outcome": "granted", "court": COURTS[force], "reasons": "As the court gave them", **said}
        command = decisions.RecordDecision(**values)
        kind, view = self.do(
            f"{role}.{force}",
            lambda session, actor: decisions.record(session, actor, application, command, version, self.now),
        )
        before = dict(self.orders)
        if kind == "done":
            self.cases[case] = (application, view.version)
            if view.order_id:
                self.orders[case] = view.order_id
            if case == "elsewhere" and "here" in before and self.orders.keys() - before.keys():
                self.ended_by(before["here"], view.order_reference, command.at)

    def ended_by(self, earlier: str, reference: str, at: datetime) -> None:
        """A later order of the same person ends the earlier, across forces, when it is made (s.342D(5))."""
        acts = self.read(earlier)
        made = [act for act in as_known(acts, self.now) if act.act == "made"]
        if not any(act.act == "made" and act.at <= at for act in made or acts):
            return
        assert (acts[-1].act, acts[-1].at, acts[-1].other_reference) == ("superseded", at, reference)

    @rule(case=CASE, effect=EFFECT, months=MONTHS, ago=HOURS_AGO, sealed=SEALED)
    def the_clerk_records_a_grant(
        self, case: str, effect: str, months: int | None, ago: int, sealed: bool
    ) -> None:
        self.grant(case, "CLK", effect, months, ago, sealed)

    @rule(case=CASE, effect=EFFECT, months=MONTHS, ago=HOURS_AGO)
    def the_legal_officer_is_notified_of_a_grant(self, case: str, effect: str, months: int, ago: int) -> None:
        self.grant(case, "PLO", effect, months, ago, False)

    def grant(self, case: str, role: str, effect: str, months: int | None, ago: int, sealed: bool) -> None:
        at = self.now - ago * HOUR
        terms = {"months": months} if months else {"ends_on": (at + timedelta(days=300)).date()}
        self.decide(
            case, role, at=at, effect=effect, as_on_sealed_order=sealed, document_reference="D1", **terms
        )

    @rule(case=CASE, role=st.sampled_from(["CLK", "PLO"]))
    def a_refusal_is_recorded(self, case: str, role: str) -> None:
        self.decide(case, role, outcome="refused", at=self.now, document_reference="D2")

    @ANY_ORDER
    @rule(pick=PICK, months=MONTHS, effect=EFFECT, n=st.integers(1, 3))
    def the_legal_officer_corrects_the_decision(self, pick: int, months: int, effect: str, n: int) -> None:
        case, _ = self.order(pick)
        terms = {"effect": effect, "months": months or 12, "document_reference": "D3"}
        self.decide(case, "PLO", at=self.acts_of(case)[0].at, corrects=n, **terms)

    # What happens in an order's life

    def record(self, pick: int, role: str, act: str, ago: int = 0, **said: Any) -> None:
        """One act; taken if the law has no objection, or if it is as on the sealed order and no nonsense."""
        case, order = self.order(pick)
        before = self.acts_of(case)
        command = orders.RecordAct(act=act, at=self.now - ago * HOUR, **said)  # type: ignore[arg-type]
        kind, told = self.do(
            f"{role}.{CASES[case]}",
            lambda session, actor: orders.record_act(session, actor, order, command, len(before), self.now),
        )
        values = {name: getattr(command, name) for name in command.__struct_fields__}
        act_ = Act(n=len(before) + 1, known_at=self.now, **values)
        found = law.problems(before, act_)
        taken = command.as_on_sealed_order and all(p.kind == "doubtful" for p in found)
        if kind == "done":
            assert not found or taken, (found, told)
            new = self.read(order)[-1]
            assert msgspec.structs.replace(new, court=None, provenance="decision") == act_
        elif kind == Refused.__name__:
            assert found
            assert not taken
        else:
            assert kind == Malformed.__name__, (kind, told)
        if kind != "done":
            assert self.read(order) == before

    @staticmethod
    def seal(sealed: bool) -> dict[str, Any]:
        """What comes with an act taken as on the sealed order."""
        return {"as_on_sealed_order": sealed, "document_reference": "D7" if sealed else None}

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO, authority=AUTHORITY, role=st.sampled_from(["PLO", "CLK"]))
    def the_trigger_is_confirmed(self, pick: int, ago: int, authority: str | None, role: str) -> None:
        self.record(pick, role, "took_effect", ago, authority=authority)

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO, months=MONTHS, sealed=SEALED)
    def it_is_varied(self, pick: int, ago: int, months: int | None, sealed: bool) -> None:
        self.record(pick, "CLK", "varied", ago, months=months, **self.seal(sealed))

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO, days=st.integers(20, 900), sealed=SEALED)
    def it_is_lengthened(self, pick: int, ago: int, days: int, sealed: bool) -> None:
        last = (self.now + timedelta(days=days)).date()
        self.record(pick, "CLK", "lengthened", ago, ends_on=last, **self.seal(sealed))

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO, months=MONTHS, sealed=SEALED)
    def it_is_renewed(self, pick: int, ago: int, months: int | None, sealed: bool) -> None:
        self.record(pick, "CLK", "renewed", ago, months=months or 12, **self.seal(sealed))

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO, sealed=SEALED)
    def it_is_discharged(self, pick: int, ago: int, sealed: bool) -> None:
        self.record(pick, "CLK", "discharged", ago, **self.seal(sealed))

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO)
    def an_appeal_is_lodged(self, pick: int, ago: int) -> None:
        self.record(pick, "PLO", "appealed", ago, authority="notice of appeal")

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO)
    def it_is_quashed(self, pick: int, ago: int) -> None:
        self.record(pick, "PLO", "quashed", ago, document_reference="D4")

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO, months=MONTHS)
    def it_is_varied_on_appeal(self, pick: int, ago: int, months: int | None) -> None:
        self.record(pick, "CLK", "varied_on_appeal", ago, months=months)

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO, other=st.sampled_from(["SVRO-B", "SVRO-C"]))
    def a_later_order_is_found_by_hand(self, pick: int, ago: int, other: str) -> None:
        self.record(pick, "PLO", "superseded", ago, authority="register", other_reference=other)

    @ANY_ORDER
    @rule(pick=PICK, all_=st.booleans())
    def the_question_of_a_namesake_is_answered(self, pick: int, all_: bool) -> None:
        case, _ = self.order(pick)
        asked = [act.other_reference for act in self.acts_of(case) if act.act == "supersession_questioned"]
        other = None if all_ or not asked else asked[-1]
        said = {"authority": "fingerprints", "other_reference": other}
        self.record(pick, "PLO", "supersession_dismissed", **said)

    @ANY_ORDER
    @rule(pick=PICK, n=st.integers(1, 6))
    def an_act_is_withdrawn(self, pick: int, n: int) -> None:
        self.record(pick, "PLO", "withdrawn", corrects=n, document_reference="D5")

    @ANY_ORDER
    @rule(pick=PICK, n=st.integers(2, 6), months=MONTHS, ago=HOURS_AGO)
    def an_act_is_corrected(self, pick: int, n: int, months: int | None, ago: int) -> None:
        self.record(pick, "PLO", "varied", ago, months=months, corrects=n, document_reference="D6")

    # What is refused whoever asks

    @ANY_ORDER
    @rule(pick=PICK)
    def an_act_on_an_old_reading_is_stale(self, pick: int) -> None:
        case, order = self.order(pick)
        command = orders.RecordAct(act="discharged", at=self.now)
        expected = len(self.acts_of(case)) - 1
        kind, _ = self.do(
            f"CLK.{CASES[case]}",
            lambda session, actor: orders.record_act(session, actor, order, command, expected, self.now),
        )
        assert kind == Stale.__name__

    @ANY_ORDER
    @rule(pick=PICK, who=st.sampled_from(["CON.merseyside", "CON.sussex", "SUP.merseyside", "SUP.sussex"]))
    def the_police_never_record_a_courts_act_as_their_own(self, pick: int, who: str) -> None:
        case, order = self.order(pick)
        command = orders.RecordAct(act="discharged", at=self.now)
        kind, _ = self.do(
            who,
            lambda session, actor: orders.record_act(
                session, actor, order, command, len(self.acts_of(case)), self.now
            ),
        )
        assert kind in ("NotAllowed", "Missing")

    @ANY_ORDER
    @rule(pick=PICK, step=st.sampled_from(["vary", "renew", "discharge"]))
    def the_chief_officer_seeks_a_change(self, pick: int, step: str) -> None:
        case, order = self.order(pick)
        command = changes.SeekChange(
            step=step,  # type: ignore[arg-type]
            applicant="chief-officer-lives",
            court=COURTS[CASES[case]],
            grounds="g",
            changed="c",
            earlier="none",
            months=12 if step == "renew" else None,
        )
        kind, told = self.do(
            f"PLO.{CASES[case]}",
            lambda session, actor: changes.seek(
                session, actor, order, command, len(self.acts_of(case)), self.now
            ),
        )
        after = self.now >= PILOT_ENDS[step != "renew"]
        assert kind == Refused.__name__ or not after, told

    # What the police do on the strength of it

    def answer(self, case: str, at: datetime) -> str:
        """What the statute says of an order now, of an instant."""
        return reference(self.acts_of(case), at, self.now, REGIMES)[0]

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO, public=st.sampled_from([True, True, False, None]))
    def a_constable_searches_the_offender(self, pick: int, ago: int, public: bool | None) -> None:
        case, order = self.order(pick)
        at = self.now - ago * HOUR
        reference_ = self.view(case).reference
        command = searches.RecordSearch(
            at=at,
            place="Brook Street",
            public_place=public,
            object="bladed-article",
            order_reference=reference_,
            identity="confirmed",
            pnc_id=None if case == "namesake" else PNC,
        )
        kind, view = self.do(
            f"CON.{CASES[case]}",
            lambda session, actor: searches.record(session, actor, command, self.now),
        )
        answer = self.answer(case, at)
        unsure = answer == "unknown" or public is None
        assert kind == "done"
        assert view.power == ("no" if answer == "no" or public is False else "unknown" if unsure else "yes")
        self.recorded.append((case, view.id, view.version, command))

    @precondition(lambda self: bool(self.recorded))
    @rule(pick=PICK, public=st.sampled_from([True, False]))
    def the_constable_corrects_the_record(self, pick: int, public: bool) -> None:
        index = pick % len(self.recorded)
        case, search, version, command = self.recorded[index]
        values = {name: getattr(command, name) for name in command.__struct_fields__}
        corrected = searches.CorrectSearch(**{**values, "public_place": public}, reason="Remembered")
        kind, view = self.do(
            f"CON.{CASES[case]}",
            lambda session, actor: searches.correct(session, actor, search, corrected, version, self.now),
        )
        assert kind == "done"
        assert (view.version, len(view.versions)) == (version + 1, version + 1)
        self.recorded[index] = (case, search, view.version, command)

    @precondition(lambda self: bool(self.recorded))
    @rule(pick=PICK)
    def something_is_seized(self, pick: int) -> None:
        case, search, _, _ = self.recorded[pick % len(self.recorded)]
        command = seizures.RecordSeizure(description="lock knife")
        kind, _ = self.do(
            f"CON.{CASES[case]}",
            lambda session, actor: seizures.record(session, actor, search, command, self.now),
        )
        assert kind == "done"

    @rule(who=st.sampled_from(["CON.merseyside", "CON.sussex"]), ago=HOURS_AGO)
    def a_constable_checks_at_the_roadside(self, who: str, ago: int) -> None:
        at = self.now - ago * HOUR
        command = status.CheckStatus(pnc_id=PNC, at=at)
        kind, view = self.do(who, lambda session, actor: status.check(session, actor, command, self.now))
        answers = {self.answer(case, at) for case in self.orders if case != "namesake"}
        expected = "in effect" if "yes" in answers else "not confirmed" if "unknown" in answers else None
        assert (kind, view.answer) == ("done", expected or "not in effect")

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO, orally=st.booleans())
    def a_notification_is_given(self, pick: int, ago: int, orally: bool) -> None:
        case, order = self.order(pick)
        command = Notification(
            kind="first",
            given_at=self.now - ago * HOUR,
            orally=orally,
            station="St Anne Street",
            station_area="merseyside",
            lives_in=("merseyside",),
            received_by="police officer",
            names=("Cosmo Thistlewood",),
            home="12 Larch Row",
        )
        kind, _ = self.do(
            f"CON.{CASES[case]}",
            lambda session, actor: duties.record_notification(session, actor, order, command, self.now),
        )
        assert kind == "done"

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO)
    def an_investigation_is_opened(self, pick: int, ago: int) -> None:
        case, order = self.order(pick)
        command = investigations.OpenInvestigation(
            conduct_at=self.now - ago * HOUR, conduct="Said there was no order", limb="d"
        )
        kind, view = self.do(
            f"PLO.{CASES[case]}",
            lambda session, actor: investigations.open_one(session, actor, order, command, self.now),
        )
        assert kind == "done"
        said = {finding.code for finding in view.findings} & {"order-not-in-effect", "order-not-known"}
        expected = {"no": {"order-not-in-effect"}, "unknown": {"order-not-known"}, "yes": set()}
        assert said == expected[self.answer(case, command.conduct_at)]

    # Time, and asking

    @rule(days=st.sampled_from([1, 3, 20, 45, 90, 200]))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days, minutes=7)

    @rule(minutes=st.sampled_from([1, 45, 24 * 60 - 20]))
    def minutes_pass(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO)
    def somebody_looks_as_of_an_earlier_day(self, pick: int, ago: int) -> None:
        case, order = self.order(pick)
        then = self.now - ago * HOUR
        kind, view = self.do(
            f"SUP.{CASES[case]}", lambda session, actor: orders.get(session, actor, order, then)
        )
        if kind == "done":
            told = (view.status.answer, view.status.reason)
            assert told == reference(self.acts_of(case), then, then, REGIMES)

    @ANY_ORDER
    @rule(pick=PICK, ago=HOURS_AGO)
    def order_days_are_counted(self, pick: int, ago: int) -> None:
        acts, known_at = self.acts_of(self.order(pick)[0]), self.now - ago * HOUR
        for start, end in law.spans(acts, known_at):
            for instant, yes in ((start - MOMENT, False), (start, True), (end - MOMENT, True), (end, False)):
                assert (reference(acts, instant, known_at, REGIMES)[0] == "yes") is yes

    # What must hold after every step

    def view(self, case: str) -> orders.OrderView:
        kind, view = self.do(
            f"SUP.{CASES[case]}",
            lambda session, actor: orders.get(session, actor, self.orders[case], self.now),
        )
        assert kind == "done"
        assert isinstance(view, orders.OrderView)
        return view

    def acts_of(self, case: str) -> tuple[Act, ...]:
        """The acts as last read."""
        return self.acts[self.orders[case]]

    def read(self, order: str) -> tuple[Act, ...]:
        """The acts as both engines hold them: all the same, and none before the last reading changed."""
        rows, *others = self.on_each(Engine.rows)
        assert all(other == rows for other in others)
        if rows != self.rows:
            self.rows, before, self.acts = rows, self.acts, {}
            for row in rows:
                self.acts[row.order_id] = (*self.acts.get(row.order_id, ()), national.as_act(row))
            assert all(self.acts[held][: len(acts)] == acts for held, acts in before.items())
        return self.acts[order]

    @invariant()
    def every_order_is_what_the_statute_says(self) -> None:
        chance = Random(self.steps)
        for order in self.orders.values():
            acts = self.read(order)
            marks = {act.at for act in acts} | {act.known_at for act in acts} | {*PILOT_ENDS, self.now}
            marks |= {end_of(act.ends_on) for act in acts if act.ends_on}
            marks |= {start_of(date(2025, 3, 1)) + timedelta(days=chance.randrange(-200, 700))}
            for known_at in (self.now, chance.choice(sorted(marks))):
                for instant in chance.sample(sorted(marks), min(4, len(marks))):
                    for step in (-MOMENT, timedelta(0), MOMENT):
                        self.compare(order, acts, instant + step, known_at)

    def compare(self, order: str, acts: tuple[Act, ...], instant: datetime, known_at: datetime) -> None:
        """The law against the statute read again; once, while the acts stay the same."""
        question = (order, len(self.rows), instant, known_at)
        if question not in self.compared:
            self.compared.add(question)
            view = orders.status_of(order, acts, instant, known_at)
            assert (view.answer, view.reason) == reference(acts, instant, known_at, REGIMES), (question, acts)


@pytest.fixture(scope="module")
def twins(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    postgres_template: str,
    on_postgres: Callable[..., Any],
) -> Iterator[None]:
    """Both engines, each with the three cases ready, lent to the machine."""
    file = copy(sqlite_template, tmp_path_factory.mktemp("machine") / "svro.db")
    with on_postgres(postgres_template) as url, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        OrderMachine.engines = (Engine(f"sqlite+aiosqlite:///{file}"), Engine(url))
        OrderMachine.loop = runner.get_loop()
        with pytest.MonkeyPatch.context() as patched:
            # Cases never go quiet: who may come near one is not what the statute is asked about.
            patched.setattr(subjects, "QUIET", ((date(2000, 1, 1), 36_500),))
            for engine in OrderMachine.engines:
                runner.run(engine.prepare())
            yield
        for engine in OrderMachine.engines:
            runner.run(engine.database.close())


def run(traces: int, steps: int, machine: type[OrderMachine] = OrderMachine) -> int:
    """Run traces of so many steps; how many there were."""
    quietly = settings(
        max_examples=traces,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    before = OrderMachine.traces
    run_state_machine_as_test(machine, settings=quietly)  # type: ignore[no-untyped-call]
    return OrderMachine.traces - before


def test_the_machine_knows_at_least_25_acts() -> None:
    acts = {name for name, value in vars(OrderMachine).items() if hasattr(value, "hypothesis_stateful_rule")}
    assert len(acts) >= 25


def test_traces_come_out_as_the_statute_says_on_both_engines(twins: None) -> None:
    assert run(traces=50, steps=20) >= 50


@pytest.mark.full
@pytest.mark.parametrize("batch", range(50))
def test_ten_thousand_traces_come_out_as_the_statute_says_on_both_engines(
    twins: None, batch: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """In fifty batches of 200, each from a seed of its own, so that a run can stop and go on."""
    machine = seed(batch)(type(f"Batch{batch}", (OrderMachine,), {}))
    done = run(traces=200, steps=20, machine=machine)
    with capsys.disabled():
        print(f"\nbatch {batch}: {done} traces")
    assert done >= 200
