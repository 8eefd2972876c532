"""Which published layer of an indicator is meant: its period and its edition. Pure."""

from __future__ import annotations

from datetime import date

from observatoire.codes import edition_kind
from observatoire.errors import NotFoundError
from observatoire.periods import LEVELS, last_day, level_of


def settle(
    known: list[tuple[str, str, bool]], indicator: str, period: str | None, edition: str | None
) -> tuple[str, str]:
    """Return the period and edition of the layer meant by what was asked.

    Parameters
    ----------
    known
        Period, edition and whether any value is shown, of the layers published of the indicator.
    period, edition
        What was asked; None for no wish. Without an edition, one of the QPV if there is any.

    Returns
    -------
    Among those asked for: one with a shown value, then the one that ends last, the longest of those
    that end that day, the latest edition.

    Raises
    ------
    NotFoundError
        When nothing published is what was asked.
    """
    if not known:
        raise NotFoundError(
            f"indicator {indicator!r} is not published",
            user=f"L’indicateur « {indicator} » n’est pas publié.",
            remedy="« observatoire layers » donne la liste des couches publiées.",
        )
    own = [one for one in known if edition_kind(one[1]) == "qpv"]
    if edition is None and own:
        known = own
    asked = [one for one in known if period in (None, one[0]) and edition in (None, one[1])]
    if not asked:
        offered = ", ".join(sorted({f"{one[0]} (édition {one[1]})" for one in known})[-8:])
        wanted = ", ".join(part for part in (period, edition and f"l’édition {edition}") if part)
        raise NotFoundError(
            f"{indicator} is not published for {wanted}",
            user=f"L’indicateur « {indicator} » n’est pas publié pour {wanted}.",
            remedy=f"Périodes publiées, les dernières : {offered}.",
        )
    best = max(asked, key=lambda one: (one[2], _end(one[0]), one[1]))
    return best[0], best[1]


def _end(period: str) -> tuple[date, int]:
    return last_day(period), LEVELS.index(level_of(period))
