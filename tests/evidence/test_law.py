"""The law as a dated table: the day of the act decides, in Vietnam's calendar, and nothing else does."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from detector.vocabulary import VehicleClass
from evidence.cases.law import (
    act_en,
    act_vi,
    deadlines,
    penalties_for,
    penalty_for,
    required_signer,
)
from evidence.cases.law_tables import penalty_rows, signer_rows
from evidence.local_time import LOCAL_ZONE
from models.errors import LawError

CAR, MOTORCYCLE, BUS, TRUCK, BICYCLE = (
    VehicleClass.CAR,
    VehicleClass.MOTORCYCLE,
    VehicleClass.BUS,
    VehicleClass.TRUCK,
    VehicleClass.BICYCLE,
)
TODAY = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
CODES = ("RED_LIGHT", "STOP_OVER_LINE", "SOLID_LINE", "WRONG_LANE", "WRONG_WAY", "HELMET_RIDER", "HELMET_PASSENGER")


@pytest.mark.parametrize(
    ("code", "vehicle_class", "citation", "average_vnd", "points"),
    [
        ("HELMET_RIDER", MOTORCYCLE, "điểm h khoản 2 Điều 7 Nghị định 168/2024/NĐ-CP", 500_000, 0),
        ("HELMET_PASSENGER", MOTORCYCLE, "điểm b khoản 5 Điều 12 Nghị định 168/2024/NĐ-CP", 500_000, 0),
        ("RED_LIGHT", MOTORCYCLE, "điểm c khoản 7 Điều 7 Nghị định 168/2024/NĐ-CP", 5_000_000, 4),
        ("RED_LIGHT", CAR, "điểm b khoản 9 Điều 6 Nghị định 168/2024/NĐ-CP", 19_000_000, 4),
        ("RED_LIGHT", BUS, "điểm b khoản 9 Điều 6 Nghị định 168/2024/NĐ-CP", 19_000_000, 4),
        ("RED_LIGHT", BICYCLE, "điểm đ khoản 2 Điều 9 Nghị định 168/2024/NĐ-CP", 200_000, 0),
        ("STOP_OVER_LINE", MOTORCYCLE, "điểm a khoản 1 Điều 7 Nghị định 168/2024/NĐ-CP", 300_000, 0),
        ("SOLID_LINE", CAR, "điểm a khoản 1 Điều 6 Nghị định 168/2024/NĐ-CP", 500_000, 0),
        ("STOP_OVER_LINE", CAR, "điểm a khoản 1 Điều 6 Nghị định 168/2024/NĐ-CP", 500_000, 0),
        ("WRONG_LANE", MOTORCYCLE, "điểm d khoản 3 Điều 7 Nghị định 168/2024/NĐ-CP", 700_000, 0),
        ("WRONG_LANE", TRUCK, "điểm b khoản 5 Điều 6 Nghị định 168/2024/NĐ-CP", 5_000_000, 2),
        ("WRONG_WAY", MOTORCYCLE, "điểm a khoản 7 Điều 7 Nghị định 168/2024/NĐ-CP", 5_000_000, 2),
        ("WRONG_WAY", CAR, "điểm d khoản 9 Điều 6 Nghị định 168/2024/NĐ-CP", 19_000_000, 4),
    ],
)
def test_penalties_of_today(
    code: str, vehicle_class: VehicleClass, citation: str, average_vnd: int, points: int
) -> None:
    penalty = penalty_for(code, vehicle_class, TODAY)
    assert (penalty.citation, penalty.fine_average_vnd, penalty.points) == (citation, average_vnd, points)
    assert penalty.fine_min_vnd < penalty.fine_average_vnd < penalty.fine_max_vnd
    assert penalty.code == code
    assert penalty.confidence == "A"


@pytest.mark.parametrize(
    ("local", "decree", "average_vnd", "confidence"),
    [
        (datetime(2020, 1, 1, 0, 0, tzinfo=LOCAL_ZONE), "100/2019", 800_000, "B"),
        (datetime(2021, 12, 31, 23, 59, 59, tzinfo=LOCAL_ZONE), "100/2019", 800_000, "B"),
        (datetime(2022, 1, 1, 0, 0, tzinfo=LOCAL_ZONE), "100/2019+123/2021", 900_000, "B"),
        (datetime(2024, 12, 31, 23, 59, 59, tzinfo=LOCAL_ZONE), "100/2019+123/2021", 900_000, "B"),
        (datetime(2025, 1, 1, 0, 0, tzinfo=LOCAL_ZONE), "168/2024", 5_000_000, "A"),
    ],
)
def test_the_local_day_of_the_act_decides(local: datetime, decree: str, average_vnd: int, confidence: str) -> None:
    captured_at = local.astimezone(UTC)
    penalty = penalty_for("RED_LIGHT", MOTORCYCLE, captured_at)
    assert (penalty.decree, penalty.fine_average_vnd, penalty.confidence) == (decree, average_vnd, confidence)


def test_an_amended_decree_is_cited_with_what_amended_it() -> None:
    penalty = penalty_for("RED_LIGHT", CAR, datetime(2023, 5, 1, tzinfo=UTC))
    assert penalty.citation == (
        "điểm a khoản 5 Điều 5 Nghị định 100/2019/NĐ-CP (được sửa đổi, bổ sung tại Nghị định 123/2021/NĐ-CP)"
    )
    assert penalty.citation_en.endswith("Decree 100/2019/NĐ-CP (as amended by Decree 123/2021/NĐ-CP)")


def test_a_clause_without_points_is_cited_without() -> None:
    penalty = penalty_for("WRONG_WAY", MOTORCYCLE, datetime(2021, 5, 1, tzinfo=UTC))
    assert penalty.citation == "khoản 5 Điều 6 Nghị định 100/2019/NĐ-CP"


@pytest.mark.parametrize(
    ("code", "vehicle_class", "captured_at"),
    [
        ("RED_LIGHT", MOTORCYCLE, datetime(2019, 12, 31, tzinfo=UTC)),  # before every table
        ("HELMET_RIDER", CAR, TODAY),
        ("HELMET_RIDER", BICYCLE, TODAY),  # no duty on a pedal cycle
        ("WRONG_LANE", BICYCLE, TODAY),
        ("HELMET_PASSENGER", MOTORCYCLE, datetime(2023, 1, 1, tzinfo=UTC)),  # the passenger himself: not in that table
        ("SPEEDING", CAR, TODAY),  # no code of ours: speed is never inferred from video
    ],
)
def test_acts_without_a_rule_are_refused(code: str, vehicle_class: VehicleClass, captured_at: datetime) -> None:
    with pytest.raises(LawError):
        penalty_for(code, vehicle_class, captured_at)


def test_a_passengers_bare_head_is_two_acts() -> None:
    own, carrying = penalties_for("HELMET_PASSENGER", MOTORCYCLE, TODAY)
    assert (own.code, own.article) == ("HELMET_PASSENGER", "12")
    assert (carrying.code, carrying.article, carrying.point) == ("HELMET_CARRY_PASSENGER", "7", "i")


def test_where_only_the_rider_was_punishable_only_his_act_is_offered() -> None:
    (only,) = penalties_for("HELMET_PASSENGER", MOTORCYCLE, datetime(2021, 1, 1, tzinfo=UTC))
    assert only.code == "HELMET_CARRY_PASSENGER"


def test_every_other_code_is_one_act() -> None:
    for code in CODES[:-1]:
        assert len(penalties_for(code, MOTORCYCLE, TODAY)) == 1


def test_stopping_over_the_line_keeps_its_own_words() -> None:
    penalty = penalty_for("STOP_OVER_LINE", CAR, TODAY)
    assert (penalty.code, penalty.law_code) == ("STOP_OVER_LINE", "SIGN_MARKING")
    assert "vạch dừng" in penalty.act_vi


def test_every_code_has_words_in_both_languages() -> None:
    for code in CODES:
        assert act_vi(code) != act_en(code)
    with pytest.raises(LawError, match="NO_SUCH"):
        act_vi("NO_SUCH")


def test_a_time_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="zone"):
        penalty_for("RED_LIGHT", CAR, TODAY.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("code", "vehicle_class", "on", "title"),
    [
        ("HELMET_RIDER", MOTORCYCLE, date(2026, 11, 22), "Chiến sĩ"),
        ("RED_LIGHT", MOTORCYCLE, date(2026, 11, 22), "Trạm trưởng"),  # points need the power to suspend
        ("RED_LIGHT", CAR, date(2026, 11, 22), "Trạm trưởng"),
        ("RED_LIGHT", CAR, date(2026, 8, 14), "Trạm trưởng"),
        ("WRONG_LANE", CAR, date(2026, 11, 22), "Trạm trưởng"),
        ("STOP_OVER_LINE", CAR, date(2026, 11, 22), "Chiến sĩ"),
        ("RED_LIGHT", CAR, date(2025, 6, 30), "Giám đốc"),  # 20 million was above the division head's 15 then
        ("RED_LIGHT", MOTORCYCLE, date(2025, 6, 30), "Trưởng phòng"),
        ("HELMET_RIDER", MOTORCYCLE, date(2025, 6, 30), "Trạm trưởng"),
    ],
)
def test_who_may_decide_follows_the_day_of_signing(
    code: str, vehicle_class: VehicleClass, on: date, title: str
) -> None:
    penalty = penalty_for(code, vehicle_class, datetime(2025, 3, 1, tzinfo=UTC))
    assert required_signer((penalty,), on).title_vi.startswith(title)


def test_nobody_may_decide_before_the_table_begins() -> None:
    penalty = penalty_for("RED_LIGHT", CAR, TODAY)
    with pytest.raises(LawError, match="no title"):
        required_signer((penalty,), date(2024, 12, 31))


def test_deadlines_are_counted_from_their_own_starts() -> None:
    captured_at = datetime(2026, 11, 1, 20, 0, tzinfo=UTC)  # 03:00 on 2 November in Vietnam
    clock = deadlines(captured_at, captured_at + timedelta(days=2), captured_at + timedelta(days=5))
    assert clock.notice_due_at == captured_at + timedelta(days=12)
    assert clock.registry_warning_at == captured_at + timedelta(days=25)
    assert clock.expires_at == datetime(2027, 11, 2, 3, 0, tzinfo=LOCAL_ZONE)
    assert deadlines(captured_at).registry_warning_at is None
    assert deadlines(captured_at).notice_due_at == captured_at + timedelta(days=10)


def test_a_leap_day_expires_on_the_last_of_february() -> None:
    captured_at = datetime(2028, 2, 29, 5, 0, tzinfo=UTC)
    assert deadlines(captured_at).expires_at.astimezone(LOCAL_ZONE).date() == date(2029, 2, 28)


def test_the_shipped_tables_hold_every_code_for_the_vehicles_it_fits() -> None:
    assert len(penalty_rows()) == 110
    for code in CODES:
        assert penalties_for(code, MOTORCYCLE, TODAY)
    assert {row.title_vi for row in signer_rows() if row.covers(TODAY.date())} >= {"Trưởng Công an cấp xã"}


HEADER = (
    "code,vehicle_class,decree,article,clause,point,fine_min,fine_max,fine_avg,points,additional,"
    "effective_from,effective_to,confidence,note\n"
)
ROW = "RED_LIGHT,moto,168/2024,7,7,c,4000000,6000000,5000000,4,,2025-01-01,,A,\n"


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (HEADER, "", "empty"),
        (HEADER + ROW.replace("5000000", "5100000"), ":2", "middle"),
        (HEADER + ROW + ROW, ":3", "ruled twice on 2025-01-01"),
        (HEADER + ROW.replace("2025-01-01,", "2020-01-01,2025-01-01") + ROW, ":3", "ruled twice on 2025-01-01"),
        (HEADER + ROW.replace(",A,", ",D,"), ":2", "confidence"),
        (HEADER + ROW.replace("2025-01-01", "1/1/2025"), ":2", "effective_from"),
        (HEADER.replace("note", "remark") + ROW, ":2", "note"),
        (HEADER + ROW.replace("168/2024", "168"), ":2", "decree"),
    ],
)
def test_a_faulty_table_is_refused_with_file_and_line(tmp_path: Path, content: str, where: str, what: str) -> None:
    path = tmp_path / "penalties.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LawError, match=what) as caught:
        penalty_rows(path)
    assert f"{path}{where}" in caught.value.line()


def test_rules_that_follow_each_other_are_no_overlap(tmp_path: Path) -> None:
    path = tmp_path / "penalties.csv"
    old = ROW.replace("2025-01-01,", "2020-01-01,2024-12-31")
    path.write_text(HEADER + ROW + old, encoding="utf-8")
    assert len(penalty_rows(path)) == 2
