"""Who may talk to the server: this machine's own programs, and the page with its key.

A web page that the person has open elsewhere can send requests to loopback, directly or through a
name of its own that it points there (DNS rebinding). Against the second, the Host header must name
this server; against the first, a foreign Origin is refused and every request needs a secret: the
bot's token in the path, or the page's key in a header that no foreign page can know.
"""

from __future__ import annotations

import hmac

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.errors import NotLoopback

KEY_HEADER = "X-Chat-Key"
LOOPBACK = ("127.0.0.1", "localhost")
# Everything else needs the page's key; behind the Bot API's paths there is the token.
_KEYLESS = ("/page/", "/bot", "/file/bot")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def checked_host(host: str) -> str:
    """Return the address to listen on; raises NotLoopback for any that others could reach."""
    if host not in LOOPBACK:
        raise NotLoopback(
            f"the local chat listens on {' or '.join(LOOPBACK)} only, not on '{host}': "
            "it would show this chat to the whole network"
        )
    return LOOPBACK[0]


def refusal(status: int, text: str) -> web.Response:
    """Answer a request that is not taken, in words for the page."""
    return web.json_response({"error": text}, status=status)


class Guard:
    """Check each request before its handler; give each answer its protecting headers."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._hosts: frozenset[str] = frozenset()

    def open_for(self, port: int) -> None:
        """Name the port once it is known; before that, nothing is let in."""
        names = {f"{host}:{port}" for host in LOOPBACK}
        self._hosts = frozenset(names | (set(LOOPBACK) if port == 80 else set()))

    @property
    def middleware(self) -> Middleware:
        """Return the check as aiohttp takes it."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            if why := self._why_not(request):
                return refusal(403, why)
            if not self._keyless(request.path) and not self._has_key(request):
                return refusal(401, "Open the address that the terminal printed: it has the key.")
            return await handler(request)

        return check

    def _why_not(self, request: web.Request) -> str | None:
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return "This server answers to its own loopback address only."
        for origin in request.headers.getall("Origin", []):
            if origin.lower() not in {f"http://{host}" for host in self._hosts}:
                return "Requests of other pages are refused."
        site = request.headers.get("Sec-Fetch-Site", "none")
        # A link that leads here is no harm: the page holds nothing without the key.
        if site not in ("none", "same-origin") and request.path != "/":
            return "Requests of other pages are refused."
        return None

    def _keyless(self, path: str) -> bool:
        return path == "/" or path.startswith(_KEYLESS)

    def _has_key(self, request: web.Request) -> bool:
        given = request.headers.get(KEY_HEADER, "").encode(errors="replace")
        return hmac.compare_digest(given, self._key)

    async def protect(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Add the headers to an answer that is about to be sent."""
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
