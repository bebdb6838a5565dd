"""What signing in stands on, by itself: passwords, the key, how fast one may ask, and passkeys' answers."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svro.casework import passwords
from svro.casework.access import (
    Actor,
    Allow,
    Deny,
    decide,
    require_in_person,
)
from svro.casework.keyfile import Seal, hashed, new_secret
from svro.casework.limits import Counted, Limit
from svro.casework.passwords import Passwords
from svro.casework.proofs import Challenge, new_app_secret, step_of
from svro.casework.reaching import likeness, stand_in
from svro.errors import NotAllowed, ProveAgain, Unready
from svro.settings import HashCost, Settings

NOW = datetime(2025, 3, 14, 9, tzinfo=UTC)
ADMIN = Actor(account_id="a" * 32, name="A", roles=frozenset({"ADM"}), force_id="merseyside")


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars",
        "password1234",
        "PASSWORD-1234-PASSWORD",
        "averyashdown2025",
        "qwertyuiop[]asdfghjkl",
        "abcdefghijklmnop",
        "aaaaaaaaaaaaaaaa",
        "12345678901234",
        "Summer2025Winter",
        "x" * 201,
    ],
)
def test_what_is_short_or_easy_is_no_password(password: str) -> None:
    [fault] = passwords.faults(password, "Avery Ashdown", "avery.ashdown")
    assert fault.field == "password"


@pytest.mark.parametrize(
    "password", ["heron gantry plum orbit", "correcthorsebatterystaple", "ñandú über façade", "T9#vLq2!mXw8"]
)
def test_what_is_long_and_not_easy_is_one(password: str) -> None:
    assert passwords.faults(password, "Avery Ashdown", "avery.ashdown") == []


async def test_a_hash_is_argon2id_and_made_anew_at_another_cost() -> None:
    cheap, dearer = Passwords(HashCost(1, 8, 1)), Passwords(HashCost(2, 16, 1))
    kept = await cheap.hash("heron gantry plum orbit")
    assert kept.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert await dearer.right(kept, "heron gantry plum orbit")
    assert not await dearer.right(kept, "heron gantry plum orbiT")
    assert not await dearer.right(None, "the password of nobody"), "nobody's is never right"
    assert dearer.outdated(kept)
    assert not cheap.outdated(kept)


def test_the_key_is_its_owners_alone_and_can_be_turned_over(tmp_path: Path) -> None:
    file = tmp_path / "svro.key"
    with pytest.raises(Unready, match="cannot be read"):
        Seal.read(str(file))
    first = Seal.read(str(file), make=True)
    assert file.stat().st_mode & 0o777 == 0o600
    sealed = first.close("a secret")
    assert "secret" not in sealed
    assert Seal.read(str(file), make=True).open(sealed) == "a secret"
    old = file.read_bytes()
    file.unlink()
    Seal.read(str(file), make=True)
    file.write_bytes(file.read_bytes() + old)
    turned = Seal.read(str(file))
    assert turned.open(sealed) == "a secret", "an older key still opens"
    assert turned.secret("forms") != first.secret("forms") != first.secret("attempts")
    file.write_bytes(file.read_bytes().split()[0])
    with pytest.raises(Unready, match="not the one"):
        Seal.read(str(file)).open(sealed)
    file.chmod(0o640)
    with pytest.raises(Unready, match="open to others"):
        Seal.read(str(file))
    file.chmod(0o600)
    file.write_bytes(b"secret")
    with pytest.raises(Unready, match="no key"):
        Seal.read(str(file))


class _Other(msgspec.Struct, frozen=True, tag=True):
    use: str


def test_what_travels_sealed_comes_back_unread_unchanged_and_in_time() -> None:
    seal, lasts = Seal.passing(), timedelta(minutes=5)
    asked = Challenge(b"\0\1", "a" * 32, "add")
    packed = seal.pack(asked, NOW)
    assert seal.unpack(packed, Challenge, lasts, NOW + lasts) == asked
    assert seal.unpack(packed, Challenge, lasts, NOW + lasts + timedelta(seconds=1)) is None
    assert seal.unpack(packed, _Other, lasts, NOW) is None, "another kind"
    assert Seal.passing().unpack(packed, Challenge, lasts, NOW) is None, "another key"
    for at in range(0, len(packed) - 3, 7):
        changed = packed[:at] + ("A" if packed[at] != "A" else "B") + packed[at + 1 :]
        assert seal.unpack(changed, Challenge, lasts, NOW) is None


def test_a_code_is_of_its_half_minute_or_one_beside_it() -> None:
    import pyotp

    secret = new_app_secret()
    code = pyotp.TOTP(secret).at(NOW)
    present = int(NOW.timestamp()) // 30
    for seconds, step in ((0, present), (30, present), (-30, present), (61, None), (-61, None)):
        assert step_of(secret, code, NOW + timedelta(seconds=seconds)) == step
    assert step_of(secret, f"{code[:3]} {code[3:]}", NOW) == present
    assert step_of(secret, "", NOW) is None


@given(st.lists(st.integers(0, 30), max_size=80))
def test_no_window_ever_holds_more_than_the_limit(pauses: list[int]) -> None:
    counted, now, allowed = Counted(Limit(5, timedelta(seconds=60))), NOW, list[datetime]()
    for pause in pauses:
        now += timedelta(seconds=pause)
        if left := counted.seconds_left("a", now):
            assert deepcopy(counted).seconds_left("a", now + timedelta(seconds=left)) == 0
        else:
            counted.add("a", now)
            allowed.append(now)
        assert counted.seconds_left("b", now) == 0
    for at in allowed:
        assert sum(at <= other < at + timedelta(seconds=60) for other in allowed) <= 5


def test_a_token_opens_only_what_it_names_and_never_what_its_holder_may_not() -> None:
    only = msgspec.structs.replace(ADMIN, only=frozenset({"user:manage", "order:read"}))
    assert isinstance(decide(only, "user:manage"), Allow)
    assert decide(only, "role:grant") == Deny("not-allowed")
    assert isinstance(decide(ADMIN, "role:grant"), Allow), "the control"
    assert isinstance(decide(only, "order:read"), Deny)
    assert decide(stand_in(likeness(only)), "role:grant") == Deny("not-allowed")


def test_what_takes_somebody_in_person_takes_no_token() -> None:
    fresh = msgspec.structs.replace(ADMIN, fresh=True)
    require_in_person(fresh)
    with pytest.raises(ProveAgain):
        require_in_person(ADMIN)
    with pytest.raises(NotAllowed, match="token"):
        require_in_person(msgspec.structs.replace(fresh, only=frozenset({"user:manage"})))


def test_somebody_without_a_role_has_their_own_account_and_nothing_else() -> None:
    new = msgspec.structs.replace(ADMIN, roles=frozenset())
    assert isinstance(decide(new, "account:manage_own"), Allow)
    assert decide(new, "user:manage") == Deny("not-allowed")
    gone = msgspec.structs.replace(new, account_id=None)
    assert isinstance(decide(gone, "account:manage_own"), Deny)


def test_secrets_are_long_and_kept_as_hashes() -> None:
    made = {new_secret() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(secret) == 43 for secret in made)
    assert all(len(hashed(secret)) == 32 for secret in made)


def test_a_deployment_chooses_how_long_a_session_lasts_and_says_so_clearly() -> None:
    chosen = Settings.read({"SVRO_SESSION_IDLE_MINUTES": "5", "SVRO_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2"})
    assert (chosen.idle, chosen.whole) == (timedelta(minutes=5), timedelta(hours=8))
    assert chosen.proxies == {"10.0.0.1", "10.0.0.2"}
    with pytest.raises(ValueError, match="SVRO_SESSION_MINUTES"):
        Settings.read({"SVRO_SESSION_MINUTES": "forever"})
