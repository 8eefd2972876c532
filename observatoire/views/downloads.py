"""Links to the files of a layer, served beside the pages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from observatoire.labels import read_words
from observatoire.views.markup import Markup, join, tag, words
from observatoire.views.state import ALL_SITES, HATCHED, MapState

FORMATS = ("csv", "geojson", "gpkg", "html", "svg")
DRAWN = ("html", "svg")
"""Forms that show classes: they are those of the map."""


def address(state: MapState, form: str) -> str:
    """Return the address of a file of the layer shown, for the sites shown."""
    parts = (state.indicator, state.edition, f"{state.period}.{form}")
    path = "/telechargements/" + "/".join(quote(part, safe="") for part in parts)
    query = {} if state.view == ALL_SITES else {"site": state.view}
    if form in DRAWN:
        query |= state.classing.as_params() | ({HATCHED: "oui"} if state.hatched else {})
    return f"{path}?{urlencode(query)}" if query else path


def links(state: MapState, only: Sequence[str] = FORMATS) -> Markup:
    """Return one link for each format."""
    labels = read_words("carte")
    return tag(
        "ul",
        join(
            tag(
                "li",
                words(
                    "a",
                    labels(f"download.{form}"),
                    attrs={"href": address(state, form), "download": ""},
                ),
            )
            for form in only
        ),
        of="files",
    )
