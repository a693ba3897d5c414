"""Several violations of one vehicle: one case, each recorded once, whatever stands together the next time."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import pytest
from alembic import command
from evidence_samples import CAMERA, NOW, UNIT, at_s, make_reading, make_violation, number_in, surroundings
from sqlalchemy import insert

from detector.footage import FootageFile
from detector.vocabulary import Violation
from evidence.cases import review
from evidence.cases.case_states import CaseState
from evidence.recorder import Recorder, SweepReport
from evidence.store import Store
from evidence.store import store as store_module
from evidence.store.tables import CaseEventRow, CaseRow
from evidence.vault import Vault, verify
from evidence.vault.identity import case_id_of
from evidence.vault.manifest import ManifestV1, manifest_bytes, parse_manifest, with_content_hash
from evidence.vault.package import Evidence, SealedPackage
from models.errors import StoreError

RED = make_violation()
HELMET = make_violation(
    code="HELMET_RIDER",
    rule="helmet",
    captured_at=at_s(2),
    from_at=at_s(1.5),
    to_at=at_s(2.5),
    frame=20,
    signal_phase=None,
    facts={"head_box": [110, 120, 125, 135]},
)
PASSENGER = replace(HELMET, code="HELMET_PASSENGER", captured_at=at_s(5.5), to_at=at_s(6), frame=55)

RecordAll = Callable[..., tuple[str, ...]]


def whole(source: FootageFile, *violations: Violation) -> Evidence:
    return Evidence(violations, source=source, reading=make_reading(), unit=UNIT, **surroundings(violations[0]))  # type: ignore[arg-type]


@pytest.fixture
def record_all(recorder: Recorder, source: FootageFile) -> RecordAll:
    def record(*violations: Violation) -> tuple[str, ...]:
        return recorder.record(violations, reading=make_reading(), source=source, **surroundings(violations[0]))  # type: ignore[arg-type]

    return record


def cases(store: Store) -> dict[str, list[str]]:
    """The codes of every case."""
    with store.reading() as session:
        return {case.id: [one.code for one in case.violations] for case in review.queue(session, state=None)}


def to_version_1(vault: Vault, sealed: SealedPackage) -> SealedPackage:
    """The package as the version before would have sealed it."""
    parts = sealed.manifest.model_dump(exclude={"schema_version", "violations", "content_sha256"})
    violation = sealed.manifest.main.model_dump(exclude={"unique_key", "still"})
    old = with_content_hash(ManifestV1(schema_version="phatnguoi-evidence-1", violation=violation, **parts))
    (sealed.folder / "manifest.json").write_bytes(manifest_bytes(old))
    (sealed.folder / "manifest.sig").write_bytes(vault.key.sign(manifest_bytes(old)))
    return sealed


def test_they_are_one_case_named_by_the_gravest(store: Store, vault: Vault, record_all: RecordAll) -> None:
    (case_id,) = record_all(HELMET, PASSENGER, RED)
    with store.reading() as session:
        view = review.case_view(session, case_id)
    summary = view.summary
    assert (summary.code, summary.captured_at, summary.state) == ("RED_LIGHT", RED.captured_at, CaseState.RECORDED)
    assert [(one.number, one.code, one.captured_at, one.dropped) for one in summary.violations] == [
        (1, "RED_LIGHT", at_s(4), None),
        (2, "HELMET_RIDER", at_s(2), None),
        (3, "HELMET_PASSENGER", at_s(5.5), None),
    ]
    assert summary.expires_at == at_s(2).replace(year=at_s(2).year + 1)  # from the earliest act
    assert verify(vault.packages, vault.key.public) == []
    assert len(vault.ledger_file.read_bytes().splitlines()) == 1


def test_the_package_covers_all_of_them(vault: Vault, source: FootageFile) -> None:
    sealed = vault.seal(whole(source, RED, HELMET, PASSENGER))
    manifest = sealed.manifest
    assert (manifest.schema_version, manifest.case_id) == ("phatnguoi-evidence-2", case_id_of(manifest.unique_key))
    assert manifest.clip.first_at <= at_s(0)  # two seconds before the first begins, or the start of the footage
    assert manifest.clip.last_at >= at_s(7.5)
    assert [one.still for one in manifest.violations] == ["during.jpg", "during_2.jpg", "during_3.jpg"]
    for one, frame in zip(manifest.violations, (40, 20, 55), strict=True):
        part = manifest.still(one.still)
        assert part is not None
        assert (part.frame, part.derived) == (frame, False)
        picture = cv2.imread(str(sealed.folder / one.still))
        assert picture is not None
        assert number_in(picture) == frame  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("title", "before", "again", "made"),
    [
        ("the same again", [(RED, HELMET)], (RED, HELMET), []),
        ("in another order", [(RED, HELMET)], (HELMET, RED), []),
        ("each alone before", [(RED,), (HELMET,)], (RED, HELMET), []),
        ("one alone now", [(RED, HELMET)], (HELMET,), []),
        ("a third one is found later", [(RED, HELMET)], (RED, HELMET, PASSENGER), [["HELMET_PASSENGER"]]),
        ("a graver one is found later", [(HELMET,)], (RED, HELMET), [["RED_LIGHT"]]),
        ("the same violation named twice", [], (HELMET, HELMET), [["HELMET_RIDER"]]),
    ],
)
def test_none_is_recorded_twice(
    store: Store,
    record_all: RecordAll,
    title: str,
    before: list[tuple[Violation, ...]],
    again: tuple[Violation, ...],
    made: list[list[str]],
) -> None:
    for violations in before:
        record_all(*violations)
    known = cases(store)
    new = record_all(*again)
    now = cases(store)
    assert [now[case_id] for case_id in new] == made, title
    assert {case_id: codes for case_id, codes in now.items() if case_id not in new} == known
    assert record_all(*again) == ()


class TestAfterACrash:
    def test_the_package_left_behind_is_one_case(
        self, store: Store, vault: Vault, recorder: Recorder, source: FootageFile, record_all: RecordAll
    ) -> None:
        sealed = vault.seal(whole(source, RED, HELMET))
        assert recorder.sweep() == SweepReport((sealed.manifest.case_id,), 0, ())
        assert cases(store) == {sealed.manifest.case_id: ["RED_LIGHT", "HELMET_RIDER"]}
        assert record_all(HELMET, RED) == ()

    def test_a_store_that_failed_gets_the_same_case(
        self, store: Store, record_all: RecordAll, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*args: object) -> None:
            raise StoreError("database or disk is full")

        with monkeypatch.context() as patch, pytest.raises(StoreError):
            patch.setattr("evidence.store.queries_cases.add_case", full)
            record_all(RED, HELMET)
        assert list(cases(store).values()) == []
        assert len(record_all(RED, HELMET)) == 1
        assert list(cases(store).values()) == [["RED_LIGHT", "HELMET_RIDER"]]

    def test_what_the_package_lacks_becomes_a_case_of_its_own(
        self, store: Store, vault: Vault, source: FootageFile, record_all: RecordAll
    ) -> None:
        to_version_1(vault, vault.seal(whole(source, RED)))
        assert len(record_all(RED, HELMET)) == 2
        assert sorted(cases(store).values()) == [["HELMET_RIDER"], ["RED_LIGHT"]]
        assert verify(vault.packages, vault.key.public) == []

    @pytest.mark.parametrize("swept", [True, False])
    def test_a_package_that_holds_a_violation_of_another_case_is_set_aside(
        self, store: Store, vault: Vault, recorder: Recorder, source: FootageFile, record_all: RecordAll, swept: bool
    ) -> None:
        record_all(HELMET)
        sealed = vault.seal(whole(source, RED, HELMET))
        if swept:
            assert recorder.sweep() == SweepReport((), 0, (sealed.manifest.case_id,))
        assert record_all(RED, HELMET) == (sealed.manifest.case_id,)
        assert sorted(cases(store).values()) == [["HELMET_RIDER"], ["RED_LIGHT"]]
        assert [path.name for path in (vault.packages / ".refused").iterdir()] == [f"{sealed.manifest.case_id}-1"]
        assert verify(vault.packages, vault.key.public) == []


class TestVersion1:
    def test_verifies_and_opens_as_a_case_of_one(
        self, store: Store, vault: Vault, recorder: Recorder, source: FootageFile
    ) -> None:
        sealed = to_version_1(vault, vault.seal(whole(source, RED)))
        assert verify(sealed.folder, vault.key.public) == []
        assert recorder.sweep().adopted == (sealed.manifest.case_id,)
        assert cases(store) == {sealed.manifest.case_id: ["RED_LIGHT"]}
        with store.reading() as session:
            manifest = review.case_view(session, sealed.manifest.case_id).manifest
        assert isinstance(manifest, ManifestV1)
        assert manifest.violations == sealed.manifest.violations
        assert verify(vault.packages, vault.key.public) == []

    def test_with_a_changed_letter_is_refused(self, vault: Vault, source: FootageFile) -> None:
        sealed = to_version_1(vault, vault.seal(whole(source, RED)))
        path = sealed.folder / "manifest.json"
        path.write_bytes(path.read_bytes().replace(b"RED_LIGHT", b"RED_LIGHF"))
        assert [finding.file for finding in verify(sealed.folder, vault.key.public)] == ["manifest.json"]


def test_a_manifest_whose_main_violation_is_another_is_refused(vault: Vault, source: FootageFile) -> None:
    manifest = vault.seal(whole(source, RED, HELMET)).manifest
    swapped = with_content_hash(manifest.model_copy(update={"violations": manifest.violations[::-1]}))
    with pytest.raises(Exception, match="another violation as its main one"):
        parse_manifest(manifest_bytes(swapped), where="manifest.json")


def test_a_store_of_the_first_schema_keeps_its_cases_and_knows_them(
    empty_store_url: str, vault: Vault, source: FootageFile
) -> None:
    store = Store.open(empty_store_url)
    with store._engine.begin() as connection:
        config = store_module._alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    sealed = to_version_1(vault, vault.seal(whole(source, RED)))
    _insert_as_before(store, sealed)
    store.migrate()
    recorder = Recorder(store, vault, unit=UNIT, now=lambda: NOW)
    (made,) = recorder.record([RED, HELMET], reading=make_reading(), source=source, **surroundings(RED))  # type: ignore[arg-type]
    assert cases(store) == {sealed.manifest.case_id: ["RED_LIGHT"], made: ["HELMET_RIDER"]}
    with store.reading() as session:
        assert review.case_view(session, sealed.manifest.case_id).summary.kept[0].captured_at == RED.captured_at
    store.close()


def _insert_as_before(store: Store, sealed: SealedPackage) -> None:
    """A case and its first event as the first schema wrote them; the package's ledger entry does not matter here."""
    content = (sealed.folder / "manifest.json").read_text()
    case = {
        "id": sealed.manifest.case_id,
        "unique_key": sealed.manifest.unique_key,
        "code": "RED_LIGHT",
        "camera_id": CAMERA.id,
        "camera_name": CAMERA.name,
        "place": "",
        "vehicle_class": "motorcycle",
        "captured_at": RED.captured_at,
        "clock_state": "given",
        "certainty": "sure",
        "plate_text": "29B112345",
        "plate_status": "accepted",
        "plate_confidence": 0.9,
        "plate_lines": 2,
        "package_name": sealed.folder.name,
        "manifest_sha256": "0" * 64,
        "manifest_json": content,
        "recorded_at": NOW,
    }
    event = {
        "case_id": case["id"],
        "seq": 1,
        "kind": "recorded",
        "state": "recorded",
        "plate_text": "29B112345",
        "plate_verified": False,
        "at": NOW,
        "actor": "system",
        "details": {},
    }
    with store.session() as session:
        session.execute(insert(CaseRow.__table__).values(case))  # type: ignore[arg-type]
        session.execute(insert(CaseEventRow.__table__).values(event))  # type: ignore[arg-type]
