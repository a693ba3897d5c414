"""The demo, as a newcomer runs it: sample footage in, the review queue open, Ctrl-C ends it."""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Timer
from urllib.request import urlopen

START_S, END_S = 300.0, 60.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_demo_finds_its_cases_serves_them_and_ends_in_order(tmp_path: Path) -> None:
    port = _free_port()
    command = [sys.executable, "-m", "api.cli", "demo", "--home", str(tmp_path / "demo"), "--port", str(port)]
    demo = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    limit = Timer(START_S, demo.kill)
    limit.start()
    try:
        assert demo.stdout is not None
        said = []
        for line in demo.stdout:
            said.append(line)
            if "Ctrl-C ends)" in line:
                break
        assert sum("3 new cases" in line for line in said) == 3, "".join(said)
        with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
            assert page.status == 200
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=END_S)
    finally:
        limit.cancel()
        demo.kill()
    assert "The review queue is closed." in rest
    assert demo.returncode == 0
