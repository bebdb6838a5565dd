"""A Paper as a file: a page that stands alone, or a tagged PDF. The same paper is the same bytes."""

from base64 import b64encode
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from svro.documents.charts import alternative
from svro.documents.drawing import svg
from svro.documents.paper import Exhibit, Grid, Paper, Part
from svro.documents.typeset import typeset

_STYLE = Path(__file__).parent / "templates" / "report.css"


def _instant(at: datetime) -> str:
    return f"As known at {at.isoformat(timespec='seconds')}."


def _e(tag: str, *inside: "ElementTree.Element | str | None", **attributes: str) -> ElementTree.Element:
    """An element; text is text, whatever it looks like. `class_` and `for_` lose their last sign."""
    made = ElementTree.Element(tag, {name.rstrip("_"): value for name, value in attributes.items()})
    last: ElementTree.Element | None = None
    for one in inside:
        if isinstance(one, str):
            if last is None:
                made.text = (made.text or "") + one
            else:
                last.tail = (last.tail or "") + one
        elif one is not None:
            made.append(one)
            last = one
    return made


def as_html(paper: Paper) -> bytes:
    """The paper as one HTML file that needs nothing else: no script, no address, its charts within."""
    head = _e(
        "head",
        _e("meta", charset="utf-8"),
        _e("meta", name="viewport", content="width=device-width, initial-scale=1"),
        _e("title", paper.title),
        _e("style", _STYLE.read_text(encoding="utf-8")),
    )
    main = _e(
        "main",
        _e("h1", paper.title),
        _e("p", paper.lead),
        *(piece for part in paper.parts for piece in _part(part)),
        _e("h2", "How these numbers were made"),
        *(_e("p", text) for text in paper.method),
        _e("p", f"{_instant(paper.known_at)} Method {paper.version}."),
    )
    whole = _e("html", head, _e("body", main), lang="en-GB")
    text: str = ElementTree.tostring(whole, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{text}\n".encode()


def _part(part: Part) -> list[ElementTree.Element]:
    return [
        _e("h2", part.heading),
        *(_e("p", part.nothing) for _ in range(not part.exhibits and bool(part.nothing))),
        *(_exhibit(exhibit, part) for exhibit in part.exhibits),
        *(_e("p", text) for text in part.remarks),
    ]


def _exhibit(exhibit: Exhibit, part: Part) -> ElementTree.Element:
    return _e(
        "section",
        _e("h3", exhibit.caption, id=exhibit.key),
        _e("ul", *(_e("li", sentence) for sentence in exhibit.sentences)) if exhibit.sentences else None,
        _figure(exhibit),
        _table(f"{part.heading}: {exhibit.caption}", exhibit.caption, exhibit.grid) if exhibit.grid else None,
        *(_e("p", text) for text in exhibit.remarks),
    )


def _figure(exhibit: Exhibit) -> ElementTree.Element | None:
    chart = exhibit.chart
    if chart is None:
        return None
    source = f"data:image/svg+xml;base64,{b64encode(svg(chart)).decode()}"
    titles = _e("figcaption", _e("strong", chart.title), _e("br"), chart.subtitle)
    image = _e("img", src=source, alt=alternative(chart))
    label = f"Chart: {exhibit.caption}. {chart.subtitle}"
    return _e(
        "figure",
        titles,
        _e("div", image, class_="wide", tabindex="0", role="region", **{"aria-label": label}),
    )


def _table(label: str, caption: str, grid: Grid) -> ElementTree.Element:
    def cell(n: int, text: str) -> ElementTree.Element:
        kind = {"class_": "number"} if grid.columns[n].numeric else {}
        return _e("td", text, **kind) if n else _e("th", text, scope="row")

    heads = (
        _e("th", c.label, scope="col", **({"class_": "number"} if c.numeric else {})) for c in grid.columns
    )
    table = _e(
        "table",
        _e("caption", caption),
        _e("thead", _e("tr", *heads)),
        _e("tbody", *(_e("tr", *(cell(n, text) for n, text in enumerate(row))) for row in grid.rows)),
    )
    return _e("div", table, class_="wide", role="region", tabindex="0", **{"aria-label": label})


def as_pdf(paper: Paper) -> bytes:
    """The paper as PDF/UA-1 and PDF/A-2a, dated by what it is known at. Run it in a thread."""
    pictures: dict[str, bytes] = {}
    alternatives: dict[str, str] = {}
    for exhibit in paper.exhibits:
        if exhibit.chart is not None:
            pictures[f"{exhibit.key}.svg"] = svg(exhibit.chart)
            alternatives[exhibit.key] = alternative(exhibit.chart)
    data: dict[str, Any] = {"paper": paper, "alternatives": alternatives, "known": _instant(paper.known_at)}
    return typeset("report", data, paper.known_at, pictures)
