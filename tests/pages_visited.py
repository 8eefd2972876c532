"""What the tests of pages share: a visit, signed in or not, whose page is drawn to its end."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from urllib.parse import parse_qs, urlsplit

from browser import SLOW, Visit
from playwright.sync_api import Locator, Page, expect
from visitors import token_of

from observatoire.access import COOKIE, Access
from observatoire.labels.typography import NARROW, NO_BREAK

_asking = count()


def visited(visit, url: str, path: str, access: Access, login: str = "", **options) -> Visit:
    """Open a page, signed in when a login is given, and wait until it is drawn."""
    if login:
        cookie = {"name": COOKIE, "value": token_of(access, login), "domain": "localhost"}
        cookie |= {"path": "/", "httpOnly": True, "secure": False, "sameSite": "Strict"}
        cookies = [cookie | {"expires": -1}]
        options["storage_state"] = {"cookies": cookies, "origins": []}
    made = visit(url + path, **options)
    return drawn(made, '[data-testid="stMain"] h1')


def drawn(made: Visit, ready: str) -> Visit:
    """Wait until a page that was just opened shows a part, speaks French, and moves no more."""
    made.page.locator(ready).first.wait_for()
    settled(made.page)
    return made


def settled(page: Page) -> None:
    """Wait until nothing moves: no run asked for or going on, nothing stale, no map on its way."""
    page.wait_for_function("(asking) => window.__isQuiet(asking)", arg=next(_asking), timeout=SLOW)


def stands(part: Locator) -> None:
    """Wait until what was done has come to its end, and a part is shown."""
    settled(part.page)
    expect(part).to_be_visible()
    settled(part.page)  # what stands below it is drawn too


def acted(page: Page, act: Callable[[], object]) -> None:
    """Act and wait for the end of the run that it makes, when the page asks for it a little later.

    A field searched while it is typed in, or a slider, waits for the next key before it asks.
    """
    settled(page)
    before = page.evaluate("window.__runs.asked")
    act()
    page.wait_for_function("(before) => window.__runs.asked > before", arg=before)
    settled(page)


def heard(page: Page) -> int:
    """Return how many bytes the server sent by the socket of a page, before compression."""
    settled(page)
    return int(page.evaluate("window.__runs.bytes"))


def params(page: Page) -> dict[str, str]:
    """Return what the address asks for, once the page has written it."""
    settled(page)
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def press(page, name: str) -> None:
    """Press a button once nothing moves any more."""
    settled(page)
    page.get_by_role("button", name=name).click()


def unfolded(box: Locator) -> Locator:
    """Open a list once nothing moves: it closes again if the page is drawn or has just scrolled."""
    settled(box.page)
    box.scroll_into_view_if_needed()
    settled(box.page)
    box.click()
    return box


def pick(page, name: str, option: str) -> None:
    """Pick an option of a list once nothing moves any more."""
    unfolded(page.get_by_role("combobox", name=name, exact=True))
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
