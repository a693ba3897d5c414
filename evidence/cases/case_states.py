"""The states of a case and what moves it between them (DESIGN §6, LAW.md §2.3).

    recorded ──confirm──▶ confirmed ──issue notice──▶ noticed
       │  ▲
    reject│ reopen (supervisor)
       ▼  │
    rejected

A case has no stored state of its own: it is in the state that its last event left it in.
"""

from enum import StrEnum


class CaseState(StrEnum):
    """Where a case stands. `RECORDED` waits for an officer."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    NOTICED = "noticed"


class EventKind(StrEnum):
    """What happened to a case."""

    RECORDED = "recorded"
    PLATE_CORRECTED = "plate_corrected"
    PLATE_AFFIRMED = "plate_affirmed"
    VIOLATION_DROPPED = "violation_dropped"
    VIOLATION_KEPT = "violation_kept"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REOPENED = "reopened"
    NOTICE_ISSUED = "notice_issued"


MOVES: dict[EventKind, tuple[CaseState | None, CaseState]] = {
    EventKind.RECORDED: (None, CaseState.RECORDED),
    EventKind.PLATE_CORRECTED: (CaseState.RECORDED, CaseState.RECORDED),
    EventKind.PLATE_AFFIRMED: (CaseState.RECORDED, CaseState.RECORDED),
    EventKind.VIOLATION_DROPPED: (CaseState.RECORDED, CaseState.RECORDED),
    EventKind.VIOLATION_KEPT: (CaseState.RECORDED, CaseState.RECORDED),
    EventKind.CONFIRMED: (CaseState.RECORDED, CaseState.CONFIRMED),
    EventKind.REJECTED: (CaseState.RECORDED, CaseState.REJECTED),
    EventKind.REOPENED: (CaseState.REJECTED, CaseState.RECORDED),
    EventKind.NOTICE_ISSUED: (CaseState.CONFIRMED, CaseState.NOTICED),
}
"""Every event, the state it needs and the state it leaves. Nothing else moves a case."""


class RejectReason(StrEnum):
    """Why an officer rejects a case, or drops one violation of it. The first group are exemptions and excuses of law
    (LAW.md §1, §2.2; DESIGN §3), the second faults of ours, which count into the camera's rejection rate."""

    EMERGENCY_VEHICLE = "emergency_vehicle"
    OFFICER_SIGNAL = "officer_signal"
    OVERTAKING_OR_OBSTACLE = "overtaking_or_obstacle"
    WALKING_BIKE = "walking_bike"
    CHILD_UNDER_6 = "child_under_6"
    EMERGENCY_PATIENT = "emergency_patient"

    NOT_A_VIOLATION = "not_a_violation"
    WRONG_VEHICLE_OR_PLATE = "wrong_vehicle_or_plate"
    UNREADABLE_PLATE = "unreadable_plate"
    POOR_EVIDENCE = "poor_evidence"
    DUPLICATE = "duplicate"
    EXPIRED = "expired"
    SYSTEM_ERROR = "system_error"

    def text(self, language: str) -> str:
        """The reason as an officer reads it; Vietnamese unless `language` is "en"."""
        vi, en = _REASON_TEXTS[self]
        return en if language == "en" else vi


_REASON_TEXTS: dict[RejectReason, tuple[str, str]] = {
    RejectReason.EMERGENCY_VEHICLE: ("Xe ưu tiên đang làm nhiệm vụ", "Emergency vehicle on duty"),
    RejectReason.OFFICER_SIGNAL: ("Theo hiệu lệnh của người điều khiển giao thông", "Following an officer's signal"),
    RejectReason.OVERTAKING_OR_OBSTACLE: ("Vượt xe hoặc tránh chướng ngại vật", "Overtaking or avoiding an obstacle"),
    RejectReason.WALKING_BIKE: ("Người dắt xe", "Walking the bike"),
    RejectReason.CHILD_UNDER_6: ("Chở trẻ em dưới 6 tuổi", "Child under 6 carried as passenger"),
    RejectReason.EMERGENCY_PATIENT: ("Chở người bệnh đi cấp cứu", "Carrying a sick person to emergency care"),
    RejectReason.NOT_A_VIOLATION: ("Không vi phạm", "Not a violation"),
    RejectReason.WRONG_VEHICLE_OR_PLATE: ("Sai phương tiện hoặc sai biển số", "Wrong vehicle or plate"),
    RejectReason.UNREADABLE_PLATE: ("Không đọc được biển số", "Plate cannot be read"),
    RejectReason.POOR_EVIDENCE: ("Hình ảnh không đủ rõ", "The pictures do not show it clearly"),
    RejectReason.DUPLICATE: ("Trùng với vụ việc khác", "Duplicate of another case"),
    RejectReason.EXPIRED: ("Quá thời hiệu xử phạt", "Past the limitation period"),
    RejectReason.SYSTEM_ERROR: ("Lỗi hệ thống", "System error"),
}
