"""What browsers fetch once and keep: geometry modules and our own static files, named by hash.

A page puts a text on the shelf and gets the address to send; the server's route takes it back.
The name is the hash of the content, so an address never means two things and may be cached for
ever; a page that comes back after a restart simply puts it again.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from threading import Lock

GEOMETRY_ROUTE = "/geometrie"
ASSETS_ROUTE = "/composant"
LEAFLET_ROUTE = "/leaflet"


@dataclass
class Shelf:
    """Compressed texts by name, the least recently used ones dropped beyond `size`."""

    size: int = 128
    _texts: OrderedDict[str, bytes] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def put(self, text: str) -> str:
        """Keep a module's text; return its name, `<hash>.js`."""
        raw = text.encode("utf-8")
        name = f"{hashlib.sha256(raw).hexdigest()[:20]}.js"
        with self._lock:
            if name not in self._texts:
                self._texts[name] = gzip.compress(raw, 6, mtime=0)
            self._texts.move_to_end(name)
            while len(self._texts) > self.size:
                self._texts.popitem(last=False)
        return name

    def get(self, name: str) -> bytes | None:
        """Return the gzipped text of that name, None when it is not on the shelf."""
        with self._lock:
            if name in self._texts:
                self._texts.move_to_end(name)
            return self._texts.get(name)


@cache
def shelf() -> Shelf:
    """Return the shelf of this process: pages and routes share it."""
    return Shelf()


@cache
def own_assets() -> tuple[str, Mapping[str, bytes]]:
    """Return the component's static files by name, and the hash of them all for their address."""
    folder = resources.files("observatoire.component") / "static"
    files = {
        entry.name: entry.read_bytes()
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith((".js", ".css", ".svg"))
    }
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()[:16], files


@cache
def leaflet_files() -> tuple[str, Mapping[str, bytes]]:
    """Return Leaflet's files from its wheel, and their hash."""
    folder = resources.files("js_lib_leaflet") / "static" / "js_lib_leaflet"
    files = {name: (folder / name).read_bytes() for name in ("leaflet.js", "leaflet.css")}
    digest = hashlib.sha256(b"".join(files.values()))
    return digest.hexdigest()[:16], files


def asset_url(name: str) -> str:
    """Return the address of one of the component's own files."""
    return f"{ASSETS_ROUTE}/{own_assets()[0]}/{name}"


def leaflet_url(name: str) -> str:
    """Return the address of one of Leaflet's files."""
    return f"{LEAFLET_ROUTE}/{leaflet_files()[0]}/{name}"
