"""What an officer does with cases, over HTTP: pages and JSON stand on the same desk."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from pypdf import PdfReader

from api.web.routes.files import KINDS
from evidence.cases import audit, review
from evidence.store.store import Store
from evidence.vault.vault import Vault
from tests.api.conftest import Desk, stranger
from tests.api.rooms import Room


def folder(room: Room, name: str):
    return Vault.open(room.settings.packages_folder, room.settings.keys_folder).folder(room.cases[name])


def audit_lines(room: Room, case_id: str) -> list[str]:
    """What the audit log says about a case, oldest first."""
    store = Store.open(room.settings.store_url)
    with store.reading() as session:
        entries = audit.list_entries(session, case_id=case_id)
    store.close()
    return [entry.what for entry in reversed(entries)]


def test_the_queue_shows_every_waiting_case_in_words(room: Room, officer: Desk) -> None:
    page = officer.get("/").text
    assert page.count("<tr data-href=") == 4
    for words in ("Vượt đèn đỏ", "51F-970.22", "08:15:04", "20/11/2026", "Chưa chắc", "Không đọc được", "còn 7 ngày"):
        assert words in page


def test_the_queue_is_narrowed_and_keeps_its_filter_from_case_to_case(room: Room, officer: Desk) -> None:
    page = officer.get("/?code=RED_LIGHT").text
    assert re.findall(r'<tr data-href="([^"]+)"', page) == [
        f"/cases/{room.cases['clear']}?code=RED_LIGHT",
        f"/cases/{room.cases['doubtful']}?code=RED_LIGHT",
    ]
    assert officer.get("/?plate=51f-970").text.count("<tr data-href=") == 1
    assert officer.get("/?camera=elsewhere").text.count("<tr data-href=") == 0
    decided = officer.post(f"/cases/{room.cases['clear']}/confirm", {"version": 1, "code": "RED_LIGHT"})
    assert decided.headers["location"] == f"/cases/{room.cases['doubtful']}?code=RED_LIGHT"


@pytest.mark.parametrize("query", ["before=x", "state=lost", "after=9~", "plate=" + "9" * 200])
def test_a_queue_address_that_makes_no_sense_is_a_clear_422(officer: Desk, query: str) -> None:
    answer = officer.get(f"/?{query}")
    assert answer.status_code == 422
    assert "Dữ liệu không hợp lệ" in answer.text


def test_pages_of_the_queue_follow_each_other(room: Room, officer: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.web.routes.queue.PAGE_CASES", 3)
    first = officer.get("/").text
    later = re.search(r'href="([^"]+)" rel="next"', first)
    assert later is not None
    assert 'rel="prev"' not in first
    second = officer.get(later[1].replace("&amp;", "&")).text
    assert second.count("<tr data-href=") == 1
    earlier = re.search(r'href="([^"]+)" rel="prev"', second)
    assert earlier is not None
    assert officer.get(earlier[1].replace("&amp;", "&")).text.count("<tr data-href=") == 3


def test_the_case_page_tells_law_facts_and_seal(room: Room, officer: Desk) -> None:
    page = officer.get(f"/cases/{room.cases['clear']}").text
    for words in (
        "18.000.000 – 20.000.000 đồng",
        "khoản 9 Điều 6 Nghị định 168/2024",
        "2 giây",
        "ngưỡng 0,5 giây",
        "1,42 lần chiều cao xe",
        "main: đổi sang đỏ lúc nào đó trong khoảng 08:15:02.00 – 08:15:02.40 (0,40 giây)",
        "Ngã tư Trần Phú",
        "SHA-256",
    ):
        assert words in page


def test_pages_speak_english_on_request(room: Room, officer: Desk) -> None:
    answer = officer.post("/language", {"language": "en", "back": f"/cases/{room.cases['clear']}"})
    assert answer.headers["location"] == f"/cases/{room.cases['clear']}"
    page = officer.get(answer.headers["location"]).text
    assert "Running a red light" in page
    assert "Penalty frame" in page
    assert "main: changed to red at some moment from 08:15:02.00 to 08:15:02.40 (0.40 s)" in page
    assert '<html lang="en">' in page


def test_confirming_goes_on_to_the_next_open_case_with_a_way_back(room: Room, officer: Desk) -> None:
    answer = officer.post(f"/cases/{room.cases['clear']}/confirm", {"version": 1})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/cases/{room.cases['doubtful']}"
    page = officer.get(answer.headers["location"]).text
    assert f"Đã xác nhận {room.cases['clear']}" in page
    assert f'<a href="/cases/{room.cases["clear"]}">Xem lại</a>' in page
    assert "data-toast" not in officer.get(answer.headers["location"]).text


def test_the_last_decision_leads_to_the_empty_queue(room: Room, officer: Desk) -> None:
    targets = [
        officer.post(f"/cases/{case_id}/reject", {"version": 1, "reason": "not_a_violation"}).headers["location"]
        for case_id in room.cases.values()
    ]
    assert targets[-1] == "/"
    assert "Không còn vụ việc nào chờ xử lý" in officer.get("/").text


def test_the_second_officer_is_told_in_one_line_that_the_case_is_decided(
    room: Room, officer: Desk, supervisor: Desk
) -> None:
    path = f"/cases/{room.cases['clear']}"
    officer.get(path), supervisor.get(path)
    assert officer.post(f"{path}/confirm", {"version": 1}).status_code == 303
    late = supervisor.post(f"{path}/reject", {"version": 1, "reason": "not_a_violation"})
    assert late.status_code == 409
    assert late.text.count("Vụ việc vừa được người khác quyết định") == 1
    assert "Đã xác nhận" in late.text
    program = supervisor.post(f"/api/v1{path}/confirm", json={"version": 1})
    assert program.status_code == 409
    assert program.json()["error"] == "case_already_decided"
    assert set(program.json()) == {"error", "detail"}


def test_a_changed_plate_makes_an_older_page_stale(room: Room, officer: Desk, supervisor: Desk) -> None:
    path = f"/cases/{room.cases['clear']}"
    assert officer.post(f"{path}/plate", {"version": 1, "text": "51F-970.23"}).status_code == 200
    stale = supervisor.post(f"{path}/confirm", {"version": 1})
    assert stale.status_code == 409
    assert "Vụ việc vừa được người khác thay đổi" in stale.text


@pytest.mark.parametrize("name", ["doubtful", "unreadable"])
def test_an_uncertain_plate_must_be_vouched_for_first(room: Room, officer: Desk, name: str) -> None:
    path = f"/cases/{room.cases[name]}"
    assert 'data-plate="unsure"' in officer.get(path).text
    refused = officer.post(f"{path}/confirm", {"version": 1})
    assert refused.status_code == 409
    assert "Biển số chưa chắc chắn" in refused.text
    text = {"doubtful": "30A-1234", "unreadable": "23-B1 123.45"}[name]
    corrected = officer.post(f"{path}/plate", {"version": 1, "text": text})
    assert corrected.status_code == 200
    assert 'data-plate="sure"' in corrected.text
    assert officer.post(f"{path}/confirm", {"version": 2}).status_code == 303


@pytest.mark.parametrize("text", ["", "ABC", "99999999", "29-B1 123.45", "<script>alert(1)</script>"[:20]])
def test_a_text_that_is_no_plate_of_such_a_vehicle_is_not_saved(room: Room, officer: Desk, text: str) -> None:
    path = f"/cases/{room.cases['clear']}"
    answer = officer.post(f"{path}/plate", {"version": 1, "text": text})
    assert answer.status_code == 422
    assert "Chưa lưu" in answer.text
    assert "<script>alert" not in answer.text
    assert officer.get(f"/api/v1{path}").json()["case"]["plate"]["text"] == "51F97022"


@pytest.mark.parametrize(
    ("text", "tone", "message"),
    [
        ("51f 970.22", "good", "51F-970.22 · ô tô"),
        ("29b1 123.45", "warn", "không phải biển của ô tô con"),
        ("12", "bad", "Không đúng dạng biển số Việt Nam."),
        ("--", "", ""),
    ],
)
def test_a_plate_is_judged_while_it_is_typed(room: Room, officer: Desk, text: str, tone: str, message: str) -> None:
    query = {"text": text, "case_id": room.cases["clear"]}
    verdict = officer.client.get("/api/v1/plates/check", params=query).json()
    assert verdict["tone"] == tone
    assert message in verdict["message"]


def test_rejecting_needs_a_reason_from_the_list(room: Room, officer: Desk) -> None:
    path = f"/cases/{room.cases['clear']}/reject"
    assert officer.post(path, {"version": 1, "reason": "bored"}).status_code == 422
    assert officer.post(path, {"version": 1}).status_code == 422
    note = "Xe cứu thương, có còi & đèn <b>"
    assert officer.post(path, {"version": 1, "reason": "emergency_vehicle", "note": note}).status_code == 303
    page = officer.get(f"/cases/{room.cases['clear']}").text
    assert "Xe ưu tiên đang làm nhiệm vụ – Xe cứu thương, có còi &amp; đèn &lt;b&gt;" in page


def test_only_a_supervisor_reopens_and_says_why(room: Room, officer: Desk, supervisor: Desk) -> None:
    path = f"/cases/{room.cases['clear']}"
    officer.post(f"{path}/reject", {"version": 1, "reason": "duplicate"})
    assert officer.post(f"{path}/reopen", {"version": 2, "note": "nhầm"}).status_code == 403
    assert supervisor.post(f"{path}/reopen", {"version": 2, "note": " "}).status_code == 422
    assert supervisor.post(f"{path}/reopen", {"version": 2, "note": "nhầm"}).headers["location"] == path
    assert supervisor.get(f"/api/v1{path}").json()["case"]["state"] == "recorded"


def test_a_notice_is_issued_once_and_carries_no_amount(room: Room, officer: Desk) -> None:
    path = f"/cases/{room.cases['clear']}"
    early = officer.post(f"{path}/notice")
    assert early.status_code == 409
    assert "Chỉ lập thông báo cho vụ việc đã xác nhận" in early.text
    assert officer.get(f"{path}/notice.pdf").status_code == 404
    officer.post(f"{path}/confirm", {"version": 1})
    assert officer.post(f"{path}/notice").headers["location"] == path
    again = officer.post(f"/api/v1{path}/notice").json()
    assert again["is_new"] is False
    pdf = officer.get(f"{path}/notice.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    assert again["number"] in text
    assert "51F-970.22" in text
    assert "18.000.000" not in text
    listed = officer.get("/notices").text
    assert again["number"] in listed
    assert f"{path}/notice.pdf" in listed


def test_nobody_confirms_what_is_past_its_year(room: Room, log_in: Any) -> None:
    room.now += timedelta(days=400)
    from evidence.cases.accounts import Role

    desk = log_in(Role.OFFICER)
    path = f"/cases/{room.cases['clear']}"
    page = desk.get(path).text
    assert "Đã quá thời hiệu xử phạt" in page
    assert re.search(r'<button class="good"[^>]* disabled', page)
    assert desk.post(f"{path}/confirm", {"version": 1}).status_code == 409


def test_a_package_is_served_by_name_from_a_fixed_list(room: Room, officer: Desk) -> None:
    base, package = f"/cases/{room.cases['clear']}/files", folder(room, "clear")
    for name in ("clip.mp4", "before.jpg", "during.jpg", "after.jpg", "plate.jpg", "manifest.json", "manifest.sig"):
        answer = officer.get(f"{base}/{name}")
        assert answer.content == (package / name).read_bytes(), name
        assert answer.headers["content-type"].startswith(KINDS[name])
    (package / "notes.txt").write_text("not sealed")
    names = (
        "notes.txt",
        "..%2f..%2fstore.sqlite3",
        "%2e%2e/manifest.json",
        "clip.mp4%00",
        "CLIP.MP4",
        "",
        "/etc/passwd",
    )
    for name in names:
        answer = officer.get(f"{base}/{name}")
        assert answer.status_code == 404, name
        assert b"SQLite" not in answer.content
    assert officer.get("/cases/..%2f..%2fkeys/files/clip.mp4").status_code == 404
    assert officer.get("/cases/PN-0000-0000-0000/files/clip.mp4").status_code == 404


def test_a_link_out_of_the_package_is_not_followed_to_keys(room: Room, officer: Desk) -> None:
    package = folder(room, "clear")
    (package / "overview.jpg").unlink()
    (package / "overview.jpg").symlink_to(next(room.settings.keys_folder.iterdir()))
    assert officer.get(f"/cases/{room.cases['clear']}/files/overview.jpg").status_code == 404


def test_the_clip_answers_range_requests(room: Room, officer: Desk) -> None:
    path = f"/cases/{room.cases['clear']}/files/clip.mp4"
    whole = (folder(room, "clear") / "clip.mp4").read_bytes()
    part = officer.get(path, Range="bytes=100-199")
    assert part.status_code == 206
    assert part.content == whole[100:200]
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole)}"
    assert officer.get(path, Range=f"bytes={len(whole)}-").status_code == 416


def test_the_thumbnail_is_a_small_picture_of_the_vehicle(room: Room, officer: Desk) -> None:
    first = officer.get(f"/cases/{room.cases['clear']}/thumb.jpg")
    assert first.headers["content-type"] == "image/jpeg"
    assert len(first.content) < 20_000
    assert officer.get(f"/cases/{room.cases['clear']}/thumb.jpg").content == first.content
    assert officer.get("/cases/PN-0000-0000-0000/thumb.jpg").status_code == 404


def test_every_look_and_download_is_in_the_audit_log_once(room: Room, officer: Desk, supervisor: Desk) -> None:
    case_id = room.cases["clear"]
    for name in ("clip.mp4", "during.jpg", "after.jpg"):
        officer.get(f"/cases/{case_id}/files/{name}")
    assert audit_lines(room, case_id) == ["case_files_viewed"]
    officer.get(f"/cases/{case_id}")
    officer.get(f"/cases/{case_id}/files/clip.mp4")
    officer.get(f"/api/v1/cases/{case_id}")
    officer.post(f"/cases/{case_id}/confirm", {"version": 1})
    officer.post(f"/cases/{case_id}/notice")
    officer.get(f"/cases/{case_id}/notice.pdf")
    lines = audit_lines(room, case_id)[1:]
    assert lines == ["case_viewed", "case_viewed", "confirmed", "notice_issued", "notice_downloaded"]
    room.now += timedelta(minutes=11)
    officer.get(f"/cases/{case_id}/files/clip.mp4")
    assert audit_lines(room, case_id)[-1] == "case_files_viewed"
    page = supervisor.get(f"/audit?case={case_id}").text
    assert "Tải thông báo" in page
    assert officer.get("/audit").status_code == 403


def test_a_broken_seal_is_shown_with_the_file(room: Room, officer: Desk) -> None:
    path = f"/cases/{room.cases['clear']}"
    assert "Nguyên vẹn" in officer.post(f"{path}/verify").text
    still = folder(room, "clear") / "during.jpg"
    content = bytearray(still.read_bytes())
    content[len(content) // 2] ^= 1
    still.write_bytes(content)
    page = officer.post(f"{path}/verify").text
    assert "KHÔNG KHỚP" in page
    assert "during.jpg" in page
    body = officer.post(f"/api/v1{path}/verify").json()
    assert body["is_whole"] is False
    assert [finding["file"] for finding in body["findings"]] == ["during.jpg"]


def test_nobody_sees_a_traceback(app: FastAPI, officer: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(review, "counts", fail)
    page, program = officer.get("/", Accept="text/html"), officer.get("/api/v1/queue/counts")
    assert (page.status_code, program.status_code) == (500, 500)
    assert program.json()["error"] == "internal"
    for text in (page.text, program.text):
        assert "secret" not in text
        assert "Traceback" not in text
        assert re.search(r"Internal error [0-9a-f]{8}", text)


def test_a_store_that_cannot_be_read_is_unavailable_not_broken(app: FastAPI, room: Room) -> None:
    assert stranger(app).get("/healthz").text == "ok\n"
    app.state.site.store.close()
    for path in room.settings.home.glob("store.sqlite3*"):
        path.unlink()
    (room.settings.home / "store.sqlite3").write_bytes(b"not a database, surely not one at all" * 50)
    answer = stranger(app).get("/healthz", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.json()["error"] == "unavailable"


@pytest.mark.parametrize("path", ["/cases/PN-0000-0000-0000", "/nowhere", "/cases/%3Cscript%3E"])
def test_what_does_not_exist_is_a_page_for_people_and_json_for_programs(officer: Desk, path: str) -> None:
    page = officer.get(path, Accept="text/html")
    assert page.status_code == 404
    assert "<script>" not in page.text
    program = officer.get(path, Accept="application/json")
    assert program.json()["error"] in ("not_found", "case_not_found")


def test_the_api_is_documented_with_its_errors(officer: Desk) -> None:
    schema = officer.get("/openapi.json").json()
    operations = [(path, method, spec) for path, methods in schema["paths"].items() for method, spec in methods.items()]
    assert len(operations) >= 13
    for path, method, spec in operations:
        assert path.startswith("/api/v1/"), path
        assert spec["description"], path
        assert "401" in spec["responses"], (method, path)
        for status, answer in spec["responses"].items():
            if status >= "400":
                reference = answer["content"]["application/json"]["schema"]["$ref"]
                assert reference.endswith("/ErrorBody"), (method, path, status)
    page = officer.get("/docs").text
    assert all(path in page for path, _, _ in operations)


def test_the_json_api_leads_through_a_case(room: Room, officer: Desk) -> None:
    listed = officer.get("/api/v1/queue?limit=3").json()
    assert [case["id"] for case in listed["cases"]] == [room.cases[name] for name in ("clear", "doubtful", "lane")]
    rest = officer.client.get("/api/v1/queue", params={"limit": 3, "after": listed["next_after"]}).json()
    assert [case["id"] for case in rest["cases"]] == [room.cases["unreadable"]]
    assert rest["next_after"] is None
    case = officer.get(f"/api/v1/cases/{room.cases['doubtful']}").json()
    assert case["manifest"]["violations"][0]["code"] == "RED_LIGHT"
    base = f"/api/v1/cases/{room.cases['doubtful']}"
    plate = officer.post(f"{base}/plate", json={"version": case["case"]["version"], "text": "30A-123.45"}).json()
    assert plate["plate"] | {"text": "30A12345", "verified": True} == plate["plate"]
    decided = officer.post(f"{base}/confirm", json={"version": plate["version"]}).json()
    assert decided["case"]["state"] == "confirmed"
    assert decided["next_id"] == room.cases["lane"]
    rejected = officer.post(
        f"/api/v1/cases/{decided['next_id']}/reject", json={"version": 1, "reason": "overtaking_or_obstacle"}
    ).json()
    assert rejected["case"]["state"] == "rejected"
    counts = officer.get("/api/v1/queue/counts").json()
    assert counts["state"] == {"recorded": 2, "confirmed": 1, "rejected": 1, "noticed": 0}
    assert officer.delete("/api/v1/session").status_code == 204
    assert officer.get("/api/v1/session").status_code == 401


@pytest.mark.parametrize(
    "body", [{}, {"version": 0}, {"version": 1, "extra": 1}, {"version": "one"}, [], "text"], ids=str
)
def test_a_body_that_says_something_else_is_refused(room: Room, officer: Desk, body: object) -> None:
    answer = officer.post(f"/api/v1/cases/{room.cases['clear']}/confirm", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"] == "invalid"
    assert set(answer.json()) == {"error", "detail"}
