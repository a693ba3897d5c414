"""The JSON API, version 1. The same desk as the pages; every error is `{"error", "detail"}`."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.exceptions import HTTPException

from api.web.auth import (
    DECIDE,
    LOGGED_IN,
    PUBLIC,
    REOPEN,
    SEE,
    SESSION_COOKIE,
    GuardedRoute,
    allow,
    set_cookie,
    visitor_of,
)
from api.web.desk import Desk
from api.web.pages import texts_of
from api.web.plates import judged
from api.web.routes.entry import log_in, refusal_text
from api.web.site import site_of
from api.web.wire import (
    PLATE_CHARS_MAX,
    CaseBody,
    CaseDetailBody,
    ConfirmBody,
    CorrectPlateBody,
    CountsBody,
    DecidedBody,
    ErrorBody,
    FindingBody,
    KeepBody,
    LoginBody,
    NoticeBody,
    PlateCheckBody,
    QueueBody,
    RejectBody,
    ReopenBody,
    SessionBody,
    VerificationBody,
)
from evidence.cases import accounts, review
from evidence.cases.accounts import LoginRefusal
from evidence.cases.case import CaseSummary
from evidence.cases.case_states import CaseState
from evidence.vault.manifest import VIOLATIONS_MAX


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ErrorBody} for status in statuses}


READING: Final = _errors(401, 403, 404, 422)
DECIDING: Final = _errors(401, 403, 404, 409, 422)

router = APIRouter(prefix="/api/v1", route_class=GuardedRoute, tags=["v1"])
Word = Annotated[str | None, Query(max_length=100)]
Number = Annotated[int, Path(ge=1, le=VIOLATIONS_MAX)]


@router.post("/session", responses=_errors(401, 403, 422, 429))
@allow(PUBLIC)
def create_session(request: Request, response: Response, body: LoginBody) -> SessionBody:
    """Log in. Sets the session cookie; send the returned token as `X-CSRF-Token` with every POST and DELETE."""
    result, token = log_in(request, body.username, body.password)
    if result.account is None or token is None:
        status = 429 if result.refusal is LoginRefusal.LOCKED else 401
        raise HTTPException(status, refusal_text(texts_of(request), result))
    set_cookie(response, request, SESSION_COOKIE, token)
    site = site_of(request)
    with site.store.reading() as session:
        live = accounts.live_session(session, token, at=site.clock())
    return SessionBody.of(result.account, live.csrf_token if live else "")


@router.get("/session", responses=_errors(401))
@allow(LOGGED_IN)
def current_session(request: Request) -> SessionBody:
    """Who is logged in."""
    visitor = visitor_of(request)
    return SessionBody.of(visitor.account, visitor.csrf_token)


@router.delete("/session", status_code=204, responses=_errors(401, 403))
@allow(LOGGED_IN)
def end_session(request: Request) -> Response:
    """Log out."""
    with site_of(request).store.session() as session:
        accounts.close_session(session, visitor_of(request).token)
    response = Response(status_code=204)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@router.get("/queue", responses=_errors(401, 403, 422))
@allow(SEE)
def list_queue(
    request: Request,
    state: CaseState = CaseState.RECORDED,
    code: Word = None,
    camera: Word = None,
    plate: Word = None,
    after: Word = None,
    limit: Annotated[int, Query(ge=1, le=review.QUEUE_LIMIT_MAX)] = 50,
) -> QueueBody:
    """Cases by time of capture, oldest first; `code` may be any of a case's violations."""
    with site_of(request).store.reading() as session:
        cases = review.queue(session, state=state, code=code, camera_id=camera, plate=plate, after=after, limit=limit)
    full = len(cases) == limit
    return QueueBody(cases=[CaseBody.of(case) for case in cases], next_after=cases[-1].cursor if full else None)


@router.get("/queue/counts", responses=_errors(401, 403))
@allow(SEE)
def count_queue(request: Request) -> CountsBody:
    """How many cases wait and how many are done."""
    with site_of(request).store.reading() as session:
        return CountsBody.of(review.counts(session))


@router.get("/plates/check", responses=_errors(401, 403, 422))
@allow(SEE)
def check_plate(
    request: Request,
    text: Annotated[str, Query(max_length=PLATE_CHARS_MAX)],
    case_id: Annotated[str | None, Query(max_length=32)] = None,
) -> PlateCheckBody:
    """Whether a text is a Vietnamese plate and, with a case, one that such a vehicle wears."""
    case = Desk(request).look(case_id).summary if case_id else None
    verdict = judged(texts_of(request), text, case)
    return PlateCheckBody(tone=verdict.tone, text=verdict.text, kind=verdict.kind, message=verdict.message)


@router.get("/cases/{case_id}", responses=READING)
@allow(SEE)
def get_case(request: Request, case_id: str) -> CaseDetailBody:
    """All of a case with its sealed manifest and its events. The look is noted in the audit log."""
    return CaseDetailBody.of(Desk(request).view(case_id))


@router.post("/cases/{case_id}/confirm", responses=DECIDING)
@allow(DECIDE)
def confirm_case(request: Request, case_id: str, body: ConfirmBody) -> DecidedBody:
    """Find that the violations took place, all that are not dropped. 409 when someone else was first or the plate is not vouched for."""
    desk = Desk(request)
    return _decided(desk, desk.confirm(case_id, body.version))


@router.post("/cases/{case_id}/reject", responses=DECIDING)
@allow(DECIDE)
def reject_case(request: Request, case_id: str, body: RejectBody) -> DecidedBody:
    """Find that nothing of the case is to be punished, and why."""
    desk = Desk(request)
    return _decided(desk, desk.reject(case_id, body.version, body.reason, body.note))


@router.post("/cases/{case_id}/violations/{number}/drop", responses=DECIDING)
@allow(DECIDE)
def drop_violation(request: Request, case_id: str, number: Number, body: RejectBody) -> CaseBody:
    """Leave one violation out of the case; the others stand. 409 for the last one: that is rejecting the case."""
    return CaseBody.of(Desk(request).drop_violation(case_id, body.version, number, body.reason, body.note))


@router.post("/cases/{case_id}/violations/{number}/keep", responses=DECIDING)
@allow(DECIDE)
def keep_violation(request: Request, case_id: str, number: Number, body: KeepBody) -> CaseBody:
    """Take a dropped violation back into the case."""
    return CaseBody.of(Desk(request).keep_violation(case_id, body.version, number))


@router.post("/cases/{case_id}/reopen", responses=DECIDING)
@allow(REOPEN)
def reopen_case(request: Request, case_id: str, body: ReopenBody) -> CaseBody:
    """Put a rejected case back into the queue (supervisors)."""
    return CaseBody.of(Desk(request).reopen(case_id, body.version, body.note))


@router.post("/cases/{case_id}/plate", responses=DECIDING)
@allow(DECIDE)
def correct_plate(request: Request, case_id: str, body: CorrectPlateBody) -> CaseBody:
    """Correct the plate, or affirm it by sending the same text."""
    return CaseBody.of(Desk(request).correct_plate(case_id, body.version, body.text))


@router.post("/cases/{case_id}/notice", responses=DECIDING)
@allow(DECIDE)
def issue_notice(request: Request, case_id: str) -> NoticeBody:
    """Issue the notice of a confirmed case; asked again, the same one comes back (`is_new` false)."""
    return NoticeBody.of(Desk(request).issue_notice(case_id))


@router.post("/cases/{case_id}/verify", responses=READING)
@allow(SEE)
def verify_case(request: Request, case_id: str) -> VerificationBody:
    """Check the sealed package now: signature, hashes, manifest."""
    findings = Desk(request).verify(case_id)
    return VerificationBody(
        is_whole=not findings, findings=[FindingBody(file=one.file, what=one.what) for one in findings]
    )


def _decided(desk: Desk, case: CaseSummary) -> DecidedBody:
    return DecidedBody(case=CaseBody.of(case), next_id=desk.neighbours(case).next_id)
