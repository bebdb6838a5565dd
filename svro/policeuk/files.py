"""Files of published searches as rows of cells: CSV, the site's API JSON, ZIPs and folders of them."""

import codecs
import csv
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, cast

COLUMNS: dict[str, str] = {
    "Type": "type",
    "Date": "datetime",
    "Part of a policing operation": "operation",
    "Policing operation": "operation_name",
    "Latitude": "latitude",
    "Longitude": "longitude",
    "Gender": "gender",
    "Age range": "age_range",
    "Self-defined ethnicity": "self_defined_ethnicity",
    "Officer-defined ethnicity": "officer_defined_ethnicity",
    "Legislation": "legislation",
    "Object of search": "object_of_search",
    "Outcome": "outcome",
    "Outcome linked to object of search": "outcome_linked_to_object_of_search",
    "Removal of more than just outer clothing": "removal_of_more_than_outer_clothing",
}
"""The CSV header, the same in every file of every year, and the key of each column in the site's API."""

HEADER = list(COLUMNS)
BLOCK = 65_536
LONGEST = 65_536
"""The longest line of a CSV, and record of a JSON file, in characters: a published row has about 200."""
MOST_MEMBERS = 20_000
MOST_RATIO = 200
"""A member of a ZIP may unpack to 200 times its size: published files reach 20, a bomb a thousand."""

Cells = Sequence[str | None]


class Unreadable(Exception):
    """The whole file is refused; the argument says why in one sentence."""


class Faulty(Exception):
    """One row is not understood: (column, reason) for everything wrong with it."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        super().__init__(*faults)
        self.faults = faults


Extra = tuple[str, tuple[str, ...]]
"""What a JSON record holds beyond the columns: as JSON, and its keys (`location.street` for one inside)."""
Record = tuple[int, Cells, Extra | None, Faulty | None]
"""One row as read: its line, or place in a list; its fifteen cells; what else it holds; its fault."""


class Document(NamedTuple):
    """One file to read: the name to show, its own last name, its bytes when unpacked, how to open it."""

    name: str
    own_name: str
    size: int
    open: Callable[[], IO[bytes]]

    def blocks(self, seen: Callable[[bytes], object] | None = None) -> Iterator[bytes]:
        """The file's bytes, each block shown to `seen` first. Raises Unreadable for a damaged archive."""
        try:
            with self.open() as stream:
                while block := stream.read(BLOCK):
                    if seen:
                        seen(block)
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise Unreadable(f"the archive is damaged, or not a plain ZIP: {error}") from error
        except OSError as error:
            raise Unreadable(f"it cannot be read: {error.strerror or error}") from error

    def sha256(self) -> str:
        """The SHA-256 of its bytes, in hex."""
        digest = hashlib.sha256()
        for block in self.blocks():
            digest.update(block)
        return digest.hexdigest()


class Found(NamedTuple):
    """What lies at some paths: files to read, (name, reason) of those refused, names of other kinds."""

    documents: list[Document]
    refused: list[tuple[str, str]]
    passed_over: list[str]


MONTH = r"20\d\d-(?:0[1-9]|1[0-2])"
_SEARCHES = re.compile(rf"^(?:(?P<month>{MONTH})-)?(?P<force>[a-z][a-z-]*?)-stop-and-search\b")
_OTHER_SERIES = re.compile(rf"^{MONTH}-[a-z-]+-(?:street|outcomes)\.csv$")
_MONTH = re.compile(rf"(?<!\d)(?<!\d-){MONTH}(?!\d)(?!-\d)")


def named(own_name: str) -> tuple[str | None, str | None]:
    """(month YYYY-MM, force slug) in a file's own name; None for what it does not say, or says twice."""
    if match := _SEARCHES.match(own_name):
        return match["month"], match["force"]
    months = set(_MONTH.findall(own_name))
    return (months.pop() if len(months) == 1 else None), None


@contextmanager
def found(paths: Iterable[Path]) -> Iterator[Found]:
    """The files at `paths`, each a CSV, JSON or ZIP or a folder of them; archives stay open meanwhile."""
    out = Found([], [], [])
    with ExitStack() as archives:
        for path in paths:
            if path.is_dir():
                for each in sorted(inner for inner in path.rglob("*") if inner.is_file()):
                    _find(each, str(each.relative_to(path.parent)), out, archives, asked=False)
            elif path.is_file():
                _find(path, path.name, out, archives, asked=True)
            else:
                out.refused.append((str(path), "there is no such file"))
        yield out


def _kind(name: str) -> str:
    """csv, json, zip or other; `beside` for the site's other series and what computers leave beside data."""
    own = PurePosixPath(name).name
    if own.startswith(".") or "__MACOSX" in name or _OTHER_SERIES.match(own):
        return "beside"
    suffix = own.rpartition(".")[2].lower()
    return suffix if suffix in ("csv", "json", "zip") else "other"


def _find(path: Path, name: str, out: Found, archives: ExitStack, *, asked: bool) -> None:
    match _kind(path.name):
        case "zip":
            try:
                _find_members(archives.enter_context(zipfile.ZipFile(path)), name, out)
            except (zipfile.BadZipFile, OSError, ValueError) as error:
                out.refused.append((name, f"it is not a whole ZIP archive: {error}"))
        case "csv" | "json":
            opener = cast(Callable[[], IO[bytes]], partial(path.open, "rb"))
            out.documents.append(Document(name, path.name, path.stat().st_size, opener))
        case "other" if asked:
            out.refused.append((name, "it is neither CSV, JSON nor ZIP"))
        case _:
            out.passed_over.append(name)


def _find_members(archive: zipfile.ZipFile, name: str, out: Found) -> None:
    members = [info for info in archive.infolist() if not info.is_dir()]
    if len(members) > MOST_MEMBERS:
        out.refused.append((name, f"it holds {len(members):,} files; at most {MOST_MEMBERS:,} are read"))
        return
    for info in members:
        full, own = f"{name}/{info.filename}", PurePosixPath(info.filename).name
        match _kind(info.filename):
            case "zip":
                out.refused.append((full, "a ZIP inside a ZIP is not opened"))
            case "csv" | "json" if info.flag_bits & 1:
                out.refused.append((full, "it is encrypted"))
            case "csv" | "json" if info.file_size > max(1 << 20, MOST_RATIO * info.compress_size):
                out.refused.append((full, f"it would unpack to more than {MOST_RATIO} times its size"))
            case "csv" | "json":
                out.documents.append(Document(full, own, info.file_size, partial(archive.open, info)))
            case _:
                out.passed_over.append(full)


def records(document: Document, seen: Callable[[bytes], object] | None = None) -> Iterator[Record]:
    """The rows of a file in order. Raises Unreadable as soon as it shows that it is no file of searches."""
    text = _text(document.blocks(seen))
    return _json_records(text) if _kind(document.own_name) == "json" else _csv_records(text)


def _text(blocks: Iterable[bytes]) -> Iterator[str]:
    """The text of a file in blocks: UTF-8 with or without a byte-order mark, every line end made LF."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8-sig")(), translate=True)
    read = 0
    try:
        for block in blocks:
            text = decoder.decode(block)
            if "\0" in text:
                raise Unreadable("it holds NUL characters: it is not plain UTF-8 text")
            yield text
            read += len(block)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8 text: {error.reason}, near byte {read + error.start:,}") from error


def _lines(text: Iterable[str]) -> Iterator[str]:
    tail, number = "", 0
    for block in text:
        whole = (tail + block).split("\n")
        tail = whole.pop()
        # Only a block's first line can have begun in an earlier block; the others are shorter than a block.
        if len(tail) > LONGEST or (whole and len(whole[0]) > LONGEST):
            raise Unreadable(f"line {number + 1:,} is longer than {LONGEST:,} characters")
        yield from whole
        number += len(whole)
    if tail:
        yield tail


def _csv_records(text: Iterable[str]) -> Iterator[Record]:
    reader = csv.reader(_lines(text), strict=True)
    width = len(HEADER)
    try:
        indexed = _check_header(next(reader, []))
        for cells in reader:
            if indexed and len(cells) == width + 1:
                del cells[0]
            if not any(cells) or (cells[0] == "Type" and cells == HEADER):
                continue  # spreadsheets leave empty rows behind; files that people joined repeat the header
            if len(cells) == width:
                yield reader.line_num, cells, None, None
            else:
                reason = f"{len(cells)} cells where {width + indexed} are expected"
                yield reader.line_num, (), None, Faulty(("", reason))
    except csv.Error as error:
        raise Unreadable(f"line {reader.line_num:,} is not CSV: {error}") from error


def _check_header(cells: list[str]) -> bool:
    """Whether an unnamed index column comes first. Raises Unreadable naming the first wrong column."""
    indexed = bool(cells) and cells[0] in ("", "Unnamed: 0")
    names = cells[indexed:]
    if not any(names):
        raise Unreadable("it has no header")
    for place, want in enumerate(HEADER):
        number = place + 1 + indexed
        if place >= len(names):
            raise Unreadable(f"column {number}, {want!r}, is missing")
        if names[place] != want:
            raise Unreadable(f"column {number} is {shown(names[place])} where {want!r} is expected")
    if len(names) > len(HEADER):
        raise Unreadable(f"column {len(HEADER) + 1 + indexed}, {shown(names[len(HEADER)])}, is not expected")
    return indexed


_SPACE = re.compile(r"[ \t\n]*")
_WANTED = {
    "list": "the start of a JSON list",
    "comma": "a comma or the end of the list",
    "end": "nothing more",
}


def _json_values(text: Iterable[str]) -> Iterator[object]:
    """The values of one JSON list, each decoded as soon as it is whole, so that the list is never held."""
    decode = json.JSONDecoder(parse_constant=_no_number).raw_decode
    buffer, state, count = "", "list", 0
    for part in text:
        buffer, at = buffer + part, 0
        while (at := cast(re.Match[str], _SPACE.match(buffer, at)).end()) < len(buffer):
            mark = buffer[at]
            if (state, mark) in (("list", "["), ("comma", ","), ("comma", "]"), ("first", "]")):
                state, at = {"[": "first", ",": "value", "]": "end"}[mark], at + 1
            elif state in _WANTED:
                raise Unreadable(f"after record {count:,} there is {mark!r} where {_WANTED[state]} should be")
            else:
                try:
                    value, end = decode(buffer, at)
                except (ValueError, RecursionError):
                    break  # not whole yet, or never: then the end of the file or the longest record will tell
                if end - at > LONGEST:
                    break
                state, at, count = "comma", end, count + 1
                yield value
        buffer = buffer[at:]
        if len(buffer) > LONGEST:
            raise Unreadable(f"record {count + 1:,} is not JSON, or is longer than {LONGEST:,} characters")
    if state != "end":
        raise Unreadable(f"it breaks off, or stops being JSON, after record {count:,}")


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _json_records(text: Iterable[str]) -> Iterator[Record]:
    for place, value in enumerate(_json_values(text), start=1):
        try:
            yield place, *_json_cells(value), None
        except Faulty as fault:
            yield place, (), None, fault


def _json_cells(value: object) -> tuple[Cells, Extra | None]:
    """(the fifteen cells of a record, what else it holds). A null is None, a boolean its JSON word."""
    if not isinstance(value, dict):
        raise Faulty(("", f"not a search: {shown(value)}"))
    point = value.pop("location", "")
    if point is None:
        value |= {"latitude": None, "longitude": None}
    elif isinstance(point, dict):
        value |= {key: point.pop(key) for key in ("latitude", "longitude") if key in point}
        if point:
            value["location"] = point
    missing = [(column, f"there is no {key!r}") for column, key in COLUMNS.items() if key not in value]
    if missing:
        raise Faulty(*missing)
    try:
        given = [value.pop(key) for key in COLUMNS.values()]
        cells = [cell if isinstance(cell, str) or cell is None else json.dumps(cell) for cell in given]
        rest = json.dumps(value, ensure_ascii=False)
        whole = "".join(cell or "" for cell in cells) + rest
        whole.encode()
    except (RecursionError, UnicodeEncodeError):
        raise Faulty(("", "it cannot be stored: it is nested too deep, or holds half a character")) from None
    if "\0" in whole:
        raise Faulty(("", "it cannot be stored: it holds a NUL character"))
    inside = [f"location.{key}" for key in value.get("location", ())]
    names = (*(key for key in value if key != "location"), *inside)
    return cells, (rest, names) if value else None


def shown(value: object) -> str:
    """A value as a sentence quotes it: in quotation marks and never long."""
    text = repr("" if value is None else value)
    return text if len(text) <= 80 else f"{text[:76]}...{text[0]}"
