"""What every page stands on: templates, the frame round each page, and how a refusal looks."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import ChainableUndefined, Environment, PackageLoader, PrefixLoader
from litestar import Response
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import PermissionDeniedException
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect, Template
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

from svro.casework.access import NOBODY, Actor, Allow, Deny, decide
from svro.casework.matrix import ROLES
from svro.doors import AnyRequest
from svro.errors import ProveAgain, PurposeNeeded
from svro.law import sources
from svro.law.dates import LONDON
from svro.reference.courts import COURTS
from svro.reference.forces import FORCES

HERE = Path(__file__).parent

NAVIGATION = (
    ("Check status", "/status", "order:status_check"),
    ("Searches", "/searches", "search:read"),
    ("People", "/people", "person:search"),
    ("My clients", "/instructions", "instruction:claim"),
    ("Applications", "/applications", "application:list"),
    ("Orders", "/orders", "order:read"),
    ("Disclosure", "/disclosure", "disclosure:read"),
    ("Panels", "/panels", "panel_pack:read"),
    ("Reports", "/reports", "report:read_aggregate"),
    ("Published", "/publications", "report:read_aggregate"),
    ("Retention", "/retention", "retention:propose"),
    ("Access log", "/access-log", "misuse_alert:triage"),
    ("Accounts", "/accounts", "user:manage"),
)
"""Label, address and the permission without which nobody is shown it."""

static = create_static_files_router(
    path="/static",
    directories=[HERE / "static"],
    opt={"permission": "help:read"},
    cache_control=CacheControlHeader(max_age=3600, public=True),
)


def day(value: date | None) -> str:
    """14 March 2025."""
    return "" if value is None else f"{value.day} {value:%B %Y}"


def clock(value: datetime) -> str:
    """9:14pm, 9am, midday or midnight, by the London clock."""
    local = value.astimezone(LONDON)
    exact = {(0, 0): "midnight", (12, 0): "midday"}.get((local.hour, local.minute))
    minutes = f":{local:%M}" if local.minute else ""
    return exact or f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def moment(value: datetime | None) -> str:
    """14 March 2025 at 9:14pm, London time."""
    return "" if value is None else f"{day(value.astimezone(LONDON).date())} at {clock(value)}"


def reading_of(citation: str) -> str | None:
    """Where the provision can be read, or None where the words cite several at once."""
    try:
        return sources.resolve(citation).link
    except sources.UnknownSource:
        return None


def force_name(slug: str | None) -> str:
    """What people call a force."""
    return FORCES[slug].name if slug in FORCES else slug or ""


def court_name(code: str | None) -> str:
    """What people call a court, or its code where it is not known here."""
    return COURTS[code].name if code in COURTS else code or ""


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    """Our templates and GOV.UK Frontend's macros, escaping everything."""
    # ChainableUndefined: the macros look into parameters that were never given.
    environment = Environment(
        loader=PrefixLoader(
            {"svro": PackageLoader("svro.web"), "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}
        ),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=day, clock=clock, moment=moment, link=reading_of, force=force_name, court=court_name
    )
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))


def asker(request: AnyRequest) -> Actor:
    """Who asks; nobody where the request failed before that was found out."""
    found: Actor = request.scope.get("user") or NOBODY
    return found


def may(actor: Actor, permission: str) -> bool:
    """Whether a page shows the way to something: done now, or as soon as the actor says why they look."""
    match decide(actor, permission):
        case Allow():
            return True
        case Deny(kind=kind):
            return kind == "purpose-needed"


def _frame(request: AnyRequest, title: str) -> dict[str, Any]:
    """What the layout needs beside a page's own content.

    What lets people sign in names its page in `page`, and in `out` where one leaves; the
    demonstration puts `banner` into the app's state.
    """
    who, state, path = asker(request), request.app.state, request.url.path
    banner = state.get("banner")
    return {
        "title": title,
        "who": who,
        "found": "user" in request.scope,  # no address, no sign-in looked at: then say nothing of who asks
        "roles": ", ".join(label for code, label in ROLES.items() if code in who.roles),
        "may": lambda permission: may(who, permission),
        "navigation": [
            {"text": text, "href": href, "active": path == href or path.startswith(f"{href}/")}
            for text, href, permission in NAVIGATION
            if may(who, permission)
        ],
        "banner": banner(request) if banner else None,
        "sign_in": getattr(state.get("sign_in"), "page", None),
        "sign_out": getattr(state.get("sign_in"), "out", None),
    }


def page(
    request: AnyRequest,
    template: str,
    title: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **content: Any,
) -> Template:
    """A page: `template` from the folder of templates, within the layout, never kept by a cache."""
    return Template(
        f"svro/{template}",
        context={**_frame(request, title), **content},
        status_code=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type="text/html; charset=utf-8",
    )


def see(path: str) -> Redirect:
    """After a change: look there, so that reloading repeats nothing."""
    return Redirect(path, status_code=303)


def explain(
    request: AnyRequest,
    error: Exception,
    status: int,
    document: Mapping[str, Any],
    headers: Mapping[str, str],
) -> Response[Any]:
    """Why a page cannot be shown, in the sentence the API gives. Whoever must say why they look is asked."""
    here = request.url.path + (
        f"?{request.url.query}" if request.url.query and request.method == "GET" else ""
    )
    if isinstance(error, PurposeNeeded):
        return see(f"/purpose?next={quote(here, safe='/')}")
    if isinstance(error, ProveAgain) and getattr(request.app.state.get("sign_in"), "page", None):
        return see(f"/sign-in/again?next={quote(here, safe='/')}")
    if isinstance(error, PermissionDeniedException):
        expired = "This form was opened too long ago, or elsewhere. Nothing was done. Open the page again."
        document = {**document, "title": "Open the page again", "detail": expired}
    title = document["title"]
    return page(request, "explain.html", title, status=status, headers=headers, problem=document, here=here)
