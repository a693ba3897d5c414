"""For machines: is it alive, how much does it do, what can it be asked."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from api.web.auth import LOGGED_IN, MEASURE, PUBLIC, GuardedRoute, allow
from api.web.pages import render
from api.web.site import site_of
from evidence.cases import review

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API as the page shows it."""

    method: str
    path: str
    summary: str
    parameters: tuple[tuple[str, str, str, bool], ...]
    answers: tuple[tuple[str, str], ...]


@router.get("/healthz")
@allow(PUBLIC)
def healthz(request: Request) -> Response:
    """200 when the store answers; 503 (by the error handler) when it does not."""
    with site_of(request).store.reading() as session:
        review.counts(session)
    return PlainTextResponse("ok\n")


@router.get("/metrics")
@allow(MEASURE)
def metrics(request: Request) -> Response:
    """For Prometheus, from this machine or with an administrator's login. Cameras, but no ids of cases, and no plates."""
    site = site_of(request)
    with site.store.reading() as session:
        counts = review.counts(session)
    cases = {state.value: count for state, count in counts.by_state.items()}
    text = site.metrics.text(cases, site.board.suspended(now=site.clock()))
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


@router.get("/openapi.json")
@allow(LOGGED_IN)
def openapi(request: Request) -> Response:
    """The API as OpenAPI 3.1."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
@allow(LOGGED_IN)
def docs(request: Request) -> Response:
    """The API as a page of our own: nothing is fetched from elsewhere."""
    return render(request, "docs.html", here="docs", operations=operations(request.app.openapi()))


def operations(schema: dict[str, Any]) -> list[Operation]:
    """The operations of an OpenAPI document, in its order."""
    return [
        Operation(method, path, spec.get("description") or spec.get("summary", ""), _parameters(spec), _answers(spec))
        for path, methods in schema["paths"].items()
        for method, spec in methods.items()
    ]


def _parameters(spec: dict[str, Any]) -> tuple[tuple[str, str, str, bool], ...]:
    listed = [
        (one["name"], one["in"], _kind(one["schema"]), one.get("required", False)) for one in spec.get("parameters", ())
    ]
    body = spec.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return (*listed, *([("body", "JSON", _kind(body), True)] if body else ()))


def _answers(spec: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (status, _kind(one.get("content", {}).get("application/json", {}).get("schema", {})))
        for status, one in sorted(spec["responses"].items())
    )


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    return str(schema.get("type", ""))
