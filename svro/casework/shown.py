"""Who is shown figures of our own records as they are: a force's own casework. Everybody else has the
protected frames of its years (`yearly`), and nothing but them.
"""

from svro.casework.access import Actor, Allow, decide


def sees_cases(actor: Actor, force: str) -> bool:
    """Whether the actor works on the force's own cases, and so may see its figures however small."""
    decision = decide(actor, "report:read_exact")
    return isinstance(decision, Allow) and "O" in decision.scopes and actor.force_id == force
