"""Writing and reading what is published, and the ledger of releases.

A release is one transaction: perimeters, layers and cells, and the switch that makes it current.
The same content makes the same hash, and no new release. A layer is judged again each time it is
read: what no longer holds the rules, or is not what was published, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

import geopandas as gpd

from observatoire import release_rows
from observatoire.catalogue import Indicator, read_catalogue
from observatoire.codes import edition_kind
from observatoire.disclosure import (
    Granularities,
    ProtectedLayer,
    Rules,
    join_sites,
    read_description,
    require_protected,
    reverify,
    shown_levels,
    split_sites,
)
from observatoire.errors import DisclosureError
from observatoire.moments import settle
from observatoire.periods import LEVELS, Level, sort_key
from observatoire.release_rows import Advance
from observatoire.store import Connection as Connection  # noqa: PLC0414 - for those who read
from observatoire.store import publications as rows


@dataclass(frozen=True)
class ReleaseInfo:
    """A release: its number, the hash of its content, its day, and whether this call wrote it."""

    id: int
    sha256: str
    released_on: date
    written: bool = False


@dataclass(frozen=True)
class LayerInfo:
    """What is published about a layer, without its cells.

    Attributes
    ----------
    share_visible
        Cells with a value over those with a value or hidden (0–1); None without any.
    description
        The indicator, as its readers are told of it.
    """

    indicator: str
    period: str
    edition: str
    rule: str
    source: str
    fictitious: bool
    share_visible: float | None
    description: Indicator

    @property
    def is_real_field(self) -> bool:
        """Tell whether it holds real figures of the field: the journal keeps who reads them."""
        return self.rule == "field" and not self.fictitious


def write_release(
    connection: Connection,
    layers: Sequence[ProtectedLayer],
    *,
    boundaries: Mapping[str, gpd.GeoDataFrame],
    outlines: Mapping[str, gpd.GeoDataFrame],
    rules: Rules,
    today: date,
    site_of: Mapping[str, str] | None = None,
    held: Sequence[ProtectedLayer] = (),
    advance: Advance = lambda: None,
) -> ReleaseInfo:
    """Publish layers with the perimeters they are drawn on, in the connection's transaction.

    Parameters
    ----------
    layers
        What `disclosure.protect` returned, in reading order.
    boundaries, outlines
        By edition, by kind: frames indexed by `code`, EPSG:4326, columns of `schemas.BOUNDARIES`
        and `schemas.OUTLINES`.
    rules
        The rules they were protected with, kept in the ledger.
    today
        Day of the release; no hour is kept.
    site_of
        Site by QPV code: real field layers are written in one part for each site.
    held
        What was released of the sites before (`read_fields`) and is not among the layers: it stays
        as it was released.
    advance
        Called after each layer.

    Returns
    -------
    The release that is now current; `written` is False when it already was.

    Raises
    ------
    DisclosureError
        When one of the layers did not pass the door, or refines a level shown before.
    """
    for layer in layers:
        require_protected(layer)
    shown = shown_levels(layer for layer in layers if not layer.site)
    layers = [part for layer in layers for part in split_sites(layer, site_of or {}, rules)]
    layers = _in_order([*layers, *held])
    ground = release_rows.gathered(boundaries, rows.BOUNDARY_COLUMNS)
    around = release_rows.gathered(outlines, rows.OUTLINE_COLUMNS)
    headers = [release_rows.header(layer) for layer in layers]
    content = {"layers": [row["sha256"] for row in headers], "rules": rules.as_dict()}
    sha256 = release_rows.fingerprint(content, [ground, around])
    current = current_release(connection)
    if current is not None and current.sha256 == sha256:
        return current
    known = rows.find_release(connection, sha256)
    release_id = known or rows.add_release(connection, sha256, today, rules.as_dict())
    rows.replace_boundaries(connection, ground)
    rows.replace_outlines(connection, around)
    if known is None:
        ids = rows.add_layers(connection, release_id, headers)
        rows.add_cells(connection, release_rows.cells(layers, ids, advance))
    _keep_levels(connection, shown)
    rows.make_current(connection, release_id)
    now = current_release(connection)
    assert now is not None
    return replace(now, written=True)


def read_granularities(connection: Connection) -> Granularities:
    """Return the level that earlier releases showed, for `disclosure.protect`."""
    return {key: cast(Level, level) for key, level in rows.read_levels(connection).items()}


def read_fields(connection: Connection) -> list[ProtectedLayer]:
    """Return the real field figures that were released so far, one layer for each site's part."""
    return [
        reverify(row, rows.read_cells(connection, row["id"]), row["sha256"])
        for row in rows.layer_rows(connection)
        if row["site"]
    ]


def current_release(connection: Connection) -> ReleaseInfo | None:
    """Return the release that is read, None when nothing was ever published."""
    found = rows.current_release(connection)
    if found is None:
        return None
    return ReleaseInfo(found["id"], found["sha256"], found["released_on"])


def read_ledger(connection: Connection) -> list[tuple[ReleaseInfo, dict[rows.LayerKey, str]]]:
    """Return the current release and the one before it, with the hashes of their QPV layers."""
    return [
        (
            ReleaseInfo(row["id"], row["sha256"], row["released_on"]),
            _of_qpv(rows.layer_hashes(connection, row["id"])),
        )
        for row in rows.latest_releases(connection)
    ]


def list_layers(connection: Connection, kind: str = "qpv") -> list[LayerInfo]:
    """Return the layers of the current release, in reading order.

    Parameters
    ----------
    kind
        Whose layers: `qpv`, or the places around them (`iris`, `commune`), whose editions name
        their geography (`iris-2020`).
    """
    descriptions: dict[str, Indicator] = {}
    found: dict[rows.LayerKey, LayerInfo] = {}
    for row in rows.layer_rows(connection):
        name = row["indicator"]
        if edition_kind(row["edition"]) != kind:
            continue
        if name not in descriptions:
            descriptions[name] = read_description(row["description"])
        key = (name, row["period"], row["edition"])
        one = _info(row, descriptions[name])
        found[key] = _joined(found[key], one) if key in found else one
    return list(found.values())


def read_layer(
    connection: Connection,
    indicator: str,
    *,
    period: str | None = None,
    edition: str | None = None,
) -> ProtectedLayer:
    """Return a published layer, judged again.

    Parameters
    ----------
    period
        By default the one that ends last among those with a shown value, the longest of those
        that end that day.
    edition
        By default the latest edition of the QPV that has the period; a layer of the places around
        is read by naming its edition (`iris-2020`), unless the QPV have none.

    Raises
    ------
    NotFoundError
        When the current release has no such layer.
    DisclosureError
        When a cell breaks the rules, or the content is not what was published.
    """
    headers = []
    if period and edition:  # named: the other moments are not looked for
        headers = rows.layer_rows(connection, indicator=indicator, period=period, edition=edition)
    if not headers:
        period, edition = settle(rows.moments(connection, indicator), indicator, period, edition)
        headers = rows.layer_rows(connection, indicator=indicator, period=period, edition=edition)
    return join_sites(
        [
            reverify(header, rows.read_cells(connection, header["id"]), header["sha256"])
            for header in headers
        ]
    )


def read_boundaries(connection: Connection, edition: str) -> gpd.GeoDataFrame:
    """Return the published perimeters of an edition, indexed by `code`, EPSG:4326."""
    return rows.read_boundaries(connection, edition)


def read_outlines(connection: Connection, kind: str) -> gpd.GeoDataFrame:
    """Return the published outlines of a kind (`commune`, `iris`), indexed by `code`."""
    return rows.read_outlines(connection, kind)


def _of_qpv(hashes: Mapping[rows.LayerKey, str]) -> dict[rows.LayerKey, str]:
    return {key: sha256 for key, sha256 in hashes.items() if edition_kind(key[2]) == "qpv"}


def _info(row: Mapping[str, Any], description: Indicator) -> LayerInfo:
    names = ("indicator", "period", "edition", "rule", "source", "fictitious", "share_visible")
    return LayerInfo(**{name: row[name] for name in names}, description=description)


def _in_order(layers: Sequence[ProtectedLayer]) -> list[ProtectedLayer]:
    """Return layers in reading order: parts of sites after the others, as the catalogue goes."""
    ranks = {name: rank for rank, name in enumerate(read_catalogue().indicators)}
    return sorted(
        layers,
        key=lambda one: (
            (
                1,
                ranks.get(one.indicator, len(ranks)),
                one.indicator,
                sort_key(one.period),
                one.site,
                one.edition,
            )
            if one.site
            else (0,)
        ),
    )


def _joined(one: LayerInfo, other: LayerInfo) -> LayerInfo:
    """Return what two parts of a layer say together; the lesser share, so as not to promise."""
    shares = [part.share_visible for part in (one, other) if part.share_visible is not None]
    return replace(one, share_visible=min(shares, default=None))


def _keep_levels(connection: Connection, shown: Granularities) -> None:
    """Write the levels shown; a level that refines an earlier one means a door was bypassed."""
    earlier = read_granularities(connection)
    for key, level in shown.items():
        if key in earlier and LEVELS.index(level) < LEVELS.index(earlier[key]):
            raise DisclosureError(f"{key}: {level} refines {earlier[key]}, shown before")
    rows.write_levels(connection, shown)
