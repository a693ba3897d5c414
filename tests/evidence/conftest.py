"""What the tests of evidence stand on: both databases, a little footage of our own, and a vault."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from argon2 import PasswordHasher
from evidence_samples import (
    FPS,
    NOW,
    SECONDS,
    SIZE_WH,
    START,
    UNIT,
    Record,
    make_account,
    make_reading,
    make_violation,
    numbered_picture,
    surroundings,
)
from postgres import Cluster, cluster

from detector.footage import FootageFile
from evidence.cases import passwords
from evidence.cases.accounts import Account, Role
from evidence.recorder import Recorder
from evidence.store import Store
from evidence.vault import Vault
from ocr.reading import PlateReading


@pytest.fixture(autouse=True)
def cheap_password_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same argon2 with the least work: these tests ask whether passwords are checked, not how slowly."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(scope="session")
def footage_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("footage") / "street.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE_WH, "yuv420p"
        stream.options = {"g": "10", "crf": "18"}
        for index in range(FPS * SECONDS):
            frame = av.VideoFrame.from_ndarray(numbered_picture(index), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture
def source(footage_path: Path) -> FootageFile:
    return FootageFile(footage_path, start_at=START)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with cluster() as running:
        store = Store.open(running.create("migrated"))
        store.migrate()
        store.close()
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An address of a database without tables, once on SQLite and once on PostgreSQL."""
    yield from _database(request, tmp_path, template="template0")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A migrated store, once on SQLite and once on PostgreSQL."""
    for url in _database(request, tmp_path, template="migrated"):
        opened = Store.open(url)
        if opened.is_sqlite:
            opened.migrate()
        yield opened
        opened.close()


def _database(request: pytest.FixtureRequest, tmp_path: Path, *, template: str) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite3'}"
        return
    running: Cluster = request.getfixturevalue("postgres")
    name = f"test_{abs(hash(tmp_path))}"
    yield running.create(name, template=template)
    running.drop(name)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.open(tmp_path / "packages", tmp_path / "keys")


@pytest.fixture
def recorder(store: Store, vault: Vault) -> Recorder:
    return Recorder(store, vault, unit=UNIT, now=lambda: NOW)


@pytest.fixture
def record(recorder: Recorder, source: FootageFile) -> Record:
    """Records a violation: `record(n, reading=…, **changes)`."""

    def record_one(n: int = 0, *, reading: PlateReading | None = None, **changes: object) -> str | None:
        violation = make_violation(n, **changes)
        made = recorder.record([violation], reading=reading or make_reading(), source=source, **surroundings(violation))
        return made[0] if made else None

    return record_one


@pytest.fixture
def officer(store: Store) -> Account:
    return make_account(store, "huong", Role.OFFICER)


@pytest.fixture(scope="session")
def sealed_vault(tmp_path_factory: pytest.TempPathFactory, footage_path: Path) -> Vault:
    """Three recorded cases, made once; tests work on copies."""
    home = tmp_path_factory.mktemp("sealed")
    store = Store.open(f"sqlite:///{home / 'store.sqlite3'}")
    store.migrate()
    vault = Vault.open(home / "packages", home / "keys")
    recorder = Recorder(store, vault, unit=UNIT, now=lambda: NOW)
    source = FootageFile(footage_path, start_at=START)
    for n in range(3):
        violation = make_violation(n)
        recorder.record([violation], reading=make_reading(), source=source, **surroundings(violation))  # type: ignore[arg-type]
    store.close()
    return vault


@pytest.fixture
def packages(sealed_vault: Vault, tmp_path: Path) -> Path:
    """A copy of the sealed packages with their ledger."""
    return Path(shutil.copytree(sealed_vault.packages, tmp_path / "copy"))


@pytest.fixture
def package(packages: Path) -> Path:
    """One package of the copy."""
    return next(path for path in sorted(packages.iterdir()) if path.name.startswith("PN-"))
