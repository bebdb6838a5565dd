"""What the auditor looks into: raised by the acts that the matrix marks, and by whoever tries to see a person
they are kept away from. An alert carries a reference only.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import and_, exists, false, insert, literal, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import references
from svro.casework.access import Actor, require
from svro.errors import Conflict, Missing, NotAllowed
from svro.records.base import new_id, put
from svro.records.duties import Investigation, SeizedItem
from svro.records.ledger import Entry, append
from svro.records.orders import Application, Order
from svro.records.people import Account
from svro.records.searches import Search, SearchVersion
from svro.records.trust import Alert, AlertOutcome, Exclusion, GlassOpening

TRIAGE = "misuse_alert:triage"
DUE = timedelta(hours=72)
"""How soon an alert is to be looked into."""

KINDS: dict[str, str] = {
    "break-glass": "A case was opened without allocation",
    "excluded": "Somebody tried to see a person they are kept away from",
    "status-check": "Somebody checked the status of a person they are kept away from",
}
FOUND: dict[str, str] = {
    "justified": "It was justified",
    "not-justified": "It was not justified",
    "mistaken": "It was a mistake, and no harm came of it",
    "referred": "It is referred to professional standards",
}


class AlertLine(msgspec.Struct, kw_only=True):
    """An alert as it stands. `overdue`: it should have been looked into by now."""

    id: str
    reference: str
    kind: str
    title: str
    raised_at: datetime
    due_at: datetime
    overdue: bool
    outcome: str | None


class AlertView(AlertLine, kw_only=True):
    """An alert as the auditor who looks into it sees it: whose account, and what raised it, by its id."""

    about: str
    account: str
    reason: str | None
    purpose: str | None
    incident: str | None
    note: str | None
    triaged_at: datetime | None


class Triage(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the auditor found, and on what other record they checked it."""

    outcome: Literal["justified", "not-justified", "mistaken", "referred"]
    note: Annotated[str, Meta(min_length=3, max_length=2000)]


async def raise_one(
    session: AsyncSession, force: str, kind: str, about: str, by: str | None, now: datetime
) -> str:
    """Raise an alert of KINDS to the auditor of a force: its reference."""
    values = _alert(kind, now) | {"about": about}
    key = new_id()
    await put(session, Alert, force_id=force, id=key, **values)
    entry = Entry(tag="alert:raised", force=force, actor=by, subject=key, at=now, facts=values)
    await append(session, entry)
    return str(values["reference"])


def _alert(kind: str, now: datetime) -> dict[str, Any]:
    return {
        "kind": kind,
        "reference": references.new("ALERT"),
        "raised_at": now,
        "due_at": now + DUE,
    }


async def refused(session: AsyncSession, account: str, about: str, now: datetime) -> None:
    """Somebody was told that there is nothing they may see. Raises an alert if what they asked for is of a
    person they are excluded from.

    One statement whatever the reason was, so that nobody can tell the reasons apart by the work done.
    """
    whose = or_(
        Exclusion.person_id == about,
        *(
            exists().where(
                kind.id == about, kind.force_id == Exclusion.force_id, kind.person_id == Exclusion.person_id
            )
            for kind in (Application, Order)
        ),
        exists().where(
            Search.id == SearchVersion.search_id,
            Search.force_id == SearchVersion.force_id,
            Search.force_id == Exclusion.force_id,
            or_(
                Search.id == about, exists().where(SeizedItem.search_id == Search.id, SeizedItem.id == about)
            ),
            or_(
                SearchVersion.person_id == Exclusion.person_id,
                exists()
                .where(
                    Order.force_id == SearchVersion.order_force,
                    Order.id == SearchVersion.order_id,
                    Order.person_id == Exclusion.person_id,
                )
                .correlate(SearchVersion, Exclusion),  # the exclusion outside, not anybody's
            ),
        ),
        exists().where(
            Investigation.id == about,
            Investigation.force_id == Exclusion.force_id,
            Investigation.order_id == Order.id,
            Order.force_id == Exclusion.force_id,
            Order.person_id == Exclusion.person_id,
        ),
    )
    values = _alert("excluded", now)
    raised = (
        select(
            Exclusion.force_id,
            literal(new_id()),
            literal(values["kind"]),
            literal(values["reference"]),
            Exclusion.id,
            literal(now, Alert.raised_at.type),
            literal(values["due_at"], Alert.due_at.type),
        )
        .where(
            Exclusion.account_id == account,
            Exclusion.started_at <= now,
            or_(Exclusion.ended_at.is_(None), Exclusion.ended_at > now),
            whose,
        )
        .order_by(Exclusion.started_at)
        .limit(1)
    )
    columns = ["force_id", "id", "kind", "reference", "about", "raised_at", "due_at"]
    await session.execute(insert(Alert).from_select(columns, raised))


async def checked(session: AsyncSession, actor: Actor, force: str, order_id: str, now: datetime) -> None:
    """A constable asked for the status of an order. They are told the truth, for the street has no other; if
    they are excluded from the person's case the auditor learns of it.
    """
    found = await session.scalar(
        select(Exclusion.id)
        .join(Order, and_(Order.force_id == Exclusion.force_id, Order.person_id == Exclusion.person_id))
        .where(
            Order.force_id == force,
            Order.id == order_id,
            Exclusion.account_id == actor.account_id,
            Exclusion.started_at <= now,
            or_(Exclusion.ended_at.is_(None), Exclusion.ended_at > now),
        )
        .limit(1)
    )
    if found is not None:
        await raise_one(session, force, "status-check", found, actor.account_id, now)


async def listing(
    session: AsyncSession, actor: Actor, now: datetime, *, overdue: bool = False
) -> list[AlertLine]:
    """The alerts of the actor's force, those not yet looked into first, at most 500; only the overdue ones if
    asked.
    """
    rows = (await session.execute(_held(actor, now).limit(500))).all()
    lines = [_line(alert, outcome, now) for alert, outcome in rows]
    return [line for line in lines if line.overdue or not overdue]


def _held(actor: Actor, now: datetime) -> Any:
    """Own force, for those who look into alerts and for those who see that there are some."""
    allow = require(actor, TRIAGE)
    mine = Alert.force_id == actor.force_id if allow.scopes & {"O", "M"} else false()
    return (
        select(Alert, AlertOutcome)
        .outerjoin(
            AlertOutcome,
            and_(AlertOutcome.force_id == Alert.force_id, AlertOutcome.alert_id == Alert.id),
        )
        .where(mine, Alert.raised_at <= now)
        .order_by(AlertOutcome.recorded_at.is_not(None), Alert.due_at, Alert.id)
    )


def _line(alert: Alert, outcome: AlertOutcome | None, now: datetime) -> AlertLine:
    return AlertLine(
        id=alert.id,
        reference=alert.reference,
        kind=alert.kind,
        title=KINDS[alert.kind],
        raised_at=alert.raised_at,
        due_at=alert.due_at,
        overdue=outcome is None and alert.due_at < now,
        outcome=outcome.outcome if outcome else None,
    )


async def get(session: AsyncSession, actor: Actor, alert_id: str, now: datetime) -> AlertView:
    """One alert, to look into it. NotAllowed to somebody who only sees that there are some."""
    alert, outcome = await _reach(session, actor, alert_id, now)
    return await _view(session, alert, outcome, now)


async def _reach(
    session: AsyncSession, actor: Actor, alert_id: str, now: datetime
) -> tuple[Alert, AlertOutcome | None]:
    if "O" not in require(actor, TRIAGE).scopes:
        raise NotAllowed("You see how many alerts there are, not what they are about.")
    found = (await session.execute(_held(actor, now).where(Alert.id == alert_id))).first()
    if found is None:
        raise Missing
    return found[0], found[1]


async def _view(
    session: AsyncSession, alert: Alert, outcome: AlertOutcome | None, now: datetime
) -> AlertView:
    kind: Any = GlassOpening if alert.kind == "break-glass" else Exclusion
    cause, name = (
        await session.execute(
            select(kind, Account.name)
            .join(Account, Account.id == kind.account_id)
            .where(kind.force_id == alert.force_id, kind.id == alert.about)
        )
    ).one()
    line = _line(alert, outcome, now)
    return AlertView(
        **{field: getattr(line, field) for field in line.__struct_fields__},
        about=alert.about,
        account=name,
        reason=cause.reason if kind is GlassOpening else None,
        purpose=getattr(cause, "purpose", None),
        incident=getattr(cause, "incident", None),
        note=outcome.note if outcome else None,
        triaged_at=outcome.recorded_at if outcome else None,
    )


async def triage(
    session: AsyncSession, actor: Actor, alert_id: str, command: Triage, now: datetime
) -> AlertView:
    """Record what the auditor found of an alert. NotAllowed where it is about themselves, Conflict where it
    has been looked into.
    """
    alert, outcome = await _reach(session, actor, alert_id, now)
    kind: Any = GlassOpening if alert.kind == "break-glass" else Exclusion
    own = select(kind.id).where(
        kind.force_id == alert.force_id, kind.id == alert.about, kind.account_id == actor.account_id
    )
    if await session.scalar(own) is not None:
        raise NotAllowed("This alert is about you. Somebody else looks into it.")
    values = {"outcome": command.outcome, "note": command.note}
    stamp = {"recorded_at": now, "recorded_by": actor.account_id}
    try:
        if outcome is not None:
            raise Conflict("This alert has been looked into already.")
        await put(session, AlertOutcome, force_id=alert.force_id, alert_id=alert.id, **values, **stamp)
    except IntegrityError as race:
        raise Conflict("Somebody looked into this alert at the same moment.") from race
    by = actor.account_id
    entry = Entry(tag="alert:triaged", force=alert.force_id, actor=by, subject=alert.id, at=now, facts=values)
    await append(session, entry)
    return await get(session, actor, alert_id, now)
