"""Check a disclosure bundle made by svro: this file and Python 3.9 or newer are all it takes, and no network.

    python3 -I svro_verify.py BUNDLE.zip [PARTS] [--key KEY] [--witness KEY] [--note NOTE] [--at-least N]

KEY is the log's public key as its owner published it, or a file with it: a key that only the bundle names
proves little, for anybody can put one there. NOTE is a checkpoint that you or a witness kept; where it is of
another size, --consistency names the file with the log's proof that one goes on from the other. Exit: 0 it
holds, 1 it does not, 2 wrong usage. Sources: RFC 9162 ss.2.1.3, 2.1.4; RFC 8032 s.5.1; C2SP signed-note.
"""

import argparse
import base64
import csv
import hashlib
import io
import json
import os
import re
import struct
import sys
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# One blank line between functions, for all of it is to fit on 400 lines.
# fmt: off
EMPTY = hashlib.sha256(b"").digest()
LOG, COSIGNER = 1, 4  # kinds of key: Ed25519 over a note; Ed25519 over a timestamped checkpoint
MAX_SIZE = 1 << 62

class Bad(Exception):
    """It does not hold; the sentence says why."""

def leaf_hash(salt: bytes, entry: bytes) -> bytes:
    """The leaf of an entry and its 32-byte salt."""
    return hashlib.sha256(b"\x00" + salt + entry).digest()

def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()

def _climb(at: int, last: int, path: Sequence[bytes], old: bytes) -> "tuple[bytes, bytes] | None":
    """The roots a path leads to, of the earlier tree and of the whole; None if too long or too short."""
    new = old
    for step in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            old, new = _node(step, old), _node(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = _node(new, step)
        at, last = at >> 1, last >> 1
    return (old, new) if last == 0 else None

def _fit(sizes: Sequence[object], hashes: Sequence[object]) -> bool:
    fit = all(type(one) is int and 0 <= one <= MAX_SIZE for one in sizes)
    return fit and all(isinstance(one, bytes) and len(one) == 32 for one in hashes)

def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf stands at `index` (from 0) of the tree of `size` leaves that has this root."""
    if not _fit((index, size), (leaf, root, *path)) or index >= size:
        return False
    found = _climb(index, size - 1, path, leaf)
    return found is not None and found[1] == root

def check_consistency(first: int, second: int, path: Sequence[bytes], old: bytes, new: bytes) -> bool:
    """Whether the tree of `first` leaves (root `old`) begins the tree of `second` leaves (root `new`)."""
    if not _fit((first, second), (old, new, *path)) or first > second:
        return False
    if first in (0, second):
        return not path and (first != second or old == new) and (first > 0 or old == EMPTY)
    steps = list(path) if first & (first - 1) else [old, *path]
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    return bool(steps) and _climb(at, last, steps[1:], steps[0]) == (old, new)

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]
ZERO: Point = (0, 1, 1, 0)

def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def _times(n: int, p: Point) -> Point:
    made = ZERO
    while n:
        made = _add(made, p) if n & 1 else made
        p, n = _add(p, p), n >> 1
    return made

def _packed(p: Point) -> bytes:
    x, y = (part * pow(p[2], -1, P) % P for part in p[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little")

def _point(data: bytes) -> "Point | None":
    """The point that 32 bytes stand for; None for no point, or one not written in its one form."""
    number = int.from_bytes(data, "little")
    y, odd = number & ((1 << 255) - 1), number >> 255
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or v * x * x % P != u or (x == 0 and odd):
        return None
    x = P - x if x & 1 != odd else x
    return x, y, 1, x * y % P

BASE = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or ZERO

def _number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L

def signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is this key's; points of small order would let one pass for many messages."""
    key, commitment, sized = _point(public), _point(signature[:32]), (len(public), len(signature)) == (32, 64)
    answer = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or answer >= L or not sized:
        return False
    if _packed(ZERO) in (_packed(_times(8, key)), _packed(_times(8, commitment))):
        return False
    minus: Point = (P - key[0], key[1], 1, P - key[3])
    found = _add(_times(answer, BASE), _times(_number(signature[:32], public, message), minus))
    return _packed(found) == signature[:32]

class Key(NamedTuple):
    """A key by the name of its holder; `secret` is its seed, where it is ours to sign with."""

    name: str
    kind: int
    public: bytes
    secret: bytes = b""

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

class Checkpoint(NamedTuple):
    """What a log says of itself: so many leaves, under this root. `body` is what is signed."""

    origin: str
    size: int
    root: bytes
    body: str

def _decoded(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise Bad(f"base64 in another than its one form: {text[:60]!r}")
    return data

def read_key(text: str) -> Key:
    """A public key as published: `name+id+base64`."""
    name, _, rest = text.strip().partition("+")
    data = _decoded(rest.partition("+")[2])
    if len(data) != 33 or data[0] not in (LOG, COSIGNER) or not name or any(c.isspace() for c in name):
        raise Bad(f"This is not a key: {name[:60]!r}")
    key = Key(name, data[0], data[1:])
    if key.id.hex() != rest.partition("+")[0]:
        raise Bad(f"The key's id does not fit the key of {name}.")
    return key

def read_note(note: str) -> "tuple[str, list[tuple[str, bytes, bytes]]]":
    """(what is signed, [(name, key id, signature)]) of a signed note."""
    body, blank, lines = note.rpartition("\n\n")
    split = [line.split(" ") for line in lines[:-1].split("\n")]
    if not blank or lines[-1:] != "\n" or any(len(line) != 3 or line[0] != "\u2014" for line in split):
        raise Bad("This is not a signed note.")
    return body + "\n", [(name, _decoded(data)[:4], _decoded(data)[4:]) for _, name, data in split]

def read_checkpoint(body: str) -> Checkpoint:
    """The origin, size and root that a checkpoint's text says, whoever signed it."""
    lines = body.split("\n")
    if len(lines) < 4 or not lines[0] or lines[-1] or not (lines[1].isascii() and lines[1].isdigit()):
        raise Bad("This is not a checkpoint.")
    size, root = int(lines[1]), _decoded(lines[2])
    if str(size) != lines[1] or not _fit((size,), (root,)) or (size == 0 and root != EMPTY):
        raise Bad("This is not a checkpoint: its size or root cannot be.")
    return Checkpoint(lines[0], size, root, body)

def _by(note: str, key: Key, kind: int, length: int) -> "tuple[str, list[bytes]]":
    body, lines = read_note(note)
    mine = [data for name, id_, data in lines if (name, id_) == (key.name, key.id) and len(data) == length]
    if key.kind != kind or not mine:
        raise Bad(f"The note is not signed by {key.name}.")
    return body, mine

def check_checkpoint(note: str, key: Key) -> Checkpoint:
    """The checkpoint, if it is of the key's log and the key signed it; else Bad."""
    body, mine = _by(note, key, LOG, 64)
    made = read_checkpoint(body)
    if made.origin != key.name or not all(signed(key.public, one, body.encode()) for one in mine):
        raise Bad(f"The checkpoint at {made.size} is not one that {key.name} signed.")
    return made

def _cosigned(body: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{body}".encode()

def check_cosignature(note: str, witness: Key) -> int:
    """When the witness cosigned the checkpoint, in seconds since 1970; Bad if it did not."""
    body, mine = _by(note, witness, COSIGNER, 72)
    times = {int.from_bytes(one[:8], "big"): one[8:] for one in mine}
    if not all(signed(witness.public, one, _cosigned(body, at)) for at, one in times.items()):
        raise Bad(f"The checkpoint is not one that {witness.name} cosigned.")
    return max(times)

def _text(given: str) -> str:
    """What a file holds; of something that is no file, itself."""
    if not os.path.exists(given):
        return given
    with open(given, encoding="utf-8", newline="") as file:
        return file.read()

FORMAT, MANIFEST, SIGNATURE, KEY = "svro bundle 1", "manifest.json", "signature.txt", "log-key.txt"
NAME = re.compile(r"(csv/|documents/)?[a-z0-9][a-z0-9._-]{0,99}")

def zip_header(name: bytes, crc: int, size: int, at: "int | None" = None) -> bytes:
    """What stands before a file in the ZIP; with `at`, where that is, its line in the list at the end."""
    said = struct.pack("<HHHHHLLLHH", 10, 0, 0, 0, 33, crc, size, size, len(name), 0)
    line = b"" if at is None else struct.pack("<HHHLL", 0, 0, 0, 0, at)
    return (b"PK\3\4" if at is None else b"PK\1\2\x14\0") + said + line + name

def unzipped(data: memoryview) -> "dict[str, memoryview]":
    """The files of a ZIP: stored, by name, not one byte beside them, so that none can read it in two ways."""
    files, at, heads, last = dict[str, memoryview](), 0, b"", ""
    while bytes(data[at : at + 4]) == b"PK\3\4" and len(data) >= at + 30:
        crc, size, _, length = struct.unpack("<LLLH", data[at + 14 : at + 28])
        raw, start = bytes(data[at + 30 : at + 30 + length]), at + 30 + length
        name, body = raw.decode("ascii", "replace"), data[start : start + size]
        if not NAME.fullmatch(name):
            raise Bad(f"The ZIP holds a file whose name is none of ours: {name[:100]!r}.")
        if bytes(data[at:start]) != zip_header(raw, crc, size):
            raise Bad(f"The ZIP's header of {name} is not as svro writes it.")
        if name <= last:
            raise Bad(f"The ZIP's files are out of order, or one is there twice: {name} after {last}.")
        if len(body) != size or zlib.crc32(body) != crc:
            raise Bad(f"{name} is damaged: it does not fit its checksum.")
        files[name], last, heads = body, name, heads + zip_header(raw, crc, size, at)
        at = start + size
    end = heads + b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, *[len(files)] * 2, len(heads), at, 0)
    if not files or bytes(data[at:]) != end:
        raise Bad("What follows the files of the ZIP is not, or not only, the list of them.")
    return files

def gathered(parts: "Sequence[str]") -> "dict[str, memoryview]":
    """The files of all the parts given."""
    files = dict[str, memoryview]()
    for part in parts:
        with open(part, "rb") as file:
            here = unzipped(memoryview(file.read()))
        for name, body in here.items():
            if files.setdefault(name, body) != body:
                raise Bad(f"These are not parts of one bundle: each has another {name}.")
    return files

def check_manifest(files: "Mapping[str, memoryview]", key: Key) -> Any:
    """The manifest, if the key signed it."""
    data, note = bytes(files[MANIFEST]), bytes(files[SIGNATURE]).decode()
    body, mine = _by(note, key, LOG, 64)
    if len(read_note(note)[1]) != 1 or not signed(key.public, mine[0], body.encode()):
        raise Bad(f"The manifest's signature is not {key.name}'s.")
    if body != f"{FORMAT}\n{hashlib.sha256(data).hexdigest()}\n":
        raise Bad("The manifest is not the one that was signed.")
    return json.loads(data)

def check_files(files: "Mapping[str, memoryview]", manifest: "Mapping[str, Any]") -> "list[int]":
    """Whether the files are those of the manifest, each and no other; the numbers of the parts not given."""
    listed = {one["name"]: one for one in manifest["files"]}
    for name in sorted(set(files) - {MANIFEST, SIGNATURE}):
        if name not in listed:
            raise Bad(f"{name} is in the bundle, and not in its manifest.")
        if hashlib.sha256(files[name]).hexdigest() != listed[name]["sha256"]:
            raise Bad(f"{name} is not the file that was signed for: its SHA-256 is another.")
    here = {0} | {listed[name]["part"] for name in files if name in listed}
    for name, one in listed.items():
        if name not in files and one["part"] in here:
            raise Bad(f"{name} is missing.")
    return sorted(set(range(1, min(manifest["parts"], 9999) + 1)) - here)

def check_log(rows: "Sequence[Any]", items: "Sequence[Any]", made: Checkpoint) -> "tuple[int, int]":
    """Whether each entry is in the signed tree, and each item shown as its entries say; the words read."""
    said = dict[str, Any]()
    for one in rows:
        leaf, path = bytes.fromhex(one["commitment"]), [bytes.fromhex(step) for step in one["path"]]
        if not check_inclusion(leaf, one["index"], made.size, path, made.root):
            raise Bad(f"The proof of entry {one['leaf'][:40]!r} does not lead to the root that was signed.")
        if one["entry"] and leaf_hash(bytes.fromhex(one["salt"]), one["entry"].encode()) != leaf:
            raise Bad(f"The words of entry {one['leaf'][:40]!r} are not those that were committed to.")
        said[one["leaf"]] = json.loads(one["entry"] or '{"rows": []}')
    for item in items:
        if not set(item["entries"]) <= set(said):
            raise Bad(f"Item {item['number']} names an entry of the log that has no proof here.")
        vouched = [row.get("now") for leaf in item["entries"] for row in said[leaf]["rows"]]
        if item["row"] and hashlib.sha256(item["row"].encode()).hexdigest() not in vouched:
            raise Bad(f"No entry of the log vouches for the record of item {item['number']} as it is shown.")
    return len(said), sum(bool(one["entry"]) for one in rows)

def plain(value: object) -> str:
    """A value as the text of a cell."""
    said = "; ".join(map(plain, value)) if isinstance(value, list) else repr(value).lower()
    return value if isinstance(value, str) else "" if value is None else said

def shown(value: "Mapping[str, Any]") -> object:
    """What a field says, or in brackets why it says nothing."""
    why = {"no-data": "no data held", "redacted": f"redacted: {value['ground']}", "erased": "erased"}
    return value["value"] if value["state"] == "held" else f"({why[value['state']]})"

def tables(content: "Mapping[str, Any]") -> "dict[str, list[list[object]]]":
    """The rows of the CSV files by their names, the columns first; what has no rows has no file."""
    about = [{"name": name, "value": one} for name, one in content.items() if not isinstance(one, list)]
    about += [{"name": "statement", "value": one} for one in content["statement"]]
    made = {"about": about, "documents": content["documents"], "redactions": content["redactions"]}
    for n, section in enumerate(content["sections"], 1):
        about += [{"name": f"section {n}", "value": [section["title"], section["searched"]]}]
        rows = made[f"{n:02}-{section['key']}"] = list[Any]()
        for item in section["items"]:
            rows.append({f"item {name}": one for name, one in item.items() if name != "values"})
            rows[-1].update({one["name"]: shown(one) for one in item["values"]})
    names = {name: dict.fromkeys(key for row in rows for key in row) for name, rows in made.items()}
    return {f"csv/{name}.csv": [[*names[name]], *([row.get(key) for key in names[name]] for row in rows)]
            for name, rows in made.items() if rows}

def check_content(files: "Mapping[str, memoryview]", content: "Mapping[str, Any]", listed: "Any") -> None:
    """Whether tables and documents are those of the JSON; an apostrophe keeps a CSV's text from being run."""
    wanted = tables(content)
    documents = {f"documents/{one['file']}": one for one in content["documents"]}
    if {*wanted, *documents} != {name for name in listed if "/" in name} - {"csv/csv-metadata.json"}:
        raise Bad("The tables and documents are not those that disclosure.json names.")
    csv.field_size_limit(1 << 30)
    for name in sorted(set(wanted) & set(files)):
        found = csv.reader(io.StringIO(bytes(files[name]).decode(), newline=""), strict=True)
        bare = [[cell[cell[:1] == "'" :] for cell in row] for row in found]
        if bare != [[cell[cell[:1] == "'" :] for cell in map(plain, row)] for row in wanted[name]]:
            raise Bad(f"{name} does not say what disclosure.json says.")
    for name, one in documents.items():
        if not one["redacted"] and one["deposited_sha256"] != listed[name]["sha256"]:
            raise Bad(f"{name} is not as it was deposited, though nothing says that it was redacted.")

def _do(asked: argparse.Namespace) -> "list[str]":
    files, said = gathered(asked.parts), list[str]()
    key = read_key(_text(asked.key or bytes(files[KEY]).decode()))
    manifest = check_manifest(files, key)
    absent = check_files(files, manifest)
    said.append(f"Signed by {key.name}; the {len(files)} files given are as they were signed.")
    if asked.key is None:
        said.append("YOU GAVE NO KEY, and anybody can put one into a bundle. Compare its fingerprint with"
                    f" what the log's owner tells: {hashlib.sha256(bytes(files[KEY]).strip()).hexdigest()}")
    if absent:
        said.insert(0, f"BUT ONLY IN PART: parts {absent} of {manifest['parts']} were NOT LOOKED AT.")
    if not {"disclosure.json", "evidence.json", "checkpoint.txt"} <= set(files):
        return said + ["NOT LOOKED AT: items and proofs, which are in a part that you did not give."]
    note = bytes(files["checkpoint.txt"]).decode()
    made = check_checkpoint(note, key)
    if made.size < asked.at_least:
        raise Bad(f"The checkpoint is stale: {made.size} entries, and you ask for {asked.at_least} or more.")
    content = json.loads(bytes(files["disclosure.json"]))
    items = [item for section in content["sections"] for item in section["items"]]
    proved, read = check_log(json.loads(bytes(files["evidence.json"])), items, made)
    check_content(files, content, {one["name"]: one for one in manifest["files"]})
    said.append(f"{len(items)} items, {sum(not one['entries'] for one in items)} without an entry in the log."
                f" {proved} entries are proved to be in the log of {made.size}; {read} of them were read.")
    for one in asked.witness:
        said.append(f"Cosigned by {one} at {check_cosignature(note, read_key(_text(one)))} s since 1970.")
    if asked.note:
        old, new = sorted((made, check_checkpoint(_text(asked.note), key)), key=lambda one: one.size)
        steps = [bytes.fromhex(one) for one in json.loads(_text(asked.proof))["path"] if old.size < new.size]
        if old.size < new.size and not steps:
            raise Bad(f"One checkpoint is of {old.size} entries, the other of {new.size}: give the"
                      " log's proof that one goes on from the other with --consistency.")
        if not check_consistency(old.size, new.size, steps, old.root, new.root):
            raise Bad("The bundle's checkpoint and yours are not of one log: what one holds, one denies.")
        said.append(f"It is of one log with your checkpoint ({old.size} and {new.size} entries).")
    return said

def main(arguments: "Sequence[str] | None" = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Check a disclosure bundle made by svro.")
    parser.add_argument("parts", nargs="+", metavar="BUNDLE.zip")
    parser.add_argument("--key")
    parser.add_argument("--note")
    parser.add_argument("--consistency", dest="proof", default='{"path": []}')
    parser.add_argument("--witness", action="append", default=[])
    parser.add_argument("--at-least", type=int, default=0)
    try:
        said, out = ["PROVED", *_do(parser.parse_args(arguments))], sys.stdout
    except (Bad, OSError, LookupError, TypeError, ValueError, AttributeError, RecursionError, csv.Error) as e:
        reason = e if isinstance(e, Bad) else f"{e} is missing." if isinstance(e, KeyError) else repr(e)
        said, out = [f"NOT PROVED: {reason}"[:999]], sys.stderr
    print(re.sub(r"[^ -~\n]", "?", "\n".join(said)), file=out)
    return int(said[0] != "PROVED")

if __name__ == "__main__":
    sys.exit(main())
