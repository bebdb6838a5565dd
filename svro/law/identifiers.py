"""Identifiers of other systems: read leniently, kept as given, compared only in canonical form, checked if
they can be.

None of these proves who somebody is. A check letter catches a slip of one character among those it covers:
it covers neither the century of a PNC ID nor the unit of an arrest number.
"""

import re

import msgspec

ALPHABET = "ZABCDEFGHJKLMNPQRTUVWXY"
"""The 23 check letters, in the order of the remainder: I, O and S never occur."""

LETTER = "[A-HJ-NP-RT-Z]"
OTHER_PIVOT = 39
"""The two-digit year from which some systems read the last century, whatever year it is now."""

WRONG_LETTER = "The check letter does not fit the number: one of its characters is wrong."
FORMS = {
    "PNC ID": "A PNC ID is a year, up to seven digits, a letter other than I, O or S: 1981/0000034U.",
    "CRO number": "A CRO number is digits, a slash, a year, a letter other than I, O or S: 065656/91H.",
    "ASN": "An arrest number has two digits, six or seven letters or digits, eleven digits and a letter.",
    "case URN": "A case URN has only letters and digits, as in 01ZD0300108.",
    "CJS offence code": "An offence code has two letters, five digits and perhaps a letter, as in CJ88144.",
    "court code": "A court code is B or C, two digits, two letters or digits, two digits, as in C05LV00.",
}
"""What each kind looks like, said to somebody who gave something else."""


class Identifier(msgspec.Struct, frozen=True, kw_only=True):
    """One identifier read: as given, its canonical form (None where it has none), and what is wrong or
    doubtful.

    `linkable` says whether it may link two records: it is sound, and not a placeholder that many cases
    share.
    """

    kind: str
    given: str
    canonical: str | None = None
    fault: str | None = None
    warnings: tuple[str, ...] = ()
    linkable: bool = False


def check_letter(number: int) -> str:
    """The letter that belongs to a number: its remainder on division by 23, looked up in ALPHABET."""
    return ALPHABET[number % 23]


def _sound(
    kind: str, given: str, canonical: str, warning: str | None = None, *, linkable: bool = True
) -> Identifier:
    warnings = (warning,) if warning else ()
    return Identifier(kind=kind, given=given, canonical=canonical, warnings=warnings, linkable=linkable)


def _faulty(kind: str, given: str, fault: str | None = None) -> Identifier:
    return Identifier(kind=kind, given=given, fault=fault or FORMS[kind])


def _clean(text: str) -> str:
    return text.strip().upper()


_PNC = re.compile(
    rf"(?:([0-9]{{2}}|[0-9]{{4}})/([0-9]{{1,7}})|([0-9]{{4}})([0-9]{{7}})|([0-9]{{2}})([0-9]{{1,7}}))({LETTER})"
)


def pnc(text: str, year: int) -> Identifier:
    """A PNC ID: two or four digits of year, up to seven of serial, a check letter; canonical
    1981/0000034U.

    Without a slash only twelve characters have a year of four digits. `year` is the present one: a
    two-digit year up to its last two digits is read as this century, otherwise as the last. Other systems
    turn at a fixed year and the check letter does not tell, so a year on which they differ is reported,
    and one still to come links nothing.
    """
    kind, found = "PNC ID", _PNC.fullmatch(_clean(text))
    if found is None:
        return _faulty(kind, text)
    written, serial, letter = found[1] or found[3] or found[5], found[2] or found[4] or found[6], found[7]
    if len(written) == 4 and written[:2] not in ("19", "20"):
        return _faulty(kind, text)
    serial = serial.zfill(7)
    if letter != check_letter(int(written[-2:] + serial)):
        return _faulty(kind, text, WRONG_LETTER)
    if len(written) == 4:
        late = int(written) > year
        warning = f"{written} is still to come: it may stand for {int(written) - 100}." if late else None
        return _sound(kind, text, f"{written}/{serial}{letter}", warning, linkable=not late)
    short = int(written)
    ours, theirs = (2000 if short <= year % 100 else 1900), (2000 if short < OTHER_PIVOT else 1900)
    warning = None
    if ours != theirs:
        warning = f"Read as {ours + short}; others read {theirs + short}, and the check letter does not tell."
    return _sound(kind, text, f"{ours + short}/{serial}{letter}", warning)


_CRO = re.compile(rf"([0-9]{{1,6}})/([0-9]{{2}})({LETTER})")
_SMALL_FILE = re.compile(rf"SF([0-9]{{2}})/([0-9]{{1,6}})({LETTER})")


def cro(text: str) -> Identifier:
    """A CRO number: serial, slash, two digits of year, check letter (065656/91H), or a small file
    (SF05/482703J).

    A standard serial is padded to six digits for the check and in canonical form; a small file's stays as
    written.
    """
    kind, value = "CRO number", _clean(text)
    if found := _CRO.fullmatch(value):
        serial, short, letter = found[1].zfill(6), found[2], found[3]
        canonical = f"{serial}/{short}{letter}"
    elif found := _SMALL_FILE.fullmatch(value):
        short, serial, letter = found[1], found[2], found[3]
        canonical = f"SF{short}/{serial}{letter}"
    else:
        return _faulty(kind, text)
    if letter != check_letter(int(short + serial)):
        return _faulty(kind, text, WRONG_LETTER)
    return _sound(kind, text, canonical)


_ASN = re.compile(
    rf"([0-9]{{2}})[A-Z0-9]?([A-Z0-9]{{2}})([A-Z0-9]{{2}})([A-Z0-9]{{2}})([0-9]{{11}})({LETTER})"
)
_ASN_SHOWN = re.compile(rf"([0-9]{{2}})/([A-Z0-9]{{4,5}})/([A-Z0-9]{{2}})/([0-9]{{1,11}})({LETTER})")
_PLACEHOLDER = re.compile(
    r"0800[NP]P01|[0-9]{4}NRPR|[0-9]{2}12LN00|[0-9]{2}00NP00|[0-9]{2}6300|[0-9]{2}06SS|[0-9]{2}00XX"
    r"|[0-9]{2}50(?:11|12|21|41|42|43|OF|SJ)"
)


def asn(text: str) -> Identifier:
    """An arrest or summons number: year, force, unit, system, eleven digits, check letter
    (2305AB0100000012345L).

    Also read as it is shown, 23/05AB/01/12345L. One of twenty-one characters has its third dropped, as the
    courts' systems do before they check it. The placeholders used where no number was given are sound but
    link nothing.
    """
    kind, value = "ASN", _clean(text)
    if shown := _ASN_SHOWN.fullmatch(value):
        value = f"{shown[1]}{shown[2]}{shown[3]}{shown[4].zfill(11)}{shown[5]}"
    found = _ASN.fullmatch(value)
    if found is None:
        return _faulty(kind, text)
    year, force, unit, system, sequence, letter = found.groups()
    digits = "".join(part for part in (force, system) if part.isdigit()) + year + sequence
    if letter != check_letter(int(digits)):
        return _faulty(kind, text, WRONG_LETTER)
    canonical = f"{year}{force}{unit}{system}{sequence}{letter}"
    if _PLACEHOLDER.match(canonical):
        warning = "This is a placeholder that many cases share: it links nothing."
        return _sound(kind, text, canonical, warning, linkable=False)
    return _sound(kind, text, canonical)


def urn(text: str) -> Identifier:
    """A case URN: force, unit, five digits of serial, two of year (01ZD0300108). It has no check character.

    Courts have issued other shapes: one of those is kept with a warning, and links nothing.
    """
    kind, value = "case URN", _clean(text)
    if re.fullmatch(r"[0-9]{2}[A-Z0-9]{2}[0-9]{7}", value):
        return _sound(kind, text, value)
    if re.fullmatch(r"[A-Z0-9]{8,16}", value):
        warning = "This is not the usual shape of a case URN, such as 01ZD0300108: check it."
        return _sound(kind, text, value, warning, linkable=False)
    return _faulty(kind, text)


def offence_code(text: str) -> Identifier:
    """A CJS offence code: two letters, two digits of year, three digits and perhaps a letter; or COML and
    three digits.

    Forms kept only on the PNC, such as CJ88A01, are read and reported. Only the form is checked: no list
    is a gate.
    """
    kind, value = "CJS offence code", _clean(text)
    if re.fullmatch(r"(?:[A-Z]{2}[0-9]{5}|COML[0-9]{3})[A-Z]?", value):
        return _sound(kind, text, value)
    if re.fullmatch(r"[A-Z]{2}[0-9]{2}A[0-9]{2}[A-Z]?", value):
        return _sound(kind, text, value, "This form of code is used only on the PNC.")
    return _faulty(kind, text)


def court_code(text: str) -> Identifier:
    """A court's OU code: B for a magistrates' court or C for the Crown Court, then area, court and site
    (C05LV00).
    """
    kind, value = "court code", _clean(text)
    if re.fullmatch(r"[BC][0-9]{2}[A-Z0-9]{2}[0-9]{2}", value):
        return _sound(kind, text, value)
    return _faulty(kind, text)
