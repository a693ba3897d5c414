"""Our own scripts, style and icon: read once, served under a path that carries a hash of all of them.

The version stands in the path, not in a query, so that a module's `import "./page.js"` finds the very same address
as the page's script element: two addresses would be two instances of the module.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

KINDS: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file."""

    content: bytes
    kind: str


@cache
def assets() -> dict[str, Asset]:
    """All static files by name."""
    folder = files("api.web") / "static"
    listed = sorted((one for one in folder.iterdir() if one.name.rpartition(".")[2] in KINDS), key=lambda one: one.name)
    return {one.name: Asset(one.read_bytes(), KINDS[one.name.rpartition(".")[2]]) for one in listed}


@cache
def version() -> str:
    """A hash over all static files."""
    digest = sha256()
    for name, asset in assets().items():
        digest.update(f"{name}:{len(asset.content)}:".encode() + asset.content)
    return digest.hexdigest()[:12]


def static_url(name: str) -> str:
    """The address of a static file. KeyError for one that does not exist: a page must not point to nothing."""
    assets()[name]
    return f"/static/{version()}/{name}"
