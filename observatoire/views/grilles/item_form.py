"""The form of one item of a draft."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import streamlit as st

from observatoire.errors import SchemaError
from observatoire.grid_desk import Kept
from observatoire.grille import Item, core_items
from observatoire.grille import items as known
from observatoire.labels import read_words
from observatoire.labels.numbers import level_words
from observatoire.labels.typography import typeset
from observatoire.views.doors import Doors
from observatoire.views.grilles import actions
from observatoire.views.markup import markdown

_BLANK = Item(code="", theme="", label="", definition="", unit="")


def item_form(doors: Doors, kept: Kept, code: str) -> None:
    """Show the form of the item of a code, or of a new one; its button writes the draft."""
    labels = read_words("grilles")
    item = kept.grid.item(code) or _BLANK
    key = f"grille_{kept.grid.site}_{kept.step}_{code}"
    with st.form(key, border=False):
        _words(item, key)
        _choices(item, key)
        _core(item, key)
        st.form_submit_button(
            labels("form.save") if code else labels("form.add"),
            on_click=actions.save_item,
            args=(doors, kept, code, lambda: typed_item(key)),
            type="primary",
        )


def typed_item(key: str) -> Item:
    """Return the item that the form holds.

    Raises
    ------
    SchemaError
        When the threshold is not a number.
    """
    values: dict[str, Any] = {
        field.name: st.session_state[f"{key}.{field.name}"] for field in fields(Item)
    }
    for name in ("code", "theme", "label", "definition", "unit"):
        values[name] = str(values[name] or "").strip()
    values["audience"] = tuple(
        reader for reader in known.READERS if reader in (values["audience"] or ())
    )
    values["threshold"] = _threshold(str(values["threshold"] or ""))
    values["core"] = values["core"] or ""
    return Item(**values)


def _threshold(typed: str) -> float | None:
    if not typed.strip():
        return None
    try:
        return float(typed.strip().replace(",", "."))
    except ValueError:
        words = read_words("grilles")
        raise SchemaError(
            "a threshold that is not a number",
            user=words("refused.threshold"),
            remedy=words("refused.threshold_remedy"),
        ) from None


def _words(item: Item, key: str) -> None:
    labels = read_words("grilles")
    st.text_input(labels("field.label"), item.label, max_chars=90, key=f"{key}.label")
    st.text_area(
        labels("field.definition"), item.definition, max_chars=800, key=f"{key}.definition"
    )
    left, middle, right = st.columns(3)
    with left:
        st.text_input(labels("field.theme"), item.theme, max_chars=80, key=f"{key}.theme")
    with middle:
        st.text_input(
            labels("form.code"),
            item.code,
            max_chars=40,
            key=f"{key}.code",
            placeholder=labels("form.code_hint"),
        )
    with right:
        st.text_input(labels("field.unit"), item.unit, max_chars=40, key=f"{key}.unit")


def _choices(item: Item, key: str) -> None:
    labels = read_words("grilles")
    left, right = st.columns(2)
    with left:
        _one("temporality", known.TEMPORALITIES, item, key)
        _one("collector", known.COLLECTORS, item, key)
    with right:
        _one("frequency", known.FREQUENCIES, item, key, level_words)
        _one("direction", known.DIRECTIONS, item, key, _way)
    st.pills(
        labels("field.audience"),
        known.READERS,
        selection_mode="multi",
        default=list(item.audience),
        format_func=lambda reader: labels(f"reader.{reader}"),
        key=f"{key}.audience",
    )
    left, right = st.columns(2)
    with left:
        st.selectbox(
            labels("field.kind"),
            known.KINDS,
            index=known.KINDS.index(item.kind) if item.kind in known.KINDS else 0,
            format_func=lambda kind: labels(f"kind.{kind}"),
            key=f"{key}.kind",
        )
    with right:
        shown = "" if item.threshold is None else f"{item.threshold:g}".replace(".", ",")
        st.text_input(labels("form.threshold"), shown, key=f"{key}.threshold")


def _core(item: Item, key: str) -> None:
    labels = read_words("grilles")
    names = {one.core: typeset(one.label) for one in core_items()}
    codes = ["", *names]
    st.selectbox(
        labels("form.core"),
        codes,
        index=codes.index(item.core) if item.core in codes else 0,
        format_func=lambda code: names.get(code, labels("item.none")),
        key=f"{key}.core",
    )
    st.checkbox(labels("form.lossless"), item.lossless, key=f"{key}.lossless")
    st.checkbox(labels("form.sensitive"), item.sensitive, key=f"{key}.sensitive")


def _one(
    name: str,
    allowed: Sequence[Any],
    item: Item,
    key: str,
    said: Callable[[Any], str] | None = None,
) -> None:
    """Offer one choice among a few."""
    labels = read_words("grilles")
    value = getattr(item, name)
    st.segmented_control(
        labels(f"field.{name}"),
        list(allowed),
        default=value if value in allowed else allowed[0],
        format_func=lambda one: markdown(said(one) if said else labels(f"{name}.{one}")),
        required=True,
        key=f"{key}.{name}",
    )


def _way(direction: int) -> str:
    return read_words("grilles")(f"way.{known.WAYS[direction]}")
