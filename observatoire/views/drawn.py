"""The files that show a map: they hold the classes and the hatching of the page they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from observatoire import exports
from observatoire.classing import read_classing
from observatoire.disclosure import ProtectedLayer
from observatoire.errors import NotFoundError
from observatoire.labels import read_words
from observatoire.labels.numbers import quantity
from observatoire.maps import SiteParts, write_offline_html
from observatoire.planche_sheet import write_planche
from observatoire.settings import Site
from observatoire.sources import read_register
from observatoire.views.classes import map_breaks
from observatoire.views.doors import Doors
from observatoire.views.figures import doubtful, estimated, reference
from observatoire.views.state import ALL_SITES, HATCHED, MapState
from observatoire.views.territories import doors_of, site_asked

MEDIA = {"html": "text/html; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True)
class DrawnFile:
    """A file to download: its name, its bytes, its media type, the layer it shows."""

    name: str
    content: bytes
    media: str
    layer: ProtectedLayer


def drawn_file(doors: Doors, path: Mapping[str, str], query: Mapping[str, str]) -> DrawnFile:
    """Return the map (`html`) or the planche (`svg`) that an address asks for.

    Parameters
    ----------
    path
        `indicator`, `edition`, `file` (`<period>.<form>`).
    query
        `site`, and the choice of classes as the address of the map holds it.

    Raises
    ------
    NotFoundError
        When the layer is not published.
    SettingsError
        When the site is not one.
    BreaksError
        When the classes asked for make no sense.
    """
    period, _, form = path["file"].rpartition(".")
    only = site_asked(doors.settings, query["site"]) if query.get("site") else None
    if only is not None and only not in doors.settings.sites:
        doors = doors_of(doors, (only,))
    state = MapState(
        path["indicator"],
        path["edition"],
        period,
        only.id if only else ALL_SITES,
        classing=read_classing(query),
        hatched=query.get(HATCHED) == "oui",
    )
    _require_published(doors, state)
    layer = doors.layer(state)
    drawn = _offline_map(doors, state, only) if form == "html" else _planche(doors, state, only)
    return DrawnFile(exports.file_name(layer, form), drawn.encode("utf-8"), MEDIA[form], layer)


def _require_published(doors: Doors, state: MapState) -> None:
    key = (state.indicator, state.edition, state.period)
    known = doors.published().offer.layers
    if key not in {(one.indicator, one.edition, one.period) for one in known}:
        raise NotFoundError(
            f"{' '.join(key)} is not published",
            user=read_words("serveur")("error.not_found"),
        )


def _hatched(doors: Doors, state: MapState) -> tuple[tuple[str, ...], str]:
    """Return the codes to hatch and the words of the reference; none when nobody asks."""
    against = reference(doors, state) if state.hatched else None
    if against is None:
        return (), ""
    one = doors.layer(state).description
    said = f"{against.name}, {quantity(against.value, one.unit, one.decimals)}"
    return doubtful(estimated(doors, state), against), said


def _offline_map(doors: Doors, state: MapState, only: Site | None) -> str:
    layer, communes = doors.layer(state), doors.communes()
    drawn = doors.published().boundaries[state.edition]
    parts = [
        SiteParts(
            site.id,
            site.name,
            drawn[drawn["site"] == site.id],
            communes[communes["department"].isin(site.departments)],
        )
        for site in ([only] if only else doors.settings.sites)
    ]
    return write_offline_html(
        layer,
        parts,
        source=read_register().get(layer.source),
        breaks=map_breaks(estimated(doors, state), state, layer.description),
        hatched=_hatched(doors, state)[0],
    )


def _planche(doors: Doors, state: MapState, only: Site | None) -> str:
    layer, drawn = doors.layer(state), doors.published().boundaries[state.edition]
    hatched, said = _hatched(doors, state)
    return write_planche(
        layer,
        drawn[drawn["site"] == only.id] if only else drawn,
        breaks=map_breaks(estimated(doors, state), state, layer.description),
        hatched=hatched,
        reference=said,
    )
