"""The bundle: what is handed over, in one ZIP or in parts that can be sent, signed and open to be checked.

A ZIP of ours holds its files as they are, by name, under headers that are always the same: it opens
everywhere, the same input is the same bytes whatever packs it, and the program that checks it refuses
anything that two programs could read in two ways.
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import msgspec

from svro import verify_bundle
from svro.documents import disclosure_data, explained, unfit
from svro.documents.disclosed import Disclosed
from svro.documents.disclosure_pdf import as_pdf
from svro.verify_bundle import FORMAT, KEY, MANIFEST, SIGNATURE, zip_header

LIMIT = 10_000_000
"""The most bytes of one part: what mail lets through. A single document above that is a part of its own."""
VERIFIER = "svro_verify.py"
PAGE = "read-me-first.html"


class Signer(NamedTuple):
    """Who signs: the log's public key as it is published, and what makes of a text a note signed by it."""

    key: str
    sign: Callable[[str], str]


def bundle(
    disclosed: Disclosed, documents: Mapping[str, bytes], signer: Signer, limit: int = LIMIT
) -> dict[str, bytes]:
    """Every part of a bundle at once: see `parts_of`."""
    return dict(parts_of(disclosed, documents, signer, limit))


def parts_of(
    disclosed: Disclosed, documents: Mapping[str, bytes], signer: Signer, limit: int = LIMIT
) -> Iterator[tuple[str, bytes]]:
    """The bundle's parts with their file names, one after the other, so that they need not all be held:
    `disclosure-REFERENCE-ISSUE.zip`, or above `limit` bytes `...-1of3.zip` and so on.

    `documents` are the files that go along, by their names in `disclosed.documents`. Raises unfit.Unfit for
    what must not be handed over, and typeset.NotTypeset. The PDF takes seconds where there is much: run it in
    a thread.
    """
    unfit.check(disclosed, documents, signer.key)
    own = {"disclosure.pdf": as_pdf(disclosed), **disclosure_data.files(disclosed)}
    own |= {f"documents/{name}": data for name, data in documents.items()}
    shared = {KEY: f"{signer.key}\n".encode(), VERIFIER: Path(verify_bundle.__file__).read_bytes()}
    fingerprint = sha256(signer.key.encode()).hexdigest()
    # The page and the manifest name every part: how many there are must be known before they are made.
    name = f"disclosure-{_slug(disclosed.reference)}-{disclosed.issue}"
    spare = 4096 + sum(map(len, shared.values())) + len(explained.page(disclosed, (), fingerprint))
    spare += sum(len(one) + 120 for one in own)  # the manifest's lines
    parts = _shared_out(own, max(limit - spare, 1))
    count = max(parts.values())
    names = (f"{name}.zip",) if count == 1 else tuple(f"{name}-{n}of{count}.zip" for n in range(1, count + 1))
    shared[PAGE] = explained.page(disclosed, names, fingerprint)
    shared[MANIFEST] = _manifest(disclosed, names, {**own, **shared}, parts)
    shared[SIGNATURE] = signer.sign(f"{FORMAT}\n{sha256(shared[MANIFEST]).hexdigest()}\n").encode()
    for n, file in enumerate(names, 1):
        yield file, zipped({**shared, **{one: own[one] for one, part in parts.items() if part == n}})


def _slug(reference: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", reference.lower()).strip("-") or "bundle"


def _shared_out(own: Mapping[str, bytes], room: int) -> dict[str, int]:
    """The part of each file: what is to be read first, then the documents, each part as full as it gets."""
    parts, part, used = dict[str, int](), 1, 0
    for name in sorted(own, key=lambda one: (one.startswith("documents/"), one)):
        size = len(own[name]) + 2 * len(name) + 76
        if used and used + size > room:
            part, used = part + 1, 0
        parts[name], used = part, used + size
    return parts


def _manifest(
    disclosed: Disclosed, names: tuple[str, ...], files: Mapping[str, bytes], parts: Mapping[str, int]
) -> bytes:
    """Which file is in which part (0: in each), how long it is, and its SHA-256; the same in every part."""
    lines = [
        msgspec.json.encode(
            {
                "name": name,
                "part": parts.get(name, 0),
                "bytes": len(files[name]),
                "sha256": sha256(files[name]).hexdigest(),
            }
        )
        for name in sorted(files)
    ]
    head = {
        "format": FORMAT,
        "reference": disclosed.reference,
        "issue": disclosed.issue,
        "parts": len(names),
        "names": names,
    }
    return msgspec.json.encode(head)[:-1] + b',"files":[\n' + b",\n".join(lines) + b"\n]}\n"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Files as a ZIP: stored, in the order of their names, dated 1 January 1980."""
    out, heads = bytearray(), bytearray()
    for name in sorted(files):
        data, raw = files[name], name.encode("ascii")
        heads += zip_header(raw, crc32(data), len(data), len(out))
        out += zip_header(raw, crc32(data), len(data)) + data
    end = struct.pack("<HHHHLLH", 0, 0, len(files), len(files), len(heads), len(out), 0)
    return bytes(out + heads) + b"PK\5\6" + end
