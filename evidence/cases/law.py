"""Which penalty the law puts on an act: by code, vehicle class and the day of the act, never by today's date.

An act that happened before a decree took effect is punished under the decree in force at the time of the act (NĐ
168/2024 Art. 54.1, NĐ 238/2026 Art. 21). Days are those of Vietnam. The tool proposes; an officer decides.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from detector.vocabulary import VehicleClass
from evidence.cases.deadlines import expires_at, notice_due_at
from evidence.cases.law_tables import PenaltyRow, penalty_rows, signer_rows
from evidence.local_time import LOCAL_ZONE
from models.errors import LawError

REGISTRY_WARNING_AFTER = timedelta(days=20)
"""From sending the notice to the warning at the vehicle registry, where nobody came: TT 73/2024/TT-BCA Art. 24.5."""
CONFIDENCE_MARKS = {
    "A": "read in two transcriptions of the decree",
    "B": "read in one transcription",
    "C": "from memory: check before use",
}

_LAW_CLASS = {
    VehicleClass.MOTORCYCLE: "moto",
    VehicleClass.BICYCLE: "bicycle",
    VehicleClass.CAR: "car",
    VehicleClass.BUS: "car",
    VehicleClass.TRUCK: "car",
}
# What the law punishes our codes as. Stopping over the line and crossing a solid one are no acts of their own: they are
# disobeying a road marking.
_LAW_CODE = {"STOP_OVER_LINE": "SIGN_MARKING", "SOLID_LINE": "SIGN_MARKING"}
# An adult passenger's bare head is two acts (LAW.md §1.2): his own, and the rider's who carries him.
_SECOND_ACT = {"HELMET_PASSENGER": "HELMET_CARRY_PASSENGER"}
_HELMET = "“mũ bảo hiểm cho người đi mô tô, xe máy”"
_ACTS = {
    "HELMET_RIDER": (
        f"Không đội {_HELMET} khi điều khiển xe tham gia giao thông trên đường bộ",
        "Riding without a motorcycle helmet",
    ),
    "HELMET_PASSENGER": (
        f"Người được chở trên xe không đội {_HELMET} khi tham gia giao thông trên đường bộ",
        "Riding as a passenger without a motorcycle helmet",
    ),
    "HELMET_CARRY_PASSENGER": (
        f"Chở người ngồi trên xe không đội {_HELMET}",
        "Carrying a passenger who wears no motorcycle helmet",
    ),
    "RED_LIGHT": ("Không chấp hành hiệu lệnh của đèn tín hiệu giao thông", "Disobeying a traffic light"),
    "STOP_OVER_LINE": (
        "Không chấp hành hiệu lệnh, chỉ dẫn của vạch kẻ đường (dừng xe quá vạch dừng khi đèn tín hiệu màu đỏ)",
        "Disobeying a road marking (stopping over the stop line at a red light)",
    ),
    "SOLID_LINE": (
        "Không chấp hành hiệu lệnh, chỉ dẫn của vạch kẻ đường (đi đè lên hoặc cắt qua vạch liền)",
        "Disobeying a road marking (crossing a solid line)",
    ),
    "SIGN_MARKING": (
        "Không chấp hành hiệu lệnh, chỉ dẫn của biển báo hiệu, vạch kẻ đường",
        "Disobeying a road sign or marking",
    ),
    "WRONG_LANE": (
        "Đi không đúng phần đường hoặc làn đường quy định",
        "Not keeping to the part of the road or lane prescribed",
    ),
    "WRONG_WAY": (
        "Đi ngược chiều của đường một chiều, đi ngược chiều trên đường có biển “Cấm đi ngược chiều”",
        "Driving against the direction of a one-way road or past a no-entry sign",
    ),
}


@dataclass(frozen=True, slots=True)
class Penalty:
    """What one act costs an individual. Amounts in VND; `fine_average_vnd` applies without circumstances
    (Luật XLVPHC Art. 23.4). `law_code` is the law's code for our `code`; `confidence` is explained by
    `CONFIDENCE_MARKS`; `point` is "" where the clause has none."""

    code: str
    law_code: str
    law_vehicle_class: str
    decree: str
    article: str
    clause: str
    point: str
    fine_min_vnd: int
    fine_max_vnd: int
    fine_average_vnd: int
    points: int
    additional: str
    confidence: str
    note: str
    act_vi: str
    act_en: str

    @property
    def citation(self) -> str:
        """The place in the law as a document cites it: "điểm c khoản 7 Điều 7 Nghị định 168/2024/NĐ-CP"."""
        decree, _, amending = self.decree.partition("+")
        point = f"điểm {self.point} " if self.point else ""
        amended = f" (được sửa đổi, bổ sung tại Nghị định {amending}/NĐ-CP)" if amending else ""
        return f"{point}khoản {self.clause} Điều {self.article} Nghị định {decree}/NĐ-CP{amended}"

    @property
    def citation_en(self) -> str:
        """The same in English: "point c, clause 7, Article 7, Decree 168/2024/NĐ-CP"."""
        decree, _, amending = self.decree.partition("+")
        point = f"point {self.point}, " if self.point else ""
        amended = f" (as amended by Decree {amending}/NĐ-CP)" if amending else ""
        return f"{point}clause {self.clause}, Article {self.article}, Decree {decree}/NĐ-CP{amended}"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who may decide on a penalty. `confidence` as for penalties."""

    title_vi: str
    title_en: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The legal clock of one case. `registry_warning_at` is None until the notice was sent."""

    notice_due_at: datetime
    registry_warning_at: datetime | None
    expires_at: datetime


def penalty_for(code: str, vehicle_class: VehicleClass, captured_at: datetime) -> Penalty:
    """The penalty in force on the day of the act. Raises `LawError` where the law has no rule for it."""
    return _penalty(code, code, vehicle_class, _local_day(captured_at))


def penalties_for(code: str, vehicle_class: VehicleClass, captured_at: datetime) -> tuple[Penalty, ...]:
    """Every penalty that the recorded act may carry, the act itself first; the officer chooses.

    HELMET_PASSENGER gives the passenger's own and the rider's for carrying him (two records). Raises `LawError` where
    there is none at all.
    """
    day = _local_day(captured_at)
    found = []
    for each in (code, *([_SECOND_ACT[code]] if code in _SECOND_ACT else [])):
        try:
            found.append(_penalty(each, code, vehicle_class, day))
        except LawError as error:
            problem = error
    if not found:
        raise problem
    return tuple(found)


def act_vi(code: str) -> str:
    """What our code says was done, in the decree's words. Raises `LawError` for a code that is none of ours."""
    return _act(code)[0]


def act_en(code: str) -> str:
    """The same in English."""
    return _act(code)[1]


def required_signer(penalties: tuple[Penalty, ...], on: date) -> Signer:
    """The lowest title that may decide on all of these penalties when it signs on that day (LAW.md §2.5).

    Power is tested against the maximum of the frame (Luật XLVPHC Art. 52), and points need the power to suspend a
    licence (NĐ 168/2024 Art. 50.2). Raises `LawError` where no title covers it on that day.
    """
    fine_max = max(penalty.fine_max_vnd for penalty in penalties)
    takes_points = any(penalty.points for penalty in penalties)
    able = [
        row
        for row in signer_rows()
        if row.covers(on) and row.fine_max >= fine_max and (row.may_deduct_points or not takes_points)
    ]
    if not able:
        remedy = "Ask the legal section who may decide this case."
        raise LawError(f"no title may decide on {fine_max:,} VND on {on:%d/%m/%Y}", where="signers.csv", remedy=remedy)
    lowest = min(able, key=lambda row: row.fine_max)
    return Signer(lowest.title_vi, lowest.title_en, lowest.confidence)


def deadlines(captured_at: datetime, detected_at: datetime | None = None, sent_at: datetime | None = None) -> Deadlines:
    """When the notice is due, the registry is warned and the act expires.

    `detected_at`: when it was found in the footage (the act itself where that is unknown); `sent_at`: when the notice
    was sent. The year of NĐ 168/2024 Art. 4 runs from the recording of the act.
    """
    for moment in (captured_at, detected_at, sent_at):
        if moment is not None:
            _local_day(moment)
    return Deadlines(
        notice_due_at=notice_due_at(detected_at or captured_at),
        registry_warning_at=sent_at + REGISTRY_WARNING_AFTER if sent_at else None,
        expires_at=expires_at(captured_at),
    )


def _penalty(code: str, seen_as: str, vehicle_class: VehicleClass, day: date) -> Penalty:
    law_code, law_class = _LAW_CODE.get(code, code), _LAW_CLASS[vehicle_class]
    vietnamese, english = _act(code)
    for row in penalty_rows():
        if row.key == (law_code, law_class) and row.covers(day):
            return _from_row(row, code, vietnamese, english)
    remedy = "Reject the case, or add the rule to configs/penalties.csv if the law has one."
    raise LawError(f"no rule of law covers {seen_as} by a {vehicle_class.value} on {day:%d/%m/%Y}", remedy=remedy)


def _from_row(row: PenaltyRow, code: str, vietnamese: str, english: str) -> Penalty:
    return Penalty(
        code=code,
        law_code=row.code,
        law_vehicle_class=row.vehicle_class,
        decree=row.decree,
        article=row.article,
        clause=row.clause,
        point=row.point,
        fine_min_vnd=row.fine_min,
        fine_max_vnd=row.fine_max,
        fine_average_vnd=row.fine_avg,
        points=row.points,
        additional=row.additional,
        confidence=row.confidence,
        note=row.note,
        act_vi=vietnamese,
        act_en=english,
    )


def _act(code: str) -> tuple[str, str]:
    try:
        return _ACTS[code]
    except KeyError:
        raise LawError(f"`{code}` is no act this program knows", remedy=f"Codes are {', '.join(_ACTS)}.") from None


def _local_day(moment: datetime) -> date:
    if moment.utcoffset() is None:
        raise ValueError("a time without a zone has no day in law")
    return moment.astimezone(LOCAL_ZONE).date()
