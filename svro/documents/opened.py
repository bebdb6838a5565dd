"""What a file is, by what is in it: a PDF, a JPEG or PNG picture, or plain text. It is opened, not believed.

PDFium is no library for several threads, so whoever uses it holds `ONE_AT_A_TIME`.
"""

import re
from io import BytesIO
from threading import Lock

import msgspec

PDF, JPEG, PNG, TEXT = "application/pdf", "image/jpeg", "image/png", "text/plain"
CALLED = {PDF: "a PDF", JPEG: "a JPEG picture", PNG: "a PNG picture", TEXT: "plain text"}
LARGEST = 25 * 1024 * 1024
"""Bytes at most of one document."""
MOST_PAGES = 500
MOST_PIXELS = 100_000_000

ONE_AT_A_TIME = Lock()
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


class NotADocument(Exception):
    """The file is none that is taken here. The reason is half a sentence: "is encrypted"."""


class Opened(msgspec.Struct, frozen=True):
    """What a file is; `pages` of a PDF alone."""

    media_type: str
    pages: int | None = None


def examine(content: bytes) -> Opened:
    """What these bytes are, opened whole. NotADocument with the reason where they are nothing that is taken.

    Takes up to seconds for a large file: run it in a thread.
    """
    if not content:
        raise NotADocument("is empty")
    if content.startswith(b"%PDF-"):
        return Opened(PDF, _pages(content))
    if b"%PDF-" in content[:1024]:
        raise NotADocument("is a PDF behind something else, which readers open differently")
    if content.startswith(b"\xff\xd8\xff"):
        _picture(content, "JPEG")
        return Opened(JPEG)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        _picture(content, "PNG")
        return Opened(PNG)
    _text(content)
    return Opened(TEXT)


def _pages(content: bytes) -> int:
    import pikepdf
    import pypdfium2

    try:
        with pikepdf.open(BytesIO(content), attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise NotADocument("is encrypted: save it without a password and send it again")
            counted = len(pdf.pages)
    except pikepdf.PasswordError:
        raise NotADocument("is encrypted: save it without a password and send it again") from None
    except (pikepdf.PdfError, ValueError, RecursionError, KeyError, TypeError):
        raise NotADocument("is a broken PDF") from None
    if not 1 <= counted <= MOST_PAGES:
        raise NotADocument(f"has {counted} pages: from 1 to {MOST_PAGES} are taken")
    try:
        with ONE_AT_A_TIME, pypdfium2.PdfDocument(content) as seen:
            shown = len(seen)
            for page in seen:
                page.close()
    except pypdfium2.PdfiumError:
        raise NotADocument("is a broken PDF") from None
    if shown != counted:
        raise NotADocument("is a broken PDF: readers do not agree on its pages")
    return counted


def _picture(content: bytes, kind: str) -> None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content), formats=[kind]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NotADocument("is a picture of more than a hundred million pixels")
            if kind == "PNG" and getattr(picture, "n_frames", 1) != 1:
                raise NotADocument("is more than one picture")
            picture.load()
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
    ):
        raise NotADocument(f"is a broken {kind} picture") from None
    if kind == "PNG" and not content.endswith(b"IEND\xaeB`\x82"):
        raise NotADocument("is a PNG picture with something behind it")


def _text(content: bytes) -> None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        raise NotADocument("is no PDF, JPEG, PNG or plain text in UTF-8") from None
    if _CONTROL.search(content):
        raise NotADocument("is no PDF, JPEG, PNG or plain text: it holds control characters")
