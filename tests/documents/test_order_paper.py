"""The order as its client is handed it: tagged and lasting PDF, its sources real, its code long enough."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from svro.casework import references
from svro.documents.opened import PDF, Opened, examine
from svro.documents.order_paper import MEANINGS, Line, OrderPaper, as_pdf
from svro.documents.redact import drawn
from svro.law import sources
from tests.documents.planted import code_on

HOSTILE = '#panic("run") *bold* $x$ <label> Quillfeather'
PAPER = OrderPaper(
    reference="SVRO-7K2M-9QXD-4",
    person=HOSTILE,
    particulars=(Line(label="Name", text=HOSTILE), Line(label="Court", text="Liverpool Crown Court")),
    acts=(Line(label="Order made", text="14 March 2025 at 09:30; for 24 months"),),
    standing="The order is in effect.",
    standing_source="Sentencing Act 2020 s.342D(1)",
    meanings=MEANINGS,
    code="7K2M-9QXD-40HF-W3TB-6",
    printed_at=datetime(2025, 3, 14, 9, 30, tzinfo=UTC),
    printed="Printed on 14 March 2025 at 09:30",
)


def test_it_is_pdf_a_and_pdf_ua_and_says_what_it_was_given_as_it_stands() -> None:
    made = as_pdf(PAPER)
    assert examine(made) == Opened(PDF, 1)
    read = PdfReader(BytesIO(made))
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"] is not None  # type: ignore[index]
    metadata = read.trailer["/Root"]["/Metadata"].get_data()  # type: ignore[index]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert b"<pdfaid:part>2</pdfaid:part>" in metadata
    words = " ".join(page.extract_text() for page in read.pages)
    assert (words.count(HOSTILE), PAPER.reference in words) == (2, True)
    assert code_on(made) == PAPER.code
    assert as_pdf(PAPER) == made


def test_its_picture_has_ink_from_the_title_to_the_code_and_none_in_the_margins() -> None:
    page = drawn(as_pdf(PAPER), 1, dpi=72).convert("L").point(lambda value: 255 * (value < 128))
    left, top, right, bottom = page.getbbox() or (0, 0, 0, 0)
    assert 50 < left < 62
    assert 40 < top < 80
    assert 530 < right < 545
    assert 780 < bottom < 842


@pytest.mark.parametrize("meaning", MEANINGS, ids=lambda meaning: meaning.source)
def test_each_meaning_rests_on_a_provision_that_there_is(meaning: object) -> None:
    assert sources.resolve(meaning.source).link  # type: ignore[attr-defined]


def test_a_code_has_eighty_random_bits_and_a_slip_in_it_is_noticed() -> None:
    codes = {references.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert len(references.LETTERS) ** 16 == 2**80
    for code in list(codes)[:20]:
        letters = references.code_as_typed(code)
        assert letters is not None
        assert (len(letters), references.code_as_typed(code.lower().replace("-", " "))) == (17, letters)
        for place in range(17):
            other = next(one for one in references.LETTERS if one != letters[place])
            assert references.code_as_typed(letters[:place] + other + letters[place + 1 :]) is None
        if letters[3] != letters[4]:
            assert references.code_as_typed(letters[:3] + letters[4] + letters[3] + letters[5:]) is None
