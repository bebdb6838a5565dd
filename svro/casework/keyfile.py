"""The key that never lies in the database: what it seals can be read back only by this deployment.

Its file holds one key a line. The first seals, every one opens, so a new first line turns the key over.
"""

import base64
import hashlib
import hmac
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from svro.errors import Unready

S = TypeVar("S")


class Seal:
    """Seals and opens short texts and Structs with authenticated encryption (Fernet)."""

    def __init__(self, keys: list[bytes]) -> None:
        """`keys`: each 32 bytes in URL-safe base 64, the newest first. ValueError for anything else."""
        self._fernets = [Fernet(key) for key in keys]
        self._all = MultiFernet(self._fernets)
        self._root = base64.urlsafe_b64decode(keys[0])

    @classmethod
    def read(cls, file: str, *, make: bool = False) -> "Seal":
        """The seal of a key file; with `make`, a new one where there is none, readable by its owner alone.

        Unready where it cannot be read, is not made of keys, or lies open to others.
        """
        path = Path(file)
        if make and not path.exists():
            try:
                made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                pass  # another process was quicker: its key is as good
            else:
                with os.fdopen(made, "wb") as out:
                    out.write(Fernet.generate_key() + b"\n")
        try:
            if os.name == "posix" and path.stat().st_mode & 0o077:
                raise Unready(
                    f"The key file {file} is open to others. Make it its owner's alone (chmod 600)."
                )
            return cls(path.read_bytes().split())
        except OSError as error:
            raise Unready(f"The key file {file} cannot be read: {error.strerror}.") from error
        except (ValueError, IndexError) as error:
            raise Unready(f"The key file {file} holds no key that can be used.") from error

    @classmethod
    def passing(cls) -> "Seal":
        """A seal that ends with the process."""
        return cls([Fernet.generate_key()])

    def secret(self, use: str) -> str:
        """A secret of its own for another use, always the same for the same key: 64 hex characters."""
        return hmac.new(self._root, use.encode(), hashlib.sha256).hexdigest()

    def close(self, text: str) -> str:
        """`text`, sealed."""
        return self._fernets[0].encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text. Unready where no key of ours sealed it."""
        try:
            return self._all.decrypt(sealed).decode()
        except InvalidToken as error:
            raise Unready(
                "A sealed secret cannot be opened: the key file is not the one it was made with."
            ) from error

    def pack(self, value: msgspec.Struct, now: datetime) -> str:
        """A Struct that somebody carries to us and back without reading or changing it."""
        token = self._fernets[0].encrypt_at_time(msgspec.json.encode(value), int(now.timestamp()))
        return token.decode()

    def unpack(self, packed: str, kind: type[S], lasts: timedelta, now: datetime) -> S | None:
        """The Struct, or None where it is not ours, not of this kind, or older than it may be."""
        for fernet in self._fernets:
            try:
                data: Any = fernet.decrypt_at_time(packed, int(lasts.total_seconds()), int(now.timestamp()))
                return msgspec.json.decode(data, type=kind)
            except (InvalidToken, msgspec.DecodeError, ValueError):
                continue
        return None


def new_secret() -> str:
    """A secret for a session, a token or a link: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> bytes:
    """What is kept of a secret too random to be guessed: 32 bytes."""
    return hashlib.sha256(secret.encode()).digest()
