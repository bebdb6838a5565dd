"""How fast one may ask: so many requests in a minute, so many things that are not there in five.

Kept in this process alone, by account where somebody is signed in, and by address where nobody is.
"""

from collections import deque
from datetime import datetime, timedelta

import msgspec


class Limit(msgspec.Struct, frozen=True):
    """No more than `most` within `window`."""

    most: int
    window: timedelta


ASKING_WINDOW = timedelta(minutes=1)
"""In which the requests of one account are counted, or of one address where nobody is signed in."""
MISSES = Limit(30, timedelta(minutes=5))
"""Things that are not there, asked for by one account: nobody finds an id by trying."""
KEPT = 50_000


class Counted:
    """When each of many did something lately."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._lately: dict[str, deque[datetime]] = {}

    def seconds_left(self, who: str, now: datetime) -> int:
        """How long they have to wait; 0 where they need not."""
        lately = self._lately.get(who)
        if lately is None:
            return 0
        while lately and lately[0] <= now - self.limit.window:
            lately.popleft()
        if not lately:
            del self._lately[who]
        if len(lately) < self.limit.most:
            return 0
        return max(1, int((lately[-self.limit.most] + self.limit.window - now).total_seconds()) + 1)

    def add(self, who: str, now: datetime) -> bool:
        """Count one more; whether this is the one that reaches the limit."""
        if len(self._lately) > KEPT:
            self._forget(now)
        lately = self._lately.setdefault(who, deque(maxlen=self.limit.most))
        reached = len(lately) == self.limit.most
        lately.append(now)
        return len(lately) == self.limit.most and not reached

    def _forget(self, now: datetime) -> None:
        old = [who for who, lately in self._lately.items() if lately[-1] <= now - self.limit.window]
        for who in old or list(self._lately)[: KEPT // 10]:
            del self._lately[who]
