"""Forces, the people who sign in, the people whom orders concern, and the facts held of them as dated
versions.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, declared_attr

from svro.law.eligibility import PriorConviction
from svro.records.base import Base, Packed, column


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """A name as written. `family` may stand alone."""

    family: str
    given: str = ""

    @property
    def whole(self) -> str:
        """The name as one would say it."""
        return f"{self.given} {self.family}".strip()


class PersonFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is, as one version has it. Identifiers are canonical; `*_given` keeps what was typed."""

    name: Names
    date_of_birth: date | None = None
    sex: str | None = None
    self_ethnicity: str | None = None
    not_stated_reason: str | None = None
    officer_ethnicity: str | None = None
    pnc_id: str | None = None
    pnc_given: str | None = None
    cro: str | None = None
    cro_given: str | None = None
    other_names: tuple[Names, ...] = ()
    lives_in: str | None = None
    home: str | None = None


class CustodyFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stay in custody, in London days, both counted; `ended` None while it lasts. `authority` says who
    confirmed it: a prison, a court, a probation officer.
    """

    kind: Literal["remand", "sentence", "recall"]
    started: date
    ended: date | None = None
    authority: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Deployment(Base):
    """The one row that says what this database is, and the secret of its status keys where the environment
    gives none.
    """

    __tablename__ = "deployments"
    id: Mapped[int] = column(primary_key=True, disclose="never")
    kind: Mapped[str] = column(disclose="never")
    status_key: Mapped[str] = column(disclose="never")
    created_at: Mapped[datetime] = column(disclose="never")
    __table_args__ = (
        CheckConstraint("id = 1", name="one"),
        CheckConstraint("kind IN ('live', 'demonstration')", name="kind"),
    )


class Force(Base):
    """A police force, by its data.police.uk name."""

    __tablename__ = "forces"
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    name: Mapped[str] = column(disclose="yes")


class Account(Base):
    """Somebody who signs in, or a service that does. `force_id` is their force, `court` their court's OU
    code; either may be absent. `keeper` is the force whose administrators look after the account of somebody
    who belongs to none. A solicitor has a number with the Solicitors Regulation Authority, and a firm.
    """

    __tablename__ = "accounts"
    id: Mapped[str] = column(primary_key=True, disclose="redact")
    name: Mapped[str] = column(disclose="redact")
    force_id: Mapped[str | None] = column(ForeignKey("forces.id"), disclose="yes")
    court: Mapped[str | None] = column(disclose="yes")
    number: Mapped[str | None] = column(disclose="redact")
    created_at: Mapped[datetime] = column(disclose="yes")
    ended_at: Mapped[datetime | None] = column(disclose="yes")
    sign_in_name: Mapped[str | None] = column(disclose="never")
    kind: Mapped[str] = column(server_default="person", disclose="yes")
    keeper: Mapped[str | None] = column(disclose="yes")
    sra_number: Mapped[str | None] = column(disclose="yes")
    firm: Mapped[str | None] = column(disclose="yes")
    __table_args__ = (
        CheckConstraint("kind IN ('person', 'service')", name="kind"),
        Index("ix_accounts_sign_in_name", "sign_in_name", unique=True),
    )


class AccountRole(Base):
    """A role that an account holds from one instant until another."""

    __tablename__ = "account_roles"
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), primary_key=True, disclose="redact")
    role: Mapped[str] = column(primary_key=True, disclose="yes")
    started_at: Mapped[datetime] = column(primary_key=True, disclose="yes")
    ended_at: Mapped[datetime | None] = column(disclose="yes")


class Person(Base):
    """The subject of an order, an application or neither yet: one row per force that holds them."""

    __tablename__ = "people"
    force_id: Mapped[str] = column(ForeignKey("forces.id"), primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    created_at: Mapped[datetime] = column(disclose="yes")
    created_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (Index("ix_people_id", "id"),)


def _of_person() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["force_id", "person_id"], ["people.force_id", "people.id"])


class PersonVersion(Base):
    """What was held of a person from `recorded_at` on. Never changed: a correction is version n + 1."""

    __tablename__ = "person_versions"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    person_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    facts: Mapped[PersonFacts] = column(Packed(PersonFacts), disclose="redact")
    family_key: Mapped[str] = column(disclose="redact")
    reason: Mapped[str | None] = column(disclose="redact")
    words_version: Mapped[str] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (_of_person(), Index("ix_person_versions_family", "force_id", "family_key"))


class PersonIdentifier(Base):
    """The validated identifiers now held in a force: derived from the newest versions, so that a race for one
    is lost, not won twice.
    """

    __tablename__ = "person_identifiers"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    kind: Mapped[str] = column(primary_key=True, disclose="yes")
    value: Mapped[str] = column(primary_key=True, disclose="redact")
    person_id: Mapped[str] = column(disclose="yes")
    __table_args__ = (_of_person(), Index("ix_person_identifiers_person", "force_id", "person_id"))


class DatedFact(Base):
    """A fact with dates of its own, held of a person in versions; `withdrawn` says that it was recorded in
    error.
    """

    __abstract__ = True
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    person_id: Mapped[str] = column(disclose="yes")
    withdrawn: Mapped[bool] = column(default=False, disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[ForeignKeyConstraint, Index]:
        return _of_person(), Index(f"ix_{cls.__tablename__}_person", "force_id", "person_id")


class ConvictionVersion(DatedFact):
    """A prior conviction as held."""

    __tablename__ = "conviction_versions"
    facts: Mapped[PriorConviction] = column(Packed(PriorConviction), disclose="redact")


class CustodyVersion(DatedFact):
    """A stay in custody as held. Days in custody come off the days on which a search could happen."""

    __tablename__ = "custody_versions"
    facts: Mapped[CustodyFacts] = column(Packed(CustodyFacts), disclose="redact")


class Allocation(Base):
    """Need to know: the account works on this person's case, from one instant until another, for a stated
    reason. `lapses_at` is when it ends by itself because the case has gone quiet: derived from the last
    hearing.
    """

    __tablename__ = "allocations"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    person_id: Mapped[str] = column(disclose="yes")
    reason: Mapped[str] = column(disclose="redact")
    started_at: Mapped[datetime] = column(disclose="yes")
    ended_at: Mapped[datetime | None] = column(disclose="yes")
    end_reason: Mapped[str | None] = column(disclose="redact")
    lapses_at: Mapped[datetime | None] = column(disclose="yes")
    __table_args__ = (_of_person(), Index("ix_allocations_account", "account_id", "person_id"))


class Instruction(Base):
    """A solicitor acts for this person, verified, from one instant until another. `basis` names the grounds
    on which it was granted, `firm` the firm then. It ends at the first of `ended_at`, when somebody ended it;
    `ends_at`, when the case it was granted in ends: derived; and `recheck_by`, unless it is checked again.
    """

    __tablename__ = "instructions"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    person_id: Mapped[str] = column(disclose="yes")
    verified_by: Mapped[str] = column(disclose="redact")
    started_at: Mapped[datetime] = column(disclose="yes")
    ended_at: Mapped[datetime | None] = column(disclose="yes")
    end_reason: Mapped[str | None] = column(disclose="redact")
    application_id: Mapped[str | None] = column(disclose="yes")
    basis: Mapped[str | None] = column(disclose="yes")
    firm: Mapped[str | None] = column(disclose="redact")
    ends_at: Mapped[datetime | None] = column(disclose="yes")
    recheck_by: Mapped[datetime | None] = column(disclose="yes")
    __table_args__ = (_of_person(), Index("ix_instructions_account", "account_id", "person_id"))
