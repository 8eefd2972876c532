"""Open a geographic file as it was published: format, CRS, encoding, hashes.

Nothing here knows what the rows mean. What a file does not say is refused, never guessed; the one
thing a standard says for the file is that a GeoJSON without `crs` member is in WGS 84 (RFC 7946).
"""

from __future__ import annotations

import hashlib
import json
import warnings
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import pyogrio
from pyogrio.errors import CRSError as OgrCrsError
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError
from shapely.errors import GEOSException

from observatoire.boundaries.archives import unpack
from observatoire.crs import KNOWN_METRIC, WGS84, canonical_epsg
from observatoire.errors import CrsError, FileError
from observatoire.sources import file_sha256

ACCEPTED_EPSG: frozenset[int] = frozenset({WGS84, *KNOWN_METRIC})
_SUFFIXES = (".shp", ".zip", ".geojson", ".json", ".gpkg")
_COMPANIONS = (".dbf", ".prj", ".cpg")
_OGR_ERRORS = (DataSourceError, FeatureError, FieldError, GEOSException, UnicodeError, ValueError)


@dataclass(frozen=True)
class GeoFile:
    """A geographic file, read.

    Attributes
    ----------
    path
        As it was given, for messages.
    frame
        Its rows in their published order, 2D, CRS set to `EPSG:<epsg>`; column names in lower
        case without spaces around; unreadable geometry is None.
    epsg
        The EPSG code its CRS stands for.
    members
        Foreign members of a GeoJSON (everything at its top level but the features).
    sha256
        Hash of the file itself (the `.shp` of a shapefile): what the register of sources holds.
    fingerprint
        Hash of all that was read (a shapefile is several files): what identifies an import.
    """

    path: Path
    frame: gpd.GeoDataFrame
    epsg: int
    sha256: str
    fingerprint: str
    members: dict[str, Any] = field(default_factory=dict)


def open_geofile(
    path: Path, *, layer: str | None = None, accepted: frozenset[int] = ACCEPTED_EPSG
) -> GeoFile:
    """Read a shapefile, a zip that holds one, a GeoJSON or a GeoPackage.

    Parameters
    ----------
    layer
        Which layer (GeoPackage) or which file (zip), when there are several.
    accepted
        EPSG codes of the systems that are read.

    Raises
    ------
    FileError
        When the file is absent, unreadable, incomplete, of another format, or holds several
        layers and none is named.
    CrsError
        When its CRS is missing, unknown, or neither WGS 84 nor a legal CRS of France.
    """
    suffix = _readable_suffix(path)
    sha256 = file_sha256(path)
    with ExitStack() as stack:
        inner = path
        if suffix == ".zip":
            folder = Path(stack.enter_context(TemporaryDirectory()))
            inner, layer = unpack(path, folder, layer), None
        frame, epsg, members = _read(inner, path, layer, accepted)
        whole = _fingerprint(inner) if suffix == ".shp" else sha256
        if suffix == ".zip":
            sha256 = file_sha256(inner)
    return GeoFile(path, frame, epsg, sha256, whole, members)


def _readable_suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if not path.is_file():
        raise FileError(
            "no such file",
            user="C’est un dossier." if path.is_dir() else "Le fichier n’existe pas.",
            remedy="Donnez le chemin d’un fichier de périmètres.",
            file=str(path),
        )
    if suffix not in _SUFFIXES:
        raise FileError(
            f"unsupported format {suffix!r}",
            user="Ce format n’est pas lu.",
            remedy="Donnez un shapefile (.shp ou .zip), un GeoJSON ou un GeoPackage.",
            file=str(path),
        )
    return suffix


def _read(
    inner: Path, path: Path, layer: str | None, accepted: frozenset[int]
) -> tuple[gpd.GeoDataFrame, int, dict[str, Any]]:
    suffix = inner.suffix.lower()
    members: dict[str, Any] = {}
    if suffix in (".geojson", ".json"):
        members = _geojson_members(inner, path)
        frame = _load(inner, path)
        declared = _geojson_crs(members, path)
    elif suffix == ".shp":
        frame = _load_shapefile(inner, path)
        declared = frame.crs
    else:
        frame = _load(inner, path, layer=_one_layer(inner, path, layer))
        declared = frame.crs
    epsg = _accepted(declared, path, accepted)
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    if frame.columns.duplicated().any():
        raise FileError(
            "two columns have the same name",
            user="Deux colonnes portent le même nom.",
            remedy="Gardez-en une seule.",
            file=str(path),
            column=str(frame.columns[frame.columns.duplicated()][0]),
        )
    return frame.set_crs(epsg, allow_override=True), epsg, members


def _load(inner: Path, path: Path, **options: Any) -> gpd.GeoDataFrame:
    """Read with OGR; unreadable rings become None, to be refused row by row."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # OGR warns of what the caller refuses by row
            frame = pyogrio.read_dataframe(inner, force_2d=True, on_invalid="ignore", **options)
    except OgrCrsError as cause:
        raise CrsError(
            "unreadable CRS definition",
            user="Le système de coordonnées du fichier est illisible.",
            remedy="Refaites le fichier .prj, ou exportez en WGS 84 (EPSG:4326).",
            file=str(path),
        ) from cause
    except _OGR_ERRORS as cause:
        raise _unreadable(path, type(cause).__name__) from cause
    if not isinstance(frame, gpd.GeoDataFrame):
        raise FileError(
            "no geometry",
            user="Le fichier n’a pas de géométrie.",
            remedy="Donnez un fichier de polygones.",
            file=str(path),
        )
    if frame.empty:
        raise FileError(
            "no feature",
            user="Le fichier est vide.",
            remedy="Il doit contenir au moins un périmètre.",
            file=str(path),
        )
    return frame


def _load_shapefile(inner: Path, path: Path) -> gpd.GeoDataFrame:
    """Read a shapefile whose accents are right whatever its `.cpg` says or fails to say.

    Text that decodes as UTF-8 is UTF-8: accented Latin-1 text hardly ever does. Otherwise what
    the file declares is followed, and Windows-1252, the usual one in France, is the last resort.
    """
    for companion, name in ((".shx", "l’index"), (".dbf", "la table")):
        if not _beside(inner, companion):
            raise FileError(
                f"the {companion} is missing",
                user=f"Il manque {name} {companion} du shapefile.",
                remedy="Mettez ensemble les fichiers .shp, .shx, .dbf et .prj.",
                file=str(path),
            )
    for options in ({"encoding": "UTF-8"}, {}):
        try:
            return _load(inner, path, **options)
        except FileError as error:
            if not isinstance(error.__cause__, UnicodeError):
                raise
    return _load(inner, path, encoding="CP1252")


def _one_layer(inner: Path, path: Path, layer: str | None) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            listed = pyogrio.list_layers(inner)
    except (DataSourceError, DataLayerError) as cause:
        raise _unreadable(path, type(cause).__name__) from cause
    names = [str(name) for name, geometry in listed if geometry is not None]
    if layer is None and len(names) == 1:
        return names[0]
    if layer in names:
        return str(layer)
    raise FileError(
        f"{len(names)} layers, none chosen",
        user="Le fichier ne dit pas quelle couche lire."
        if names
        else "Le fichier est sans couche.",
        remedy=f"Choisissez-la avec --layer : {', '.join(names)}." if names else "",
        file=str(path),
    )


def _geojson_members(inner: Path, path: Path) -> dict[str, Any]:
    """Return the top level of a GeoJSON without its features."""
    try:
        document = json.loads(inner.read_text("utf-8-sig"))
    except (UnicodeError, json.JSONDecodeError, RecursionError) as cause:
        raise _unreadable(path, type(cause).__name__) from cause
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise FileError(
            "not a FeatureCollection",
            user="Ce n’est pas un GeoJSON de type FeatureCollection.",
            remedy="Exportez de nouveau la couche en GeoJSON.",
            file=str(path),
        )
    return {key: value for key, value in document.items() if key != "features"}


def _geojson_crs(members: dict[str, Any], path: Path) -> object:
    """Return what a GeoJSON declares: WGS 84 by the standard, or its legacy `crs` member.

    OGR reads a `crs` it does not understand as WGS 84; a file that says otherwise is refused.
    """
    if "crs" not in members:
        return WGS84
    declared = members["crs"]
    name = ""
    if isinstance(declared, dict) and isinstance(declared.get("properties"), dict):
        name = str(declared["properties"].get("name") or "")
    if not name:
        return canonical_epsg(None, file=str(path))
    return "EPSG:4326" if name.upper().endswith("CRS84") else name


def _accepted(declared: object, path: Path, accepted: frozenset[int]) -> int:
    epsg = canonical_epsg(declared, file=str(path))
    if epsg in accepted:
        return epsg
    raise CrsError(
        f"EPSG:{epsg} is not a legal CRS of a French territory",
        user=f"Le système EPSG:{epsg} n’est pas un système légal du territoire.",
        remedy="Exportez le fichier en WGS 84 (EPSG:4326) ou en Lambert-93 (EPSG:2154).",
        file=str(path),
    )


def _beside(path: Path, suffix: str) -> Path | None:
    """Return the companion of a shapefile, whatever the case of its suffix."""
    for candidate in (suffix, suffix.upper()):
        if (companion := path.with_suffix(candidate)).exists():
            return companion
    return None


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256(file_sha256(path).encode())
    for suffix in _COMPANIONS:
        if companion := _beside(path, suffix):
            digest.update(f"{suffix}:{file_sha256(companion)}".encode())
    return digest.hexdigest()


def _unreadable(path: Path, cause: str) -> FileError:
    return FileError(
        f"cannot be read ({cause})",
        user="Le fichier est illisible ou incomplet.",
        remedy="Téléchargez-le ou exportez-le de nouveau.",
        file=str(path),
    )
