"""Password hashes (argon2id, the library's current defaults: RFC 9106's low-memory profile)."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LENGTH_MIN = 10
LENGTH_MAX = 200  # a longer one only costs us time: argon2 hashes all of it

_hasher = PasswordHasher()


def hashed(password: str) -> str:
    """The hash to keep."""
    return _hasher.hash(password)


def matches(kept_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash. Takes as long for an unknown account (None) as for a known one."""
    try:
        return _hasher.verify(kept_hash or _nobodys_hash(), password[:LENGTH_MAX]) and kept_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept_hash: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(kept_hash)


def fault_of(password: str) -> str | None:
    """Why a new password is refused, or None."""
    if len(password) < LENGTH_MIN:
        return f"a password needs at least {LENGTH_MIN} characters"
    if len(password) > LENGTH_MAX:
        return f"a password has at most {LENGTH_MAX} characters"
    return None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
