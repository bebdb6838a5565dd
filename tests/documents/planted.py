"""Files with a canary in every place in which a document can keep words, and how to look for them again."""

import re
import zlib
from collections.abc import Iterator
from io import BytesIO

import pikepdf
import pypdfium2
from pikepdf import Array, AttachedFileSpec, Dictionary, Name, OutlineItem, Stream, String
from PIL import Image, PngImagePlugin
from pypdf import PdfReader

PLACES = (
    "text", "shared", "actualtext", "hiddenlayer", "docinfo", "xmp", "attachment", "thumbnail", "annotation",
    "appearance", "script", "outline", "field", "piece", "loose", "earlier", "fontmap",
)  # fmt: skip
"""Where the canaries of a PDF sit: `shared` in a form that two pages use, `loose` in an object nothing names,
`earlier` in a version of the file that a later one replaced.
"""


def canary(place: str) -> str:
    """A word that stands nowhere else."""
    return f"Canary{place}Quillfeather"


def _text(word: str, y: int) -> bytes:
    return f"BT /F1 14 Tf 72 {y} Td ({word}) Tj ET\n".encode()


def pdf(*, compressed: bool = True, rotate: int = 0) -> bytes:
    """A PDF of two pages, every canary on or behind the first. With `compressed` its objects lie in object
    streams.
    """
    made = pikepdf.new()
    font = made.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    font.ToUnicode = made.make_indirect(Stream(made, f"% {canary('fontmap')}".encode()))
    form = made.make_indirect(Stream(made, _text(canary("shared"), 640)))
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 612, 792])
    form.Resources = Dictionary(Font=Dictionary(F1=font))
    layer = made.make_indirect(Dictionary(Type=Name.OCG, Name=String("layer")))
    for n in range(2):
        made.add_blank_page(page_size=(612, 792))
        page = made.pages[n].obj
        page.Resources = Dictionary(
            Font=Dictionary(F1=font), XObject=Dictionary(Fm0=form), Properties=Dictionary(OC0=layer)
        )
        page.Contents = Stream(made, _text("Plainwords", 300))
    first = made.pages[0].obj
    first.Rotate = rotate
    first.Contents = Stream(
        made,
        _text(canary("text"), 700)
        + b"/Fm0 Do\n"
        + f"/Span << /ActualText ({canary('actualtext')}) >> BDC\n".encode()
        + _text("x", 620)
        + b"EMC\n/OC /OC0 BDC\n"
        + _text(canary("hiddenlayer"), 600)
        + b"EMC\n",
    )
    made.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))
    _around(made, first)
    out = BytesIO()
    mode = pikepdf.ObjectStreamMode.generate if compressed else pikepdf.ObjectStreamMode.disable
    made.save(out, object_stream_mode=mode, preserve_pdfa=False)
    return _updated(out.getvalue())


def _around(made: pikepdf.Pdf, first: pikepdf.Object) -> None:
    """Everything that is not on the page itself."""
    made.docinfo["/Title"] = canary("docinfo")
    with made.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["dc:description"] = canary("xmp")
    made.attachments["secret.txt"] = AttachedFileSpec(made, canary("attachment").encode())
    first.Thumb = made.make_indirect(Stream(made, canary("thumbnail").encode()))
    look = made.make_indirect(Stream(made, canary("appearance").encode()))
    look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, 10, 10])
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.FreeText, Rect=Array([72, 500, 300, 520]),
        Contents=String(canary("annotation")), AP=Dictionary(N=look), F=2,
    )  # fmt: skip
    box = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("name"), F=2)
    field = made.make_indirect(box)
    field.Rect, field.V = Array([72, 450, 300, 470]), String(canary("field"))
    first.Annots = Array([made.make_indirect(note), field])
    made.Root.AcroForm = Dictionary(Fields=Array([field]))
    made.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{canary('script')}')"))
    first.PieceInfo = Dictionary(Own=Dictionary(Private=String(canary("piece"))))
    with made.open_outline() as outline:
        outline.root.append(OutlineItem(canary("outline"), 0))


def _updated(content: bytes) -> bytes:
    """The same file with what a careless editor leaves in it: an object that nothing names any more."""
    left = b"".join(
        b"%d 0 obj\n(%s)\nendobj\n" % (9000 + n, canary(place).encode())
        for n, place in enumerate(("loose", "earlier"))
    )
    head, tail = content.rsplit(b"startxref", 1)
    return head + left + b"startxref" + tail


def everything_in(content: bytes) -> Iterator[bytes]:
    """All that a patient reader finds in a file: its bytes, every stream unpacked, every string of every
    object, and the text that a program shows.
    """
    yield content
    for found in re.finditer(rb"stream\r?\n", content):
        try:
            yield zlib.decompressobj().decompress(content[found.end() :])
        except zlib.error:
            continue
    if not content.startswith(b"%PDF-"):
        return
    with pikepdf.open(BytesIO(content), attempt_recovery=True) as opened:
        for one in opened.objects:
            yield repr(one).encode("utf-8", "replace")
            if isinstance(one, Stream):
                try:
                    yield one.read_bytes()
                except pikepdf.PdfError:  # a picture: its bytes as they lie there were looked at
                    yield one.read_raw_bytes()
    with pypdfium2.PdfDocument(content) as seen:
        for page in seen:
            yield page.get_textpage().get_text_bounded().encode()


def surviving(content: bytes, places: tuple[str, ...] = PLACES) -> set[str]:
    """The places whose canary can still be found."""
    whole = b"\n".join(everything_in(content))

    def found(word: str) -> bool:
        plain = word.encode()
        return any(form in whole for form in (plain, word.encode("utf-16-be"), plain.hex().encode()))

    return {place for place in places if found(canary(place))}


def drawn_over(content: bytes) -> bytes:
    """What people do by hand: a black rectangle over the words, the words beneath it."""
    with pikepdf.open(BytesIO(content)) as opened:
        page = opened.pages[0]
        page.contents_add(b"q 0 0 0 rg 60 560 400 200 re f Q")
        out = BytesIO()
        opened.save(out)
    return out.getvalue()


def photograph(kind: str) -> bytes:
    """A picture of 64 by 48 pixels with a canary in what goes along with it, and another beside it."""
    image, out = Image.linear_gradient("L").resize((64, 48)).convert("RGB"), BytesIO()
    if kind == "PNG":
        told = PngImagePlugin.PngInfo()
        told.add_text("Comment", canary("text"))
        told.add_itxt("XML:com.adobe.xmp", canary("xmp"))
        image.save(out, "PNG", pnginfo=told)
    else:
        exif = Image.Exif()
        exif[0x010E], exif[0x0112] = canary("text"), 6  # a description; and turned a quarter
        image.save(out, "JPEG", exif=exif, comment=canary("xmp").encode())
    return out.getvalue()


def code_on(pdf: bytes) -> str:
    """The client's code on a printed order."""
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    after = words.split("Your code for a solicitor")[1]
    return next(word for word in after.split() if word.count("-") == 4)
