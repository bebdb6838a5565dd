"""The file that checks a bundle: alone, on Python 3.9, short, without network, and true to its elder."""

import ast
import subprocess
import sys

from tests.conftest import CHECKOUT

FILE = CHECKOUT / "svro" / "verify_bundle.py"
ELDER = CHECKOUT / "svro" / "verify.py"
REPEATED = {
    "Bad", "leaf_hash", "_node", "_climb", "_fit", "check_inclusion", "check_consistency", "_add", "_times",
    "_packed", "_point", "_number", "signed", "Key", "Checkpoint", "_decoded", "read_key", "read_note",
    "read_checkpoint", "_by", "check_checkpoint", "_cosigned", "check_cosignature", "_text",
    "EMPTY", "LOG, COSIGNER", "MAX_SIZE", "P", "L", "D", "Point", "ZERO", "BASE",
}  # fmt: skip
OWN = {
    "FORMAT, MANIFEST, SIGNATURE, KEY", "NAME", "zip_header", "unzipped", "gathered", "check_manifest",
    "check_files", "check_log", "plain", "shown", "tables", "check_content", "_do", "main",
}  # fmt: skip


def pieces(source: str) -> dict[str, str]:
    """Each function, class and constant of a file, as it is written."""
    found = {}
    for one in ast.parse(source).body:
        text = ast.get_source_segment(source, one) or ""
        if isinstance(one, ast.FunctionDef | ast.ClassDef):
            found[one.name] = text
        elif isinstance(one, ast.Assign | ast.AnnAssign):
            found[text.partition(" = ")[0].partition(":")[0]] = text
    return found


def test_what_it_repeats_is_word_for_word_the_same() -> None:
    ours, elder = pieces(FILE.read_text(encoding="utf-8")), pieces(ELDER.read_text(encoding="utf-8"))
    assert set(ours) == REPEATED | OWN
    assert [name for name in sorted(REPEATED) if ours[name] != elder[name]] == []
    changed = pieces(FILE.read_text(encoding="utf-8").replace("answer >= L", "answer > L"))
    assert [name for name in sorted(REPEATED) if changed[name] != elder[name]] == ["signed"]


def test_it_stands_alone_on_python_3_9_in_at_most_400_lines() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    assert max(map(len, text.splitlines())) <= 110
    ruff = [sys.executable, "-m", "ruff", "check", "--target-version", "py39", str(FILE)]
    assert subprocess.run(ruff, cwd=CHECKOUT, capture_output=True, text=True, check=False).stdout.strip() == (
        "All checks passed!"
    )
    ast.parse(text, feature_version=(3, 9))
    imported = {
        name.partition(".")[0]
        for one in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in one.names] if isinstance(one, ast.Import)
            else [one.module or ""] if isinstance(one, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert imported <= set(sys.stdlib_module_names)
    assert not imported & {"socket", "ssl", "urllib", "http", "subprocess", "ctypes", "importlib", "pickle"}


def test_it_reaches_for_no_network_while_it_runs() -> None:
    ask = (
        f"import sys; sys.path.insert(0, {str(FILE.parent)!r}); import verify_bundle; "
        "verify_bundle.main(['nothing.zip']); print({'socket', 'ssl', 'urllib.request'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert "NOT PROVED" in done.stderr
