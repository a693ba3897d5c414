"""Login, logout, password, language."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.web.auth import (
    LOGGED_IN,
    PUBLIC,
    SESSION_COOKIE,
    VISIT_COOKIE,
    GuardedRoute,
    allow,
    ip_of,
    local_path,
    set_cookie,
    visitor_of,
)
from api.web.pages import LANGUAGE_COOKIE, home_of, render, texts_of
from api.web.site import site_of
from api.web.texts import LANGUAGES, Texts
from evidence.cases import accounts, audit, passwords
from evidence.cases.accounts import LoginRefusal, LoginResult

ONE_YEAR_S = 365 * 24 * 3600

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)
Text = Annotated[str, Form(max_length=256)]
Next = Annotated[str, Form(alias="next", max_length=500)]


@router.get("/login")
@allow(PUBLIC)
def login_page(request: Request, next_path: Annotated[str, Query(alias="next", max_length=500)] = "/") -> Response:
    """The login form; those who are logged in go on."""
    if request.state.visitor is not None:
        return RedirectResponse(home_of(request.state.visitor.role), 303)
    return render(request, "login.html", next=local_path(next_path), username="", problem="")


@router.post("/login")
@allow(PUBLIC)
def login(request: Request, username: Text, password: Text, next_path: Next = "/") -> Response:
    """Check name and password; too many failures close the door for a while."""
    result, token = log_in(request, username, password)
    if result.account is None or token is None:
        t = texts_of(request)
        status = 429 if result.refusal is LoginRefusal.LOCKED else 401
        problem = refusal_text(t, result)
        page = render(
            request, "login.html", status=status, next=local_path(next_path), username=username, problem=problem
        )
        if result.retry_after is not None:
            page.headers["Retry-After"] = str(int(result.retry_after.total_seconds()) + 1)
        return page
    target = local_path(next_path)
    answer = RedirectResponse(target if target != "/" else home_of(result.account.role), 303)
    set_cookie(answer, request, SESSION_COOKIE, token)
    answer.delete_cookie(VISIT_COOKIE, path="/")
    return answer


def log_in(request: Request, username: str, password: str) -> tuple[LoginResult, str | None]:
    """Authenticate and open a session; returns its token. A failure is committed too, so that it counts."""
    site = site_of(request)
    at, ip = site.clock(), ip_of(request)
    with site.store.session() as session:
        result = accounts.authenticate(session, username, password, ip=ip, at=at)
        token = accounts.open_session(session, result.account, ip=ip, at=at) if result.account else None
        if result.refusal is not LoginRefusal.LOCKED:  # a locked door would let a guesser fill the log
            what = "login" if result.account else "login_failed"
            audit.append(session, who=username.strip().lower()[:80], what=what, at=at, ip=ip)
    site.metrics.logins.labels(result.refusal.value if result.refusal else "ok").inc()
    return result, token


def refusal_text(t: Texts, result: LoginResult) -> str:
    """Why the login failed, without telling which of name and password was wrong."""
    if result.refusal is LoginRefusal.LOCKED:
        minutes = -(-(result.retry_after or timedelta(minutes=1)) // timedelta(minutes=1))
        return t("login.locked", minutes=minutes)
    return t("login.wrong")


@router.post("/logout")
@allow(LOGGED_IN)
def logout(request: Request) -> Response:
    """End the session here and in the store."""
    site, visitor = site_of(request), visitor_of(request)
    with site.store.session() as session:
        accounts.close_session(session, visitor.token)
        audit.append(session, who=visitor.account.username, what="logout", at=site.clock(), ip=ip_of(request))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.get("/password")
@allow(LOGGED_IN)
def password_page(request: Request, done: bool = False) -> Response:
    """The form to change one's own password."""
    return password_form(request, done=done)


def password_form(request: Request, *, status: int = 200, problem: str = "", done: bool = False) -> Response:
    """The form, with what was wrong."""
    return render(
        request,
        "password.html",
        status=status,
        problem=problem,
        done=done,
        least=passwords.LENGTH_MIN,
        most=passwords.LENGTH_MAX,
    )


@router.post("/password")
@allow(LOGGED_IN)
def change_password(request: Request, current: Text, fresh: Text, again: Text) -> Response:
    """Change one's own password. Every session of the account ends; this browser gets a new one."""
    site, visitor, t = site_of(request), visitor_of(request), texts_of(request)
    if fresh != again:
        return password_form(request, status=422, problem=t("password.differ"))
    at, ip, username = site.clock(), ip_of(request), visitor.account.username
    with site.store.session() as session:
        result = accounts.authenticate(session, username, current, ip=ip, at=at)
    if result.account is None:
        locked = result.refusal is LoginRefusal.LOCKED
        problem = refusal_text(t, result) if locked else t("password.wrong")
        return password_form(request, status=429 if locked else 422, problem=problem)
    if passwords.fault_of(fresh) is not None:
        poor = t("password.poor", least=passwords.LENGTH_MIN, most=passwords.LENGTH_MAX)
        return password_form(request, status=422, problem=poor)
    with site.store.session() as session:
        accounts.set_password(session, username=username, password=fresh)
        audit.append(session, who=username, what="password_changed", at=at, ip=ip)
        token = accounts.open_session(session, result.account, ip=ip, at=at)
    answer = RedirectResponse("/password?done=1", 303)
    set_cookie(answer, request, SESSION_COOKIE, token)
    return answer


@router.post("/language")
@allow(PUBLIC)
def language(request: Request, language: Text, back: Text = "/") -> Response:
    """Remember the language of the pages and go back to where the visitor was."""
    answer = RedirectResponse(local_path(back), 303)
    if language in LANGUAGES:
        set_cookie(answer, request, LANGUAGE_COOKIE, language, ONE_YEAR_S)
    return answer
