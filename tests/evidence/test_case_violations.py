"""One case, several violations: an officer drops single ones, and only what stands is confirmed and put on paper."""

import io
import re
from dataclasses import replace

import pytest
from evidence_samples import NOW, UNIT, Record, at_s, make_account, make_reading, make_violation, surroundings
from pypdf import PdfReader

from detector.footage import FootageFile
from detector.vocabulary import VehicleClass
from evidence.cases import audit, errors, review
from evidence.cases.accounts import Account, Role
from evidence.cases.case import CaseSummary, CaseView, NoticeDraft
from evidence.cases.case_states import CaseState, EventKind, RejectReason
from evidence.cases.notice import notice_fields, notice_renderer, still_names
from evidence.cases.unit import load_unit
from evidence.recorder import Recorder
from evidence.store import Store
from evidence.vault import Vault

RED = make_violation(vehicle_class=VehicleClass.MOTORCYCLE)
HELMET = replace(
    RED, code="HELMET_RIDER", rule="helmet", captured_at=at_s(2), from_at=at_s(1.5), frame=20, signal_phase=None
)
PASSENGER = replace(HELMET, code="HELMET_PASSENGER", captured_at=at_s(5), to_at=at_s(6), frame=50)
CHILD = RejectReason.CHILD_UNDER_6
UNIT_SHOWN = load_unit()


@pytest.fixture
def case_id(recorder: Recorder, source: FootageFile) -> str:
    (made,) = recorder.record([RED, HELMET, PASSENGER], reading=make_reading(), source=source, **surroundings(RED))  # type: ignore[arg-type]
    return made


def drop(
    store: Store, case_id: str, officer: Account, number: int, *, version: int = 1, reason: RejectReason = CHILD
) -> CaseSummary:
    with store.session() as session:
        return review.drop_violation(
            session, case_id, officer=officer, at=NOW, version=version, number=number, reason=reason, note="x", ip="::1"
        )


def keep(store: Store, case_id: str, officer: Account, number: int, *, version: int) -> CaseSummary:
    with store.session() as session:
        return review.keep_violation(session, case_id, officer=officer, at=NOW, version=version, number=number)


def confirm(store: Store, case_id: str, officer: Account, *, version: int) -> CaseSummary:
    with store.session() as session:
        return review.confirm(session, case_id, officer=officer, at=NOW, version=version)


def view(store: Store, case_id: str) -> CaseView:
    with store.reading() as session:
        return review.case_view(session, case_id)


def codes(case: CaseSummary) -> list[str]:
    return [violation.code for violation in case.kept]


class TestDropping:
    def test_leaves_the_others_an_event_and_an_audit_line(self, store: Store, case_id: str, officer: Account) -> None:
        case = drop(store, case_id, officer, 3)
        assert (codes(case), case.state, case.version) == (["RED_LIGHT", "HELMET_RIDER"], CaseState.RECORDED, 2)
        assert case.violations[2].dropped is CHILD
        details = {"violation": 3, "code": "HELMET_PASSENGER", "reason": "child_under_6", "note": "x"}
        event = view(store, case_id).events[-1]
        assert (event.kind, event.details) == (EventKind.VIOLATION_DROPPED, details)
        with store.reading() as session:
            line = audit.list_entries(session, case_id=case_id)[0]
        assert (line.who, line.what, line.ip, line.details) == ("huong", "violation_dropped", "::1", details)

    def test_is_taken_back(self, store: Store, case_id: str, officer: Account) -> None:
        drop(store, case_id, officer, 1)
        assert len(codes(keep(store, case_id, officer, 1, version=2))) == 3
        assert view(store, case_id).events[-1].kind is EventKind.VIOLATION_KEPT
        with pytest.raises(errors.ViolationNotFound):
            keep(store, case_id, officer, 1, version=3)

    def test_again_gives_the_new_reason(self, store: Store, case_id: str, officer: Account) -> None:
        drop(store, case_id, officer, 3)
        case = drop(store, case_id, officer, 3, version=2, reason=RejectReason.POOR_EVIDENCE)
        assert case.violations[2].dropped is RejectReason.POOR_EVIDENCE

    def test_the_last_one_is_refused(self, store: Store, case_id: str, officer: Account) -> None:
        drop(store, case_id, officer, 1)
        drop(store, case_id, officer, 2, version=2)
        with pytest.raises(errors.LastViolation):
            drop(store, case_id, officer, 3, version=3)

    def test_the_only_one_of_a_case_is_refused(self, store: Store, record: Record, officer: Account) -> None:
        with pytest.raises(errors.LastViolation):
            drop(store, str(record(9)), officer, 1)

    @pytest.mark.parametrize("number", [0, 4, -1])
    def test_what_is_not_there_is_refused(self, store: Store, case_id: str, officer: Account, number: int) -> None:
        with pytest.raises(errors.ViolationNotFound) as refused:
            drop(store, case_id, officer, number)
        assert refused.value.status == 404

    def test_on_an_old_page_and_by_others_is_refused(self, store: Store, case_id: str, officer: Account) -> None:
        drop(store, case_id, officer, 1)
        with pytest.raises(errors.CaseChanged):
            drop(store, case_id, officer, 2)
        with pytest.raises(errors.NotAllowed):
            drop(store, case_id, make_account(store, "kien", Role.OPERATOR), 2, version=2)

    def test_after_the_decision_is_refused(self, store: Store, case_id: str, officer: Account) -> None:
        confirm(store, case_id, officer, version=1)
        for act in (drop, keep):
            with pytest.raises(errors.CaseAlreadyDecided):
                act(store, case_id, officer, 1, version=2)

    def test_outlives_a_corrected_plate(self, store: Store, case_id: str, officer: Account) -> None:
        drop(store, case_id, officer, 1)
        with store.session() as session:
            case = review.correct_plate(session, case_id, officer=officer, at=NOW, version=2, text="29-B1 123.46")
        assert codes(case) == ["HELMET_RIDER", "HELMET_PASSENGER"]


def test_what_is_confirmed_is_named(store: Store, case_id: str, officer: Account) -> None:
    drop(store, case_id, officer, 2)
    assert confirm(store, case_id, officer, version=2).state is CaseState.CONFIRMED
    assert view(store, case_id).events[-1].details["codes"] == ["RED_LIGHT", "HELMET_PASSENGER"]


def test_the_year_runs_from_the_earliest_act(store: Store, case_id: str, officer: Account) -> None:
    expiry = at_s(2).replace(year=at_s(2).year + 1)
    with pytest.raises(errors.CaseExpired), store.session() as session:
        review.confirm(session, case_id, officer=officer, at=expiry, version=1)


def test_the_queue_finds_a_case_under_each_of_its_codes(store: Store, case_id: str, record: Record) -> None:
    record(9)
    with store.reading() as session:
        found = {
            code: [case.id for case in review.queue(session, code=code)] for code in ("RED_LIGHT", "HELMET_PASSENGER")
        }
        counts = review.counts(session)
    assert (len(found["RED_LIGHT"]), found["HELMET_PASSENGER"]) == (2, [case_id])
    assert counts.undecided_by_code == {"HELMET_PASSENGER": 1, "HELMET_RIDER": 1, "RED_LIGHT": 2}
    assert sum(counts.by_state.values()) == 2


class TestNotice:
    RED_ACT = "Không chấp hành hiệu lệnh của đèn tín hiệu giao thông"
    RIDER_ACT = "khi điều khiển xe tham gia giao thông"
    CARRIED_ACT = "Người được chở trên xe"
    CARRYING_ACT = "Chở người ngồi trên xe"

    def text(self, store: Store, vault: Vault, case_id: str, officer: Account) -> str:
        with store.session() as session:
            notice = review.issue_notice(
                session, case_id, officer=officer, at=NOW, render=notice_renderer(vault, UNIT_SHOWN)
            )
        sheets = PdfReader(io.BytesIO(notice.pdf)).pages
        assert len(sheets) == 2
        return re.sub(r"\s+", " ", " ".join(sheet.extract_text() for sheet in sheets))

    def test_lists_every_act_with_its_time_and_law(
        self, store: Store, vault: Vault, case_id: str, officer: Account
    ) -> None:
        confirm(store, case_id, officer, version=1)
        text = self.text(store, vault, case_id, officer)
        for words in (self.RED_ACT, self.RIDER_ACT, self.CARRIED_ACT, self.CARRYING_ACT):
            assert words in text
        assert "từ 08 giờ 00 phút 02 giây đến 08 giờ 00 phút 05 giây, ngày 20/11/2026" in text
        for clause in (
            "điểm c khoản 7 Điều 7",
            "điểm h khoản 2 Điều 7",
            "điểm i khoản 2 Điều 7",
            "điểm b khoản 5 Điều 12",
        ):
            assert clause in text
        assert "lúc 08 giờ 00 phút 04 giây" in text

    def test_says_nothing_of_what_was_dropped(self, store: Store, vault: Vault, case_id: str, officer: Account) -> None:
        drop(store, case_id, officer, 1)
        drop(store, case_id, officer, 3, version=2)
        confirm(store, case_id, officer, version=3)
        assert still_names(view(store, case_id)) == ("during_2.jpg", "plate.jpg")
        text = self.text(store, vault, case_id, officer)
        assert self.RIDER_ACT in text
        for words in (self.RED_ACT, self.CARRIED_ACT, self.CARRYING_ACT, "phút 04 giây", "Tín hiệu đèn", "đến 08 giờ"):
            assert words not in text
        assert "08 giờ 00 phút 02 giây, ngày 20/11/2026" in text

    def test_of_a_case_of_one_says_what_it_always_said(self, store: Store, record: Record) -> None:
        case = view(store, str(record(9)))
        fields = notice_fields(NoticeDraft(case, "1/2026/TB-X", NOW, "Hương"), UNIT_SHOWN)
        assert [act.time for act in fields.acts] == [""]
        assert [still.title for still in fields.stills] == [
            "Trước khi vi phạm",
            "Thời điểm vi phạm",
            "Sau khi vi phạm",
            "Biển số",
        ]
        assert fields.signal_phase == "đỏ"


def test_a_rejected_case_rejects_all_and_keeps_what_was_dropped(store: Store, case_id: str, officer: Account) -> None:
    drop(store, case_id, officer, 3)
    with store.session() as session:
        review.reject(session, case_id, officer=officer, at=NOW, version=2, reason=RejectReason.OFFICER_SIGNAL)
    supervisor = make_account(store, "chi", Role.SUPERVISOR)
    with store.session() as session:
        case = review.reopen(session, case_id, officer=supervisor, at=NOW, version=3, note="look again")
    assert codes(case) == ["RED_LIGHT", "HELMET_RIDER"]
    assert UNIT.code == view(store, case_id).manifest.unit.code
