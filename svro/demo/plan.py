"""How many cases of the demonstration go which way, and when."""

from datetime import date

from svro.demo import stories

Plan = tuple[tuple[stories.Story, int, tuple[date, date]], ...]


def _between(first: str, last: str) -> tuple[date, date]:
    return date.fromisoformat(first), date.fromisoformat(last)


_NOW = _between("2025-02-10", "2025-03-10")
_PILOT = _between("2023-07-03", "2025-02-10")
_EARLY = _between("2023-07-03", "2024-05-01")
_RUNNING = _between("2024-01-08", "2025-02-20")

PLAN: Plan = (
    (stories.whole_story, 1, _between("2023-10-02", "2023-10-31")),
    (stories.known, 22, _PILOT),
    (stories.considered, 8, _NOW),
    (stories.assessed, 7, _NOW),
    (stories.not_pursued, 22, _PILOT),
    (stories.cps_declined, 16, _PILOT),
    (stories.sent, 6, _NOW),
    (stories.listed, 8, _between("2025-03-17", "2025-03-28")),
    (stories.adjourned, 3, _NOW),
    (stories.warrant, 2, _between("2025-02-10", "2025-02-28")),
    (stories.refused, 20, _PILOT),
    (stories.withdrawn, 5, _PILOT),
    (stories.in_effect, 46, _between("2023-09-18", "2025-03-07")),
    (stories.told_twice, 4, _RUNNING),
    (stories.expired, 18, _EARLY),
    (stories.waiting, 16, _RUNNING),
    (stories.released, 22, _between("2023-09-18", "2024-08-20")),
    (stories.released_in_time, 3, _between("2024-06-03", "2024-12-02")),
    (stories.released_too_late, 3, _between("2024-10-01", "2025-02-10")),
    (stories.sentence_waiting, 3, _RUNNING),
    (stories.sentence_ended, 4, _between("2023-09-18", "2024-08-01")),
    (stories.granted_later, 6, _between("2025-03-18", "2025-04-03")),
    (stories.superseded_here, 6, _between("2023-09-18", "2024-06-03")),
    (stories.superseded_elsewhere, 6, _between("2023-09-18", "2024-07-01")),
    (stories.questioned, 2, _between("2023-11-06", "2024-08-01")),
    (stories.dismissed, 2, _between("2023-11-06", "2024-08-01")),
    (stories.confirmed, 1, _between("2023-11-06", "2024-08-01")),
    (stories.superseded_while_waiting, 2, _between("2024-01-08", "2024-10-01")),
    (stories.varied, 5, _between("2023-10-02", "2024-11-01")),
    (stories.lengthened, 4, _between("2023-10-02", "2024-07-01")),
    (stories.renewed, 4, _between("2023-10-02", "2024-06-03")),
    (stories.renewed_too_late, 2, _between("2023-10-02", "2024-06-03")),
    (stories.discharged, 5, _between("2023-10-02", "2024-08-01")),
    (stories.discharged_later, 4, _RUNNING),
    (stories.discharged_in_error, 1, _between("2024-01-08", "2024-10-01")),
    (stories.appealed, 3, _between("2024-11-04", "2025-02-10")),
    (stories.quashed, 3, _between("2023-10-02", "2024-10-01")),
    (stories.quashed_later, 2, _between("2024-06-03", "2025-01-13")),
    (stories.varied_on_appeal, 2, _between("2024-01-08", "2024-10-01")),
    (stories.conflicting, 3, _RUNNING),
    (stories.settled, 2, _RUNNING),
    (stories.too_long, 2, _RUNNING),
)
"""Each story, how many people it is told of, and between which days it turns."""
