"""What was taken out of a document is in no part of what is handed over; drawing over it would be found."""

from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from svro.documents.opened import JPEG, PDF, PNG, TEXT, NotADocument, Opened, examine
from svro.documents.redact import BLOCK, BadMark, Mark, Span, drawn, page_sizes, redact
from tests.documents.planted import PLACES, canary, drawn_over, pdf, photograph, surviving

WORDS = Mark(page=1, x0=60, y0=60, x1=460, y1=240)
"""Over the words of the first page."""


@pytest.mark.parametrize("compressed", [True, False])
def test_no_canary_of_a_redacted_pdf_survives_anywhere(compressed: bool) -> None:
    held = pdf(compressed=compressed)
    made = redact(held, PDF, [WORDS])
    assert surviving(made) == set()
    assert surviving(held) == set(PLACES), "the control: each canary is there to be found"
    assert surviving(drawn_over(held)) > {"text", "docinfo"}, "and drawing over it hides nothing"
    assert examine(made) == Opened(PDF, 2)


def _pixels(content: bytes, page: int, box: tuple[float, float, float, float]) -> set[Any]:
    """The colours within a rectangle, in points from the top left."""
    shown = drawn(content, page, dpi=144).convert("L").crop(tuple(round(one * 2) for one in box))
    return {value // 64 for value in shown.tobytes()}


def test_what_is_marked_is_black_and_the_rest_is_as_it_was() -> None:
    held = pdf()
    made = redact(held, PDF, [WORDS])
    inside = (66, 66, 454, 234)
    assert _pixels(made, 1, inside) == {0}
    assert _pixels(held, 1, inside) == {0, 1, 2, 3}
    assert _pixels(made, 1, (66, 480, 300, 500)) == _pixels(held, 1, (66, 480, 300, 500))
    assert 0 in _pixels(made, 2, (66, 470, 300, 500)), "an unmarked page shows its words, as a picture"


def test_a_whole_page_is_black() -> None:
    made = redact(pdf(), PDF, [Mark(page=2)])
    assert _pixels(made, 2, (0, 0, 612, 792)) == {0}
    assert 3 in _pixels(made, 1, (0, 0, 612, 792))


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_marks_are_on_the_page_as_it_is_shown(rotate: int) -> None:
    held = pdf(rotate=rotate)
    width, height = page_sizes(held)[0]
    assert (width > height) == (rotate in (90, 270))
    made = redact(held, PDF, [Mark(page=1, x0=10, y0=20, x1=110, y1=70)])
    assert page_sizes(made)[0] == pytest.approx((width, height), abs=0.01)
    assert _pixels(made, 1, (12, 22, 108, 68)) == {0}
    assert _pixels(made, 1, (120, 22, 200, 68)) == {3}


def test_a_redacted_pdf_has_pages_of_one_picture_and_nothing_else() -> None:
    made = redact(pdf(), PDF, [WORDS])
    with pikepdf.open(BytesIO(made)) as opened:
        assert set(opened.Root.keys()) == {"/Type", "/Pages"}
        assert "/Info" not in opened.trailer
        for page in opened.pages:
            assert set(page.obj.keys()) == {"/Type", "/Parent", "/MediaBox", "/Resources", "/Contents"}
            assert set(page.obj.Resources.keys()) == {"/XObject"}
    assert redact(pdf(), PDF, [WORDS]) == made, "the same document and marks are the same bytes"


@pytest.mark.parametrize("kind, media_type", [("JPEG", JPEG), ("PNG", PNG)])
def test_a_picture_is_painted_and_loses_what_went_along(kind: str, media_type: str) -> None:
    held = photograph(kind)
    assert examine(held) == Opened(media_type)
    assert surviving(held, ("text", "xmp")) == {"text", "xmp"}
    made = redact(held, media_type, [Mark(x0=8, y0=8, x1=24, y1=24)])
    assert surviving(made, ("text", "xmp")) == set()
    with Image.open(BytesIO(made)) as image:
        assert image.size == ((48, 64) if kind == "JPEG" else (64, 48)), "turned as it is shown"
        assert not image.getexif()
        assert max(image.convert("L").crop((10, 10, 22, 22)).tobytes()) < 16
        assert max(image.convert("L").tobytes()) > 200


def test_what_lies_hidden_in_transparent_pixels_stays_out() -> None:
    hidden, out = Image.new("RGBA", (40, 20), (200, 0, 0, 0)), BytesIO()
    hidden.paste((0, 0, 0, 255), (0, 0, 10, 20))
    hidden.save(out, "PNG")
    made = redact(out.getvalue(), PNG, [Mark(x0=0, y0=0, x1=5, y1=20)])
    with Image.open(BytesIO(made)) as image:
        assert image.mode == "RGB"
        assert {image.getpixel((x, 5)) for x in range(40)} == {(0, 0, 0), (255, 255, 255)}


def test_a_picture_of_sixteen_bits_stays_one_that_can_be_seen() -> None:
    deep, out = Image.new("I;16", (20, 20), 32_768), BytesIO()
    deep.save(out, "PNG")
    made = redact(out.getvalue(), PNG, [Mark(x0=0, y0=0, x1=5, y1=5)])
    with Image.open(BytesIO(made)) as image:
        assert (image.getpixel((2, 2)), image.getpixel((10, 10))) == ((0, 0, 0), (128, 128, 128))


def test_text_loses_the_letters_and_says_not_how_many() -> None:
    held = f"Seen by {canary('text')} at noon\r\nSecond line\nThird".encode()
    made = redact(held, TEXT, [Span(line=1, first=9, last=8 + len(canary("text"))), Span(line=3)])
    assert made.decode() == f"Seen by {BLOCK} at noon\r\nSecond line\n{BLOCK}"
    short = redact(b"Seen by Al at noon", TEXT, [Span(line=1, first=9, last=10)])
    assert short.decode() == f"Seen by {BLOCK} at noon"


@pytest.mark.parametrize(
    "content, media_type, mark",
    [
        (pdf(), PDF, Mark(page=3)),
        (pdf(), PDF, Mark(page=0)),
        (pdf(), PDF, Mark(page=1, x0=700, y0=0, x1=800, y1=10)),
        (pdf(), PDF, Mark(page=1, x0=10, y0=10, x1=10, y1=20)),
        (pdf(), PDF, Mark(page=1, x0=10)),
        (pdf(), PDF, Span(line=1)),
        (photograph("PNG"), PNG, Mark(page=2)),
        (photograph("PNG"), PNG, Mark(x0=float("nan"), y0=0, x1=10, y1=10)),
        (photograph("PNG"), PNG, Mark(x0=0, y0=0, x1=float("inf"), y1=10)),
        (b"abc", TEXT, Span(line=2)),
        (b"abc", TEXT, Span(line=1, first=2, last=9)),
        (b"abc", TEXT, Mark()),
    ],
)
def test_a_mark_that_takes_nothing_out_is_refused(content: bytes, media_type: str, mark: Mark | Span) -> None:
    with pytest.raises(BadMark) as refused:
        redact(content, media_type, [mark])
    assert refused.value.index == 0


def _encrypted(**passwords: str) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(pdf())) as opened:
        opened.save(out, encryption=pikepdf.Encryption(**{"owner": "o", "user": "", **passwords}))
    return out.getvalue()


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "empty"),
        (_encrypted(user="secret"), "encrypted"),
        (_encrypted(), "encrypted"),
        (pdf()[:900], "broken PDF"),
        (b"%PDF-1.7\nnothing more", "broken PDF"),
        (b"GIF89a" + bytes(40), "no PDF"),
        (b"PK\x03\x04" + bytes(40), "no PDF"),
        (b"\xff\xd8\xff\xe0 and no picture", "broken JPEG"),
        (photograph("PNG")[:60], "broken PNG"),
        (photograph("PNG") + b"PK\x03\x04", "something behind it"),
        (b"text first\n" + pdf(), "behind something else"),
        (b"one\x00two", "control characters"),
        (b"\xe4\xf6\xfc", "no PDF"),
    ],
)
def test_what_is_no_document_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(NotADocument, match=reason):
        examine(content)


def test_what_is_one_is_told_by_its_content() -> None:
    assert examine(pdf()) == Opened(PDF, 2)
    assert examine("Grüße, 刀\n".encode()) == Opened(TEXT)
    with pypdfium2.PdfDocument(pdf()) as seen:
        assert len(seen) == 2


@pytest.mark.parametrize("between", ["\x0c", "\x85", "\u2028"])
def test_a_line_is_what_whoever_marks_it_counts_as_one(between: str) -> None:
    held = f"Header{between}still the first\r\nWitness: Ann Secret\rOther\n"
    examine(held.encode())
    made = redact(held.encode(), TEXT, [Span(line=2, first=10)]).decode()
    assert made == f"Header{between}still the first\r\nWitness: {BLOCK}\rOther\n"
    whole = redact(held.encode(), TEXT, [Span(line=2), Span(line=3)]).decode()
    assert whole == f"Header{between}still the first\r\n{BLOCK}\r{BLOCK}\n"
