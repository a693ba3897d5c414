"""One handler for everything that goes wrong: a page for people, `{"error", "detail"}` for programs, never a traceback.

CaseError                    its own status (404, 403, 409, 422)
StoreError, EvidenceError    503: the operator must mend something
other UserError              400
HTTPException                its own status
RequestValidationError       422
anything else                500; the details go to the log under a number that the answer names
"""

import re
import secrets
import traceback
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from api.web.auth import NotLoggedIn
from api.web.pages import render, texts_of
from api.web.wire import ErrorBody
from evidence.cases.errors import CaseError
from models.errors import EvidenceError, StoreError, UserError

NAMES = {400: "bad_request", 401: "not_logged_in", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
         409: "conflict", 413: "too_large", 422: "invalid", 429: "too_many", 500: "internal", 503: "unavailable"}  # fmt: skip
log = structlog.get_logger(__name__)


def install(app: FastAPI) -> None:
    """Make `answer` the handler of every kind of error."""
    for kind in (UserError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, answer)


def answer(request: Request, error: Exception) -> Response:
    """The one answer to an error."""
    if isinstance(error, NotLoggedIn) and not wants_json(request):
        return _to_login(request)
    status, name, detail = describe(request, error)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if wants_json(request):
        body = ErrorBody(error=name, detail=detail)
        return JSONResponse(body.model_dump(), status, headers)
    t = texts_of(request)
    title = t(f"error.{status}") if t.has(f"error.{status}") else t("error.other")
    line = f"error_line.{status}"
    shown = refusal(request, error) or (t(line) if t.has(line) else detail)
    page = render(request, "error.html", status=status, title=title, detail=shown)
    page.headers.update(headers)
    return page


def describe(request: Request, error: Exception) -> tuple[int, str, str]:
    """(HTTP status, stable name, one line) of an error."""
    if isinstance(error, CaseError):
        return error.status, snake(type(error).__name__), error.line()
    if isinstance(error, StoreError | EvidenceError):
        log.error("unavailable", path=request.url.path, reason=error.line())
        return 503, "unavailable", error.line()
    if isinstance(error, UserError):
        return 400, snake(type(error).__name__), error.line()
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        return 422, "invalid", f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    if isinstance(error, HTTPException):
        return error.status_code, NAMES.get(error.status_code, "error"), str(error.detail)
    number = secrets.token_hex(4)
    # As text: a pretty traceback would print local values, and those may be passwords or tokens.
    trace = "".join(traceback.format_exception(error))
    log.error("internal error", number=number, path=request.url.path, trace=trace)
    return 500, "internal", f"Internal error {number}. The details are in the server's log."


def refusal(request: Request, error: Exception) -> str | None:
    """What an error of the rooms below says in the visitor's language; None for kinds without a text."""
    t = texts_of(request)
    key = f"refusal.{snake(type(error).__name__)}"
    return t(key) if isinstance(error, UserError) and t.has(key) else None


def wants_json(request: Request) -> bool:
    """Programs get JSON: under /api/ always, elsewhere when they ask for it and not for HTML."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("application/json" in accept and "text/html" not in accept)


def snake(name: str) -> str:
    """`CaseAlreadyDecided` as `case_already_decided`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _to_login(request: Request) -> Response:
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    suffix = f"?next={quote(target)}" if request.method == "GET" and target != "/" else ""
    return RedirectResponse(f"/login{suffix}", 303)
