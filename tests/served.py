"""The application on a test's own database. To make it takes the better part of a second, so each process of
tests makes it once for each of its settings, and starts it anew on the database of each test.
"""

import msgspec
from litestar import Litestar

from svro.app import Clock, SignIn, at_start, build, real_clock
from svro.records import Database
from svro.settings import DEFAULT_DATABASE, Settings

_made: dict[Settings, Litestar] = {}


def served(
    settings: Settings, database: Database, *, clock: Clock, sign_in: SignIn, real: Clock = real_clock
) -> Litestar:
    """The application as it is when it starts. One at a time: what was served before is served no longer."""
    kind = msgspec.structs.replace(settings, database_url=DEFAULT_DATABASE)
    if kind not in _made:
        _made[kind] = build(settings, database, clock=clock, real=real, sign_in=sign_in)
    app = _made[kind]
    for name in list(app.state):
        del app.state[name]
    app.state.update(at_start(settings, database, clock=clock, real=real, sign_in=sign_in))
    return app
