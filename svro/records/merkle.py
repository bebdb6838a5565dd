"""The tree over the ledger's leaves: roots, proofs and their checking, by the definitions themselves.

A tree of n > 1 leaves is split at the largest power of two below n; node = SHA-256(0x01 || left || right).
What is stored is the hash of each whole subtree, named by (level, index): it covers the leaves from
index * 2**level to (index + 1) * 2**level, so any root or proof is made from O(log n) of them.

Source: RFC 9162 s.2.1 (the same tree as RFC 6962's).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

EMPTY = hashlib.sha256(b"").digest()
Place = tuple[int, int]
Whole = Mapping[Place, bytes]


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees together."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(n: int) -> int:
    """The largest power of two below n (n > 1)."""
    return 1 << (n - 1).bit_length() - 1


def whole(start: int, end: int) -> list[Place]:
    """The whole subtrees that make up the leaves from `start` to `end`, left to right. `start` must be a
    multiple of the largest of them, as every range of a proof is.
    """
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over whole subtrees that stand side by side, the largest first; of none, the empty root."""
    if not hashes:
        return EMPTY
    made = hashes[-1]
    for left in reversed(hashes[:-1]):
        made = node(left, made)
    return made


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, by the definition."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    k = split(len(leaves))
    return node(root_of(leaves[:k]), root_of(leaves[k:]))


def grown(size: int, edge: Sequence[bytes], leaves: Iterable[bytes]) -> Iterator[tuple[Place, bytes]]:
    """Every whole subtree that comes into being as `leaves` join a tree of `size`, whose whole subtrees are
    `edge`; each leaf itself is one, of level 0.
    """
    standing = {level: one for (level, _), one in zip(whole(0, size), edge, strict=True)}
    for at, leaf in enumerate(leaves, size):
        made, level = leaf, 0
        yield (0, at), made
        while at >> level & 1:
            made, level = node(standing.pop(level), made), level + 1
            yield (level, at >> level), made
        standing[level] = made


Range = tuple[int, int]


def inclusion(index: int, size: int) -> list[Range]:
    """The ranges of leaves whose roots prove that leaf `index` is in a tree of `size`, nearest first."""
    ranges, start, end = list[Range](), 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency(first: int, second: int) -> list[Range]:
    """The ranges whose roots prove that the tree of `first` leaves begins the one of `second`, nearest
    first. None are needed where the first is empty or the two are one.
    """
    if first in (0, second):
        return []
    ranges, start, end = list[Range](), 0, second
    while end != first:
        middle = start + split(end - start)
        if first <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    # What is left ends the old tree; where it is all of it, whoever checks has its root already.
    return ([(start, end)] if start else []) + ranges[::-1]


def _root_from(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    if size == 1:
        return None if path else leaf
    if not path:
        return None
    k = split(size)
    if index < k:
        left = _root_from(leaf, index, k, path[:-1])
        return None if left is None else node(left, path[-1])
    right = _root_from(leaf, index - k, size - k, path[:-1])
    return None if right is None else node(path[-1], right)


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf stands at `index` of the tree of `size` leaves that has this root."""
    if not _sound((index, size), (leaf, root, *path)) or index >= size:
        return False
    return _root_from(leaf, index, size, path) == root


def _roots_from(
    first: int, second: int, path: Sequence[bytes], old: bytes | None
) -> tuple[bytes, bytes] | None:
    """The roots of both trees; `old` is the old tree's root while the subtree at hand still begins it."""
    if first == second:
        found = [*path] if old is None else [old, *path]
        return (found[0], found[0]) if len(found) == 1 else None
    if not path:
        return None
    k = split(second)
    if first <= k:
        below = _roots_from(first, k, path[:-1], old)
        return None if below is None else (below[0], node(below[1], path[-1]))
    below = _roots_from(first - k, second - k, path[:-1], None)
    return None if below is None else (node(path[-1], below[0]), node(path[-1], below[1]))


def consistent(first: int, second: int, path: Sequence[bytes], old: bytes, new: bytes) -> bool:
    """Whether the tree of `first` leaves with root `old` begins that of `second` leaves with root `new`."""
    if not _sound((first, second), (old, new, *path)) or first > second:
        return False
    if first == 0:
        return not path and old == EMPTY and (second > 0 or new == EMPTY)
    return _roots_from(first, second, path, old) == (old, new)


def _sound(sizes: Sequence[object], hashes: Sequence[object]) -> bool:
    fit = all(type(one) is int and 0 <= one <= 1 << 62 for one in sizes)
    return fit and all(isinstance(one, bytes) and len(one) == 32 for one in hashes)
