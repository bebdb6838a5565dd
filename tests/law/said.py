"""What the law says, word for word, kept beside the tests: a change of wording is a change to review.

`make law` writes the files anew, and the diff shows what changed.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

FOLDER = Path(__file__).with_name("said")


def check(name: str, said: Mapping[str, Iterable[str]]) -> None:
    """Compare what was said in each case with the committed file, exactly."""
    text = "\n".join(f"# {case}\n" + "".join(f"{line}\n" for line in lines) for case, lines in said.items())
    file = FOLDER / f"{name}.txt"
    if os.environ.get("SVRO_WRITE_SAID"):
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")
