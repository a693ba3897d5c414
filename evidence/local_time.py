"""The time on the unit's wall: everything is stored in UTC; documents, deadlines and numbers follow this zone."""

from datetime import datetime, timedelta, timezone

LOCAL_ZONE = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Fixed: Vietnam has had no daylight saving since 1975, and a bare container has no time zone tables."""


def local_year(moment: datetime) -> int:
    """The calendar year where the unit is: notices are numbered by it."""
    return moment.astimezone(LOCAL_ZONE).year
