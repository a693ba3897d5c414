"""What every test may rely on: no leftover settings from the developer's shell."""

import pytest


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PHATNGUOI_HOME", "PHATNGUOI_STORE"):
        monkeypatch.delenv(name, raising=False)
