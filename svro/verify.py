"""Check evidence from an svro log, or witness one: this file and Python 3.9 or newer are all it takes.

    python verify.py checkpoint NOTE --key KEY [--witness KEY]   is it signed, and cosigned?
    python verify.py proof PROOF --key KEY                       is the entry in the log?
    python verify.py log EXPORT --key KEY                        is every leaf in the signed tree?
    python verify.py witness LOG --key KEY --name YOURS [--state FILE] [--signer FILE] [--every SECONDS]

KEY is the public key that the log's owner published (`name+id+base64`), or a file that holds it; LOG is the
address of the log's doors (https://.../api/v1/ledger). A witness's own key is made at its first round, in the
file `signer`; what it keeps is in the file `state`. Exit: 0 it holds, 1 it does not, 2 wrong usage.
Sources: RFC 9162 ss.2.1.3, 2.1.4 (proofs); RFC 8032 s.5.1 (Ed25519: one signature has one form); C2SP
signed-note, tlog-checkpoint, tlog-cosignature.
"""

import argparse
import base64
import hashlib
import json
import os
import secrets
import sys
import time
import urllib.request
from collections.abc import Sequence
from typing import Any, NamedTuple

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


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; over none, SHA-256 of nothing."""
    row = list(leaves)
    while len(row) > 1:
        row = [_node(*row[i : i + 2]) if i + 1 < len(row) else row[i] for i in range(0, len(row), 2)]
    return row[0] if row else EMPTY


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


# Ed25519. Signing does not take the same time for every key: sign on a machine of your own.
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


def _scalar(seed: bytes) -> int:
    return int.from_bytes(hashlib.sha512(seed).digest()[:32], "little") & ((1 << 254) - 8) | 1 << 254


def public_key(seed: bytes) -> bytes:
    """The public key of a 32-byte seed."""
    return _packed(_times(_scalar(seed), BASE))


def sign(seed: bytes, message: bytes) -> bytes:
    """The one Ed25519 signature of a message under a seed."""
    nonce = _number(hashlib.sha512(seed).digest()[32:], message)
    commitment = _packed(_times(nonce, BASE))
    answer = nonce + _number(commitment, public_key(seed), message) * _scalar(seed)
    return commitment + (answer % L).to_bytes(32, "little")


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


def _written(key: Key, data: bytes) -> str:
    return f"{key.name}+{key.id.hex()}+{base64.b64encode(bytes([key.kind]) + data).decode()}"


def read_secret(given: str) -> Key:
    """A secret key, or its file's: `PRIVATE+KEY+name+id+base64`."""
    name, id_, data = (_text(given).strip()[12:].split("+", 2) + ["", ""])[:3]
    kind, seed = _decoded(data)[:1], _decoded(data)[1:]
    public = base64.b64encode(kind + public_key(seed)).decode()
    return read_key(f"{name}+{id_}+{public}")._replace(secret=seed)


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


def cosign(body: str, witness: Key, at: int) -> str:
    """The witness's line under a checkpoint, with its timestamp in seconds since 1970."""
    data = witness.id + at.to_bytes(8, "big") + sign(witness.secret, _cosigned(body, at))
    return f"\u2014 {witness.name} {base64.b64encode(data).decode()}\n"


def check_proof(proof: "dict[str, Any]", key: Key) -> str:
    """What the log's proof of an entry proves, or an extract of the access log, with many; Bad if nothing."""
    if not proof.get("checkpoint"):
        raise Bad("No checkpoint was signed at this size: ask for a proof at one that was.")
    made = check_checkpoint(proof["checkpoint"], key)
    if (made.size, made.root) != (proof["size"], bytes.fromhex(proof["root"])):
        raise Bad("The proof is for another tree than the checkpoint.")
    looks = [look["proof"] for look in proof.get("looks", ())]
    for one in filter(None, looks) if "looks" in proof else [proof]:
        leaf, path = bytes.fromhex(one["leaf"]), list(map(bytes.fromhex, one["path"]))
        if "entry" in one and leaf_hash(_decoded(one["salt"]), _decoded(one["entry"])) != leaf:
            raise Bad("The words are not those that were committed to.")
        if not check_inclusion(leaf, one["index"], made.size, path, made.root):
            raise Bad(f"The entry {one['index']} is not in the log that was signed.")
    some = f"{len(looks) - looks.count(None)} of the {len(looks)} looks are"
    what = some if "looks" in proof else f"Entry {proof['index']} is"
    return f"{what} in the log {made.origin} of {made.size} entries."


def check_log(export: str, key: Key) -> str:
    """What `svro export-log` wrote proves: a checkpoint, ====, then LEAF [SALT WORDS] for each entry."""
    note, _, lines = export.partition("\n====\n")
    made, split = check_checkpoint(note + "\n", key), [line.split(" ") for line in lines.splitlines()]
    for n, (leaf, *words) in enumerate(split):
        if words and leaf_hash(*map(_decoded, words)).hex() != leaf:
            raise Bad(f"The words of entry {n} are not those that were committed to.")
    if len(split) != made.size or root_of([bytes.fromhex(leaf) for leaf, *_ in split]) != made.root:
        raise Bad(f"The {len(split)} leaves are not the tree of {made.size} that was signed.")
    read = sum(len(line) > 1 for line in split)
    return f"All {made.size} entries are in the log {made.origin}; the words of {read} were read."


def _fetch(address: str, body: "bytes | None" = None) -> str:
    request = urllib.request.Request(address, body, {"Content-Type": "text/plain"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(answer.read().decode())


def _text(given: str) -> str:
    """What a file holds; of something that is no file, itself."""
    if not os.path.exists(given):
        return given
    with open(given, encoding="utf-8", newline="") as file:
        return file.read()


def _save(file: str, text: str, flags: int = os.O_TRUNC) -> None:
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | flags, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def witness_once(log: str, key: Key, state: str, witness: Key, now: int) -> str:
    """One round: fetch, check against what was kept, keep, cosign, post. Returns the cosigned checkpoint.

    Bad for a fork or a shrink: the evidence is put beside the state file, which stays as it was.
    """
    note, kept, path = _fetch(log + "/checkpoint"), None, "[]"
    offered = check_checkpoint(note, key)
    if os.path.exists(state):
        kept = check_checkpoint(_text(state), key)
        if 0 < kept.size < offered.size:
            proof = _fetch(f"{log}/proof?first={kept.size}&second={offered.size}")
            path = json.dumps(json.loads(proof)["path"])
    steps = [bytes.fromhex(step) for step in json.loads(path)]
    if kept and not check_consistency(kept.size, offered.size, steps, kept.root, offered.root):
        evidence = f"{state}.evidence-{offered.size}-{offered.root.hex()[:12]}"
        _save(evidence, f"kept:\n{_text(state)}\noffered:\n{note}\nproof:\n{path}\n")
        raise Bad(f"The log of {offered.size} does not go on from the {kept.size} kept: see {evidence}.")
    line = cosign(offered.body, witness, now)
    _save(state + ".new", note + line)
    os.replace(state + ".new", state)
    _fetch(log + "/cosignatures", f"{offered.body}\n{line}".encode())
    return note + line


def _do(asked: argparse.Namespace) -> str:
    key = read_key(_text(asked.key))
    if asked.command == "witness":
        if not os.path.exists(asked.signer):
            seed = secrets.token_bytes(32)
            witness = Key(asked.name, COSIGNER, public_key(seed), seed)
            _save(asked.signer, f"PRIVATE+KEY+{_written(witness, seed)}\n", os.O_EXCL)
            print(f"The witness's public key is {_written(witness, witness.public)}", flush=True)
        while True:
            note = witness_once(asked.what, key, asked.state, read_secret(asked.signer), int(time.time()))
            if not asked.every:
                return f"Cosigned {check_checkpoint(note, key).size} entries."
            time.sleep(asked.every)
    text = _text(asked.what)
    if asked.command == "checkpoint":
        times = [(one, check_cosignature(text, read_key(_text(one)))) for one in asked.witness]
        said = "".join(f", cosigned by {one} at {at}" for one, at in times)
        return f"{check_checkpoint(text, key).size} entries, signed by {key.name}{said}."
    return check_proof(json.loads(text), key) if asked.command == "proof" else check_log(text, key)


def main(arguments: "Sequence[str] | None" = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Check evidence from an svro log, or witness one.")
    parser.add_argument("command", choices=("checkpoint", "proof", "log", "witness"))
    parser.add_argument("what", help="a file, or the address of the log")
    parser.add_argument("--key", required=True)
    for flag, default in (("--name", "witness"), ("--state", "state"), ("--signer", "signer")):
        parser.add_argument(flag, default=default)
    parser.add_argument("--witness", action="append", default=[])
    parser.add_argument("--every", type=float, default=0)
    try:
        print(_do(parser.parse_args(arguments)))
    except (Bad, OSError, KeyError, TypeError, ValueError) as why:
        print(f"NOT PROVED: {why if isinstance(why, Bad) else repr(why)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
