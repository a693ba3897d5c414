"""A recording program that kills itself with SIGKILL at a chosen point; runs in a process of its own."""

import os
import pkgutil
import signal
from pathlib import Path
from typing import Any

from evidence_samples import NOW, START, UNIT, make_reading, make_violation, surroundings

from detector.footage import FootageFile
from evidence.recorder import Recorder
from evidence.store import Store
from evidence.vault import Vault


def record_and_die(url: str, packages: Path, keys: Path, footage: Path, place: str, function: str, when: str) -> None:
    """Record three violations; die before or after the second call of `function` of the module or class `place`."""
    owner = pkgutil.resolve_name(place)
    real = getattr(owner, function)
    calls = 0

    def deadly(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **kwargs)
        if calls == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, function, deadly)
    recorder = Recorder(Store.open(url), Vault.open(packages, keys), unit=UNIT, now=lambda: NOW)
    source = FootageFile(footage, start_at=START)
    for n in range(3):
        violation = make_violation(n)
        recorder.record([violation], reading=make_reading(), source=source, **surroundings(violation))  # type: ignore[arg-type]
