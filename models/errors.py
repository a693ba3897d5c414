"""Errors that a user sees as one line: what is wrong, where, and what to do.

    UserError
    ├── FootageError      a file or stream that cannot be read as video
    ├── CameraFileError   a camera file that does not say what it must
    ├── WeightsError      weights that are missing, altered or unknown
    ├── EvidenceError     a package, ledger or key that does not verify or cannot be written
    ├── StoreError        the store cannot be opened or refuses a change
    └── LawError          no dated rule of law covers the act

Anything else that escapes is a programming error and is shown as such, never as a user's fault.
"""


class UserError(Exception):
    """One clear line for the user. `where` is a file, file:line or key; `remedy` says what to do."""

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(self.line())

    def line(self) -> str:
        """The sentence as shown: `where: what. remedy`."""
        prefix = f"{self.where}: " if self.where else ""
        suffix = f" {self.remedy}" if self.remedy else ""
        return f"{prefix}{self.what.rstrip('.')}.{suffix}"


class FootageError(UserError):
    """A file or stream cannot be read as video."""


class CameraFileError(UserError):
    """A camera file does not say what it must."""


class WeightsError(UserError):
    """Weights are missing, altered or unknown."""


class EvidenceError(UserError):
    """A package, ledger or key does not verify or cannot be written."""


class StoreError(UserError):
    """The store cannot be opened or refuses a change."""


class LawError(UserError):
    """No dated rule of law covers the act."""
