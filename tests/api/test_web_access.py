"""Who may ask what: deny by default, roles, CSRF, cookies, limits."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from api.watch_board import WatchBoard
from api.web.app import create_app
from api.web.auth import GuardedRoute, declared_access, local_path
from api.web.security import BODY_MAX_BYTES
from detector.suspensions import Trouble
from evidence.cases.accounts import Role
from tests.api.conftest import Desk, stranger
from tests.api.rooms import PASSWORD, Room

LogIn = Callable[[Role], Desk]
PUBLIC_PATHS = {"/login", "/language", "/healthz", "/static/{at_version}/{name}", "/api/v1/session"}


def routes(app: FastAPI) -> Iterator[tuple[str, str, APIRoute]]:
    """Every (method, path with its parameters filled in, route)."""
    for route in app.routes:
        assert isinstance(route, APIRoute), f"{route} stands outside of the guard"
        path = route.path.replace("{case_id}", "PN-0000-0000-0000").replace("{name}", "clip.mp4")
        for method in sorted(route.methods):
            yield method, path.replace("{at_version}", "0"), route


def test_there_are_routes_to_walk(app: FastAPI) -> None:
    assert len(list(routes(app))) > 30


def test_every_route_that_is_not_public_turns_strangers_away(app: FastAPI) -> None:
    client = stranger(app)
    opened = set()
    for method, path, route in routes(app):
        access = declared_access(route.endpoint)
        assert access is not None, f"{route.path} declares no access"
        if access.is_public:
            opened.add(route.path)
            continue
        page = client.request(method, path, headers={"Accept": "text/html"})
        program = client.request(method, path, headers={"Accept": "application/json"})
        assert program.status_code == 401, (method, path)
        assert program.json() == {"error": "not_logged_in", "detail": "Log in first."}
        expected = 401 if path.startswith("/api/") else 303
        assert page.status_code == expected, (method, path)
        if expected == 303:
            assert page.headers["location"].startswith("/login")
    assert opened == PUBLIC_PATHS


def test_a_route_that_declares_nothing_is_open_to_nobody(room: Room) -> None:
    app = create_app(room.settings, clock=room.clock)
    forgotten = APIRouter(route_class=GuardedRoute)
    forgotten.add_api_route("/forgotten", lambda: "secret")
    app.router.routes.extend(forgotten.routes)
    app.include_router(forgotten, prefix="/again")
    app.add_api_route("/directly", lambda: "secret")
    client = stranger(app)
    for path in ("/forgotten", "/again/forgotten", "/directly"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "secret" not in answer.text


@pytest.mark.parametrize("role", list(Role))
def test_the_wrong_role_gets_403_and_the_right_one_does_not(app: FastAPI, log_in: LogIn, role: Role) -> None:
    refused, desk = 0, log_in(role)
    for method, path, route in routes(app):
        access = declared_access(route.endpoint)
        if access is None or access.is_public or path in ("/logout", "/password") or method == "DELETE":
            continue

        headers = {"X-CSRF-Token": desk.csrf, "Accept": "application/json"}
        answer = desk.client.request(method, path, headers=headers)
        if role in access.roles:
            assert answer.status_code != 403, (method, path, answer.text)
        else:
            refused += 1
            assert answer.status_code == 403, (method, path)
            assert answer.json()["error"] == "forbidden"
    assert refused > 0


def test_an_operator_sees_but_does_not_decide(room: Room, log_in: LogIn) -> None:
    operator = log_in(Role.OPERATOR)
    case_id = room.cases["clear"]
    page = operator.get(f"/cases/{case_id}")
    assert page.status_code == 200
    assert f'action="/cases/{case_id}/confirm"' not in page.text
    assert operator.post(f"/cases/{case_id}/confirm", {"version": 1}).status_code == 403


def test_metrics_are_for_this_machine_and_administrators(app: FastAPI, log_in: LogIn) -> None:
    assert stranger(app).get("/metrics", headers={"Accept": "text/plain, application/json"}).status_code == 401
    local = TestClient(app, client=("127.0.0.1", 5000))
    answer = local.get("/metrics")
    assert answer.status_code == 200
    assert 'phatnguoi_cases{state="recorded"} 4.0' in answer.text
    assert log_in(Role.ADMIN).get("/metrics").status_code == 200
    assert log_in(Role.OFFICER).get("/metrics").status_code == 403


def test_metrics_say_which_cameras_are_suspended_and_why(room: Room, app: FastAPI) -> None:
    local = TestClient(app, client=("127.0.0.1", 5000))

    def told() -> dict[str, float]:
        lines = [line for line in local.get("/metrics").text.splitlines() if line.startswith("phatnguoi_suspended{")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def series(camera: str, cause: str) -> str:
        return f'phatnguoi_suspended{{camera="{camera}",cause="{cause}"}}'

    assert told() == {}
    watch = WatchBoard(room.settings.watch_folder)
    watch.tell("tran-phu-01", ("moved", "fog"), now=room.now)
    watch.tell("le-loi-02", (), now=room.now)
    expected = {series(camera, cause): 0.0 for camera in ("tran-phu-01", "le-loi-02") for cause in Trouble}
    assert told() == expected | {series("tran-phu-01", "moved"): 1.0, series("tran-phu-01", "fog"): 1.0}
    watch.tell("tran-phu-01", (), now=room.now)
    assert told() == expected
    watch.forget("tran-phu-01")
    assert told() == {series("le-loi-02", cause): 0.0 for cause in Trouble}


@pytest.mark.parametrize("token", [None, "", "0" * 64, "é"])
def test_a_change_without_the_right_token_is_refused(room: Room, officer: Desk, token: str | None) -> None:
    path = f"/cases/{room.cases['clear']}/confirm"
    headers = {} if token is None else {"X-CSRF-Token": token.encode()}
    answer = officer.client.post(path, data={"version": "1"}, headers=headers)
    assert answer.status_code == 403
    assert officer.post(path, {"version": 1}).status_code == 303


def test_the_token_may_come_as_a_form_field(room: Room, officer: Desk) -> None:
    path = f"/cases/{room.cases['clear']}/confirm"
    answer = officer.client.post(path, data={"version": "1", "csrf": officer.csrf})
    assert answer.status_code == 303


def test_another_sites_form_is_refused_even_with_the_token(room: Room, officer: Desk) -> None:
    headers = {"X-CSRF-Token": officer.csrf, "Origin": "https://elsewhere.example"}
    answer = officer.client.post(f"/cases/{room.cases['clear']}/confirm", data={"version": "1"}, headers=headers)
    assert answer.status_code == 403


def test_a_login_form_of_another_site_is_refused(app: FastAPI) -> None:
    form = {"username": "officer", "password": PASSWORD}
    assert stranger(app).post("/login", data=form).status_code == 403
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert stranger(app).post("/api/v1/session", json=form, headers=elsewhere).status_code == 403
    disguised = {"Content-Type": "text/plain"}
    body = json.dumps(form)
    assert stranger(app).post("/api/v1/session", content=body, headers=disguised).status_code == 403


def test_one_sessions_token_does_not_fit_another(room: Room, officer: Desk, supervisor: Desk) -> None:
    headers = {"X-CSRF-Token": supervisor.csrf}
    answer = officer.client.post(f"/cases/{room.cases['clear']}/confirm", data={"version": "1"}, headers=headers)
    assert answer.status_code == 403


def test_every_answer_carries_the_security_headers(app: FastAPI, officer: Desk) -> None:
    for answer in (
        officer.get("/"),
        stranger(app).get("/login"),
        officer.get("/nowhere"),
        stranger(app).get("/healthz"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_pages_hold_no_inline_script_or_style(room: Room, officer: Desk) -> None:
    for path in ("/", f"/cases/{room.cases['clear']}", "/notices", "/docs", "/password"):
        page = officer.get(path).text
        assert "<script>" not in page
        assert "style=" not in page
        assert " onclick=" not in page
        assert "http://" not in page.replace("http://testserver", "").replace("http://www.w3.org", "")


def test_a_large_body_is_refused_unread(officer: Desk) -> None:
    answer = officer.post("/password", {"current": "x" * (BODY_MAX_BYTES + 1), "fresh": "y", "again": "y"})
    assert answer.status_code == 413
    chunks = (b"x" * 8192 for _ in range(20))
    headers = {"X-CSRF-Token": officer.csrf, "Content-Type": "application/json"}
    answer = officer.client.post("/api/v1/cases/PN/confirm", content=chunks, headers=headers)
    assert answer.status_code == 413


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(app: FastAPI) -> None:
    for scheme, is_secure in (("http", False), ("https", True)):
        client = TestClient(app, base_url=f"{scheme}://testserver", follow_redirects=False)
        token = client.get("/login").text.split('data-csrf="')[1].split('"')[0]
        answer = client.post("/login", data={"username": "officer", "password": PASSWORD, "csrf": token})
        assert answer.status_code == 303
        cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("pn_session="))
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert ("Secure" in cookie) is is_secure
        assert ("strict-transport-security" in answer.headers) is is_secure


def test_a_wrong_password_is_told_without_saying_what_was_wrong(app: FastAPI) -> None:
    client = stranger(app)
    token = client.get("/login").text.split('data-csrf="')[1].split('"')[0]
    answers = [
        client.post("/login", data={"username": name, "password": "no", "csrf": token})
        for name in ("officer", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert all("Tên đăng nhập hoặc mật khẩu không đúng." in answer.text for answer in answers)


def test_too_many_failures_close_the_door_for_a_while(app: FastAPI, room: Room) -> None:
    client = stranger(app)
    token = client.get("/login").text.split('data-csrf="')[1].split('"')[0]
    form = {"username": "officer", "password": "no", "csrf": token}
    statuses = [client.post("/login", data=form).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    locked = client.post("/login", data=form | {"password": PASSWORD})
    assert locked.status_code == 429
    assert int(locked.headers["retry-after"]) > 60
    assert "Thử lại sau 15 phút" in locked.text
    room.now += timedelta(minutes=16)
    assert client.post("/login", data=form | {"password": PASSWORD}).status_code == 303


def test_a_login_goes_on_to_where_it_was_asked_for_but_never_to_another_site(app: FastAPI) -> None:
    for wanted, target in (("/notices", "/notices"), ("//evil.example/x", "/"), ("https://evil.example", "/")):
        client = stranger(app)
        token = client.get("/login").text.split('data-csrf="')[1].split('"')[0]
        form = {"username": "officer", "password": PASSWORD, "csrf": token, "next": wanted}
        assert client.post("/login", data=form).headers["location"] == target


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/cases/PN-1?x=1", "/cases/PN-1?x=1"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
    ],
)
def test_only_our_own_paths_are_gone_to(target: str, path: str) -> None:
    assert local_path(target) == path


def test_logging_out_ends_the_session_in_the_store(officer: Desk) -> None:
    cookie = officer.client.cookies["pn_session"]
    assert officer.post("/logout").headers["location"] == "/login"
    officer.client.cookies.set("pn_session", cookie)
    assert officer.get("/", Accept="application/json").status_code == 401


def test_an_administrator_starts_at_the_log_and_sees_no_cases(room: Room, log_in: LogIn) -> None:
    admin = log_in(Role.ADMIN)
    assert admin.get("/login").headers["location"] == "/audit"
    assert admin.get("/audit").status_code == 200
    refused = admin.get(f"/cases/{room.cases['clear']}")
    assert refused.status_code == 403
    assert 'href="/audit"' in refused.text


def test_a_session_ends_when_nobody_uses_it(room: Room, officer: Desk) -> None:
    assert officer.get("/").status_code == 200
    room.now += timedelta(days=2)
    assert officer.get("/").status_code == 303


def test_changing_the_password_ends_other_sessions_and_keeps_this_one(log_in: LogIn) -> None:
    here, elsewhere = log_in(Role.OFFICER), log_in(Role.OFFICER)
    fresh = "mot-cau-moi-con-dai-hon"
    wrong = here.post("/password", {"current": "x", "fresh": fresh, "again": fresh})
    differ = here.post("/password", {"current": PASSWORD, "fresh": fresh, "again": fresh + "!"})
    short = here.post("/password", {"current": PASSWORD, "fresh": "ngan", "again": "ngan"})
    assert [wrong.status_code, differ.status_code, short.status_code] == [422, 422, 422]
    done = here.post("/password", {"current": PASSWORD, "fresh": fresh, "again": fresh})
    assert done.headers["location"] == "/password?done=1"
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 303
