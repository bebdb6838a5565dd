"""How people prove who they are, what that opens and for how long, and what happened to their accounts.

No row here holds a secret that opens anything: passwords, links, sessions, tokens and recovery codes are kept
as hashes, the secret of an authenticator app sealed with a key that is not in the database. None belongs to a
force: they are read before it is known who asks.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped

from svro.records.base import Base, Packed, column


class AccountLink(Base):
    """A link that opens once, until `ends_at`: the way in for somebody invited, or to a new password."""

    __tablename__ = "account_links"
    id: Mapped[str] = column(primary_key=True, disclose="never")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    kind: Mapped[str] = column(disclose="never")
    hash: Mapped[bytes] = column(LargeBinary(32), unique=True, disclose="never")
    made_by: Mapped[str | None] = column(disclose="redact")
    made_at: Mapped[datetime] = column(disclose="never")
    ends_at: Mapped[datetime] = column(disclose="never")
    used_at: Mapped[datetime | None] = column(disclose="never")
    __table_args__ = (
        CheckConstraint("kind IN ('set-up', 'reset')", name="kind"),
        Index("ix_account_links_account", "account_id"),
    )


class Password(Base):
    """The Argon2id hash of an account's password, with its salt and costs."""

    __tablename__ = "passwords"
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), primary_key=True, disclose="never")
    hash: Mapped[str] = column(disclose="never")
    changed_at: Mapped[datetime] = column(disclose="never")


class Authenticator(Base):
    """An authenticator app's sealed secret. `last_step` is the newest half minute of which a code was taken:
    neither it nor an earlier one is taken again.
    """

    __tablename__ = "authenticators"
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), primary_key=True, disclose="never")
    secret: Mapped[str] = column(disclose="never")
    last_step: Mapped[int] = column(disclose="never")
    added_at: Mapped[datetime] = column(disclose="never")


class Passkey(Base):
    """A passkey's public half, named by its holder."""

    __tablename__ = "passkeys"
    id: Mapped[str] = column(primary_key=True, disclose="never")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="never")
    credential_id: Mapped[bytes] = column(LargeBinary, unique=True, disclose="never")
    public_key: Mapped[bytes] = column(LargeBinary, disclose="never")
    uses: Mapped[int] = column(disclose="never")
    label: Mapped[str] = column(disclose="never")
    added_at: Mapped[datetime] = column(disclose="never")
    used_at: Mapped[datetime | None] = column(disclose="never")
    __table_args__ = (Index("ix_passkeys_account", "account_id"),)


class RecoveryCode(Base):
    """One of the codes that stand in for a lost second factor, once each."""

    __tablename__ = "recovery_codes"
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), primary_key=True, disclose="never")
    hash: Mapped[bytes] = column(LargeBinary(32), primary_key=True, disclose="never")
    used_at: Mapped[datetime | None] = column(disclose="never")


class SpentProof(Base):
    """A challenge that a passkey has answered, kept until it would have ended anyway: no answer counts
    twice.
    """

    __tablename__ = "spent_proofs"
    hash: Mapped[bytes] = column(LargeBinary(32), primary_key=True, disclose="never")
    ends_at: Mapped[datetime] = column(disclose="never")


class Session(Base):
    """One browser signed in. `proved_at` is when its holder last proved who they are, `seen_at` about when it
    was last used; the purpose is the one last given.
    """

    __tablename__ = "sessions"
    id: Mapped[str] = column(primary_key=True, disclose="never")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    hash: Mapped[bytes] = column(LargeBinary(32), unique=True, disclose="never")
    device: Mapped[str] = column(disclose="never")
    how: Mapped[str] = column(disclose="never")
    began_at: Mapped[datetime] = column(disclose="never")
    seen_at: Mapped[datetime] = column(disclose="never")
    proved_at: Mapped[datetime] = column(disclose="never")
    ends_at: Mapped[datetime] = column(disclose="never")
    ended_at: Mapped[datetime | None] = column(disclose="never")
    purpose: Mapped[str | None] = column(disclose="redact")
    reference: Mapped[str | None] = column(disclose="redact")
    __table_args__ = (Index("ix_sessions_account", "account_id", "began_at"),)


class AccessToken(Base):
    """What an API client sends: opens only the permissions it names, until it ends or is revoked. Made for
    `approving` it counts, for a short while, as its holder in person.
    """

    __tablename__ = "access_tokens"
    id: Mapped[str] = column(primary_key=True, disclose="never")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    hash: Mapped[bytes] = column(LargeBinary(32), unique=True, disclose="never")
    label: Mapped[str] = column(disclose="never")
    permissions: Mapped[tuple[str, ...]] = column(Packed(tuple[str, ...]), disclose="never")
    approving: Mapped[bool] = column(disclose="never")
    made_by: Mapped[str] = column(disclose="redact")
    made_at: Mapped[datetime] = column(disclose="never")
    ends_at: Mapped[datetime] = column(disclose="never")
    used_at: Mapped[datetime | None] = column(disclose="never")
    ended_at: Mapped[datetime | None] = column(disclose="never")
    __table_args__ = (Index("ix_access_tokens_account", "account_id", "made_at"),)


class Proposal(Base):
    """What one administrator proposes for an account and another decides: a role, or a new set-up for
    somebody who lost every proof. `alone` marks the first administrator's one act without a second.
    """

    __tablename__ = "account_proposals"
    id: Mapped[str] = column(primary_key=True, disclose="never")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    act: Mapped[str] = column(disclose="never")
    role: Mapped[str | None] = column(disclose="never")
    reason: Mapped[str] = column(disclose="redact")
    proposed_by: Mapped[str] = column(disclose="redact")
    proposed_at: Mapped[datetime] = column(disclose="never")
    outcome: Mapped[str | None] = column(disclose="never")
    decided_by: Mapped[str | None] = column(disclose="redact")
    decided_at: Mapped[datetime | None] = column(disclose="never")
    alone: Mapped[bool] = column(disclose="never")
    __table_args__ = (
        CheckConstraint("act IN ('grant', 'set-up')", name="act"),
        CheckConstraint("(act = 'grant') = (role IS NOT NULL)", name="role"),
        CheckConstraint("outcome IN ('approved', 'refused', 'withdrawn')", name="outcome"),
        CheckConstraint("alone OR decided_by <> proposed_by OR outcome = 'withdrawn'", name="two_people"),
        Index("ix_account_proposals_account", "account_id"),
    )


class SecurityEvent(Base):
    """Something that happened to an account, for its holder to see. `key` is a hash of the name typed and the
    address it came from: attempts under one key slow each other down. No account where the name is nobody's.
    """

    __tablename__ = "security_events"
    id: Mapped[str] = column(primary_key=True, disclose="never")
    account_id: Mapped[str | None] = column(ForeignKey("accounts.id"), disclose="redact")
    kind: Mapped[str] = column(disclose="never")
    detail: Mapped[str] = column(disclose="never")
    by: Mapped[str | None] = column(disclose="redact")
    key: Mapped[bytes | None] = column(LargeBinary(32), disclose="never")
    at: Mapped[datetime] = column(disclose="never")
    __table_args__ = (
        Index("ix_security_events_account", "account_id", "at"),
        Index("ix_security_events_key", "key", "at"),
        Index("ix_security_events_kind", "kind", "at"),
    )
