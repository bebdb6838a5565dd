"""Reports, in every format there is."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svro.cli.base import day, instant, now, on_database, ready, run

if TYPE_CHECKING:
    from svro.casework.access import Actor

BUILT = ("json", "csv", "ods")
PROMISED = (*BUILT, "html", "pdf")


def _operator() -> "Actor":
    """Whoever runs commands, as a reader: an administrator without account or force, whom the matrix shows
    aggregates and no case.
    """
    from svro.casework.access import Actor

    return Actor(account_id=None, name="the operator at the command line", roles=frozenset({"ADM"}))


@on_database("report")
@click.argument("name")
@click.option("--force", metavar="SLUG", multiple=True, help="One force or several; all unless given.")
@click.option("--from", "from_", metavar="DATE", callback=day, help="First London day, counted.")
@click.option("--to", metavar="DATE", callback=day, help="Last London day, counted.")
@click.option("--known-at", metavar="INSTANT", callback=instant, help="As known then; now unless given.")
@click.option("--census", type=click.Choice(["2011", "2021"]), help="One Census; both unless given.")
@click.option("--format", "kind", metavar="|".join(PROMISED), default="json", show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file; standard output unless given.",
)
def report(name: str, kind: str, output: Path | None, **asked: Any) -> None:
    """Make a report. Without dates it covers the whole held period."""
    from svro.casework.reports import REPORTS

    if name not in REPORTS:
        raise click.UsageError(f"There is no report {name!r}. There are: {', '.join(REPORTS)}.")
    if kind not in BUILT:
        why = "is not built yet" if kind in PROMISED else "is not a format"
        raise click.UsageError(f"{kind} {why}. There are: {', '.join(BUILT)}.")
    if kind == "ods" and output is None and sys.stdout.isatty():
        raise click.UsageError("A spreadsheet is not for a terminal: name a file with -o.")
    made = run(_reported(name, kind, asked))
    if output is None:
        click.echo(made, nl=kind == "json")
    else:
        output.write_bytes(made)


async def _reported(name: str, kind: str, asked: dict[str, Any]) -> bytes:
    import msgspec

    from svro.casework.reports import REPORTS, Query, tables
    from svro.casework.tables import as_csv, as_ods
    from svro.records.reach import NONE

    async with ready() as (database, _), database.read(NONE) as session:
        report = await REPORTS[name](session, _operator(), Query(**asked), now())
    if kind == "json":
        return msgspec.json.encode(report)
    return as_ods(tables(report)) if kind == "ods" else as_csv(tables(report)).encode()
