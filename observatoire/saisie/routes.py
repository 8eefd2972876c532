"""The addresses of the page « Saisie »: its files, what it is given, what it sends.

Who asks is told by an HttpOnly cookie; the token is passed to the desk and appears nowhere else.
Answers that hold data are never kept by a browser.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from observatoire.errors import (
    AccessError,
    ConflictError,
    NotFoundError,
    ObservatoireError,
    SchemaError,
    SignInError,
    StoreError,
)
from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.saisie.desk import EntryDesk
from observatoire.saisie.guards import Refused, read_json, require_own_page
from observatoire.saisie.shell import FILES_ROUTE, PAGE_ROUTE, WORKER, File, files, page

# The most precise class of an error wins.
STATUSES: dict[type[ObservatoireError], int] = {
    SignInError: 401,
    AccessError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    SchemaError: 422,
    StoreError: 503,
    ObservatoireError: 400,
}
_LOG = logging.getLogger("observatoire.saisie")
TEAM_HEADER = "saisie-equipe"
"""In whose name an entry was written, percent-encoded: somebody else may have signed in since."""
Endpoint = Callable[[Request], Awaitable[Response]]


def saisie_routes(desk_of: Callable[[], EntryDesk], cookie: str) -> list[Route]:
    """Return the addresses of the page.

    Parameters
    ----------
    desk_of
        Gives the desk; called for each request, in a thread.
    cookie
        Name of the HttpOnly cookie that holds the token.
    """
    asked = _Addresses(desk_of, cookie)
    sent = f"{PAGE_ROUTE}/sorties"
    return [
        Route(PAGE_ROUTE, _page),
        Route(f"{FILES_ROUTE}/{{name}}", _static),
        Route(f"{PAGE_ROUTE}/cadre.json", _answering(asked.frame)),
        Route(f"{PAGE_ROUTE}/recentes.json", _answering(asked.recent)),
        Route(sent, _answering(asked.keep), methods=["POST"]),
        Route(f"{sent}/{{id:uuid}}/retrait", _answering(asked.withdraw), methods=["POST"]),
    ]


@dataclass(frozen=True)
class _Addresses:
    desk_of: Callable[[], EntryDesk]
    cookie: str

    async def frame(self, request: Request) -> Response:
        token = self._token(request)
        return _json(200, _shown(await run_in_threadpool(lambda: self.desk_of().frame(token))))

    async def recent(self, request: Request) -> Response:
        token = self._token(request)
        outings = await run_in_threadpool(lambda: self.desk_of().recent(token))
        return _json(200, {"outings": outings})

    async def keep(self, request: Request) -> Response:
        require_own_page(request)
        values = await read_json(request)
        token = self._token(request)
        team = unquote(request.headers.get(TEAM_HEADER, ""))
        kept = await run_in_threadpool(lambda: self.desk_of().keep(token, values, team))
        return _json(200 if kept.already else 201, {"id": kept.id, "already": kept.already})

    async def withdraw(self, request: Request) -> Response:
        require_own_page(request)
        await read_json(request)
        token, outing = self._token(request), str(request.path_params["id"])
        await run_in_threadpool(lambda: self.desk_of().withdraw(token, outing))
        return _json(200, {"id": outing})

    def _token(self, request: Request) -> str:
        token = request.cookies.get(self.cookie, "")
        if not token:
            words = read_words("saisie")
            raise SignInError("no token", user=words("refused.nobody"))
        return token


def _page(request: Request) -> Response:
    """Give the page. Named `inline`, it is not taken for Streamlit's own page and rewritten."""
    return _file(request, page(), {"content-disposition": "inline"})


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    found = files().get(name)
    if found is None:
        return _refusal(404, read_words("serveur")("error.not_found"))
    return _file(request, found, {"service-worker-allowed": PAGE_ROUTE} if name == WORKER else {})


def _file(request: Request, file: File, headers: dict[str, str]) -> Response:
    """Give a file, or say that the browser still holds the right one."""
    own = {"cache-control": "no-cache", "etag": file.tag} | headers
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=own)
    return Response(file.content, headers=own, media_type=file.media)


def _answering(answer: Endpoint) -> Endpoint:
    """Turn what an address raises into a French sentence and a status the page understands."""

    async def answered(request: Request) -> Response:
        try:
            return await answer(request)
        except Refused as refused:
            _LOG.warning("%s %s", refused.status, refused.name)
            return _refusal(refused.status, read_words("saisie")(refused.name))
        except ObservatoireError as error:
            status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
            _LOG.warning("%s %s: %s", status, type(error).__name__, error.message)
            if isinstance(error, SchemaError):
                return _refusal(status, error.user, [typeset(fault) for fault in error.faults])
            return _refusal(status, " ".join(part for part in (error.user, error.remedy) if part))
        except Exception as error:
            # Its place, never its words: they may quote an entry.
            lines = "".join(traceback.format_tb(error.__traceback__))
            _LOG.error("unexpected %s\n%s", type(error).__name__, lines)
            return _refusal(500, read_words("serveur")("error.unexpected"))

    return answered


def _refusal(status: int, sentence: str, faults: list[str] | None = None) -> Response:
    return _json(status, {"error": typeset(sentence), "faults": faults or []})


def _json(status: int, values: Any) -> Response:
    return JSONResponse(values, status, headers={"cache-control": "no-store"})


def _shown(frame: dict[str, Any]) -> dict[str, Any]:
    """Return the frame with its French names typeset."""
    names = {"label", "theme", "definition", "name", "commune"}

    def typed(one: dict[str, Any]) -> dict[str, Any]:
        return {
            key: typeset(value) if key in names and isinstance(value, str) else value
            for key, value in one.items()
        }

    def of_site(site: dict[str, Any]) -> dict[str, Any]:
        lists = {name: [typed(one) for one in site[name]] for name in ("qpv", "items")}
        return typed(site) | lists

    return frame | {"sites": [of_site(one) for one in frame["sites"]]}
