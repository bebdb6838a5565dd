"""The figures that an argument about discrimination rests on: the force's searches of people under orders by
ethnic group, as anybody who signs in may read them.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import order_days
from svro.casework.disclosure.gather import Asked
from svro.documents.disclosed import Item, Value


async def items(session: AsyncSession, want: Asked, before: int) -> list[Item]:
    """One item for each group and year, numbered on from `before`. Small numbers are kept back as for every
    reader: these are of other people.
    """
    period = (want.first, want.last)
    made = await order_days.orders(
        session, want.recipient, (want.force,), period, want.known_at, want.known_at
    )
    found = []
    for number, cell in enumerate(made.cells, before + 1):
        said = {name: getattr(cell, name) for name in cell.__struct_fields__}
        values = tuple(
            Value(
                name=name,
                label=name.replace("_", " ").capitalize(),
                state="no-data" if value is None else "held",
                value=value,
            )
            for name, value in said.items()
        )
        found.append(
            Item(
                number=number,
                kind="figure",
                id=f"{cell.force}/{cell.year}/{cell.group}",
                title=f"Searches of people under an order, {cell.group}, {cell.year}",
                at=None,
                values=values,
            )
        )
    return found
