"""What every response and every request body must satisfy, whatever route answers.

A pure ASGI layer, so that it also covers static files and error pages: security headers on the way out, a bounded body
on the way in. Reference for the headers: OWASP Secure Headers; the policy allows no inline script and no inline style.
"""

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_MAX_BYTES = 64 * 1024  # forms carry a plate, a note or a password; nothing here uploads files

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
ONE_YEAR_S = 365 * 24 * 3600


class Hardening:
    """Adds `HEADERS` to each response and answers 413 to bodies over `BODY_MAX_BYTES`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR_S}")
            await send(message)

        await self.app(scope, _bounded(receive), send_hardened)


def _bounded(receive: Receive) -> Receive:
    """Counts what arrives instead of trusting Content-Length, which chunked bodies do not have."""
    received_bytes = 0

    async def receive_bounded() -> Message:
        nonlocal received_bytes
        message = await receive()
        if message["type"] == "http.request":
            received_bytes += len(message.get("body", b""))
            if received_bytes > BODY_MAX_BYTES:
                raise HTTPException(413, f"The request is larger than {BODY_MAX_BYTES} bytes.")
        return message

    return receive_bounded
