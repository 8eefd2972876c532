"""The addresses of a sign-in by the provider: going there, coming back, and what is said of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from observatoire.connexion import (
    PROVIDER,
    SIGN_IN,
    Open,
    going_on,
    inside,
    is_foreign,
    sign_in_form,
    with_cookie,
)
from observatoire.errors import ObservatoireError
from observatoire.oidc.pending import KEPT_S, Pending
from observatoire.oidc.provider import Provider, open_provider
from observatoire.oidc.refusals import ProviderError, Reason
from observatoire.passwords import new_token, token_hash
from observatoire.porter import Porter
from observatoire.settings import Oidc, Settings

RETURN = f"{SIGN_IN}/retour"
COOKIE = "observatoire-retour"
_LONGEST = 4096
_REASONS: dict[str, Reason] = {"unknown": "unknown", "closed": "closed", "locked": "locked"}
_LOG = logging.getLogger("observatoire.server")


def provider_routes(settings: Settings, open_access: Open) -> list[Route]:
    """Return the addresses of a sign-in by the provider; none when there is no provider.

    Parameters
    ----------
    open_access
        Makes the store ready, as for any other sign-in.

    Raises
    ------
    SettingsError
        When the provider's secret cannot be read.
    """
    if settings.oidc is None:
        return []
    desk = _Desk(settings, settings.oidc, open_access, open_provider(settings.oidc))
    return [
        Route(PROVIDER, desk.answering(desk.go), methods=["GET"]),
        Route(RETURN, desk.answering(desk.come_back), methods=["GET"]),
    ]


@dataclass
class _Desk:
    settings: Settings
    oidc: Oidc
    open_access: Open
    provider: Provider
    pending: Pending = field(default_factory=Pending)

    def __post_init__(self) -> None:
        self.porter = Porter(self.settings)

    def go(self, request: Request) -> Response:
        """Send the browser to the provider, with a cookie to know it again."""
        if is_foreign(request):
            return RedirectResponse(SIGN_IN, 303)  # the page of another site signs nobody in
        key, attempt = self.pending.begin(inside(request.query_params.get("suite", "")))
        answer = RedirectResponse(self.provider.address(attempt, self._back(request)), 303)
        # Lax and not Strict: the browser comes back from the provider, another site, and has to
        # bring it. It opens nothing: it only says that this browser is the one that went.
        answer.set_cookie(
            COOKIE,
            key,
            max_age=KEPT_S,
            path=SIGN_IN,
            httponly=True,
            samesite="lax",
            secure=self.settings.secure,
        )
        answer.headers["cache-control"] = "no-store"
        return answer

    def come_back(self, request: Request) -> Response:
        """Open a session to whom the provider's answer proves, and go on by a page of ours."""
        said = request.query_params
        attempt = self.pending.take(request.cookies.get(COOKIE), said.get("state", ""))
        if attempt is None:
            raise ProviderError("state", "an answer that this browser did not ask for")
        self.provider.check_sender(said.get("iss"))
        if "error" in said:
            declined = said["error"] == "access_denied"
            raise ProviderError("declined" if declined else "answer", "the provider says no")
        code = said.get("code", "")
        if not 0 < len(code) <= _LONGEST:
            raise ProviderError("answer", "the provider gives no code")
        subject = self.provider.subject(code, attempt, self._back(request))
        token = new_token()
        self.open_access()
        answer = self.porter.sign_in(self.oidc.issuer, subject, token_hash(token))
        if answer != "entered":
            reason = _REASONS.get(answer, "unknown")
            shown = subject if reason == "unknown" else ""
            raise ProviderError(reason, f"sign-in {reason}", shown=shown)
        return with_cookie(going_on(attempt.path), token, self.settings.secure)

    def answering(
        self, answer: Callable[[Request], Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Turn what an address raises into the sign-in page; the attempt's cookie is over."""

        async def answered(request: Request) -> Response:
            try:
                made = await run_in_threadpool(answer, request)
            except ObservatoireError as error:
                made = self._refused(error)
            except Exception as error:  # its words may quote a code or a claim
                made = self._refused(ProviderError("answer", f"unexpected {type(error).__name__}"))
            if answer == self.come_back:
                made.delete_cookie(
                    COOKIE,
                    path=SIGN_IN,
                    httponly=True,
                    samesite="lax",
                    secure=self.settings.secure,
                )
            return made

        return answered

    def _refused(self, error: ObservatoireError) -> Response:
        status = error.status if isinstance(error, ProviderError) else 503
        shown = error.shown if isinstance(error, ProviderError) else ""
        _LOG.warning("%s sign-in by the provider: %s", status, error.message)
        said = " ".join(part for part in (error.user, error.remedy) if part)
        return sign_in_form("", said, status, provider=self.oidc.name, code=shown)

    def _back(self, request: Request) -> str:
        """Return where the provider sends the browser back: never what a request says of us."""
        if self.settings.public_url:
            return self.settings.public_url + RETURN
        return f"http://localhost:{request.scope['server'][1]}{RETURN}"
