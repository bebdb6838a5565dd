"""The schedule of a request: each item described, relevant or not, whether it undermines or assists, what is
done with it and why. What is sensitive takes two people, and is on no list that the defence can reach.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import subjects
from svro.casework.access import Actor
from svro.casework.disclosure import standing
from svro.casework.disclosure.closure import hidden
from svro.casework.disclosure.decided import awaiting, decided, record
from svro.casework.disclosure.gather import Held, gather
from svro.casework.disclosure.reached import Asked, acts_for, asked, recipient_of
from svro.casework.disclosure.rules import SAID
from svro.casework.disclosure.sections import SCOPES, Scope
from svro.errors import Fault, Malformed
from svro.law import disclosure as law
from svro.law.dates import london_day
from svro.records.disclosure import Cut, Decision, DisclosureBundle, DisclosureItem, DisclosureRequest, Test

REVIEW = "disclosure:review"
Key = Annotated[str, Meta(min_length=3, max_length=200)]
Keys = Annotated[tuple[Key, ...], Meta(min_length=1, max_length=2000)]
Name = Annotated[str, Meta(min_length=1, max_length=120)]
Reason = Annotated[str, Meta(min_length=3, max_length=1000)]


class CutField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One field of an item to be kept back, on which ground, and why."""

    field: Name
    ground: Name
    reason: Reason


class Decide(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is done with items of the schedule, by their keys. `redact` keeps back the fields named in `cuts`;
    `shown` names fields that the rule would keep back and that are shown all the same; `withhold` keeps back
    the whole item, on a `ground` and for a `reason`.
    """

    keys: Keys
    decision: Decision = "disclose"
    relevant: bool = True
    test: Test = "neither"
    cuts: tuple[CutField, ...] = ()
    shown: tuple[Name, ...] = ()
    ground: Name | None = None
    reason: Reason | None = None


class DecideRest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Every item of these sections (all, without any) that nobody decided is disclosed as the rule has it."""

    sections: tuple[Scope, ...] = ()


class FieldView(msgspec.Struct, kw_only=True):
    """One field of an item as it would be handed over; `ground` where it would be kept back."""

    name: str
    label: str
    value: Any
    ground: str | None


class ItemView(msgspec.Struct, kw_only=True):
    """One item of the schedule. `decision` is None where nobody has decided, and `waits` where somebody must;
    `number` is the one that the defence will see.
    """

    key: str
    number: int
    section: str
    scope: str
    kind: str
    title: str
    thing: str
    at: datetime | None
    fields: list[FieldView]
    decision: Decision | None
    waits: bool
    relevant: bool | None
    test: Test | None
    ground: str | None
    reason: str | None
    version: int


class ScheduleView(msgspec.Struct, kw_only=True):
    """The schedule of what is not sensitive. `undecided` counts the items still to be decided."""

    request_id: str
    reference: str
    person: str
    known_at: datetime
    items: list[ItemView]
    undecided: int
    grounds: dict[str, str]


async def candidates(
    session: AsyncSession, row: DisclosureRequest, now: datetime
) -> tuple[Asked, list[Held]]:
    """What is to be reviewed: everything that the request asks for, as its solicitor may see it now; or, if
    they act no longer, could when they were last handed something, for that may have to be put right.
    """
    seen_at = now
    if not await acts_for(session, row, now):
        last = select(func.max(DisclosureBundle.issued_at)).where(
            DisclosureBundle.force_id == row.force_id,
            DisclosureBundle.request_id == row.id,
            DisclosureBundle.issued_at <= now,
        )
        seen_at = await session.scalar(last) or now
    recipient = await recipient_of(session, row.account_id, seen_at)
    want = asked(row, recipient, row.scope, seen_at, now)
    return want, await gather(session, want)


async def schedule(session: AsyncSession, actor: Actor, request_id: str, now: datetime) -> ScheduleView:
    """The schedule, item by item, without those that are sensitive."""
    row = await standing.reach(session, actor, REVIEW, request_id, now)
    standing.told(session, row)
    _, held = await candidates(session, row, now)
    by_key = await decided(session, row, now)
    left = shown(held, by_key)
    items = [_item(number, one, by_key.get(one.key)) for number, one in enumerate(left, 1)]
    facts = await subjects.facts_of(session, row.force_id, row.person_id, now)
    return ScheduleView(
        request_id=row.id,
        reference=row.reference,
        person=facts.name.whole,
        known_at=now,
        items=items,
        undecided=len(undecided(left, by_key)),
        grounds={one.code: one.label for one in law.grounds(row.purpose, london_day(now))},  # type: ignore[arg-type]
    )


def shown(held: Sequence[Held], by_key: Mapping[str, DisclosureItem]) -> list[Held]:
    """The items asked for that are not sensitive and tell of none that is, and are not worked out from one
    that is withheld.
    """
    gone = hidden(held, {key for key, one in by_key.items() if one.sensitive})
    kept_back = {key for key, one in by_key.items() if one.decision == "withhold"}
    left = (one for one in held if not one.beside and one.key not in gone)
    return [one for one in left if one.of not in gone | kept_back]


def undecided(held: Sequence[Held], by_key: Mapping[str, DisclosureItem]) -> list[Held]:
    """The items that wait for a decision."""
    return [one for one in held if one.key not in by_key and not one.by_rule]


def _item(number: int, one: Held, row: DisclosureItem | None) -> ItemView:
    cuts = {} if row is None else {cut.field: cut.ground for cut in row.cuts}
    lifted = () if row is None else row.shown
    return ItemView(
        key=one.key,
        number=number,
        section=SCOPES[one.scope],
        scope=one.scope,
        kind=one.kind,
        title=one.title,
        thing=one.thing,
        at=one.at,
        fields=[
            FieldView(
                name=field.name,
                label=field.label,
                value=field.value,
                ground=cuts.get(field.name) or (None if field.name in lifted else field.ground),
            )
            for field in one.fields
        ],
        decision=row.decision if row else None,  # type: ignore[arg-type]
        waits=row is None and not one.by_rule,
        relevant=row.relevant if row else None,
        test=row.test if row else None,  # type: ignore[arg-type]
        ground=row.ground if row else None,
        reason=row.reason if row else None,
        version=row.n if row else 0,
    )


async def decide(
    session: AsyncSession, actor: Actor, request_id: str, command: Decide, now: datetime
) -> ScheduleView:
    """Decide items. Malformed for an item that is not on the schedule, a field that it does not have, or a
    ground that may not be given.
    """
    row = await standing.reach(session, actor, REVIEW, request_id, now)
    _, held = await candidates(session, row, now)
    by_key = await decided(session, row, now)
    known = {one.key: one for one in shown(held, by_key)}
    waiting = hidden(held, await awaiting(session, row, now))
    faults = _faults(command, row, known, now)
    faults += [
        Fault("keys", f"{key} waits to be marked as sensitive") for key in command.keys if key in waiting
    ]
    if faults:
        raise Malformed(faults)
    for key in dict.fromkeys(command.keys):
        cuts = tuple(Cut(field=cut.field, ground=cut.ground, reason=cut.reason) for cut in command.cuts)
        said = {
            "relevant": command.relevant,
            "test": command.test,
            "sensitive": False,
            "decision": command.decision,
            "cuts": cuts,
            "shown": command.shown,
            "ground": command.ground if command.decision == "withhold" else None,
            "reason": command.reason,
        }
        await record(session, actor, row.id, row.force_id, key, known[key].title, said, now)
    return await schedule(session, actor, request_id, now)


def _faults(command: Decide, row: DisclosureRequest, known: Mapping[str, Held], now: datetime) -> list[Fault]:
    grounds = {one.code for one in law.grounds(row.purpose, london_day(now))}  # type: ignore[arg-type]
    listed = f"must be one of {', '.join(sorted(grounds))}"
    faults = [Fault("keys", f"{key} is not on this schedule") for key in command.keys if key not in known]
    fields = {field.name for key in command.keys if key in known for field in known[key].fields}
    faults += [
        Fault(f"cuts.{n}.field", f"{cut.field} is not a field of these items")
        for n, cut in enumerate(command.cuts)
        if cut.field not in fields
    ]
    faults += [
        Fault(f"cuts.{n}.ground", listed) for n, cut in enumerate(command.cuts) if cut.ground not in grounds
    ]
    faults += [
        Fault("shown", f"{name} is not a field of these items")
        for name in command.shown
        if name not in fields
    ]
    if command.decision == "redact" and not command.cuts:
        faults.append(Fault("cuts", "say which fields are kept back"))
    if command.decision != "redact" and command.cuts:
        faults.append(Fault("decision", "must be redact where fields are kept back"))
    if command.decision == "withhold" and command.ground not in grounds:
        faults.append(Fault("ground", listed))
    if command.decision == "withhold" and command.reason is None:
        faults.append(Fault("reason", "say why the item is withheld"))
    return faults


async def decide_rest(
    session: AsyncSession, actor: Actor, request_id: str, command: DecideRest, now: datetime
) -> ScheduleView:
    """Disclose, as the rule has it, every item that nobody has decided, but for those that somebody has asked
    to put on the sensitive schedule.
    """
    row = await standing.reach(session, actor, REVIEW, request_id, now)
    _, held = await candidates(session, row, now)
    by_key = await decided(session, row, now)
    waiting = hidden(held, await awaiting(session, row, now))
    for one in shown(held, by_key):
        if (
            one.key in waiting
            or one.key in by_key
            or (command.sections and one.scope not in command.sections)
        ):
            continue
        said = {"relevant": True, "test": "neither", "sensitive": False, "decision": "disclose"}
        said |= {"cuts": (), "shown": (), "ground": None, "reason": None}
        await record(session, actor, row.id, row.force_id, one.key, one.title, said, now)
    return await schedule(session, actor, request_id, now)


def reason_of(ground: str) -> str:
    """Why the rule keeps something back, in words."""
    return SAID.get(ground, ground)
