"""A phone that opens the page, a thumb whose taps are counted, and the server at the other end."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from browser import Visit
from playwright.sync_api import Locator, Page, expect
from ports import free_port

TESTS = Path(__file__).resolve().parent
THUMB_PX = 48
TURNS = 1200  # of a tenth of a second, after which what was waited for will not come
PHONE = {"width": 360, "height": 740, "has_touch": True}
SIZE = """(one) => {
  const { width, height } = one.getBoundingClientRect();
  return [width, height];
}"""
EVERYTHING = """async () => {
  const opened = await new Promise((done) => {
    const asked = indexedDB.open("saisie");
    asked.onsuccess = () => done(asked.result);
  });
  const all = (store) => new Promise((done) => {
    const held = opened.transaction(store).objectStore(store);
    const keys = held.getAllKeys();
    keys.onsuccess = () => {
      const values = held.getAll();
      const pairs = () => keys.result.map((key, rank) => [key, values.result[rank]]);
      values.onsuccess = () => done(Object.fromEntries(pairs()));
    };
  });
  const found = { kept: await all("kept"), queue: await all("queue") };
  opened.close();
  const cached = [];
  for (const name of await caches.keys()) {
    const held = await caches.open(name);
    for (const one of await held.keys()) cached.push(new URL(one.url).pathname);
  }
  const [local, session] = [{ ...localStorage }, { ...sessionStorage }];
  return { ...found, cached, local, session, cookie: document.cookie };
}"""


@dataclass
class Desk:
    """The server, which may be killed and started again at the same address."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        command = [sys.executable, str(TESTS / "saisie_desk.py"), str(self.port), str(self.folder)]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(command, cwd=TESTS, stdout=log, stderr=log)
        log.close()
        for _ in range(TURNS):
            try:
                requests.get(f"{self.url}/essai/gardees", timeout=60)
                return
            except requests.ConnectionError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def died(self) -> None:
        assert self.process is not None
        assert self.process.wait(timeout=120) == 9

    def ways(self, **ways: Any) -> None:
        requests.post(f"{self.url}/essai/manieres", json=ways, timeout=60).raise_for_status()

    def outings(self) -> list[dict[str, Any]]:
        rows = requests.get(f"{self.url}/essai/gardees", timeout=60).json()
        return [row["outing"] | {"team": row["team"]} for row in rows]


@contextmanager
def started(folder: Path) -> Iterator[Desk]:
    desk = Desk(folder, free_port())
    desk.start()
    yield desk
    desk.kill()


@dataclass
class Phone:
    """The page on a phone; `taps` counts what the thumb did."""

    visit: Visit
    taps: int = 0

    @property
    def page(self) -> Page:
        return self.visit.page

    def tap(self, what: Locator) -> None:
        expect(what).to_have_count(1)
        width, height = what.evaluate(SIZE)
        while not width:  # it was just drawn anew
            width, height = what.evaluate(SIZE)
        assert min(width, height) >= THUMB_PX - 0.5, (what, width, height)
        what.tap()
        self.taps += 1

    def button(self, name: str) -> None:
        self.tap(self.page.get_by_role("button", name=name, exact=True))

    def choice(self, name: str) -> None:
        self.tap(self.page.get_by_role("radio", name=name, exact=True))

    def field(self, field: str, name: str) -> None:
        group = self.page.locator(f'[data-field="{field}"]')
        self.tap(group.get_by_role("radio", name=name, exact=True))

    def item(self, name: str) -> None:
        self.tap(self.page.locator(".theme button", has_text=name))

    def link(self, name: str) -> None:
        self.tap(self.page.get_by_role("link", name=name, exact=True))

    def nothing(self, qpv: str = "") -> None:
        if qpv:
            self.choice(qpv)
        self.button("Rien à signaler")
        self.keep("Garder")

    def keep(self, name: str) -> None:
        """Tap what keeps the outing, and wait until the page offers to write another."""
        self.page.locator("#view form").evaluate("(form) => { form.dataset.before = '' }")
        self.button(name)
        expect(self.page.locator("#view form[data-before]")).to_have_count(0)

    def reload(self) -> None:
        self.page.reload()

    def state(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator("#state")).to_have_text(text)

    def sent(self, desk: Desk, number: int) -> list[dict[str, Any]]:
        """Wait until the server has so many outings and the phone none; return them."""
        for _ in range(TURNS):
            if len(desk.outings()) >= number:
                break
            self.page.wait_for_timeout(100)
        self.state("Tout envoyé")
        kept = desk.outings()
        assert len(kept) == len({one["id"] for one in kept}) == number
        return kept

    def wrote(self, text: str) -> None:
        """Wait until the outing being written, as the phone keeps it, holds a text."""
        for _ in range(TURNS):
            if text in str(self.holds()["kept"].get("draft")):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(text)

    def holds(self) -> dict[str, Any]:
        held: dict[str, Any] = self.page.evaluate(EVERYTHING)
        return held

    def ready(self) -> None:
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        expect(self.page.locator("#view form, #view .sheet").first).to_be_visible()

    def own_complaints(self) -> list[str]:
        """Return what the console said but for the addresses that did not answer."""
        return [one for one in self.visit.complaints if "Failed to load resource" not in one]


def open_phone(
    visit: Callable[..., Visit], desk: Desk, team: str = "Alpha", **options: Any
) -> Phone:
    """Sign in and come to the page, as somebody who was there before the network was lost."""
    address = f"{desk.url}/connexion?equipe={team}&suite=/saisie"
    phone = Phone(visit(address, **{**PHONE, **options}))
    phone.ready()
    return phone
