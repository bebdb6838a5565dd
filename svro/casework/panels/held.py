"""A panel's session as held: the fold of its acts, who takes part, and who may see what of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, Deny, decide, visible_panel_sessions
from svro.errors import Conflict, Missing, NotAllowed
from svro.records.ledger import keep
from svro.records.panels import (
    Details,
    Draw,
    Frame,
    Panel,
    PanelAct,
    PanelCase,
    PanelGrade,
    PanelMember,
    PanelReview,
    PanelSession,
    PanelSignature,
    Preparation,
    Said,
)

COMMIT, DRAW = "panel_frame:commit", "panel_sample:draw"
RELEASE, READ = "panel_pack:release", "panel_pack:read"
WRITE, RESPOND = "panel_finding:write", "panel_finding:respond"
SEERS = (READ, RELEASE, COMMIT, DRAW, WRITE, RESPOND)
"""Any of these lets somebody know that a session is there."""

Stage = Literal["opened", "committed", "drawn", "closed"]
STAGES: dict[Stage, str] = {
    "opened": "Opened: its frame is not committed to",
    "committed": "Frame committed to: the sample is not drawn",
    "drawn": "Sitting",
    "closed": "Closed",
}
Standing = Literal[
    "standing by", "waiting", "prepared", "released", "discussed", "graded", "excluded", "withheld"
]
STANDINGS: dict[Standing, str] = {
    "standing by": "In reserve",
    "waiting": "To be redacted",
    "prepared": "To be released by a second person",
    "released": "Being reviewed",
    "discussed": "Being discussed",
    "graded": "Graded",
    "excluded": "Left out",
    "withheld": "Withheld for identity",
}
R = TypeVar("R", PanelMember, PanelSignature, PanelAct, PanelCase, PanelReview)


class Case:
    """One case and how it stands, folded from its acts in their order."""

    def __init__(self, row: PanelCase, acts: Sequence[PanelAct]) -> None:
        self.row, self.acts = row, acts
        self.out: Said | None = None
        self.prepared: PanelAct | None = None
        self.released = self.discussed = False
        self.grade: PanelGrade | None = None
        self.active = row.route == "compulsory"
        standing: Standing = "waiting"
        for act in acts:
            match act.act:
                case "prepare":
                    self.prepared, standing = act, "prepared"
                case "return":
                    self.prepared, standing = None, "waiting"
                case "release":
                    self.released, standing = True, "released"
                case "exclude" | "withhold":
                    assert isinstance(act.details, Said)
                    self.out = act.details
                    standing = "excluded" if act.act == "exclude" else "withheld"
                case "discuss":
                    self.discussed, standing = True, "discussed"
                case "grade":
                    assert isinstance(act.details, PanelGrade)
                    self.grade, standing = act.details, "graded"
        self._standing: Standing = standing

    @property
    def standing(self) -> Standing:
        """How it stands; a reserve that nobody needs stands by."""
        return self._standing if self.active or self.out else "standing by"

    @property
    def shown(self) -> bool:
        """Whether the panel sees it: it was released, and was not left out since."""
        return self.released and self.out is None

    @property
    def preparation(self) -> Preparation | None:
        """What the redactor wrote, where it stands."""
        details = self.prepared.details if self.prepared else None
        return details if isinstance(details, Preparation) else None


class Held:
    """A session, its panel, and everything recorded of it until an instant."""

    def __init__(
        self,
        row: PanelSession,
        panel: Panel,
        members: Sequence[PanelMember],
        signatures: Sequence[PanelSignature],
        acts: Sequence[PanelAct],
        cases: Sequence[PanelCase],
        reviews: Sequence[PanelReview],
    ) -> None:
        self.row, self.panel, self.acts, self.reviews = row, panel, acts, reviews
        newest = {member.account_id: member.part for member in members}
        self.members = {account: part for account, part in newest.items() if part != "left"}
        self.signatures = {one.account_id: one for one in signatures}
        self.frame_act = next((act for act in acts if act.act == "frame"), None)
        self.draw_act = next((act for act in acts if act.act == "draw"), None)
        self.closed_at = next((act.recorded_at for act in acts if act.act == "close"), None)
        self.cases = [Case(row, [a for a in acts if a.case_id == row.id]) for row in cases]
        take = self.frame.per_stratum if self.frame else 0
        taken: dict[str, int] = {}
        for case in self.cases:
            if case.row.route != "compulsory" and case.out is None:
                taken[case.row.stratum] = taken.get(case.row.stratum, 0) + 1
                case.active = taken[case.row.stratum] <= take

    @property
    def frame(self) -> Frame | None:
        """What it draws from, once committed to."""
        details = self.frame_act.details if self.frame_act else None
        return details if isinstance(details, Frame) else None

    @property
    def draw(self) -> Draw | None:
        """The seed, once called."""
        details = self.draw_act.details if self.draw_act else None
        return details if isinstance(details, Draw) else None

    @property
    def stage(self) -> Stage:
        """How far it is."""
        if self.closed_at is not None:
            return "closed"
        return "drawn" if self.draw else "committed" if self.frame else "opened"

    def case(self, case_id: str) -> Case:
        """A case by its id, else Missing."""
        found = next((case for case in self.cases if case.row.id == case_id), None)
        if found is None:
            raise Missing
        return found

    def at_stage(self, *stages: Stage) -> None:
        """Conflict unless the session is this far and no further."""
        if self.stage not in stages:
            raise Conflict(f"This is not open now. The session: {STAGES[self.stage].lower()}.")


async def reach(
    session: AsyncSession, actor: Actor, permissions: tuple[str, ...], session_id: str, now: datetime
) -> Held:
    """A session that the actor may reach under one of these permissions; else Missing or the refusal."""
    allowed = visible_panel_sessions(actor, permissions, now)
    row = await session.scalar(select(PanelSession).where(PanelSession.id == session_id, allowed))
    if row is None:
        raise Missing
    return await load(session, row, now)


async def load(session: AsyncSession, row: PanelSession, now: datetime) -> Held:
    """Everything recorded of a session until `now`."""
    here = {"force_id": row.force_id, "session_id": row.id}
    panel = await session.scalar(select(Panel).filter_by(force_id=row.force_id, id=row.panel_id))
    assert panel is not None  # the foreign key's word

    async def rows(kind: type[R], order: Any, **where: str) -> Sequence[R]:
        query = select(kind).filter_by(**where).where(kind.recorded_at <= now)
        return (await session.scalars(query.order_by(order))).all()

    members = await rows(PanelMember, PanelMember.n, force_id=row.force_id, panel_id=row.panel_id)
    return Held(
        row,
        panel,
        members,
        await rows(PanelSignature, PanelSignature.recorded_at, **here),
        await rows(PanelAct, PanelAct.n, **here),
        await rows(PanelCase, PanelCase.number, **here),
        await rows(PanelReview, PanelReview.recorded_at, **here),
    )


async def record(
    session: AsyncSession,
    held: Held,
    actor: Actor,
    act: str,
    details: Details,
    now: datetime,
    case: Case | None = None,
) -> None:
    """Add one act. Stale where somebody else acted first."""
    here = {"force_id": held.row.force_id, "session_id": held.row.id}
    last = await session.scalar(select(func.max(PanelAct.n)).filter_by(**here))
    keys = {**here, "n": (last or 0) + 1}
    values = {"act": act, "case_id": case.row.id if case else None, "details": details}
    subject = case.row.id if case else held.row.id
    await keep(
        session, PanelAct, keys, values, tag=f"panel:{act}", subject=subject, by=actor.account_id, now=now
    )


def part_of(held: Held, actor: Actor) -> str | None:
    """What the actor is on the session's panel: chair, member, or None."""
    return held.members.get(actor.account_id or "")


def as_chair(held: Held, actor: Actor) -> None:
    """NotAllowed unless the actor chairs the panel."""
    if part_of(held, actor) != "chair":
        raise NotAllowed("Only the panel’s chair does this.")


def seated(held: Held, actor: Actor) -> None:
    """NotAllowed unless the actor sits on the panel and has signed for this session."""
    if part_of(held, actor) is None:
        raise NotAllowed("Only members of this panel do this.")
    if actor.account_id not in held.signatures:
        raise NotAllowed("Sign first: confidentiality, and what conflicts of interest you have.")


def may(actor: Actor, permission: str) -> bool:
    """Whether the actor has a permission at all."""
    return not isinstance(decide(actor, permission), Deny)


def oversees(actor: Actor) -> bool:
    """Whether the actor oversees the force's panels: only oversight commits to a frame."""
    return may(actor, COMMIT)


def may_redact(actor: Actor) -> bool:
    """Whether the actor is somebody who may redact and release."""
    return may(actor, RELEASE)


def may_see_cases(held: Held, actor: Actor) -> bool:
    """Whether the actor may see released cases of this session.

    The force's supervisors always; a member once they have signed, and oversight, while the session sits.
    """
    decision = decide(actor, READ)
    if isinstance(decision, Deny):
        return False
    if "O" in decision.scopes:
        return True
    if "D" not in decision.scopes or held.stage != "drawn":
        return False
    return oversees(actor) or (part_of(held, actor) is not None and actor.account_id in held.signatures)
