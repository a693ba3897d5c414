"""The queue and the page of notices: lists of cases."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from api.web.auth import SEE, GuardedRoute, allow
from api.web.pages import render
from api.web.site import site_of
from evidence.cases import review
from evidence.cases.case import CaseSummary
from evidence.cases.case_states import CaseState

PAGE_CASES = 50
PAGE_NOTICES = 25
LAST = "9999-01-01T00:00:00+00:00~Z"  # a place behind every case

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)
Word = Annotated[str, Query(max_length=100)]
Cursor = Annotated[str, Query(max_length=80, pattern=r"^$|^[0-9T:.+-]{19,35}~[0-9A-Z-]{1,40}$")]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the officer narrowed the queue to. Empty strings narrow nothing."""

    code: str = ""
    camera: str = ""
    plate: str = ""
    state: str = CaseState.RECORDED.value

    @property
    def query(self) -> str:
        """As the part of an address after `?`; the default state is left out."""
        parts = {"state": self.state, "code": self.code, "camera": self.camera, "plate": self.plate}
        if self.state == CaseState.RECORDED.value:
            del parts["state"]
        return urlencode({name: value for name, value in parts.items() if value})

    def href(self, path: str = "/", **changes: str) -> str:
        """An address with these filters, some of them changed."""
        changed = Filters(
            **{"code": self.code, "camera": self.camera, "plate": self.plate, "state": self.state} | changes
        )
        return f"{path}?{changed.query}" if changed.query else path


@dataclass(frozen=True, slots=True)
class Deadline:
    """Days left until a legal deadline; `tone` says how pressing it is."""

    days_left: int
    tone: str


def deadline(due_at: datetime | None, now: datetime) -> Deadline | None:
    """Whole days left, negative when past."""
    if due_at is None:
        return None
    days = (due_at - now).days
    return Deadline(days, "bad" if days < 2 else "warn" if days < 5 else "")


@router.get("/")
@allow(SEE)
def queue_page(
    request: Request,
    code: Word = "",
    camera: Word = "",
    plate: Word = "",
    state: CaseState = CaseState.RECORDED,
    before: Cursor = "",
    after: Cursor = "",
) -> Response:
    """Cases by time of capture, oldest first: their deadlines run."""
    site = site_of(request)
    filters = Filters(code, camera, plate, state.value)
    with site.store.reading() as session:
        counts = review.counts(session)
        cases = review.queue(
            session,
            state=state,
            code=code or None,
            camera_id=camera or None,
            plate=plate or None,
            before=before or None,
            after=after or None,
            limit=PAGE_CASES + 1,
        )
    cases, has_earlier, has_later = _page(cases, before, after)
    now = site.clock()
    return render(
        request,
        "queue.html",
        here="queue",
        counts=counts,
        states=list(CaseState),
        filters=filters,
        cases=cases,
        deadlines={case.id: deadline(case.notice_due_at, now) for case in cases},
        earlier=f"{filters.href()}{'&' if filters.query else '?'}{urlencode({'before': cases[0].cursor})}"
        if has_earlier
        else "",
        later=f"{filters.href()}{'&' if filters.query else '?'}{urlencode({'after': cases[-1].cursor})}"
        if has_later
        else "",
        total=sum(counts.by_state.values()),
        codes=sorted({*counts.undecided_by_code, *((code,) if code else ())}),
        cameras=sorted({*counts.undecided_by_camera, *((camera,) if camera else ())}),
    )


def _page(cases: list[CaseSummary], before: str, after: str) -> tuple[list[CaseSummary], bool, bool]:
    """One case more than a page was asked for: it tells whether there is another page."""
    overflows = len(cases) > PAGE_CASES
    if before:
        return (cases[-PAGE_CASES:], overflows, True)
    return (cases[:PAGE_CASES], bool(after) and bool(cases), overflows)


@router.get("/notices")
@allow(SEE)
def notices_page(request: Request, before: Cursor = "") -> Response:
    """Confirmed cases that wait for their notice, then the notices issued, newest acts first."""
    site = site_of(request)
    with site.store.reading() as session:
        waiting = review.queue(session, state=CaseState.CONFIRMED, limit=review.QUEUE_LIMIT_MAX)
        cases = review.queue(session, state=CaseState.NOTICED, before=before or LAST, limit=PAGE_NOTICES + 1)
        issued = [(case, review.notice_of(session, case.id)) for case in reversed(cases[-PAGE_NOTICES:])]
    now = site.clock()
    return render(
        request,
        "notices.html",
        here="notices",
        waiting=waiting,
        issued=issued,
        older=f"/notices?{urlencode({'before': cases[1].cursor})}" if len(cases) > PAGE_NOTICES else "",
        deadlines={case.id: deadline(case.notice_due_at, now) for case in waiting},
    )
