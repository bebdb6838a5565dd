"""Invented people: names, days of birth and identifiers that pass their checks. Any likeness is chance."""

import random
from datetime import date, timedelta

from svro.casework.people import PersonDetails
from svro.law.identifiers import check_letter

# Letter of the self-defined code: given names for men, for women, family names.
_NAMES: dict[str, tuple[str, str, str]] = {
    "W": (
        "Aidan Barry Callum Craig Darren Dean Ewan Gareth Jake Kieran Lewis Liam Marc Owen Reece Ryan "
        "Scott Shane",
        "Chantelle Danielle Gemma Jodie Kayleigh Leanne Rhiannon Stacey",
        "Ashdown Barlow Birchall Blackledge Coverdale Dunmore Eckersall Farrimond Garstang Halliwell "
        "Hesketh Kirkby "
        "Lathom Marland Nuttall Ormerod Pilling Rigby Scarisbrick Tarbock Unsworth Whittle Yarwood",
    ),
    "B": (
        "Ade Andre Brandon Chidi Darnell Dwayne Emeka Jermaine Kofi Kwame Leroy Marlon Nnamdi Tariq Tyrone",
        "Abena Chanice Folake Latoya Monique Shanice",
        "Abiola Achebe Adomako Afolabi Baptiste Boakye Campbell-Rowe Danquah Ekwueme Francis-Lee Gayle "
        "Igwe Lamptey "
        "Mensah Obeng Olatunji Quashie Thelwell",
    ),
    "A": (
        "Aamir Anil Bilal Faisal Haroon Imran Jaspal Kamran Naveed Rajesh Sajid Tariq Usman Vikram Waqas",
        "Amina Farah Nisha Priya Sadia",
        "Ahmadi Bashir Chaudhry Dhillon Gulzar Hanif Iqbal Jutla Kapoor Mahmood-Shah Nazir Parmar Qureshi "
        "Rashid Sandhu "
        "Tariq-Khan Vohra Zaman",
    ),
    "M": (
        "Ashton Curtis Dante Elliot Jaden Jordan Kai Mason Nathaniel Tyler Xavier",
        "Aaliyah Bianca Jasmine Naomi",
        "Alleyne-Hart Bellamy Carver-Singh Dacosta Everley Fontaine Greenidge Holloway Marchetti Okafor- "
        "Lunt Pemberton "
        "Sinclair-Ojo",
    ),
    "O": (
        "Ahmad Bashar Dilshad Farhad Hamid Karwan Omid Rawand Yusef",
        "Layla Nour Shirin",
        "Al-Haddad Barzani-Noor Darvish Farhani Haddadin Jalali Kazemi Mardini Rostami Sabbagh Tehrani",
    ),
}  # fmt: skip
_CODES = (
    ("W1", 55), ("W2", 2), ("W3", 1), ("W9", 6), ("B1", 8), ("B2", 5), ("B9", 3), ("A1", 3), ("A2", 6),
    ("A3", 3), ("A9", 2),
    ("M1", 4), ("M2", 1), ("M3", 1), ("M9", 1), ("O2", 1), ("O9", 1), ("NS", 3),
)  # fmt: skip
_GROUPS = {"W": "White", "B": "Black", "A": "Asian", "M": "Mixed", "O": "Other"}
_STREETS = [
    "Alder",
    "Beech",
    "Cedar",
    "Elm",
    "Hawthorn",
    "Juniper",
    "Larch",
    "Maple",
    "Oak",
    "Poplar",
    "Rowan",
    "Sycamore",
    "Willow",
]
_ENDS = ["Avenue", "Close", "Court", "Drive", "Grove", "Lane", "Road", "Street", "Terrace", "Walk"]
_TOWNS = {
    "merseyside": "Liverpool Bootle Birkenhead Huyton Southport Wallasey",
    "west-midlands": "Birmingham Coventry Wolverhampton Walsall Dudley Solihull",
    "sussex": "Brighton Hastings Crawley Worthing Eastbourne Bognor",
    "thames-valley": "Oxford Reading Slough Aylesbury Bletchley Banbury",
    "metropolitan": "Croydon Lewisham Tottenham Brixton Ealing Stratford",
}
_PLACES = (
    "Market Street", "High Street", "Bus station concourse", "Railway station forecourt", "Shopping precinct",
    "Park by the leisure centre", "Station Road", "Retail park car park", "Taxi rank", "Canal towpath",
)  # fmt: skip


class Register:
    """Draws people of whom no two share a name with a day of birth, or an identifier."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.taken: set[object] = set()

    def person(self, force: str, *, adult_on: date, pnc: bool | None = None) -> PersonDetails:
        """Somebody of 18 or over on a day, living in a force's area. `pnc` False gives no identifier at
        all.
        """
        rng = self.rng
        code = rng.choices([code for code, _ in _CODES], [weight for _, weight in _CODES])[0]
        letter = rng.choice("WWWBAM") if code == "NS" else code[0]
        male = rng.random() < 0.93
        while True:
            given = rng.choice(_NAMES[letter][0 if male else 1].split())
            family = rng.choice(_NAMES[letter][2].split())
            age = 18 + min(int(rng.expovariate(1 / 9)), 47)
            born = adult_on - timedelta(days=round(age * 365.25) + rng.randrange(10, 355))
            if self._free((given, family, born)):
                break
        has_pnc = rng.random() < 0.9 if pnc is None else pnc
        return PersonDetails(
            given_name=given,
            family_name=family,
            date_of_birth=born,
            sex="male" if male else "female",
            self_ethnicity=code,
            not_stated_reason="N4" if code == "NS" else None,
            officer_ethnicity=_GROUPS[letter],
            pnc_id=self.pnc(born) if has_pnc else None,
            cro=self.cro(born) if has_pnc and rng.random() < 0.4 else None,
            lives_in=force,
            home=f"{rng.randrange(1, 190)} {rng.choice(_STREETS)} {rng.choice(_ENDS)}, {self.town(force)}",
        )

    def officer(self) -> str:
        """The name of somebody who works here, none given twice."""
        while True:
            letter = self.rng.choices("WBAMO", (70, 8, 14, 5, 3))[0]
            men, women, families = _NAMES[letter]
            name = f"{self.rng.choice((men + ' ' + women).split())} {self.rng.choice(families.split())}"
            if self._free(name):
                return name

    def pnc(self, born: date) -> str:
        """A PNC ID that nobody here has, with its right letter: a first record at some age from 14."""
        while True:
            year, serial = min(born.year + self.rng.randrange(14, 20), 2022), self.rng.randrange(1, 9_999_999)
            found = f"{year}/{serial:07}{check_letter(int(f'{year % 100:02}{serial:07}'))}"
            if self._free(found):
                return found

    def cro(self, born: date) -> str:
        """A CRO number that nobody here has, with its right letter."""
        while True:
            year, serial = min(born.year + 18, 2022) % 100, self.rng.randrange(1, 999_999)
            found = f"{serial:06}/{year:02}{check_letter(int(f'{year:02}{serial:06}'))}"
            if self._free(found):
                return found

    def town(self, force: str) -> str:
        """A town of a force's area."""
        return self.rng.choice(_TOWNS[force].split())

    def place(self, force: str) -> str:
        """A public place in a force's area."""
        return f"{self.rng.choice(_PLACES)}, {self.town(force)}"

    def _free(self, what: object) -> bool:
        if what in self.taken:
            return False
        self.taken.add(what)
        return True
