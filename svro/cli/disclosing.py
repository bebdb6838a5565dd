"""One disclosure bundle from the demonstration. Of a live deployment none is made here: two people issue it,
and its recipient fetches it.
"""

from pathlib import Path

import click

from svro.cli.base import on_database, opened, run


@on_database("disclose")
@click.option("--demo", is_flag=True, help="From the demonstration, whose people are invented.")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def disclose(demo: bool, output: Path) -> None:
    """Write one disclosure bundle from the demonstration, which is built first where there is none.

    A bundle of more than one part is written beside FILE, each part under its own name.
    """
    if not demo:
        raise click.UsageError(
            "Only the demonstration's bundles are written here (--demo): others are issued by two people"
            " in the application, and fetched by their recipient."
        )
    parts = run(_disclosed())
    names = [output] if len(parts) == 1 else [output.with_name(name) for name in parts]
    for place, data in zip(names, parts.values(), strict=True):
        place.write_bytes(data)
        click.echo(
            f"{place}: {len(data)} bytes. Check it with `svro verify-bundle {place} --key ...`", err=True
        )
    from svro.demo.world import LOG_KEY

    click.echo(str(LOG_KEY))


async def _disclosed() -> dict[str, bytes]:
    from datetime import timedelta

    from svro.demo import disclosing
    from svro.demo.world import INSTANTS, LOG_KEY, OPENING, furnish
    from svro.records import schema, sealing
    from svro.records.reach import ALL

    now, _ = INSTANTS[OPENING]
    async with opened() as database:
        database.signing_with(LOG_KEY)
        await schema.ensure(database.engine)
        await furnish(database)
        async with database.write(ALL) as session:
            request = await disclosing.decide(session, now)
            while await sealing.waiting(session):
                await sealing.seal(session, LOG_KEY, now)
        async with database.write(ALL) as session:
            parts = await disclosing.issue(session, request, now + timedelta(minutes=1))
            while await sealing.waiting(session):
                await sealing.seal(session, LOG_KEY, now)
        return parts
