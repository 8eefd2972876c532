"""What an address answers when it refuses: a French sentence with the right status, never a trace.

`STATUSES` is the only table from errors to statuses.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from observatoire.errors import (
    AccessError,
    ConflictError,
    DisclosureError,
    NotFoundError,
    ObservatoireError,
    SettingsError,
    SignInError,
    StoreError,
)
from observatoire.labels import read_words
from observatoire.labels.typography import typeset

_LOG = logging.getLogger("observatoire.server")
# The most precise class of an error wins.
STATUSES: dict[type[ObservatoireError], int] = {
    SignInError: 401,
    AccessError: 403,
    NotFoundError: 404,
    SettingsError: 404,  # a site that is not one
    ConflictError: 409,
    DisclosureError: 409,
    StoreError: 503,
    ObservatoireError: 400,
}


def log_unexpected(error: BaseException) -> None:
    """Log where an unexpected error happened, never its words: they may quote a row."""
    lines = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("unexpected %s\n%s", type(error).__name__, lines)


def nothing(_request: Request) -> Response:
    """Say that there is nothing at an address."""
    return sentence(404, read_words("serveur")("error.not_found"))


def refuse(_request: Request, error: HTTPException) -> Response:
    """Say in French what the web framework refuses by itself, with its status."""
    known = "not_found" if error.status_code == 404 else "refused"
    return sentence(error.status_code, read_words("serveur")(f"error.{known}"))


def unexpected(_request: Request, _error: Exception) -> Response:
    """Say in French that something failed that nobody foresaw."""
    return sentence(500, read_words("serveur")("error.unexpected"))


def answering(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Turn what an address raises into its French sentence."""

    def answered(request: Request) -> Response:
        try:
            return answer(request)
        except ObservatoireError as error:
            return refusal(error)
        except Exception as error:
            log_unexpected(error)
            return unexpected(request, error)

    return answered


def refusal(error: ObservatoireError) -> Response:
    """Say what was refused and the way out, with the status of the most precise class."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    _LOG.warning("%s %s: %s", status, type(error).__name__, error.message)
    return sentence(status, " ".join(part for part in (error.user, error.remedy) if part))


def sentence(status: int, text: str) -> Response:
    """Answer one French sentence, kept by nobody."""
    headers: dict[str, Any] = {"cache-control": "no-store"}
    return PlainTextResponse(typeset(text) + "\n", status_code=status, headers=headers)
