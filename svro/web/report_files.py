"""A report's files and pictures: the same five formats for every report, and the charts of its page."""

from asyncio import to_thread
from collections.abc import Callable
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from svro.casework import formats
from svro.casework.csvw import SUFFIX
from svro.casework.formats import MEDIA, METADATA, Format
from svro.casework.reports import REPORTS, Query, Report
from svro.documents.drawing import svg
from svro.doors import AnyRequest, Now, Reading, Who
from svro.errors import Fault, Malformed, Missing

READ: tuple[Format, ...] = ("html", "pdf")
"""Formats that people read from end to end: of every force at once they would have none."""


def files(name: str, permission: str, query: Callable[[AnyRequest], Query]) -> list[Any]:
    """The doors of one report beside its page: `/reports/NAME.csv` and the rest. `query` reads what is asked.

    Every door works the report out again for whoever asks, so each shows what they may see and no more.
    """
    opt, path = {"permission": permission}, f"/reports/{name}"

    async def made(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Report:
        return await REPORTS[name](reading, who, query(request), now)

    def door(kind: Format) -> Any:
        @get(f"{path}.{kind}", opt=opt, name=f"{name}-{kind}")
        async def file(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[bytes]:
            if kind in READ:
                of_a_force(request)
            report = await made(request, reading, who, now)
            headers = {
                "Content-Disposition": f'attachment; filename="{name}.{kind}"',
                "Cache-Control": "no-store",
            }
            if kind == "csv":
                described = f"{path}.csv{SUFFIX}{_asked(request)}"
                headers["Link"] = f'<{described}>; rel="describedby"; type="{METADATA}"'
            body = await to_thread(formats.made, report, kind, who)
            return Response(body, media_type=MEDIA[kind], headers=headers)

        return file

    @get(f"{path}.csv{SUFFIX}", opt=opt, name=f"{name}-csvw")
    async def described(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[bytes]:
        report = await made(request, reading, who, now)
        body = formats.metadata(report, name, f"{name}.csv{_asked(request)}")
        return Response(body, media_type=METADATA, headers={"Cache-Control": "no-store"})

    @get(f"{path}/charts/{{key:str}}", opt=opt, name=f"{name}-chart")
    async def chart(
        request: AnyRequest, reading: Reading, who: Who, now: Now, key: FromPath[str]
    ) -> Response[bytes]:
        of_a_force(request)
        paper = formats.paper(await made(request, reading, who, now), who)
        drawn = next((one.chart for one in paper.exhibits if f"{one.key}.svg" == key), None)
        if drawn is None:
            raise Missing
        picture = await to_thread(svg, drawn)
        return Response(picture, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})

    return [*map(door, formats.FORMATS), described, chart]


def of_a_force(request: AnyRequest) -> None:
    """Malformed where no force is asked for."""
    if not any(request.query_params.getall("force", [])):
        raise Malformed(
            [Fault("force", "Choose a force. For every force at once, take the table or the data.")]
        )


def _asked(request: AnyRequest) -> str:
    return f"?{request.url.query}" if request.url.query else ""
