"""Cases of several violations over HTTP: pages and JSON show all of them, and single ones are dropped and taken back."""

import re
from pathlib import Path

import pytest

from tests.api.conftest import Desk
from tests.api.rooms import Room, record_rider


@pytest.fixture
def rider(room: Room, tmp_path: Path) -> str:
    return record_rider(room, tmp_path)


def test_the_queue_shows_all_codes_and_finds_the_case_by_each(room: Room, rider: str, officer: Desk) -> None:
    page = officer.get("/?code=HELMET_PASSENGER").text
    assert re.findall(r'<tr data-href="/cases/([^"?]+)', page) == [rider]
    for words in ("Vượt đèn đỏ", "+ Không mũ (người lái)", "+ Không mũ (người ngồi sau)"):
        assert words in page
    counts = officer.get("/api/v1/queue/counts").json()
    assert counts["code"] == {"HELMET_PASSENGER": 1, "HELMET_RIDER": 2, "RED_LIGHT": 3, "WRONG_LANE": 1}
    assert counts["total"] == 5
    listed = officer.get("/api/v1/queue?code=HELMET_RIDER").json()["cases"]
    assert [case["id"] for case in listed] == [room.cases["unreadable"], rider]


def test_the_page_tells_every_violation_with_its_law_facts_and_still(rider: str, officer: Desk) -> None:
    page = officer.get(f"/cases/{rider}").text
    for words in (
        "khoản 7 Điều 7 Nghị định 168/2024",
        "điểm h khoản 2 Điều 7",
        "điểm b khoản 5 Điều 12",
        "Người được chở trên xe",
        "Số lần thấy đầu trần",
        f"/cases/{rider}/files/during_3.jpg",
        "Xác nhận 3 hành vi",
    ):
        assert words in page
    assert page.count('class="headbox"') == 2
    still = officer.get(f"/cases/{rider}/files/during_2.jpg")
    assert (still.status_code, still.headers["content-type"]) == (200, "image/jpeg")
    assert officer.get(f"/cases/{rider}/files/during_4.jpg").status_code == 404


def test_the_law_of_several_acts_is_a_list_that_unfolds(room: Room, rider: str, officer: Desk) -> None:
    page = officer.get(f"/cases/{rider}").text
    acts = re.findall(r'<details class="act">.*?<b>(.*?)</b><span class="brief">(.*?)</span>', page, re.S)
    assert [brief for _, brief in acts] == ["4.000.000 – 6.000.000 đồng · 4 điểm", *["400.000 – 600.000 đồng"] * 3]
    assert acts[0][0] == "Không chấp hành hiệu lệnh của đèn tín hiệu giao thông"
    assert page.count("Mô tô, xe máy · đi thẳng") == 1  # one vehicle: it is told once
    assert "<details class=" not in officer.get(f"/cases/{room.cases['clear']}").text


def test_a_case_of_one_offers_nothing_to_drop(room: Room, officer: Desk) -> None:
    page = officer.get(f"/cases/{room.cases['clear']}").text
    assert "data-digit" not in page
    assert "data-drop" not in page
    refused = officer.post(f"/cases/{room.cases['clear']}/violations/1/drop", {"version": 1, "reason": "duplicate"})
    assert refused.status_code == 409
    assert "Chỉ còn một hành vi" in refused.text


def test_programs_drop_take_back_and_confirm(rider: str, officer: Desk) -> None:
    base = f"/api/v1/cases/{rider}"
    case = officer.get(base).json()["case"]
    assert (case["code"], case["captured_at"]) == ("RED_LIGHT", case["violations"][0]["captured_at"])
    body = {"version": 1, "reason": "child_under_6", "note": "bé 4 tuổi"}
    dropped = officer.post(f"{base}/violations/3/drop", json=body).json()
    assert [one["dropped"] for one in dropped["violations"]] == [None, None, "child_under_6"]
    assert officer.post(f"{base}/violations/2/drop", json=body).json()["error"] == "case_changed"
    kept = officer.post(f"{base}/violations/3/keep", json={"version": 2}).json()
    assert [one["dropped"] for one in kept["violations"]] == [None] * 3
    officer.post(f"{base}/violations/1/drop", json={"version": 3, "reason": "officer_signal"})
    assert officer.post(f"{base}/confirm", json={"version": 4}).json()["case"]["state"] == "confirmed"
    events = officer.get(base).json()["events"]
    assert [event["kind"] for event in events[1:]] == [
        "violation_dropped",
        "violation_kept",
        "violation_dropped",
        "confirmed",
    ]
    assert events[-1]["details"]["codes"] == ["HELMET_RIDER", "HELMET_PASSENGER"]
    page = officer.get(f"/cases/{rider}").text
    assert "<s>Vượt đèn đỏ</s>" in page
    assert "khoản 7 Điều 7 Nghị định 168/2024" not in page


@pytest.mark.parametrize(
    ("number", "form", "status"),
    [
        ("0", {"version": 1, "reason": "duplicate"}, 422),
        ("10", {"version": 1, "reason": "duplicate"}, 422),
        ("x", {"version": 1, "reason": "duplicate"}, 422),
        ("4", {"version": 1, "reason": "duplicate"}, 404),
        ("2", {"version": 1, "reason": "bored"}, 422),
        ("2", {"version": 1}, 422),
        ("2", {"version": 1, "reason": "duplicate", "note": "x" * 1001}, 422),
        ("2", {"version": 7, "reason": "duplicate"}, 409),
    ],
)
def test_what_makes_no_sense_is_refused(
    rider: str, officer: Desk, number: str, form: dict[str, object], status: int
) -> None:
    assert officer.post(f"/cases/{rider}/violations/{number}/drop", form).status_code == status
    assert officer.post(f"/api/v1/cases/{rider}/violations/{number}/drop", json=form).status_code == status
    assert officer.get(f"/api/v1/cases/{rider}").json()["case"]["version"] == 1


def test_a_dropped_violation_is_taken_back_on_the_page(rider: str, officer: Desk) -> None:
    dropped = officer.post(f"/cases/{rider}/violations/2/drop", {"version": 1, "reason": "poor_evidence"})
    assert dropped.status_code == 200
    assert "Đã bỏ: Hình ảnh không đủ rõ" in dropped.text
    assert f"/cases/{rider}/violations/2/keep" in dropped.text
    kept = officer.post(f"/cases/{rider}/violations/2/keep", {"version": 2})
    assert "Đã bỏ" not in kept.text
    assert "Lấy lại hành vi" in kept.text
