"""`phatnguoi watch` in the background, as an operator runs it, until Ctrl-C."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.api.test_cli_bad_input import heed_interrupts


class Watching:
    """A running `watch` and what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self._process = process
        self._said = said

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def wait_for(self, what: Callable[[], object], patience_s: float) -> None:
        """Until `what` is true; fails where `watch` ends before, or it takes too long."""
        deadline = time.monotonic() + patience_s
        while not what():
            assert self._process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.2)


@contextmanager
def watching(file: Path, home: Path) -> Iterator[Watching]:
    """`watch` of one camera; ended by Ctrl-C, which must end it in order."""
    said = home.with_name("said.txt")
    command = [sys.executable, "-m", "api", "watch", "--camera", str(file), "--home", str(home)]
    with (
        said.open("w") as output,
        subprocess.Popen(command, stdout=output, stderr=output, preexec_fn=heed_interrupts) as running,
    ):
        try:
            yield Watching(running, said)
            running.send_signal(signal.SIGINT)
            assert running.wait(timeout=60) == 130, said.read_text()
        finally:
            running.kill()
    assert "Traceback" not in said.read_text()
