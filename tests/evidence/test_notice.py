"""The notice as a person gets it: every field on the page, no amount, no code to scan, and the same bytes again."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from evidence_samples import NOW, UNIT, Record
from pypdf import PdfReader

from detector.vocabulary import VehicleClass
from evidence.cases import review
from evidence.cases.accounts import Account
from evidence.cases.case import NoticeDraft
from evidence.cases.notice import (
    Act,
    NoticeFields,
    StillCaption,
    notice_fields,
    notice_renderer,
    render_notice,
    sealed_stills,
)
from evidence.cases.unit import UNIT_VARIABLE, load_unit
from evidence.store import Store
from evidence.vault import Vault
from models.errors import EvidenceError, LawError
from ocr.reading import ReadingStatus, unreadable

MADE_AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MONEY = re.compile(r"đồng\b|VND|VNĐ|₫|\d{1,3}([.,]\d{3}){2,}|\d+\s*triệu", re.IGNORECASE)
FIELDS = NoticeFields(
    superior_agency="Công an tỉnh Tuyên Quang",
    agency="Phòng Cảnh sát giao thông",
    number="12/2026/TB-PC08",
    place_and_date="Tuyên Quang, ngày 22 tháng 11 năm 2026",
    addressee="",
    owner_address="",
    vehicle_type="Xe mô tô, xe gắn máy",
    plate="23-AB 123.45",
    plate_colour="",
    time="08 giờ 00 phút 04 giây, ngày 20/11/2026",
    place="Ngã tư Trần Phú – Nguyễn Trãi, phường Hà Giang 2, tỉnh Tuyên Quang",
    acts=(
        Act("Không chấp hành hiệu lệnh của đèn tín hiệu giao thông", "điểm c khoản 7 Điều 7 Nghị định 168/2024/NĐ-CP"),
        Act("Đi không đúng phần đường hoặc làn đường quy định", "điểm d khoản 3 Điều 7 Nghị định 168/2024/NĐ-CP"),
    ),
    preventive_measure="Không",
    appear_at="Phòng Cảnh sát giao thông; địa chỉ: Số 1, đường Mẫu",
    appear_when="sau 07 ngày kể từ ngày nhận được Thông báo này",
    alternative_office="Công an cấp xã nơi cư trú",
    documents="giấy đăng ký xe, giấy phép lái xe",
    consequence="Quá 20 ngày kể từ ngày gửi Thông báo này thì cảnh báo đăng kiểm.",
    phone="0207 000 0000",
    recipients=("Như trên", "Trưởng phòng (để báo cáo)", "Lưu: VT, PC08."),
    signer="Trạm trưởng hoặc Đội trưởng Cảnh sát giao thông trở lên",
    prepared_by="Nguyễn Thị Hương",
    case_id="PN-ABCD-1234-WXYZ",
    package_sha256="0123456789abcdef" * 4,
    sample_unit=False,
    camera="Trần Phú (tran-phu-01)",
    coordinates="22.820000, 104.980000",
    signal_phase="đỏ",
    stills=tuple(
        StillCaption(name, title, f"20/11/2026 08:00:0{second}.000, khung hình {second}0")
        for second, (name, title) in enumerate(
            [
                ("before.jpg", "Trước khi vi phạm"),
                ("during.jpg", "Thời điểm vi phạm"),
                ("after.jpg", "Sau khi vi phạm"),
                ("plate.jpg", "Biển số"),
            ]
        )
    ),
)


def jpeg(value: int, size_wh: tuple[int, int] = (320, 240)) -> bytes:
    return cv2.imencode(".jpg", np.full((size_wh[1], size_wh[0], 3), value, np.uint8))[1].tobytes()


PICTURES = {still.name: jpeg(60 + 40 * index) for index, still in enumerate(FIELDS.stills)}


def squeezed(text: str) -> str:
    """Without white space: lines break where the page wants."""
    return re.sub(r"\s+", "", text)


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from texts(part)
    elif isinstance(value, Act):
        yield from (value.description, value.citation)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render_notice(FIELDS, PICTURES, made_at=MADE_AT)


def test_page_one_carries_every_field_of_the_form(pdf: bytes) -> None:
    first = squeezed(pages(pdf)[0]).casefold()
    on_page_two = {"camera", "coordinates", "signal_phase", "stills", "sample_unit"}
    missing = [
        (field.name, text)
        for field in fields_of(FIELDS)
        if field.name not in on_page_two
        for text in texts(getattr(FIELDS, field.name))
        if squeezed(text).casefold() not in first
    ]
    assert missing == []


@pytest.mark.parametrize(
    "wording",
    [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "THÔNG BÁO",
        "Vi phạm hành chính về trật tự, an toàn giao thông đường bộ",
        "Kính gửi: Ông (Bà)/Tổ chức: .....",
        "Màu biển số: .....",
        "mang theo Thông báo này và các giấy tờ có liên quan",
        "(Kèm theo kết quả thu thập được bằng phương tiện, thiết bị kỹ thuật",
        "Nơi nhận:",
        "BẢN DỰ THẢO – CHƯA KÝ",
        "đề phòng lừa đảo",
        "không phải quyết định xử phạt",
        "thời gian: sau 07 ngày",
    ],
)
def test_page_one_has_the_wording_of_a_notice(pdf: bytes, wording: str) -> None:
    assert squeezed(wording) in squeezed(pages(pdf)[0])


def test_page_two_shows_the_evidence(pdf: bytes) -> None:
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) == 2
    second = squeezed(pages(pdf)[1])
    for text in (FIELDS.camera, FIELDS.coordinates, "đỏ", FIELDS.package_sha256, FIELDS.plate, FIELDS.place):
        assert squeezed(text) in second
    for still in FIELDS.stills:
        assert squeezed(still.title) in second
        assert squeezed(still.taken) in second
    assert len(reader.pages[1].images) == 4


def test_no_amount_and_nothing_to_scan(pdf: bytes) -> None:
    """LAW.md §5.2: there is no amount until a decision exists, so there is nothing to pay."""
    whole = "\n".join(pages(pdf))
    assert MONEY.search(whole) is None
    assert not re.search(r"QR|Napas|số tài khoản", whole, re.IGNORECASE)
    assert len(PdfReader(io.BytesIO(pdf)).pages[0].images) == 0


def test_the_money_pattern_would_find_an_amount() -> None:
    for amount in ("5.000.000 đồng", "19,000,000 VND", "5000000đồng", "5 triệu", "4.000.000"):
        assert MONEY.search(amount)


def test_same_fields_same_bytes(pdf: bytes) -> None:
    assert render_notice(FIELDS, PICTURES, made_at=MADE_AT) == pdf
    assert render_notice(replace(FIELDS, plate="23-AB 123.46"), PICTURES, made_at=MADE_AT) != pdf
    assert PdfReader(io.BytesIO(pdf)).metadata.creation_date == MADE_AT  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        '#image("/etc/passwd")',
        "#panic()",
        "*đậm* _nghiêng_ $x$ `mã` @nhan <nhan> // bình luận /* */",
        '"] #include "notice.typ" [',
        "\\u{1F600} = tiêu đề",
    ],
)
def test_texts_are_never_markup(text: str) -> None:
    pdf = render_notice(replace(FIELDS, place=text, prepared_by=text, superior_agency=text), PICTURES, made_at=MADE_AT)
    assert squeezed(text) in squeezed(pages(pdf)[0])


def test_a_text_of_a_megabyte_is_cut() -> None:
    pdf = render_notice(replace(FIELDS, place="Đường " * 200_000), PICTURES, made_at=MADE_AT)
    assert len(pages(pdf)) <= 3


def test_a_sample_unit_says_so(pdf: bytes) -> None:
    sample = render_notice(replace(FIELDS, sample_unit=True), PICTURES, made_at=MADE_AT)
    assert "đơn vị mẫu" in pages(sample)[0]
    assert "đơn vị mẫu" not in pages(pdf)[0]


def test_wide_pictures_are_scaled_for_print() -> None:
    wide = {**PICTURES, "during.jpg": jpeg(90, (3840, 2160))}
    pdf = render_notice(FIELDS, wide, made_at=MADE_AT)
    assert max(image.image.width for image in PdfReader(io.BytesIO(pdf)).pages[1].images if image.image) == 1600


def test_a_picture_that_is_none_is_named() -> None:
    for content in (b"", b"not a picture"):
        with pytest.raises(EvidenceError, match=r"after\.jpg"):
            render_notice(FIELDS, {**PICTURES, "after.jpg": content}, made_at=MADE_AT)


# From a recorded case to the notice


def confirmed(store: Store, case_id: str | None, officer: Account, plate: str | None = None) -> str:
    assert case_id is not None
    with store.session() as session:
        version = review.case_view(session, case_id).summary.version
        if plate:
            version = review.correct_plate(
                session, case_id, officer=officer, at=NOW, version=version, text=plate
            ).version
        review.confirm(session, case_id, officer=officer, at=NOW, version=version)
    return case_id


def draft_of(store: Store, case_id: str) -> NoticeDraft:
    with store.reading() as session:
        view = review.case_view(session, case_id)
    return NoticeDraft(case=view, number="1/2026/TB-PC08", issued_at=NOW, issued_by="Nguyễn Thị Hương")


def test_a_confirmed_case_becomes_a_notice(store: Store, vault: Vault, record: Record, officer: Account) -> None:
    case_id = confirmed(store, record(), officer)
    with store.session() as session:
        notice = review.issue_notice(session, case_id, officer=officer, at=NOW, render=notice_renderer(vault))
    first, second = (squeezed(page) for page in pages(notice.pdf))
    expected = [
        f"Số: 1/2026/TB-{UNIT.code}",
        "Biển số: 29-B1 123.45",
        "08 giờ 00 phút 04 giây, ngày 20/11/2026",  # UTC 01:00:04
        "điểm c khoản 7 Điều 7 Nghị định 168/2024/NĐ-CP",
        "Xe mô tô, xe gắn máy",
        "Tuyên Quang, ngày 22 tháng 11 năm 2026",
        "Trạm trưởng hoặc Đội trưởng Cảnh sát giao thông trở lên",
        "Công an cấp xã nơi chủ phương tiện cư trú",
        case_id,
    ]
    assert [text for text in expected if squeezed(text) not in first] == []
    assert squeezed("khung hình 40") in second
    assert MONEY.search("\n".join(pages(notice.pdf))) is None
    assert notice.fields["plate"] == "29-B1 123.45"
    assert json.loads(json.dumps(notice.fields)) == notice.fields
    with store.session() as session:
        again = review.issue_notice(session, case_id, officer=officer, at=NOW, render=notice_renderer(vault))
    assert (again.is_new, again.pdf) == (False, notice.pdf)


def test_the_officers_plate_is_printed_not_the_machines(
    store: Store, vault: Vault, record: Record, officer: Account
) -> None:
    case_id = confirmed(store, record(reading=unreadable()), officer, plate="23-AB 123.45")
    fields = notice_fields(draft_of(store, case_id), load_unit())
    assert fields.plate == "23-AB 123.45"
    assert [still.name for still in fields.stills] == ["before.jpg", "during.jpg", "after.jpg"]
    pdf = render_notice(fields, sealed_stills(vault, draft_of(store, case_id).case), made_at=NOW)
    assert len(PdfReader(io.BytesIO(pdf)).pages[1].images) == 3


def test_a_passengers_head_puts_both_acts_on_the_notice(store: Store, record: Record, officer: Account) -> None:
    case_id = confirmed(store, record(code="HELMET_PASSENGER", rule="helmet", signal_phase=None), officer)
    fields = notice_fields(draft_of(store, case_id), load_unit())
    assert [act.citation.split(" Nghị")[0] for act in fields.acts] == [
        "điểm b khoản 5 Điều 12",
        "điểm i khoản 2 Điều 7",
    ]
    assert fields.signal_phase == ""


def test_an_act_without_a_rule_gets_no_notice_and_uses_no_number(
    store: Store, vault: Vault, record: Record, officer: Account
) -> None:
    lawless = confirmed(store, record(1, code="HELMET_RIDER", vehicle_class=VehicleClass.BICYCLE), officer)
    lawful = confirmed(store, record(2), officer)
    with pytest.raises(LawError), store.session() as session:
        review.issue_notice(session, lawless, officer=officer, at=NOW, render=notice_renderer(vault))
    with store.session() as session:
        notice = review.issue_notice(session, lawful, officer=officer, at=NOW, render=notice_renderer(vault))
    assert notice.number == f"1/2026/TB-{UNIT.code}"


@pytest.mark.parametrize("damage", ["altered", "removed"])
def test_pictures_that_are_not_the_sealed_ones_are_refused(
    store: Store, vault: Vault, record: Record, officer: Account, damage: str
) -> None:
    draft = draft_of(store, confirmed(store, record(), officer))
    path = vault.folder(draft.case.package_name) / "during.jpg"
    path.parent.chmod(0o755)
    path.chmod(0o644)
    if damage == "altered":
        path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    else:
        path.unlink()
    with pytest.raises(EvidenceError, match=r"during\.jpg"):
        sealed_stills(vault, draft.case)


# The unit's file


def test_the_shipped_unit_is_a_sample() -> None:
    unit = load_unit()
    assert unit.sample
    assert unit.code == "PC08"


def test_a_units_own_file_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "unit.yaml"
    shipped = (Path(__file__).parents[2] / "configs" / "unit.yaml").read_text(encoding="utf-8")
    own.write_text(shipped.replace("sample: true", "sample: false").replace("PC08", "PC67"), encoding="utf-8")
    monkeypatch.setenv(UNIT_VARIABLE, str(own))
    assert (load_unit().code, load_unit().sample) == ("PC67", False)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("phone:", "telephone:"), "phone"),
        (("code: PC08", "code: pc 08"), "code"),
        (("appear_after_days: 7", "appear_after_days: soon"), "appear_after_days"),
        (("name: Phòng Cảnh sát giao thông", "name: ''"), "name"),
        (("recipients: [", "recipients: [["), "YAML"),
    ],
)
def test_a_faulty_unit_file_is_refused_naming_the_key(tmp_path: Path, change: tuple[str, str], line: str) -> None:
    shipped = (Path(__file__).parents[2] / "configs" / "unit.yaml").read_text(encoding="utf-8")
    path = tmp_path / "unit.yaml"
    path.write_text(shipped.replace(*change), encoding="utf-8")
    with pytest.raises(LawError, match=line) as caught:
        load_unit(path)
    assert str(path) in caught.value.line()


def test_a_machine_reading_below_accepted_needs_the_officer(store: Store, record: Record, officer: Account) -> None:
    """The notice stands on a plate somebody vouches for: an unreadable one cannot be confirmed at all."""
    case_id = record(reading=replace(unreadable(), status=ReadingStatus.UNREADABLE))
    with pytest.raises(review.PlateNotVerified):
        confirmed(store, case_id, officer)
