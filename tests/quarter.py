"""The searches of a quarter, written straight into a force’s tables, for panels to draw from."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from svro.law.search import GoWisely, SearchRecord
from svro.records import Database
from svro.records.base import put
from svro.records.people import Names, Person, PersonFacts, PersonVersion
from svro.records.reach import ALL
from svro.records.searches import Search, SearchVersion

CROWDS = (("W1", 16), ("B1", 12), ("A1", 6), ("NS", 5))
"""How many people, each searched once, call themselves what; besides them, those below."""
SEARCHES = 16 + 12 + 6 + 5 + 1 + 3
YOUNG_AND_OFTEN, STRIPPED, FORCED, UNFILMED, ALONE = 90, 0, 16, 28, 91
"""The numbers of people of whom something is known: searched three times at 20, and so on; nobody is like the
last.
"""
TOLD = GoWisely(grounds=True, object=True, identity=True, station=True, legal_power=True)


def _id(letter: str, number: int) -> str:
    return f"{letter * 4}{number:028x}"


async def search_a_quarter(
    database: Database, officer: str, first: date, force: str = "merseyside"
) -> dict[int, list[str]]:
    """The ids of the searches of each person, by the number of the person."""
    noon = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
    found: dict[int, list[str]] = {}
    groups = [code for code, n in CROWDS for _ in range(n)]
    people: list[tuple[int, str, dict[str, Any]]] = [
        (n, code, {"sex": "male", "date_of_birth": date(1990, 1, 1)}) for n, code in enumerate(groups)
    ]
    young = {"sex": "male", "date_of_birth": date(first.year - 20, 1, 1)}
    alone = {"sex": "female", "date_of_birth": date(1950, 1, 1)}
    people += [(YOUNG_AND_OFTEN, "W1", young), (ALONE, "O9", alone)]
    more: dict[int, dict[str, Any]] = {
        STRIPPED: {"clothing": "more"},
        FORCED: {"force_used": True},
        UNFILMED: {"bwv": "not recorded"},
    }
    async with database.write(ALL) as session:
        for number, code, about in people:
            person, facts = _id("a", number), PersonFacts(name=Names(family="Invented"), **about)
            key = {"force_id": force, "person_id": person}
            await put(session, Person, force_id=force, id=person, created_at=noon, created_by=officer)
            await put(
                session, PersonVersion, **key, n=1, facts=facts, family_key="invented",
                words_version="words-1", recorded_at=noon, recorded_by=officer,
            )  # fmt: skip
            for again in range(3 if number == YOUNG_AND_OFTEN else 1):
                search = _id("b", number * 4 + again)
                at = noon + timedelta(days=number % 60 + again)
                said = SearchRecord(
                    at=at, place="Bold Street", power="svro", self_ethnicity=code, gowisely=TOLD,
                    grounds=f"Seen with Ottoline Winterbourne, {number}", outcome="arrest", bwv="recorded",
                    found="Knife" if number % 2 else None,
                )  # fmt: skip
                record = SearchRecord(
                    **{name: getattr(said, name) for name in said.__struct_fields__} | more.get(number, {})
                )
                await put(
                    session, Search, force_id=force, id=search, reference=search, account_id=officer,
                    created_at=at,
                )  # fmt: skip
                await put(
                    session, SearchVersion, force_id=force, search_id=search, n=1, at=at, record=record,
                    person_id=person, same_person=True, power="yes", findings=(), rules_version="1",
                    recorded_at=at, recorded_by=officer,
                )  # fmt: skip
                found.setdefault(number, []).append(search)
    return found
