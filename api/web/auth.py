"""Who may ask what. Deny by default: a route whose endpoint does not declare its access is open to nobody.

    @router.get("/cases/{case_id}")
    @allow(SEE)
    def case_page(...): ...

Access is checked before a body is read. Every request that changes something carries the session's CSRF token (form
field `csrf` or header `X-CSRF-Token`) and, where the browser sends one, an `Origin` of our own.
"""

import hmac
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.web.site import site_of
from evidence.cases import accounts
from evidence.cases.accounts import Account, Role

SESSION_COOKIE: Final = "pn_session"
VISIT_COOKIE: Final = "pn_visit"  # gives the login form its CSRF token before there is a session
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use a route. `is_public` needs no login; `from_loopback` lets the machine itself in without one;
    `by_feed_token` lets in a signal controller with the token of an open feed, and nobody else."""

    roles: frozenset[Role] = frozenset()
    is_public: bool = False
    from_loopback: bool = False
    by_feed_token: bool = False


PUBLIC = Access(is_public=True)
LOGGED_IN = Access(frozenset(Role))
SEE = Access(frozenset({Role.OFFICER, Role.SUPERVISOR, Role.OPERATOR}))
DECIDE = Access(frozenset(role for role in Role if role.decides))
REOPEN = Access(frozenset({Role.SUPERVISOR}))
AUDIT = Access(frozenset({Role.SUPERVISOR, Role.ADMIN}))
FEED = Access(by_feed_token=True)
MEASURE = Access(frozenset({Role.ADMIN}), from_loopback=True)

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def allow(access: Access) -> Callable[[Endpoint], Endpoint]:
    """Declare who may use an endpoint."""

    def declare(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["access"] = access
        return endpoint

    return declare


def declared_access(endpoint: Callable[..., Any]) -> Access | None:
    """What `allow` declared; None (open to nobody) where it was forgotten."""
    access = getattr(endpoint, "access", None)
    return access if isinstance(access, Access) else None


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person behind a request, and the token of the session to end at logout."""

    account: Account
    token: str
    csrf_token: str

    @property
    def name(self) -> str:
        return self.account.full_name or self.account.username

    @property
    def role(self) -> Role:
        return self.account.role

    def may(self, access: Access) -> bool:
        """Whether the visitor's role has this access."""
        return self.account.role in access.roles


class NotLoggedIn(HTTPException):
    """401; a page request is sent to the login page instead."""

    def __init__(self) -> None:
        super().__init__(401, "Log in first.")


class GuardedRoute(APIRoute):
    """The route class of every router here: asks `admit` before the body is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        access = declared_access(self.endpoint)

        async def guarded(request: Request) -> Response:
            await admit(request, access)
            return await answer(request)

        return guarded


async def admit(request: Request, access: Access | None) -> None:
    """Let the request pass, or raise 401 or 403. Sets `request.state.visitor`, and for controllers `request.state.feed`."""
    visitor = await run_in_threadpool(_visitor, request)
    request.state.visitor = visitor
    if access is None:
        raise HTTPException(403, "This address is closed.")
    at_home = access.from_loopback and ip_of(request) in LOOPBACK
    is_feed = access.by_feed_token and await run_in_threadpool(_admit_feed, request)
    if not access.is_public and not at_home and not is_feed:
        if visitor is None:
            raise NotLoggedIn
        if not visitor.may(access):
            raise HTTPException(403, "Your role may not do this.")
    if request.method not in SAFE_METHODS:
        await _refuse_forgery(request)


def _admit_feed(request: Request) -> bool:
    """Whether the request carries the token of an open feed; a wrong token is refused."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    request.state.feed = site_of(request).feeds.admitted(token.strip())
    if request.state.feed is None:
        raise HTTPException(401, "This token opens no feed. Make a new one with `phatnguoi feed open`.")
    return True


def _visitor(request: Request) -> Visitor | None:
    token = request.cookies.get(SESSION_COOKIE)
    if not token or len(token) > 200:
        return None
    site = site_of(request)
    at = site.clock()
    with site.store.reading() as session:
        live = accounts.live_session(session, token, at=at)
    if live is None:
        return None
    if live.touch_due:
        with site.store.session() as session:
            accounts.touch_session(session, token, at=at)
    return Visitor(live.account, token, live.csrf_token)


async def _refuse_forgery(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "The request comes from another site.")
    content_type = request.headers.get("content-type", "")
    if request.state.visitor is None and content_type.split(";")[0].strip().lower() == "application/json":
        return  # a program logs in: no other site's form can send JSON, and there is no session to abuse yet
    sent: object = request.headers.get("x-csrf-token")
    if sent is None and "form" in content_type:
        sent = (await request.form()).get("csrf")
    expected = csrf_token(request)
    if not expected or not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise HTTPException(403, "The page is too old. Reload it and try again.")


def csrf_token(request: Request) -> str:
    """The token that this visitor's forms must carry; empty for a stranger who has not opened the login page."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    if visitor is not None:
        return visitor.csrf_token
    visit = getattr(request.state, "visit", None) or request.cookies.get(VISIT_COOKIE, "")
    return sha256(f"csrf:{visit}".encode()).hexdigest() if visit else ""


def begin_visit(request: Request) -> str | None:
    """A fresh visit id where a stranger has none yet; the caller sets it as `VISIT_COOKIE`."""
    if getattr(request.state, "visitor", None) is not None or request.cookies.get(VISIT_COOKIE):
        return None
    request.state.visit = secrets.token_urlsafe(24)
    return str(request.state.visit)


def set_cookie(response: Response, request: Request, name: str, value: str, max_age_s: int | None = None) -> None:
    """A cookie that scripts and other sites never see; Secure where the page came over https."""
    response.set_cookie(
        name, value, max_age=max_age_s, path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )


def visitor_of(request: Request) -> Visitor:
    """The visitor of a route that is not public."""
    visitor = request.state.visitor
    assert isinstance(visitor, Visitor)
    return visitor


def ip_of(request: Request) -> str:
    """The address of the client; uvicorn has already undone a trusted proxy."""
    return request.client.host if request.client else "unknown"


def local_path(target: str) -> str:
    """`target` where it is a path of ours, else `/`: nobody is sent to another site by a link to our login."""
    parts = urlsplit(target)
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return target if is_ours and target.isprintable() else "/"
