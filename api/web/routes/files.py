"""Files of a case, only through its id and a name from a fixed list."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from api.web.auth import SEE, GuardedRoute, allow
from api.web.case_page import CasePage
from api.web.desk import Desk
from evidence.cases import review
from evidence.vault.manifest import VIOLATIONS_MAX

KINDS: Final = {
    "clip.mp4": "video/mp4",
    "clip.mkv": "video/x-matroska",
    "before.jpg": "image/jpeg",
    "during.jpg": "image/jpeg",
    **{f"during_{number}.jpg": "image/jpeg" for number in range(2, VIOLATIONS_MAX + 1)},
    "after.jpg": "image/jpeg",
    "plate.jpg": "image/jpeg",
    "overview.jpg": "image/jpeg",
    "manifest.json": "application/json",
    "manifest.sig": "application/octet-stream",
}
"""What a package may serve, and as what. Anything else is not found, whatever lies in the folder."""
SEALED: Final = "private, max-age=86400, immutable"  # a sealed file never changes

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/cases/{case_id}/files/{name}")
@allow(SEE)
def package_file(request: Request, case_id: str, name: str) -> Response:
    """One file of the sealed package. Answers Range requests, which seeking in the clip needs."""
    kind = KINDS.get(name)
    if kind is None:
        raise HTTPException(404, "No such file in a package.")
    desk = Desk(request)
    path = desk.site.package_folder(desk.view_quietly(case_id)) / name
    if not path.is_file() or path.is_symlink():  # the vault never links: a link was put there by someone
        raise HTTPException(404, f"{case_id} has no {name}.")
    return FileResponse(path, media_type=kind, headers={"Cache-Control": SEALED})


@router.get("/cases/{case_id}/thumb.jpg")
@allow(SEE)
def thumbnail(request: Request, case_id: str) -> Response:
    """The vehicle, small, cut from the still of the violation."""
    desk = Desk(request)
    kept = desk.site.thumbnails.kept(case_id)
    if kept is not None:
        return Response(kept, media_type="image/jpeg", headers={"Cache-Control": SEALED})
    view = desk.look(case_id)
    try:
        box_xyxy = CasePage(view).box_at(view.manifest.still("during.jpg"))
        content = desk.site.thumbnails.of(case_id, desk.site.package_folder(view) / "during.jpg", box_xyxy)
    except OSError as error:
        raise HTTPException(404, f"{case_id} has no picture of the violation.") from error
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": SEALED})


@router.get("/cases/{case_id}/notice.pdf")
@allow(SEE)
def notice_pdf(request: Request, case_id: str) -> Response:
    """The issued notice, exactly as kept."""
    desk = Desk(request)
    with desk.site.store.reading() as session:
        notice = review.notice_of(session, case_id)
    if notice is None:
        raise HTTPException(404, f"No notice has been issued for {case_id}.")
    desk.note("notice_downloaded", case_id)
    disposition = f'attachment; filename="{case_id}-thong-bao.pdf"'
    return Response(notice.pdf, media_type="application/pdf", headers={"Content-Disposition": disposition})
