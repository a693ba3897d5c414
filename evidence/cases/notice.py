"""The notice *Thông báo vi phạm* as a PDF: the fields of LAW.md §2.4, never an amount and never a payment code.

Form 01/73 (TT 73/2024/TT-BCA, amended by TT 13/2025) could not be read; this is a draft after the form of 2023 and says
so. It is unsigned: signing is an act of a person. The only file that names typst.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detector.vocabulary import VehicleClass
from evidence.cases.case import CaseView, NoticeDraft, RenderedNotice
from evidence.cases.law import Penalty, act_vi, penalties_for, required_signer
from evidence.cases.unit import Unit, load_unit
from evidence.local_time import LOCAL_ZONE
from evidence.vault import Vault
from models.errors import EvidenceError
from ocr.grammar import fits, formatted

TEMPLATE = Path(__file__).parent / "notice.typ"
STILL_WIDTH_MAX_PX = 1600
"""Wider pictures are scaled down for print; the originals stay in the sealed package."""
TEXT_LENGTH_MAX = 500

_CAPTIONS = {
    "before.jpg": "Trước khi vi phạm",
    "during.jpg": "Thời điểm vi phạm",
    "after.jpg": "Sau khi vi phạm",
    "plate.jpg": "Biển số",
}
_VEHICLES = {
    VehicleClass.CAR: "Xe ô tô",
    VehicleClass.BUS: "Xe ô tô chở người",
    VehicleClass.TRUCK: "Xe ô tô tải",
    VehicleClass.MOTORCYCLE: "Xe mô tô, xe gắn máy",
    VehicleClass.BICYCLE: "Xe đạp, xe đạp máy",
}
_PHASES = {"red": "đỏ", "yellow": "vàng", "green": "xanh", "off": "tắt", "unknown": "không xác định"}


@dataclass(frozen=True, slots=True)
class Act:
    """One act on the notice: what was done, and where the law forbids it. `time` is "" where all are of one moment."""

    description: str
    citation: str
    time: str = ""


@dataclass(frozen=True, slots=True)
class StillCaption:
    """One picture of the second page: the package's file, what it shows and when it was taken ("" when unknown)."""

    name: str
    title: str
    taken: str


@dataclass(frozen=True, slots=True)
class NoticeFields:
    """Everything that the notice prints, as printed (LAW.md §2.4). "" stands for a dotted line to be filled by hand."""

    superior_agency: str
    agency: str
    number: str
    place_and_date: str
    addressee: str
    owner_address: str
    vehicle_type: str
    plate: str
    plate_colour: str
    time: str
    place: str
    acts: tuple[Act, ...]
    preventive_measure: str
    appear_at: str
    appear_when: str
    alternative_office: str
    documents: str
    consequence: str
    phone: str
    recipients: tuple[str, ...]
    signer: str
    prepared_by: str
    case_id: str
    package_sha256: str
    sample_unit: bool
    camera: str
    coordinates: str
    signal_phase: str
    stills: tuple[StillCaption, ...]


def notice_renderer(vault: Vault, unit: Unit | None = None) -> Callable[[NoticeDraft], RenderedNotice]:
    """What `review.issue_notice` calls to set a notice. `unit`: the one of the configuration when left out.

    The renderer raises `LawError` (no rule covers the act) and `EvidenceError` (a picture of the package is missing or
    not the sealed one).
    """
    issuing = unit or load_unit()

    def render(draft: NoticeDraft) -> RenderedNotice:
        fields = notice_fields(draft, issuing)
        pdf = render_notice(fields, sealed_stills(vault, draft.case), made_at=draft.issued_at)
        return RenderedNotice(pdf=pdf, fields=json.loads(json.dumps(asdict(fields))))

    return render


def notice_fields(draft: NoticeDraft, unit: Unit) -> NoticeFields:
    """What the notice of a case says: every violation that was confirmed, nothing of those dropped. Raises `LawError`
    where no dated rule covers an act or the signing."""
    summary, manifest = draft.case.summary, draft.case.manifest
    kept = summary.kept
    laws = [(one, penalties_for(one.code, summary.vehicle_class, one.captured_at)) for one in kept]
    issued = draft.issued_at.astimezone(LOCAL_ZONE)
    place = manifest.place
    return NoticeFields(
        superior_agency=unit.superior_agency,
        agency=unit.name,
        number=draft.number,
        place_and_date=f"{unit.place}, ngày {issued:%d} tháng {issued:%m} năm {issued:%Y}",
        addressee="",
        owner_address="",
        vehicle_type=_VEHICLES[summary.vehicle_class],
        plate=_plate(draft.case),
        plate_colour="",
        time=_spoken_span([one.captured_at for one in kept]),
        place=place.line() or summary.place or manifest.camera.name,
        acts=tuple(
            Act(penalty.act_vi, penalty.citation, _spoken_clock(one.captured_at) if len(kept) > 1 else "")
            for one, penalties in laws
            for penalty in penalties
        ),
        preventive_measure="Không",
        appear_at=f"{unit.name}, {unit.superior_agency}; địa chỉ: {unit.address}",
        appear_when=f"sau {unit.appear_after_days:02d} ngày kể từ ngày nhận được Thông báo này, {unit.office_hours}",
        alternative_office=unit.alternative_office,
        documents=unit.documents,
        consequence=_consequence(summary.vehicle_class),
        phone=unit.phone,
        recipients=(*unit.recipients, f"Lưu: VT, {unit.code}."),
        signer=_signer(tuple(penalty for _, penalties in laws for penalty in penalties), issued),
        prepared_by=draft.issued_by,
        case_id=summary.id,
        package_sha256=draft.case.manifest_sha256,
        sample_unit=unit.sample,
        camera=f"{manifest.camera.name} ({manifest.camera.id})",
        coordinates="" if place.latitude is None else f"{place.latitude:.6f}, {place.longitude:.6f}",
        signal_phase=_signal_phase(draft.case),
        stills=tuple(_caption(draft.case, name) for name in still_names(draft.case)),
    )


def render_notice(fields: NoticeFields, stills: Mapping[str, bytes], *, made_at: datetime) -> bytes:
    """The notice as PDF: page one the document, page two the pictures. Same arguments, same bytes.

    `stills`: JPEG bytes by file name for every picture in `fields.stills`; `made_at` becomes the PDF's date. Texts
    reach the page as values, never as markup.
    """
    import typst

    with tempfile.TemporaryDirectory(prefix="phatnguoi-notice-") as folder:
        root = Path(folder)
        (root / TEMPLATE.name).write_bytes(TEMPLATE.read_bytes())
        for still in fields.stills:
            (root / still.name).write_bytes(_for_print(stills[still.name], still.name))
        pdf = typst.compile(
            str(root / TEMPLATE.name),
            root=str(root),
            ignore_system_fonts=True,  # the same page on every machine
            sys_inputs={"fields": json.dumps(_bounded(asdict(fields)), ensure_ascii=False)},
            timestamp=made_at.astimezone(LOCAL_ZONE).replace(microsecond=0),
        )
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no PDF")
    return pdf


def sealed_stills(vault: Vault, case: CaseView) -> dict[str, bytes]:
    """The pictures of the second page, each checked against the manifest. Raises `EvidenceError` naming the file."""
    folder = vault.folder(case.package_name)
    sealed = {entry.name: entry.sha256 for entry in case.manifest.files}
    pictures = {}
    for name in still_names(case):
        try:
            content = (folder / name).read_bytes()
        except OSError as error:
            remedy = "Restore the package from the backup."
            raise EvidenceError("a sealed picture is missing", where=str(folder / name), remedy=remedy) from error
        if hashlib.sha256(content).hexdigest() != sealed[name]:
            remedy = "Run `phatnguoi verify` on the package and restore it from the backup."
            raise EvidenceError("the picture is not the one that was sealed", where=str(folder / name), remedy=remedy)
        pictures[name] = content
    return pictures


def _plate(case: CaseView) -> str:
    plate = case.summary.plate
    return formatted(plate.text or "", fits(plate.text or "", plate.lines, case.summary.vehicle_class))


def still_names(case: CaseView) -> tuple[str, ...]:
    """The pictures of the second page in their order: before, the moment of each violation that stands, after, plate.
    Before and after show the main violation, and go with it."""
    kept = {violation.number for violation in case.summary.kept}
    moments = [one.still for number, one in enumerate(case.manifest.violations, start=1) if number in kept]
    wanted = ["before.jpg", *moments, "after.jpg"] if 1 in kept else moments
    sealed = {entry.name for entry in case.manifest.files}
    return tuple(name for name in (*wanted, "plate.jpg") if name in sealed)


def _spoken_clock(moment: datetime) -> str:
    local = moment.astimezone(LOCAL_ZONE)
    return f"{local:%H} giờ {local:%M} phút {local:%S} giây"


def _spoken_span(moments: list[datetime]) -> str:
    """One time, or from the first to the last; to the second, as the acts say them."""
    first, last = min(moments), max(moments)
    day = f"ngày {last.astimezone(LOCAL_ZONE):%d/%m/%Y}"
    if _spoken_clock(first) == _spoken_clock(last):
        return f"{_spoken_clock(first)}, {day}"
    return f"từ {_spoken_clock(first)} đến {_spoken_clock(last)}, {day}"


def _signal_phase(case: CaseView) -> str:
    """The lamp at the first violation that stands and was held against a lamp; "" where none was."""
    kept = {violation.number for violation in case.summary.kept}
    phases = [one.signal_phase for number, one in enumerate(case.manifest.violations, start=1) if number in kept]
    return next((_PHASES.get(phase, "") for phase in phases if phase), "")


def _signer(penalties: tuple[Penalty, ...], issued: datetime) -> str:
    return f"{required_signer(penalties, issued.date()).title_vi} trở lên"


def _consequence(vehicle_class: VehicleClass) -> str:
    """What follows after 20 days (TT 73/2024 Art. 24.5; NĐ 168/2024 Art. 47.8 and 47.11)."""
    commune = (
        " Đối với xe mô tô, xe gắn máy: thông báo được gửi tiếp đến Công an cấp xã nơi chủ phương tiện cư trú."
        if vehicle_class in {VehicleClass.MOTORCYCLE, VehicleClass.BICYCLE}
        else ""
    )
    return (
        "Quá 20 ngày kể từ ngày gửi Thông báo này mà chủ phương tiện, người điều khiển phương tiện không đến giải "
        "quyết, cơ quan Công an gửi cảnh báo đến cơ quan đăng kiểm và các cơ quan liên quan theo quy định tại "
        f"khoản 11 Điều 47 Nghị định 168/2024/NĐ-CP.{commune}"
    )


def _caption(case: CaseView, name: str) -> StillCaption:
    still, title = case.manifest.still(name), _title(case, name)
    if still is None:
        return StillCaption(name, title, "")
    local = still.captured_at.astimezone(LOCAL_ZONE)
    frame = "" if still.frame is None else f", khung hình {still.frame}"
    return StillCaption(name, title, f"{local:%d/%m/%Y %H:%M:%S}.{local.microsecond // 1000:03d}{frame}")


def _title(case: CaseView, name: str) -> str:
    """What a picture shows; with several violations, which of them."""
    if len(case.summary.kept) > 1:
        for one in case.manifest.violations:
            if one.still == name:
                return act_vi(one.code)
    return _CAPTIONS.get(name, _CAPTIONS["during.jpg"])


def _bounded(value: Any) -> Any:
    """Texts of bounded length on one line each: a place name of a megabyte is an attack, not a place."""
    if isinstance(value, str):
        return " ".join(value.split())[:TEXT_LENGTH_MAX]
    if isinstance(value, dict):
        return {key: _bounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_bounded(part) for part in value]
    return value


def _for_print(jpeg: bytes, name: str) -> bytes:
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if pixels is None:
        raise EvidenceError(
            "the picture cannot be decoded", where=name, remedy="Run `phatnguoi verify` on the package."
        )
    height, width = pixels.shape[:2]
    if width <= STILL_WIDTH_MAX_PX:
        return jpeg
    size = (STILL_WIDTH_MAX_PX, round(height * STILL_WIDTH_MAX_PX / width))
    _, coded = cv2.imencode(".jpg", cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    return coded.tobytes()
