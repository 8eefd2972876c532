"""The frame of every page: header, navigation, footer, theme, and how an error is shown."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import resources

import streamlit as st

from observatoire.component.french import speak_french
from observatoire.component.shelf import asset_url
from observatoire.errors import ObservatoireError
from observatoire.labels import read_words
from observatoire.labels.numbers import day, number
from observatoire.labels.typography import typeset
from observatoire.views.doors import Doors
from observatoire.views.markup import Markup, join, tag, text, words

log = logging.getLogger(__name__)

Pages = Mapping[str, st.Page]


def dress() -> None:
    """Set the title of the window and the look; call it first in every run."""
    common = read_words("commun")
    st.set_page_config(
        page_title=common("title"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    st.html(f"<style>{_looks()}</style>")
    with st.container(key="langue"):
        speak_french()


@cache
def _looks() -> str:
    """Return every style sheet of the pages: the common one first, then each page's own."""
    sheets = [
        entry for entry in resources.files(__package__).iterdir() if entry.name.endswith(".css")
    ]
    sheets.sort(key=lambda entry: (entry.name != "theme.css", entry.name))
    return "\n".join(entry.read_text("utf-8") for entry in sheets)


def header(pages: Pages, here: st.Page, sites: str) -> None:
    """Show the name of the observatory, its sites, and the links to its pages."""
    common = read_words("commun")
    with st.container(key="entete", horizontal=True, horizontal_alignment="distribute"):
        name = words("b", common("title")) + words("span", sites)
        mark = tag("img", attrs={"src": asset_url("favicon.svg"), "alt": ""})
        st.html(tag("div", mark, tag("div", name), of="brand"), width="content")
        with st.container(key="navigation", horizontal=True, width="content"):
            for key, page in pages.items():
                place = "ici" if page.url_path == here.url_path else "vers"
                with st.container(key=f"{place}_{key}", width="content"):
                    st.page_link(page, label=common(f"nav.{key}"))


def footer(doors: Doors) -> None:
    """Show what release is being read and where figures come from.

    Nothing when there is none to read: the page above has said so.
    """
    common = read_words("commun")
    try:
        release = doors.published().release
    except ObservatoireError:
        return
    lines = [
        common(
            "footer.release",
            id=number(release.id),
            date=day(release.released_on),
            layers=number(len(doors.published().offer.layers)),
        ),
        common("footer.sources"),
        common("footer.fictitious"),
        common("footer.software"),
    ]
    st.html(tag("footer", join(words("span", line) for line in lines), of="foot"))


@contextmanager
def guarded() -> Iterator[None]:
    """Show a deliberate error with its remedy, and any other as one sentence; never a trace."""
    try:
        yield
    except ObservatoireError as error:
        log.warning("%s: %s", type(error).__name__, error.message)
        st.html(refusal(error.user, error.remedy))
    except Exception:
        log.exception("a page failed")
        common = read_words("commun")
        st.html(refusal(common("error.unexpected"), common("error.unexpected_remedy")))


def refusal(sentence: str, remedy: str) -> Markup:
    """Return a French sentence and what to do, as a panel."""
    common = read_words("commun")
    parts = [words("h1", common("error.title")), words("p", typeset(sentence))]
    if remedy:
        parts.append(tag("p", words("b", common("error.remedy") + " : "), text(typeset(remedy))))
    return tag("section", *parts, of="refusal", attrs={"role": "alert"})


def note(sentence: str, label: str = "", look: str = "") -> None:
    """Show a short notice, with a label in front when one is given."""
    inside = (words("b", f"{label}. ") if label else "") + text(typeset(sentence))
    st.html(tag("div", inside, of=f"note {look}".strip(), attrs={"role": "note"}))


def fictitious_note() -> None:
    """Show that what follows rests on invented observations."""
    common = read_words("commun")
    note(common("fictitious.sentence"), common("fictitious.label"), "fictitious")


Render = Callable[[Doors, Pages], None]
