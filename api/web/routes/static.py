"""Scripts, style, icon: the only files that anybody may fetch."""

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from api.web.assets import assets, version
from api.web.auth import PUBLIC, GuardedRoute, allow

FOR_GOOD = "public, max-age=31536000, immutable"

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/static/{at_version}/{name}")
@allow(PUBLIC)
def static_file(at_version: str, name: str) -> Response:
    """One of our own files by its exact name; kept for good only under its own version."""
    asset = assets().get(name)
    if asset is None:
        raise HTTPException(404, "No such file.")
    keep = FOR_GOOD if at_version == version() else "no-store"
    return Response(asset.content, media_type=asset.kind, headers={"Cache-Control": keep})
