"""The addresses of signing in and out: the cookie is set here, and nowhere else.

`GET /connexion` is a form, `POST /connexion` sets an HttpOnly, SameSite=Strict cookie;
`POST /deconnexion` ends the session; `/connexion/mot-de-passe` changes a password. A form sent
from another site is refused, whatever cookie the browser adds. Where a provider vouches for people
(`oidc/`), the form leads to it too.
"""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from observatoire import accounts
from observatoire.access import COOKIE, Access
from observatoire.answers import log_unexpected, unexpected
from observatoire.component.shelf import asset_url
from observatoire.errors import AccessError, ObservatoireError, StoreError
from observatoire.labels import read_words
from observatoire.labels.typography import typeset

SIGN_IN, SIGN_OUT, PASSWORD = "/connexion", "/deconnexion", "/connexion/mot-de-passe"
PROVIDER = "/connexion/fournisseur"
# our own form says where it comes from, to this server alone
_OWN_FORM = '<meta name="referrer" content="same-origin">'
_LARGEST = 4096
_SECONDS = 13 * 3600
Open = Callable[[], Access]


def sign_in_routes(
    open_access: Open, *, secure: bool = False, provider: str | None = None
) -> list[Route]:
    """Return the addresses of signing in.

    Parameters
    ----------
    open_access
        Gives the app's door.
    secure
        The app is behind TLS: the cookie never travels otherwise.
    provider
        What the provider that vouches for people is called; None when there is none.
    """

    async def enter(request: Request) -> Response:
        fields = await _fields(request)
        try:
            access = await run_in_threadpool(open_access)
            token = await run_in_threadpool(
                accounts.sign_in, access, fields.get("login", ""), fields.get("password", "")
            )
        except ObservatoireError as error:
            suite = fields.get("suite", "")
            return sign_in_form(suite, error.user, _status(error), provider=provider)
        return with_cookie(RedirectResponse(inside(fields.get("suite", "")), 303), token, secure)

    async def leave(request: Request) -> Response:
        await _fields(request)
        token = request.cookies.get(COOKIE)
        if token:
            # without the store the session ends by itself; this browser forgets it anyway
            with suppress(StoreError):
                access = await run_in_threadpool(open_access)
                await run_in_threadpool(accounts.sign_out, access, token)
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=secure)
        # what the browser kept for the pages of this account is thrown away with its session
        answer.headers["clear-site-data"] = '"cache"'
        return answer

    async def change(request: Request) -> Response:
        fields = await _fields(request)
        if fields.get("new", "") != fields.get("again", ""):
            return _password_form(read_words("acces")("password.differ"), 422)
        try:
            access = (await run_in_threadpool(open_access)).signed(request.cookies.get(COOKIE))
            visitor = await run_in_threadpool(access.visitor)
            await run_in_threadpool(
                accounts.change_password,
                access,
                visitor.login,
                fields.get("old", ""),
                fields.get("new", ""),
            )
        except ObservatoireError as error:
            return _password_form(error.user, _status(error))
        return RedirectResponse("/", 303)

    def show(request: Request) -> Response:
        return sign_in_form(request.query_params.get("suite", ""), provider=provider)

    def show_leave(_request: Request) -> Response:
        return _page(SIGN_OUT, "leave", [], "", 200)

    def show_password(_request: Request) -> Response:
        return _password_form()

    return [
        Route(SIGN_IN, show, methods=["GET"]),
        Route(SIGN_IN, _own(enter), methods=["POST"]),
        Route(SIGN_OUT, show_leave, methods=["GET"]),
        Route(SIGN_OUT, _own(leave), methods=["POST"]),
        Route(PASSWORD, show_password, methods=["GET"]),
        Route(PASSWORD, _own(change), methods=["POST"]),
    ]


def is_foreign(request: Request) -> bool:
    """Tell whether a request that writes was sent by the page of another site.

    Browsers say it (`Sec-Fetch-Site`) where the page is secure; elsewhere by its `Origin`.
    """
    said = request.headers.get("sec-fetch-site")
    if said is not None:
        return said not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")


def _own(
    answer: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Response:
        try:
            if is_foreign(request):
                return sign_in_form("", read_words("acces")("form.foreign"), 403)
            return await answer(request)
        except Exception as error:
            log_unexpected(error)
            return unexpected(request, error)

    return answered


async def _fields(request: Request) -> dict[str, str]:
    """Return the fields of a form, the first value of each; nothing of one that is not ours."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            return {}
    try:
        found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10, keep_blank_values=True)
    except ValueError:
        return {}  # more fields than any form of ours has
    if any("\0" in value for values in found.values() for value in values):
        return {}
    return {name: values[0] for name, values in found.items()}


def inside(path: str) -> str:
    """Return where to go next: a path of ours, never another site's address."""
    try:
        parts = urlsplit(path)
    except ValueError:  # `//[`: no address at all
        return "/"
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc
    return path if is_ours and path.isprintable() and "\\" not in path else "/"


def with_cookie(answer: Response, token: str, secure: bool) -> Response:
    """Return an answer that opens a session in the browser: its token, kept from every script."""
    answer.set_cookie(
        COOKIE, token, max_age=_SECONDS, path="/", httponly=True, samesite="strict", secure=secure
    )
    answer.headers["cache-control"] = "no-store"
    return answer


def _status(error: ObservatoireError) -> int:
    return 403 if isinstance(error, AccessError) else 503


def sign_in_form(
    suite: str, said: str = "", status: int = 200, *, provider: str | None = None, code: str = ""
) -> Response:
    """Return the page where one signs in.

    Parameters
    ----------
    suite
        Where to go next.
    said
        Why the last attempt was refused.
    provider
        What the provider is called (empty: by a word of ours), None when there is none.
    code
        What the reader is asked to pass on, shown as it is.
    """
    words = read_words("acces")
    fields = [
        f'<input type="hidden" name="suite" value="{html.escape(suite)}">',
        _field("login", words("form.login"), "text", "username"),
        _field("password", words("form.password"), "password", "current-password"),
    ]
    shown = f'<p class="code"><code>{html.escape(code)}</code></p>' if code else ""
    if provider is not None:
        label = words("provider.button", name=provider or words("provider.name"))
        to = f"{PROVIDER}?{urlencode({'suite': suite})}" if suite else PROVIDER
        shown += f'<a class="provider" href="{html.escape(to)}">{html.escape(typeset(label))}</a>'
    return _page(SIGN_IN, "sign_in", fields, said, status, more=shown)


def going_on(path: str) -> Response:
    """Return a page of ours that goes on to a path of ours by itself, without a script.

    The session's cookie is `SameSite=Strict`: in a navigation that began on the provider's site,
    the browser would not send it after a redirect. This page begins another, which is ours.
    """
    words = read_words("acces")
    to = html.escape(path)
    return _document(
        html.escape(words("provider.entered")),
        f'<p><a class="provider" href="{to}">{html.escape(words("provider.go_on"))}</a></p>',
        head=f'<meta http-equiv="refresh" content="0; url={to}">',
    )


def _password_form(said: str = "", status: int = 200) -> Response:
    words = read_words("acces")
    fields = [
        _field("old", words("form.old"), "password", "current-password"),
        _field("new", words("form.new"), "password", "new-password"),
        _field("again", words("form.again"), "password", "new-password"),
    ]
    return _page(PASSWORD, "change", fields, said, status)


def _field(name: str, label: str, kind: str, fills: str) -> str:
    return (
        f"<label>{html.escape(label)}"
        f'<input name="{name}" type="{kind}" autocomplete="{fills}" autocapitalize="none"'
        ' spellcheck="false" required></label>'
    )


def _page(
    action: str, key: str, fields: list[str], said: str, status: int, *, more: str = ""
) -> Response:
    words = read_words("acces")
    alert = f'<p class="said" role="alert">{html.escape(typeset(said))}</p>' if said else ""
    return _document(
        html.escape(words(f"form.{key}_title")),
        f'{alert}{more}<form method="post" action="{action}">{"".join(fields)}'
        f"<button>{html.escape(words(f'form.{key}_button'))}</button></form>"
        f"<p>{html.escape(words(f'form.{key}_note'))}</p>",
        status=status,
    )


def _document(title: str, body: str, *, status: int = 200, head: str = _OWN_FORM) -> Response:
    common = read_words("commun")
    page = (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title} · '
        f"{html.escape(common('title'))}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{head}"
        f'<link rel="icon" href="{asset_url("favicon.svg")}">'
        f'<link rel="stylesheet" href="{asset_url("sign_in.css")}"></head><body><main>'
        f'<a class="home" href="/">{html.escape(common("title"))}</a><h1>{title}</h1>{body}'
        "</main></body></html>"
    )
    # `inline` tells it from Streamlit's page, which is answered in another's place
    headers = {"cache-control": "no-store", "content-disposition": "inline"}
    return HTMLResponse(page, status, headers=headers)
