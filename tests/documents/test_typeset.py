"""Documents are set from data that stay data; the same bytes each time; no file or font but those given."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from svro.documents import typeset as typesetting
from svro.documents.typeset import NotTypeset, typeset

ON = datetime(2025, 3, 14, 9, 30, tzinfo=UTC)
MARKUP = '#panic("run") *bold* $x^2$ <label> @ref \\ // no /* no */ = heading'
PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40"><text y="20" font-family="Arimo">drawn'
    b"</text></svg>"
)
TEMPLATES = {
    "said": """#import "house.typ": *
        #show: house.with(title: data.text, foot: data.text)
        #title()
        = #data.text
        #grid-table(data.columns, data.rows)""",
    "drawn": """#import "house.typ": *
        #show: house.with(title: "A picture")
        #title()
        #image("picture.svg", alt: data)""",
    "undescribed": """#import "house.typ": *
        #show: house.with(title: "A picture")
        #image("picture.svg")""",
    "greedy": """#import "house.typ": *
        #show: house.with(title: "Greedy")
        #read(data)""",
}


@pytest.fixture(autouse=True)
def templates(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {
        **typesetting._templates(),
        **{f"{name}.typ": text.encode() for name, text in TEMPLATES.items()},
    }
    monkeypatch.setattr(typesetting, "_templates", lambda: whole)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


SAID = {
    "text": MARKUP,
    "columns": [{"label": "A", "numeric": False}, {"label": "B", "numeric": True}],
    "rows": [[MARKUP, "1"]],
}


def test_text_that_looks_like_markup_is_printed_as_it_stands() -> None:
    pdf = read(typeset("said", SAID, ON))
    printed = "".join(page.extract_text() for page in pdf.pages)
    squeezed = "".join(printed.split())
    assert squeezed.count("".join(MARKUP.split())) >= 4  # title, heading, cell, foot
    assert pdf.metadata is not None
    assert pdf.metadata.title == MARKUP


def test_markup_in_a_template_would_run() -> None:
    """The control: the same words in the wrong place do act."""
    typesetting._templates()["said.typ"] = b'#panic("run")'
    with pytest.raises(NotTypeset, match="run"):
        typeset("said", SAID, ON)


def test_the_same_input_is_the_same_bytes_and_another_date_is_not() -> None:
    assert typeset("said", SAID, ON) == typeset("said", SAID, ON)
    assert typeset("said", SAID, ON) != typeset("said", SAID, ON.replace(year=2026))


def test_it_says_that_it_is_tagged_archivable_and_in_english() -> None:
    pdf = read(typeset("drawn", "One line", ON, {"picture.svg": PICTURE}))
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    xmp = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1<" in xmp
    assert ("<pdfaid:part>2<" in xmp, "<pdfaid:conformance>A<" in xmp) == (True, True)
    assert pdf.metadata is not None
    assert pdf.metadata.creation_date == ON


def test_every_font_is_ours_and_within_the_file() -> None:
    fonts = set()
    for page in read(typeset("drawn", "One line", ON, {"picture.svg": PICTURE})).pages:
        fonts |= {
            font.get_object()["/BaseFont"].split("+")[1] for font in page["/Resources"]["/Font"].values()
        }
    assert fonts <= {"Arimo-Regular", "Arimo-Bold"}


def test_a_picture_without_words_for_it_is_refused() -> None:
    with pytest.raises(NotTypeset, match="undescribed: .*alt"):
        typeset("undescribed", None, ON, {"picture.svg": PICTURE})


def test_no_file_is_reached_but_those_given(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    for path in (str(secret), "../secret.txt", "/etc/hostname"):
        with pytest.raises(NotTypeset, match="greedy"):
            typeset("greedy", path, ON)
    linked = PICTURE.replace(b"<text", f'<image href="{secret}" width="9" height="9"/><text'.encode())
    with pytest.raises(NotTypeset, match="linked image"):
        typeset("drawn", "One line", ON, {"picture.svg": linked})
    [page] = read(typeset("greedy", "given.txt", ON, {"given.txt": b"for all to see"})).pages
    assert "for all to see" in page.extract_text()


def test_a_template_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="nothing"):
        typeset("nothing", None, ON)
