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
def slow(visit, url):
    made = visit(url).page
    settled(made)
    return made


def said(slow):
    return slow.locator(".said").all_inner_texts()


def test_a_page_that_was_opened_or_loaded_again_is_read_whole(slow):
    assert said(slow) == ["Tour 0, mot « »"]
    slow.reload()
    settled(slow)
    assert said(slow) == ["Tour 0, mot « »"]


def test_what_a_press_does_is_read_after_the_last_of_its_runs(slow):
    before = heard(slow)
    for turn in range(1, 4):
        slow.get_by_role("button", name="Un tour").click()
        settled(slow)
        assert said(slow) == [f"Tour {turn}, mot « »"]
    assert heard(slow) > before


def test_several_presses_are_waited_for(slow):
    for _ in range(3):
        slow.get_by_role("button", name="Un tour").click()
    settled(slow)
    assert said(slow) != ["Tour 0, mot « »"]
    shown = said(slow)
    settled(slow)
    assert said(slow) == shown


def test_a_field_that_asks_a_little_later_is_waited_for(slow):
    for word in ("un", "deux"):
        acted(slow, lambda word=word: slow.get_by_label("Mot").fill(word))
        assert said(slow) == [f"Tour 0, mot « {word} »"]
