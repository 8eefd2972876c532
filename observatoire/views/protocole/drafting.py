"""The next version of an agreement: begun, written, proposed, signed, in force."""

from __future__ import annotations

import streamlit as st

from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.protocole import SHARERS, Agreement, Fault, Terms, faults
from observatoire.protocole_desk import Kept
from observatoire.settings import Site
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.markup import Markup, join, markdown, tag, text, words
from observatoire.views.protocole import actions, pins
from observatoire.views.protocole.compared import differing
from observatoire.views.protocole.contents import heading, other_terms, who_receives
from observatoire.views.protocole.forms import share_forms, terms_form
from observatoire.views.protocole.matrix import matrix
from observatoire.views.protocole.phrases import Names, item_name, known
from observatoire.views.protocole.pins import Pin
from observatoire.views.protocole.site import Situation

_FILE = "protocole_fichier"


def show(doors: Doors, site: Site, now: Situation) -> None:
    """Show what is being prepared for a site, or how to begin."""
    with st.container(key="protocole_suite"):
        st.html(words("h2", read_words("protocole")("next.title")))
        pin = pins.pin(site.id, now.being)
        if pin is not None:
            _stale(site, pin, now.being)
            _draft(doors, site, pin, now)
        elif now.being is not None:
            _proposed(doors, now.being, now)
        else:
            _begin(doors, site, now)


def show_read(kept: Kept, now: Situation) -> None:
    """Show what is proposed to whoever may not change it."""
    with st.container(key="protocole_suite"):
        st.html(words("h2", read_words("protocole")("next.title")))
        st.html(whole(kept.agreement, now.names))


def whole(agreement: Agreement, names: Names) -> Markup:
    """Return all that a version says."""
    terms = agreement.terms
    parts = [heading(agreement), who_receives(terms, names), matrix(terms, names)]
    return tag("section", *parts, other_terms(terms), of="grid-part")


def _begin(doors: Doors, site: Site, now: Situation) -> None:
    """Offer to begin: from the version in force, else from the model, or from a file."""
    labels, current = read_words("protocole"), now.current
    lead = "next.succeed_lead" if current else "next.begin_lead"
    st.html(words("p", labels(lead), of="quiet page-lead"))
    name = (
        labels("next.succeed", version=current.agreement.version)
        if current
        else labels("next.model")
    )
    st.button(
        name,
        on_click=actions.begin,
        args=(doors, site, now.next_version, current),
        type="primary",
        key="protocole_commencer",
    )
    _upload(doors, site, now.next_version, None)


def _upload(doors: Doors, site: Site, version: int, pin: Pin | None) -> None:
    """Offer to take in a TOML document as the draft."""
    labels, key = read_words("protocole"), f"{_FILE}_{site.id}"
    with st.expander(labels("next.file")):
        st.file_uploader(labels("next.file_label"), type=["toml"], key=key)
        st.button(
            labels("next.file_take"),
            on_click=actions.take_in,
            args=(doors, site, version, pin, key),
            key=f"{key}_reprendre",
            disabled=st.session_state.get(key) is None,
        )


def _stale(site: Site, pin: Pin, being: Kept | None) -> None:
    """Say that the version moved on under what is being typed, and offer the ways out."""
    labels = read_words("protocole")
    # Always there, empty or not: what is below keeps its place, and what is typed in it.
    with st.container(key="protocole_entretemps"):
        if being is not None and being.step == pin.kept.step:
            return
        is_draft = being is not None and being.agreement.status == "draft"
        said = labels("stale.sentence") if is_draft else labels("stale.gone")
        remedy = labels("stale.remedy") if is_draft else ""
        shell.note(f"{said} {remedy}".strip(), look="wrong")
        with st.container(horizontal=True, key="protocole_issues"):
            if is_draft:
                st.button(labels("stale.keep"), on_click=pins.keep, args=(site.id, being))
            st.button(labels("stale.drop"), on_click=pins.drop, args=(site.id,))


def _draft(doors: Doors, site: Site, pin: Pin, now: Situation) -> None:
    """Show the draft, what stands against it, and the forms that change it."""
    labels, one = read_words("protocole"), pin.kept.agreement
    st.html(whole(one, now.names))
    left, right = st.columns([1.7, 1], gap="large")
    with left:
        with st.container(key="protocole_partage"):
            share_forms(doors, pin, now.names)
        with st.container(key="protocole_regles"):
            terms_form(doors, pin)
    with right:
        _against(one.terms, now)
        found = faults(one.terms, set(now.names) or None)
        _faults(found, one.terms, now.names)
        st.button(
            labels("next.propose"),
            on_click=actions.propose,
            args=(doors, pin.kept),
            type="primary",
            disabled=bool(found),
            key="protocole_proposer",
        )
        st.html(words("p", labels("next.propose_note"), of="facts"))
        _upload(doors, site, one.version, pin)


def _against(terms: Terms, now: Situation) -> None:
    """Show what these terms change to those in force."""
    if now.current is None:
        return
    version = now.current.agreement.version
    title = words("h3", read_words("protocole")("next.against", version=version))
    changed = differing(now.current.agreement.terms, terms, now.names)
    st.html(tag("div", title, changed, of="pact-part"))


def _faults(found: tuple[Fault, ...], terms: Terms, names: Names) -> None:
    if not found:
        return
    rows = [
        tag("li", words("b", _place(one.place, terms, names)), text(typeset(f" : {one.said}")))
        for one in found
    ]
    title = read_words("protocole").count("next.faults", len(found))
    st.html(words("h3", title) + tag("ul", join(rows), of="points grid-faults"))


def _place(place: str, terms: Terms, names: Names) -> str:
    """Return where a fault is, in the words of the forms."""
    labels = read_words("protocole")
    head, *rest = place.split(".")
    if head == "shares" and len(rest) == 2 and rest[0].isdigit():
        share = terms.shares[int(rest[0]) - 1]
        return ", ".join((known("who.", share.role), known("column.", rest[1])))
    if head in SHARERS and rest:
        return ", ".join((known("who.", head), item_name(names, ".".join(rest))))
    return labels("form.share_title") if head == "shares" else known("field.", head)


def _proposed(doors: Doors, kept: Kept, now: Situation) -> None:
    """Show the proposed version, who signed it, and what its partners may do."""
    labels, one, who = read_words("protocole"), kept.agreement, doors.visitor.organisation
    # a colleague who signed in another role leaves the leader's signature to be given
    mine = (who, doors.visitor.role)
    st.html(whole(one, now.names))
    _against(one.terms, now)
    with st.container(key="protocole_accord"):
        st.html(_signatures(now.signed))
        if mine in now.signed:
            st.html(words("p", labels("next.signed"), of="facts"))
        else:
            st.button(
                markdown(labels("next.sign", version=one.version, organisation=typeset(who))),
                on_click=actions.sign,
                args=(doors, kept),
                type="primary",
                key="protocole_signer",
            )
        st.button(
            labels("next.agree", version=one.version),
            on_click=actions.agree,
            args=(doors, kept),
            disabled=not actions.may_agree(list(now.signed)),
            key="protocole_vigueur",
        )
        st.html(words("p", labels("next.agree_note"), of="facts"))
    st.button(
        labels("next.redraft"),
        on_click=actions.redraft,
        args=(doors, kept),
        key="protocole_reprendre",
    )
    st.html(words("p", labels("next.redraft_note"), of="facts"))


def _signatures(signed: tuple[tuple[str, str], ...]) -> Markup:
    labels, roles = read_words("protocole"), read_words("acces")
    title = words("h3", labels("next.sign_title"))
    if not signed:
        return title + words("p", labels("next.nobody_signed"), of="facts")
    said = [
        labels("next.signed_by", organisation=typeset(who), role=roles(f"role.{role}"))
        for who, role in signed
    ]
    return title + tag("ul", join(words("li", one) for one in said), of="points")
