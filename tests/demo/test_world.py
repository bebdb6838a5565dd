"""The demonstration's world: the same each time, on each engine; every state of an order; nothing before its
time.
"""

import hashlib
import random
from collections import Counter
from datetime import datetime

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import applications, orders, people, searches
from svro.casework.access import Actor, Purpose
from svro.casework.national import acts_of
from svro.demo.staff import COURTS, cast
from svro.demo.world import INSTANTS, furnish
from svro.errors import Missing, Unready
from svro.law import order as law
from svro.law import stages
from svro.records import Database, metadata
from svro.records.base import canonical, chance
from svro.records.orders import Application, ApplicationAct, Order, OrderAct
from svro.records.people import Person, PersonVersion
from svro.records.reach import ALL
from svro.records.searches import SearchVersion
from tests.demo.conftest import small

PILOT, SAVING, LAPSED = (instant for instant, _ in INSTANTS.values())


async def digests(database: Database) -> dict[str, str]:
    """Each table's rows in one spelling, whatever the engine: a hash."""
    found = {}
    async with database.read(ALL) as session:
        for table in metadata.sorted_tables:
            rows = (await session.execute(select(table))).all()
            spelt = sorted(canonical(list(row)) for row in rows)
            found[table.name] = f"{len(rows)} {hashlib.sha256(b'|'.join(spelt)).hexdigest()}"
    return found


async def reasons(session: AsyncSession, instant: datetime) -> Counter[str]:
    """Every order there was at an instant, by the reason of its state, as then known."""
    held = (await session.scalars(select(Order).where(Order.created_at <= instant))).all()
    return Counter(
        [law.at(await acts_of(session, row.force_id, row.id), instant, instant).reason for row in held]
    )


async def supervisor(session: AsyncSession) -> Actor:
    return msgspec.structs.replace((await cast(session))["SUP"], purpose=Purpose("supervision", "OP-1"))


async def test_the_world_is_the_same_each_time_and_on_each_engine(
    database: Database, world: Database
) -> None:
    await small(database)
    assert await digests(database) == await digests(world)
    assert isinstance(chance(), random.SystemRandom), "and nothing outside it is drawn from its seed"


@pytest.mark.parametrize(
    "instant, present, absent",
    [
        (
            PILOT,
            {
                "in-effect",
                "trigger-not-confirmed",
                "expired",
                "superseded",
                "supersession-questioned",
                "discharged",
            }
            | {"quashed", "conflicting", "doubtful-act"},
            {"lapsed", "never-took-effect"},
        ),
        (
            SAVING,
            {"in-effect", "trigger-not-confirmed", "never-took-effect", "expired", "superseded", "discharged"}
            | {"quashed", "conflicting", "doubtful-act", "supersession-questioned"},
            {"lapsed"},
        ),
        (
            LAPSED,
            {"lapsed", "never-took-effect", "expired", "superseded", "discharged", "quashed"},
            {"in-effect"},
        ),
    ],
)
async def test_each_instant_has_its_states(
    world: Database, instant: datetime, present: set[str], absent: set[str]
) -> None:
    async with world.read(ALL) as session:
        found = set(await reasons(session, instant))
    assert present <= found
    assert not absent & found


async def test_after_the_lapse_no_order_gives_a_power(world: Database) -> None:
    async with world.read(ALL) as session:
        held = (await session.scalars(select(Order))).all()
        answers = {
            law.at(await acts_of(session, row.force_id, row.id), LAPSED, LAPSED).answer for row in held
        }
    assert answers == {"no"}


async def test_applications_stand_at_every_stage(world: Database) -> None:
    async with world.read(ALL) as session:
        rows = await session.execute(
            select(ApplicationAct.application_id, ApplicationAct.act)
            .where(ApplicationAct.recorded_at <= PILOT)
            .order_by(ApplicationAct.application_id, ApplicationAct.n)
        )
    found: dict[str, str] = {}
    for application, act in rows:
        found[application] = stages.after(found.get(application, stages.START), act) or found[application]
    assert {"considered", "assessed", "not-pursued", "sent-to-cps", "cps-declined", "hearing-listed"} <= set(
        found.values()
    )
    assert {"adjourned", "warrant-issued", "granted", "refused", "withdrawn"} <= set(found.values())


async def test_searches_had_power_or_lacked_it_in_every_way(world: Database) -> None:
    async with world.read(ALL) as session:
        rows = (await session.scalars(select(SearchVersion))).all()
    gravest = {finding.code for row in rows for finding in row.findings if finding.severity == "power"}
    assert {
        "order-expired",
        "order-superseded",
        "order-lapsed",
        "order-discharged",
        "order-quashed",
    } <= gravest
    assert {"order-trigger-not-confirmed", "order-conflicting", "order-supersession-questioned"} <= gravest
    assert {"another-person", "person-not-established", "no-order-named", "no-such-order"} <= gravest
    assert {"not-public-place", "object-outside-power"} <= gravest
    assert {row.power for row in rows} == {"yes", "no", "unknown", "not claimed"}
    assert sum(row.n > 1 for row in rows) >= 3
    assert any(row.power == "yes" and row.force_id != row.order_force for row in rows)
    assert any(row.force_id == "metropolitan" and row.power == "yes" for row in rows)


async def test_a_search_before_a_quashing_keeps_its_power_and_is_marked(world: Database) -> None:
    async with world.read(ALL) as session:
        reader = await supervisor(session)
        rows = await session.scalars(select(SearchVersion).where(SearchVersion.force_id == reader.force_id))
        codes = set()
        for row in rows.all():
            view = await searches.get(session, reader, row.search_id, LAPSED)
            codes |= {(view.power, finding.code) for finding in view.findings}
    assert ("yes", "later-quashed") in codes


async def test_a_discharge_of_may_is_not_known_in_march(world: Database) -> None:
    async with world.read(ALL) as session:
        told = []
        for row in (await session.scalars(select(Order))).all():
            acts = await acts_of(session, row.force_id, row.id)
            if any(act.act == "discharged" and act.known_at > PILOT for act in acts):
                told.append((law.at(acts, SAVING, PILOT).answer, law.at(acts, SAVING, SAVING).reason))
    assert ("yes", "discharged") in told


async def test_lists_and_views_hold_nothing_recorded_later(world: Database) -> None:
    async with world.read(ALL) as session:
        reader = await supervisor(session)
        counts = {
            instant: (
                len(await searches.listing(session, reader, instant)),
                len(await orders.listing(session, reader, instant)),
                len(await applications.listing(session, reader, instant)),
            )
            for instant in (PILOT, SAVING, LAPSED)
        }
        assert counts[PILOT][0] < counts[SAVING][0] < counts[LAPSED][0]
        assert counts[PILOT][1] < counts[SAVING][1] == counts[LAPSED][1]
        for line in await orders.listing(session, reader, PILOT):
            view = await orders.get(session, reader, line.id, PILOT)
            assert all(row.act.known_at <= PILOT for row in view.acts)
        for app in await applications.listing(session, reader, PILOT):
            case = await applications.get(session, reader, app.id, PILOT)
            assert all(act.recorded_at <= PILOT for act in case.acts)


async def test_somebody_recorded_later_is_not_there_yet(world: Database) -> None:
    async with world.read(ALL) as session:
        reader = await supervisor(session)
        row = (
            await session.scalars(
                select(Person)
                .where(Person.force_id == reader.force_id)
                .order_by(Person.created_at.desc())
                .limit(1)
            )
        ).one()
        assert (await people.get(session, reader, row.id, row.created_at)).id == row.id
        with pytest.raises(Missing):
            await people.get(session, reader, row.id, row.created_at.replace(year=2023, month=3, day=2))


async def test_an_order_can_be_changed_at_an_instant_before_what_is_recorded_of_it_later(
    world: Database,
) -> None:
    """Whoever looks from March sees nothing of May, and yet what they record has a number of its own."""
    async with world.write(ALL) as session:
        late = select(OrderAct.order_id).where(OrderAct.act == "discharged", OrderAct.known_at > PILOT)
        [order] = (await session.scalars(select(Order).where(Order.id.in_(late)))).all()
        creator = (
            await session.scalars(
                select(Application.created_by).where(Application.id == order.application_id)
            )
        ).one()
        legal = Actor(
            account_id=creator, name="legal officer", roles=frozenset({"PLO"}), force_id=order.force_id,
            purpose=Purpose("casework", "OP-1"),
        )  # fmt: skip
        view = await orders.get(session, legal, order.id, PILOT)
        act = orders.RecordAct(act="appealed", at=PILOT, authority="Notice of appeal")
        after = await orders.record_act(session, legal, order.id, act, view.version, PILOT)
    assert [row.act.act for row in after.acts][-1] == "appealed"


async def test_people_are_invented_and_their_identifiers_sound(world: Database) -> None:
    from svro.law import identifiers

    async with world.read(ALL) as session:
        facts = [row.facts for row in (await session.scalars(select(PersonVersion))).all()]
    assert all(identifiers.pnc(one.pnc_id, 2025).linkable for one in facts if one.pnc_id)
    assert any(one.pnc_id is None for one in facts)
    assert len({one.self_ethnicity for one in facts}) > 5


async def test_the_cast_has_somebody_for_each_role(world: Database) -> None:
    from svro.casework.matrix import ROLES

    async with world.read(ALL) as session:
        people_by_role = await cast(session)
    assert set(people_by_role) == set(ROLES) - {"ANON"}
    assert people_by_role["CON"].force_id == "merseyside"
    assert people_by_role["CLK"].court == COURTS["merseyside"]


async def test_a_database_that_holds_anything_else_is_refused(database: Database) -> None:
    from svro.casework.founding import found

    async with database.write(ALL) as session:
        await found(session, "live", PILOT)
    before = await digests(database)
    with pytest.raises(Unready, match="one of its own"):
        await furnish(database, ())
    assert await digests(database) == before


async def test_a_world_that_could_not_be_finished_was_never_begun(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from svro.demo import world as module

    async def fail(*_: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr(module, "search_everybody", fail)
    before = await digests(database)
    with pytest.raises(RuntimeError, match="half way"):
        await furnish(database, ())
    assert await digests(database) == before
