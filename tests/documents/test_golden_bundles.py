"""Six bundles as they have always been: their JSON, their tables, and the text of their PDF.

After a change that is meant, SVRO_WRITE_GOLDEN=1 writes them anew, for somebody to read the difference.
"""

import os
import re
from pathlib import Path

import pypdfium2
import pytest

from svro.bench.disclosures import KEY, SIGNER
from svro.documents.bundle import bundle
from svro.documents.disclosed import Plain
from svro.documents.disclosure_pdf import words
from tests.documents.cases import CASES
from tests.documents.test_bundle_attacks import ask, unzipped

GOLDEN = Path(__file__).parent / "golden"


def text_of(pdf: bytes) -> str:
    """What a reader sees, page by page."""
    with pypdfium2.PdfDocument(pdf) as read:
        pages = [page.get_textpage().get_text_bounded() for page in read]
    said = "\n----\n".join(page.replace("\r\n", "\n").replace("\ufffe", "-").strip() for page in pages)
    return re.sub(r" \n", "\n", re.sub(r"(?: \.){4,} ?", " ... ", said)) + "\n"


def compared(case: str) -> dict[str, str]:
    """What is compared of a case's bundle, by the names of the golden files."""
    [whole] = bundle(CASES[case](), {}, SIGNER).values()
    files = unzipped(whole)
    said = {
        name.removeprefix("csv/"): data.decode().replace("\r\n", "\n")
        for name, data in files.items()
        if name.endswith(".csv") or name == "disclosure.json"
    }
    return {**said, "disclosure.txt": text_of(files["disclosure.pdf"])}


@pytest.mark.parametrize("case", CASES)
def test_a_bundle_is_as_it_has_always_been(case: str) -> None:
    folder, made = GOLDEN / case, compared(case)
    if os.environ.get("SVRO_WRITE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, text in made.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    held = {file.name: file.read_bytes().decode() for file in folder.iterdir()}
    assert sorted(held) == sorted(made)
    for name, text in held.items():
        assert made[name] == text, name


@pytest.mark.parametrize("case", CASES)
def test_each_of_them_holds(case: str, tmp_path: Path) -> None:
    status, said = ask(tmp_path, list(bundle(CASES[case](), {}, SIGNER).values()), "--key", str(KEY))
    assert status == 0, said


@pytest.mark.parametrize("case", CASES)
def test_what_the_data_say_is_in_the_pdf_too(case: str) -> None:
    """Every field, with its label and what it says or why not; every sentence; every redaction."""
    content, text = CASES[case](), "".join(compared(case)["disclosure.txt"].split())
    reasons = {(one.item, one.where): one.reason for one in content.redactions}
    for section in content.sections:
        wanted = [section.title, section.searched, *([] if section.items else ["No data held."])]
        for item in section.items:
            wanted.append(f"Item {item.number}: {item.title}")
            for one in item.values:
                said = {"no-data": "[No data held]", "erased": "[Erased]"}.get(one.state, words(one.value))
                if one.state == "redacted":
                    said = f"[Redacted: {reasons[item.number, one.name]}]"
                wanted.append(f"{one.label}: {said}")
        for told in wanted:
            assert "".join(told.split()) in text, told
    for told in (*content.statement, *content.checkpoint.split(), content.client, content.firm):
        assert "".join(told.split()) in text, told


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2025-03-14T21:15:00Z", "14 March 2025, 21:15 GMT"),
        ("2025-07-01T08:00:09.250000Z", "1 July 2025, 09:00:09 BST"),
        ("2024-02-29", "29 February 2024"),
        ("2023-02-29", "2023-02-29"),
        ("2025-03-14T21:15:00", "2025-03-14T21:15:00"),
        (("2025-10-31", None, True, 7, "x"), "31 October 2025; ; Yes; 7; x"),
        (False, "No"),
    ],
)
def test_a_value_is_said_as_a_reader_takes_it(value: Plain | tuple[Plain, ...], said: str) -> None:
    assert words(value) == said


def test_each_says_what_it_is_about() -> None:
    def text(case: str) -> str:
        return " ".join((GOLDEN / case / "disclosure.txt").read_text(encoding="utf-8").split())

    assert "ended by a later order" in text("superseded-order")
    assert "There was no power: orders of the pilot lapsed" in text("search-after-lapse")
    assert "quashed on appeal" in text("quashed-order")
    assert text("heavily-redacted").count("[Redacted: ") == 10
    assert text("nothing-held").count("No data held.") >= 4
