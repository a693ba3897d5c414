"""The case page and what officers do on it."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.web.auth import DECIDE, REOPEN, SEE, GuardedRoute, allow, set_cookie, visitor_of
from api.web.case_page import CasePage
from api.web.desk import Desk
from api.web.errors import refusal
from api.web.facts import fact_lines
from api.web.law_box import law_box
from api.web.pages import TOAST_COOKIE, render, texts_of
from api.web.plates import judged
from api.web.routes.queue import Filters, deadline
from api.web.wire import NOTE_CHARS_MAX, PLATE_CHARS_MAX
from evidence.cases import review
from evidence.cases.case import CaseSummary
from evidence.cases.case_states import CaseState, RejectReason
from evidence.cases.errors import CaseAlreadyDecided, CaseChanged, CaseError, CaseNotFound
from evidence.vault.findings import Finding
from evidence.vault.manifest import VIOLATIONS_MAX
from models.errors import EvidenceError, LawError, UserError
from ocr.reading import ReadingStatus

TOAST_S = 60
REASON_KEYS = (*"1234567890", "", "", "")
REASONS = (
    RejectReason.NOT_A_VIOLATION,
    RejectReason.POOR_EVIDENCE,
    RejectReason.UNREADABLE_PLATE,
    RejectReason.WRONG_VEHICLE_OR_PLATE,
    RejectReason.EMERGENCY_VEHICLE,
    RejectReason.OFFICER_SIGNAL,
    RejectReason.OVERTAKING_OR_OBSTACLE,
    RejectReason.WALKING_BIKE,
    RejectReason.CHILD_UNDER_6,
    RejectReason.EMERGENCY_PATIENT,
    RejectReason.DUPLICATE,
    RejectReason.EXPIRED,
    RejectReason.SYSTEM_ERROR,
)
"""The order of the number keys, the same for every case: fingers learn it. The commonest come first."""

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)
Number = Annotated[int, Path(ge=1, le=VIOLATIONS_MAX)]
Version = Annotated[int, Form(ge=1)]
Word = Annotated[str, Query(max_length=100)]
Kept = Annotated[str, Form(max_length=100)]  # the queue's filters, carried from case to case
Note = Annotated[str, Form(max_length=NOTE_CHARS_MAX)]


@router.get("/cases/{case_id}")
@allow(SEE)
def case_page(request: Request, case_id: str, code: Word = "", camera: Word = "") -> Response:
    """One case: look, judge, decide."""
    return show(request, case_id, Filters(code, camera))


def show(
    request: Request,
    case_id: str,
    filters: Filters,
    *,
    problem: str = "",
    plate_problem: str = "",
    typed: str | None = None,
    findings: list[Finding] | None = None,
    status: int = 200,
) -> Response:
    """The page of a case, with what went wrong where something did."""
    desk, t = Desk(request), texts_of(request)
    view = desk.view(case_id) if request.method == "GET" else desk.look(case_id)
    case = view.summary
    with desk.site.store.reading() as session:
        waiting = review.counts(session).by_state.get(CaseState.RECORDED, 0)
    may_decide = visitor_of(request).may(DECIDE)
    text = case.plate.text or "" if typed is None else typed
    return render(
        request,
        "case.html",
        here="queue",
        status=status,
        view=view,
        case=case,
        page=CasePage(view),
        filters=filters,
        neighbours=desk.neighbours(case, filters.code, filters.camera),
        waiting=waiting,
        deadline=deadline(case.notice_due_at, desk.at),
        decidable=may_decide and case.state is CaseState.RECORDED,
        blocked=blocked_by(request, desk, case),
        reopenable=visitor_of(request).may(REOPEN) and case.state is CaseState.REJECTED,
        issuable=may_decide and case.state is CaseState.CONFIRMED,
        plate_sure=case.plate.verified or case.plate.machine_status is ReadingStatus.ACCEPTED,
        typed=text,
        verdict=judged(t, text, case) if text and not plate_problem else None,
        plate_problem=plate_problem,
        problem=problem,
        reasons=[(reason, reason.text(t.language), key) for reason, key in zip(REASONS, REASON_KEYS, strict=True)],
        reason_text=lambda name: RejectReason(name).text(t.language),
        facts=[fact_lines(t, violation) for violation in view.manifest.violations],
        law=law_box(t, case, desk.at),
        findings=findings,
    )


@router.post("/cases/{case_id}/confirm")
@allow(DECIDE)
def confirm(request: Request, case_id: str, version: Version, code: Kept = "", camera: Kept = "") -> Response:
    """Confirm, then on to the next open case."""
    desk, filters = Desk(request), Filters(code, camera)
    try:
        case = desk.confirm(case_id, version)
    except CaseError as error:
        return refused(request, case_id, filters, error)
    return onward(request, desk.neighbours(case, code, camera).next_id, filters, f"confirmed:{case_id}")


@router.post("/cases/{case_id}/reject")
@allow(DECIDE)
def reject(
    request: Request,
    case_id: str,
    version: Version,
    reason: Annotated[RejectReason, Form()],
    note: Note = "",
    code: Kept = "",
    camera: Kept = "",
) -> Response:
    """Reject with a reason, then on to the next open case."""
    desk, filters = Desk(request), Filters(code, camera)
    try:
        case = desk.reject(case_id, version, reason, note)
    except CaseError as error:
        return refused(request, case_id, filters, error)
    return onward(request, desk.neighbours(case, code, camera).next_id, filters, f"rejected:{case_id}")


@router.post("/cases/{case_id}/violations/{number}/drop")
@allow(DECIDE)
def drop_violation(
    request: Request,
    case_id: str,
    number: Number,
    version: Version,
    reason: Annotated[RejectReason, Form()],
    note: Note = "",
    code: Kept = "",
    camera: Kept = "",
) -> Response:
    """Leave one violation out of the case; the answer is the case page, of which case.js takes the fresh parts."""
    filters = Filters(code, camera)
    try:
        Desk(request).drop_violation(case_id, version, number, reason, note)
    except CaseError as error:
        return refused(request, case_id, filters, error)
    return show(request, case_id, filters)


@router.post("/cases/{case_id}/violations/{number}/keep")
@allow(DECIDE)
def keep_violation(
    request: Request, case_id: str, number: Number, version: Version, code: Kept = "", camera: Kept = ""
) -> Response:
    """Take a dropped violation back."""
    filters = Filters(code, camera)
    try:
        Desk(request).keep_violation(case_id, version, number)
    except CaseError as error:
        return refused(request, case_id, filters, error)
    return show(request, case_id, filters)


@router.post("/cases/{case_id}/reopen")
@allow(REOPEN)
def reopen(request: Request, case_id: str, version: Version, note: Note = "") -> Response:
    """Put a rejected case back into the queue."""
    try:
        Desk(request).reopen(case_id, version, note)
    except CaseError as error:
        return refused(request, case_id, Filters(), error)
    return with_toast(request, RedirectResponse(f"/cases/{case_id}", 303), f"reopened:{case_id}")


@router.post("/cases/{case_id}/plate")
@allow(DECIDE)
def correct_plate(
    request: Request,
    case_id: str,
    version: Version,
    text: Annotated[str, Form(max_length=PLATE_CHARS_MAX)] = "",
    code: Kept = "",
    camera: Kept = "",
) -> Response:
    """Correct or affirm the plate; the answer is the case page, of which case.js takes the fresh parts."""
    filters = Filters(code, camera)
    try:
        Desk(request).correct_plate(case_id, version, text)
    except (CaseAlreadyDecided, CaseChanged, CaseNotFound) as error:
        return refused(request, case_id, filters, error)
    except CaseError as error:
        message = refusal(request, error) or error.what
        return show(request, case_id, filters, plate_problem=message, typed=text, status=error.status)
    return show(request, case_id, filters)


@router.post("/cases/{case_id}/notice")
@allow(DECIDE)
def issue_notice(request: Request, case_id: str) -> Response:
    """Issue the notice of a confirmed case. Asked again, the same notice comes back."""
    try:
        Desk(request).issue_notice(case_id)
    except (CaseError, LawError, EvidenceError) as error:
        return refused(request, case_id, Filters(), error)
    return with_toast(request, RedirectResponse(f"/cases/{case_id}", 303), f"issued:{case_id}")


@router.post("/cases/{case_id}/verify")
@allow(SEE)
def verify(request: Request, case_id: str, code: Kept = "", camera: Kept = "") -> Response:
    """Check the sealed package now: signature, hashes, manifest."""
    return show(request, case_id, Filters(code, camera), findings=Desk(request).verify(case_id))


def refused(request: Request, case_id: str, filters: Filters, error: UserError) -> Response:
    """The page of the case as it is now, with one clear line about what was refused."""
    if isinstance(error, CaseNotFound):
        raise error
    status = error.status if isinstance(error, CaseError) else 409
    return show(request, case_id, filters, problem=refusal(request, error) or error.what, status=status)


def blocked_by(request: Request, desk: Desk, case: CaseSummary) -> str:
    """Why nobody can confirm this case, whatever the pictures show; empty where somebody can."""
    t = texts_of(request)
    if case.clock_state == "unknown":
        return t("refusal.clock_unknown")
    return t("refusal.case_expired") if case.expires_at is not None and desk.at >= case.expires_at else ""


def onward(request: Request, next_id: str | None, filters: Filters, toast: str) -> Response:
    """To the next open case, or to the empty queue, with a toast that links back."""
    target = filters.href(f"/cases/{next_id}") if next_id else filters.href("/")
    return with_toast(request, RedirectResponse(target, 303), toast)


def with_toast(request: Request, response: Response, toast: str) -> Response:
    """Leave one line of news for the next page."""
    set_cookie(response, request, TOAST_COOKIE, toast, TOAST_S)
    return response
