"""Documents set by Typst as tagged PDF that also keeps: PDF/UA-1 and PDF/A-2a at once.

A template is one of ours; what it shows comes to it as data, in a file that it reads, and is never written
into its markup: so no text of anybody's can act as markup. Typst sees no file but those given to it, no font
of the machine and no clock, so the same data, date and attachments are the same bytes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

HERE = Path(__file__).parent
STANDARDS = ("a-2a", "ua-1")


class NotTypeset(Exception):
    """The document could not be set, and why: such as a picture without a text in its place."""


@cache
def _templates() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((HERE / "templates").glob("*.typ"))}


@cache
def _fonts() -> Any:
    """Arimo (of Arial's widths, under the Open Font License), and what Typst carries for signs it lacks."""
    from typst import Fonts

    return Fonts(include_system_fonts=False, font_paths=[HERE / "fonts"])


def typeset(template: str, data: Any, on: datetime, attached: Mapping[str, bytes] | None = None) -> bytes:
    """A template of this package filled with data, as PDF.

    `template` is a name without its ending. It reads `data` (a Struct, or whatever else JSON can say) from
    `/data.json`, the `attached` files (such as charts) by their names, and the document's date from
    `sys.inputs.made`. `on` is that date: take the instant that the data are as known at.

    Raises NotTypeset with Typst's own words where the template and the data do not fit, and KeyError for a
    template that is not there. Takes tens of milliseconds and more: run it in a thread.
    """
    import typst

    made = on.astimezone(UTC).replace(microsecond=0)
    templates = _templates()
    files = {
        **templates,
        **(attached or {}),
        "data.json": msgspec.json.encode(data),
        "main.typ": templates[f"{template}.typ"],
    }
    try:
        pdf: bytes = typst.compile(
            files,  # type: ignore[call-overload]
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"made": made.isoformat()},
            timestamp=made,
            pdf_standards=list(STANDARDS),
        )
    except typst.TypstError as error:
        raise NotTypeset(f"{template}: {error.diagnostic or error.message}") from error
    return pdf
