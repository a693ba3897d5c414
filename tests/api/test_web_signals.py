"""Signal controllers push phases: with the token of an open feed, by a clock that is right, not too many."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import signal_feeds
from api.signal_feeds import RATE_MAX, RATE_WINDOW, SignalFeeds
from detector.camera import Camera, Signal
from detector.phase_log import LivePhases
from detector.told import CLOCKS_APART_S, HEARTBEAT_S
from detector.vocabulary import Movement, Phase, SignalTold
from evidence.cases.accounts import Role
from models.errors import UserError
from tests.api.conftest import Desk, stranger
from tests.api.rooms import NOW, Room
from tests.api.test_cli_bad_input import phatnguoi

PATH = "/api/v1/signal-phases"
HEADS = tuple(Signal(name, (0, 0, 10, 30), frozenset({Movement.STRAIGHT})) for name in ("main", "arrow"))
CAMERA = Camera("tran-phu-01", (100, 100), signals=HEADS)
Push = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def feeds(room: Room) -> SignalFeeds:
    return SignalFeeds(room.settings.feeds_folder)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return stranger(app)


def moment(seconds: float) -> str:
    return (NOW + timedelta(seconds=seconds)).isoformat()


def body(**changes: object) -> dict[str, object]:
    return {
        "camera": CAMERA.id,
        "signal": "main",
        "phase": "red",
        "at": moment(-3),
        "sent_at": moment(-0.2),
        "clock": {"source": "ntp", "offset_ms": 40},
        **changes,
    }


@pytest.fixture
def push(feeds: SignalFeeds, client: TestClient) -> Push:
    token = feeds.open(CAMERA)

    def send(token: str = token, **changes: object) -> tuple[int, dict[str, object]]:
        answer = client.post(PATH, json=body(**changes), headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.json()

    return send


def test_what_is_pushed_reaches_the_observations(push: Push, feeds: SignalFeeds) -> None:
    tail = LivePhases(feeds.messages_file(CAMERA.id))
    status, taken = push()
    assert (status, taken["signal"], taken["phase"]) == (200, "main", "red")
    at, holds_until = NOW - timedelta(seconds=3), NOW + timedelta(seconds=HEARTBEAT_S - 0.2)
    assert tail.take(NOW) == (SignalTold("main", Phase.RED, at, holds_until, CLOCKS_APART_S + 0.04),)
    assert push(at=moment(-1), phase="green")[0] == 200
    assert [told.phase for told in tail.take(NOW)] == [Phase.GREEN]


REFUSED = [
    # what is sent instead, status, what the answer says
    pytest.param({"camera": "le-loi-02"}, 404, "le-loi-02", id="another camera"),
    pytest.param({"camera": "../keys"}, 404, "../keys", id="a camera that is a path"),
    pytest.param({"signal": "mian"}, 422, "main, arrow", id="an unknown signal"),
    pytest.param({"phase": "rde"}, 422, "body.phase", id="a typo in the phase"),
    pytest.param({"phase": "unknown"}, 422, "body.phase", id="a controller that does not know"),
    pytest.param({"at": moment(0.5)}, 422, "future", id="a phase of the future"),
    pytest.param({"at": "2026-11-22T03:00:00"}, 422, "body.at", id="a time without a zone"),
    pytest.param({"at": moment(-9)}, 409, "backwards", id="time goes backwards"),
    pytest.param({"sent_at": moment(-2.1)}, 422, "-2.1 s off", id="a clock that is slow, or a late message"),
    pytest.param({"sent_at": moment(2.1)}, 422, "+2.1 s off", id="a clock that is fast"),
    pytest.param({"clock": {"source": "ntp", "offset_ms": 2100}}, 422, "+2.1 s off", id="a clock known to be off"),
    pytest.param({"clock": {"source": "ntp", "offset_ms": 1e300}}, 422, "off", id="an absurd offset"),
    pytest.param({"clock": {"source": "wristwatch"}}, 422, "body.clock.source", id="a clock that nobody sets"),
    pytest.param({"lamp": 1}, 422, "body.lamp", id="a key too many"),
]


@pytest.mark.parametrize(("changes", "status", "what"), REFUSED)
def test_a_message_not_to_be_believed_is_refused_and_not_kept(
    push: Push, feeds: SignalFeeds, changes: dict[str, object], status: int, what: str
) -> None:
    assert push()[0] == 200
    tail = LivePhases(feeds.messages_file(CAMERA.id))
    answered, error = push(**changes)
    assert (answered, what in str(error["detail"])) == (status, True), error
    assert tail.take(NOW) == ()


def test_a_flood_is_refused_until_it_ends(push: Push, room: Room) -> None:
    statuses = [push(signal="mian" if number % 2 else "main")[0] for number in range(RATE_MAX + 1)]
    assert statuses[-3:] == [200, 422, 429]
    room.now = NOW + RATE_WINDOW
    assert push(at=moment(9), sent_at=moment(10))[0] == 200


def test_only_the_token_of_the_feed_opens_it(push: Push, feeds: SignalFeeds) -> None:
    other = feeds.open(Camera("le-loi-02", (100, 100), signals=HEADS))
    assert push(token=other)[0] == 404
    for wrong in (f"{CAMERA.id}.guessed", "nonsense", "", ".", "x" * 9999, "../keys.x"):
        assert push(token=wrong)[0] == 401
    renewed = feeds.open(CAMERA)
    assert (push()[0], push(token=renewed)[0]) == (401, 200)
    feeds.close(CAMERA.id)
    assert push(token=renewed)[0] == 401
    with pytest.raises(UserError, match="no feed is open"):
        feeds.close(CAMERA.id)


def test_no_person_may_push_and_no_token_may_look(
    feeds: SignalFeeds, app: FastAPI, log_in: Callable[[Role], Desk]
) -> None:
    for role in Role:
        assert log_in(role).post(PATH, json=body()).status_code == 403
    bearer = {"Authorization": f"Bearer {feeds.open(CAMERA)}"}
    assert stranger(app).get("/api/v1/queue", headers=bearer).status_code == 401
    page = {**bearer, "Origin": "https://elsewhere.example"}
    assert stranger(app).post(PATH, json=body(), headers=page).status_code == 403


def test_tokens_are_kept_as_hashes_only(feeds: SignalFeeds, room: Room) -> None:
    token = feeds.open(CAMERA)
    kept = [path for path in room.settings.feeds_folder.iterdir() if path.is_file()]
    assert kept
    assert all(token.rpartition(".")[2] not in path.read_text() for path in kept)
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)


def test_messages_stay_bounded_and_none_is_lost(
    feeds: SignalFeeds, push: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal_feeds, "FILE_BYTES_MAX", 500)
    tail = LivePhases(feeds.messages_file(CAMERA.id))
    taken = []
    for number in range(40):
        assert push(at=moment(-2 + number / 100))[0] == 200
        taken += tail.take(NOW)
    assert len(taken) == 40
    folder = feeds.messages_file(CAMERA.id).parent
    assert sum(path.stat().st_size for path in folder.glob("*.jsonl*")) < 3 * 500


def test_the_command_line_opens_and_closes_a_feed(tmp_path: Path) -> None:
    file = tmp_path / "camera.yaml"
    file.write_text(
        "id: tran-phu-01\nresolution: [100, 100]\n"
        "signals:\n  - {name: main, lamp_box: [0, 0, 10, 30], governs: [straight]}\n"
    )
    opened = phatnguoi("feed", "open", file, "--home", tmp_path)
    feed = SignalFeeds(tmp_path / "feeds").admitted(opened.stdout.strip())
    assert feed is not None
    assert feed.signals == ("main",)
    assert phatnguoi("feed", "close", "tran-phu-01", "--home", tmp_path).returncode == 0
    again = phatnguoi("feed", "close", "tran-phu-01", "--home", tmp_path)
    assert (again.returncode, "no feed is open" in again.stderr) == (1, True)


def test_a_bad_log_of_phases_is_named_before_anything_is_read(tmp_path: Path) -> None:
    camera = tmp_path / "camera.yaml"
    camera.write_text(
        "id: a\nresolution: [100, 100]\nsignals:\n  - {name: main, lamp_box: [0, 0, 10, 30], governs: [straight]}\n"
    )
    phases = tmp_path / "phases.jsonl"
    phases.write_text(json.dumps({"signal": "mian", "phase": "red", "at": moment(0)}) + "\n")
    done = phatnguoi(
        "process", tmp_path / "clip.mp4", "--camera", camera, "--phases", phases, "--out", tmp_path / "out"
    )
    assert done.returncode == 1
    assert f"{phases}:1: signal: `mian` is no signal of the camera. Its signals: main." in done.stderr
