"""The audit log, for supervisors and administrators."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from api.web.auth import AUDIT, SEE, GuardedRoute, allow, ip_of, visitor_of
from api.web.pages import render
from api.web.site import site_of
from evidence.cases import audit

PAGE_LINES = 100

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)
Word = Annotated[str, Query(max_length=80)]


@router.get("/audit")
@allow(AUDIT)
def audit_page(
    request: Request, who: Word = "", case: Word = "", before: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """Who did or saw what, newest first. Looking at the log is itself noted."""
    site, visitor = site_of(request), visitor_of(request)
    with site.store.reading() as session:
        entries = audit.list_entries(
            session, who=who.strip() or None, case_id=case.strip() or None, before_id=before, limit=PAGE_LINES
        )
    with site.store.session() as session:
        audit.append(session, who=visitor.account.username, what="audit_viewed", at=site.clock(), ip=ip_of(request))
    older = {"who": who, "case": case, "before": str(entries[-1].id)} if len(entries) == PAGE_LINES else {}
    return render(
        request,
        "audit.html",
        here="audit",
        entries=entries,
        who=who,
        case=case,
        may_see=visitor.may(SEE),
        later=f"/audit?{urlencode({key: value for key, value in older.items() if value})}" if older else "",
    )
