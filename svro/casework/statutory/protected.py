"""The return for readers outside a force's casework: a settled year's numbers under SDC-1, block by block.

Each number is of records, and each record of somebody: a line is known by how often it counts each person.
The whole return is tried at once, beside the frame of the same year, so that nothing withheld here can be
worked out from what is printed here or there.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from svro.casework import by_person
from svro.casework.statutory.blocks import Block, Item, Line
from svro.casework.statutory.items import CLAIMED, COUNTED, SEARCHED, STEPS, Held166
from svro.casework.yearly import Frame
from svro.figures import release, suppression
from svro.figures.audit import Claim, Inconsistent, Link, System
from svro.figures.registered import ETHNICITY, OUTCOME, REGISTERED, STAGES, UNDER
from svro.figures.release import TOTAL
from svro.figures.suppression import Content, Rules, together
from svro.law import words

NOBODY = "of nobody known"
"""Records of which nobody is known are taken for one person's."""
DAYS = "Days under order"


class _Cell(msgspec.Struct, frozen=True):
    """One number of the return: its block and line (TOTAL for the block's total), what it counts, and what
    may be printed.
    """

    block: str
    line: str
    lines: tuple[str, ...]
    content: Content
    value: int | None
    low: int
    high: int | None

    @property
    def name(self) -> str:
        return f"{self.block}/{self.line}"

    @property
    def claim(self) -> Claim:
        atoms = frozenset(f"{self.block}|{line}" for line in self.lines)
        return Claim(self.name, atoms, self.low, self.high, self.value is None)

    @property
    def starred(self) -> "_Cell":
        return replace(self, value=None, low=0, high=None)


def owners(held: Held166, secret: bytes) -> dict[str, str]:
    """By the address of a record, whose it is, as the ledger names them."""
    found: dict[str, str] = {}
    order: dict[tuple[str, str], str] = {}
    for subject in held.cohort.subjects.values():
        who = by_person.whose(secret, subject)
        found[f"/people/{subject.person}"] = who
        found |= {f"/searches/{one.id}": who for one in subject.searches}
        found |= {f"/orders/{one.id}": who for one in subject.orders}
        order |= {(one.force, one.id): who for one in subject.orders}
    for one in held.inquiries:
        found[f"/orders/{one.order}/duties"] = order.get((one.force, one.order), NOBODY)
    return found


def protected(items: Mapping[str, Item], owner: Mapping[str, str], frame: Frame) -> dict[str, Item]:
    """The items as everybody may see them."""
    cells = {cell.name: cell for cell in _apart(_cells(items, owner, frame.rule), frame.rule)}
    _gate(cells, frame)
    return {
        letter: replace(item, blocks=tuple(_printed(letter, one, cells, frame) for one in item.blocks))
        for letter, item in items.items()
    }


def withheld(items: Mapping[str, Item]) -> dict[str, Item]:
    """The items of a year that may not be shown yet: what is asked and defined, and no number."""

    def empty(one: Block) -> Block:
        lines = tuple(line if line.status == "not held" else _star(line) for line in one.lines)
        return replace(one, lines=lines, total=None)

    return {letter: replace(item, blocks=tuple(map(empty, item.blocks))) for letter, item in items.items()}


def summed(returns: Sequence[Mapping[str, Item]]) -> dict[str, Item]:
    """Several forces' protected items as one: sums of printed numbers, a star where any of them is one."""
    first, *others = returns
    return {
        letter: replace(
            item,
            blocks=tuple(
                _added(one, [other[letter].blocks[at] for other in others])
                for at, one in enumerate(item.blocks)
            ),
        )
        for letter, item in first.items()
    }


def _added(one: Block, others: Sequence[Block]) -> Block:
    blocks = (one, *others)
    names = list(dict.fromkeys(line.what for block in blocks for line in block.lines))
    lines = []
    for name in names:
        found = [line for block in blocks for line in block.lines if line.what == name]
        silent = [line for line in found if line.n is None]
        if silent:
            lines.append(silent[0])
        elif any(_closed(block) and name not in {line.what for line in block.lines} for block in blocks):
            lines.append(_star(found[0]))  # one of them does not say that it has none
        else:
            lines.append(replace(found[0], n=sum(line.n or 0 for line in found)))
    totals = [block.total for block in blocks]
    total = None if None in totals else sum(n for n in totals if n is not None)
    return replace(one, lines=tuple(lines), total=total)


def _closed(one: Block) -> bool:
    return any(line.status == "withheld" for line in one.lines) or (one.divides and one.total is None)


def _star(line: Line) -> Line:
    return replace(line, n=None, status="withheld", records=())


def _cells(items: Mapping[str, Item], owner: Mapping[str, str], rule: Rules) -> Iterator[_Cell]:
    for letter, item in items.items():
        for one in item.blocks:
            contents = {
                line.what: Content(Counter(owner.get(record, NOBODY) for record in line.records))
                for line in one.lines
                if line.n is not None and len(line.records) == line.n
            }
            whole = together(list(contents.values()))
            key = f"{letter}/{one.title}"
            for what, content in contents.items():
                people = whole.people if one.divides else content.people
                yield _cell(key, what, (what,), content, people, rule)
            if one.divides:
                yield _cell(key, TOTAL, tuple(contents), whole, whole.people, rule)


def _cell(key: str, what: str, lines: tuple[str, ...], content: Content, people: int, rule: Rules) -> _Cell:
    why = suppression.unsafe(content, people, rule)
    if why is not None:
        return _Cell(key, what, lines, content, None, *suppression.behind(why, content.events, rule))
    value = suppression.shown(content.events, rule)
    return _Cell(key, what, lines, content, value, *suppression.within(value, rule))


def _apart(cells: Iterator[_Cell], rule: Rules) -> Iterator[_Cell]:
    """Steps of people lie within each other: a number a few people from the step before is withheld."""
    before: dict[tuple[str, str], _Cell] = {}
    for cell in cells:
        characteristic, step, _ = cell.block.partition(": people ")
        earlier = before.get((characteristic, cell.line)) if step else None
        if earlier is not None and cell.value is not None:
            between = len(set(earlier.content.by_person) - set(cell.content.by_person))
            if 0 < between < rule.k:
                cell = cell.starred
        if step and cell.value is not None:
            before[characteristic, cell.line] = cell
        yield cell


def _gate(cells: dict[str, _Cell], frame: Frame) -> None:
    """Withhold more until nothing withheld can be worked out: of a block first its total, then all of it."""
    for block in dict.fromkeys(cell.block for cell in cells.values()):
        while weak := _weak(_of_block(cells, block), (), frame.rule):
            _hide(cells, weak)
    links = release.links(frame.kept, REGISTERED)
    kept = release.claims(frame.kept)
    while (told := list(_beside(cells, frame))) and (weak := _weak([*kept, *told], links, frame.rule)):
        # A star of the frame that is weak by what is printed here takes all with it that tells of the same.
        _hide(cells, [name for name in weak if name in cells] or [one.name for one in told])


def _hide(cells: dict[str, _Cell], weak: Sequence[str]) -> None:
    for block in {cells[name].block for name in weak}:
        total = f"{block}/{TOTAL}"
        closed = total not in cells or cells[total].value is None
        for name, cell in list(cells.items()):
            if cell.block == block and (closed or name == total):
                cells[name] = cell.starred


def _weak(claims: Sequence[Claim], joined: Sequence[Link], rule: Rules) -> tuple[str, ...]:
    """The weak stars: to somebody who knows why each is there, and to somebody who takes each for a few."""
    if not any(one.star for one in claims):
        return ()
    found = System(claims, joined).weak(rule.width)
    if found:
        return found
    guessed = [replace(one, low=1, high=rule.k - 1) if one.star else one for one in claims]
    try:
        return System(guessed, joined).weak(rule.width)
    except Inconsistent:
        return ()


def _of_block(cells: Mapping[str, _Cell], block: str) -> list[Claim]:
    """What a block says, with its total as well known as from every other block that divides the same."""
    mine = [cell for cell in cells.values() if cell.block == block]
    whole = next((cell for cell in mine if cell.line == TOTAL), None)
    claims = [cell.claim for cell in mine]
    if whole is None or all(cell.value is None for cell in mine):
        return [] if whole is not None else claims
    same = [
        cell
        for cell in cells.values()
        if cell.line == TOTAL and cell.content.by_person == whole.content.by_person
    ]
    highs = [cell.high for cell in same if cell.high is not None]
    told = Claim(
        "told elsewhere",
        whole.claim.atoms,
        max(cell.low for cell in same),
        min(highs) if highs else None,
        False,
    )
    return [*claims, told]


_OUTCOMES = {"Arrest": "arrest", words.OUTCOMES["nfa"]: "nfa", "not recorded": "unknown"}
_LEAVES = ETHNICITY.leaves


def _beside(cells: Mapping[str, _Cell], frame: Frame) -> Iterator[Claim]:
    """What the return says of things that the frame tells apart too, in the frame's own terms."""
    quarters = frame.period.quarters
    for cell in cells.values():
        if cell.low == 0 and cell.high is None:
            continue  # it says nothing
        for table, rows, columns in _terms(cell):
            atoms = frozenset(
                f"{table}|{quarter}|{row}|{column}"
                for quarter in quarters
                for row in rows
                for column in columns
            )
            yield replace(cell.claim, atoms=atoms)


def _terms(cell: _Cell) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    """The frame's table, rows and columns that count what a cell counts."""
    title = cell.block.partition("/")[2]
    if cell.block.startswith("c/") and (cell.line == TOTAL) and title != CLAIMED:
        yield "outcome", _LEAVES, OUTCOME.leaves
    elif title == "Outcome" and cell.line in _OUTCOMES:
        yield "outcome", _LEAVES, (_OUTCOMES[cell.line],)
    elif title == CLAIMED and cell.line == COUNTED:
        yield "outcome", _LEAVES, OUTCOME.leaves
    elif title == SEARCHED and cell.line in (TOTAL, "never"):
        yield "under", _LEAVES, UNDER.leaves if cell.line == TOTAL else ("no",)
    step = title.partition(": people ")[2]
    if step in STEPS:
        reached = STAGES[STEPS.index(step) :]
        if cell.line == TOTAL:
            yield "furthest", _LEAVES, reached
        elif cell.line in _LEAVES:
            yield "furthest", (cell.line,), reached


def _printed(letter: str, one: Block, cells: Mapping[str, _Cell], frame: Frame) -> Block:
    key = f"{letter}/{one.title}"
    lines = []
    for line in one.lines:
        cell = cells.get(f"{key}/{line.what}")
        value = frame.value("days", TOTAL) if line.what == DAYS else cell.value if cell else None
        if line.status == "not held":
            lines.append(line)
        else:
            lines.append(_star(line) if value is None else replace(line, n=value, records=()))
    total = cells.get(f"{key}/{TOTAL}") if one.divides else None
    return replace(one, lines=tuple(lines), total=total.value if total else None)
