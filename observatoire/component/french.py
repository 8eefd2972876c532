"""The words of Streamlit that no option changes, put into French in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import streamlit as st

from observatoire.component.shelf import asset_url
from observatoire.labels import read_words

_LOADER = """// the page's own module, cached by the browser
export default async (component) =>
  (await import(new URL(component.data.module, location.origin).href)).default(component);
"""
_TABLE, _BEGINS, _ENDS = "words.", "begins.", "ends."


def speak_french() -> None:
    """Replace the tool's own words by those of `labels/outil.toml`; shows nothing."""
    entries = read_words("outil").entries
    data = {
        "module": asset_url("french.js"),
        "words": _under(entries, _TABLE),
        "begins": _under(entries, _BEGINS),
        "ends": _under(entries, _ENDS),
    }
    _component()(key="francais", data=data)


def _under(entries: Mapping[str, str], table: str) -> dict[str, str]:
    """Return the texts of a table of the file, by the English words they replace."""
    return {
        name.removeprefix(table): french
        for name, french in entries.items()
        if name.startswith(table)
    }


@cache
def _component() -> Any:
    return st.components.v2.component("observatoire_french", js=_LOADER, isolate_styles=False)
