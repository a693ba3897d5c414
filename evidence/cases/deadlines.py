"""Deadlines that run from the moment of capture (LAW.md §2.3). Computed and shown, never acted on by themselves."""

from datetime import datetime, timedelta

from evidence.local_time import LOCAL_ZONE

NOTICE_WITHIN = timedelta(days=10)
"""Calendar days from detection to notice: TT 73/2024/TT-BCA Art. 24.1.a."""


def notice_due_at(captured_at: datetime) -> datetime:
    """When the notice must be sent at the latest."""
    return captured_at + NOTICE_WITHIN


def expires_at(captured_at: datetime) -> datetime:
    """When the act can no longer be punished: one year after it (NĐ 168/2024 Art. 4), by the local calendar."""
    local = captured_at.astimezone(LOCAL_ZONE)
    if (local.month, local.day) == (2, 29):
        return local.replace(year=local.year + 1, day=28)
    return local.replace(year=local.year + 1)
