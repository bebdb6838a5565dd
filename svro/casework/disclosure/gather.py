"""Everything held of a person that a request asks for, as its solicitor may see it and as it was known at an
instant: row by row, each field with what the rule makes of it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, Table, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import national
from svro.casework.disclosure.reached import Asked, Ids, ids
from svro.casework.disclosure.rules import erased, flat, kept_back
from svro.casework.disclosure.sections import LOOKS_SHOWN, SOURCES, Scope, Source, scope_of
from svro.casework.matrix import ROLES
from svro.casework.searches import found_in, with_newest
from svro.records import fence, metadata
from svro.records.base import Packed
from svro.records.ledger import as_held, key_of, said_of
from svro.records.people import AccountRole
from svro.records.searches import Search, SearchVersion

Plain = str | int | float | bool | None | tuple[str | int | float | bool | None, ...]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One field of an item before anybody has decided: `ground` is why the rule keeps it back, if it does."""

    name: str
    label: str
    value: Plain
    ground: str | None = None
    erased: bool = False


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One thing held. `thing` is the id of what it belongs to (an order, a search), `of` the key of the row
    that it is worked out from, where it is no row itself; `row` is what the ledger hashed, and `whole` says
    that no column of it is for nobody. `by_rule`: the rule decides unless the disclosure officer does.
    `under` is the order on whose acts a finding stands; `known` when a row was recorded; `beside` that it is
    in no section that was asked for.
    """

    key: str
    scope: Scope
    kind: str
    id: str
    thing: str
    title: str
    at: datetime | None
    fields: tuple[Seen, ...]
    table: str | None = None
    primary: tuple[str | int, ...] = ()
    row: str | None = None
    whole: bool = False
    by_rule: bool = False
    entries: tuple[str, ...] = ()
    of: str | None = None
    under: str | None = None
    known: datetime | None = None
    beside: bool = False


_LEADS = {"seized_items": "item_id", "disclosure_requests": "request_id", "disclosure_bundles": "bundle_id"}
"""Tables whose ids lead to further rows."""
THINGS = ("order_id", "application_id", "search_id")
"""What documents are deposited on, and looks are at."""
BOUNDED = ("status_checks", "glass_openings", "access_entries")
"""Tables of which a period asked for leaves out what happened outside it; searches are bounded beforehand."""


async def gather(session: AsyncSession, want: Asked) -> list[Held]:
    """Every item, in the order of the bundle: by section, then table by table, then by when it was known; and
    after them what was not asked for, by which alone can be told which looks recorded it.
    """
    known = await ids(session, want)
    found: list[Held] = []
    for source in SOURCES:
        wanted = known.of(source)
        query = _rows(source, want, wanted, known)
        for row in (await session.execute(query)).mappings() if wanted else ():
            held = dict(row)
            if (leads := _LEADS.get(source.table)) is not None:
                known.by.setdefault(leads, set()).add(held["id"])
            found.append(_held(source, held, known, want))
    found = [one if one.scope in want.scope else msgspec.structs.replace(one, beside=True) for one in found]
    if "searches" in want.scope:
        found += await _findings(session, want, sorted(known.by["search_id"]))
    if "access" in want.scope:
        found = await _with_roles(session, want, found)
    place = {scope: n for n, scope in enumerate(want.scope)}
    return sorted(found, key=lambda one: place.get(one.scope, len(place)))


def _rows(source: Source, want: Asked, wanted: set[str], known: Ids) -> Select[Any]:
    table = metadata.tables[source.table]
    when = table.c[source.when]
    if source.table == "access_entries":
        clause: ColumnElement[bool] = and_(table.c.subject_force == want.force, _looked(table, known))
    elif source.table == "documents":
        about = (table.c[name].in_(sorted(known.by[name])) for name in THINGS)
        clause = and_(table.c.force_id == want.force, or_(*about))
    else:
        clause = and_(table.c.force_id == want.force, table.c[source.link].in_(sorted(wanted)))
    query = select(*as_held(table)).where(clause, when <= want.known_at)
    after, before = want.window
    if source.table in BOUNDED:
        query = query.where(*([when >= after] if after else ()), *([when < before] if before else ()))
    return query.order_by(when, *table.primary_key)


def _looked(table: Table, known: Ids) -> ColumnElement[bool]:
    """Looks at the person and at what is gathered of them, under the permissions whose looks are shown; but
    not those by which somebody else's act is approved.
    """
    things = {one for name in THINGS for one in known.by[name]}
    about = or_(table.c.person_id.in_(sorted(known.by["person_id"])), table.c.subject_id.in_(sorted(things)))
    return and_(about, table.c.permission.in_(sorted(LOOKS_SHOWN)), ~table.c.door.like("%/proposals%"))


def key_for(table: str, primary: Iterable[str | int]) -> str:
    """An item's name on the schedule: its table, and its key there."""
    return f"{table}:{'/'.join(str(part) for part in primary)}"


def _held(source: Source, held: dict[str, Any], known: Ids, want: Asked) -> Held:
    table = metadata.tables[source.table]
    row = _as_known(table, held, want.known_at)
    values = {
        str(one.name): one.type.decoder.decode(row[one.name])
        if isinstance(one.type, Packed) and row[one.name] is not None
        else row[one.name]
        for one in table.columns
    }
    about = {values.get(name) for name in ("search_id", "item_id", "id")} - {None}
    if source.table == "search_versions":
        another = (values["search_id"], values["n"]) in known.versions
    else:
        another = bool(about & known.others)
    if another and source.table == "seized_items":
        known.others.add(values["id"])
    primary = key_of(table, row)
    thing = str(values.get(source.link) or values.get("subject_id") or "")
    return Held(
        key=key_for(source.table, primary),
        scope=scope_of(source, want.scope),
        kind=source.kind,
        id="/".join(str(part) for part in primary if part != want.force),
        thing=thing,
        title=source.title(values),
        at=values[source.at or source.when],
        fields=tuple(fields_of(table, values, another)),
        table=source.table,
        primary=primary,
        row=said_of(table, row).decode(),
        whole=all(values[c.name] is None for c in table.columns if c.info["disclose"] == "never"),
        by_rule=source.scope == "disclosures" or source.table == "access_entries",
        known=values[source.when],
        entries=(values["leaf_id"],) if source.table == "access_entries" else (),
    )


def _as_known(table: Table, row: dict[str, Any], known_at: datetime) -> dict[str, Any]:
    """The row as it stood: what was filled in later is not yet in it."""
    once = fence.ONCE.get(table.name, ())
    instants = [row[name] for name in once if isinstance(row[name], datetime)]
    return {**row, **dict.fromkeys(once)} if any(one > known_at for one in instants) else row


def fields_of(table: Table, values: Mapping[str, Any], another: bool) -> Iterable[Seen]:
    """What a row shows, field by field, with the ground on which the rule keeps a field back. KeyError for a
    column that nobody has classified.
    """
    for one in table.columns:
        if one.info["disclose"] == "never":
            continue
        for name, value in flat(str(one.name), values[one.name]).items():
            yield Seen(
                name=name,
                label=label(name),
                value=plain(value),
                ground=None if value is None else kept_back(table, name, another),
                erased=erased(value),
            )


_LABELS = {
    "n": "Number",
    "id": "Number in the record",
    "at": "When it was so",
    "known_at": "Known from",
    "recorded_at": "Recorded",
    "recorded_by": "Recorded by (number)",
    "created_by": "Recorded by (number)",
    "force_id": "Force",
}


def label(name: str) -> str:
    """A field's name as people read it."""
    last = name.rpartition(".")[2]
    words = name.replace("facts.", "").replace("record.", "").replace("details.", "").replace(".", ", ")
    return (
        _LABELS.get(name)
        or (_LABELS.get(last) if "." not in name else None)
        or (words.replace("_", " ")[:1].upper() + words.replace("_", " ")[1:])
    )


def plain(value: Any) -> Plain:
    """A value as JSON has it: days and instants as text."""
    if isinstance(value, tuple | list):
        return tuple(plain(one) for one in value)  # type: ignore[misc]
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(msgspec.to_builtins(value))


async def _findings(session: AsyncSession, want: Asked, searches: list[str]) -> list[Held]:
    """What the rules find in each search, on the order's acts as known at the instant asked of."""
    rows = await session.scalars(
        select(SearchVersion)
        .select_from(Search)
        .join(SearchVersion, with_newest(want.known_at))
        .where(Search.force_id == want.force, Search.id.in_(searches))
        .order_by(SearchVersion.at, SearchVersion.search_id)
    )
    return [await _finding(session, row, want) for row in rows.all()]


async def _finding(session: AsyncSession, row: SearchVersion, want: Asked) -> Held:
    acts = None
    if row.order_force == want.force and row.order_id is not None:
        acts = await national.acts_of(session, row.order_force, row.order_id)
    elif row.order_id is not None and row.claimed:  # another force's order: what the whole country may know
        elsewhere = await national.find(session, {"reference": row.claimed})
        acts = elsewhere[0].acts if elsewhere else None
    verdict, findings = found_in(row, acts, want.known_at)
    said = [("power", "Was there power behind it", verdict)]
    for n, one in enumerate(findings, 1):
        said += [
            (f"findings.{n}.code", f"Finding {n}, code", one.code),
            (f"findings.{n}.sentence", f"Finding {n}", one.sentence),
            (f"findings.{n}.source", f"Finding {n}, source", one.source),
        ]
    return Held(
        key=f"findings:{row.search_id}",
        scope="searches",
        kind="finding",
        id=row.search_id,
        thing=row.search_id,
        title="What the rules find in a search, as known at the instant of the bundle",
        at=row.at,
        fields=tuple(Seen(name=name, label=text, value=value) for name, text, value in said),
        of=key_for("search_versions", (row.force_id, row.search_id, row.n)),
        under=row.order_id,
        by_rule=True,
    )


async def _with_roles(session: AsyncSession, want: Asked, found: list[Held]) -> list[Held]:
    """Beside each look and check the roles that whoever it was held then: never who it was."""
    tables = ("access_entries", "status_checks", "glass_openings")
    who = {one.key: next((f.value for f in one.fields if f.name == "account_id"), None) for one in found}
    rows = (
        await session.scalars(
            select(AccountRole).where(AccountRole.account_id.in_({str(v) for v in who.values() if v}))
        )
    ).all()
    said = []
    for one in found:
        if one.table not in tables or one.at is None:
            said.append(one)
            continue
        held = sorted(
            ROLES[row.role]
            for row in rows
            if row.account_id == who[one.key]
            and row.started_at <= one.at
            and (row.ended_at is None or row.ended_at > one.at)
        )
        role = Seen(name="role", label="Role of whoever it was", value=", ".join(held) or None)
        said.append(msgspec.structs.replace(one, fields=(*one.fields, role)))
    return said
