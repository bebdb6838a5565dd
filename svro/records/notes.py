"""Signed notes: how a log says what it holds, and a witness that it has seen it.

A checkpoint is three lines (origin, size, root in base64), a blank line, and a line for each signature: a
dash, a name, and base64 of the key's 4-byte id and the signature. Keys are written `name+id+base64`; a secret
one, in a file of mode 0600 and never in the database, begins `PRIVATE+KEY+`.

Source: C2SP signed-note, tlog-checkpoint, tlog-cosignature (v1).
"""

import base64
import hashlib
import os
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from svro.errors import Unready

LOG, COSIGNER = 1, 4
_SMALL_ORDER = frozenset(
    # The points that let one signature pass for many messages, and two other spellings that libraries take.
    bytes.fromhex(text)
    for text in (
        "00" * 32,
        "00" * 31 + "80",
        "01" + "00" * 31,
        "01" + "00" * 30 + "80",
        "ec" + "ff" * 31,
        "ec" + "ff" * 30 + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
)
_P = 2**255 - 19


class NotSigned(ValueError):
    """A note that is none, or that the key did not sign; the sentence says which."""


class Checkpoint(NamedTuple):
    """What a log says of itself: so many leaves, under this root. `body` is what is signed."""

    origin: str
    size: int
    root: bytes
    body: str


def _one_form(point: bytes) -> bool:
    return int.from_bytes(point, "little") & (1 << 255) - 1 < _P and point not in _SMALL_ORDER


class Key(msgspec.Struct, frozen=True, dict=True):
    """A key under the name of its holder. `seed` is its 32 secret bytes, where it is ours to sign with."""

    name: str
    kind: int
    public: bytes
    seed: bytes | None = None

    @classmethod
    def of(cls, name: str, kind: int, seed: bytes) -> "Key":
        """The key of a seed. ValueError for a name that cannot stand in a note."""
        if not name or any(letter.isspace() or letter == "+" for letter in name):
            raise ValueError("a key's name has no space and no plus sign")
        return cls(
            name, kind, Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw(), seed
        )

    @cached_property
    def id(self) -> bytes:
        """The first 4 bytes of a hash of name, kind and key: which line of a note is this key's."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return self._written(self.public)

    def _written(self, data: bytes) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + data).decode()}"

    def secret(self) -> str:
        """The key as its file holds it."""
        if self.seed is None:
            raise ValueError("this key is not ours")
        return f"PRIVATE+KEY+{self._written(self.seed)}"

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        if self.seed is None:
            raise ValueError("this key is not ours")
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made the signature; points that are not in their one form are refused."""
        if not _one_form(self.public) or not _one_form(signature[:32]):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def decoded(text: str) -> bytes:
    """Base64 in its one form. NotSigned for anything else."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise NotSigned("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise NotSigned("base64 in another than its one form")
    return data


def read_key(text: str) -> Key:
    """A public key as published, or a secret one as its file holds it. NotSigned for anything else."""
    secret = text.startswith("PRIVATE+KEY+")
    name, _, rest = text.strip().removeprefix("PRIVATE+KEY+").partition("+")
    written_id, _, written = rest.partition("+")
    data = decoded(written)
    if len(data) != 33 or data[0] not in (LOG, COSIGNER) or not name:
        raise NotSigned(f"not a key: {name[:60]!r}")
    key = Key.of(name, data[0], data[1:]) if secret else Key(name, data[0], data[1:])
    if key.id.hex() != written_id:
        raise NotSigned(f"the id of the key of {name} does not fit it")
    return key


def key_file(path: Path) -> Key:
    """The secret key that a file holds. Unready where there is none, or others may read it."""
    if not path.is_file():
        raise Unready(f"There is no log key at {path}. Make one with `svro log-key`.")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise Unready(f"Others may read the log key at {path}: make its mode 0600.")
    try:
        key = read_key(path.read_text(encoding="ascii").strip())
    except (NotSigned, UnicodeDecodeError) as error:
        raise Unready(f"What {path} holds is not a key: {error}.") from error
    if key.seed is None or key.kind != LOG:
        raise Unready(f"What {path} holds is not a log's secret key.")
    return key


def new_key_file(path: Path, key: Key) -> None:
    """Write a secret key where nobody else reads it. FileExistsError rather than lose another."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(f"{key.secret()}\n")


def read_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """(what is signed, [(name, key id, signature)]) of a signed note. NotSigned for anything else."""
    body, blank, lines = note.rpartition("\n\n")
    split = [line.split(" ") for line in lines.removesuffix("\n").split("\n")]
    if not blank or not lines.endswith("\n") or any(len(one) != 3 or one[0] != "\u2014" for one in split):
        raise NotSigned("not a signed note")
    return body + "\n", [(name, decoded(data)[:4], decoded(data)[4:]) for _, name, data in split]


def line(key: Key, signature: bytes) -> str:
    """A signature's line of a note."""
    return f"\u2014 {key.name} {base64.b64encode(key.id + signature).decode()}\n"


def checkpoint(origin: str, size: int, root: bytes) -> str:
    """The text of a checkpoint, to be signed."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def signed_checkpoint(key: Key, size: int, root: bytes) -> str:
    """A checkpoint of the key's own log, signed."""
    body = checkpoint(key.name, size, root)
    return f"{body}\n{line(key, key.sign(body.encode()))}"


def read_checkpoint(body: str) -> Checkpoint:
    """What a checkpoint's text says, whoever signed it. NotSigned where it is none."""
    origin, _, rest = body.partition("\n")
    size, _, rest = rest.partition("\n")
    root = decoded(rest.partition("\n")[0])
    if not (origin and body.endswith("\n") and size.isascii() and size.isdigit()) or str(int(size)) != size:
        raise NotSigned("not a checkpoint")
    if len(root) != 32 or int(size) > 1 << 62:
        raise NotSigned("not a checkpoint: its size or root cannot be")
    return Checkpoint(origin, int(size), root, body)


def check(note: str, key: Key) -> Checkpoint:
    """The checkpoint of a note, if it is of the key's log and the key signed it. NotSigned if not."""
    body, signatures = read_note(note)
    mine = [data for name, id_, data in signatures if (name, id_) == (key.name, key.id)]
    if key.kind != LOG or not mine or not all(key.signed(one, body.encode()) for one in mine):
        raise NotSigned(f"not signed by {key.name}")
    if (made := read_checkpoint(body)).origin != key.name:
        raise NotSigned(f"a checkpoint of another log: {made.origin}")
    return made


def cosigned_at(note: str, witness: Key) -> int:
    """When a witness cosigned the checkpoint of a note, in seconds since 1970. NotSigned if it did not."""
    body, signatures = read_note(note)
    mine = [data for name, id_, data in signatures if (name, id_) == (witness.name, witness.id)]
    if witness.kind != COSIGNER or not mine or any(len(data) != 72 for data in mine):
        raise NotSigned(f"not cosigned by {witness.name}")
    for data in mine:
        said = f"cosignature/v1\ntime {int.from_bytes(data[:8])}\n{body}"
        if not witness.signed(data[8:], said.encode()):
            raise NotSigned(f"not cosigned by {witness.name}")
    return max(int.from_bytes(data[:8]) for data in mine)
