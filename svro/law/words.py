"""The closed lists: the codes on a search, the label each published vintage gave them, where it was seen.

A code never changes its meaning. A label belongs to a vintage: data.police.uk renamed its ethnic groups
in 2017 and 2018 and its outcomes in February 2018, and files of every vintage are still in use. A list
that gains or loses an entry gets a new `VERSION`, which each record keeps beside its codes. Labels are
quoted exactly, odd spaces included.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

VERSION = "words-1"

PUBLISHED = "data.police.uk stop and search files, 2016 to 2024"
RECORDED = "this system's own records of searches"
UNVERIFIED = "police recording practice, not checked against a national list"

UNKNOWN = "unknown"
"""The code of a blank cell: nobody said. It is never 'no', never 'no further action', never 'other'."""
UNLISTED = "unlisted"
"""The code of a published power whose text is on no list: kept word for word, counted, never guessed at."""

CODED, MID_2017, CURRENT = "2016, coded", "mid-2017", "2018 on"
OLD_SET, NEW_SET = "to January 2018", "from February 2018"


class Word(msgspec.Struct, frozen=True):
    """One label of one code: the vintage that used it and where it was seen."""

    code: str
    label: str
    vintage: str = CURRENT
    source: str = PUBLISHED


class Closed(Mapping[str, str]):
    """A closed list: code -> the label to show (its newest), in order. `words` holds every label."""

    def __init__(self, *words: Word) -> None:
        self.words = words
        self._newest = {word.code: word.label for word in reversed(words)}
        self._newest = {word.code: self._newest[word.code] for word in words}

    def __getitem__(self, code: str) -> str:
        return self._newest[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._newest)

    def __len__(self) -> int:
        return len(self._newest)

    def published(self) -> dict[str, str]:
        """Label -> code for every label of data.police.uk, of any vintage; the blank is `unknown`."""
        return {"": UNKNOWN} | {word.label: word.code for word in self.words if word.source == PUBLISHED}


def _words(vintage: str, labels: str) -> tuple[Word, ...]:
    """Lines of `code label` as words of one vintage."""
    pairs = (line.strip().split(" ", 1) for line in labels.strip().splitlines())
    return tuple(Word(code, label, vintage) for code, label in pairs)


SELF_ETHNICITY = Closed(
    Word("NS", "Not stated", source=RECORDED),
    *_words(
        CURRENT,
        """
        W1 White - English/Welsh/Scottish/Northern Irish/British
        W2 White - Irish
        W3 White - Gypsy or Irish Traveller
        W9 White - Any other White background
        M1 Mixed/Multiple ethnic groups - White and Black Caribbean
        M2 Mixed/Multiple ethnic groups - White and Black African
        M3 Mixed/Multiple ethnic groups - White and Asian
        M9 Mixed/Multiple ethnic groups - Any other Mixed/Multiple ethnic background
        A1 Asian/Asian British - Indian
        A2 Asian/Asian British - Pakistani
        A3 Asian/Asian British - Bangladeshi
        A4 Asian/Asian British - Chinese
        A9 Asian/Asian British - Any other Asian background
        B1 Black/African/Caribbean/Black British - Caribbean
        B2 Black/African/Caribbean/Black British - African
        B9 Black/African/Caribbean/Black British - Any other Black/African/Caribbean background
        O2 Other ethnic group - Arab
        O9 Other ethnic group - Any other ethnic group
        NS Other ethnic group - Not stated
        """,
    ),
    *_words(
        MID_2017,
        """
        B1 Black/ African/Caribbean/Black British - Caribbean
        B2 Black/ African/Caribbean/Black British - African
        B9 Black/ African/Caribbean/Black British - Any other Black/African/Caribbean background
        """,
    ),
    *_words(
        CODED,
        """
        W1 White - White British (W1)
        W2 White - White Irish (W2)
        W9 White - Any other White ethnic background (W9)
        M1 Mixed - White and Black Caribbean (M1)
        M2 Mixed - White and Black African (M2)
        M3 Mixed - White and Asian (M3)
        M9 Mixed - Any other Mixed ethnic background (M9)
        A1 Asian or Asian British - Indian (A1)
        A2 Asian or Asian British - Pakistani (A2)
        A3 Asian or Asian British - Bangladeshi (A3)
        A9 Asian or Asian British - Any other Asian ethnic background (A9)
        B1 Black or Black British - Caribbean (B1)
        B2 Black or Black British - African (B2)
        B9 Black or Black British - Any other Black ethnic background (B9)
        O1 Chinese or other ethnic group - Chinese (O1)
        O9 Chinese or other ethnic group - Any other ethnic group (O9)
        NS Not Stated (NS)
        """,
    ),
)
"""What people said of themselves: the 18+1 codes, and O1 of the older 16+1: Chinese, as A4 is now."""

NOT_STATED_REASONS = Closed(
    Word("N1", "The officer was urgently needed elsewhere", source=UNVERIFIED),
    Word("N2", "There was public disorder", source=UNVERIFIED),
    Word("N3", "The person did not understand what was asked", source=UNVERIFIED),
    Word("N4", "The person declined to say", source=UNVERIFIED),
)
"""Why a self-defined ethnicity is NS on our own records; data.police.uk publishes no reasons."""

Group = Literal["White", "Black", "Asian", "Mixed", "Other", "Unknown"]
GROUPS: tuple[Group, ...] = ("White", "Black", "Asian", "Mixed", "Other", "Unknown")

OFFICER_ETHNICITY = Closed(*(Word(g, g) for g in GROUPS if g != "Unknown"))
"""How the officer saw the person. Some forces never use Mixed; there is no Chinese and no Arab."""

TYPES = Closed(
    Word("person", "Person search"),
    Word("person-and-vehicle", "Person and Vehicle search"),
    Word("vehicle", "Vehicle search"),
)
GENDERS = Closed(Word("male", "Male"), Word("female", "Female"), Word("other", "Other"))
AGES = Closed(
    Word("under-10", "under 10"),
    Word("10-17", "10-17"),
    Word("18-24", "18-24"),
    Word("25-34", "25-34"),
    Word("over-34", "over 34"),
)

POWERS = Closed(
    Word("svro", "Sentencing Act 2020 (section 342E)", "2023 on", RECORDED),
    Word("other", "Another power", "2023 on", RECORDED),
    Word("pace-1", "Police and Criminal Evidence Act 1984 (section 1)"),
    Word("mda-23", "Misuse of Drugs Act 1971 (section 23)"),
    Word("cjpoa-60", "Criminal Justice and Public Order Act 1994 (section 60)"),
    Word("firearms-47", "Firearms Act 1968 (section 47)"),
    Word("pace-6", "Police and Criminal Evidence Act 1984 (section 6)"),
    Word("cja-139b", "Criminal Justice Act 1988 (section 139B)"),
    Word("psychoactive-36", "Psychoactive Substances Act 2016 (s36(2))"),
    Word("psychoactive-37", "Psychoactive Substances Act 2016 (s37(2))"),
    Word("poaching-2", "Poaching Prevention Act 1862 (section 2)"),
    Word("wildlife-19", "Wildlife and Countryside Act 1981 (section 19)"),
    Word("customs-163", "Customs and Excise Management Act 1979 (section 163)"),
    Word("aviation-27", "Aviation Security Act 1982 (section 27(1))"),
    Word("environment-34b", "Environmental Protection Act 1990 (section 34B )"),
    Word("deer-12", "Deer Act 1991 (section 12)"),
    Word("crossbows-4", "Crossbows Act 1987 (section 4)"),
    Word("hunting-8", "Hunting Act 2004 (section 8)"),
    Word("badgers-11", "Protection of Badgers Act 1992 (section 11)"),
    Word("public-stores-6", "Public Stores Act 1875 (section 6)"),
    Word("seals-4", "Conservation of Seals Act 1970 (section 4)"),
    Word("sporting-events-7", "Sporting Events Act 1985 (section 7)"),
)
"""The power relied on. No published row seen so far names s.342E, so no published text stands for `svro`."""

OBJECTS = Closed(
    Word("bladed-article", "Bladed article", source=RECORDED),
    Word("bladed-article-or-offensive-weapon", "Bladed article or offensive weapon", source=RECORDED),
    Word("other", "Something else", source=RECORDED),
    Word("offensive-weapon", "Offensive weapons"),
    Word("controlled-drugs", "Controlled drugs"),
    Word("stolen-goods", "Stolen goods"),
    Word("articles-for-theft", "Article for use in theft"),
    Word("articles-for-damage", "Articles for use in criminal damage"),
    Word("anything-to-harm", "Anything to threaten or harm anyone"),
    Word("evidence", "Evidence of offences under the Act"),
    Word("firearms", "Firearms"),
    Word("psychoactive-substances", "Psychoactive substances"),
    Word("fireworks", "Fireworks"),
    Word("poaching-equipment", "Game or poaching equipment"),
    Word("unavailable", "Detailed object of search unavailable"),
    Word("duty-unpaid", "Goods on which duty has not been paid etc."),
    Word("wildlife-offences", "Evidence of wildlife offences"),
    Word("crossbows", "Crossbows"),
    Word("hunting-with-dogs", "Evidence of hunting any wild mammal with a dog"),
    Word("seals", "Seals or hunting equipment"),
)

OUTCOMES = Closed(
    Word("nfa", "A no further action disposal", NEW_SET),
    Word("arrest", "Arrest", NEW_SET),
    Word("community-resolution", "Community resolution", NEW_SET),
    Word("drugs-warning", "Khat or Cannabis warning", NEW_SET),
    Word("summons", "Summons / charged by post", NEW_SET),
    Word("penalty-notice", "Penalty Notice for Disorder", NEW_SET),
    Word("caution", "Caution (simple or conditional)", NEW_SET),
    Word("nfa", "Nothing found - no further action", OLD_SET),
    Word("arrest", "Suspect arrested", OLD_SET),
    Word("drugs-warning", "Offender given drugs possession warning", OLD_SET),
    Word("found-no-detail", "Article found - Detailed outcome unavailable", OLD_SET),
    Word("caution", "Offender cautioned", OLD_SET),
    Word("community-resolution", "Local resolution", OLD_SET),
    Word("penalty-notice", "Offender given penalty notice", OLD_SET),
    Word("summons", "Suspect summonsed to court", OLD_SET),
)
"""What came of the search. Forces leave up to a quarter of outcomes blank: that is `unknown`, not `nfa`."""

YES_NO: MappingProxyType[str, bool | None] = MappingProxyType(
    {
        "": None,
        **dict.fromkeys(("True", "TRUE", "true", "1", "1.0"), True),
        **dict.fromkeys(("False", "FALSE", "false", "0", "0.0"), False),
    }
)
"""Every spelling of yes and no: as published, and as spreadsheets, pandas, SQLite and JSON re-save it."""


_LETTER: dict[str, Group] = {
    "W": "White",
    "M": "Mixed",
    "A": "Asian",
    "B": "Black",
    "O": "Other",
    "N": "Unknown",
}
_GROUP: dict[str, Group] = {code: _LETTER[code[0]] for code in SELF_ETHNICITY}
_GROUP[UNKNOWN] = "Unknown"
_CHINESE = frozenset({"A4", "O1"})


def group5(code: str, *, chinese: Literal["Asian", "Other"] = "Asian") -> Group:
    """The group of five, or Unknown, of a self-defined code, whichever vintage's label it came from.

    Chinese counts as Asian, as in the Censuses of 2011 and 2021 and in labels since 2017, unless
    `chinese` says Other, as in the 16+1 list and in the five groups of the Home Office and of Ethnicity
    facts and figures. Numerator and denominator must agree. Not stated and blank are Unknown, though the
    label of the former begins with "Other". KeyError for what is not a code.
    """
    return chinese if code in _CHINESE else _GROUP[code]


def officer_group(code: str) -> Group:
    """The group of five, or Unknown, of an officer-defined code. KeyError for what is not a code."""
    return _OFFICER_GROUP[code]


_OFFICER_GROUP: dict[str, Group] = {group: group for group in GROUPS if group != "Unknown"}
_OFFICER_GROUP[UNKNOWN] = "Unknown"


def on_basis(
    basis: Literal["self-defined", "officer-defined", "self-else-officer"], own: Group, seen: Group
) -> Group:
    """A person's group on one basis: their own word, the officer's, or their own and else the officer's."""
    if basis == "officer-defined":
        return seen
    return seen if basis == "self-else-officer" and own == "Unknown" else own
