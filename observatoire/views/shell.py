"""The frame of every page: header, navigation, footer, theme, and how an error is shown."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import resources

import streamlit as st

from observatoire.access import Visitor
from observatoire.accounts import TEAM
from observatoire.component.french import speak_french
from observatoire.component.shelf import asset_url
from observatoire.errors import ObservatoireError, SignInError
from observatoire.labels import read_words
from observatoire.labels.numbers import day, number
from observatoire.labels.typography import typeset
from observatoire.protocole import ONE_BY_ONE
from observatoire.views.doors import Doors
from observatoire.views.markup import Markup, join, tag, text, words

log = logging.getLogger(__name__)
SIGN_IN, SIGN_OUT, PASSWORD = "/connexion", "/deconnexion", "/connexion/mot-de-passe"

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


def header(pages: Pages, here: st.Page, sites: str, visitor: Visitor) -> None:
    """Show the name of the observatory, its sites, who is asking, and the links to its pages."""
    common = read_words("commun")
    with st.container(key="entete", horizontal=True, horizontal_alignment="distribute"):
        name = words("b", common("title")) + words("span", sites)
        mark = tag("img", attrs={"src": asset_url("favicon.svg"), "alt": ""})
        st.html(tag("div", mark, tag("div", name), of="brand"), width="content")
        with st.container(key="compte", width="content"):
            st.html(_account(visitor), width="content")
        with st.container(key="navigation", horizontal=True, width="content"):
            for key, page in offered(pages, visitor).items():
                place = "ici" if page.url_path == here.url_path else "vers"
                with st.container(key=f"{place}_{key}", width="content"):
                    st.page_link(page, label=page_name(key, visitor))
    if visitor.must_change:
        access = read_words("acces")
        link = tag("a", text(access("header.must_change_link")), attrs=_here(PASSWORD))
        sentence = text(access("header.must_change")) + " " + link
        st.html(tag("div", sentence, of="note", attrs={"role": "note"}))


def page_name(key: str, visitor: Visitor) -> str:
    """Return what whoever asks is told a page is: a service reads the teams, and is none."""
    own = key == "equipe" and visitor.role == "service"
    return read_words("commun")("nav.equipes" if own else f"nav.{key}")


def offered(pages: Pages, visitor: Visitor) -> Pages:
    """Return the pages that whoever asks is offered; an address of another answers a sentence."""
    closed = {"journal"} if visitor.is_public else set()
    if visitor.role != "administrator" or visitor.must_change:
        closed.add("comptes")
    if visitor.role not in ONE_BY_ONE:
        closed.add("equipe")
    if not visitor.sites:
        closed.add("retours")
    return {name: page for name, page in pages.items() if name not in closed}


def _account(visitor: Visitor) -> Markup:
    """Return who is asking, with the way in or out."""
    access = read_words("acces")
    if visitor.is_public:
        return tag("a", text(access("header.enter")), of="account", attrs=_here(SIGN_IN))
    role = access(f"role.{visitor.role}")
    who = access("header.account", organisation=visitor.organisation, role=role)
    links = [tag("a", text(access("header.leave")), attrs=_here(SIGN_OUT))]
    if visitor.role in TEAM:
        entry = tag("a", text(read_words("commun")("nav.saisie")), attrs=_here("/saisie"))
        links.insert(0, entry)
    return tag("div", words("span", who), *links, of="account")


def _here(path: str) -> dict[str, str]:
    return {"href": path, "target": "_self"}


def over() -> None:
    """Show that the session is over, and the way back in."""
    access = read_words("acces")
    link = tag("a", text(access("header.enter")), attrs=_here(SIGN_IN))
    out = tag("a", text(access("header.leave")), attrs=_here(SIGN_OUT))
    st.html(
        tag(
            "section",
            words("h1", access("header.over")),
            words("p", access("header.over_remedy")),
            tag("p", link, " · ", out),
            of="refusal",
            attrs={"role": "alert"},
        )
    )


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
        common(f"footer.{_field_kind(doors)}"),
        common("footer.software"),
    ]
    st.html(tag("footer", join(words("span", line) for line in lines), of="foot"))


def _field_kind(doors: Doors) -> str:
    """Tell whether the field layers that a reader is shown are invented, real, or some of each."""
    layers = doors.published().offer.layers
    real = any(one.rule == "field" and not one.fictitious for one in layers)
    if not real:
        return "fictitious"
    return "mixed" if any(one.fictitious for one in layers) else "shared"


@contextmanager
def guarded() -> Iterator[None]:
    """Show a deliberate error with its remedy, and any other as one sentence; never a trace."""
    try:
        yield
    except SignInError:
        over()
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
