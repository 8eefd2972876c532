"""Grids for the tests: a small sound one, and hypothesis strategies."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from observatoire.grille import Grid, Item, core_items
from observatoire.grille import items as known

TODAY = date(2024, 1, 15)
DAY = date(2023, 3, 14)
ORGANISATIONS = ("Organisme fictif A", "Organisme fictif B")


def an_item(code: str = "lumiere", **changes: object) -> Item:
    values: dict[str, object] = {
        "code": code,
        "theme": "Cadre de vie",
        "label": "Éclairage public",
        "definition": "Points d’éclairage éteints vus pendant la sortie.",
        "unit": "par sortie",
        "direction": 0,
    }
    return Item(**(values | changes))  # type: ignore[arg-type]


def a_grid(site: str = "loire", **changes: object) -> Grid:
    values: dict[str, object] = {
        "site": site,
        "site_name": site.capitalize(),
        "version": 1,
        "items": core_items(),
    }
    return Grid(**(values | changes))  # type: ignore[arg-type]


texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), min_size=1, max_size=40
).filter(str.strip)
codes = st.from_regex(r"[a-z][a-z0-9_]{1,20}", fullmatch=True)
items = st.builds(
    Item,
    code=codes,
    theme=texts,
    label=texts,
    definition=texts,
    temporality=st.sampled_from(known.TEMPORALITIES),
    kind=st.sampled_from(known.KINDS),
    unit=st.just("par sortie") | st.just(""),
    collector=st.sampled_from(known.COLLECTORS),
    audience=st.lists(st.sampled_from(known.READERS), min_size=1, max_size=5, unique=True).map(
        tuple
    ),
    frequency=st.sampled_from(known.FREQUENCIES),
    direction=st.sampled_from(known.DIRECTIONS),
    threshold=st.none() | st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: value + 0.0),
    sensitive=st.booleans(),
) | st.sampled_from(core_items())
item_lists = st.lists(items, max_size=8, unique_by=lambda item: item.code).map(tuple)
