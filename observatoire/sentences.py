"""The French sentences that say what a map shows, from the same figures as its table.

Pure. They name the lowest and the highest, how many neighbourhoods of each site have a figure, how
many have none and why; they never rank, judge or explain.
"""

from __future__ import annotations

import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.labels import read_words
from observatoire.labels.numbers import in_period, number, quantity
from observatoire.labels.typography import NARROW
from observatoire.schemas import STATUSES

_BASES = (10, 100, 1000)
_SMALL = 0.05  # under it, two decimals would be one figure or none


def map_sentences(
    frame: pd.DataFrame,
    indicator: Indicator,
    period: str,
    *,
    fictitious: bool = False,
    reference: tuple[str, float] | None = None,
) -> tuple[str, ...]:
    """Return the sentences that say what a map shows, in reading order.

    Parameters
    ----------
    frame
        One row per neighbourhood, indexed by its code; columns `name`, `commune` (may be empty),
        `site` (name of the site, in the order to print), `value`, `status`, `outings`.
    indicator, period
        What is mapped.
    fictitious
        Add the warning that the observations are invented.
    reference
        Name and value of a place to compare with (`("France", 14.5)`).

    Returns
    -------
    tuple of str
        At least the range and the counts; an empty frame gives no sentence.
    """
    if frame.empty:
        return ()
    shown = frame[frame["status"] == "ok"]
    sentences = [range_sentence(shown, indicator, period), count_sentence(frame)]
    if len(shown) < len(frame):
        sentences.append(absence_sentence(frame))
    if indicator.kind == "per_outing" and not shown.empty:
        sentences.extend(outing_sentences(shown))
    if reference is not None:
        place, value = reference
        sentences.append(
            read_words("phrases")(
                "reference.sentence", place=place, value=printed(value, indicator)
            )
        )
    if fictitious:
        sentences.append(read_words("phrases")("fictitious.sentence"))
    return tuple(sentences)


def range_sentence(shown: pd.DataFrame, indicator: Indicator, period: str) -> str:
    """Return the sentence that gives the lowest and the highest value, with their places."""
    words = read_words("phrases")
    fields: dict[str, object] = {"label": indicator.label, "period": in_period(period)}
    if shown.empty:
        return words("range.none", **fields)
    low, high = float(shown["value"].min()), float(shown["value"].max())
    if len(shown) == 1:
        place = place_words(shown)
        return words("range.single", value=printed(low, indicator), place=place, **fields)
    if printed(low, indicator) == printed(high, indicator):
        value = printed(low, indicator)
        return words("range.same", value=value, n=number(len(shown)), **fields)
    return words(
        "range.many",
        low=printed(low, indicator),
        low_place=place_words(_printed_as(shown, low, indicator)),
        high=printed(high, indicator),
        high_place=place_words(_printed_as(shown, high, indicator)),
        **fields,
    )


def count_sentence(frame: pd.DataFrame) -> str:
    """Return how many neighbourhoods have a figure, site by site."""
    words = read_words("phrases")
    has = frame["status"] == "ok"
    sites = []
    for site in frame["site"].drop_duplicates():
        here = frame["site"] == site
        total, count = int(here.sum()), int((here & has).sum())
        form = "shown.site_all" if count == total else "shown.site"
        sites.append(words(form, site=site, shown=number(count), n=number(total)))
    shown, total = int(has.sum()), len(frame)
    form = "some" if shown != 1 else "one"
    if shown == total:
        form = "all" if total > 1 else "alone"
    return words(f"shown.{form}", shown=number(shown), n=number(total), sites=", ".join(sites))


def absence_sentence(frame: pd.DataFrame) -> str:
    """Return how many neighbourhoods have no figure, reason by reason."""
    words = read_words("phrases")
    counts = frame["status"].value_counts()
    reasons = [
        words.count(f"absent.{status}", int(counts[status]))
        for status in STATUSES
        if status != "ok" and counts.get(status, 0)
    ]
    return words("absent.sentence", reasons=f"{NARROW}; ".join(reasons))


def outing_sentences(shown: pd.DataFrame) -> tuple[str, ...]:
    """Return how a value per outing is read, on the highest neighbourhood, and the outings."""
    words = read_words("phrases")
    high = shown["value"].max()
    if high > 0:
        place = place_words(shown[shown["value"] == high])
        reading = outing_reading(float(high), place)
    else:
        reading = words("per_outing.nothing")
    total = shown["outings"].sum() if shown["outings"].notna().all() else None
    if total is None:
        return (reading,)
    return reading, words.count("per_outing.outings", int(total))


def outing_reading(value: float, place: str) -> str:
    """Return « 0,42 observation par sortie, c’est environ 4 pour 10 sorties », for one place.

    The base is the smallest of 10, 100 and 1000 outings at which the count is at least three, so
    that rounding it loses little.
    """
    base = next((base for base in _BASES if value * base >= 3), _BASES[-1])
    return read_words("phrases")(
        "per_outing.reading",
        value=number(value, 2 if value >= _SMALL else 3),
        count=number(value * base),
        base=number(base),
        place=place,
    )


def place_words(rows: pd.DataFrame) -> str:
    """Return the name and commune of the first row, and how many others share its value."""
    words = read_words("phrases")
    first = rows.iloc[0]
    commune = first["commune"]
    known = isinstance(commune, str) and bool(commune)
    place = (
        words("place.single", name=first["name"], commune=commune)
        if known
        else words("place.bare", name=first["name"])
    )
    others = len(rows) - 1
    return words.count("place.tied", others, place=place) if others else place


def printed(value: float, indicator: Indicator) -> str:
    """Return a value of an indicator as it is read, with its unit and its decimals."""
    return quantity(value, indicator.unit, indicator.decimals)


def _printed_as(shown: pd.DataFrame, value: float, indicator: Indicator) -> pd.DataFrame:
    """Return the rows that read the same as a value: a tie the reader can see."""
    text = printed(value, indicator)
    return shown[shown["value"].map(lambda other: printed(float(other), indicator)) == text]
