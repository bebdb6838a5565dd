"""Importing what others published."""

import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svro.cli.base import day, now, on_database, ready, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from svro.casework.imports import Progress, Summary


@on_database("import-searches")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--force", metavar="SLUG", help="The force, where the file's name does not give it.")
@click.option(
    "--month", metavar="YYYY-MM", help="The month of record, where the file's name does not give it."
)
@click.option(
    "--published", metavar="DATE", callback=day, help="When the files were published; today unless given."
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rows that can't be understood go, as CSV.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_searches(
    paths: tuple[Path, ...],
    force: str | None,
    month: str | None,
    published: date | None,
    rejects: Path | None,
    as_json: bool,
) -> None:
    """Import published searches of data.police.uk: CSV, ZIP, folders, or the site's API JSON."""
    from svro.law.dates import london_day

    at = now()
    with _bar(shown=not as_json and sys.stderr.isatty()) as progress, _writing(rejects) as out:
        asked = {"published": published or london_day(at), "now": at, "force": force, "month": month}
        summary: Summary = run(_imported(paths, rejects=out, progress=progress, **asked))
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(summary).decode())
    else:
        for line in _said(summary):
            click.echo(line)
    for refusal in summary.refused:
        click.echo(f"Refused: {refusal.file}: {refusal.reason}", err=True)
    sys.exit(1 if summary.refused else 0)


@on_database("import-incidents")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", metavar="SLUG", required=True, help="The force whose incidents these are.")
def import_incidents(path: Path, force: str) -> None:
    """Add a force's incident references (CSV), against which the reasons for looks are checked."""
    done = run(_incidents(path.read_text(encoding="utf-8-sig"), force))
    click.echo(f"{done.rows} rows, {done.added} references new.")


async def _incidents(text: str, force: str) -> Any:
    from svro.casework import access_review
    from svro.casework.access import Actor
    from svro.errors import Fault, Malformed
    from svro.records.reach import Reach
    from svro.reference.forces import FORCES

    if force not in FORCES:
        raise Malformed([Fault("force", f"{force!r} is not a police force known here")])
    rows = access_review.incidents_in(text)
    operator = Actor(
        account_id=None, name="the operator at the command line", roles=frozenset({"ADM"}), force_id=force
    )
    async with ready() as (database, _), database.write(Reach(forces=(force,))) as session:
        return await access_review.take_incidents(session, operator, rows, now())


async def _imported(paths: tuple[Path, ...], **asked: Any) -> "Summary":
    from svro.casework import imports

    async with ready() as (database, _):
        return await imports.import_searches(database, paths, **asked)


def _said(summary: "Summary") -> "Iterator[str]":
    read = f"{summary.files} files, {summary.rows} rows"
    yield f"{read}: {summary.accepted} accepted, {summary.rejected} rejected."
    said = ("new", "replaced", "unchanged", "held_back")
    yield f"Force-months: {', '.join(f'{getattr(summary, name)} {name}' for name in said).replace('_', ' ')}."
    for change in summary.changes:
        rows = f"{change.added} rows added, {change.removed} removed"
        yield f"{change.force} {change.month} {change.done}: {rows}."
    for label, count in sorted(summary.unknown_legislation.items()):
        yield f"A power on no list, {count} times: {label}"


@contextmanager
def _writing(path: Path | None) -> "Iterator[Any]":
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8", newline="") as out:
        yield out


@contextmanager
def _bar(shown: bool) -> "Iterator[Progress | None]":
    """A progress bar on standard error, where that is a terminal."""
    if not shown:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total, name: bar.update(
            task, completed=done, total=total, description=Path(name).name
        )
