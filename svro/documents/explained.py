"""What a bundle proves and what it does not, in plain words: for its page, its PDF and whoever asks."""

from html import escape

from svro.documents.disclosed import Disclosed


def _each(text: str) -> tuple[str, ...]:
    return tuple(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


PROVES = _each("""
    Every file is, byte for byte, what the holder of the log's key signed. One changed letter, one file
    more or one fewer would show.

    Each entry named here was in the log, at its place, when the checkpoint was signed. An entry cannot
    be altered, taken out or slipped in between afterwards without the log contradicting every earlier
    checkpoint.

    Where the words of an entry are shown, they are the words that were committed to when it was made;
    and where a whole record is shown, it is the record that the entry vouches for.

    The tables (CSV) say what the data (JSON) say, and a document that is not marked as redacted is the
    file that was deposited.
""")
PROVES_NOT = _each("""
    That what was recorded is true. The log shows what was written down, and in what order.

    That everything was recorded, or that everything recorded is here. What was searched for is set out
    in the statement of completeness; that it was done so is the force's word.

    That the fields shown are those that were recorded, where an entry is closed: it proves no more than
    that something was recorded there. Where it is open and the record is shown whole, the record as the
    log hashed it stands beside the fields in the data, for anybody to compare.

    When something was written, by anybody's clock but the force's own: unless a witness, who is not the
    force, cosigned the checkpoint.

    That there is only one log. Whoever holds the key could keep a second one: a checkpoint that you or a
    witness kept from before is what would give that away.

    Whose key it is. Get the public key from where the log's owner publishes it, not from this bundle
    alone.

    What was redacted. The entry behind a redacted record stays closed, for its hash would let somebody
    guess.

    That the PDF reads as the data do. Both are signed for; the program compares the data and the tables
    only.

    That the duty of disclosure has been met. That is the prosecutor's, and it continues (Criminal
    Procedure and Investigations Act 1996 ss.3 and 7A).
""")
HOW = _each("""
    Install Python 3.9 or newer from python.org; nothing else is needed, and no network.

    Take svro_verify.py out of the ZIP, or better, from where the log's owner publishes it.

    Run it on the ZIP, or on all its parts at once.

    It says PROVED and what it looked at, or NOT PROVED and why. Without all parts it says so.

    With a witness's key (--witness), or a checkpoint that you kept (--note), it also checks that this is the
    log that others have seen.
""")


def command(names: tuple[str, ...]) -> str:
    """What to type."""
    return " ".join(["python3 -I svro_verify.py", *names, "--key KEY"])


_STYLE = (
    "body{font:1.1rem/1.5 Arial,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#0b0c0c}"
    "code{background:#f3f2f1;padding:.1rem .3rem;overflow-wrap:anywhere}li{margin:.5rem 0}"
)


def page(disclosed: Disclosed, names: tuple[str, ...], fingerprint: str) -> bytes:
    """The page to read first: it stands alone, runs nothing and fetches nothing."""
    title = f"Disclosure {disclosed.reference}, issue {disclosed.issue}: read this first"

    def listed(texts: tuple[str, ...], tag: str = "ul") -> str:
        return f"<{tag}>\n" + "".join(f"<li>{escape(text)}</li>\n" for text in texts) + f"</{tag}>\n"

    files = (
        "disclosure.pdf: everything, to read; its bookmarks and contents lead to each item",
        "disclosure.json, and the tables in the folder csv: the same, for programs (disclosure.schema.json "
        "and csv/csv-metadata.json say what is in them)",
        "documents: the files that go along",
        "evidence.json, checkpoint.txt: the proofs, and what the log said of itself when it was signed",
        "manifest.json, signature.txt, log-key.txt: the SHA-256 of every file, the signature, the public key",
        "svro_verify.py: the program that checks all this",
    )
    body = (
        f"<h1>{escape(title)}</h1>\n<p>For {escape(disclosed.recipient)}, {escape(disclosed.firm)}.</p>\n"
        f"<h2>What is here</h2>\n{listed(files)}"
        f"<h2>What it proves</h2>\n{listed(PROVES)}<h2>What it does not prove</h2>\n{listed(PROVES_NOT)}"
        f"<h2>How to check it</h2>\n{listed(HOW, 'ol')}<p><code>{escape(command(names))}</code></p>\n"
        "<p>KEY is the log's public key, or a file that holds it. The fingerprint of the key that this "
        f"bundle was signed with is <code>{fingerprint}</code>. It proves nothing until you have compared it "
        "with what the log's owner tells you by another way.</p>\n"
    )
    head = f'<meta charset="utf-8">\n<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    whole = (
        f'<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n{head}{view}</head>\n<body>\n<main>\n{body}</main>\n'
    )
    return f"{whole}</body>\n</html>\n".encode()
