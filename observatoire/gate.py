"""Which names this server answers to, and from which pages: asked of every request, first of all.

A page of another site may make a browser of ours speak to us: under a name that its owner points
to this machine (another `Host`), or across origins (a foreign `Origin`). Both are refused before
Streamlit sees them. Streamlit, left alone, takes the first for itself; and to judge the second it
asks another machine what our address is.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from observatoire.labels import read_words
from observatoire.settings import LOCAL_HOSTS

FRAMEWORK = "/_stcore"


def own_hosts(public_url: str | None) -> tuple[str, ...]:
    """Return the names under which the app is asked for."""
    public = urlsplit(public_url).hostname if public_url else None
    return (public, *LOCAL_HOSTS) if public and public not in LOCAL_HOSTS else LOCAL_HOSTS


@dataclass
class Gate:
    """ASGI middleware: refuses another name than ours, and the pages of other sites.

    Attributes
    ----------
    app
        What answers.
    public_url
        The origin readers type, None for this machine alone.
    """

    app: ASGIApp
    public_url: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse: 403 before a websocket opens, 421 or 403 for a page."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if _name(host) not in own_hosts(self.public_url):
            await _refuse(scope, receive, send, 421)
        elif origin is None or self._is_own(origin, host):
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and origin == "null" and not _is_framework(scope):
            # a form of our own pages: they send no referrer, so the browser names no origin
            await self.app(scope, receive, send)
        else:
            await _refuse(scope, receive, send, 403)

    def _is_own(self, origin: str, host: str) -> bool:
        if origin == self.public_url:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:  # `http://[`: no address at all
            return False
        return parts.scheme == "http" and _name(host) in LOCAL_HOSTS and parts.netloc == host


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_framework(scope: Scope) -> bool:
    return str(scope["path"]).startswith(FRAMEWORK)


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    text = read_words("serveur")("error.refused") + "\n"
    answer = PlainTextResponse(text, status, headers={"cache-control": "no-store"})
    await answer(scope, receive, send)
