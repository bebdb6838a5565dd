"""Every way the system says no, each with a plain sentence and, where the law is the reason, its source.

A door turns one of these into RFC 9457 problem details; a page prints the same sentence. Nothing else decides
a status code.
"""

from collections.abc import Sequence

import msgspec


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing wrong with what was sent: the field (dotted path), why, and the law it comes from where there
    is one.
    """

    field: str
    reason: str
    source: str | None = None


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reason in law why an act was refused: stable code, sentence, source."""

    code: str
    sentence: str
    source: str


class Problem(Exception):
    """The root: `status` is the HTTP answer, `kind` the stable last part of the problem's type. `about` is
    the id of what it hides, never said: the auditor is told where the asker is kept away from it.
    """

    status = 500
    kind = "fault"
    title = "Something went wrong"
    about: str | None = None

    def __init__(self, sentence: str, *, source: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.source = source

    def members(self) -> dict[str, object]:
        """What the problem document carries beyond type, title, status and detail."""
        return {"source": self.source} if self.source else {}


class Malformed(Problem):
    """What was sent cannot be understood: every failing field is listed at once."""

    status = 400
    kind = "malformed"
    title = "Some of what was sent cannot be understood"

    def __init__(self, faults: Sequence[Fault], sentence: str | None = None) -> None:
        self.faults = tuple(faults)
        super().__init__(sentence or "; ".join(f"{f.field}: {f.reason}" for f in self.faults))

    def members(self) -> dict[str, object]:
        return {"errors": [msgspec.to_builtins(fault) for fault in self.faults]}


class Unauthenticated(Problem):
    """Nobody is signed in, or the session or token has ended."""

    status = 401
    kind = "unauthenticated"
    title = "Sign in first"


class NotAllowed(Problem):
    """This act is not the asker's, whatever the record: it says nothing about whether one exists."""

    status = 403
    kind = "not-allowed"
    title = "You are not allowed to do this"


class PurposeNeeded(NotAllowed):
    """Personal data is shown only to somebody who says why they look."""

    kind = "purpose-needed"
    title = "Say why you are looking"


class ProveAgain(NotAllowed):
    """An act that takes two people takes each of them in person: they prove anew who they are."""

    kind = "prove-again"
    title = "Prove again that it is you"


class SecondNeeded(NotAllowed):
    """An act of two people, done by one: where a door takes it, it waits for the other as a proposal."""

    kind = "second-needed"
    title = "This takes two people"

    def __init__(self, permission: str) -> None:
        super().__init__("This takes two people, and cannot be done here by one.")
        self.permission = permission


class Missing(Problem):
    """Nothing here that the asker may know of: absent, hidden and deleted all answer alike."""

    status = 404
    kind = "missing"
    title = "Not found"

    def __init__(self, about: str | None = None) -> None:
        super().__init__("There is nothing here that you may see.")
        self.about = about


class Refused(Problem):
    """The law, or the state of the record, says no: with the findings and their sources."""

    status = 409
    kind = "refused"
    title = "Refused"

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(" ".join(f.sentence for f in self.findings), source=self.findings[0].source)

    def members(self) -> dict[str, object]:
        return {**super().members(), "findings": [msgspec.to_builtins(f) for f in self.findings]}


class Conflict(Problem):
    """The same request is still running, or it collides with one that is not about the law."""

    status = 409
    kind = "conflict"
    title = "Conflict"


class Duplicate(Conflict):
    """A person with this identifier is already held: offered for use, never silently created again. To
    whoever may not come near them it is a Conflict that names nobody.
    """

    kind = "duplicate"
    title = "Already held"

    def __init__(self, sentence: str, existing: str) -> None:
        super().__init__(sentence)
        self.existing = existing

    def members(self) -> dict[str, object]:
        return {"existing": self.existing}


class Stale(Problem):
    """The record changed since it was read: read it again."""

    status = 412
    kind = "stale"
    title = "Changed since you read it"


class KeyReused(Problem):
    """An Idempotency-Key was sent again with another body."""

    status = 422
    kind = "key-reused"
    title = "This Idempotency-Key was used for something else"


class VersionNeeded(Problem):
    """A change to something that others may change too must say which version it changes."""

    status = 428
    kind = "version-needed"
    title = "Say which version you are changing"


class TooMany(Problem):
    """Faster than is allowed: `seconds` is how long to wait."""

    status = 429
    kind = "too-many-requests"
    title = "Too many requests"

    def __init__(self, sentence: str, seconds: int) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class Unavailable(Problem):
    """Not now: nothing was done, and it may be tried again."""

    status = 503
    kind = "unavailable"
    title = "Not available"


class Unready(Exception):
    """The database or the installation is not fit to be used; the sentence says what to do. Commands exit
    with 1.
    """
