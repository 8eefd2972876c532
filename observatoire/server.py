"""The web server: one ASGI app holds the Streamlit pages and our own addresses.

`create_app` makes it, `serve` runs it on 127.0.0.1. Our addresses give what a browser keeps (the
map's files and geometry, named by their hash) and the downloads; a refusal is a French sentence
with the right status, never a trace.
"""

from __future__ import annotations

import errno
import importlib
import logging
import socket
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib import metadata
from pathlib import Path
from threading import Thread
from typing import Any

import streamlit as st
import uvicorn
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from observatoire.answers import log_unexpected, refuse, unexpected
from observatoire.errors import ObservatoireError, SettingsError
from observatoire.gate import Gate, own_hosts
from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.routes import Doors, routes
from observatoire.settings import Settings
from observatoire.webpage import WebPage, french_page, security_headers

ADDRESS = "127.0.0.1"
_LOG = logging.getLogger("observatoire.server")


def create_app(settings: Settings, *, script: Path | None = None) -> st.App:
    """Return the ASGI app: pages, the map's files, downloads.

    Parameters
    ----------
    script
        Streamlit script to run instead of the app's own.

    Notes
    -----
    Streamlit's options must be set before (`serve` does), since they are read when it is made.
    """
    page = french_page()
    doors = Doors(settings)

    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[None]:
        # The first map needs it and it takes seconds to load: better before the first reader.
        Thread(target=importlib.import_module, args=("mapclassify",), daemon=True).start()
        yield
        doors.close()

    return st.App(
        script or script_path(),
        lifespan=lifespan,
        routes=routes(doors),
        middleware=[
            Middleware(
                WebPage,
                page=page.encode("utf-8"),
                headers=security_headers(page, secure=settings.secure),
                secure=settings.secure,
            ),
            Middleware(Gate, public_url=settings.public_url),
        ],
        exception_handlers={HTTPException: refuse, Exception: unexpected},
        on_script_error=show_script_error,
    )


def serve(
    settings: Settings,
    *,
    announce: Callable[[str], None] | None = None,
    script: Path | None = None,
) -> None:
    """Serve the app until it is stopped.

    Parameters
    ----------
    announce
        Called with the app's address once its port is held.
    script
        Streamlit script to run instead of the app's own.

    Raises
    ------
    SettingsError
        When the port is taken.
    """
    held = hold_port(settings.port)
    port = int(held.getsockname()[1])
    configure_streamlit(port, settings.public_url)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings, script=script),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )
    if announce is not None:
        announce(f"http://localhost:{port}")
    try:
        server.run(sockets=[held])
    except KeyboardInterrupt:
        return
    finally:
        held.close()
        st.cache_resource.clear()  # what the pages opened is closed: the store may then stop


def hold_port(port: int) -> socket.socket:
    """Return a socket that listens on this port of this machine alone; 0 takes a free one.

    Raises
    ------
    SettingsError
        When the port is taken.
    """
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((ADDRESS, port))
        held.listen(128)
    except OSError as cause:
        held.close()
        if cause.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        words = read_words("serveur")
        raise SettingsError(
            f"port {port} is not available: {cause.strerror}",
            user=words("error.port", port=port),
            remedy=words("error.port_remedy", other=port + 99),
        ) from cause
    return held


def configure_streamlit(port: int, public_url: str | None = None) -> None:
    """Set Streamlit's options: the look from its file, and what is never left to a file.

    The app listens to this machine only, reports nothing to anybody, watches no file, offers no
    menu of its own and shows nothing of the inside of an error. It answers to the names of this
    machine and to the public one.
    """
    from streamlit.web import bootstrap

    fixed: dict[str, Any] = {
        "server.address": ADDRESS,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.enableWebsocketCompression": True,
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.enableAgentApi": False,
        "server.allowedHosts": list(own_hosts(public_url)),
        "server.corsAllowedOrigins": [public_url] if public_url else [],
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "global.developmentMode": False,
    }
    bootstrap.load_config_options(_look() | fixed)


def script_path() -> Path:
    """Return the Streamlit script: the clone's `app.py`, else the copy that was installed."""
    return _beside("app.py", "app.py")


def show_script_error(error: Exception) -> bool:
    """Show a refusal as a French sentence on the page; log where it happened, never its words.

    The text of an unexpected error may quote a row, so only its type and its lines are logged.
    """
    words = read_words("serveur")
    if isinstance(error, ObservatoireError):
        _LOG.warning("%s: %s", type(error).__name__, error.message)
        st.error(typeset(" ".join(part for part in (error.user, error.remedy) if part)))
    else:
        log_unexpected(error)
        st.error(f"{words('error.unexpected')} {words('error.unexpected_remedy')}")
    return True


def _look() -> dict[str, Any]:
    """Return the options of the look by dotted name."""
    table = tomllib.loads(_beside(".streamlit/config.toml", "streamlit.toml").read_text("utf-8"))
    return dict(_flat(table, ""))


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for name, value in table.items():
        inner = isinstance(value, dict)
        flat += _flat(value, f"{prefix}{name}.") if inner else [(f"{prefix}{name}", value)]
    return flat


def _beside(in_clone: str, installed: str) -> Path:
    """Return a file of the clone when there is one, else the copy installed with the package.

    Raises
    ------
    SettingsError
        When neither is there: the package was copied by hand.
    """
    clone = Path(__file__).resolve().parent.parent
    if (clone / "pyproject.toml").is_file() and (clone / in_clone).is_file():
        return clone / in_clone
    for file in metadata.files("observatoire") or ():
        if file.parts[-3:] == ("share", "observatoire", installed):
            return Path(str(file.locate())).resolve()
    raise SettingsError(
        f"{installed} is not installed with the package",
        user=read_words("serveur")("error.installed", name=installed),
    )
