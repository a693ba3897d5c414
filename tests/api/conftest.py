"""Rooms to try the review room in: recorded once, copied for each test, so that no test sees another's decisions."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.settings import load_settings
from api.web.app import create_app
from evidence.cases.accounts import Role
from tests.api.rooms import PASSWORD, Room, furnish


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """The room as recorded; tests get copies."""
    return furnish(tmp_path_factory.mktemp("furnished"))


@pytest.fixture
def room(furnished: Room, tmp_path: Path) -> Room:
    """A copy of the recorded room, all cases undecided."""
    home = tmp_path / "home"
    shutil.copytree(furnished.settings.home, home)
    return Room(load_settings(home), dict(furnished.cases))


@pytest.fixture
def app(room: Room) -> FastAPI:
    return create_app(room.settings, clock=room.clock)


@dataclass(slots=True)
class Desk:
    """A logged-in client. `post` and `delete` carry the CSRF token."""

    client: TestClient
    csrf: str

    def get(self, path: str, **headers: str):
        return self.client.get(path, headers={key.replace("_", "-"): value for key, value in headers.items()})

    def post(self, path: str, form: dict[str, object] | None = None, json: object = None):
        headers = {"X-CSRF-Token": self.csrf}
        return self.client.post(path, data=form, json=json, headers=headers)

    def delete(self, path: str):
        return self.client.delete(path, headers={"X-CSRF-Token": self.csrf})


def stranger(app: FastAPI) -> TestClient:
    """A client that nobody knows; redirects are looked at, not followed."""
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def log_in(app: FastAPI) -> Callable[[Role], Desk]:
    """Log in as a role; each call is another browser."""

    def by_role(role: Role) -> Desk:
        client = stranger(app)
        answer = client.post("/api/v1/session", json={"username": role.value, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return Desk(client, answer.json()["csrf_token"])

    return by_role


@pytest.fixture
def officer(log_in: Callable[[Role], Desk]) -> Desk:
    return log_in(Role.OFFICER)


@pytest.fixture
def supervisor(log_in: Callable[[Role], Desk]) -> Desk:
    return log_in(Role.SUPERVISOR)


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """The app on a real port, for a real browser."""
    with served(app) as here:
        yield here


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """An app on a real port, by its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        thread.join(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
