"""The officer's day in a real browser: headless Chromium, real keys, a real clip, a real PDF."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pypdf import PdfReader

from tests.api.rooms import PASSWORD, Room, record_rider

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
NEAR_S = 0.06  # a frame and a half
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"the page tests need a real browser at {CHROMIUM}: apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A logged-in officer on the queue. What the browser complains about fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=address, accept_downloads=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.goto("/")
    page.fill("#username", "officer")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("tr.at")).to_be_visible()
    page.wait_for_selector("body[data-keys=ready]")
    yield page
    expected = re.compile(r"status of (409|422)")
    assert [line for line in complaints if not expected.search(line)] == []
    context.close()


def arrived(page: Page, case_id: str) -> None:
    """The case's page is there and listens to keys."""
    page.wait_for_url(f"**/cases/{case_id}")
    page.wait_for_selector("body[data-keys=ready]")


def open_case(page: Page, room: Room, name: str) -> None:
    page.goto(f"/cases/{room.cases[name]}")
    arrived(page, room.cases[name])
    page.wait_for_function("() => document.querySelector('video').readyState >= 2")


def playing_at_s(page: Page) -> float:
    at_s = page.evaluate("document.querySelector('video').currentTime")
    assert isinstance(at_s, int | float)
    return float(at_s)


def test_from_the_queue_to_the_notice_by_keys(page: Page, room: Room) -> None:
    doubtful = room.cases["doubtful"]
    expect(page.locator("tr[data-href]")).to_have_count(4)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    arrived(page, doubtful)

    page.wait_for_function(
        "() => !document.querySelector('video').paused"
    )  # it plays at once, from before the violation
    before_s = playing_at_s(page)
    page.wait_for_function(f"() => document.querySelector('video').currentTime > {before_s} + 0.3")

    page.keyboard.press("c")  # the plate is doubtful: confirming asks for it first
    expect(page.locator("#plate-text")).to_be_focused()
    expect(page.locator("[data-verdict]")).to_contain_text("Biển số chưa chắc chắn")
    page.keyboard.type("30A123")
    expect(page.locator("[data-verdict]")).to_contain_text("Không đúng dạng biển số")
    page.keyboard.type("45")
    expect(page.locator("[data-verdict]")).to_have_text("30A-123.45 · ô tô")
    page.keyboard.press("Enter")
    expect(page.locator(".plate.big")).to_have_text("30A-123.45")
    expect(page.locator(".log")).to_contain_text("Sửa biển số 30A-123.45")
    assert page.evaluate("!document.querySelector('video').paused")  # saving did not disturb the clip

    page.keyboard.press("c")
    arrived(page, room.cases["lane"])
    expect(page.locator("[data-toast]")).to_contain_text(f"Đã xác nhận {doubtful}")
    page.click("[data-toast] a")
    arrived(page, doubtful)

    page.keyboard.press("i")
    expect(page.locator("[data-swap=state]")).to_have_text("Đã thông báo", timeout=20_000)
    page.wait_for_selector("body[data-keys=ready]")
    with page.expect_download() as download:
        page.keyboard.press("l")
    pdf = PdfReader(io.BytesIO(download.value.path().read_bytes()))
    text = "\n".join(sheet.extract_text() for sheet in pdf.pages)
    assert "30A-123.45" in text
    assert "THÔNG BÁO" in text
    assert "08:22" in text or "08 giờ 22" in text
    assert "18.000.000" not in text


def test_rejecting_by_keys_with_a_note(page: Page, room: Room) -> None:
    open_case(page, room, "clear")
    page.keyboard.press("1")  # without the list of reasons a number does nothing
    page.keyboard.press("r")
    expect(page.locator("[data-reasons]")).to_be_visible()
    page.keyboard.press("t")
    page.keyboard.type("xe 115")
    page.keyboard.press("Enter")  # leaves the note, sends nothing
    expect(page.locator("[data-reasons]")).to_be_visible()
    page.keyboard.press("5")
    arrived(page, room.cases["doubtful"])
    expect(page.locator("[data-toast]")).to_contain_text(f"Đã loại {room.cases['clear']}")
    open_case(page, room, "clear")
    expect(page.locator(".log")).to_contain_text("Loại: Xe ưu tiên đang làm nhiệm vụ – xe 115")


def test_one_of_three_violations_is_dropped_by_keys(page: Page, room: Room, tmp_path: Path) -> None:
    room.cases["rider"] = record_rider(room, tmp_path)
    open_case(page, room, "rider")
    title, rows = page.locator("[data-swap=title]"), page.locator(".violations li")
    expect(rows).to_have_count(3)
    expect(title).to_have_text("Vượt đèn đỏ + Không mũ (người lái) + Không mũ (người ngồi sau)")
    expect(page.locator("[data-key=c]")).to_contain_text("Xác nhận 3 hành vi")

    page.keyboard.press("4")  # there is no fourth
    expect(page.locator("[data-drop-reasons]")).to_be_hidden()
    page.keyboard.press("2")
    expect(page.locator("[data-drop-reasons] h2")).to_contain_text("Bỏ hành vi 2 (Không mũ (người lái))")
    page.keyboard.press("r")  # thought better of it: the whole case...
    expect(page.locator("[data-drop-reasons]")).to_be_hidden()
    expect(page.locator("[data-reasons] h2")).to_contain_text("Loại cả vụ việc")
    page.keyboard.press("Escape")  # ...no: only the passenger
    page.keyboard.press("3")
    page.keyboard.press("t")
    page.keyboard.type("bé 4 tuổi")
    page.keyboard.press("Enter")
    page.keyboard.press("9")
    expect(rows.nth(2)).to_contain_text("Đã bỏ: Chở trẻ em dưới 6 tuổi")
    expect(title).to_have_text("Vượt đèn đỏ + Không mũ (người lái)")
    expect(page.locator(".log")).to_contain_text(
        "Bỏ hành vi Không mũ (người ngồi sau): Chở trẻ em dưới 6 tuổi – bé 4 tuổi"
    )
    expect(page.locator("[data-swap=law]")).not_to_contain_text("Người được chở")
    assert page.evaluate("!document.querySelector('video').paused")  # the clip was not disturbed

    page.keyboard.press("2")
    page.keyboard.press("1")
    expect(title).to_have_text("Vượt đèn đỏ")
    page.keyboard.press("2")  # pressed again, it is taken back at once
    expect(title).to_have_text("Vượt đèn đỏ + Không mũ (người lái)")

    page.keyboard.press("c")
    arrived(page, room.cases["clear"])
    expect(page.locator("[data-toast]")).to_contain_text(f"Đã xác nhận {room.cases['rider']}")


def test_the_moments_of_several_violations_follow_each_other(page: Page, room: Room, tmp_path: Path) -> None:
    room.cases["rider"] = record_rider(room, tmp_path)
    open_case(page, room, "rider")
    moments = page.evaluate("JSON.parse(document.querySelector('.stage').dataset.clip).moments_s")
    assert len(moments) == 3
    for expected in (moments[1], moments[2], moments[0], moments[1]):  # the main one first, then on and round
        page.keyboard.press("g")
        page.wait_for_function(f"() => Math.abs(document.querySelector('video').currentTime - {expected}) < {NEAR_S}")
        expect(page.locator("[data-instant]")).to_be_visible()
    figures = page.locator(".stills figcaption")
    expect(figures).to_have_count(5)
    expect(figures.nth(2)).to_contain_text("3. Không mũ (người ngồi sau)")


def test_the_law_of_one_act_unfolds_by_keys(page: Page, room: Room, tmp_path: Path) -> None:
    room.cases["rider"] = record_rider(room, tmp_path)
    open_case(page, room, "rider")
    page.keyboard.press("g")  # the clip stands still
    provision = page.locator(".act").nth(1).get_by_text("điểm h khoản 2 Điều 7")
    expect(provision).to_be_hidden()
    page.locator(".act summary").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(provision).to_be_visible()
    page.keyboard.press(" ")
    expect(provision).to_be_hidden()
    assert page.evaluate("document.querySelector('video').paused")  # neither key was the player's


def test_the_clip_obeys_the_keys_and_the_box_follows(page: Page, room: Room) -> None:
    open_case(page, room, "clear")
    moment_s = page.evaluate("JSON.parse(document.querySelector('.stage').dataset.clip).moment_s")
    page.keyboard.press("g")
    assert abs(playing_at_s(page) - moment_s) < NEAR_S
    expect(page.locator("[data-instant]")).to_be_visible()
    at_line = page.locator(".trailbox").last.bounding_box()
    page.keyboard.press(".")
    page.keyboard.press(".")
    assert 0.04 < playing_at_s(page) - moment_s < 0.04 * 2 + NEAR_S
    page.keyboard.press(",")
    page.keyboard.press(",")
    page.keyboard.press(",")
    assert playing_at_s(page) < moment_s
    for _ in range(30):
        page.keyboard.press(".")
    page.wait_for_timeout(200)
    beyond_line = page.locator(".trailbox").last.bounding_box()
    assert at_line is not None
    assert beyond_line is not None
    assert beyond_line["y"] < at_line["y"] - 20  # the vehicle drives up the picture, and its box with it
    page.keyboard.press("v")
    expect(page.locator("[data-overlay]")).to_be_hidden()
    page.keyboard.press("s")
    assert page.evaluate("document.querySelector('video').playbackRate") == 0.5
    page.keyboard.press(" ")
    page.wait_for_function("() => !document.querySelector('video').paused")
    cursor = page.locator("[data-cursor]").get_attribute("x1") or ""
    assert 0 < float(cursor.removesuffix("%")) < 100


def test_the_clip_starts_again_at_its_end(page: Page, room: Room) -> None:
    open_case(page, room, "clear")
    page.evaluate("document.querySelector('video').currentTime = document.querySelector('video').duration - 0.2")
    page.wait_for_function(
        "() => document.querySelector('video').currentTime < 3 && !document.querySelector('video').paused"
    )


def test_stills_zoom_into_the_vehicle(page: Page, room: Room) -> None:
    open_case(page, room, "clear")
    still = page.locator(".stills svg").first
    far = still.get_attribute("viewBox")
    page.keyboard.press("z")
    assert still.get_attribute("viewBox") == still.get_attribute("data-near") != far
    page.reload()
    page.wait_for_selector("body[data-keys=ready]")
    expect(still).to_have_attribute("viewBox", still.get_attribute("data-near") or "")
    page.keyboard.press("z")
    expect(still).to_have_attribute("viewBox", far or "")


def test_letters_in_fields_are_no_commands(page: Page, room: Room) -> None:
    open_case(page, room, "clear")
    page.keyboard.press("p")
    page.keyboard.type("crnc")
    page.wait_for_timeout(300)
    assert page.url.endswith(room.cases["clear"])
    expect(page.locator("[data-reasons]")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    arrived(page, room.cases["doubtful"])
    page.keyboard.press("b")
    arrived(page, room.cases["clear"])
    page.keyboard.press("q")
    expect(page.locator("tr.at")).to_be_visible()


def test_a_conflict_is_one_clear_line(page: Page, room: Room, browser: Browser, address: str) -> None:
    open_case(page, room, "clear")
    other = browser.new_context(base_url=address).new_page()
    other.goto("/login")
    other.fill("#username", "supervisor")
    other.fill("#password", PASSWORD)
    other.keyboard.press("Enter")
    other.wait_for_selector("tr.at")
    other.goto(f"/cases/{room.cases['clear']}")
    arrived(other, room.cases["clear"])
    other.keyboard.press("c")
    arrived(other, room.cases["doubtful"])
    other.context.close()
    page.keyboard.press("c")
    expect(page.locator("[role=alert]")).to_contain_text("Vụ việc vừa được người khác quyết định")
    page.wait_for_selector("body[data-keys=ready]")
    page.keyboard.press("n")
    arrived(page, room.cases["doubtful"])


def test_the_language_is_switched_and_remembered(page: Page, room: Room) -> None:
    page.goto("/?code=RED_LIGHT")
    page.click("text=English")
    expect(page.locator("tr.at")).to_contain_text("Red light")
    assert page.url.endswith("/?code=RED_LIGHT")
    open_case(page, room, "clear")
    expect(page.locator("h1").first).to_contain_text("Running a red light")
    page.click("text=Tiếng Việt")
    expect(page.locator("h1").first).to_contain_text("Không chấp hành hiệu lệnh của đèn")


def test_search_and_help_are_one_key_away(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.locator("#plate")).to_be_focused()
    page.keyboard.type("29c")
    page.keyboard.press("Enter")
    expect(page.locator("tr[data-href]")).to_have_count(1)
    page.wait_for_selector("body[data-keys=ready]")
    page.keyboard.press("?")
    expect(page.locator("[data-helpbox]")).to_be_visible()
    page.keyboard.press("Enter")  # closes the help, opens no case
    expect(page.locator("[data-helpbox]")).to_be_hidden()
    assert "/cases/" not in page.url


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768)], ids=str)
def test_nothing_sticks_out_sideways_and_the_decision_is_in_sight(
    page: Page, room: Room, tmp_path: Path, size: tuple[int, int]
) -> None:
    room.cases["rider"] = record_rider(room, tmp_path)
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    for path in ("/", "/notices", f"/cases/{room.cases['clear']}", "/docs", "/password"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    for name in ("clear", "rider"):
        open_case(page, room, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        for target in ("[data-key=c]", "[data-key=r]", ".plate.big", "[data-timeline]", "#plate-text", ".stills svg"):
            box = page.locator(target).first.bounding_box()
            assert box is not None, target
            assert box["y"] + box["height"] <= height, (name, target)
