"""What one running review room stands on: settings, store, packages, a clock and its counters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fastapi import Request

from api.settings import Settings
from api.signal_feeds import SignalFeeds
from api.watch_board import WatchBoard
from api.web.metrics import Metrics
from api.web.pictures import Thumbnails
from api.web.recent import Recent
from evidence.cases.case import CaseView
from evidence.store.store import Store
from evidence.vault.vault import Vault


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Site:
    """Shared by all requests; everything in it is safe to use from several threads."""

    settings: Settings
    store: Store
    vault: Vault
    clock: Callable[[], datetime] = _now
    metrics: Metrics = field(default_factory=Metrics)
    thumbnails: Thumbnails = field(default_factory=Thumbnails)
    views: Recent = field(default_factory=Recent)
    feeds: SignalFeeds = field(init=False)
    board: WatchBoard = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "feeds", SignalFeeds(self.settings.feeds_folder))
        object.__setattr__(self, "board", WatchBoard(self.settings.watch_folder))

    @classmethod
    def open(cls, settings: Settings, store: Store, clock: Callable[[], datetime] = _now) -> "Site":
        """The site over an open store."""
        return cls(settings, store, Vault.open(settings.packages_folder, settings.keys_folder), clock)

    def package_folder(self, view: CaseView) -> Path:
        """The sealed folder of a case."""
        return self.vault.folder(view.package_name)


def site_of(request: Request) -> Site:
    """The site that serves this request."""
    site = request.app.state.site
    assert isinstance(site, Site)
    return site
