"""Officers and cases: what is allowed, what is refused, and that two officers never both decide."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from evidence_samples import NOW, START, Record, make_account, make_reading, make_violation, surroundings

from detector.footage import FootageFile
from detector.vocabulary import VehicleClass
from evidence.cases import audit, errors, review
from evidence.cases.accounts import Account, Role
from evidence.cases.case import NoticeDraft, NoticeRecord, RenderedNotice
from evidence.cases.case_states import CaseState, EventKind, RejectReason
from evidence.recorder import Recorder
from evidence.store import Store
from ocr.reading import ReadingStatus, unreadable

DOUBTFUL = make_reading("29B1123", status=ReadingStatus.DOUBTFUL, confidence=0.4, kind=None)


def confirm(store: Store, case_id: str, officer: Account, *, version: int = 1, at: datetime = NOW) -> CaseState:
    with store.session() as session:
        return review.confirm(session, case_id, officer=officer, at=at, version=version).state


def reject(store: Store, case_id: str, officer: Account, *, version: int = 1) -> CaseState:
    reason = RejectReason.OFFICER_SIGNAL
    with store.session() as session:
        return review.reject(session, case_id, officer=officer, at=NOW, version=version, reason=reason, note="x").state


def correct(store: Store, case_id: str, officer: Account, text: str, *, version: int = 1) -> int:
    with store.session() as session:
        return review.correct_plate(session, case_id, officer=officer, at=NOW, version=version, text=text).version


def reopen(store: Store, case_id: str, officer: Account, *, version: int = 2, note: str = "look again") -> CaseState:
    with store.session() as session:
        return review.reopen(session, case_id, officer=officer, at=NOW, version=version, note=note).state


def render(draft: NoticeDraft) -> RenderedNotice:
    return RenderedNotice(f"%PDF {draft.number} {draft.case.summary.plate.text}".encode(), {"number": draft.number})


def issue(store: Store, case_id: str, officer: Account, *, at: datetime = NOW) -> NoticeRecord:
    with store.session() as session:
        return review.issue_notice(session, case_id, officer=officer, at=at, render=render)


class TestConfirm:
    def test_leaves_a_confirmed_case_an_event_and_an_audit_line(
        self, store: Store, record: Record, officer: Account
    ) -> None:
        case_id = str(record())
        with store.session() as session:
            review.confirm(session, case_id, officer=officer, at=NOW, version=1, ip="10.0.0.7")
        with store.reading() as session:
            view = review.case_view(session, case_id)
            line = audit.list_entries(session, case_id=case_id)[0]
        assert view.summary.state is CaseState.CONFIRMED
        assert [(event.kind, event.actor) for event in view.events] == [
            (EventKind.RECORDED, "system"),
            (EventKind.CONFIRMED, "huong"),
        ]
        assert (line.who, line.what, line.ip, line.at) == ("huong", "confirmed", "10.0.0.7", NOW)

    @pytest.mark.parametrize("reading", [DOUBTFUL, unreadable(lines=2)], ids=["doubtful", "unreadable"])
    def test_needs_an_officer_to_vouch_for_an_uncertain_plate(
        self, store: Store, record: Record, officer: Account, reading: object
    ) -> None:
        case_id = str(record(reading=reading))
        with pytest.raises(errors.PlateNotVerified):
            confirm(store, case_id, officer)
        assert correct(store, case_id, officer, "29-B1 123.45") == 2
        assert confirm(store, case_id, officer, version=2) is CaseState.CONFIRMED

    def test_refuses_footage_of_unknown_time(
        self, store: Store, recorder: Recorder, footage_path: object, officer: Account
    ) -> None:
        untimed = FootageFile(footage_path)  # type: ignore[arg-type]
        epoch = untimed.started_at
        violation = make_violation(
            captured_at=epoch + timedelta(seconds=4),
            from_at=epoch + timedelta(seconds=3),
            to_at=epoch + timedelta(seconds=5),
        )
        (case_id,) = recorder.record([violation], reading=make_reading(), source=untimed, **surroundings(violation))
        with pytest.raises(errors.ClockUnknown):
            confirm(store, case_id, officer)

    def test_expires_after_one_year_to_the_moment(self, store: Store, record: Record, officer: Account) -> None:
        case_id = str(record())
        expiry = (START + timedelta(seconds=4)).replace(year=START.year + 1)
        with pytest.raises(errors.CaseExpired):
            confirm(store, case_id, officer, at=expiry)
        assert confirm(store, case_id, officer, at=expiry - timedelta(microseconds=1)) is CaseState.CONFIRMED

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
    def test_is_not_for_operators_and_admins(self, store: Store, record: Record, role: Role) -> None:
        case_id = str(record())
        with pytest.raises(errors.NotAllowed):
            confirm(store, case_id, make_account(store, "kien", role))

    def test_of_a_case_nobody_has_is_refused(self, store: Store, officer: Account) -> None:
        with pytest.raises(errors.CaseNotFound) as refused:
            confirm(store, "PN-0000-0000-0000", officer)
        assert refused.value.status == 404


class TestDeciding:
    def test_twice_is_refused_and_names_who_was_first(self, store: Store, record: Record, officer: Account) -> None:
        case_id = str(record())
        confirm(store, case_id, officer)
        for again in (confirm, reject):
            with pytest.raises(errors.CaseAlreadyDecided, match="huong"):
                again(store, case_id, make_account(store, f"linh-{again.__name__}", Role.OFFICER), version=2)

    def test_on_an_old_page_is_refused(self, store: Store, record: Record, officer: Account) -> None:
        case_id = str(record())
        correct(store, case_id, officer, "29-B1 123.46")
        with pytest.raises(errors.CaseChanged):
            confirm(store, case_id, officer, version=1)

    @pytest.mark.parametrize("acts", [(confirm, reject), (confirm, confirm), (reject, reject)])
    def test_by_two_officers_at_once_has_one_winner(
        self, store: Store, record: Record, officer: Account, acts: tuple[Callable[..., CaseState], ...]
    ) -> None:
        officers = [officer, make_account(store, "linh", Role.OFFICER)]
        for n in range(5):
            case_id = str(record(n))
            won, refused = race(
                [
                    lambda act=act, who=who, case=case_id: act(store, case, who)
                    for act, who in zip(acts, officers, strict=True)
                ]
            )
            assert (len(won), [type(error) for error in refused]) == (1, [errors.CaseAlreadyDecided])
            with store.reading() as session:
                view = review.case_view(session, case_id)
                lines = audit.list_entries(session, case_id=case_id)
            assert [event.seq for event in view.events] == [1, 2]
            assert (view.summary.state, len(lines)) == (won[0], 1)

    def test_leaves_nothing_when_refused(self, store: Store, record: Record, officer: Account) -> None:
        case_id = str(record())
        with pytest.raises(errors.CaseChanged):
            reject(store, case_id, officer, version=9)
        with store.reading() as session:
            assert len(review.case_view(session, case_id).events) == 1
            assert audit.list_entries(session) == []


class TestReject:
    def test_keeps_reason_and_note(self, store: Store, record: Record, officer: Account) -> None:
        case_id = str(record())
        assert reject(store, case_id, officer) is CaseState.REJECTED
        with store.reading() as session:
            assert review.case_view(session, case_id).events[-1].details == {"reason": "officer_signal", "note": "x"}

    def test_refuses_an_endless_note(self, store: Store, record: Record, officer: Account) -> None:
        case_id = str(record())
        with pytest.raises(errors.DecisionIncomplete), store.session() as session:
            review.reject(
                session, case_id, officer=officer, at=NOW, version=1, reason=RejectReason.DUPLICATE, note="x" * 2001
            )

    def test_reasons_have_words_in_both_languages(self) -> None:
        texts = [(reason.text("vi"), reason.text("en")) for reason in RejectReason]
        assert len(set(texts)) == len(RejectReason)
        assert all(vi and en and vi != en for vi, en in texts)


class TestReopen:
    def test_is_for_supervisors_with_a_note(self, store: Store, record: Record, officer: Account) -> None:
        case_id, chief = str(record()), make_account(store, "chi-huy", Role.SUPERVISOR)
        with pytest.raises(errors.CaseNotRejected):
            reopen(store, case_id, chief, version=1)
        reject(store, case_id, officer)
        with pytest.raises(errors.NotAllowed):
            reopen(store, case_id, officer)
        with pytest.raises(errors.DecisionIncomplete):
            reopen(store, case_id, chief, note="  ")
        assert reopen(store, case_id, chief) is CaseState.RECORDED
        assert confirm(store, case_id, officer, version=3) is CaseState.CONFIRMED


class TestPlate:
    def test_correction_is_normalised_and_kept_beside_the_machines(
        self, store: Store, record: Record, officer: Account
    ) -> None:
        case_id = str(record(reading=DOUBTFUL))
        correct(store, case_id, officer, " 29-b1 123.45 ")
        with store.reading() as session:
            view = review.case_view(session, case_id)
        plate = view.summary.plate
        assert (plate.text, plate.machine_text, plate.verified, plate.corrected) == ("29B112345", "29B1123", True, True)
        assert view.events[-1].kind is EventKind.PLATE_CORRECTED
        assert view.manifest.plate is not None
        assert view.manifest.plate.text == "29B1123"

    def test_the_same_text_affirms(self, store: Store, record: Record, officer: Account) -> None:
        case_id = str(record())
        correct(store, case_id, officer, "29-B1 123.45")
        with store.reading() as session:
            view = review.case_view(session, case_id)
        assert (view.events[-1].kind, view.summary.plate.corrected) == (EventKind.PLATE_AFFIRMED, False)

    @pytest.mark.parametrize("text", ["", "hello", "13A-123.45", "29B1-1234567", "30F-25", "<script>"])
    def test_text_that_is_no_plate_is_refused(self, store: Store, record: Record, officer: Account, text: str) -> None:
        case_id = str(record())
        with pytest.raises(errors.PlateTextInvalid) as refused:
            correct(store, case_id, officer, text)
        assert refused.value.status == 422

    def test_a_motorcycle_plate_on_a_car_is_refused(self, store: Store, record: Record, officer: Account) -> None:
        case_id = str(record(vehicle_class=VehicleClass.CAR))
        with pytest.raises(errors.PlateTextInvalid):
            correct(store, case_id, officer, "29-AA 123.45")


class TestQueue:
    def test_pages_forwards_and_backwards_without_gap_or_twin(self, store: Store, record: Record) -> None:
        ids = [str(record(n)) for n in (3, 0, 4, 1, 2)]
        in_order = [ids[ids_index] for ids_index in (1, 3, 4, 0, 2)]
        with store.reading() as session:
            first = review.queue(session, limit=2)
            second = review.queue(session, limit=2, after=first[-1].cursor)
            third = review.queue(session, limit=2, after=second[-1].cursor)
            back = review.queue(session, limit=2, before=third[0].cursor)
            everything = review.queue(session)
        assert [case.id for case in first + second + third] == in_order
        assert [case.id for case in everything] == in_order
        assert back == second

    def test_narrows_by_state_code_camera_and_plate(self, store: Store, record: Record, officer: Account) -> None:
        red, lane = str(record(0)), str(record(1, code="WRONG_LANE"))
        correct(store, lane, officer, "29-B1 999.99")
        confirm(store, red, officer)

        def found(**wanted: object) -> list[str]:
            with store.reading() as session:
                return [case.id for case in review.queue(session, **wanted)]  # type: ignore[arg-type]

        assert found() == [lane]
        assert found(state=None) == [red, lane]
        assert found(state=CaseState.CONFIRMED) == [red]
        assert found(state=None, code="WRONG_LANE") == [lane]
        assert found(camera_id="elsewhere") == []
        assert found(plate="999.9") == [lane]
        assert found(plate="%") == [lane]
        assert found(state=None, plate="29-b1 1") == [red]

    def test_refuses_a_cursor_that_is_not_ours(self, store: Store) -> None:
        with pytest.raises(errors.StoreError, match="cursor"), store.reading() as session:
            review.queue(session, after="yesterday~1")

    def test_counts(self, store: Store, record: Record, officer: Account) -> None:
        record(0), record(1, code="WRONG_LANE")
        reject(store, str(record(2)), officer)
        with store.reading() as session:
            counted = review.counts(session)
        assert counted.by_state == {
            CaseState.RECORDED: 2, CaseState.CONFIRMED: 0, CaseState.REJECTED: 1, CaseState.NOTICED: 0
        }  # fmt: skip
        assert counted.undecided_by_code == {"RED_LIGHT": 1, "WRONG_LANE": 1}
        assert counted.undecided_by_camera == {"tran-phu-01": 2}

    def test_next_case_walks_round_and_ends(self, store: Store, record: Record, officer: Account) -> None:
        a, b, c = (str(record(n)) for n in range(3))

        def next_of(after: str | None) -> str | None:
            with store.reading() as session:
                return review.next_case(session, after)

        assert [next_of(None), next_of(a), next_of(b), next_of(c)] == [a, b, c, a]
        confirm(store, b, officer)
        assert next_of(a) == c
        confirm(store, a, officer)
        assert (next_of(a), next_of(c)) == (c, None)
        confirm(store, c, officer)
        assert next_of(c) is None

    def test_shows_the_deadlines(self, store: Store, record: Record) -> None:
        record()
        with store.reading() as session:
            case = review.queue(session)[0]
        assert case.notice_due_at == case.captured_at + timedelta(days=10)
        assert case.expires_at == case.captured_at + timedelta(days=365)


class TestNotice:
    def test_is_issued_once_and_comes_back_the_same(self, store: Store, record: Record, officer: Account) -> None:
        case_id = str(record())
        confirm(store, case_id, officer)
        first = issue(store, case_id, officer)
        second = issue(store, case_id, officer, at=NOW + timedelta(days=1))
        assert (first.is_new, second.is_new) == (True, False)
        assert (first.number, first.pdf, first.issued_at) == (second.number, second.pdf, second.issued_at)
        with store.reading() as session:
            view = review.case_view(session, case_id)
            assert review.notice_of(session, case_id) == second
        assert (view.summary.state, view.notice_number) == (CaseState.NOTICED, "1/2026/TB-PC08")

    def test_needs_a_confirmed_case(self, store: Store, record: Record, officer: Account) -> None:
        with pytest.raises(errors.CaseNotConfirmed):
            issue(store, str(record()), officer)

    def test_that_cannot_be_rendered_uses_no_number(self, store: Store, record: Record, officer: Account) -> None:
        case_id = str(record())
        confirm(store, case_id, officer)

        def fail(draft: NoticeDraft) -> RenderedNotice:
            raise RuntimeError(draft.number)

        with pytest.raises(RuntimeError), store.session() as session:
            review.issue_notice(session, case_id, officer=officer, at=NOW, render=fail)
        assert issue(store, case_id, officer).number == "1/2026/TB-PC08"

    def test_is_numbered_anew_each_local_year(self, store: Store, record: Record, officer: Account) -> None:
        midnight_in_hanoi = datetime.fromisoformat("2027-01-01T00:00:00+07:00")
        numbers = []
        for n, at in enumerate((NOW, midnight_in_hanoi - timedelta(seconds=1), midnight_in_hanoi)):
            case_id = str(record(n))
            confirm(store, case_id, officer)
            numbers.append(issue(store, case_id, officer, at=at).number)
        assert numbers == ["1/2026/TB-PC08", "2/2026/TB-PC08", "1/2027/TB-PC08"]

    def test_issued_at_once_by_two_have_numbers_without_gap_or_twin(
        self, store: Store, record: Record, officer: Account
    ) -> None:
        cases = [str(record(n)) for n in range(3)]
        for case_id in cases:
            confirm(store, case_id, officer)
        jobs = [lambda case=case_id: issue(store, case, officer) for case_id in cases * 2]
        done, refused = race(jobs)
        assert refused == []
        assert {notice.number for notice in done} == {f"{n}/2026/TB-PC08" for n in (1, 2, 3)}
        assert sum(notice.is_new for notice in done) == 3


def race(jobs: list[Callable[[], Any]]) -> tuple[list[Any], list[Exception]]:
    """Run the jobs at the same moment; what they returned and what they raised."""
    start, done, refused = threading.Barrier(len(jobs)), [], []

    def run(job: Callable[[], Any]) -> None:
        start.wait()
        try:
            done.append(job())
        except Exception as error:
            refused.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done, refused
