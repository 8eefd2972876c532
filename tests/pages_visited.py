"""What the tests of the pages of accounts share: a signed-in visit, drawn to its end."""

from __future__ import annotations

import re

from browser import Visit
from visitors import token_of

from observatoire.access import COOKIE, Access
from observatoire.labels.typography import NARROW, NO_BREAK

SLOW = 30_000
RUNNING = "[data-testid='stApp'][data-test-script-state='running']"


def visited(visit, url: str, path: str, access: Access, login: str = "", **options) -> Visit:
    """Open a page, signed in when a login is given, and wait until it is drawn."""
    if login:
        cookie = {"name": COOKIE, "value": token_of(access, login), "domain": "localhost"}
        cookie |= {"path": "/", "httpOnly": True, "secure": False, "sameSite": "Strict"}
        cookies = [cookie | {"expires": -1}]
        options["storage_state"] = {"cookies": cookies, "origins": []}
    made = visit(url + path, **options)
    made.page.locator('[data-testid="stMain"] h1').first.wait_for(timeout=2 * SLOW)
    made.page.wait_for_function("() => window.__french")
    settled(made.page)
    return made


def settled(page) -> None:
    """Wait until the page is drawn to its end."""
    page.wait_for_function(
        "(running) => !document.querySelector(running)", arg=RUNNING, timeout=2 * SLOW
    )


def press(page, name: str) -> None:
    """Press a button once nothing moves any more."""
    settled(page)
    page.get_by_role("button", name=name).click()


def pick(page, name: str, option: str) -> None:
    """Pick an option of a list once nothing moves any more."""
    settled(page)
    page.get_by_role("combobox", name=name, exact=True).click()
    # Words are typeset: any space stands for a no-break one.
    pattern = r"\s+".join(re.escape(word) for word in option.split())
    said = re.compile(f"^{pattern}$")
    page.get_by_role("option").filter(has_text=said).click()
    settled(page)


def plain(page) -> str:
    """Return what is read on the page, with plain spaces."""
    settled(page)
    text = page.locator("body").inner_text()
    return text.replace(NO_BREAK, " ").replace(NARROW, " ")


def is_within(page) -> bool:
    """Tell whether the page does not scroll sideways."""
    settled(page)
    return page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
            .every((box) => box.scrollWidth <= box.clientWidth + 1)"""
    )
