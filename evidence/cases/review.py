"""What officers do with cases. Every function takes the transaction first; every decision writes a case event and an
audit line in that same transaction, and refuses with a `CaseError` (evidence/cases/errors.py).

`version` is `CaseSummary.version` as the officer saw it: when the case has moved on since, the decision is refused.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from evidence.cases.accounts import Account
from evidence.cases.case import CaseCounts, CaseSummary, CaseView, NoticeDraft, NoticeRecord, RenderedNotice
from evidence.cases.case_states import CaseState, RejectReason

QUEUE_LIMIT_MAX = 100


def queue(
    session: Session,
    *,
    state: CaseState | None = CaseState.RECORDED,
    code: str | None = None,
    camera_id: str | None = None,
    plate: str | None = None,
    before: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[CaseSummary]:
    """Cases by time of capture, oldest first: their deadlines run. `plate` finds parts of plates in any spelling.

    `after`/`before` take `CaseSummary.cursor`: the next page after it, or the page that ends just before it.
    """
    raise NotImplementedError


def counts(session: Session) -> CaseCounts:
    """How many cases wait and how many are done."""
    raise NotImplementedError


def case_view(session: Session, case_id: str) -> CaseView:
    """All of one case. Raises CaseNotFound."""
    raise NotImplementedError


def next_case(session: Session, after: str | None = None) -> str | None:
    """The undecided case that follows case `after` in the queue, from the front again at its end; None when done."""
    raise NotImplementedError


def correct_plate(
    session: Session, case_id: str, *, officer: Account, at: datetime, version: int, text: str, ip: str | None = None
) -> CaseSummary:
    """The officer says what the plate is; the same text as before affirms it. Either makes the plate verified."""
    raise NotImplementedError


def confirm(
    session: Session, case_id: str, *, officer: Account, at: datetime, version: int, ip: str | None = None
) -> CaseSummary:
    """The officer finds that the violation took place."""
    raise NotImplementedError


def reject(
    session: Session,
    case_id: str,
    *,
    officer: Account,
    at: datetime,
    version: int,
    reason: RejectReason,
    note: str = "",
    ip: str | None = None,
) -> CaseSummary:
    """The officer finds that nothing is to be punished, and why."""
    raise NotImplementedError


def reopen(
    session: Session, case_id: str, *, officer: Account, at: datetime, version: int, note: str, ip: str | None = None
) -> CaseSummary:
    """A supervisor puts a rejected case back into the queue; `note` must say why."""
    raise NotImplementedError


def issue_notice(
    session: Session,
    case_id: str,
    *,
    officer: Account,
    at: datetime,
    render: Callable[[NoticeDraft], RenderedNotice],
    ip: str | None = None,
) -> NoticeRecord:
    """Issue the notice of a confirmed case. A case has one notice: asked again, the same one comes back."""
    raise NotImplementedError


def notice_of(session: Session, case_id: str) -> NoticeRecord | None:
    """The notice that was issued for the case, if any."""
    raise NotImplementedError
