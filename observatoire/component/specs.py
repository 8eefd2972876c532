"""What a page gives the map and what it gets back: small, frozen, and nothing of Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PaneSpec:
    """One pane: the address of its geometry, and the order its values must come in.

    Attributes
    ----------
    id, title
        Key and French name of the site.
    url
        Address of the geometry module on this server.
    codes
        QPV codes in the order of `PanePaint.classes` and `PanePaint.values`.
    towns
        French names of the places one can jump to, the one shown first in front.
    """

    id: str
    title: str
    url: str
    codes: tuple[str, ...]
    towns: tuple[str, ...]


@dataclass(frozen=True)
class PanePaint:
    """What one pane shows now, in the order of its codes.

    Attributes
    ----------
    classes
        One character for each QPV (`classify.zone_classes`).
    values
        French text of each value with its unit, empty for an absence.
    notes
        A second line for each QPV (« 4 sorties »), empty when there is none; may be left out.
    radii
        Radius in pixels of each proportional symbol, for a count; empty for a choropleth.
    hatched
        Places, in the order of the codes, of the QPV whose colour carries a hatching: their
        interval contains the reference.
    """

    classes: str
    values: tuple[str, ...]
    notes: tuple[str, ...] = ()
    radii: tuple[float, ...] = ()
    hatched: tuple[int, ...] = ()


@dataclass(frozen=True)
class MapTexts:
    """French words of the map that come from the caller.

    Attributes
    ----------
    heading
        First line of a tooltip: indicator and period.
    absences
        Sentence for each class character that has no value (`m`, `n`, `s`, `b`, `z`).
    warning
        « données fictives » or nothing.
    sources
        Shown after « © Leaflet » at the foot of the map.
    """

    heading: str
    absences: dict[str, str] = field(default_factory=dict)
    warning: str = ""
    sources: str = ""


@dataclass(frozen=True)
class MapEvent:
    """What a reader did on the map: the code of the QPV picked."""

    pick: str


@dataclass(frozen=True)
class AreaSpec:
    """Other areas under one pane: the address of their outlines, and the order of their values.

    Attributes
    ----------
    url
        Address of the geometry module on this server; empty when the pane has no such area.
    keys
        Keys of the areas in the order of `AreaPaint.classes` and `AreaPaint.values`.
    """

    url: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class AreaPaint:
    """What the areas of one pane show now, in the order of their keys.

    Attributes
    ----------
    classes
        One character for each area (`classify.zone_classes`).
    values
        French text of each value with its unit, empty for an absence.
    parts
        For each QPV of the pane by code, the areas that contribute to its estimate: their place
        in the order of the keys, and the French text of their share.
    """

    classes: str
    values: tuple[str, ...]
    parts: Mapping[str, Sequence[tuple[int, str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Underlay:
    """Other areas (IRIS, communes, cells) drawn with the QPV, pane by pane.

    Attributes
    ----------
    specs, paint
        In the order of the panes.
    texts
        French words of the areas: the heading of their tooltip, and their absences.
    classes
        Number of classes of their own palette.
    opacity
        From 0 (unseen) to 1.
    over
        Drawn above the perimeters instead of below.
    """

    specs: tuple[AreaSpec, ...]
    paint: tuple[AreaPaint, ...]
    texts: MapTexts
    classes: int
    opacity: float = 1.0
    over: bool = False
