"""The stand-alone file: its signatures against the standard's vectors, its proofs against the library's."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from svro import verify
from svro.records import merkle, notes
from tests.conftest import CHECKOUT

FILE = CHECKOUT / "svro" / "verify.py"

# RFC 8032 s.7.1: seed, public key, message, signature.
VECTORS = (
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
)


@pytest.mark.parametrize(("seed", "public", "message", "signature"), VECTORS)
def test_ed25519_is_the_standards(seed: str, public: str, message: str, signature: str) -> None:
    assert verify.public_key(bytes.fromhex(seed)).hex() == public
    assert verify.sign(bytes.fromhex(seed), bytes.fromhex(message)).hex() == signature
    assert verify.signed(bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message))
    assert not verify.signed(bytes.fromhex(public), bytes.fromhex(signature), b"other")


def test_a_signature_in_another_form_is_refused_by_both() -> None:
    key = notes.Key.of("a", notes.LOG, bytes(32))
    made = key.sign(b"said")
    answer = int.from_bytes(made[32:], "little")
    forms = [made[:32] + (answer + verify.L).to_bytes(32, "little"), made[:63], made + b"\0", bytes(64)]
    forms += [bytes([made[0] ^ 1]) + made[1:], made[:40] + bytes([made[40] ^ 1]) + made[41:]]
    assert verify.signed(key.public, made, b"said")
    assert key.signed(made, b"said")
    for form in forms:
        assert not verify.signed(key.public, form, b"said")
        assert not key.signed(form, b"said")


def test_keys_of_small_order_and_points_in_another_form_are_refused_by_both() -> None:
    # With the identity as key, R = S*B passes for every message: what a strict reading is for.
    answer = 5
    forged = verify._packed(verify._times(answer, verify.BASE)) + answer.to_bytes(32, "little")
    for point in sorted(notes._SMALL_ORDER):
        assert not verify.signed(point, forged, b"anything")
        assert not notes.Key("a", notes.LOG, point).signed(forged, b"anything")
    beyond = (verify.P + 1).to_bytes(32, "little")  # the identity's y, with p added
    assert verify._point(beyond) is None
    assert not notes.Key("a", notes.LOG, beyond).signed(forged, b"anything")


def test_it_stands_alone_on_python_3_9_in_at_most_400_lines() -> None:
    assert len(FILE.read_text(encoding="utf-8").splitlines()) <= 400
    ruff = [sys.executable, "-m", "ruff", "check", "--target-version", "py39", str(FILE)]
    assert subprocess.run(ruff, cwd=CHECKOUT, capture_output=True, text=True, check=False).stdout.strip() == (
        "All checks passed!"
    )
    ask = (
        f"import sys; sys.path.insert(0, {str(FILE.parent)!r}); import verify; "
        "print({n.partition('.')[0] for n in sys.modules} - set(sys.stdlib_module_names) - {'verify'})"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("set()", "{'__main__'}")


SIZES = sorted({0, 1, *(2**k + d for k in range(1, 11) for d in (-1, 0, 1))})


class Log:
    """A log in memory: every whole subtree of as many leaves as the largest size."""

    def __init__(self, rng: random.Random) -> None:
        self.leaves = [rng.randbytes(32) for _ in range(SIZES[-1])]
        self.tree = dict(merkle.grown(0, [], self.leaves))
        self.heads = {size: self.root(0, size) for size in SIZES}

    def root(self, start: int, end: int) -> bytes:
        return merkle.fold([self.tree[place] for place in merkle.whole(start, end)])

    def signed(self, proof: list[object]) -> bool:
        """Whether each tree that the proof is of is one that was signed: its root with its size."""
        trees = [proof[2::2]] if isinstance(proof[0], bytes) else [proof[0:4:3], proof[1:5:3]]
        return all(type(size) is int and self.heads.get(size) == root for size, root in trees)

    def inclusion(self, rng: random.Random) -> list[object]:
        size = rng.choice(SIZES[1:])
        index = rng.choice((0, size - 1, rng.randrange(size)))
        path = [self.root(*step) for step in merkle.inclusion(index, size)]
        return [self.leaves[index], index, size, path, self.root(0, size)]

    def consistency(self, rng: random.Random) -> list[object]:
        first, second = sorted((rng.choice(SIZES), rng.choice(SIZES)))
        path = [self.root(*step) for step in merkle.consistency(first, second)]
        return [first, second, path, self.root(0, first), self.root(0, second)]


def forge(proof: list[object], rng: random.Random) -> list[object]:
    """One of the ways to forge: a bit flipped, steps swapped, one too many, one too few, none, wrong sizes,
    leaf and root changed about, another length.
    """
    made = list(proof)
    at = next(n for n, part in enumerate(made) if isinstance(part, list))
    path = list(made[at])  # type: ignore[call-overload]
    hashes = [n for n, part in enumerate(made) if isinstance(part, bytes)]
    numbers = [n for n, part in enumerate(made) if isinstance(part, int)]
    way = rng.randrange(9)
    if way == 0:
        n = rng.choice(hashes)
        made[n] = flipped(made[n], rng)  # type: ignore[arg-type]
    elif way == 1 and path:
        n = rng.randrange(len(path))
        path[n] = flipped(path[n], rng)
    elif way == 2 and len(path) > 1:
        a, b = rng.sample(range(len(path)), 2)
        path[a], path[b] = path[b], path[a]
    elif way == 3:
        path.insert(rng.randint(0, len(path)), rng.randbytes(32))
    elif way == 4 and path:
        path.pop(rng.randrange(len(path)))
    elif way == 5:
        path = []
    elif way == 6:
        n = rng.choice(numbers)
        made[n] = rng.choice((0, made[n] + 1, made[n] - 1, made[n] * 2, -1, 2**63, True))  # type: ignore[operator]
    elif way == 7:
        made[hashes[0]], made[hashes[1]] = made[hashes[1]], made[hashes[0]]
    else:
        n = rng.choice(hashes)
        made[n] = rng.choice((b"", made[n] + b"\0", made[n][:31]))  # type: ignore[operator,index]
    made[at] = path
    return made


def flipped(data: bytes, rng: random.Random) -> bytes:
    bit = rng.randrange(len(data) * 8)
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


KINDS = (
    (merkle.included, verify.check_inclusion, Log.inclusion),
    (merkle.consistent, verify.check_consistency, Log.consistency),
)


def judge(count: int, seed: int) -> tuple[int, int, int]:
    """(good proofs accepted by both, forgeries refused by both, forgeries that claim what is so).

    A path alone does not say how large a tree is: a checkpoint signs size and root together, and a proof is
    of one. A forgery may happen on what is so (two equal steps swapped, a path where none was needed).
    """
    rng = random.Random(seed)
    log, good, refused, so = Log(rng), 0, 0, 0
    for n in range(count):
        library, alone, make = KINDS[n % 2]
        proof = make(log, rng)
        good += library(*proof) is True and alone(*proof) is True and log.signed(proof)  # type: ignore[operator]
        forged = forge(proof, rng)
        said = library(*forged), alone(*forged)  # type: ignore[operator]
        assert said in ((True, True), (False, False)), (seed, n, forged)
        if not said[0] or not log.signed(forged):
            refused += 1
        else:
            assert forged[:3] == proof[:3] if isinstance(proof[0], bytes) else forged == proof, (seed, n)
            so += 1
    return good, refused, so


def test_good_and_forged_proofs_are_judged_alike() -> None:
    good, refused, so = judge(10_000, 1)
    print(f"{good} good accepted, {refused} forged refused, {so} forgeries that changed nothing")
    assert good == 10_000
    assert refused + so == 10_000
    assert so < 1_500


@pytest.mark.full
def test_a_million_good_and_a_million_forged_proofs_are_judged_alike() -> None:
    good, refused, so = judge(1_000_000, 2)
    print(f"{good} good accepted, {refused} forged refused, {so} forgeries that changed nothing")
    assert good == 1_000_000
    assert refused + so == 1_000_000


def test_its_commands_check_a_checkpoint_and_say_so(tmp_path: Path) -> None:
    key = notes.Key.of("svro.test/log", notes.LOG, bytes(range(32)))
    note, public = tmp_path / "note", tmp_path / "key"
    note.write_text(notes.signed_checkpoint(key, 3, bytes(32)), encoding="utf-8")
    public.write_text(f"{key}\n", encoding="utf-8")

    def ask(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", str(FILE), *arguments], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    assert ask("checkpoint", str(note), "--key", str(public)) == (0, "3 entries, signed by svro.test/log.\n")
    note.write_text(note.read_text(encoding="utf-8").replace("\n3\n", "\n4\n"), encoding="utf-8")
    status, said = ask("checkpoint", str(note), "--key", str(public))
    assert (status, said[:10]) == (1, "NOT PROVED")
    assert ask("nonsense")[0] == 2
    proof = {"leaf": "00", "root": "zz"}
    note.write_text(json.dumps(proof), encoding="utf-8")
    assert ask("proof", str(note), "--key", str(public))[0] == 1
