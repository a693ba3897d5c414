"""What Prometheus may ask: requests, their duration, and decisions. One registry per app, so tests do not collide."""

import threading
from collections.abc import Collection, Mapping
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from detector.suspensions import Trouble


class Metrics:
    """Counters of one review room. Labels are route templates and cameras, never ids of cases or people: bounded, and no
    personal data."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "phatnguoi_requests", "Answered requests", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "phatnguoi_request_seconds", "Time to answer", ("method", "route"), registry=self.registry
        )
        self.decisions = Counter("phatnguoi_decisions", "What officers did", ("kind",), registry=self.registry)
        self.logins = Counter("phatnguoi_logins", "Login attempts", ("outcome",), registry=self.registry)
        self.cases = Gauge("phatnguoi_cases", "Cases by state", ("state",), registry=self.registry)
        self.suspended = Gauge(
            "phatnguoi_suspended",
            "1: rules of a watched camera are suspended for this cause",
            ("camera", "cause"),
            registry=self.registry,
        )
        self._setting = threading.Lock()

    def text(self, cases_by_state: Mapping[str, int], causes_by_camera: Mapping[str, Collection[str]]) -> bytes:
        """The exposition text; the gauges are set as of now. A watched camera has every cause, 0 or 1; one that is not
        watched any longer has none."""
        with self._setting:
            for state, count in cases_by_state.items():
                self.cases.labels(state).set(count)
            self.suspended.clear()
            for camera, causes in causes_by_camera.items():
                for cause in Trouble:
                    self.suspended.labels(camera, cause.value).set(cause.value in causes)
            return generate_latest(self.registry)


class Measured:
    """ASGI layer that counts and times each answer by its route template."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started_s = perf_counter()
        status = 500

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_counted)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "DELETE") else "other"
            self.metrics.requests.labels(method, route, str(status)).inc()
            self.metrics.seconds.labels(method, route).observe(perf_counter() - started_s)
