"""The words of Streamlit that no option changes, put into French in the browser."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from observatoire.component.shelf import asset_url
from observatoire.labels import read_words

_LOADER = """// the page's own module, cached by the browser
export default async (component) =>
  (await import(new URL(component.data.module, location.origin).href)).default(component);
"""
_TABLE, _BEGINS = "words.", "begins."


def speak_french() -> None:
    """Replace the tool's own words by those of `labels/outil.toml`; shows nothing."""
    entries = read_words("outil").entries
    table = {
        name.removeprefix(_TABLE): french
        for name, french in entries.items()
        if name.startswith(_TABLE)
    }
    begins = {
        name.removeprefix(_BEGINS): french
        for name, french in entries.items()
        if name.startswith(_BEGINS)
    }
    data = {"module": asset_url("french.js"), "words": table, "begins": begins}
    _component()(key="francais", data=data)


@cache
def _component() -> Any:
    return st.components.v2.component("observatoire_french", js=_LOADER, isolate_styles=False)
