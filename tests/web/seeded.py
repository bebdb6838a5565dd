"""A small invented world for pages to show: one order, searches with and without power, a published month."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec

from svro.casework.imports import import_searches
from svro.figures.registered import CATALOGUE, periods
from svro.figures.release import Assembled, Decision, protect
from svro.figures.suppression import Content, rules
from svro.law.dates import london_day
from svro.policeuk.files import COLUMNS
from svro.records import Database
from svro.records.base import new_id, put
from svro.records.publications import (
    PublicationRelease,
    PublicationVersion,
    SearchExport,
    SearchExportApproval,
)
from svro.records.reach import ALL
from svro.records.trust import Proposal, ProposalAnswer
from tests.web.conftest import OPENED, STAFF

PURPOSE = {"Svro-Purpose": "casework", "Svro-Reference": "OP-2025-0314"}
PERSON = {
    "family_name": "Quillfeather",
    "given_name": "Ambrose",
    "date_of_birth": "1999-05-04",
    "pnc_id": "02/73319Z",
    "self_ethnicity": "W1",
}
FACTS = {
    "on_day": "2025-03-10",
    "offence_code": "CJ88144",
    "offence_from": "2024-11-20",
    "conviction_date": "2025-02-26",
    "court": "C05LV00",
    "item": "bladed article",
    "item_description": "Kitchen knife",
    "own_had": True,
    "own_had_evidence": "Found in the waistband on arrest",
    "necessity": [{"purpose": "protect-public", "evidence": "Third conviction in two years"}],
}
CONVICTION = {"offence_code": "CJ88144", "conviction_date": "2021-05-04", "weapon": "Lock knife"}
CUSTODY = {"kind": "sentence", "started": "2021-05-04", "ended": "2021-11-03", "authority": "HMP Altcourse"}
SEARCH = {
    "at": "2025-03-14T08:40:00Z",
    "place": "Bold Street, Liverpool",
    "public_place": True,
    "object": "bladed-article",
    "grounds": "Order in effect",
    "identity": "confirmed",
    "pnc_id": "02/73319Z",
    "self_ethnicity": "W1",
    "officer_ethnicity": "White",
    "outcome": "nfa",
}


class Seeded(msgspec.Struct):
    """What there is to look at: ids, and the order's reference. `open_id` is a case just begun."""

    person_id: str
    conviction_id: str
    custody_id: str
    application_id: str
    open_id: str
    order_id: str
    order_reference: str
    search_id: str
    unlawful_id: str
    notification_id: str
    investigation_id: str
    item_id: str
    change_id: str
    proposal_id: str
    retention_id: str
    alert_id: str
    allocation_id: str


async def ask(
    client: httpx.AsyncClient,
    role: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    version: int | None = None,
) -> Any:
    """One request to the API by somebody of a role, which must succeed: its JSON."""
    headers = {"Authorization": "Bearer any", "Cookie": f"as={role}", **PURPOSE}
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    answer = await client.request(method, f"/api/v1{path}", json=body, headers=headers)
    assert answer.is_success, (path, answer.status_code, answer.text)
    return answer.json() if answer.content else None


async def order_made(
    client: httpx.AsyncClient, person: Mapping[str, Any] = PERSON, **terms: Any
) -> tuple[dict[str, Any], str]:
    """(the application's view once the court has made an order, the person's id)."""
    made = await ask(client, "PLO", "POST", "/people", dict(person))
    view = await ask(client, "PLO", "POST", "/applications", {"person_id": made["id"], "facts": FACTS})
    path, day = f"/applications/{view['id']}", OPENED.isoformat()[:10]
    view = await ask(client, "PLO", "POST", f"{path}/assessments", version=view["version"])
    for role, step in (
        ("SUP", {"act": "send_to_cps"}),
        ("PLO", {"act": "serve_notice", "date": day, "served_on": ["court officer", "defendant"]}),
        ("CLK", {"act": "list_hearing", "date": day, "court": "C05LV00"}),
    ):
        view = await ask(client, role, "POST", f"{path}/acts", step, version=view["version"])
    decision = {
        "outcome": "granted",
        "court": "C05LV00",
        "at": "2025-03-14T08:00:00Z",
        "effect": "immediate",
        "months": 12,
    }
    view = await ask(
        client, "CLK", "POST", f"{path}/decisions", {**decision, **terms}, version=view["version"]
    )
    return view, made["id"]


async def seed(client: httpx.AsyncClient) -> Seeded:
    """An order in effect, a lawful search under it, corrected, one that names no order; a case just begun."""
    view, person = await order_made(client)
    conviction = await ask(client, "PLO", "POST", f"/people/{person}/convictions", CONVICTION)
    custody = await ask(client, "PLO", "POST", f"/people/{person}/custody", CUSTODY)
    begun = await ask(client, "PLO", "POST", "/applications", {"person_id": person, "facts": FACTS})
    lawful = {**SEARCH, "order_reference": view["order_reference"]}
    first = await ask(client, "CON", "POST", "/searches", lawful)
    corrected = {**lawful, "place": "Slater Street, Liverpool", "reason": "The street was wrong"}
    waits = await ask(client, "CON", "POST", f"/searches/{first['id']}/corrections", corrected, version=1)
    await ask(client, "SUP", "POST", f"/proposals/{waits['id']}/approve", {})
    second = await ask(
        client, "CON", "POST", "/searches", {**SEARCH, "clothing": "more", "out_of_public_view": False}
    )
    owed = await _duties(client, view["order_id"], first["id"])
    done_with = await ask(client, "PLO", "POST", "/people", {"family_name": "Longago"})
    why = {"reason": "recorded-in-error", "explanation": "Another person was meant"}
    proposal = await ask(client, "SUP", "POST", f"/people/{done_with['id']}/retention-proposals", why)
    own = {"account_id": STAFF["SUP"].account_id, "person_id": person}
    await ask(
        client, "AUD", "POST", "/declared-people", own
    )  # and so the supervisor has looked at themselves
    owed |= await _near(client, person, second["id"])
    return Seeded(
        **owed,
        person_id=person,
        conviction_id=conviction["id"],
        custody_id=custody["id"],
        application_id=view["id"],
        open_id=begun["id"],
        order_id=view["order_id"],
        order_reference=view["order_reference"],
        search_id=first["id"],
        unlawful_id=second["id"],
        retention_id=proposal["id"],
    )


async def _duties(client: httpx.AsyncClient, order: str, search: str) -> dict[str, str]:
    """A notification by telephone, an investigation, a seized item and a variation sought: their ids."""
    said = {"kind": "first", "given_at": "2025-03-14T08:50:00Z", "orally": False, "station": "St Anne Street"}
    suspected = {"conduct_at": "2025-03-14T08:41:00Z", "conduct": "Said that there was no order", "limb": "d"}
    sought = {
        "step": "vary",
        "applicant": "chief-officer-believes",
        "court": "C05LV00",
        "grounds": "The terms name a place that has closed",
        "changed": "It closed",
        "earlier": "None",
    }
    path = f"/orders/{order}"
    notified = await ask(client, "PLO", "POST", f"{path}/notifications", said)
    opened = await ask(client, "SUP", "POST", f"{path}/investigations", suspected)
    item = await ask(client, "CON", "POST", f"/searches/{search}/seizures", {"description": "Lock knife"})
    person = (await ask(client, "SUP", "GET", path))["person_id"]
    colleague = {"account_id": STAFF["PLO2"].account_id, "reason": "Works on the case"}
    await ask(client, "SUP", "POST", f"/people/{person}/allocations", colleague)
    waits = await ask(client, "PLO", "POST", f"{path}/changes", sought, version=1)
    await ask(client, "PLO2", "POST", f"/proposals/{waits['id']}/approve", {})
    (change,) = (await ask(client, "PLO", "GET", f"{path}/duties"))["changes"]
    return {
        "notification_id": notified["id"],
        "investigation_id": opened["id"],
        "item_id": item["id"],
        "change_id": change["id"],
    }


async def _near(client: httpx.AsyncClient, person: str, search: str) -> dict[str, str]:
    """A correction that waits for a second person, the glass broken, and an allocation: their ids."""
    said = {**SEARCH, "place": "Hope Street, Liverpool", "reason": "The street was wrong"}
    waits = await ask(client, "CON", "POST", f"/searches/{search}/corrections", said, version=1)
    reason = {"reason": "He is outside the station, and the case officer is abroad"}
    await ask(client, "DIS", "POST", f"/people/{person}/break-glass", reason)
    (alert,) = await ask(client, "AUD", "GET", "/alerts")
    allocated = (await ask(client, "SUP", "GET", f"/people/{person}/allocations"))["allocations"]
    mine = next(line["id"] for line in allocated if line["name"] == STAFF["PLO2"].name)
    return {"proposal_id": waits["id"], "alert_id": alert["id"], "allocation_id": mine}


async def publish(database: Database, folder: Path) -> None:
    """A published month of Merseyside: 300 searches of White people, 60 of Black, 20 of nobody knows whom."""
    file = folder / "2024-05-merseyside-stop-and-search.csv"
    plain = {
        "Type": "Person search",
        "Date": "2024-05-14T12:00:00+00:00",
        "Object of search": "Controlled drugs",
        "Legislation": "Misuse of Drugs Act 1971 (section 23)",
        "Outcome": "A no further action disposal",
    }
    groups = (
        ("White - English/Welsh/Scottish/Northern Irish/British", "White", 300),
        ("Black/African/Caribbean/Black British - African", "Black", 60),
        ("", "", 20),
    )
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(COLUMNS), restval="")
        writer.writeheader()
        for own, seen, n in groups:
            for _ in range(n):
                writer.writerow({**plain, "Self-defined ethnicity": own, "Officer-defined ethnicity": seen})
    summary = await import_searches(database, [file], published=london_day(OPENED), now=OPENED)
    assert summary.accepted == 380, summary


QUARTER, EXPORT = "2024-Q2", "e" * 32


async def publish_figures(database: Database) -> None:
    """A released quarter of Merseyside with its correction still to be released, and an approved export."""
    rule = rules("public", london_day(OPENED))
    counts = {
        ("White", "nfa"): Content({f"white {n}": 1 for n in range(42)}),
        ("Black", "nfa"): Content({f"black {n}": 1 for n in range(23)}),
        ("Black", "arrest"): Content({f"other {n}": 1 for n in range(6)}),
        ("White", "arrest"): Content({f"arrested {n}": 1 for n in range(14)}),
    }
    table, _ = protect(CATALOGUE[0], periods(QUARTER)[0], counts, rule, step=(0, 2))
    done = Decision(
        table="outcome", period=QUARTER, asked=QUARTER, published=True, row_level=0, column_level=2,
        failed_audit=2,
    )  # fmt: skip
    made = Assembled(tables=(table,), decisions=(done,))
    place = {"force_id": "merseyside", "quarter": QUARTER}
    asked, other = STAFF["OVR"].account_id, STAFF["AUD"].account_id
    async with database.write(ALL) as session:
        for n, reason in ((1, None), (2, "Two records came late")):
            await put(
                session, PublicationVersion, **place, n=n, known_at=OPENED, reason=reason, rules=rule,
                assembled=made, input_hash="0" * 64, ledger_hash="0" * 64, output_hash="0" * 64,
                recorded_at=OPENED, recorded_by=asked,
            )  # fmt: skip
        await put(session, PublicationRelease, **place, n=1, recorded_at=OPENED, recorded_by=other)
        await put(
            session, SearchExport, force_id="merseyside", id=EXPORT, first_month="2025-01",
            last_month="2025-02", reason="For the inspectorate", recorded_at=OPENED, recorded_by=asked,
        )  # fmt: skip
        await put(
            session, SearchExportApproval, force_id="merseyside", id=EXPORT, recorded_at=OPENED,
            recorded_by=other,
        )  # fmt: skip


async def hand_over(database: Database) -> None:
    """Two extracts of Merseyside's access log that two auditors agreed on: of a person, and of the force."""
    days = {"first_day": "2025-03-01", "last_day": "2025-03-14"}
    why = {"recipients": "The regulator", "reason": "They asked"}
    first, second = STAFF["AUD"].account_id, STAFF["SUP"].account_id
    extracts = (
        ("extract-of-person", "f" * 32, {"person_id": "f" * 32}),
        ("extract-of-force", "merseyside", {}),
    )
    async with database.write(ALL) as session:
        for act, about, more in extracts:
            key = {"force_id": "merseyside", "id": new_id()}
            await put(
                session, Proposal, **key, act=act, permission="access_log:export", about=about, version=0,
                reference=about, command=json.dumps({**days, **why, **more}), purpose="audit",
                incident="AUDIT-1", proposed_by=first, proposed_at=OPENED, expires_at=OPENED,
            )  # fmt: skip
            await put(
                session, ProposalAnswer, force_id="merseyside", proposal_id=key["id"], answer="approved",
                recorded_at=OPENED, recorded_by=second,
            )  # fmt: skip
