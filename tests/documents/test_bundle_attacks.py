"""Bundles judged by the file that goes along: good ones hold, each way of tampering is found out and named.

What somebody without the log's key does is caught by the manifest. What its holder does, signing again, is
caught by the log, as far as a log can: the words and the records it vouches for, and its own tree.
"""

import io
import json
import random
import re
import struct
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from svro import verify_bundle
from svro.bench.disclosures import KEY, SIGNER, disclosed
from svro.documents.bundle import bundle, zipped
from svro.records import notes
from svro.verify_bundle import FORMAT, MANIFEST, SIGNATURE, zip_header

Files = dict[str, bytes]
FORGED = "(?:is damaged|header of|none of ours|follows the files|out of order)"


def ask(folder: Path, parts: list[bytes], *more: str) -> tuple[int, str]:
    """What the checking file answers on these parts: its exit status and its words."""
    paths = []
    for n, part in enumerate(parts):
        paths.append(folder / f"{n}.zip")
        paths[-1].write_bytes(part)
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        status = verify_bundle.main([*map(str, paths), *more])
    return status, said.getvalue()


def unzipped(data: bytes) -> Files:
    return {name: bytes(body) for name, body in verify_bundle.unzipped(memoryview(data)).items()}


def made(rng: random.Random, limit: int = 10_000_000) -> list[bytes]:
    """The parts of some bundle or other; without CSV's long columns they are small."""
    searches = rng.randrange(2, 6)
    redact = [n for n in range(1, searches + 1) if n > 2 and rng.random() < 0.4]
    content, files = disclosed(
        searches, rng.randrange(1, 4), seed=rng.getrandbits(32), redact=redact, log_size=rng.randrange(12, 90)
    )
    return list(bundle(content, files, SIGNER, limit).values())


def resigned(files: Files) -> bytes:
    """The files as the holder of the log's key could sign them, whatever they are."""
    manifest = json.loads(files[MANIFEST])
    manifest["files"] = [
        {"name": name, "part": 1, "bytes": len(data), "sha256": sha256(data).hexdigest()}
        for name, data in sorted(files.items())
        if name not in (MANIFEST, SIGNATURE)
    ]
    files = {**files, MANIFEST: json.dumps(manifest).encode()}
    note = SIGNER.sign(f"{FORMAT}\n{sha256(files[MANIFEST]).hexdigest()}\n")
    return zipped({**files, SIGNATURE: note.encode()})


def in_order(files: list[tuple[str, bytes]]) -> bytes:
    """A ZIP of files in this order, names twice if so."""
    out, heads = b"", b""
    for name, data in files:
        heads += zip_header(name.encode(), crc32(data), len(data), len(out))
        out += zip_header(name.encode(), crc32(data), len(data)) + data
    n = len(files)
    return out + heads + b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, n, n, len(heads), len(out), 0)


def changed(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


# Each takes a good bundle's bytes and gives a bad one's, and what must be said of it.
def one_byte(whole: bytes, rng: random.Random) -> tuple[bytes, str]:
    return changed(whole, rng), FORGED


def one_byte_repaired(whole: bytes, rng: random.Random) -> tuple[bytes, str]:
    """One byte of a file, with the ZIP made anew around it."""
    files = unzipped(whole)
    name = rng.choice(sorted(files))
    why = {
        MANIFEST: "The manifest is not the one that was signed",
        SIGNATURE: "signed|signature|base64|utf-8|not a|decod",
        "log-key.txt": "key|base64|decod|signed|utf-8|log-key.txt is not the file",
    }.get(name, f"{name} is not the file that was signed for")
    return zipped({**files, name: changed(files[name], rng)}), why


def reordered(whole: bytes, rng: random.Random) -> tuple[bytes, str]:
    files = list(unzipped(whole).items())
    a, b = rng.sample(range(len(files)), 2)
    files[a], files[b] = files[b], files[a]
    return in_order(files), "out of order"


def missing(whole: bytes, rng: random.Random) -> tuple[bytes, str]:
    files = unzipped(whole)
    name = rng.choice(sorted(files))
    del files[name]
    return zipped(files), f"{name}'? is missing"


def extra(whole: bytes, rng: random.Random) -> tuple[bytes, str]:
    name = rng.choice(("documents/", "csv/", "")) + f"extra-{rng.randrange(10**6)}.txt"
    return zipped({**unzipped(whole), name: b"more"}), f"{name} is in the bundle, and not in its manifest"


def twice(whole: bytes, rng: random.Random) -> tuple[bytes, str]:
    files = list(unzipped(whole).items())
    n = rng.randrange(len(files))
    files.insert(n, (files[n][0], b"another"))
    return in_order(files), "one is there twice"


def around(whole: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Bytes before, behind or between, a comment, a name that leads elsewhere, a part cut off."""
    other = rng.randbytes(rng.randrange(1, 40))
    at = rng.randrange(1, len(whole))
    files = list(unzipped(whole).items())
    return rng.choice(
        (
            (b"PK" + other + whole, "follows the files"),
            (whole + other, "follows the files"),
            (whole[:-2] + struct.pack("<H", len(other)) + other, "follows the files"),
            (whole[:at], FORGED),
            (in_order([("../" + files[0][0], b"x"), *files]), "none of ours"),
            (in_order([("/etc/passwd", b"x"), *files]), "none of ours"),
            (in_order([*files, ("documents\\x.exe", b"x")]), "none of ours"),
        )
    )


def stale(whole: bytes, rng: random.Random) -> tuple[bytes, str]:
    """A checkpoint of the same log's, or of some log's, that its key did sign, at another time."""
    files = unzipped(whole)
    older = _checkpoint(rng)
    if rng.random() < 0.5:
        return zipped({**files, "checkpoint.txt": older}), "checkpoint.txt is not the file"
    return resigned({**files, "checkpoint.txt": older}), "does not lead to the root that was signed"


def _checkpoint(rng: random.Random) -> bytes:
    return notes.signed_checkpoint(KEY, rng.randrange(1, 90), rng.randbytes(32)).encode()


def swapped_proof(whole: bytes, rng: random.Random) -> tuple[bytes, str]:
    files = unzipped(whole)
    rows = json.loads(files["evidence.json"])
    a, b = rng.sample(range(len(rows)), 2)
    for part in rng.choice((("path",), ("path", "index"), ("commitment",))):
        rows[a][part], rows[b][part] = rows[b][part], rows[a][part]
    bad = {**files, "evidence.json": json.dumps(rows).encode()}
    if rng.random() < 0.5:
        return zipped(bad), "evidence.json is not the file"
    return resigned(bad), "does not lead to the root|words of entry"


def _json(files: Files, change: Callable[[Any], object]) -> Files:
    content = json.loads(files["disclosure.json"])
    change(content)
    return {**files, "disclosure.json": json.dumps(content).encode()}


def by_the_key_holder(whole: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Everything is signed again, but the log and the files among themselves do not bear it out."""
    files = unzipped(whole)
    rows = json.loads(files["evidence.json"])
    opened = next(row for row in rows if row["entry"])
    first = lambda content: content["sections"][0]["items"][0]  # noqa: E731
    csv = rng.choice([name for name in files if name.endswith(".csv")])
    document = next(name for name in files if name.startswith("documents/"))
    ways: list[tuple[Files, str]] = [
        (_json(files, lambda c: first(c)["values"][2].update(value="elsewhere")), "does not say what"),
        (_json(files, lambda c: first(c).update(row=first(c)["row"][:-1])), "No entry of the log vouches"),
        (_json(files, lambda c: first(c).update(entries=["0" * 32])), "has no proof here"),
        (_json(files, lambda c: c.update(client="Somebody Else")), "does not say what"),
        (_json(files, lambda c: c["documents"].pop()), "not those that disclosure.json names"),
        (_json(files, lambda c: c["sections"].pop()), "not those that disclosure.json names|names an entry"),
        (_json(files, lambda c: c["sections"][0]["items"].reverse()), "does not say what"),
        ({**files, csv: files[csv] + b"1,2\r\n"}, "does not say what"),
        ({**files, "csv/99-more.csv": b"a\r\n"}, "not those that disclosure.json names"),
        ({**files, document: b"another"}, "is not as it was deposited"),
        ({**files, "evidence.json": b"[]"}, "has no proof here"),
    ]
    opened["entry"] = opened["entry"].replace("recorded", "recanted")
    ways.append(({**files, "evidence.json": json.dumps(rows).encode()}, "words of entry"))
    bad, why = rng.choice(ways)
    return resigned(bad), why


WAYS = (
    one_byte, one_byte, one_byte_repaired, reordered, missing, extra, twice, around, stale, swapped_proof,
    by_the_key_holder,
)  # fmt: skip


def judge(folder: Path, good: int, bad: int, seed: int) -> dict[str, int]:
    """How many good bundles held and how many bad ones were found out, for the reason they were bad."""
    rng = random.Random(seed)
    counts, pool = dict.fromkeys(["good", *(way.__name__ for way in WAYS)], 0), list[bytes]()
    for n in range(good):
        parts = made(rng, 140_000 if n % 5 == 0 else 10_000_000)
        key = () if n % 3 == 0 else ("--key", str(KEY))
        status, said = ask(folder, parts, *key)
        assert status == 0, (n, said)
        assert ("YOU GAVE NO KEY" in said) is (not key)
        assert "NOT LOOKED AT" not in said
        counts["good"] += 1
        if len(parts) == 1 and len(pool) < 60:
            pool.append(parts[0])
    for n in range(bad):
        way = WAYS[n % len(WAYS)]
        whole = rng.choice(pool)
        forged, why = way(whole, rng)
        assert forged != whole
        status, said = ask(folder, [forged], *(() if rng.random() < 0.3 else ("--key", str(KEY))))
        assert status == 1, (n, way.__name__, said)
        assert re.search(why, said), (n, way.__name__, why, said)
        counts[way.__name__] += 1
    return counts


def test_good_bundles_hold_and_tampered_ones_are_found_out_with_the_reason(tmp_path: Path) -> None:
    counts = judge(tmp_path, 10, 11 * 11, 1)
    assert sum(counts.values()) == 131
    assert all(counts.values())


@pytest.mark.full
def test_a_thousand_good_bundles_hold_and_ten_thousand_tampered_ones_are_found_out(tmp_path: Path) -> None:
    counts = judge(tmp_path, 1_000, 10_000, 2)
    print(counts)
    assert counts.pop("good") == 1_000
    assert sum(counts.values()) == 10_000


def test_with_what_it_checks_left_out_they_would_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what the key's holder signed again passes once nobody looks at the log."""
    rng = random.Random(3)
    [whole] = made(rng)
    while (found := by_the_key_holder(whole, rng))[1] != "words of entry":
        pass
    assert ask(tmp_path, [found[0]])[0] == 1
    monkeypatch.setattr(verify_bundle, "leaf_hash", lambda salt, entry: b"")
    monkeypatch.setattr(verify_bundle, "check_log", lambda rows, items, made: (len(rows), 0))
    assert ask(tmp_path, [found[0]])[0] == 0


def _by_a_stranger(files: Files, name: str) -> bytes:
    """The files signed with a key of this name that nobody knows, which goes along."""
    other = notes.Key.of(name, notes.LOG, bytes(range(1, 33)))
    files = {**files, "log-key.txt": f"{other}\n".encode()}
    manifest = json.loads(unzipped(resigned(files))[MANIFEST])
    manifest["parts"] = 10**15
    data = json.dumps(manifest).encode()
    body = f"{FORMAT}\n{sha256(data).hexdigest()}\n"
    note = f"{body}\n{notes.line(other, other.sign(body.encode()))}"
    return zipped({**files, MANIFEST: data, SIGNATURE: note.encode()})


def test_a_strangers_bundle_neither_writes_on_the_terminal_nor_fills_the_memory(tmp_path: Path) -> None:
    [whole] = made(random.Random(4))
    status, said = ask(tmp_path, [_by_a_stranger(unzipped(whole), "x\x1b[2J\x07")])
    assert status == 1
    assert "not signed by x?[2J?" in said
    assert all(one == "\n" or " " <= one <= "~" for one in said)


@pytest.mark.parametrize(
    "name, data", [("disclosure.json", b"[" * 200_000), ("evidence.json", b"{"), ("checkpoint.txt", b"\xff")]
)
def test_files_that_make_readers_stumble_are_refused(tmp_path: Path, name: str, data: bytes) -> None:
    [whole] = made(random.Random(5))
    status, said = ask(tmp_path, [resigned({**unzipped(whole), name: data})])
    assert status == 1
    assert said.startswith("NOT PROVED: ")


def test_tampering_with_one_part_of_several_is_found_out(tmp_path: Path) -> None:
    rng = random.Random(6)
    parts = made(rng, 140_000)
    assert len(parts) > 1
    for way in (one_byte, one_byte_repaired, reordered, extra, twice, around) * 6:
        n = rng.randrange(len(parts))
        forged, why = way(parts[n], rng)
        status, said = ask(tmp_path, [forged if at == n else part for at, part in enumerate(parts)])
        assert status == 1, (way.__name__, said)
        assert re.search(f"{why}|not parts of one bundle", said), (way.__name__, why, said)
    status, said = ask(tmp_path, parts[1:])
    assert (status, "NOT LOOKED AT" in said) == (0, True), (
        "the control: a part alone holds, and says what lacks"
    )
