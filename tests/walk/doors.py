"""Every door of the application, and what asking at it takes: whose thing its address names, which
permissions must reach it, and a body that it takes.
"""

import re
from typing import Any, NamedTuple

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from svro.doors import permissions_of
from svro.gate import opens
from tests.walk.world import ELSEWHERE, HOME, THINGS, key

PARAMETERS = {
    "person_id": "person",
    "application_id": "application",
    "order_id": "order",
    "search_id": "search",
    "item_id": "item",
    "investigation_id": "investigation",
    "alert_id": "alert",
    "retention_id": "retention",
    "proposal_id": "proposal",
    "instruction_id": "instruction",
    "request_id": "request",
    "bundle_id": "bundle",
    "document_id": "document",
    "token": "link",
    "account_id": "account",
    "session_id": "session",
    "panel_id": "panel",
}
"""Whose a door is: the first of these in its address."""
PARTS = {
    "notification_id": "notification",
    "change_id": "change",
    "allocation_id": "allocation",
    "fact_id": "fact",
    "representation_id": "representation",
}
WORDS = {
    "kind": "convictions",
    "act": "adjourn",
    "task": "offence",
    "notice": "first",
    "step": "charged",
    "fate": "returned",
    "what": "outcome",
    "name": "disproportionality",
    "request_act": "message",
    "part": "1",
    "mark_n": "1",
    "page_n": "1",
    "role": "SOL",
    "file_path": "svro.css",
    "path": "openapi.json",
}
"""What else stands in an address."""

NOT_YET = ("commitment", "draw", "minutes", "minutes.pdf", "data-pack", "data-pack.pdf", "record", "_act}")
"""How doors end that show what a session has not yet that was merely opened."""
Chain = tuple[tuple[str, ...], ...]
PARTIES = ("disclosure:request", "disclosure:review")
DECIDES = ("decision:record", "decision:record_as_notified")
READS: dict[str, Chain] = {
    "application": (("application:read",),),
    "order": (("order:read",),),
    "search": (("search:read",),),
    "item": (("search:read",),),
    "investigation": (("investigation:read",),),
}
"""A page reads what it is about before anything else."""

CHAINS: dict[str, Chain] = {
    "POST /api/v1/applications/{application_id}/acts": (("application:read",), DECIDES),
    "POST /api/v1/applications/{application_id}/decisions": (DECIDES,),
    "POST /api/v1/orders/{order_id}/acts": (("order:read",), ("order:record_fact",)),
    "GET /api/v1/orders/{order_id}/searches": (("order:read",),),
    "POST /api/v1/investigations/{investigation_id}/acts": (("investigation:record",),),
    "POST /api/v1/orders/{order_id}/changes/{change_id}/services": (("order:record_service", "order:apply"),),
    "POST /api/v1/orders/{order_id}/changes/{change_id}/outcome": (DECIDES,),
    "GET /applications/{application_id}/acts/{act}": (("application:read",), ("has", *DECIDES)),
    "POST /applications/{application_id}/acts/{act}": (("application:read",), ("has", *DECIDES)),
    "POST /applications/{application_id}/assessment": (),
    "GET /orders/{order_id}/acts/{act}": (("order:read",), ("has", "order:record_fact")),
    "POST /orders/{order_id}/acts/{act}": (("order:read",), ("has", "order:record_fact")),
    "GET /people/{person_id}/consider": (),
    "POST /searches/{search_id}/seizures/new": (),
    "POST /people/{person_id}/facts/{fact_id}/withdraw": (),
    "GET /people/{person_id}/break-glass": (),
    "POST /people/{person_id}/break-glass": (),
    "GET /people/{person_id}/declare": (("has", "exclusion:declare"), ("person:read",)),
    "POST /people/{person_id}/declare": (("has", "exclusion:declare"), ("person:read",)),
    "GET /people/{person_id}/access": (("allocation:grant", "restriction:read"),),
    **dict.fromkeys(
        (
            "GET /api/v1/alerts/{alert_id}",
            "POST /api/v1/alerts/{alert_id}/outcome",
            "GET /alerts/{alert_id}",
            "GET /alerts/{alert_id}/outcome",
            "POST /alerts/{alert_id}/outcome",
        ),
        (("in", "O", "misuse_alert:triage"), ("misuse_alert:triage",)),
    ),
    **dict.fromkeys(
        ("GET /api/v1/proposals/{proposal_id}", "GET /proposals/{proposal_id}"),
        (("has", "proposal:read"), ("seen", "restriction:edit")),
    ),
    **dict.fromkeys(
        (
            "POST /api/v1/proposals/{proposal_id}/approve",
            "POST /api/v1/proposals/{proposal_id}/decline",
            "GET /proposals/{proposal_id}/answer",
            "POST /proposals/{proposal_id}/answer",
        ),
        (("has", "proposal:answer"), ("seen", "restriction:edit")),
    ),
    "GET /applications/{application_id}/documents": (("document:read",),),
    "POST /applications/{application_id}/documents": (("document:deposit",),),
    "GET /orders/{order_id}/documents": (("document:read",),),
    "POST /orders/{order_id}/documents": (("document:deposit",),),
    "GET /searches/{search_id}/documents": (("document:read",),),
    "POST /searches/{search_id}/documents": (("document:deposit",),),
    "GET /orders/{order_id}/paper": (("client_code:issue",),),
    "POST /orders/{order_id}/paper": (("client_code:issue",),),
    "GET /disclosure/{request_id}/acts/{request_act}": (("has", *PARTIES), ("disclosure:read",)),
    "POST /disclosure/{request_id}/acts/{request_act}": (("has", *PARTIES), ("disclosure:read",)),
    **dict.fromkeys(
        (
            "GET /disclosure/{request_id}/issue",
            "POST /disclosure/{request_id}/issue",
        ),
        (("disclosure:read",),),
    ),
    "GET /status": (("may", "order:status_check"),),
    "POST /status": (("may", "order:status_check"),),
}
"""What must reach the thing, one after the other: of each step the first permission that somebody has. `has`
asks for the permission alone, `may` also of somebody who has yet to say why, `in` for one of its letters;
`seen` hides the thing from whoever has not the permission to do what waits there. Elsewhere it is the one
that the door names, or for a page what it reads.
"""

ITEM = "documents:{force}/{document}"
FORMS = {"GET /disclosure/{request_id}/item": ITEM, "POST /disclosure/{request_id}/item": ITEM}
"""The item that a page is about, where that is in no address."""

PERSON = {"family_name": "Winterbourne"}
SOUGHT = {
    "step": "vary",
    "applicant": "chief-officer-believes",
    "court": "C05LV00",
    "grounds": "It closed",
    "changed": "It closed",
    "earlier": "None",
}
SEARCH = {"at": "2024-06-03T08:00:00Z", "place": "Church Street"}
AT = "2024-06-03T09:00:00Z"
DECISION = {"outcome": "granted", "court": "C05LV00", "at": AT, "effect": "immediate", "months": 12}
BODIES: dict[str, Any] = {
    "recordPerson": PERSON,
    "correctPerson": {**PERSON, "reason": "The name was wrong"},
    "recordConviction": {"offence_code": "CJ88144", "conviction_date": "2021-05-04"},
    "recordCustody": {"kind": "remand", "started": "2021-05-04", "authority": "HMP Altcourse"},
    "correctConviction": {"offence_code": "CJ88144", "conviction_date": "2021-05-04"},
    "correctCustody": {"kind": "remand", "started": "2021-05-04", "authority": "HMP Altcourse"},
    "withdrawFact": None,
    "considerApplication": {"person_id": "{person}"},
    "recordCaseFacts": {"on_day": "2024-06-03"},
    "assessEligibility": None,
    "recordApplicationAct": {
        "act": "adjourn",
        "date": "2024-06-03",
        "court": "C05LV00",
        "document_reference": "R 1",
    },
    "recordDecision": {**DECISION, "document_reference": "R 1"},
    "recordOrderAct": {"act": "appealed", "at": AT, "authority": "The court"},
    "recordNotification": {"kind": "first", "given_at": AT},
    "correctNotification": {"kind": "first", "given_at": AT, "reason": "The hour was wrong"},
    "openInvestigation": {"conduct_at": AT, "conduct": "Said no", "limb": "d"},
    "recordInvestigationAct": {"act": "charged", "at": AT, "limb": "d"},
    "recordSeizure": {"description": "Lock knife", "at": AT},
    "recordSeizureAct": {"act": "returned", "at": AT},
    "seekChange": SOUGHT,
    "recordServiceOfChange": {"served": {"offender": "2024-06-03"}},
    "closeChange": {"outcome": "allowed", "decided_on": "2024-06-03", "document_reference": "R 1"},
    "checkStatus": {"order_reference": "SVRO-7K2M-9QXD-4"},
    "recordSearch": SEARCH,
    "correctSearch": {**SEARCH, "reason": "The street was wrong"},
    "approveProposal": {},
    "declineProposal": {"reason": "It was right"},
    "proposeErasure": {"reason": "request", "explanation": "They asked"},
    "decideRetentionProposal": {"decision": "keep", "explanation": "It is needed"},
    "grantAllocation": {"account_id": "{stranger}", "reason": "works on it"},
    "endAllocation": {"reason": "Moved on"},
    "changeLists": {"which": "kept out", "account_id": "{stranger}", "reason": "A cousin"},
    "declareRelationship": {"pnc_id": "02/73319Z", "relationship": "A cousin"},
    "breakGlass": {"reason": "He is outside the station now"},
    "proposeAccessExtract": {
        "first_day": "2024-06-01",
        "last_day": "2024-06-02",
        "recipients": "The regulator",
        "reason": "They asked",
    },
    "depositOnApplication": {},
    "depositOnOrder": {},
    "depositOnSearch": {},
    "printOrder": None,
    "recordRepresentation": {
        "kind": "representation-reference",
        "sra_number": "111111",
        "reference": "LA-1234",
        "checked_with": "The portal",
    },
    "closeAccount": {"reason": "They left"},
    "makeAccountLink": None,
    "proposeRole": {"role": "PLO", "reason": "They begin"},
    "endRole": {"reason": "They moved on"},
    "proposeSetUp": {"reason": "They lost it"},
    "makeServiceToken": {"label": "Reports", "permissions": ["report:read_aggregate"]},
    "recordSolicitor": {"sra_number": "333333", "firm": "Larch Row Solicitors", "checked_with": "Register"},
    "endRepresentation": {"why": "no-longer-acts"},
    "endInstruction": {"why": "case-ended"},
    "requestDisclosure": {
        "person_id": "{person}",
        "purpose": "trial",
        "scope": ["order"],
        "details": "Every act",
    },
    "sayOnDisclosureRequest": {"text": "Is there video?"},
    "extendDisclosureRequest": {"until": "2024-12-01", "text": "The video is elsewhere"},
    "endDisclosureRequest": {"text": "It is answered"},
    "reopenDisclosureRequest": {"text": "It is not"},
    "decideDisclosureItems": {"keys": ["people:none"], "decision": "disclose"},
    "decideRestOfDisclosure": {},
    "markDocument": {
        "place": {"page": 1, "x0": 1, "y0": 1, "x1": 9, "y1": 9},
        "ground": "another-person",
        "reason": "A face",
    },
    "withdrawDocumentMark": {"mark": 1, "reason": "It was wrong"},
    "markSensitive": {"keys": ["people:none"], "ground": "public-interest", "reason": "A source"},
    "unmarkSensitive": {"keys": ["people:none"], "reason": "It is known"},
    "issueBundle": {},
    "recallBundle": {"reason": "A name was left in"},
    "makeDownloadLink": None,
    "fetchBundle": None,
    "triageAlert": {"outcome": "mistaken", "note": "Asked the officer"},
}
"""By the name of the operation: a body that its door takes."""
VERSIONS = {"recordApplicationAct": 5, "recordDecision": 5, "recordCaseFacts": 5, "assessEligibility": 5}
BODY_NAMES_THE_PERSON = ("considerApplication", "requestDisclosure")


class Door(NamedTuple):
    """One door. `chain` is None where this world has nothing behind it: then only the guard is asked for.
    `opens` says that the door shows personal data, or is taken to.
    """

    method: str
    path: str
    permissions: tuple[str, ...]
    operation: str | None
    thing: str | None
    chain: Chain | None
    opens: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def api(self) -> bool:
        return self.path.startswith("/api/")

    def address(self, relation: str) -> str:
        """Its address, for a thing to which people stand like that."""

        def filled(match: re.Match[str]) -> str:
            name = match[1]
            if name == "fact_id" and "/custody/" in self.path:
                return key("custody", relation)
            kind = PARAMETERS.get(name) or PARTS.get(name)
            if kind is not None:
                return key(kind, relation)
            if self.path.startswith("/orders/") and name == "act":
                return "appealed"
            return WORDS.get(name, "0" * 32)

        return re.sub(r"{(\w+)}", filled, self.path)

    def form(self, relation: str) -> dict[str, str]:
        """What a page needs to be told besides its address."""
        if self.name not in FORMS:
            return {}
        force = (ELSEWHERE if relation == "other" else HOME)[0]
        return {"key": FORMS[self.name].format(force=force, document=key("document", relation))}

    def body(self, relation: str) -> Any:
        """What to send, or None."""
        held = BODIES.get(self.operation or "")
        if held is None:
            return None
        named = {"{person}": key("person", relation), "{stranger}": "dd" + "0" * 30}
        return {
            name: named.get(value, value) if isinstance(value, str) else value for name, value in held.items()
        }


def doors(app: Litestar) -> list[Door]:
    """Every door, in the order of their addresses."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler):
                path = re.sub(r"(:\w+)?}", "}", route.path)
                for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                    found.append(_door(method, path, handler))
    return sorted(found, key=lambda door: (door.path, door.method))


def _door(method: str, path: str, handler: HTTPRouteHandler) -> Door:
    api = path.startswith("/api/")
    operation = handler.operation_id if api else None
    operation = operation if isinstance(operation, str) else None
    thing = next((PARAMETERS[name] for name in re.findall(r"{(\w+)}", path) if name in PARAMETERS), None)
    if "/account/sessions/" in path:
        thing = None  # where one signed in, not where a panel sits
    if operation in BODY_NAMES_THE_PERSON:
        thing = "person"
    permissions = permissions_of(handler)
    door = Door(method, path, permissions, operation, thing, None, opens(permissions, handler.opt))
    return door._replace(chain=_chain(door))


def _chain(door: Door) -> Chain | None:
    if "{token_id}" in door.path or "{case_id}" in door.path:
        return None  # nobody has one here
    if door.name in CHAINS:
        return CHAINS[door.name]
    if door.thing is None:
        return None
    if door.api and door.method != "GET" and door.operation not in BODIES:
        return None
    if door.thing in ("panel", "session"):
        return None if door.path.endswith(NOT_YET) else (("force", *door.permissions),)
    if not door.api and door.thing in READS:
        return READS[door.thing]
    return (door.permissions,)


assert set(PARAMETERS.values()) <= set(THINGS)
