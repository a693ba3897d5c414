"""Who looked at which case lately: one look at a case page fetches six files and should be one line in the audit log."""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

WINDOW = timedelta(minutes=10)
PAIRS_MAX = 4096


class Recent:
    """Remembers (username, case) pairs for `WINDOW`; bounded, and safe to use from several threads."""

    __slots__ = ("_lock", "_pairs")

    def __init__(self) -> None:
        self._pairs: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        self._lock = Lock()

    def is_new(self, username: str, case_id: str, at: datetime) -> bool:
        """Whether this look is the first within the window; notes it either way."""
        pair = (username, case_id)
        with self._lock:
            last = self._pairs.pop(pair, None)
            self._pairs[pair] = at if last is None or at - last >= WINDOW else last
            if len(self._pairs) > PAIRS_MAX:
                self._pairs.popitem(last=False)
        return last is None or at - last >= WINDOW

    def note(self, username: str, case_id: str, at: datetime) -> None:
        """The pair was logged just now."""
        with self._lock:
            self._pairs[username, case_id] = at
