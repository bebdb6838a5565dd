"""Letters that a PDF of ours cannot show do not stop it: they are printed as their numbers."""

import unicodedata

import pypdfium2
import pytest
from msgspec.structs import replace

from svro.bench.disclosures import KNOWN_AT, disclosed
from svro.documents import letters
from svro.documents.disclosure_pdf import as_pdf
from svro.documents.typeset import NotTypeset, typeset

NAMES = {
    "Łukasz Żółć": "Łukasz Żółć",
    "Ọlá Ngũgĩ": "Ọlá Ngũgĩ",
    "Дмитро Ελλη": "Дмитро Ελλη",
    "李小龙": "[U+674E][U+5C0F][U+9F99]",
    "A 😀": "A [U+1F600]",
    "bell\x07": "bell[U+0007]",
    "a\tb": "a b",
    "a\r\nb\u2028c": "a\nb\nc",
}


@pytest.mark.parametrize("name, said", NAMES.items())
def test_a_letter_that_cannot_be_shown_is_printed_as_its_number(name: str, said: str) -> None:
    assert letters.shown({"a": [name, 1, None]}) == {"a": [said, 1, None]}
    assert letters.lacking((1, {"a": [name]})) is ("[U+" in said)


@pytest.mark.parametrize("name", ["李小龙 😀 ไทย محمد עברית नमस्ते \x07\x00\ufffe", "Ọlá"])
def test_a_disclosure_with_any_name_is_made(name: str) -> None:
    content, _ = disclosed(1, 0)
    with pypdfium2.PdfDocument(as_pdf(replace(content, client=name))) as read:
        text = " ".join(page.get_textpage().get_text_bounded() for page in read)
    assert ("typeface lacks" in text) is ("[U+" in letters.shown(name))


def test_without_that_the_document_would_stop() -> None:
    """The control."""
    from svro.documents import disclosure_pdf

    data = disclosure_pdf.printed(disclosed(1, 0)[0])
    with pytest.raises(NotTypeset, match="could not be displayed"):
        typeset("disclosure", {**data, "client": "x", "title": "李"}, KNOWN_AT)


def test_every_letter_that_is_held_can_be_set() -> None:
    """The font's own table of letters is read rightly: the whole of it is set, and so is nothing beside."""
    held = sorted(map(chr, letters._held()))
    assert len(held) > 2_000
    assert all(chr(code) in held for code in range(0x20, 0x7F))
    said = "".join(one for one in held if unicodedata.category(one)[0] in "LNPS")
    data = {"title": "x", "lead": said, "parts": [], "method": [], "version": "1"}
    typeset("report", {"paper": data, "known": "x", "alternatives": {}}, KNOWN_AT)
