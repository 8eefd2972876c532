"""The next version of a grid: begun, its items written one by one, proposed, agreed."""

from __future__ import annotations

from functools import partial

import streamlit as st

from observatoire.grid_desk import Kept
from observatoire.grille import Grid, faults, read_core
from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.settings import Site
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.grilles import actions
from observatoire.views.grilles.contents import contents, heading
from observatoire.views.grilles.item_form import item_form
from observatoire.views.markup import join, markdown, tag, text, words

_FILE = "grille_fichier"


def show(doors: Doors, site: Site, being: Kept | None, current: Grid | None) -> None:
    """Show what is being prepared for a site, or how to begin."""
    labels = read_words("grilles")
    with st.container(key="grille_suite"):
        st.html(words("h2", labels("next.title")))
        if being is None:
            _begin(doors, site, current)
        elif being.grid.status == "draft":
            _draft(doors, site, being)
        else:
            _proposed(doors, being)


def _begin(doors: Doors, site: Site, current: Grid | None) -> None:
    """Offer to begin: from the grid in force, else from the core or from nothing, or a file."""
    labels = read_words("grilles")
    lead = "next.succeed_lead" if current else "next.begin_lead"
    st.html(words("p", labels(lead), of="quiet page-lead"))
    with st.container(horizontal=True, key="grille_debut"):
        if current:
            st.button(
                labels("next.succeed", version=current.version),
                on_click=actions.succeed,
                args=(doors, site),
                type="primary",
            )
        else:
            for name, core in (("next.core", True), ("next.blank", False)):
                st.button(
                    labels(name),
                    on_click=partial(actions.begin, core=core),
                    args=(doors, site),
                    type="primary" if core else "secondary",
                )
    if not current:
        shell.note(typeset(read_core().notice), typeset(read_core().label), "fictitious")
    _upload(doors, site)


def _upload(doors: Doors, site: Site) -> None:
    """Offer to take in a TOML document as the draft."""
    labels = read_words("grilles")
    key = f"{_FILE}_{site.id}"
    with st.expander(labels("next.file")):
        st.file_uploader(labels("next.file_label"), type=["toml"], key=key)
        st.button(
            labels("next.file_take"),
            on_click=actions.take_in,
            args=(doors, site, key),
            key=f"{key}_reprendre",
            disabled=st.session_state.get(key) is None,
        )


def _draft(doors: Doors, site: Site, kept: Kept) -> None:
    """Show the draft, what stands against it, and the forms that change it."""
    labels, grid = read_words("grilles"), kept.grid
    st.html(tag("section", heading(grid), contents(grid) if grid.items else "", of="grid-part"))
    left, right = st.columns([1.7, 1], gap="large")
    with left, st.container(key="grille_saisie"):
        _item(doors, kept)
    with right:
        found = faults(grid)
        if found:
            rows = [
                tag("li", words("code", fault.place), text(f" {fault.said}")) for fault in found
            ]
            st.html(
                words("h3", labels.count("next.faults", len(found)))
                + tag("ul", join(rows), of="points grid-faults")
            )
        if grid.needs_reason:
            _reason(doors, kept)
        st.button(
            labels("next.propose"),
            on_click=actions.propose,
            args=(doors, kept),
            type="primary",
            disabled=bool(found),
            key="grille_proposer",
        )
        st.html(words("p", labels("next.propose_note"), of="facts"))
        _upload(doors, site)


def _item(doors: Doors, kept: Kept) -> None:
    """Offer every item of the draft, and a new one, in one form."""
    labels, grid = read_words("grilles"), kept.grid
    codes = ["", *(item.code for item in grid.items)]
    chosen = st.selectbox(
        labels("next.item"),
        codes,
        format_func=lambda code: _name(grid, code),
        key=f"grille_item_{grid.site}",
    )
    code = chosen or ""
    item_form(doors, kept, code)
    if code:
        st.button(
            labels("next.remove"),
            on_click=actions.remove_item,
            args=(doors, kept, code),
            key="grille_retirer",
        )


def _name(grid: Grid, code: str) -> str:
    item = grid.item(code)
    return typeset(item.label) if item else read_words("grilles")("next.new_item")


def _reason(doors: Doors, kept: Kept) -> None:
    labels, key = read_words("grilles"), f"grille_raison_{kept.step}"
    st.text_area(labels("next.reason"), value=kept.grid.reason, key=key, max_chars=2000)
    st.button(labels("next.reason_save"), on_click=actions.save_reason, args=(doors, kept, key))


def show_read(kept: Kept) -> None:
    """Show what is proposed to whoever may not change it."""
    with st.container(key="grille_suite"):
        st.html(words("h2", read_words("grilles")("next.title")))
        st.html(tag("section", heading(kept.grid), contents(kept.grid), of="grid-part"))


def _proposed(doors: Doors, kept: Kept) -> None:
    """Show the proposed grid, and the form with which its partners agree on it."""
    labels, grid = read_words("grilles"), kept.grid
    st.html(tag("section", heading(grid), contents(grid), of="grid-part"))
    key = f"grille_accord_{kept.step}"
    with st.form(key, border=False), st.container(key="grille_accord"):
        st.html(words("h3", labels("next.agree_title")))
        st.text_area(
            labels("next.by"), key=f"{key}.by", placeholder=labels("next.by_hint"), height=110
        )
        st.text_input(labels("next.on"), key=f"{key}.on", placeholder=labels("next.on_hint"))
        st.html(words("p", labels("next.agree_note"), of="facts"))
        st.form_submit_button(
            markdown(labels("next.agree", version=grid.version)),
            on_click=actions.agree,
            args=(doors, kept, key),
            type="primary",
        )
    st.button(
        labels("next.redraft"), on_click=actions.redraft, args=(doors, kept), key="grille_reprendre"
    )
