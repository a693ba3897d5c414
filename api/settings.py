"""Where this installation keeps its things. Environment: PHATNGUOI_HOME, PHATNGUOI_STORE."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Folders and addresses of one installation; nothing here is created before it is needed."""

    home: Path
    store_url: str

    @property
    def packages_folder(self) -> Path:
        """Sealed evidence packages, one folder per case."""
        return self.home / "packages"

    @property
    def keys_folder(self) -> Path:
        """The site's signing key: mode 0700, never in a backup of the store."""
        return self.home / "keys"

    @property
    def runs_folder(self) -> Path:
        """What models saw in each piece of footage: an interrupted run goes on from here."""
        return self.home / "runs"

    @property
    def feeds_folder(self) -> Path:
        """What signal controllers push, and the hashes of their tokens."""
        return self.home / "feeds"

    @property
    def watch_folder(self) -> Path:
        """What `watch` and other commands tell each other of live cameras."""
        return self.home / "watch"

    @property
    def error_log(self) -> Path:
        """Tracebacks of programming errors; the user sees one line that names this file."""
        return self.home / "errors.log"


def load_settings(home: Path | None = None) -> Settings:
    """Settings from the arguments, then the environment, then `./var`."""
    folder = (home or Path(os.environ.get("PHATNGUOI_HOME", "var"))).absolute()
    default_store = f"sqlite:///{folder / 'store.sqlite3'}"
    # A store named by the environment belongs to the home named there, not to a folder given on the command line.
    store_url = default_store if home else os.environ.get("PHATNGUOI_STORE", default_store)
    return Settings(home=folder, store_url=store_url)
