"""Publications as pages: the list and its feed, one publication, preparing and releasing it, its audit."""

from asyncio import to_thread
from typing import Annotated, Any
from xml.etree import ElementTree as Xml

from litestar import Response, Router, get, post
from litestar.params import FromPath, QueryParameter

from svro.casework import publications
from svro.casework.access import NOBODY, Actor
from svro.casework.csvw import SUFFIX
from svro.casework.formats import FORMATS, MEDIA, METADATA, Format, published, published_metadata
from svro.casework.publications import Prepare
from svro.casework.released import PublicationLine
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.errors import Conflict, Fault, Malformed
from svro.figures.registered import FIRST_QUARTER, quarter_of, quarters
from svro.law.dates import london_day
from svro.web.forms import Answers, Field, Form, Step, answers, run, show, version
from svro.web.site import page, see

Wanted = Annotated[int | None, QueryParameter(name="version")]

ATOM = "http://www.w3.org/2005/Atom"
NEVER = "2023-04-19T00:00:00+00:00"
"""When a feed without entries was last changed: the power began then, and nothing has been published."""


def _form(who: Actor, today: str) -> Form[Prepare]:
    """What preparing asks. Only quarters that are over can be chosen."""
    over = quarters(FIRST_QUARTER, today)[:-1]
    quarter = Field(
        name="quarter",
        label="Which quarter?",
        kind="select",
        choices={code: publications.title(who.force_id or "", code) for code in reversed(over)},
    )
    reason = Field(
        name="reason",
        label="Why is it corrected?",
        kind="text",
        hint="Only if this quarter was released before. Everybody can read it.",
        called="The reason",
    )
    lead = (
        "The figures are counted as they are known now, and held against everything released before. "
        "Somebody else releases them."
    )
    step = Step(name="quarter", title="Prepare published figures", fields=(quarter, reason), lead=lead)
    return Form(kind=Prepare, title="Prepare published figures", steps=(step,), send="Prepare")


@get("/publications", opt={"permission": publications.READ})
async def listing(request: AnyRequest, reading: Reading, who: Who) -> Response[Any]:
    """What was published, the newest quarter first."""
    lines = await publications.listing(reading, who)
    return page(request, "publications.html", "Published figures", lines=lines)


@get("/publications.atom", opt={"permission": publications.READ})
async def feed(request: AnyRequest, reading: Reading) -> Response[bytes]:
    """The released publications as an Atom feed: each version is an entry. The same for everybody."""
    lines = await publications.listing(reading, NOBODY)
    body = atom(lines, str(request.base_url).rstrip("/"))
    return Response(body, media_type="application/atom+xml; charset=utf-8")


def atom(lines: list[PublicationLine], base: str) -> bytes:
    """The feed under an address of the site. Source: RFC 4287."""
    entries = sorted(
        (
            (entry.released_at, line, entry)
            for line in lines
            for entry in line.versions
            if entry.released_at is not None
        ),
        key=lambda one: (one[0], one[1].address, one[2].version),
        reverse=True,
    )
    root = Xml.Element("feed", xmlns=ATOM)
    Xml.SubElement(root, "id").text = f"{base}/publications"
    Xml.SubElement(root, "title").text = "Published figures on serious violence reduction orders"
    Xml.SubElement(root, "updated").text = entries[0][0].isoformat() if entries else NEVER
    Xml.SubElement(root, "link", rel="self", href=f"{base}/publications.atom")
    Xml.SubElement(root, "link", href=f"{base}/publications")
    Xml.SubElement(Xml.SubElement(root, "author"), "name").text = "svro"
    for released, line, entry in entries:
        address = f"{base}{line.address}?version={entry.version}"
        element = Xml.SubElement(root, "entry")
        Xml.SubElement(element, "id").text = address
        Xml.SubElement(element, "title").text = f"{line.title}, version {entry.version}"
        Xml.SubElement(element, "updated").text = released.isoformat()
        Xml.SubElement(element, "published").text = released.isoformat()
        Xml.SubElement(element, "link", href=address)
        Xml.SubElement(element, "summary").text = (
            f"Correction: {entry.reason}" if entry.reason else "First release of this quarter."
        )
    body: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


@get("/publications/prepare", opt={"permission": publications.PUBLISH})
async def ask(request: AnyRequest, who: Who, now: Now) -> Response[Any]:
    """Which quarter to prepare."""
    return show(request, _form(who, quarter_of(london_day(now))), {}, back="/publications")


@post("/publications/prepare", opt={"permission": publications.PUBLISH})
async def prepare(request: AnyRequest, writing: Writing, who: Who, now: Now) -> Response[Any]:
    """Prepare it."""

    async def act(command: Prepare, given: Answers) -> str:
        try:
            view = await publications.prepare(writing, who, command, now)
        except Conflict as no:
            raise Malformed([Fault("reason", no.sentence)]) from no
        return f"{view.address}?version={view.version}"

    form = _form(who, quarter_of(london_day(now)))
    return await run(request, writing, form, act, back="/publications")


@get("/publications/{force:str}/{quarter:str}", opt={"permission": publications.READ})
async def read(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    force: FromPath[str],
    quarter: FromPath[str],
    wanted: Wanted = None,
) -> Response[Any]:
    """One publication, its tables and the trail of its corrections."""
    view = await publications.read(reading, who, force, quarter, wanted)
    newest = view.versions[-1].version == view.version
    return page(
        request,
        "publication.html",
        view.title,
        view=view,
        notes=publications.notes_of(view.manifest.rules),
        releasable=newest and view.released_at is None and publications.publishes(who, force),
        audited=publications.audits(who, force),
        parameters=publications.parameters(view.manifest.rules),
        formats=FORMATS,
    )


def _file(kind: Format) -> Any:
    """The door of one format of a publication."""

    @get(f"/publications/{{force:str}}/{{quarter:str}}/figures.{kind}", opt={"permission": publications.READ})
    async def file(
        request: AnyRequest,
        reading: Reading,
        who: Who,
        force: FromPath[str],
        quarter: FromPath[str],
        wanted: Wanted = None,
    ) -> Response[bytes]:
        view = await publications.read(reading, who, force, quarter, wanted)
        name = f"{force}-{quarter}-v{view.version}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        if kind == "csv":
            described = f"{view.address}/figures.csv{SUFFIX}?version={view.version}"
            headers["Link"] = f'<{described}>; rel="describedby"; type="{METADATA}"'
        media = f"{MEDIA[kind]}; charset=utf-8" if MEDIA[kind].startswith("text/") else MEDIA[kind]
        return Response(await to_thread(published, view, kind), media_type=media, headers=headers)

    return file


@get(
    f"/publications/{{force:str}}/{{quarter:str}}/figures.csv{SUFFIX}", opt={"permission": publications.READ}
)
async def described(
    reading: Reading, who: Who, force: FromPath[str], quarter: FromPath[str], wanted: Wanted = None
) -> Response[bytes]:
    """What the columns of its CSV are."""
    view = await publications.read(reading, who, force, quarter, wanted)
    url = f"figures.csv?version={view.version}"
    return Response(published_metadata(view, url), media_type=METADATA)


@post("/publications/{force:str}/{quarter:str}/release", opt={"permission": publications.PUBLISH})
async def release(
    request: AnyRequest, writing: Writing, who: Who, now: Now, force: FromPath[str], quarter: FromPath[str]
) -> Response[Any]:
    """Release the prepared version to everybody."""
    n = version(await answers(request))
    view = await publications.publish(writing, who, force, quarter, n, now)
    return see(view.address)


@get("/publications/{force:str}/{quarter:str}/audit", opt={"permission": publications.AUDIT})
async def audit(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    force: FromPath[str],
    quarter: FromPath[str],
    wanted: Wanted = None,
) -> Response[Any]:
    """What stands behind it, made again as it is looked at."""
    found = await publications.audit(reading, who, force, quarter, wanted)
    return page(request, "publication_audit.html", f"Audit: {found.view.title}", audit=found)


router = Router(
    "/",
    route_handlers=[listing, feed, ask, prepare, read, *map(_file, FORMATS), described, release, audit],
    include_in_schema=False,
)
