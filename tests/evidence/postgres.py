"""A private PostgreSQL for the tests: its own cluster in a temporary folder, behind a socket, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

MISSING = "These tests need a real PostgreSQL: apt-get install postgresql (or: .ci/system-packages)"


class Cluster:
    """A running server. `url(name)` makes an empty database and returns its address."""

    def __init__(self, socket_folder: Path) -> None:
        self._socket_folder = socket_folder

    def create(self, name: str, *, template: str = "template0") -> str:
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return f"postgresql+psycopg://phatnguoi@/{name}?host={self._socket_folder}"

    def drop(self, name: str) -> None:
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _conninfo(self, database: str) -> str:
        return f"host={self._socket_folder} user=phatnguoi dbname={database}"


@contextmanager
def cluster() -> Iterator[Cluster]:
    binaries = _binaries()
    # Not pytest's folder: that one is closed to the unprivileged user under whom the server has to run.
    folder = Path(tempfile.mkdtemp(prefix="phatnguoi-pg-"))
    try:
        as_user = _unprivileged(folder)
        _run([*as_user, binaries / "initdb", "-D", folder / "db", "-U", "phatnguoi", "-A", "trust", "-E", "UTF8",
              "--locale=C", "--no-sync"])  # fmt: skip
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=60"
        control = [*as_user, binaries / "pg_ctl", "-D", folder / "db", "-w", "-t", "60"]
        _run([*control, "-l", folder / "log", "-o", options, "start"])
        try:
            yield Cluster(folder)
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        pytest.fail(MISSING, pytrace=False)
    return Path(on_path).resolve().parent


def _unprivileged(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: give the folder to its own user, or to nobody."""
    if os.geteuid() != 0:
        return []
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    pytest.fail("PostgreSQL must not run as root, and there is neither a user postgres nor nobody", pytrace=False)


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{command} failed:\n{done.stdout}\n{done.stderr}", pytrace=False)
