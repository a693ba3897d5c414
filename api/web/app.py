"""The review room as an ASGI app: `create_app(settings)`."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI

from api.settings import Settings
from api.web import errors
from api.web.auth import GuardedRoute
from api.web.metrics import Measured
from api.web.routes import api_v1, audit, case, entry, files, machine, queue, signals, static
from api.web.security import Hardening
from api.web.site import Site
from evidence.store.store import Store

DESCRIPTION = (
    "Cases of roadside cameras: the queue, one case, the officer's decision, the notice. Log in with `POST "
    "/api/v1/session`, keep the cookie, and send `X-CSRF-Token` with everything that changes something."
)


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings, *, clock: Callable[[], datetime] = _now) -> FastAPI:
    """The app over one installation. Brings the store's schema up to date. Raises StoreError when it cannot."""
    store = Store.open(settings.store_url)
    store.migrate()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    app = FastAPI(
        title="phatnguoi",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    app.state.site = Site.open(settings, store, clock)
    app.router.route_class = GuardedRoute
    for module in (static, machine, entry, queue, case, files, audit, api_v1, signals):
        # As they are: one flat list that a test can walk, and no route loses its guard on the way.
        app.router.routes.extend(module.router.routes)
    errors.install(app)
    app.add_middleware(Measured, metrics=app.state.site.metrics)
    app.add_middleware(Hardening)
    return app
