"""The sites one above the other on one line of values: what a map shows, site by site. Pure."""

from __future__ import annotations

import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.views.markup import Markup, join, tag, words
from observatoire.views.strip import strip


def compare_sites(frame: pd.DataFrame, indicator: Indicator, picked: str) -> Markup:
    """Return one line for each site: its neighbourhoods as ticks, its lowest and highest value.

    Parameters
    ----------
    frame
        Indexed by code; columns `site_name`, `value`, `status`, in the order of the sites.
    picked
        Code of the neighbourhood to mark, empty for none.
    """
    labels = read_words("carte")
    known = frame.loc[frame["status"] == "ok", "value"]
    if known.empty:
        return ""
    ends = (float(known.min()), float(known.max()))
    lines = [
        _line(str(site), own, indicator, picked, ends)
        for site, own in frame.groupby("site_name", sort=False)
    ]
    title = words("h2", labels("sites.title"))
    return tag("section", title, tag("ul", join(lines), of="sites"))


def _line(
    site: str, own: pd.DataFrame, indicator: Indicator, picked: str, ends: tuple[float, float]
) -> Markup:
    labels = read_words("carte")
    shown = own.loc[own["status"] == "ok", "value"]
    values = [float(value) for value in shown]
    count = labels("sites.count", shown=number(len(values)), n=number(len(own)))
    said = labels("sites.none")
    drawing = ""
    if values:
        low, high = (number(end, indicator.decimals) for end in (min(values), max(values)))
        said = labels("sites.range", low=low, high=high) if low != high else low
        here = float(shown.loc[picked]) if picked in shown.index else None
        drawing = strip(values, here, labels("sites.strip", site=site), ends=ends)
    return tag("li", words("b", site), words("small", count), drawing, words("span", said))
