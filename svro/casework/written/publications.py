"""Published figures as people read them: each protected table, a star where nothing may be shown."""

from svro.casework.published_tables import STAR, notes_of
from svro.casework.released import PublicationView
from svro.documents.paper import Column, Exhibit, Grid, Paper, Part
from svro.documents.wording import number
from svro.figures.release import Protected


def paper(view: PublicationView) -> Paper:
    """One version of a publication, the same for everybody."""
    exhibits = tuple(_exhibit(f"table-{at}", one) for at, one in enumerate(view.tables, 1))
    manifest = view.manifest
    return Paper(
        title=view.title,
        lead=f"Version {view.version} of {view.address}. A star stands for a number that is not shown.",
        parts=(Part(heading="Tables", exhibits=exhibits, nothing="No table of this quarter may be shown."),),
        method=(*notes_of(manifest.rules), f"Input {manifest.input_hash}; output {manifest.output_hash}."),
        known_at=manifest.known_at,
        version=manifest.rules.version,
    )


def _exhibit(key: str, one: Protected) -> Exhibit:
    columns = (Column(label=one.rows_are), *(Column(label=name, numeric=True) for name in one.columns))
    rows = tuple(
        (row, *(STAR if value is None else number(value, 0) for value in values))
        for row, values in zip(one.rows, one.values, strict=True)
    )
    caption = f"{one.title}. {one.period_title}"
    return Exhibit(key=key, caption=caption, grid=Grid(columns=columns, rows=rows))
