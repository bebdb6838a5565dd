"""A page with its marks on it, for whoever says what to take out: what lies under them can still be read, and
a ruler along the edges tells where on the page anything is.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from svro.documents.opened import JPEG, PDF, PNG
from svro.documents.redact import Mark, Span, drawn, page_sizes, upright

if TYPE_CHECKING:
    from PIL.Image import Image

WIDEST = 1000
"""Pixels of the picture from left to right."""
_RULED, _INK, _MARK = (150, 170, 200, 110), (60, 80, 120, 255), (29, 29, 29, 120)
_ROOM = 34
"""The least pixels between two lines of the ruler."""


def marked(content: bytes, media_type: str, page: int, marks: Sequence[Mark | Span]) -> bytes | None:
    """A page (from 1) of a PDF, or the picture, as PNG; None where there is no such page. Its ruler is in
    points of the page, or pixels of the picture: the units of a Mark. Run it in a thread.
    """
    if media_type == PDF:
        sizes = page_sizes(content)
        if not 1 <= page <= len(sizes):
            return None
        size, image = sizes[page - 1], drawn(content, page, round(72 * WIDEST / sizes[page - 1][0]))
    elif media_type in (JPEG, PNG) and page == 1:
        image = upright(content, media_type)
        size = image.size
    else:
        return None
    image.thumbnail((WIDEST, 4 * WIDEST))
    here = [mark for mark in marks if isinstance(mark, Mark) and mark.page == page]
    out = BytesIO()
    _ruled(image, size, here).save(out, "PNG", optimize=True)
    return out.getvalue()


def _ruled(image: "Image", size: tuple[float, float], marks: Sequence[Mark]) -> "Image":
    from PIL import Image, ImageDraw

    across, down = image.width / size[0], image.height / size[1]
    layer = Image.new("RGBA", image.size, (255, 255, 255, 0))
    pen = ImageDraw.Draw(layer)
    step = next(n for n in (50, 100, 200, 500, 1000, 2000, 5000) if n * min(across, down) >= _ROOM)
    for n in range(step, int(size[0]), step):
        pen.line([(n * across, 0), (n * across, image.height)], fill=_RULED)
        pen.text((n * across + 2, 1), str(n), fill=_INK)
    for n in range(step, int(size[1]), step):
        pen.line([(0, n * down), (image.width, n * down)], fill=_RULED)
        pen.text((2, n * down + 1), str(n), fill=_INK)
    for mark in marks:
        x0, y0, x1, y1 = mark.box or (0.0, 0.0, *size)
        pen.rectangle([x0 * across, y0 * down, x1 * across, y1 * down], fill=_MARK, outline=_INK, width=2)
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")
