"""The story of one order, told in a terminal, and what the world holds."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import applications, orders, searches
from svro.casework.access import Actor, Purpose
from svro.casework.cases import ApplicationView
from svro.casework.orders import OrderView
from svro.casework.searches import SearchView
from svro.demo.staff import cast
from svro.demo.world import INSTANTS
from svro.law.dates import LONDON
from svro.records.base import Base
from svro.records.orders import Application, Order
from svro.records.people import Force, Person
from svro.records.searches import Search


async def walk(session: AsyncSession) -> list[str]:
    """One Merseyside order from the first thought to a search after its end, as its supervisor may read it;
    then the counts.
    """
    supervisor = (await cast(session))["SUP"]
    reader = msgspec.structs.replace(supervisor, purpose=Purpose("supervision", "the demonstration"))
    now = list(INSTANTS.values())[-1][0]
    order = await _ended(session, reader, now)
    application = await applications.get(session, reader, order.application_id, now)
    lines = [f"{order.reference}, made at {order.court_name} for {order.person} (invented)", ""]
    lines += _application(application)
    lines += _order(order)
    for line in reversed(await searches.listing(session, reader, now, order_id=order.id)):
        lines += _search(await searches.get(session, reader, line.id, now))
    lines.append("")
    for name, (instant, where) in INSTANTS.items():
        state = orders.status_of(order.id, [row.act for row in order.acts], instant, instant)
        lines.append(f"  On {name}, {where}: {state.answer}. {state.sentence} [{state.source}]")
    return [*lines, "", *[line async for line in _counts(session, reader, now)]]


async def _ended(session: AsyncSession, reader: Actor, now: datetime) -> OrderView:
    """The order of the oldest search after the end of one that began on release."""
    for line in reversed(await searches.listing(session, reader, now, power="no")):
        search = await searches.get(session, reader, line.id, now)
        if search.order_id is not None and search.findings[0].code == "order-expired":
            order = await orders.get(session, reader, search.order_id, now)
            if any(row.act.act == "took_effect" for row in order.acts):
                return order
    raise RuntimeError("the world has lost the story that is told of it")


def _when(instant: datetime) -> str:
    return f"  {instant.astimezone(LONDON):%d %b %Y %H:%M}  "


def _application(view: ApplicationView) -> Iterator[str]:
    assessment = view.assessment
    for act in view.acts:
        yield f"{_when(act.at)}{act.title}"
        if act.act == "assess" and assessment is not None:
            met = sum(limb.answer == "met" for limb in assessment.limbs)
            yield f"{'':21}{assessment.answer}: {met} limbs met; whether it is necessary is for the court"
    for decision in view.decisions:
        yield f"{_when(decision.at)}The application is {decision.outcome}, recorded as {decision.provenance}"


def _order(view: OrderView) -> Iterator[str]:
    for row in view.acts:
        act = row.act
        terms = f", {act.months} months, taking effect on {act.effect}" if act.act == "made" else ""
        yield f"{_when(act.at)}{row.title}{terms} (known {act.known_at.astimezone(LONDON):%d %b %Y})"


def _search(view: SearchView) -> Iterator[str]:
    yield f"{_when(view.at)}Searched: {view.record.place}, claiming {view.claimed}. Power: {view.power}"
    if view.power != "yes":
        yield f"{'':21}{view.findings[0].sentence} [{view.findings[0].source}]"
    for version in view.versions[1:]:
        yield f"{_when(version.recorded_at)}Corrected: {version.reason}"


async def _counts(session: AsyncSession, reader: Actor, now: datetime) -> AsyncIterator[str]:
    held: tuple[tuple[str, type[Base]], ...] = (
        ("forces", Force), ("people", Person), ("applications", Application), ("orders", Order),
        ("searches", Search),
    )  # fmt: skip
    counted = {name: await session.scalar(select(func.count()).select_from(kind)) for name, kind in held}
    yield "  " + ", ".join(f"{number} {name}" for name, number in counted.items())
    for name, (instant, where) in INSTANTS.items():
        states = Counter(line.reason for line in await orders.listing(session, reader, instant))
        said = ", ".join(f"{number} {reason}" for reason, number in sorted(states.items()))
        yield f"  Merseyside's orders on {name}, {where}: {said}"
    power = Counter(line.power for line in await searches.listing(session, reader, now))
    yield "  Merseyside's searches by power: " + ", ".join(
        f"{number} {word}" for word, number in sorted(power.items())
    )
