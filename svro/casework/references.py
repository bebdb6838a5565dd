"""References that people read aloud: random, so that they tell nothing, with a check character that catches a
slip.
"""

from svro.records.base import chance

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: misread for 1, 0 and V
SLIPS = str.maketrans("ILO", "110")


def check(body: str) -> str:
    """The check character of a body of LETTERS: catches every single wrong character and every swap of
    neighbours.

    Source: ISO 7064, hybrid system MOD N+1,N, here over an alphabet of 32.
    """
    size, rest = len(LETTERS), len(LETTERS)
    for letter in body:
        rest = (rest + LETTERS.index(letter)) % size or size
        rest = rest * 2 % (size + 1)
    return LETTERS[(size + 1 - rest) % size]


CODE_BITS = 80
"""Random bits of a code that proves something by itself."""


def new_code() -> str:
    """A new secret code such as `7K2M-9QXD-40HF-W3TB-6`: 80 random bits and a check character."""
    body = "".join(chance().choice(LETTERS) for _ in range(CODE_BITS // 5))
    return "-".join((*(body[n : n + 4] for n in range(0, len(body), 4)), check(body)))


def code_as_typed(text: str) -> str | None:
    """A code's letters without what is between them; None where it has a slip of the pen."""
    body = "".join(letter for letter in text.upper() if letter.isalnum()).translate(SLIPS)
    whole = len(body) == CODE_BITS // 5 + 1 and all(letter in LETTERS for letter in body)
    return body if whole and check(body[:-1]) == body[-1] else None


def new(kind: str) -> str:
    """A new reference such as `SVRO-7K2M-9QXD-4`; `kind` is its first part. 40 random bits."""
    body = "".join(chance().choice(LETTERS) for _ in range(8))
    return f"{kind}-{body[:4]}-{body[4:]}-{check(body)}"


def plain(text: str) -> str:
    """A reference as compared: capitals and digits only, with the letters that are never used read as what
    they look like.
    """
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    kind, body = letters[:-9], letters[-9:]
    return kind + body.translate(SLIPS)


def spelled(text: str) -> str:
    """A reference as it is kept, however it was typed: `SVRO-7K2M-9QXD-4`."""
    letters = plain(text)
    kind, body = letters[:-9], letters[-9:]
    return f"{kind}-{body[:4]}-{body[4:8]}-{body[8:]}"


def plausible(text: str) -> bool:
    """Whether the check character is right: a typing slip can be told from a reference nobody holds."""
    body = plain(text)[-9:]
    return len(body) == 9 and all(letter in LETTERS for letter in body) and check(body[:8]) == body[8]
