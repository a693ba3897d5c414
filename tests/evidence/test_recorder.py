"""Recording: once and only once, whatever happens in between."""

import json
import multiprocessing
import signal
import threading
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from pathlib import Path

import killed_recording
import pytest
from evidence_samples import CAMERA, NOW, START, UNIT, Record, make_reading, make_violation, surroundings

from detector.footage import FootageFile
from detector.source import Clock
from evidence.cases import review
from evidence.cases.case_states import CaseState
from evidence.recorder import Recorder, SweepReport
from evidence.store import Store
from evidence.vault import Vault, verify
from evidence.vault.identity import case_id_of, unique_key
from evidence.vault.package import STAGING, Evidence
from models.errors import EvidenceError, StoreError
from ocr.reading import ReadingStatus, unreadable

NOTHING = SweepReport((), 0, ())


def case_ids(store: Store) -> list[str]:
    with store.reading() as session:
        return [case.id for case in review.queue(session, state=None)]


def assert_whole(store: Store, vault: Vault, *, cases: int) -> None:
    """Every case has its package, every package its case, and the ledger names them all."""
    assert len(case_ids(store)) == cases
    assert sorted(case_ids(store)) == sorted(vault.package_names())
    assert list((vault.packages / STAGING).iterdir()) == []
    if cases:
        assert verify(vault.packages, vault.key.public) == []
        assert len(vault.ledger_file.read_bytes().splitlines()) == cases


def test_a_violation_becomes_a_case_with_package_event_and_ledger_line(
    store: Store, vault: Vault, record: Record
) -> None:
    case_id = str(record())
    with store.reading() as session:
        view = review.case_view(session, case_id)
    assert (view.summary.state, view.summary.version, view.summary.recorded_at) == (CaseState.RECORDED, 1, NOW)
    assert (view.summary.code, view.summary.camera_name) == ("RED_LIGHT", "Trần Phú – Nguyễn Trãi")
    assert view.summary.place == "Ngã tư Trần Phú – Nguyễn Trãi, P. Hà Giang 2, Tuyên Quang"
    assert view.summary.captured_at == make_violation().captured_at
    assert (view.summary.plate.text, view.summary.plate.machine_status) == ("29B112345", ReadingStatus.ACCEPTED)
    assert view.manifest.case_id == case_id
    assert (vault.folder(view.package_name) / "clip.mp4").is_file()
    assert json.loads(vault.ledger_file.read_bytes())["manifest_sha256"] == view.manifest_sha256
    assert_whole(store, vault, cases=1)


def test_recorded_twice_is_one_case(store: Store, vault: Vault, record: Record) -> None:
    first = record()
    assert first is not None
    assert record() is None
    assert record(captured_at=make_violation(500).captured_at, track_id=99) is None
    assert_whole(store, vault, cases=1)


def test_different_violations_are_different_cases(store: Store, vault: Vault, record: Record) -> None:
    assert len({record(0), record(1), record(0, code="WRONG_LANE")} - {None}) == 3
    assert_whole(store, vault, cases=3)


def test_at_another_camera_it_is_another_case(
    store: Store, vault: Vault, recorder: Recorder, record: Record, source: FootageFile
) -> None:
    record()
    violation, other = make_violation(), replace(CAMERA, id="other", name="", place=None)
    kwargs = surroundings(violation, other)
    assert recorder.record([violation], reading=None, source=source, **kwargs) != ()  # type: ignore[arg-type]
    with store.reading() as session:
        case = review.queue(session, camera_id="other")[0]
    assert (case.camera_name, case.place, case.plate.text) == ("other", "", None)


@pytest.mark.parametrize("reading", [None, unreadable(), unreadable(lines=2)])
def test_without_a_plate_it_is_still_recorded(
    store: Store, recorder: Recorder, source: FootageFile, reading: object
) -> None:
    violation = make_violation()
    recorder.record([violation], reading=reading, source=source, **surroundings(violation))  # type: ignore[arg-type]
    with store.reading() as session:
        plate = review.queue(session)[0].plate
    assert (plate.text, plate.machine_status) == (None, ReadingStatus.UNREADABLE)


def test_recorders_at_work_together_make_each_case_once(store: Store, vault: Vault, footage_path: Path) -> None:
    results: list[tuple[str, ...]] = []

    def work() -> None:
        recorder = Recorder(store, vault, unit=UNIT, now=lambda: NOW)
        source = FootageFile(footage_path, start_at=START)
        for n in range(3):
            violation = make_violation(n)
            kwargs = surroundings(violation)
            results.append(recorder.record([violation], reading=make_reading(), source=source, **kwargs))  # type: ignore[arg-type]

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 9
    assert len([made for made in results if made]) == 3
    assert_whole(store, vault, cases=3)


def test_a_sweep_of_a_whole_vault_changes_nothing(recorder: Recorder, vault: Vault, record: Record) -> None:
    record()
    before = vault.ledger_file.read_bytes()
    assert recorder.sweep() == NOTHING
    assert vault.ledger_file.read_bytes() == before


def test_a_package_without_its_case_is_adopted(
    store: Store, vault: Vault, recorder: Recorder, source: FootageFile
) -> None:
    sealed = vault.seal(orphan(source))
    assert recorder.sweep() == SweepReport((sealed.manifest.case_id,), 0, ())
    assert recorder.sweep() == NOTHING
    assert_whole(store, vault, cases=1)


def test_a_damaged_package_without_its_case_is_set_aside_and_sealed_anew(
    store: Store, vault: Vault, recorder: Recorder, record: Record, source: FootageFile
) -> None:
    sealed = vault.seal(orphan(source))
    (sealed.folder / "clip.mp4").write_bytes(b"")
    assert recorder.sweep() == SweepReport((), 0, (sealed.manifest.case_id,))
    assert [path.name for path in (vault.packages / ".refused").iterdir()] == [f"{sealed.manifest.case_id}-1"]
    sealed = vault.seal(orphan(source))
    (sealed.folder / "clip.mp4").unlink()
    assert record() == sealed.manifest.case_id
    assert_whole(store, vault, cases=1)


def test_a_package_of_another_violation_under_the_same_id_is_an_error(
    vault: Vault, record: Record, source: FootageFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.seal(orphan(source))
    monkeypatch.setattr("evidence.recorder.case_id_of", lambda key: vault.package_names()[0])
    with pytest.raises(EvidenceError, match="same case id"):
        record(1)


def test_a_store_that_fails_loses_nothing(
    store: Store, vault: Vault, recorder: Recorder, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise StoreError("database or disk is full")

    with monkeypatch.context() as patch, pytest.raises(StoreError):
        patch.setattr("evidence.store.queries_cases.add_case", full)
        record()
    assert record() == vault.package_names()[0]
    assert_whole(store, vault, cases=1)


class TestLedgerFile:
    def test_torn_by_a_crash_is_mended(self, store: Store, vault: Vault, recorder: Recorder, record: Record) -> None:
        for n in range(3):
            record(n)
        whole = vault.ledger_file.read_bytes()
        for cut in (1, 100, len(whole.splitlines(keepends=True)[-1]), len(whole) - 5, len(whole)):
            vault.ledger_file.write_bytes(whole[: len(whole) - cut])
            recorder.sweep()
            assert vault.ledger_file.read_bytes() == whole

    def test_lost_is_written_again(self, vault: Vault, recorder: Recorder, record: Record) -> None:
        record(0), record(1)
        whole = vault.ledger_file.read_bytes()
        vault.ledger_file.unlink()
        recorder.export_ledger()
        assert vault.ledger_file.read_bytes() == whole

    def test_of_another_store_is_refused(self, vault: Vault, tmp_path: Path, record: Record) -> None:
        record()
        other = Store.open(f"sqlite:///{tmp_path / 'other.sqlite3'}")
        other.migrate()
        (vault.packages / ".elsewhere").mkdir()
        vault.folder(vault.package_names()[0]).rename(vault.packages / ".elsewhere" / "package")
        with pytest.raises(EvidenceError, match="is not the store's"):
            Recorder(other, vault, unit=UNIT).sweep()
        other.close()


# Where the process is killed, as (module, function, before or after its call).
KILL_POINTS = [
    ("evidence.vault.stills", "decode_stills", "before"),
    ("evidence.vault.package", "_manifest", "after"),
    ("evidence.vault.package", "_publish", "before"),
    ("evidence.vault.package", "_publish", "after"),
    ("evidence.store.queries_cases", "add_case", "before"),
    ("evidence.store.queries_cases", "add_case", "after"),
    ("evidence.store.queries_ledger", "add", "after"),
    ("evidence.recorder.Recorder", "export_ledger", "before"),
    ("evidence.vault.vault.LedgerFile", "append", "before"),
    ("evidence.vault.vault.LedgerFile", "append", "after"),
]


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Clean processes that have the libraries loaded already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killed_recording"])
    return context


@pytest.mark.parametrize(("place", "function", "when"), KILL_POINTS)
def test_killed_at_any_point_it_loses_and_doubles_nothing(
    store: Store,
    vault: Vault,
    recorder: Recorder,
    record: Record,
    footage_path: Path,
    processes: ForkServerContext,
    place: str,
    function: str,
    when: str,
) -> None:
    """The first of three violations is recorded, the second's recording is killed with SIGKILL, then all run again."""
    url = store._engine.url.render_as_string(hide_password=False)
    where = (url, vault.packages, vault.packages.parent / "keys", footage_path)
    killed = processes.Process(target=killed_recording.record_and_die, args=(*where, place, function, when))
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    first = case_id_of(unique_key(FootageFile(footage_path).identity, CAMERA.id, make_violation(), Clock.GIVEN))
    assert first in case_ids(store)
    recorder.sweep()
    for n in range(3):
        record(n)
    assert_whole(store, vault, cases=3)


def orphan(source: FootageFile) -> Evidence:
    violation = make_violation()
    return Evidence(violations=[violation], source=source, reading=make_reading(), unit=UNIT, **surroundings(violation))  # type: ignore[arg-type]
