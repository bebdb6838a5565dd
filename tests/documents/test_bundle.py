"""A disclosure as a bundle: whole, the same each time, readable by anything, and refused where it would tell
what was redacted.
"""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pikepdf
import pypdfium2
import pytest
from msgspec.structs import replace

from svro.bench.disclosures import KEY, SIGNER, disclosed, value
from svro.documents import disclosure_data, explained
from svro.documents.bundle import Signer, bundle
from svro.documents.disclosed import Disclosed, Evidence
from svro.documents.unfit import Unfit, check, faults
from svro.records import merkle, notes
from tests.conftest import CHECKOUT
from tests.documents.test_bundle_attacks import ask, unzipped


def one(*args: Any, **kwargs: Any) -> bytes:
    content, files = disclosed(*args, **kwargs)
    [whole] = bundle(content, files, SIGNER).values()
    return whole


def test_the_same_input_is_the_same_bytes_on_another_day_and_in_another_place() -> None:
    here = one(4, 2, redact=(2,))
    ask_again = (
        "import sys, hashlib; sys.path.insert(0, '.')\n"
        "from tests.documents.test_bundle import one\n"
        "sys.stdout.write(hashlib.sha256(one(4, 2, redact=(2,))).hexdigest())"
    )
    elsewhere = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", ask_again],
        cwd=CHECKOUT, env=elsewhere, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == sha256(here).hexdigest()
    assert one(4, 2, redact=(3,)) != here


def test_any_program_opens_it_and_its_names_are_ascii(tmp_path: Path) -> None:
    content, files = disclosed(3, 2)
    [(name, whole)] = bundle(content, files, SIGNER).items()
    assert name == "disclosure-disc-2025-0001-1.zip"
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        names = opened.namelist()
        assert {name: opened.read(name) for name in names} == unzipped(whole)
    assert all(one.isascii() for one in names)
    assert names == sorted(names)
    for document, data in files.items():
        assert unzipped(whole)[f"documents/{document}"] == data
    if system := shutil.which("unzip"):
        (tmp_path / name).write_bytes(whole)
        assert subprocess.run([system, "-tq", tmp_path / name], capture_output=True).returncode == 0


def parts_of(limit: int = 300_000, **kwargs: Any) -> dict[str, bytes]:
    content, files = disclosed(4, 20, document_bytes=20_000, **kwargs)
    return bundle(content, files, SIGNER, limit)


def test_above_the_limit_it_comes_in_parts_that_each_stand_alone(tmp_path: Path) -> None:
    parts = parts_of()
    names = list(parts)
    assert names == [f"disclosure-disc-2025-0001-1-{n}of{len(names)}.zip" for n in range(1, len(names) + 1)]
    assert len(names) > 1
    assert all(len(part) <= 300_000 for part in parts.values())
    inside = [unzipped(part) for part in parts.values()]
    for shared in ("manifest.json", "signature.txt", "log-key.txt", "svro_verify.py", "read-me-first.html"):
        assert len({files[shared] for files in inside}) == 1
    listed = {entry["name"] for entry in json.loads(inside[0]["manifest.json"])["files"]}
    assert listed | {"manifest.json", "signature.txt"} == set().union(*inside)
    assert ask(tmp_path, list(parts.values()))[0] == 0
    status, said = ask(tmp_path, [parts[names[1]]], "--key", str(KEY))
    assert status == 0
    assert said.startswith("PROVED\nBUT ONLY IN PART: parts [1")
    assert "items and proofs" in said
    status, said = ask(tmp_path, [parts[names[0]]], "--key", str(KEY))
    assert status == 0
    assert "24 items" in said


def test_parts_of_two_bundles_are_told_apart(tmp_path: Path) -> None:
    ours, theirs = (list(parts_of(seed=seed).values()) for seed in (1, 2))
    status, said = ask(tmp_path, [ours[0], theirs[1]])
    assert status == 1
    assert "not parts of one bundle" in said


def test_it_runs_in_an_empty_environment_without_a_network(tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(one(2, 1))
    with zipfile.ZipFile(tmp_path / "bundle.zip") as opened:
        opened.extract("svro_verify.py", tmp_path)
    apart = [["unshare", "-rn"]] if _can("unshare", "-rn", "true") else [[]]
    for before in apart:
        done = subprocess.run(
            [*before, sys.executable, "-I", "-S", "svro_verify.py", "bundle.zip"],
            cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("PROVED\n")
        assert sha256(str(KEY).encode()).hexdigest() in done.stdout
    with_no_arguments = subprocess.run(
        [sys.executable, "-I", "svro_verify.py"], cwd=tmp_path, capture_output=True, check=False
    )
    assert with_no_arguments.returncode == 2


def _can(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def test_another_key_than_the_logs_is_found_out_where_the_logs_is_given(tmp_path: Path) -> None:
    other = notes.Key.of("svro.test/log", notes.LOG, bytes(range(1, 33)))
    false = Signer(str(other), lambda body: f"{body}\n{notes.line(other, other.sign(body.encode()))}")
    content, files = disclosed(2, 1)
    content = replace(content, checkpoint=_resign(content.checkpoint, other))
    [whole] = bundle(content, files, false).values()
    status, said = ask(tmp_path, [whole])
    assert status == 0
    assert "YOU GAVE NO KEY" in said, "the control: with the key in the bundle alone it passes, and says so"
    status, said = ask(tmp_path, [whole], "--key", str(KEY))
    assert status == 1
    assert "is not signed by svro.test/log" in said
    key = tmp_path / "key.txt"
    key.write_text(f"{other}\n", encoding="ascii")
    assert ask(tmp_path, [whole], "--key", str(key))[0] == 0


def _resign(note: str, key: notes.Key) -> str:
    body, _ = notes.read_note(note)
    return f"{body}\n{notes.line(key, key.sign(body.encode()))}"


def test_a_witness_a_kept_checkpoint_and_the_least_size_are_checked(tmp_path: Path) -> None:
    from svro import verify

    seed = bytes(range(9, 41))
    witness = verify.Key("witness.test", verify.COSIGNER, verify.public_key(seed), seed)
    published = str(notes.Key.of("witness.test", notes.COSIGNER, seed))
    content, files = disclosed(2, 1, log_size=50)
    body, _ = notes.read_note(content.checkpoint)
    content = replace(content, checkpoint=content.checkpoint + verify.cosign(body, witness, 1_700_000_000))
    [whole] = bundle(content, files, SIGNER).values()
    status, said = ask(tmp_path, [whole], "--witness", published)
    assert status == 0
    assert "at 1700000000 s" in said
    assert ask(tmp_path, [one(2, 1)], "--witness", published)[0] == 1
    status, said = ask(tmp_path, [whole], "--at-least", "51")
    assert status == 1
    assert "stale: 50 entries" in said
    assert ask(tmp_path, [whole], "--at-least", "50")[0] == 0


def test_a_checkpoint_kept_elsewhere_must_be_of_the_same_log(tmp_path: Path) -> None:
    """A log of 60 whose first 50 leaves are the bundle's, another that is not; both signed by the key."""
    leaves = [bytes([n]) * 32 for n in range(60)]
    tree = dict(merkle.grown(0, [], leaves))

    def root(start: int, end: int) -> bytes:
        return merkle.fold([tree[place] for place in merkle.whole(start, end)])

    entry = Evidence(
        leaf="0" * 32, commitment=leaves[7].hex(), index=7,
        path=tuple(root(*step).hex() for step in merkle.inclusion(7, 50)), closed="redacted",
    )  # fmt: skip
    content, files = disclosed(1, 0)
    [item] = content.sections[0].items
    item = replace(item, entries=(entry.leaf,), row=None)
    content = replace(
        content,
        sections=(replace(content.sections[0], items=(item,)), *content.sections[1:]),
        evidence=(entry,), checkpoint=notes.signed_checkpoint(KEY, 50, root(0, 50)),
    )  # fmt: skip
    [whole] = bundle(content, files, SIGNER).values()
    kept, proof = tmp_path / "kept", tmp_path / "proof.json"
    proof.write_text(json.dumps({"path": [root(*step).hex() for step in merkle.consistency(50, 60)]}))

    def with_note(size: int, top: bytes, *more: str) -> tuple[int, str]:
        kept.write_text(notes.signed_checkpoint(KEY, size, top), encoding="utf-8", newline="")
        return ask(tmp_path, [whole], "--note", str(kept), *more)

    assert with_note(50, root(0, 50))[0] == 0
    assert "not of one log" in with_note(50, bytes(32))[1]
    assert "give the log's proof" in with_note(60, root(0, 60))[1]
    status, said = with_note(60, root(0, 60), "--consistency", str(proof))
    assert (status, "of one log with your checkpoint (50 and 60" in said) == (0, True)
    status, said = with_note(60, bytes(32), "--consistency", str(proof))
    assert (status, "not of one log" in said) == (1, True)


def test_the_json_is_the_disclosure_and_holds_to_its_schema() -> None:
    content, files = disclosed(3, 2, redact=(2,))
    inside = unzipped(next(iter(bundle(content, files, SIGNER).values())))
    said = json.loads(inside["disclosure.json"])
    assert said.pop("format") == "svro disclosure 1"
    again = {**said, "evidence": json.loads(inside["evidence.json"]), "checkpoint": content.checkpoint}
    assert msgspec.convert(again, Disclosed) == content
    schema = json.loads(inside["disclosure.schema.json"])
    jsonschema.validate(json.loads(inside["disclosure.json"]), schema)
    jsonschema.validate(again["evidence"], {**schema, "$ref": "#/$defs/EvidenceFile"})
    assert list(schema["$defs"]["Disclosed"]["properties"]) == ["format", *said]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(said, schema)


TRICKS = (
    '=HYPERLINK("x")',
    "+44 7700 900000",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "a, b",
    'a "b"',
    "two\nlines",
    "'a",
)


def test_the_tables_say_the_same_and_no_text_of_them_is_run() -> None:
    content, files = disclosed(9, 0, redact=(2,))
    items = tuple(
        replace(item, row=None, values=(*item.values, value("trick", trick), value("below", -n)))
        for n, (item, trick) in enumerate(zip(content.sections[0].items, TRICKS, strict=True), 1)
    )
    evidence = tuple(replace(entry, entry=None, salt=None, closed="redacted") for entry in content.evidence)
    sections = (replace(content.sections[0], items=items), *content.sections[1:])
    content = replace(content, sections=sections, evidence=evidence)
    made = disclosure_data.files(content)
    rows = list(csv.DictReader(io.StringIO(made["csv/01-searches.csv"].decode(), newline="")))
    assert len(rows) == 9
    for row, item, trick in zip(rows, items, TRICKS, strict=True):
        assert row["trick"] in (trick, f"'{trick}")
        assert not row["trick"].startswith(("=", "+", "-", "@", "\t"))
        assert row["below"] == str(-item.number)
        for field in item.values:
            if field.state == "held" and isinstance(field.value, str) and field.name != "trick":
                assert row[field.name] == field.value
    assert rows[1]["place"] == "(redacted: third-party)"
    assert rows[0]["copy_given"] == "(no data held)"
    described = json.loads(made["csv/csv-metadata.json"])
    for table in described["tables"]:
        head = made[f"csv/{table['url']}"].decode().partition("\r\n")[0]
        assert [column["titles"] for column in table["tableSchema"]["columns"]] == next(csv.reader([head]))
    assert {f"csv/{table['url']}" for table in described["tables"]} == {
        name for name in made if name.endswith(".csv")
    }
    [whole] = bundle(content, files, SIGNER).values()
    assert unzipped(whole)["csv/01-searches.csv"] == made["csv/01-searches.csv"]


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.text = list[tuple[str, Any]](), ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_says_what_it_proves_and_what_not_and_runs_nothing() -> None:
    page = _Page(unzipped(one(2, 1, firm="<script>alert(1)</script> & Sons"))["read-me-first.html"].decode())
    for sentence in (*explained.PROVES, *explained.PROVES_NOT, *explained.HOW):
        assert sentence in page.text
    assert "<script>alert(1)</script> & Sons" in page.text
    assert "python3 -I svro_verify.py disclosure-disc-2025-0001-1.zip --key KEY" in page.text
    assert sha256(str(KEY).encode()).hexdigest() in page.text
    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in page.tags}
    assert not any("src" in attributes or "href" in attributes for _, attributes in page.tags)
    assert ("html", {"lang": "en-GB"}) in page.tags


def test_the_pdf_is_tagged_bookmarked_and_numbered_and_its_contents_lead_there() -> None:
    data = unzipped(one(12, 3, redact=(5,)))["disclosure.pdf"]
    with pypdfium2.PdfDocument(data) as read:
        pages = [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in read]
        marks = [(one.level, one.get_title(), one.get_dest().get_index()) for one in read.get_toc()]
    for n, page in enumerate(pages, 1):
        assert f"Page {n} of {len(pages)}" in page
    tops = [title for level, title, _ in marks if level == 0]
    assert tops == [
        "Statement of completeness", "Schedule of items", "Searches under the order", "Breaches",
        "Documents", "What was redacted, and why", "Files that go along",
        "What this proves and what it does not",
    ]  # fmt: skip
    for _, title, at in marks:
        assert title.replace(" ", "") in "".join(pages[at].split())
        if title in tops:
            assert f"{title} " in pages[1]
    contents = {line.rsplit(" ", 1)[1] for line in pages[1].splitlines() if line.startswith("Breaches")}
    assert contents == {str(next(at for _, title, at in marks if title == "Breaches") + 1)}
    for number in range(1, 16):
        at = next(at for _, title, at in marks if title.startswith(f"Item {number}:"))
        line = next(line for page in pages for line in page.splitlines() if line.startswith(f"{number} "))
        assert line.rsplit(" ", 1)[1] == str(at + 1), line
    whole = "\n".join(pages)
    assert "No data held." in whole
    assert "[Redacted: It names somebody else" in " ".join(whole.split())
    with pikepdf.open(io.BytesIO(data)) as opened:
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang) == "en-GB"
        xmp = opened.Root.Metadata.read_bytes().decode()
    assert "<pdfuaid:part>1<" in xmp
    assert ("<pdfaid:part>2<" in xmp, "<pdfaid:conformance>A<" in xmp) == (True, True)


def _searches(content: Disclosed, **changes: Any) -> Disclosed:
    """The same with its first search changed."""
    first, *others = content.sections[0].items
    section = replace(content.sections[0], items=(replace(first, **changes), *others))
    return replace(content, sections=(section, *content.sections[1:]))


def _evidence(content: Disclosed, n: int, **changes: Any) -> Disclosed:
    evidence = list(content.evidence)
    evidence[n] = replace(evidence[n], **changes)
    return replace(content, evidence=tuple(evidence))


def _unfit() -> dict[str, tuple[Disclosed, dict[str, bytes]]]:
    """What must not be handed over, by what is said of it."""
    content, files = disclosed(2, 1)
    [document] = content.documents
    first = content.sections[0].items[0]
    cut = tuple(replace(one, state="redacted", value=None, ground="third-party") for one in first.values[2:3])
    with_cut = replace(
        _searches(content, values=(*first.values[:2], *cut)),
        redactions=disclosed(1, 0, redact=(1,))[0].redactions,
    )
    shut: Any = {"entry": None, "salt": None, "closed": "redacted"}
    hash_, size = value("sha256", "ab" * 32), value("size", 61)
    paper = content.sections[2]
    anew = replace(content, documents=(replace(document, redacted=True, deposited_sha256=None),))
    return {
        "whole record would be shown": (with_cut, files),
        "an entry behind it is open": (_rowless(with_cut), files),
        "vouches for a record that is not shown whole": (_searches(content, row=None), files),
        "No open entry vouches": (_evidence(content, 0, **shut), files),
        "no line of the redaction log": (replace(with_cut, redactions=()), files),
        "belongs to no item": (_searches(content, entries=(), row=None), files),
        "There is no proof of the entry": (replace(content, evidence=content.evidence[1:]), files),
        "must be open, with its salt": (_evidence(content, 0, salt=None), files),
        "not those that were committed to": (_evidence(content, 0, salt="00" * 32), files),
        "given twice": (replace(content, evidence=(*content.evidence, content.evidence[0])), files),
        "numbered from 1": (_searches(content, number=7), files),
        "a field twice": (_searches(content, values=(hash_, hash_)), files),
        "and yet it says something": (
            _searches(content, values=(replace(hash_, state="no-data"),)), files,
        ),
        "not those that are listed": (content, {**files, "more.pdf": b"x"}),
        "names a document that is not listed": (_searches(content, file="other.pdf"), files),
        "document's name": (
            replace(content, documents=(replace(document, file="../x"),)), {"../x": files[document.file]},
        ),
        "not called redacted": (content, {document.file: b"other"}),
        "unless it is redacted": (
            replace(content, documents=(replace(document, redacted=True),)), {document.file: b"other"},
        ),
        "gives the hash of a document": (
            _evidence(
                replace(
                    anew,
                    sections=(
                        *anew.sections[:2],
                        replace(paper, items=(replace(paper.items[0], row=None, values=(hash_,)),)),
                    ),
                ),
                2, **shut,
            ),
            {document.file: b"other"},
        ),
        "gives the size of a document": (
            _evidence(
                replace(
                    anew,
                    sections=(
                        *anew.sections[:2],
                        replace(paper, items=(replace(paper.items[0], row=None, values=(size,)),)),
                    ),
                ),
                2, **shut,
            ),
            {document.file: b"other"},
        ),
        "is redacted in part, and yet its whole": (anew, {document.file: b"other"}),
        "keys must differ": (
            replace(content, sections=(replace(content.sections[0], key="Ü"), *content.sections[1:])), files,
        ),
        "does not lead to the root": (_evidence(content, 1, index=content.evidence[1].index + 1), files),
        "is not signed by": (
            replace(content, checkpoint=content.checkpoint.replace("/log ", "/clog ")), files,
        ),
        "names no item": (
            replace(content, redactions=tuple(replace(one, item=99) for one in with_cut.redactions)), files,
        ),
    }  # fmt: skip


def _rowless(content: Disclosed) -> Disclosed:
    return _searches(content, row=None)


def test_what_would_tell_what_was_redacted_is_refused() -> None:
    for why, (content, files) in _unfit().items():
        with pytest.raises(Unfit):
            check(content, files, str(KEY))
        assert any(why in sentence for sentence in faults(content, files, str(KEY))), why
        with pytest.raises(Unfit):
            bundle(content, files, SIGNER)
    check(*disclosed(2, 1), str(KEY))
    check(*disclosed(2, 1, redact=(1,)), str(KEY))


def test_an_open_entry_behind_a_redaction_would_give_the_name_away() -> None:
    """The control for the rule: from the hash in an open entry and a row short of one field, a name is found
    by trying; of what a bundle shows of the same search, none of the names fits.
    """
    content, files = disclosed(1, 0, redact=(1,))
    [item] = content.sections[0].items
    open_one, _ = disclosed(1, 0)
    whole = json.loads(open_one.sections[0].items[0].row or "{}")
    [entry] = open_one.evidence
    leaked = json.loads(entry.entry or "{}")["rows"][0]["now"]
    tried = ("Bold Street", "Lime Street", "Scotland Road", "Wavertree Road")

    def guesses(shown: str) -> list[str]:
        rows = {place: json.dumps({**whole, "place": place}, separators=(",", ":")) for place in tried}
        return [place for place, row in rows.items() if sha256(row.encode()).hexdigest() in shown]

    assert guesses(leaked) == [whole["place"]]
    [packed] = bundle(content, files, SIGNER).values()
    shown = b"\n".join(data for name, data in unzipped(packed).items()).decode("latin-1")
    assert guesses(shown) == []
    assert leaked not in shown
