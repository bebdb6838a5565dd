"""Statute coverage: every provision of the orders' own law has a rule that cites it, or a reason why it needs
none.

Like coverage of code, but of the statute: `verdicts` turns rule name -> citations into one verdict for each
provision.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

import svro.law
from svro.law.sources import SOURCES, Source, cited


class Verdict(msgspec.Struct, frozen=True):
    """What becomes of one provision: the rules that carry it, or why there is none; `kind` "missing" is a
    hole in the law here.
    """

    citation: str
    kind: Literal["rule", "no rule", "missing"]
    rules: tuple[str, ...] = ()
    why: str | None = None


class Rule(msgspec.Struct, frozen=True):
    """One rule: its function, what it says in plain words, the provisions it carries out."""

    name: str
    says: str
    citations: tuple[str, ...]


# The law whose every provision owes a verdict; the rest is cited where it helps.
COVERED = (
    "Sentencing Act 2020 s.342",
    "PCSC Act 2022 s.166",
    "SI 2023/387 ",
    "SI 2022/1071 ",
    "CrimPR 31.",
    "PACE 1984 s.2",
    "PACE 1984 s.3",
)
_BIND_OVER = "Bind overs are another power."
_OTHER_ORDER = "About other kinds of behaviour order."
_OTHER_SEARCH = "About searches under another power, not under an order."
_VEHICLES = "About vehicles, vessels or aircraft: s.342E gives no search of them."
_REPEALED = "Repealed."
_EXPLAINS = "The court's own duty in the courtroom; neither the order nor a search depends on a record of it."
_SPEAKS = "Says when the rule applies; what is due, and by when, is in the paragraphs after it."
_MEANING = "A meaning of words."
_PARTIES = "Between the parties and the court, which keeps it; neither an order nor a search turns on it."
_HEARS = "The court's own duty, or choice, how it hears the parties; a decision is recorded as it was given."
_IN_THE_PAPERS = (
    "What the notice must say is in the notice, which the parties keep; here, that it was served."
)
_COUNTED = "A figure for the report to Parliament: counted from the records, not decided by a rule."
# Why a provision needs no rule here. A key speaks for everything beneath it too.
NO_RULE: Mapping[str, str] = {
    "Sentencing Act 2020 s.342A(7)": "What evidence to consider is the court's to say.",
    "Sentencing Act 2020 s.342A(8)": "Admissibility is the court's.",
    "Sentencing Act 2020 s.342A(13)": _EXPLAINS,
    "Sentencing Act 2020 s.342B(1)(b)": "Needs regulations, which wait for a report under s.166(3).",
    "Sentencing Act 2020 s.342B(7)": "A power to make regulations; nothing for a force or a court to do.",
    "Sentencing Act 2020 s.342B(8)": "How Parliament passes the regulations.",
    "Sentencing Act 2020 s.342C": "Not commenced for the pilot, so no order holds a prohibition.",
    "Sentencing Act 2020 s.342F": "A power to make regulations; SI 2022/1071 is where the rules are.",
    "Sentencing Act 2020 s.342H(8)": _EXPLAINS,
    "Sentencing Act 2020 s.342J(1)": "The Secretary of State's power to issue guidance.",
    "Sentencing Act 2020 s.342J(2)(a)": "A subject the guidance may cover; the power itself is s.342E.",
    "Sentencing Act 2020 s.342J(3)": "The Secretary of State's power to revise guidance.",
    "Sentencing Act 2020 s.342J(4)": "The Secretary of State's duty to publish guidance.",
    "Sentencing Act 2020 s.342J(5)": "A duty to have regard, which no record can be put to the test of.",
    "Sentencing Act 2020 s.342K": "How a draft of the guidance goes through Parliament.",
    "Sentencing Act 2020 s.342L (custodial sentence)": "Who serves one is for the prison to confirm.",
    "PCSC Act 2022 s.166(1)": "Binds the Secretary of State, who alone may commence s.165 in full.",
    "PCSC Act 2022 s.166(2)": "A condition on the Secretary of State's power to commence.",
    "PCSC Act 2022 s.166(3)": "The Secretary of State's duty to lay a report; what it holds is s.166(4).",
    "PCSC Act 2022 s.166(4)(a)": _COUNTED,
    "PCSC Act 2022 s.166(4)(b)": _COUNTED,
    "PCSC Act 2022 s.166(4)(d)": _COUNTED,
    "PCSC Act 2022 s.166(4)(e)": _COUNTED,
    "PCSC Act 2022 s.166(4)(f)": _COUNTED,
    "PCSC Act 2022 s.166(5)": "A power to make regulations, used in SI 2023/387.",
    "PCSC Act 2022 s.166(7)": "Consequential: how another Act reads.",
    "PCSC Act 2022 s.166(8)": "Meanings of words used above.",
    "SI 2023/387 reg.1(1)": "The name of the regulations.",
    "SI 2023/387 reg.5(2)(d)": "Which appeals the pilot takes in; s.342I says which court hears one.",
    "SI 2023/387 reg.5(2)(e)": "What the police do under such orders; each function has its own provision.",
    "SI 2023/387 reg.5(2)(f)": "The Secretary of State's assessment; the figures for it are s.166(4).",
    "Sentencing Act 2020 s.342H(4)": "Sends to the rules of court: CrimPR 31.5 is where the steps are.",
    "Sentencing Act 2020 s.342H(5)": _HEARS,
    "SI 2022/1071 reg.1": "Name, start and extent.",
    "SI 2022/1071 reg.2 (owner)": "Whether somebody owns it, and can show it, is the officer's to judge.",
    "SI 2022/1071 reg.3(3)": "How the property store keeps it: nothing recorded here turns on that.",
    "CrimPR 31.1(1)(a)": _SPEAKS,
    "CrimPR 31.1(1)(b)": _BIND_OVER,
    "CrimPR 31.1(2)(a)": _MEANING,
    "CrimPR 31.1(2)(b)": _BIND_OVER,
    "CrimPR 31.1(3)": _MEANING,
    "CrimPR 31.2(2)": "Interim and domestic abuse protection orders; s.342A has no interim order.",
    "CrimPR 31.2(3)": _OTHER_ORDER,
    "CrimPR 31.3(1)(a)(i)": _OTHER_ORDER,
    "CrimPR 31.3(1)(a)(ii)": _OTHER_ORDER,
    "CrimPR 31.3(1)(a)(iii)": _OTHER_ORDER,
    "CrimPR 31.3(1)(a)(iv)": _OTHER_ORDER,
    "CrimPR 31.3(1)(a)(v)": _OTHER_ORDER,
    "CrimPR 31.3(1)(a)(vii)": _OTHER_ORDER,
    "CrimPR 31.3(1)(b)": _OTHER_ORDER,
    "CrimPR 31.3(1)(c)": _OTHER_ORDER,
    "CrimPR 31.3(1)(d)": _OTHER_ORDER,
    "CrimPR 31.3(3)": _IN_THE_PAPERS,
    "CrimPR 31.3(4)": _PARTIES,
    "CrimPR 31.3(5)": "A draft two business days before is for sexual harm prevention orders.",
    "CrimPR 31.3(6)": _OTHER_ORDER,
    "CrimPR 31.3(7)": _OTHER_ORDER,
    "CrimPR 31.3(8)": _OTHER_ORDER,
    "CrimPR 31.4": "Orders a court may make of its own motion; s.342A(1)(b) wants an application.",
    "CrimPR 31.5(1)(a)": "What the Act allows is asked of the Act: s.342H, and the regime of the day.",
    "CrimPR 31.5(1)(b)": "Who may apply under these orders is s.342H(2), which is narrower and prevails.",
    "CrimPR 31.5(3)": _PARTIES,
    "CrimPR 31.5(4)": _HEARS,
    "CrimPR 31.5(5)(a)": _HEARS,
    "CrimPR 31.5(6)": "What it adds was not compared for these orders; a lawyer should read it.",
    "CrimPR 31.6(1)": _IN_THE_PAPERS,
    "CrimPR 31.6(2)": "One notice may do for several pieces of evidence: nothing turns on it.",
    "CrimPR 31.7(1)": _SPEAKS,
    "CrimPR 31.7(2)(b)": _PARTIES,
    "CrimPR 31.7(3)": _HEARS,
    "CrimPR 31.7(4)": _PARTIES,
    "CrimPR 31.8(1)": _SPEAKS,
    "CrimPR 31.8(2)(b)": _IN_THE_PAPERS,
    "CrimPR 31.8(3)": _PARTIES,
    "CrimPR 31.9": "No supervision or monitoring requirement can be part of an order in the pilot.",
    "CrimPR 31.10": _BIND_OVER,
    "CrimPR 31.11": _BIND_OVER,
    "PACE 1984 s.2(1)(a)": _OTHER_SEARCH,
    "PACE 1984 s.2(1)(b)(ii)": _VEHICLES,
    "PACE 1984 s.2(2)(a)": _OTHER_SEARCH,
    "PACE 1984 s.2(2)(b)(ii)": _VEHICLES,
    "PACE 1984 s.2(5)(b)": _VEHICLES,
    "PACE 1984 s.2(6)": _VEHICLES,
    "PACE 1984 s.2(7)": _VEHICLES,
    "PACE 1984 s.2(9)(b)": _VEHICLES,
    "PACE 1984 s.2(10)": _VEHICLES,
    "PACE 1984 s.3(1)(a)": _OTHER_SEARCH,
    "PACE 1984 s.3(1)(b)": _OTHER_SEARCH,
    "PACE 1984 s.3(3)": _REPEALED,
    "PACE 1984 s.3(4)": _REPEALED,
    "PACE 1984 s.3(5)": _REPEALED,
    "PACE 1984 s.3(8)": _VEHICLES,
    "PACE 1984 s.3(10)": _VEHICLES,
}


def functions() -> Iterator[tuple[str, str]]:
    """Every function of the law as `dates.age`, with its docstring ("" where it has none)."""
    for row in pkgutil.iter_modules(svro.law.__path__):
        module = importlib.import_module(f"svro.law.{row.name}")
        for name, thing in vars(module).items():
            if inspect.isfunction(thing) and thing.__module__ == module.__name__:
                yield f"{row.name}.{name}", inspect.getdoc(thing) or ""


def rules() -> dict[str, Rule]:
    """Every rule of the law by its name: each function whose docstring ends with the provisions it carries
    out.
    """
    found = {}
    for name, text in functions():
        body, _, last = text.rpartition("\n")
        if last.startswith("Source:"):
            says = " ".join(body.split("\n\n")[0].split())
            found[name] = Rule(name, says, tuple(source.citation for source in cited(last)))
    return found


def covered() -> tuple[Source, ...]:
    """Every provision that owes a verdict: the orders' own law, paragraph by paragraph."""
    return tuple(source for source in SOURCES.values() if source.citation.startswith(COVERED))


def verdicts(citing: Mapping[str, Iterable[str]]) -> tuple[Verdict, ...]:
    """For every provision that owes one, its verdict: the rules citing it, why it has none, or that it is
    missing.

    `citing` is rule name -> the citations of its docstring. A rule speaks for the paragraphs beneath what it
    cites, if it cites a subsection or deeper; a provision whose every paragraph has a verdict has one.
    """
    rules: dict[str, list[str]] = {}
    for rule, citations in citing.items():
        for citation in citations:
            rules.setdefault(citation, []).append(rule)
    return tuple(_verdict(source.citation, rules) for source in covered())


def _verdict(citation: str, rules: Mapping[str, list[str]]) -> Verdict:
    above = [citation[:at] for at, letter in enumerate(citation) if letter == "(" and at] + [citation]
    above = [name.strip() for name in above]
    for name in reversed(above):
        if name in rules and (name == citation or "(" in name):
            return Verdict(citation, "rule", tuple(sorted(set(rules[name]))))
        if name in NO_RULE:
            return Verdict(citation, "no rule", why=NO_RULE[name])
    beneath = [_verdict(name, rules) for name in SOURCES if _parent(name) == citation]
    if not beneath or any(verdict.kind == "missing" for verdict in beneath):
        return Verdict(citation, "missing")
    names = {rule for verdict in beneath for rule in verdict.rules}
    if names:
        return Verdict(citation, "rule", tuple(sorted(names)))
    return Verdict(
        citation, "no rule", why="; ".join(dict.fromkeys(verdict.why or "" for verdict in beneath))
    )


def _parent(citation: str) -> str | None:
    """The provision one level above, None at the top: (2)(a) -> (2) -> the section."""
    return citation[: citation.rindex("(")].strip() if citation.endswith(")") and "(" in citation else None
