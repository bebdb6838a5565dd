"""The evidence log: its key, sealing, checking, its export, and derived tables made anew."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svro.cli.base import chosen, main, now, on_database, ready, run

if TYPE_CHECKING:
    from svro.casework.verifying import Kept, Verdict
    from svro.records import notes


def _log_key() -> "notes.Key":
    from svro.errors import Unready
    from svro.records import notes

    place = chosen().log_key
    if place is None:
        raise Unready("SVRO_LOG_KEY names no file. Make a key with `svro log-key`.")
    return notes.key_file(Path(place))


def _new(name: str, file: Path) -> "notes.Key":
    import secrets

    from svro.records import notes

    try:
        key = notes.Key.of(name, notes.LOG, secrets.token_bytes(32))
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error
    try:
        notes.new_key_file(file, key)
    except FileExistsError as error:
        raise click.ClickException(f"There is a file at {file} already: it is left as it is.") from error
    return key


@main.command("log-key")
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def log_key(name: str, file: Path) -> None:
    """Make the key that signs the log, once: NAME such as svro.example.police.uk/log, kept in FILE.

    Give the public key that is printed to whoever is to check the log. SVRO_LOG_KEY names the file.
    """
    click.echo(str(_new(name, file)))


@on_database("rotate-log-key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def rotate_log_key(file: Path) -> None:
    """Hand the log over to a new key, kept in FILE: the present one names it in a note. Then let SVRO_LOG_KEY
    name the new file, and start svro again.
    """
    old = _log_key()
    new = _new(old.name, file)
    run(_rotated(old, new))
    click.echo(str(new))


async def _rotated(old: "notes.Key", new: "notes.Key") -> None:
    from svro.records import sealing
    from svro.records.reach import ALL

    async with ready() as (database, _), database.write(ALL) as session:
        await sealing.seal(session, old, now())
        await sealing.begin_key(session, new, now(), sealing.endorsement(old, new))


@on_database("seal")
def seal() -> None:
    """Seal what is new into the log and sign a checkpoint, which is printed."""
    click.echo(run(_sealed(_log_key())), nl=False)


async def _sealed(key: "notes.Key") -> str:
    from svro.casework import evidence
    from svro.records import sealing
    from svro.records.reach import ALL

    async with ready() as (database, _):
        waiting = True
        while waiting:
            async with database.write(ALL) as session:
                await sealing.seal(session, key, now())
                waiting = await sealing.waiting(session)
        async with database.read(ALL) as session:
            return await evidence.note(session)


@on_database("verify")
@click.option("--key", metavar="KEY", help="The log's public key as known from elsewhere, or a file with it.")
@click.option(
    "--witness", "kept", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What a witness kept: its state file. It finds what only somebody outside can know.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def verify(key: str | None, kept: Sequence[Path], as_json: bool) -> None:
    """Check the whole log against the database: words, leaves, tree, rows, checkpoints, witnesses."""
    verdict = run(_verified(key, kept))
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(verdict).decode())
    else:
        for line in (
            f"{verdict.leaves} entries, {verdict.sealed} sealed, the words of {verdict.erased} erased.",
            f"{verdict.rows} rows, {verdict.checkpoints} checkpoints, {verdict.cosignatures} cosignatures.",
        ):
            click.echo(line)
        for one in verdict.wrong:
            click.echo(f"WRONG  {one.kind} {one.where}: {one.sentence}")
        click.echo("Everything agrees." if not verdict.wrong else f"{len(verdict.wrong)} do not agree.")
    sys.exit(1 if verdict.wrong else 0)


async def _verified(key: str | None, files: Sequence[Path]) -> "Verdict":
    from svro.casework import verifying
    from svro.records import notes

    text = Path(key).read_text(encoding="ascii") if key and Path(key).is_file() else key
    try:
        known = notes.read_key(text.strip()) if text else None
    except notes.NotSigned as error:
        raise click.UsageError(f"--key is {error}.") from error
    settings = chosen()
    if known is None and settings.log_key:
        known = notes.key_file(Path(settings.log_key))
    kept = [one for file in files for one in _kept(file, settings.witnesses)]
    async with ready() as (database, _), database.snapshot() as session:
        return await verifying.verify(session, key=known, kept=kept)


def _kept(file: Path, witnesses: Sequence[str]) -> "list[Kept]":
    """What a witness's state file holds, under the key of each configured witness that cosigned it."""
    from svro.casework.verifying import Kept
    from svro.records import notes

    note = file.read_text(encoding="utf-8")
    try:
        signers = {(name, id_) for name, id_, _ in notes.read_note(note)[1]}
    except notes.NotSigned as error:
        raise click.UsageError(f"{file} is {error}.") from error
    known = [one for one in map(notes.read_key, witnesses) if (one.name, one.id) in signers]
    return [Kept(note, one) for one in known] or [Kept(note)]


@on_database("export-log")
@click.option("--words", is_flag=True, help="With the words and salt of each entry: personal data.")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def export_log(words: bool, output: Path) -> None:
    """Write the whole log as sealed: the newest checkpoint, ====, and a line for each leaf. `python
    verify.py log` (the file is svro/verify.py) checks it.
    """
    with output.open("w", encoding="utf-8", newline="\n") as out:
        lines = run(_exported(out, words))
    click.echo(f"{lines} leaves are in {output}.")


async def _exported(out: Any, words: bool) -> int:
    from svro.casework import evidence

    lines = 0
    async with ready() as (database, _), database.snapshot() as session:
        async for line in evidence.export(session, words):
            out.write(line)
            lines += 1
    return lines - 2


@on_database("replay")
@click.argument("bundle", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def replay(bundle: Sequence[Path], as_json: bool) -> None:
    """Make every derived table anew from the facts, and say where it differs from what is held.

    With a BUNDLE (all its parts): make that anew instead, from what is stored, and name what was erased.
    """
    if bundle:
        _bundle_again(bundle, as_json)
        return
    made = run(_replayed())
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(made).decode())
    else:
        for table in made:
            click.echo(f"{table.table}: {table.rows} rows, {len(table.differences)} differences.")
            for difference in table.differences[:20]:
                click.echo(f"  {difference}")
    sys.exit(1 if any(table.differences for table in made) else 0)


def _bundle_again(parts: Sequence[Path], as_json: bool) -> None:
    from svro import verify_bundle

    try:
        held = verify_bundle.gathered([str(one) for one in parts])
    except verify_bundle.Bad as bad:
        raise click.ClickException(f"This is no bundle of ours: {bad}") from bad
    made = run(_rebuilt({name: bytes(data) for name, data in held.items()}))
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(made).decode())
    else:
        click.echo(f"{made.reference}, issue {made.issue}: {made.items} items, {made.entries} entries.")
        for kind, lines in (("ERASED", made.erased), ("DIFFERS", made.differences), ("WRONG", made.wrong)):
            for line in lines:
                click.echo(f"{kind}  {line}")
        click.echo("It is made again from what is stored." if made.same else "It is not made again whole.")
    sys.exit(1 if made.differences or made.wrong else 0)


async def _rebuilt(files: dict[str, bytes]) -> Any:
    from svro.casework.disclosure import rebuilding

    async with ready() as (database, _), database.snapshot() as session:
        return await rebuilding.rebuild(session, files)


async def _replayed() -> Any:
    from svro.casework import replaying

    async with ready() as (database, _), database.snapshot() as session:
        return await replaying.replay(session)


@on_database("erase-pages")
def erase_pages() -> None:
    """Rewrite the database's files, so that nothing erased is left in their free space. Nobody else may use
    the database meanwhile.
    """
    click.echo(run(_pages_erased()))


async def _pages_erased() -> str:
    from svro.records import pages

    async with ready() as (database, _):
        return await pages.rewrite(database)
