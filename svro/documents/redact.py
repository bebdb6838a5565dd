"""Taking parts out of a document for good: what is handed over is made anew, of what is still to be seen.

Each page of a PDF becomes a picture with the marked parts black in its pixels, and nothing of the file that
was comes along. That is all its pages: fonts and pictures are shared between them, so that a page left as it
was could carry the words of another. A picture is painted and encoded anew; text loses the marked letters.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import count, groupby
from math import ceil, floor, isfinite
from typing import TYPE_CHECKING, TypeVar

import msgspec

from svro.documents.opened import JPEG, ONE_AT_A_TIME, PDF, PNG, TEXT

if TYPE_CHECKING:
    from pikepdf import Pdf
    from PIL.Image import Image

M = TypeVar("M", "Mark", "Span")

DPI = 170
_POINTS = 72
_MOST_PIXELS = 40_000_000
"""Of one page: a larger one is drawn more coarsely."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
"""A line as whoever marks one counts it: a form feed or another separator is a letter within it."""
BLOCK = "█████"
"""What stands for letters taken out, however many they were."""


class Mark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to take out of a page (from 1) or a picture (page 1): a rectangle from the top left, in points of
    the page as it is shown, or pixels of the picture; the whole page where it has no rectangle.
    """

    page: int = 1
    x0: float | None = None
    y0: float | None = None
    x1: float | None = None
    y1: float | None = None

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """The rectangle; None for the whole page. ValueError for half of one, or one without an inside."""
        given = self.x0, self.y0, self.x1, self.y1
        if self.x0 is None or self.y0 is None or self.x1 is None or self.y1 is None:
            if any(one is not None for one in given):
                raise ValueError("needs all of x0, y0, x1 and y1, or none for the whole page")
            return None
        if not (
            self.x0 < self.x1
            and self.y0 < self.y1
            and all(map(isfinite, (self.x0, self.y0, self.x1, self.y1)))
        ):
            raise ValueError("needs x0 before x1 and y0 before y1")
        return self.x0, self.y0, self.x1, self.y1


class Span(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to take out of text: a line (from 1), from its `first` to its `last` letter (from 1), both
    counted; the whole line without them.
    """

    line: int
    first: int | None = None
    last: int | None = None


class BadMark(ValueError):
    """A mark that takes nothing out of this document: `index` says which one, from 0, and the sentence why.
    Nothing was made.
    """

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index


def redact(content: bytes, media_type: str, marks: Sequence[Mark | Span]) -> bytes:
    """The document made anew without what is marked, in the same media type; the same input gives the same
    bytes.

    Raises BadMark for a mark that would take out nothing, and ValueError for a media type of no document or a
    file that cannot be opened. Takes about a tenth of a second a page: run it in a thread.
    """
    if media_type == TEXT:
        return _text(content, [_of(mark, Span, n) for n, mark in enumerate(marks)])
    boxes = [_of(mark, Mark, n) for n, mark in enumerate(marks)]
    for n, mark in enumerate(boxes):
        with _well_formed(n):
            _ = mark.box
    if media_type == PDF:
        return _pdf(content, boxes)
    if media_type in (JPEG, PNG):
        return _picture(content, media_type, boxes)
    raise ValueError(f"{media_type} is no kind of document")


def check(content: bytes, media_type: str, mark: Mark | Span) -> None:
    """See that a mark takes something out. BadMark where it would not; of a PDF its page alone is drawn."""
    if media_type != PDF or not isinstance(mark, Mark) or mark.page < 1:
        redact(content, media_type, [mark])
        return
    sizes = page_sizes(content)
    if mark.page > len(sizes):
        raise _no_page(0, mark, sizes)
    with _well_formed(0):
        _ = mark.box
    _painted(content, mark.page, sizes[mark.page - 1], [(0, mark)])


@contextmanager
def _well_formed(index: int) -> Iterator[None]:
    try:
        yield
    except ValueError as bad:
        raise BadMark(index, str(bad)) from None


def _of(mark: Mark | Span, kind: type[M], index: int) -> M:
    if not isinstance(mark, kind):
        raise BadMark(index, "is not for this kind of document")
    return mark


def page_sizes(content: bytes) -> list[tuple[float, float]]:
    """The width and height of each page of a PDF as it is shown, in points."""
    import pypdfium2

    with ONE_AT_A_TIME, pypdfium2.PdfDocument(content) as pdf:
        return [pdf.get_page_size(n) for n in range(len(pdf))]


def drawn(content: bytes, page: int, dpi: int = DPI) -> "Image":
    """A page (from 1) of a PDF as people see it: hidden layers, and what lies beside it, are not in it."""
    import pypdfium2

    with ONE_AT_A_TIME, pypdfium2.PdfDocument(content) as pdf:
        pdf.init_forms()
        found = pdf[page - 1]
        width, height = found.get_size()
        coarse = (_MOST_PIXELS / max(1.0, width * height)) ** 0.5
        bitmap = found.render(scale=min(dpi / _POINTS, coarse), may_draw_forms=True)
        image: Image = bitmap.to_pil().convert("RGB").copy()
        bitmap.close()
        found.close()
    return image


def _paint(image: "Image", marks: Sequence[tuple[int, Mark]], scale: tuple[float, float]) -> None:
    """Black over each mark, in the picture's own pixels, outwards to whole ones."""
    for index, mark in marks:
        x0, y0, x1, y1 = mark.box or (0.0, 0.0, image.width / scale[0], image.height / scale[1])
        left, top = max(0, floor(x0 * scale[0])), max(0, floor(y0 * scale[1]))
        right, bottom = min(image.width, ceil(x1 * scale[0])), min(image.height, ceil(y1 * scale[1]))
        if left >= right or top >= bottom:
            raise BadMark(index, "lies beside the page")
        image.paste((0, 0, 0), (left, top, right, bottom))


def _painted(
    content: bytes, page: int, size: tuple[float, float], marks: Sequence[tuple[int, Mark]]
) -> "Image":
    """A page as a picture, black over each of its marks."""
    image = drawn(content, page)
    _paint(image, marks, (image.width / size[0], image.height / size[1]))
    return image


def _no_page(index: int, mark: Mark, sizes: Sequence[object]) -> BadMark:
    return BadMark(index, f"is on page {mark.page}, and there are {len(sizes)}")


def _pdf(content: bytes, marks: Sequence[Mark]) -> bytes:
    import pikepdf

    sizes = page_sizes(content)
    for n, mark in enumerate(marks):
        if not 1 <= mark.page <= len(sizes):
            raise _no_page(n, mark, sizes)
    made = pikepdf.new()
    for number, (width, height) in enumerate(sizes, start=1):
        here = [(n, mark) for n, mark in enumerate(marks) if mark.page == number]
        _add(made, _painted(content, number, (width, height), here), width, height)
    out = BytesIO()
    made.save(
        out,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        deterministic_id=True,
        linearize=False,
    )
    return out.getvalue()


def _add(made: "Pdf", image: "Image", width: float, height: float) -> None:
    """A page that is this picture and nothing else."""
    from pikepdf import Array, Dictionary, Name, Stream

    data = BytesIO()
    image.save(data, "JPEG", quality=85, optimize=True)
    shown = Stream(made, data.getvalue())
    shown.Type, shown.Subtype = Name.XObject, Name.Image
    shown.Width, shown.Height = image.width, image.height
    shown.ColorSpace, shown.BitsPerComponent, shown.Filter = Name.DeviceRGB, 8, Name.DCTDecode
    made.add_blank_page(page_size=(width, height))
    page = made.pages[-1].obj
    page.Resources = Dictionary(XObject=Dictionary(Im0=made.make_indirect(shown)))
    page.Contents = Stream(made, f"q {width:.4f} 0 0 {height:.4f} 0 0 cm /Im0 Do Q".encode())
    page.MediaBox = Array([0, 0, round(width, 4), round(height, 4)])


def upright(content: bytes, media_type: str) -> "Image":
    """A picture as people see it: turned as it says, on white, so that nothing hides where it is clear."""
    from PIL import Image, ImageOps

    kind = "JPEG" if media_type == JPEG else "PNG"
    with Image.open(BytesIO(content), formats=[kind]) as held:
        shown = ImageOps.exif_transpose(held)
        if shown.mode.startswith("I;16"):
            shown = shown.point(lambda value: value / 256).convert("L")
        shown = shown.convert("RGBA")
    bare = Image.new("RGBA", shown.size, (255, 255, 255, 255))
    bare.alpha_composite(shown)
    return bare.convert("RGB")


def _picture(content: bytes, media_type: str, marks: Sequence[Mark]) -> bytes:
    bare = upright(content, media_type)
    for n, mark in enumerate(marks):
        if mark.page != 1:
            raise BadMark(n, "is not on page 1: a picture has no other")
    _paint(bare, list(enumerate(marks)), (1.0, 1.0))
    out = BytesIO()
    bare.save(out, **({"format": "JPEG", "quality": 90} if media_type == JPEG else {"format": "PNG"}))
    return out.getvalue()


def pieces(content: bytes, marks: Sequence[Span], most: int) -> list[list[tuple[str, bool]]]:
    """The first `most` lines of a text, each in pieces: their letters, and whether they are taken out."""
    lines = _LINE.findall(content.decode("utf-8"))
    gone = _gone(lines, marks)
    return [
        [("".join(text), out) for out, text in groupby(_bare(line), _within(gone.get(n, set())))]
        for n, line in enumerate(lines[:most])
    ]


def _within(gone: set[int]) -> Callable[[str], bool]:
    place = count()
    return lambda _letter: next(place) in gone


def _text(content: bytes, marks: Sequence[Span]) -> bytes:
    lines = _LINE.findall(content.decode("utf-8"))
    gone = _gone(lines, marks)
    return "".join(_without(line, gone.get(n, set())) for n, line in enumerate(lines)).encode()


def _gone(lines: Sequence[str], marks: Sequence[Span]) -> dict[int, set[int]]:
    """The places, from 0, of the letters taken out of each line. BadMark for one that takes out nothing."""
    gone: dict[int, set[int]] = {}
    for n, mark in enumerate(marks):
        if not 1 <= mark.line <= len(lines):
            raise BadMark(n, f"is on line {mark.line}, and there are {len(lines)}")
        size = len(_bare(lines[mark.line - 1]))
        first, last = mark.first or 1, size if mark.last is None else mark.last
        if not 1 <= first <= last <= size:
            raise BadMark(n, f"takes letters {first} to {last} of a line of {size}")
        gone.setdefault(mark.line - 1, set()).update(range(first - 1, last))
    return gone


def _bare(line: str) -> str:
    return line[: len(line) - len(_ending(line))]


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _without(line: str, gone: set[int]) -> str:
    made = []
    for n, letter in enumerate(_bare(line)):
        if n not in gone:
            made.append(letter)
        elif n - 1 not in gone:
            made.append(BLOCK)
    return "".join(made) + _ending(line)
