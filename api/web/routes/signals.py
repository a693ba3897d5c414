"""What signal controllers push: the phase of a lamp head, stamped by a clock that NTP sets."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, Field
from starlette.exceptions import HTTPException

from api.signal_feeds import Feed, FeedRefusal, Told
from api.web.auth import FEED, GuardedRoute, allow
from api.web.site import site_of
from api.web.wire import ErrorBody, Wire
from detector.vocabulary import Phase

REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ErrorBody} for status in (401, 403, 404, 409, 422, 429, 503)
}
router = APIRouter(prefix="/api/v1", route_class=GuardedRoute, tags=["v1"])


class ClockBody(Wire):
    """How the controller's clock is set, and by how many milliseconds NTP says that it is off."""

    source: Literal["ntp"]
    offset_ms: Annotated[float, Field(allow_inf_nan=False)] = 0.0


class SignalPhaseBody(Wire):
    """A lamp head has shown `phase` since `at`, and still did when this was sent."""

    camera: Annotated[str, Field(min_length=1, max_length=64)]
    signal: Annotated[str, Field(min_length=1, max_length=100)]
    phase: Literal[Phase.RED, Phase.YELLOW, Phase.GREEN, Phase.OFF]
    at: AwareDatetime
    sent_at: AwareDatetime
    clock: ClockBody


class SignalPhaseTakenBody(Wire):
    """Until when the phase is believed unless it is repeated."""

    signal: str
    phase: Phase
    holds_until: datetime


@router.post("/signal-phases", responses=REFUSALS)
@allow(FEED)
def tell_signal_phase(request: Request, body: SignalPhaseBody) -> SignalPhaseTakenBody:
    """For signal controllers, with `Authorization: Bearer TOKEN` from `phatnguoi feed open`: tell each change at once,
    and repeat every phase every two seconds."""
    site = site_of(request)
    feed = request.state.feed
    assert isinstance(feed, Feed)
    if body.camera != feed.camera_id:
        raise HTTPException(404, f"This token opens the feed of camera {feed.camera_id}, not that of {body.camera}.")
    message = Told(body.signal, body.phase, body.at, body.sent_at, body.clock.offset_ms / 1000)
    try:
        told = site.feeds.push(feed, message, now=site.clock())
    except FeedRefusal as refusal:
        raise HTTPException(refusal.status, refusal.line()) from refusal
    return SignalPhaseTakenBody(signal=told.signal, phase=told.phase, holds_until=told.holds_until)
