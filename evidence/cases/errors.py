"""What the cases room refuses, as nouns of the domain. `status` is the HTTP status that says the same.

StoreError
└── CaseError                 status 409
    ├── CaseNotFound          404
    ├── NotAllowed            403  this role may not do this
    ├── CaseAlreadyDecided    409  somebody else was first
    ├── CaseChanged           409  the case moved on since this page was opened
    ├── CaseNotConfirmed      409  a notice needs a confirmed case
    ├── PlateNotVerified      409  no officer has vouched for a doubtful plate
    ├── PlateTextInvalid      422  not a Vietnamese plate
    ├── ClockUnknown          409  nobody can say when it happened
    ├── CaseExpired           409  older than the limitation period
    ├── ViolationNotFound     404  the case has no violation of this number
    ├── LastViolation         409  dropping the last one is rejecting the case
    └── DecisionIncomplete    422  a note or reason is missing or too long
"""

from models.errors import StoreError


class CaseError(StoreError):
    """A case refuses a change. Carries the case and the HTTP status."""

    status = 409

    def __init__(self, case_id: str, what: str, *, remedy: str | None = None) -> None:
        self.case_id = case_id
        super().__init__(what, where=case_id, remedy=remedy)


class CaseNotFound(CaseError):
    """No case has this id."""

    status = 404


class NotAllowed(CaseError):
    """The account's role may not do this."""

    status = 403


class CaseAlreadyDecided(CaseError):
    """Another officer has decided the case."""


class CaseChanged(CaseError):
    """The case has moved on since the caller read it."""


class CaseNotConfirmed(CaseError):
    """A notice needs a confirmed case."""


class CaseNotRejected(CaseError):
    """Only a rejected case can be reopened."""


class PlateNotVerified(CaseError):
    """The plate is missing, doubtful or unreadable and no officer has vouched for it."""


class PlateTextInvalid(CaseError):
    """The text is no Vietnamese plate."""

    status = 422


class ClockUnknown(CaseError):
    """The footage does not say when it was taken, so nothing can be punished from it."""


class CaseExpired(CaseError):
    """The limitation period is over."""


class ViolationNotFound(CaseError):
    """The case has no violation of this number."""

    status = 404


class LastViolation(CaseError):
    """No violation would be left: that is rejecting the case."""


class DecisionIncomplete(CaseError):
    """A decision lacks what it must say, or says too much."""

    status = 422
