"""The forms of a draft: one share at a time, and the other terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from observatoire.labels import read_words
from observatoire.protocole import (
    BOUNDS,
    EVERY_ITEM,
    PRECISIONS,
    RHYTHMS,
    SHARERS,
    THRESHOLDS,
    Share,
    Terms,
)
from observatoire.protocole.faults import LONGEST_ARTICLE
from observatoire.views.doors import Doors
from observatoire.views.markup import markdown, words
from observatoire.views.protocole import actions
from observatoire.views.protocole.phrases import Names, item_name, items_said, known
from observatoire.views.protocole.pins import Pin

Known = tuple[str, tuple[str, ...]]
"""The role and the items that a share is known by."""

_NEW: Known = ("", ())
_FLAGS = ("text", "transmit")
_NUMBERS = ("retention_months", "text_months", "days_back", "delay_days", "k", "outings", "base")


def share_forms(doors: Doors, pin: Pin, names: Names) -> None:
    """Offer every share of the draft, and a new one, in one form."""
    labels = read_words("protocole")
    shares = {(one.role, one.items): one for one in pin.kept.agreement.terms.shares}
    st.html(words("h3", labels("form.share_title")))
    key = pin.key("partage")
    options: list[Known] = [*shares, _NEW]
    # One that somebody else took out while it was being typed stays, as a new one.
    held = st.session_state.get(key)
    if held is not None and held not in options:
        options.insert(0, held)
    chosen: Known = st.selectbox(
        labels("form.share"), options, format_func=lambda one: _name(one, names), key=key
    )
    share = shares.get(chosen)
    _share_form(doors, pin, chosen, share or Share("delegate", ()), names)
    if share is not None:
        st.button(
            labels("form.share_remove"),
            on_click=actions.remove_share,
            args=(doors, pin, chosen),
            key="protocole_retirer",
        )


def _name(one: Known, names: Names) -> str:
    labels, (role, items) = read_words("protocole"), one
    if one == _NEW:
        return labels("form.new_share")
    return labels("form.share_name", who=known("who.", role), items=items_said(names, items))


def _share_form(doors: Doors, pin: Pin, chosen: Known, share: Share, names: Names) -> None:
    labels = read_words("protocole")
    key = pin.key("partage_" + "_".join((chosen[0], *chosen[1])))
    codes = list(dict.fromkeys([EVERY_ITEM, *names, *share.items]))
    _hold(key, {"role": share.role, "items": list(share.items)})
    _hold(key, {"precision": share.precision, "rhythm": share.rhythm})
    with st.form(key, border=False):
        roles = list(dict.fromkeys([*SHARERS, share.role]))
        st.selectbox(
            labels("field.role"),
            roles,
            format_func=lambda one: known("who.", one),
            key=f"{key}.role",
        )
        st.multiselect(
            labels("field.items"),
            codes,
            format_func=lambda code: (
                labels("items.all_row") if code == EVERY_ITEM else item_name(names, code)
            ),
            placeholder=labels("form.items_hint"),
            key=f"{key}.items",
        )
        _choice("share_precision", PRECISIONS, f"{key}.precision", "precision.")
        st.html(words("p", labels("squares.lead"), of="facts"))
        _choice("share_rhythm", RHYTHMS, f"{key}.rhythm", "rhythm.")
        st.form_submit_button(
            labels("form.share_add" if chosen == _NEW else "form.share_save"),
            on_click=actions.save_share,
            args=(doors, pin, None if chosen == _NEW else chosen, lambda: _typed_share(key)),
            type="primary",
        )


def _typed_share(key: str) -> Share:
    values = {name: st.session_state[f"{key}.{name}"] for name in ("role", "precision", "rhythm")}
    items = tuple(str(code) for code in st.session_state[f"{key}.items"] or ())
    return Share(items=items, **{name: str(value) for name, value in values.items()})


def terms_form(doors: Doors, pin: Pin) -> None:
    """Show the form of every other term."""
    labels, terms = read_words("protocole"), pin.kept.agreement.terms
    key = pin.key("regles")
    _hold(key, {"precision": terms.precision, "article": terms.article})
    _hold(key, {name: getattr(terms, name) for name in _FLAGS})
    _hold(key, {name: _inside(name, getattr(terms, name)) for name in _NUMBERS})
    with st.form(key, border=False):
        st.html(words("h3", labels("form.terms_title")))
        _choice("precision", PRECISIONS, f"{key}.precision", "precision.")
        left, right = st.columns(2)
        with left:
            _numbers(("retention_months", "days_back", "delay_days"), key)
            st.checkbox(labels("field.transmit"), key=f"{key}.transmit")
            st.checkbox(labels("field.text"), key=f"{key}.text")
        with right:
            _numbers(("text_months", "k", "outings", "base"), key)
        st.text_area(
            labels("field.article"), max_chars=LONGEST_ARTICLE, key=f"{key}.article", height=80
        )
        st.form_submit_button(
            labels("form.terms_save"),
            on_click=actions.save_terms,
            args=(doors, pin, lambda before: _typed_terms(before, key)),
            type="primary",
        )


def _typed_terms(before: Terms, key: str) -> Terms:
    def typed(name: str) -> Any:
        return st.session_state[f"{key}.{name}"]

    values: dict[str, Any] = {
        "precision": str(typed("precision")),
        "article": str(typed("article") or "").strip(),
    }
    values |= {name: bool(typed(name)) for name in _FLAGS}
    values |= {name: int(typed(name)) for name in _NUMBERS}
    return replace(before, **values)


def _numbers(names: Sequence[str], key: str) -> None:
    labels = read_words("protocole")
    for name in names:
        lowest, highest = _bounds(name)
        st.number_input(
            labels(f"field.{name}"),
            min_value=lowest,
            max_value=highest,
            step=1,
            key=f"{key}.{name}",
        )


def _bounds(name: str) -> tuple[int, int]:
    if name in BOUNDS:
        return BOUNDS[name]
    _, lowest, highest = THRESHOLDS[name]
    return lowest, highest


def _inside(name: str, value: int) -> int:
    """Return a number that the form can show: a draft may hold any."""
    lowest, highest = _bounds(name)
    return min(max(value, lowest), highest)


def _choice(field: str, allowed: Sequence[str], key: str, said: str) -> None:
    """Offer one choice among a few."""
    if st.session_state.get(key) not in allowed:
        st.session_state[key] = allowed[0]
    st.segmented_control(
        read_words("protocole")(f"field.{field}"),
        list(allowed),
        format_func=lambda one: markdown(known(said, one)),
        required=True,
        key=key,
    )


def _hold(key: str, values: dict[str, Any]) -> None:
    """Give fields their first values once: what is typed later stays."""
    for name, value in values.items():
        st.session_state.setdefault(f"{key}.{name}", value)
