"""Writing that survives a power cut: content first, then its name, each flushed to the disk."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import EvidenceError


def write_durably(path: Path, content: bytes) -> None:
    """Write a new file and flush it. Raises FileExistsError when it is already there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush(path: Path) -> None:
    """Flush a file that something else wrote, or a folder's list of names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(path: Path, mode: int) -> None:
    """Make a folder and those above it. Raises NotADirectoryError where a file is in the way."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=mode)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from error


@contextmanager
def refusals(where: Path, doing: str) -> Iterator[None]:
    """Turn what the disk refuses into one line for the user."""
    try:
        yield
    except FileExistsError:
        raise  # not the disk's refusal: somebody else was first, and the caller knows what that means
    except OSError as error:
        raise EvidenceError(
            f"{doing}: {(error.strerror or str(error)).lower()}",
            where=str(error.filename or where),
            remedy="Free some disk space or mend the folder's permissions; nothing that was recorded is lost",
        ) from error
