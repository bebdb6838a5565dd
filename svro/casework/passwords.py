"""Passwords: what may be one, and checking one so that a guess costs the same whoever it is about.

Length is what is asked of a password, with no rule about kinds of character. Source: NIST SP 800-63B s.3.1.1.
"""

import asyncio
import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from svro.errors import Fault
from svro.settings import HashCost

SHORTEST, LONGEST = 12, 200
AT_ONCE = 2
"""Hashes computed at the same moment: each takes its memory."""
COMMON = (
    "password", "passw0rd", "letmein", "welcome", "qwerty", "abc123", "iloveyou", "football", "liverpool",
    "dragon", "monkey", "sunshine", "princess", "changeme", "administrator", "police", "merseyside",
    "stopandsearch", "svro", "summer", "winter", "spring", "autumn",
)  # fmt: skip
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm")


def faults(password: str, *names: str) -> list[Fault]:
    """Why this may not be the password of somebody with these names; nothing where it may."""
    if len(password) < SHORTEST:
        return [Fault("password", f"must have {SHORTEST} characters or more: three or four words will do")]
    if len(password) > LONGEST:
        return [Fault("password", f"must have no more than {LONGEST} characters")]
    rest = re.sub(r"[\W_]+", "", password.lower())
    own = [part for name in names for part in re.split(r"[\W_]+", name.lower()) if len(part) > 2]
    for word in sorted({*COMMON, *own}, key=len, reverse=True):
        rest = rest.replace(word, "")
    rest = re.sub(r"(.)\1{2,}", r"\1", rest)
    for run in (*_RUNS, *(run[::-1] for run in _RUNS)):
        for size in range(len(run), 3, -1):
            for start in range(len(run) - size + 1):
                rest = rest.replace(run[start : start + size], "")
    if len(rest) < 6:
        return [
            Fault("password", "is too easy to guess: it is little more than a name, a common word or a run")
        ]
    return []


class Passwords:
    """Makes and checks Argon2id hashes, in threads, a few at a time."""

    def __init__(self, cost: HashCost) -> None:
        self._hasher = PasswordHasher(cost.passes, cost.memory, cost.lanes)
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._nobodys = self._hasher.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def right(self, hash: str | None, password: str) -> bool:
        """Whether it is the password; as much work where there is none to compare with, and then never."""
        async with self._turn:
            matches = await asyncio.to_thread(self._matches, hash or self._nobodys, password[:LONGEST])
        return matches and hash is not None

    def _matches(self, hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(hash, password)
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, hash: str) -> bool:
        """Whether it was made at another cost than is now paid."""
        return self._hasher.check_needs_rehash(hash)
