"""What an entry of the catalogue says of a measure, and what several of them say in the same words.

`{people}` stands for the people of the group, as in: searches of {people}.
"""

import msgspec

from svro.figures.measured import Code, Form


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a measure. `one` and `many` name what is counted, `over` what it is counted against
    after `link`. `did` is what was done to those counted, for "3 of 25 searches found something"; `likely` is
    what the people were more or less likely to meet. `says` is the whole sentence of a number that has a
    formula of its own.
    """

    name: str
    form: Form
    one: str = "search of {people}"
    many: str = "searches of {people}"
    link: str = "in"
    over: str = "days under order"
    did: str = ""
    likely: str = "to be searched"
    says: str = ""


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of the catalogue. `minimum` is the data without which it is counts only; `beware` is what
    it cannot show. `public` False is for supervisors inside the force and never published.
    """

    code: Code
    name: str
    formula: str
    denominator: str
    minimum: str
    says: str
    beware: str
    source: str
    parts: dict[str, Part]
    public: bool = True


TEN = "10 searches of 10 people in each group, and 20 people at risk; 10 to 19 searches: low precision"
RESIDENTS = "10 searches and 1,000 residents in each group; 10 to 19 searches: low precision"
RDU = "Race Disparity Unit, Style guide A to Z; How we use Census data"
HOME_OFFICE = "Home Office, Police powers and procedures: stop and search, years to March 2020 to 2025"
RRI = (
    "N. Uhrig, Black, Asian and Minority Ethnic disproportionality in the Criminal Justice System"
    " (Ministry of Justice, 2016); OJJDP, What is an RRI?"
)
ACT = "Police, Crime, Sentencing and Courts Act 2022 s.166(4)"
HMICFRS = "HMICFRS, PEEL: police legitimacy 2017; Disproportionate use of police powers, February 2021"
REAL = "Race Disparity Unit, Which differences in ethnic group data are real?, December 2021"

OF_RESIDENTS = Part(
    name="for each resident",
    form="ratio",
    link="among",
    over="residents",
    likely="to be searched, for each resident",
)
OF_DAYS = Part(
    name="for each day under order", form="ratio", likely="to be searched, for each day under order"
)


def stage(after: str, before: str, did: str, likely: str) -> tuple[tuple[str, Part], tuple[str, Part]]:
    step = Part(
        name=f"{after}, of those {before}", form="ratio", over=f"{{people}} {before}", did=did, likely=likely
    )
    whole = Part(
        name=f"{after}, of those considered",
        form="ratio",
        over="{people} considered",
        did=did,
        likely=f"{likely}, of all who were considered",
    )
    return (after, step), (f"{after} from the start", whole)


def share(name: str, over: str, did: str) -> Part:
    return Part(name=name, form="proportion", over=over, did=did)


def of_searches(name: str, did: str, over: str = "searches of {people}") -> Part:
    return share(name, over, did)
