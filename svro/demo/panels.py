"""Merseyside's scrutiny panel in the demonstration: one session that is over, one that still sits."""

from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor
from svro.casework.founding import open_account
from svro.casework.panels import cases, draws, feedback, life, reviews, views
from svro.demo.cases import at
from svro.demo.names import Register
from svro.demo.staff import Staff
from svro.records.panels import Grade, Removal, Review

FORCE = "merseyside"
_ACCOUNTS = (
    "Two officers on foot stopped a person whom one of them knew to be under an order. They said why,"
    " searched the pockets and the bag, and found nothing. The person asked twice what the order allows.",
    "An officer in a car saw a person walking alone, checked the order by radio and stopped. The search"
    " took a few minutes. The person was told the power only after it.",
    "A planned operation: the person was stopped near a station, taken aside and searched. A copy of the"
    " record was offered. The video starts when the search is half done.",
)
_SAID: tuple[Grade, ...] = ("green", "amber", "green", "red", "green", "amber")


async def hold_sessions(session: AsyncSession, register: Register, staff: Staff) -> None:
    """Found the panel, then hold both sessions."""
    founded = at(date(2024, 11, 4), 10, 0)
    oversight, chair = staff.actors["OVR", FORCE][0], staff.actors["PAN", FORCE][0]
    members = [chair]
    for number in range(2):
        made = await open_account(
            session, register.officer(), ("PAN",), founded, force_id=FORCE, number=f"{9001 + number}"
        )
        members.append(made)
    panel = await life.found_panel(
        session, oversight, life.FoundPanel(name="Mersey scrutiny panel", area="Merseyside"), founded
    )
    for part, one in zip(("chair", "member", "member"), members, strict=True):
        seat = life.Seat(account_id=str(one.account_id), part=part)  # type: ignore[arg-type]
        await life.seat(session, oversight, panel.id, seat, founded)
    sitting = _Sitting(session, staff, members, panel.id)
    await sitting.finished()
    await sitting.open()


class _Sitting:
    """The panel at work."""

    def __init__(self, session: AsyncSession, staff: Staff, members: list[Actor], panel_id: str) -> None:
        self.session, self.members, self.panel_id = session, members, panel_id
        self.oversight, self.chair = staff.actors["OVR", FORCE][0], members[0]
        self.redactor = staff.actors["DIS", FORCE][0]
        self.second = msgspec.structs.replace(staff.actors["SUP", FORCE][0], fresh=True)

    async def finished(self) -> None:
        """The last quarter of 2024, graded and closed; of two things told to the force one is answered."""
        begun = at(date(2025, 1, 13), 10, 0)
        view = await self._drawn(date(2024, 10, 1), date(2024, 12, 31), begun, "7421")
        seen = self._waiting(view)[:16]
        await self._released(view.id, seen, begun + timedelta(days=8))
        for number, case in enumerate(seen):
            grades = [
                _SAID[(number + shift) % len(_SAID) if shift == 2 else number % len(_SAID)]
                for shift in range(3)
            ]
            await self._graded(view.id, case, grades, begun + timedelta(days=14))
        told = begun + timedelta(days=14, hours=1)
        good = feedback.Raise(
            text="The two officers explained the order calmly, more than once. We would like them to know.",
            grade="green",
            theme="courtesy",
            owner="Sergeant, neighbourhood team",
        )
        late = feedback.Raise(
            text="In several cases the power was named only after the search. What will be done?",
            grade="red",
            theme="explanation",
            owner="Chief inspector, operations",
        )
        first = await feedback.raise_item(self.session, self.chair, view.id, good, told)
        await feedback.raise_item(self.session, self.chair, view.id, late, told)
        answer = feedback.Reply(text="They have been thanked, and their team heard of it.", outcome="thanked")
        await feedback.reply(self.session, self.second, first.id, answer, told + timedelta(days=5))
        await life.close(self.session, self.chair, view.id, life.Close(), begun + timedelta(days=21))

    async def open(self) -> None:
        """January and February 2025: some cases to be redacted, some to be released, some to be graded."""
        begun = at(date(2025, 3, 5), 10, 0)
        view = await self._drawn(date(2025, 1, 1), date(2025, 2, 28), begun, "3058")
        waiting = self._waiting(view)
        await self._released(view.id, waiting[:3], begun + timedelta(days=6))
        for number, case in enumerate(waiting[3:5], 3):
            await self._prepared(view.id, case, number, begun + timedelta(days=6, hours=3))
        for case in waiting[:1]:
            for member in self.members[1:]:
                review = self._review("amber", 0)
                await reviews.submit(self.session, member, view.id, case, review, begun + timedelta(days=7))

    @staticmethod
    def _waiting(view: views.SessionView) -> list[str]:
        return [case.id for case in view.cases if case.standing == "waiting"]

    async def _drawn(self, first: date, last: date, begun: datetime, digits: str) -> views.SessionView:
        opening = life.OpenSession(first=first, last=last)
        made = await life.open_session(self.session, self.oversight, self.panel_id, opening, begun)
        frame = life.CommitFrame(per_stratum=3, reserves=2)
        await life.commit_frame(self.session, self.oversight, made.id, frame, begun + timedelta(hours=1))
        for member in self.members:
            sign = life.Sign(confidential=True)
            await life.sign(self.session, member, made.id, sign, begun + timedelta(days=1))
        drawing = draws.DrawSample(digits=digits)
        return await draws.draw(self.session, self.chair, made.id, drawing, begun + timedelta(days=2))

    async def _prepared(self, session_id: str, case: str, number: int, now: datetime) -> None:
        removed = (Removal(what="place", why="The street would tell who it was"),)
        text = _ACCOUNTS[number % len(_ACCOUNTS)]
        said = cases.Prepare(account=text, removed=removed, video="shown" if number % 3 else "missing")
        await cases.prepare(self.session, self.redactor, session_id, case, said, now)

    async def _released(self, session_id: str, seen: list[str], now: datetime) -> None:
        for number, case in enumerate(seen):
            await self._prepared(session_id, case, number, now)
        for case in seen:
            await cases.release(self.session, self.second, session_id, case, now + timedelta(hours=2))

    async def _graded(self, session_id: str, case: str, grades: list[Grade], now: datetime) -> None:
        for number, (member, grade) in enumerate(zip(self.members, grades, strict=True)):
            review = self._review(grade, number)
            await reviews.submit(self.session, member, session_id, case, review, now)
        await reviews.discuss(self.session, self.chair, session_id, case, now)
        agreed = reviews.Agree(grade=grades[0], text="The panel watched the video together and agreed.")
        await reviews.agree(self.session, self.chair, session_id, case, agreed, now)

    @staticmethod
    def _review(grade: Grade, number: int) -> reviews.Submit:
        answers = dict.fromkeys((name for name in reviews.QUESTIONS if name != "grounds"), "yes")
        if grade != "green":
            answers |= {"told_power": "no", "video_complete": "not seen" if number else "no"}
        return reviews.Submit(form=msgspec.convert(answers, Review), grade=grade)
