"""Rendering: templates, language, navigation, the toast. Everything a page needs besides its own values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from api.web.assets import static_url
from api.web.auth import AUDIT, DECIDE, LOGGED_IN, SEE, VISIT_COOKIE, Access, begin_visit, csrf_token, set_cookie
from api.web.texts import DEFAULT_LANGUAGE, LANGUAGES, Texts
from evidence.cases.accounts import Role
from evidence.local_time import LOCAL_ZONE
from ocr import grammar

TOAST_COOKIE: Final = "pn_toast"
LANGUAGE_COOKIE: Final = "pn_language"
NAVIGATION: Final[tuple[tuple[str, str, Access], ...]] = (
    ("queue", "/", SEE),
    ("notices", "/notices", SEE),
    ("audit", "/audit", AUDIT),
    ("docs", "/docs", LOGGED_IN),
)
HELP_KEYS: Final = (
    ("j", "down"), ("k", "up"), ("Enter", "open"), ("/", "search"),
    ("c", "confirm"), ("r", "reject"), ("0–9", "reason"), ("t", "note"),
    ("1–9", "drop"),
    ("p", "plate"), ("n", "next"), ("b", "back"), ("q", "queue"),
    ("u", "undo"), ("i", "issue"), ("l", "download"), ("y", "verify"),
    ("␣", "play"), (", .", "step"), ("s", "slow"), ("g", "moment"),
    ("a", "again"), ("v", "box"), ("z", "zoom"), ("?", "help"),
)  # fmt: skip
TOASTS: Final = frozenset({"confirmed", "rejected", "reopened", "issued", "conflict", "done"})
_TOAST = re.compile(r"([a-z]+):(PN(?:-[0-9A-Z]{4}){3})?")


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the navigation or the toast; `key` presses it."""

    name: str
    href: str
    text: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Toast:
    """One line of news after an action, with a way back."""

    text: str
    links: tuple[Link, ...] = ()


def render(request: Request, template: str, *, status: int = 200, here: str = "", **values: object) -> HTMLResponse:
    """A page in the visitor's language. Takes the toast that the last action left."""
    visitor = getattr(request.state, "visitor", None)
    t = texts_of(request)
    fresh_visit = begin_visit(request)
    toast = _toast(request, t)
    context: dict[str, Any] = {
        "t": t,
        "visitor": visitor,
        "csrf": csrf_token(request),
        "navigation": [Link(name, href) for name, href, access in NAVIGATION if visitor and visitor.may(access)],
        "may_decide": visitor is not None and visitor.may(DECIDE),
        "here": here,
        "home": home_of(visitor.role) if visitor else "/",
        "status": status,
        "back": request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if request.method == "GET"
        else "/",
        "toast": toast,
        "help_keys": HELP_KEYS,
    }
    page = HTMLResponse(environment().get_template(template).render(context | values), status)
    if fresh_visit:
        set_cookie(page, request, VISIT_COOKIE, fresh_visit)
    if request.cookies.get(TOAST_COOKIE):
        page.delete_cookie(TOAST_COOKIE, path="/")
    return page


@cache
def environment() -> Environment:
    """The templates. Values are escaped; a value that is missing is an error, not an empty string."""
    made = Environment(
        loader=PackageLoader("api.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(static=static_url)
    made.filters.update(
        clock=clock_text, instant=instant_text, day=day_text, moment=moment_text, plate=plate_text, percent=percent_text
    )
    return made


def texts_of(request: Request) -> Texts:
    """The words of the visitor's language: the cookie decides, Vietnamese otherwise."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, DEFAULT_LANGUAGE)
    return Texts(chosen if chosen in LANGUAGES else DEFAULT_LANGUAGE)


def home_of(role: Role) -> str:
    """Where a role starts its day."""
    if role in SEE.roles:
        return "/"
    return "/audit" if role in AUDIT.roles else "/docs"


def instant_text(at: datetime) -> str:
    """The time of day to a hundredth of a second, in Vietnam."""
    return at.astimezone(LOCAL_ZONE).strftime("%H:%M:%S.%f")[:-4]


def clock_text(at: datetime) -> str:
    """Time of day to the second, local."""
    return at.astimezone(LOCAL_ZONE).strftime("%H:%M:%S")


def day_text(at: datetime) -> str:
    """The date as written in Vietnam, local."""
    return at.astimezone(LOCAL_ZONE).strftime("%d/%m/%Y")


def moment_text(at: datetime) -> str:
    """Time and date, local."""
    return at.astimezone(LOCAL_ZONE).strftime("%H:%M:%S %d/%m/%Y")


def percent_text(share: float) -> str:
    """A confidence in [0, 1] as whole per cent; rounds down so that only certainty reads 100."""
    return f"{int(share * 100)} %"


def plate_text(text: str | None) -> str:
    """A plate as it is painted, where its text alone tells the form."""
    if not text:
        return "—"
    return grammar.formatted(text, grammar.fits(text))


def _toast(request: Request, t: Texts) -> Toast | None:
    match = _TOAST.fullmatch(request.cookies.get(TOAST_COOKIE, ""))
    if match is None or match[1] not in TOASTS:
        return None
    kind, case_id = match[1], match[2]
    if not case_id:
        return Toast(t(f"toast.{kind}", case=""))
    links: Mapping[str, tuple[Link, ...]] = {
        "issued": (Link("pdf", f"/cases/{case_id}/notice.pdf", t("toast.pdf")),),
    }
    seen = Link("back", f"/cases/{case_id}", t("toast.back"))
    is_here = request.url.path == seen.href
    return Toast(t(f"toast.{kind}", case=case_id), (*links.get(kind, ()), *(() if is_here else (seen,))))
