"""Reading what people send into Structs, listing every bad field at once instead of the first."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from svro.errors import Fault, Malformed

T = TypeVar("T", bound=msgspec.Struct)

_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_PLAIN = (
    (re.compile(r"^Expected `(?P<want>[^`]+)`, got `null`$"), "is required"),
    (re.compile(r"^Expected `datetime` with a timezone component$"), "needs an offset, such as Z or +01:00"),
    (
        re.compile(r"^Invalid RFC3339 encoded datetime$"),
        "is not a date and time such as 2025-03-14T21:14:00+00:00",
    ),
    (re.compile(r"^Invalid RFC3339 encoded date$"), "is not a date such as 2025-03-14"),
    (re.compile(r"^Expected `str` of length >= 1$"), "is required"),
    (re.compile(r"^Expected `str` of length <= (?P<n>\d+)$"), "is longer than {n} characters"),
    (re.compile(r"^Expected `int` >= (?P<n>-?\d+)$"), "must be {n} or more"),
    (re.compile(r"^Expected `int` <= (?P<n>-?\d+)$"), "must be {n} or less"),
    (re.compile(r"^Expected `(?P<want>[^`]+)`, got `(?P<got>[^`]+)`$"), "must be {want}, not {got}"),
    (re.compile(r"^Invalid enum value (?P<got>.+)$"), "{got} is not one of the values allowed"),
)


def _reason(message: str) -> tuple[str, str]:
    """(dotted path below the field, plain reason) of one msgspec message."""
    found = _PATH.search(message)
    path = found["path"].lstrip(".") if found else ""
    bare = message[: found.start()] if found else message
    for pattern, plain in _PLAIN:
        if match := pattern.match(bare):
            return path, plain.format(**match.groupdict())
    return path, bare[:1].lower() + bare[1:]


def faults(kind: type[msgspec.Struct], given: object, *, strict: bool = True) -> tuple[Fault, ...]:
    """Every fault in `given` against the Struct `kind`: missing, unknown and ill-formed fields, each once."""
    if not isinstance(given, Mapping):
        return (Fault("body", "must be a JSON object"),)
    out: list[Fault] = []
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name in given:
        if name not in known:
            out.append(Fault(str(name), "is not a field of this request"))
    for name, field in known.items():
        if name not in given:
            if field.required:
                out.append(Fault(name, "is required"))
            continue
        try:
            msgspec.convert(given[name], field.type, strict=strict)
        except msgspec.ValidationError as error:
            path, reason = _reason(str(error))
            out.append(Fault(f"{name}.{path}" if path else name, reason))
    return tuple(out)


def nul_faults(given: object, path: str = "") -> tuple[Fault, ...]:
    """A fault for each text in `given` that holds a NUL character."""
    if isinstance(given, str):
        return (Fault(path or "body", "holds a NUL character"),) if "\0" in given else ()
    parts = (
        given.items() if isinstance(given, Mapping) else enumerate(given) if isinstance(given, list) else ()
    )
    return tuple(
        fault for name, value in parts for fault in nul_faults(value, f"{path}.{name}" if path else str(name))
    )


def read(kind: type[T], given: object, *, strict: bool = True) -> T:
    """`given` as a `kind`, or Malformed with every fault. `strict=False` reads text as numbers and booleans
    (forms).
    """
    if nul := nul_faults(given):
        raise Malformed(nul)
    try:
        return msgspec.convert(given, kind, strict=strict)
    except msgspec.ValidationError as error:
        found = faults(kind, given, strict=strict)
        path, reason = _reason(str(error))
        raise Malformed(found or (Fault(path or "body", reason),)) from error


def blank_free(given: Mapping[str, Any]) -> dict[str, Any]:
    """A form's fields without those left blank: a blank is 'not given', never an empty value."""
    return {
        k: v.strip() if isinstance(v, str) else v
        for k, v in given.items()
        if not (isinstance(v, str) and not v.strip())
    }
