"""« Cette différence est-elle réelle ? »: the verdict on two places, among its like. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from observatoire.comparability import Figure
from observatoire.disclosure import ProtectedLayer
from observatoire.labels import read_words
from observatoire.verdicts import Verdict, compare, compare_all, compare_rest, judge
from observatoire.views.comparer.comparison import Comparison
from observatoire.views.comparer.lines import Line
from observatoire.views.comparer.pools import figure_of
from observatoire.views.comparer.state import COMMUNE, FRANCE, SITE


def second_places(made: Comparison) -> tuple[str, ...]:
    """Return what the neighbourhood may be asked about: references first, then every place.

    A reference without a figure is offered too: the refusal says why. Counts follow the size of a
    place and are asked between neighbourhoods alone; the field knows no commune and no nation.
    """
    references: tuple[str, ...] = (SITE,)
    if made.one.kind == "count":
        references = ()
    elif made.one.kind != "per_outing":
        references = (SITE, COMMUNE, FRANCE)
    others = [line.key for line in (*made.places, *made.apart) if line.key != made.place.key]
    alone = len(made.of_site(made.place.site)) < 2
    return (*(key for key in references if not (alone and key == SITE)), *others)


def second_name(made: Comparison, key: str) -> str:
    """Return what a second place is called in a sentence."""
    labels = read_words("comparer")
    if key == SITE:
        return labels("question.rest", site=made.sites[0].name)
    if key == COMMUNE:
        form = "question.commune_rest" if made.commune.has_parts else "question.commune"
        return labels(form, commune=made.commune.name)
    if key == FRANCE:
        return made.france.name
    return _line(made, key).name


def verdict_between(made: Comparison, layer: ProtectedLayer, key: str) -> Verdict:
    """Return the verdict on the neighbourhood and a second place, within its family of tests.

    Parameters
    ----------
    key
        One of `second_places`.

    Notes
    -----
    The family is what a reader of the page could have asked in the same way: the place against
    every other of the second one's site, or every place of the site against one reference. All
    are judged together, whichever one was asked.
    """

    def figure(line: Line, kind: str = "qpv") -> Figure:
        return figure_of(line, layer.period, layer.edition, kind=kind)

    if key == SITE:
        return _beside_rest(made, figure)
    if key == FRANCE:
        return _beside_france(made, figure)
    first = figure(made.place)
    if key == COMMUNE:
        whole = replace(figure(made.commune, COMMUNE), place=second_name(made, key))
        inside = made.commune.is_shown and not made.commune.has_parts
        return compare(first, whole, made.one, inside=inside, spread=made.spread)
    return _beside_place(made, figure, key)


Figures = Callable[..., Figure]


def _beside_place(made: Comparison, figure: Figures, key: str) -> Verdict:
    """Judge the place against one neighbourhood, among all those of its site."""
    labels, second = read_words("comparer"), _line(made, key)
    first = figure(made.place)
    if second in made.apart:
        return compare(first, figure(second), made.one, same_scale=False)
    others = [line for line in made.of_site(second.site) if line.key != made.place.key]
    site = next(line.name for line in made.sites if line.site == second.site)
    form = "question.family_others" if second.site == made.place.site else "question.family_site"
    family = labels.count(form, len(others), site=site, place=made.place.name)
    found = compare_all(
        first, [figure(line) for line in others], made.one, family=family, spread=made.spread
    )
    return found[[line.key for line in others].index(key)]


def _beside_rest(made: Comparison, figure: Figures) -> Verdict:
    """Judge every place of the site against the others of the site together; keep the place's."""
    labels = read_words("comparer")
    members = made.of_site(made.place.site)
    place = second_name(made, SITE)

    def judged(line: Line) -> Verdict:
        others = [figure(one) for one in members if one.key != line.key]
        return compare_rest(figure(line), others, made.one, place=place, spread=made.spread)

    return _kept(made, members, judged, labels.count("question.family_each", len(members)))


def _beside_france(made: Comparison, figure: Figures) -> Verdict:
    """Judge every place of the site against the QPV of France; keep the place's."""
    labels = read_words("comparer")
    members = made.of_site(made.place.site)
    nation = replace(figure(made.france, FRANCE), place=second_name(made, FRANCE))

    def judged(line: Line) -> Verdict:
        return compare(figure(line), nation, made.one, spread=made.spread)

    return _kept(made, members, judged, labels.count("question.family_each", len(members)))


def _kept(
    made: Comparison, members: Sequence[Line], judged: Callable[[Line], Verdict], family: str
) -> Verdict:
    found = judge([judged(line) for line in members], family=family)
    return found[[line.key for line in members].index(made.place.key)]


def _line(made: Comparison, key: str) -> Line:
    return next(line for line in (*made.places, *made.apart) if line.key == key)
