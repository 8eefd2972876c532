"""Our own addresses beside the pages: the map's files, its geometry, the downloads.

A refusal is a French sentence with the right status, never a trace (`answers`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from observatoire import dossiers, estimates, exports, publication
from observatoire.access import COOKIE, Access, is_running, open_access
from observatoire.accounts import note_export, note_reading, sites_read
from observatoire.answers import answering, nothing, sentence
from observatoire.capture import Entries
from observatoire.component.shelf import (
    ASSETS_ROUTE,
    GEOMETRY_ROUTE,
    LEAFLET_ROUTE,
    leaflet_files,
    own_assets,
    shelf,
)
from observatoire.connexion import sign_in_routes
from observatoire.errors import (
    NotFoundError,
    StoreError,
)
from observatoire.health import Health
from observatoire.labels import read_words
from observatoire.oidc import provider_routes
from observatoire.porter import shut_porter
from observatoire.saisie import saisie_routes
from observatoire.settings import Settings
from observatoire.views.comparer.files import FOLDER as COMPARISON_FOLDER
from observatoire.views.comparer.files import comparison_file
from observatoire.views.doors import Doors as PageDoors
from observatoire.views.downloads import DRAWN
from observatoire.views.drawn import drawn_file
from observatoire.views.grilles.files import FOLDER as GRIDS_FOLDER
from observatoire.views.grilles.files import grid_file
from observatoire.views.journal.files import ADDRESS as JOURNAL
from observatoire.views.journal.files import journal_file
from observatoire.views.protocole.files import FOLDER as AGREEMENTS_FOLDER
from observatoire.views.protocole.files import agreement_file
from observatoire.views.publications.files import FOLDER as RELEASES_FOLDER
from observatoire.views.publications.files import contents_file
from observatoire.views.territories import site_asked
from observatoire.views.version_file import MEDIA

DOWNLOAD_ROUTE = "/telechargements"
HEALTH_ROUTE = "/sante"
FOR_EVER = "public, max-age=31536000, immutable"
_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass
class Doors:
    """The app's door of the store, opened at the first download and closed with the server."""

    settings: Settings
    _access: Access | None = field(default=None, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def access(self) -> Access:
        """Return the door, opening it the first time."""
        with self._lock:
            if self._access is None:
                made = open_access(self.settings)
                if self.settings.oidc is None:
                    shut_porter(self.settings)
                self._access = made
            return self._access

    def access_of(self, request: Request) -> Access:
        """Return the door for whoever sent the request: by its cookie."""
        return self.access().signed(request.cookies.get(COOKIE))

    def pages_of(self, request: Request) -> PageDoors:
        """Return what the pages are given, for whoever sent the request."""
        return PageDoors(self.settings, self.access()).signed(request.cookies.get(COOKIE))

    def ping(self) -> None:
        """Return when the store answers; raise `StoreError` otherwise. Never starts it."""
        if self._access is None and not is_running(self.settings):
            words = read_words("serveur")
            raise StoreError("the store is not running", user=words("error.store"))
        self.access().ping()

    def close(self) -> None:
        """Close it, when it was opened."""
        with self._lock:
            if self._access is not None:
                self._access.close()
                self._access = None


def routes(doors: Doors) -> list[BaseRoute]:
    """Return our own addresses."""
    download = f"{DOWNLOAD_ROUTE}/{{indicator}}/{{edition}}/{{file}}"
    dossier = f"{DOWNLOAD_ROUTE}/quartier/{{edition}}/{{code}}.csv"
    comparison = f"{COMPARISON_FOLDER}/{{indicator}}/{{edition}}/{{file}}"
    return [
        Route(HEALTH_ROUTE, answering(partial(_health, Health(doors.ping)))),
        Route(f"{GEOMETRY_ROUTE}/{{name}}", _geometry),
        Route(f"{ASSETS_ROUTE}/{{digest}}/{{name}}", _asset),
        Route(f"{LEAFLET_ROUTE}/{{digest}}/{{name}}", _leaflet),
        Route(dossier, answering(partial(_dossier, doors))),
        Route(comparison, answering(partial(_comparison, doors))),
        Route(f"{GRIDS_FOLDER}/{{site}}/{{file}}", answering(partial(_grid, doors))),
        Route(f"{AGREEMENTS_FOLDER}/{{site}}/{{file}}", answering(partial(_agreement, doors))),
        Route(JOURNAL, answering(partial(_journal, doors))),
        Route(f"{RELEASES_FOLDER}/{{number}}.csv", answering(partial(_release, doors))),
        Route(download, answering(partial(_download, doors))),
        *sign_in_routes(
            doors.access,
            secure=doors.settings.secure,
            provider=doors.settings.oidc.name if doors.settings.oidc else None,
        ),
        *provider_routes(doors.settings, doors.access),
        *saisie_routes(lambda: Entries(doors.settings, doors.access()), COOKIE),
        *(
            Route(f"{place}/{{rest:path}}", nothing)
            for place in (GEOMETRY_ROUTE, ASSETS_ROUTE, LEAFLET_ROUTE, DOWNLOAD_ROUTE)
        ),
    ]


def _download(doors: Doors, request: Request) -> Response:
    """Give one published layer as a file: `<indicator>/<edition>/<period>.<form>[?site=…&…]`."""
    period, _, form = request.path_params["file"].rpartition(".")
    if form in DRAWN:
        made = drawn_file(doors.pages_of(request), request.path_params, request.query_params)
        note_export(doors.access_of(request), doors.settings, made.layer, form)
        return _attached(made.content, made.name, made.media, kept=not made.layer.is_real_field)
    if form not in exports.FORMATS:
        raise NotFoundError(f"unknown form {form!r}", user=read_words("serveur")("error.form"))
    asked = request.query_params.get("site")
    only = site_asked(doors.settings, asked) if asked else None
    with doors.access_of(request).session() as session:
        layer = publication.read_layer(
            session,
            request.path_params["indicator"],
            period=period,
            edition=request.path_params["edition"],
        )
        boundaries = publication.read_boundaries(session, layer.edition)
        counts = estimates.read_parts(session, layer)
    export = exports.FORMATS[form]
    content = export.write(layer, boundaries, doors.settings.sites, only, counts)
    held = only.id if only else ""
    note_export(doors.access_of(request), doors.settings, layer, form, held)
    name = exports.file_name(layer, form)
    return _attached(content, name, export.media, kept=not layer.is_real_field)


def _attached(content: bytes, name: str, media: str, *, kept: bool = True) -> Response:
    """Return a file to be saved under a name, asked for again each time; `kept` or in no cache."""
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-cache" if kept else "no-store",
    }
    return Response(content, headers=headers, media_type=media)


def _dossier(doors: Doors, request: Request) -> Response:
    """Give everything published of one neighbourhood as CSV."""
    edition, code = request.path_params["edition"], request.path_params["code"]
    access = doors.access_of(request)
    with access.session() as session:
        made = dossiers.write_dossier(session, edition, code)
    if made.fields:
        sites = sites_read(doors.settings, access.visitor(), [code])
        for what in (f"{code} {edition}", *(f"{name} {code}" for name in made.fields)):
            note_reading(access, sites, "export", f"{what} (csv)")
    name, media = f"{code}-{edition}.csv", exports.FORMATS["csv"].media
    return _attached(made.content, name, media, kept=not made.fields)


def _comparison(doors: Doors, request: Request) -> Response:
    """Give what the page Comparer shows: `<indicator>/<edition>/<period>.csv?qpv=…&reference=…`."""
    made = comparison_file(doors.pages_of(request), request.path_params, request.query_params)
    note_export(doors.access_of(request), doors.settings, made.layer, "csv")
    media = exports.FORMATS["csv"].media
    return _attached(made.content, made.name, media, kept=not made.layer.is_real_field)


def _grid(doors: Doors, request: Request) -> Response:
    """Give one version of a site's grid as a TOML document: `<site>/<version>.toml`."""
    with doors.access_of(request).session() as session:
        made = grid_file(session, doors.settings, request.path_params)
    return _attached(made.content, made.name, MEDIA)


def _agreement(doors: Doors, request: Request) -> Response:
    """Give one version of a site's agreement as a TOML document: `<site>/<version>.toml`."""
    with doors.access_of(request).session() as session:
        made = agreement_file(session, doors.settings, request.path_params)
    return _attached(made.content, made.name, MEDIA)


def _journal(doors: Doors, request: Request) -> Response:
    """Give the lines of the journal that whoever asks may know: `?site=…&action=…&jours=…`."""
    with doors.access_of(request).session() as session:
        content = journal_file(session, request.query_params, date.today())
    return _attached(content, "journal.csv", exports.FORMATS["csv"].media, kept=False)


def _release(doors: Doors, request: Request) -> Response:
    """Give the list of what a release holds for whoever asks: `<number>.csv`; no figure."""
    number = request.path_params["number"]
    with doors.access_of(request).session() as session:
        content = contents_file(session, number)
    return _attached(content, f"publication-{number}.csv", exports.FORMATS["csv"].media, kept=False)


def _health(health: Health, _request: Request) -> Response:
    """Say « ok » when the store answers, for who watches the machine; no data."""
    health.check()
    return sentence(200, "ok")


def _geometry(request: Request) -> Response:
    """Give a geometry module; it was compressed when it was put on the shelf."""
    text = shelf().get(request.path_params["name"])
    if text is None:
        return nothing(request)
    headers = {"cache-control": FOR_EVER, "content-encoding": "gzip", "vary": "accept-encoding"}
    return Response(text, headers=headers, media_type=_TYPES["js"])


def _asset(request: Request) -> Response:
    return _file(request, *own_assets())


def _leaflet(request: Request) -> Response:
    return _file(request, *leaflet_files())


def _file(request: Request, digest: str, files: Mapping[str, bytes]) -> Response:
    """Give a file under the hash of its family; any other hash is an address of another version."""
    name = request.path_params["name"]
    if request.path_params["digest"] != digest or name not in files:
        return nothing(request)
    media = _TYPES[name.rsplit(".", 1)[-1]]
    return Response(files[name], headers={"cache-control": FOR_EVER}, media_type=media)
