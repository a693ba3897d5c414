"""`phatnguoi serve` as a user meets it: the address, a taken port, Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from api.commands.serve import ServeError, address, serve_until_interrupted
from api.settings import load_settings
from tests.api.rooms import Room

ROOT = Path(__file__).parents[2]
START_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_taken_port_is_one_line_that_names_another(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServeError) as refused:
            serve_until_interrupted(load_settings(tmp_path / "home"), port=port)
    assert (
        refused.value.line()
        == f"127.0.0.1:{port}: the port is taken. Choose another one, for example --port {port + 1}."
    )
    assert not (tmp_path / "home").exists()  # nothing was opened or made before


def test_a_host_that_is_not_ours_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match=r"^192\.0\.2\.1:8000: cannot listen here"):
        serve_until_interrupted(load_settings(tmp_path), host="192.0.2.1")


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "http://localhost:80/"), ("0.0.0.0", "http://localhost:80/"), ("10.1.2.3", "http://10.1.2.3:80/"),
     ("fe80::1", "http://[fe80::1]:80/")],
)  # fmt: skip
def test_the_address_can_be_typed_into_a_browser(host: str, shown: str) -> None:
    assert address(host, 80) == shown


@pytest.mark.parametrize(
    ("stop", "last_words", "status"),
    [(signal.SIGINT, "The review queue is closed.", 0), (signal.SIGTERM, "", -signal.SIGTERM)],
    ids=["ctrl-c", "service manager"],
)
def test_it_serves_until_it_is_stopped_and_ends_cleanly(
    room: Room, stop: signal.Signals, last_words: str, status: int
) -> None:
    port = free_port()
    script = (
        "import sys; from pathlib import Path; from api.commands.serve import serve;"
        "serve(host='127.0.0.1', port=int(sys.argv[1]), home=Path(sys.argv[2]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(port), str(room.settings.home)],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        assert _healthy(server, port)
        server.send_signal(stop)
        output, _ = server.communicate(timeout=30)
    assert f"http://localhost:{port}/" in output
    assert last_words in output
    assert "Traceback" not in output
    assert server.returncode == status


def _healthy(server: "subprocess.Popen[str]", port: int) -> bool:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                return answer.read() == b"ok\n"
        except OSError:
            time.sleep(0.1)
    return False
