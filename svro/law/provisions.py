"""The tables that the sources are made from: the provisions of each instrument, paragraph by paragraph,
with dates in force.
"""

from datetime import date

PILOT, PILOT_END, SAVING_END = date(2023, 4, 19), date(2025, 4, 18), date(2025, 10, 18)
ASSENT, SEIZED_REGS, RULES_2025 = date(2022, 4, 28), date(2023, 1, 17), date(2025, 10, 6)

# Grammar of the tables below. A section's paragraphs are words: `3ab` declares (3), (3)(a) and (3)(b);
# `3a:i,ii` declares (3)(a)(i) and (3)(a)(ii) under it; `ab` declares (a) and (b) where the section has no
# subsections; `{public place}ab` declares a defined term with its limbs. A section number with nothing after
# it is declared alone.
CODE = {
    "342A": (
        "Power to make an order",
        "1ab 2ab 3ab 4ab 5abc 6ab 7 8 9 10abc 11 12ab 13ab 14 15",
    ),
    "342B": (
        "What an order is, and the offender's notifications",
        "1ab 2 3abc 4abc 5abc 6ab 7ab 8 9ab",
    ),
    "342C": ("Requirements and prohibitions by regulations", "1 2 3 4"),
    "342D": ("When an order starts, how long it lasts, what ends it", "1 2 3ab 4 5"),
    "342E": ("What a constable may do while an order is in effect", "1 2 3 4 5 6 7"),
    "342F": ("Keeping and disposing of what was seized", "1 2ab 3"),
    "342G": ("Offences and penalties", "1abcde 2ab 3 4"),
    "342H": (
        "Varying, renewing and discharging",
        "1 2abcde 3ab 4 5ab 6 7abc 8ab 9abc 9b:i,ii 9c:i,ii,iii",
    ),
    "342I": ("Appeals", "1 2abcd 3ab 4ab 5ab"),
    "342J": ("Guidance to the police", "1abc 2abc 3 4 5"),
    "342K": ("How Parliament sees the guidance", "1 2 3 4 5ab"),
    "342L": (
        "Meanings",
        "{bladed article} {custodial sentence} {harm} {offensive weapon} {public place}ab {the offender}",
    ),
}
# Spans from SI 2023/387 regs 5, 7 and 8: s.342A was not saved, s.342C never began, s.342F outlives the
# orders.
SPANS: dict[str, tuple[date | None, date | None, str | None]] = {
    "342A": (PILOT, PILOT_END, "Not saved after the pilot: no new order."),
    "342C": (None, None, "Never commenced for the pilot; power to make regulations only."),
    "342F": (PILOT, None, "Kept alive for anything seized up to 18 October 2025."),
    "342J": (
        ASSENT,
        SAVING_END,
        "From Royal Assent for issuing guidance; only (5) is saved after the pilot.",
    ),
    "342K": (ASSENT, None, "From Royal Assent, for making guidance only."),
}
SAVED = (PILOT, SAVING_END, "After 18 April 2025, only for orders in effect immediately before its end.")

PACE = {
    "1": (
        "Stop and search on suspicion",
        "1ab 2ab 2a:i,ii 3 4ab 5ab 6 7ab 7b:i,ii 8abcdefghijkl 8A 8AA 8AB 8B 8Cab 9ab",
    ),
    "2": (
        "What a constable must do before and while searching",
        "1ab 1b:i,ii 2ab 2b:i,ii 2:i,ii 3abcd 4 5ab 6abcd 7 8 9ab 10",
    ),
    "3": ("The record of a search", "1ab 2ab 3 4 5 6ab 6a:i,ii,iii,iv,v 6Aab 7 8ab 9 10"),
}
PCSC = {
    "165": ("Inserts the orders into the Sentencing Code", "1 2 3"),
    "166": ("Piloting, and the report before any roll-out", "1ab 2ab 3ab 4abcdefg 5ab 6ab 7 8"),
    "208": ("Commencement", "1 2 4"),
}
PILOT_REGULATIONS = {
    "1": ("Meanings: the areas and the period of 24 months", "1 2"),
    "5": ("The pilot: which sections, what for, where", "1abc 2abcdef"),
    "6": ("How orders end when the pilot ends", "1abc 2"),
    "7": ("Six more months for orders then in effect", "1ab 2abcdefgh"),
    "8": ("Seized things outlast the orders", "ab"),
}
SEIZURE_REGULATIONS = {
    "1": ("Name, start and extent", "1 2"),
    "2": ("Who is the owner and the relevant officer", "{owner} {relevant officer}"),
    "3": ("Keep for six months, safely", "1 2 3"),
    "4": ("The owner may ask for it", "1 2 3"),
    "5": ("Destroy or dispose of, or hold for proceedings", "1ab 2 3"),
}
RULES = {
    "2.2": ("Meanings, with business day", "1 2"),
    "31.1": ("When Part 31 applies", "1ab 1a:i,ii 1b:i,ii 2ab 3"),
    "31.2": ("No order without a chance to be heard", "1ab 1a:i,ii 2ab 2a:i,ii 2b:i,ii 3ab"),
    "31.3": (
        "Notice of intention to apply",
        "1abcd 1a:i,ii,iii,iv,v,vi,vii 2abc 3abcd 4ab 4a:i,ii 5ab 5b:i,ii 6abc 6b:i,ii 7 8ab",
    ),
    "31.4": ("Evidence where the court may act of its own motion", "1abcd 2abc 2a:i,ii"),
    "31.5": (
        "Applying to vary, renew or discharge",
        "1ab 1b:i,ii,iii,iv,v,vi,vii 2abcde 2a:i,ii 2b:i,ii 2c:i,ii 2d:i,ii 3abcd 3a:i,ii 3b:i,ii 4ab "
        "4b:i,ii 5ab 6abcd 6a:i,ii 6c:i,ii 6d:i,ii",
    ),
    "31.6": ("Notice of hearsay", "1ab 1a:i,ii 1b:i,ii,iii,iv 2"),
    "31.7": ("Cross-examining the maker of a hearsay statement", "1 2ab 2b:i,ii,iii 3 4ab"),
    "31.8": ("Challenging the maker's credibility", "1 2ab 2a:i,ii 3ab 3b:i,ii"),
    "31.9": ("Telling a supervisor", "1ab 2abc 2a:i,ii"),
    "31.10": (
        "Bind over: the court's powers",
        "1ab 1a:i,ii 1b:i,ii 2ab 2a:i,ii 3 4 5ab 5a:i,ii,iii,iv 6abcd 7ab 8ab",
    ),
    "31.11": ("Bind over: refusal or breach", "1ab 2 3ab"),
    "31.12": ("The court may change time, form and service", "abc"),
}
# Paragraph numbers not yet checked against the Code of December 2023: they head a sentence, they never
# refuse.
CODE_A = {
    "1.1": "Use powers fairly, responsibly, with respect and without unlawful discrimination",
    "1.01": "Where the Code must be available",
    "1.02": "Notes are guidance, annexes are provisions",
    "1.03": "The list of powers is not complete",
    "2.2": "Reasonable grounds and their basis",
    "2.2A": "Grounds must be objective",
    "2.2B": "Personal factors never suffice alone",
    "3.1": "Courtesy and respect",
    "3.2": "Seek co-operation; force is a last resort",
    "3.3": "Length and extent of the search",
    "3.4": "At or near the place of the stop",
    "3.5": "In public: outer coat, jacket and gloves only",
    "3.6": "Further clothing: officer of the same sex, out of view",
    "3.7": "Exposing intimate parts",
    "3.8": "What must be said first",
    "3.9": "Name, or number where naming may endanger",
    "3.10": "Right to a copy",
    "3.11": "Where the person does not understand",
    "4.1": "Record at the time",
    "4.2": "Offer a copy or a receipt",
    "4.2A": "Electronic records and receipts",
    "4.2B": "How to obtain the full record",
    "4.3": "What the record holds",
    "4.3A": "Name, address and date of birth need not be given",
    "4.5": "One record for each person",
    "4.6": "Explain the grounds or the authority",
    "4.7": "Powers without grounds: the nature of the power",
    "4.12": "Stop and account",
    "5.1": "Supervisors watch how powers are used",
    "5.2": "Supervisors act on what they see",
    "5.3": "Senior officers watch the force's use",
    "5.4": "Records open to the community's scrutiny",
    "5.5": "Misuse is dealt with",
    "5.6": "Local explanation",
}
CODE_A_VERSIONS = (
    ("PACE Code A (Jan 2023)", date(2023, 1, 17), date(2023, 12, 19)),
    ("PACE Code A (Dec 2023)", date(2023, 12, 20), None),
)

# Other law that a rule or a sentence leans on: (instrument, page, in force from, provision -> heading).
OTHERS: tuple[tuple[str, str, date | None, dict[str, str]], ...] = (
    ("Sentencing Act 2020", "ukpga/2020/17", date(2020, 12, 1), {"s.79": "Absolute discharge"}),
    ("Sentencing Act 2020", "ukpga/2020/17", PILOT, {"s.80(3)(da)": "No conditional discharge for s.342G"}),
    (
        "Prosecution of Offences Act 1985",
        "ukpga/1985/23",
        PILOT,
        {"s.3(2)(fh)": "The prosecutor's conduct of applications"},
    ),
    (
        "Equality Act 2010",
        "ukpga/2010/15",
        date(2011, 4, 5),
        {"s.149": "Public sector equality duty", "s.149(1)": "Due regard"},
    ),
    (
        "DPA 2018",
        "ukpga/2018/12",
        date(2018, 5, 25),
        {
            "s.35": "Lawful and fair; sensitive processing",
            "s.38": "Accuracy; fact apart from assessment",
            "s.39": "No longer than necessary",
            "s.43(3)": "What a court makes is outside rights of access",
            "s.44": "General information",
            "s.45": "Access by the person",
            "s.45(4)": "When access may be restricted",
            "s.54": "One month beginning with",
            "s.54(3A)": "Two further months, by notice",
            "s.54(3B)": "The notice: within the month, with reasons",
            "s.62": "Logs",
            "s.62(1)": "What must be logged",
            "s.62(4)": "What a log may be used for",
        },
    ),
    (
        "Interpretation Act 1978",
        "ukpga/1978/30",
        date(1979, 1, 1),
        {
            "s.5": "Words of Schedule 1 mean what it says",
            "s.9": "Times of day are legal time",
            "s.16(1)": "A lapse does not undo what happened",
            "Sch.1 (month)": "A month is a calendar month",
        },
    ),
    (
        "Summer Time Act 1972",
        "ukpga/1972/6",
        date(1972, 2, 10),
        {"s.1": "When the clocks are forward", "s.3": "Times in enactments are clock times"},
    ),
    ("Family Law Reform Act 1969", "ukpga/1969/46", date(1970, 1, 1), {"s.9(1)": "When an age is attained"}),
    ("Criminal Justice Act 1988", "ukpga/1988/33", date(1988, 9, 29), {"s.139": "Blades and points"}),
    ("Prevention of Crime Act 1953", "ukpga/Eliz2/1-2/14", None, {"s.1(4)": "Offensive weapon"}),
    ("Criminal Appeal Act 1968", "ukpga/1968/19", None, {"s.18": "Time to appeal to the Court of Appeal"}),
    (
        "CrimPR",
        "uksi/2025/909",
        RULES_2025,
        {"34.2": "Time to appeal to the Crown Court", "39.2": "Time to appeal to the Court of Appeal"},
    ),
    ("Civil Evidence Act 1995", "ukpga/1995/38", None, {"s.1(2)": "What hearsay is"}),
    (
        "Rehabilitation of Offenders Act 1974",
        "ukpga/1974/53",
        None,
        {"s.5(7)(d)": "Later variation is ignored"},
    ),
    ("Railways and Transport Safety Act 2003", "ukpga/2003/20", None, {"s.31(1)": "Railway places"}),
    ("Police (Property) Regulations 1997", "uksi/1997/1908", None, {"": "Property held after an offence"}),
    ("CPIA 1996", "ukpga/1996/25", None, {"s.3": "The test for disclosure", "s.7A": "The continuing duty"}),
    (
        "Human Rights Act 1998",
        "ukpga/1998/42",
        date(2000, 10, 2),
        {"s.6(1)": "Acting compatibly with Convention rights"},
    ),
)
# Cited from general knowledge: their text was not read.
UNREAD = (
    "Equality Act",
    "DPA 2018 s.35",
    "Interpretation Act 1978 s.16",
    "Summer Time Act",
    "Family Law Reform Act",
    "Criminal Justice Act 1988",
    "Criminal Appeal Act",
    "CrimPR 34",
    "CrimPR 39",
    "Civil Evidence Act",
    "Railways and",
    "CPIA 1996 s.7A",
    "Human Rights Act",
)
