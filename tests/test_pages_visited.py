"""What reads a page waits for it: an answer that is late is read, never what stood there before."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import bare_environ, served
from pages_visited import acted, heard, settled

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slow")
    script = Path(__file__).parent / "slow_page.py"
    with served(bare_environ(folder), folder / "log", script) as address:
        yield address


@pytest.fixture
def page(visit, url):
    made = visit(url).page
    settled(made)
    return made


def said(page):
    return page.locator(".said").all_inner_texts()


def test_a_page_that_was_opened_or_loaded_again_is_read_whole(page):
    assert said(page) == ["Tour 0, mot « »"]
    page.reload()
    settled(page)
    assert said(page) == ["Tour 0, mot « »"]


def test_what_a_press_does_is_read_after_the_last_of_its_runs(page):
    before = heard(page)
    for turn in range(1, 4):
        page.get_by_role("button", name="Un tour").click()
        settled(page)
        assert said(page) == [f"Tour {turn}, mot « »"]
    assert heard(page) > before


def test_several_presses_are_waited_for(page):
    for _ in range(3):
        page.get_by_role("button", name="Un tour").click()
    settled(page)
    assert said(page) != ["Tour 0, mot « »"]
    shown = said(page)
    settled(page)
    assert said(page) == shown


def test_a_field_that_asks_a_little_later_is_waited_for(page):
    for word in ("un", "deux"):
        acted(page, lambda word=word: page.get_by_label("Mot").fill(word))
        assert said(page) == [f"Tour 0, mot « {word} »"]
