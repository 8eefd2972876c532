"""A real server in its own process, and a real Chromium that can reach nothing else.

Its fixtures, `chromium` and `visit`, are at hand in every test (conftest names this module).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

TESTS = Path(__file__).resolve().parent
# Milliseconds after which what was waited for will not come: never a measure of anything.
SLOW = 90_000
expect.set_options(timeout=SLOW)
EXECUTABLES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name but this machine's resolves: a page that asks elsewhere gets nothing.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
LOCAL = ("localhost", "127.0.0.1")
INSIDE = ("data", "blob", "about", "file")


class Served(str):
    """The address of a server, and its process."""

    process: subprocess.Popen[str]

    def __new__(cls, address: str, process: subprocess.Popen[str]) -> Served:
        """Keep the process beside the address."""
        made = super().__new__(cls, address)
        made.process = process
        return made


@contextmanager
def served(environ: Mapping[str, str], log: Path, script: Path | None = None) -> Iterator[Served]:
    """Serve the app (or a script) in a process of its own; give its address.

    Parameters
    ----------
    environ
        Environment of the process: conftest's `command_environ(settings)` for a test's store.
    log
        File that receives what the process says.
    """
    command = [sys.executable, str(TESTS / "serve_page.py"), *([str(script)] if script else [])]
    with log.open("w") as said:
        process = subprocess.Popen(
            command,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            cwd=TESTS,
        )
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            if not address:
                pytest.fail(f"the server did not start:\n{log.read_text()}")
            yield Served(address, process)
        finally:
            process.terminate()
            process.communicate(timeout=120)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return one headless Chromium for the whole run."""
    found = next((path for path in EXECUTABLES if Path(path).exists()), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page with what happened on it.

    Attributes
    ----------
    page
        The playwright page.
    outside
        Addresses asked for that are not on this machine.
    complaints
        Errors of the console and uncaught exceptions.
    """

    page: Page
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext) -> None:
        """Record all that the page asks for and says."""
        context.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", lambda socket: self._asked(socket.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in INSIDE and parts.hostname not in LOCAL:
            self.outside.append(url)


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Return a function that opens an address in a fresh private window of a given size."""
    contexts: list[BrowserContext] = []

    def open_page(url: str, *, width: int = 1280, height: int = 900, **options: object) -> Visit:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.set_default_timeout(SLOW)
        context.add_init_script(path=TESTS / "quiet.js")
        made = Visit(context.new_page())
        made.listen(context)
        made.page.goto(url)
        return made

    yield open_page
    for context in contexts:
        context.close()


def bare_environ(home: Path) -> dict[str, str]:
    """Return the environment of a server that needs no store."""
    kept = {name: value for name, value in os.environ.items() if name != "PORT"}
    return kept | {"OBSERVATOIRE_HOME": str(home)}
