"""The files of the page: its HTML with its words, its modules, its service worker. No data in them.

The service worker holds the hash of them all: a new version of any file is a new worker, which
fetches every file again.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from observatoire.component.shelf import own_assets
from observatoire.entries import LONGEST_TEXT, MOST_MINUTES, MOST_OBSERVATIONS, MOST_WORKERS
from observatoire.labels import read_words

PAGE_ROUTE = "/saisie"
FILES_ROUTE = f"{PAGE_ROUTE}/fichiers"
WORKER = "worker.js"
SCREENING = "screening.js"
# The parts of the label file that the page speaks with.
_WRITING = ("page.", "closed.", "state.", "outing.", "seen.")
PARTS = (*_WRITING, "own.", "leaving.", "choice.", "place.")
_SHARED = ("favicon.svg", SCREENING)
_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}
_SLOT = re.compile(r"\{\{([a-z_.]+)\}\}")


@dataclass(frozen=True)
class File:
    """A static file: what it holds, its media type, its entity tag."""

    content: bytes
    media: str
    tag: str


@cache
def page() -> File:
    """Return the HTML of the page, its words filled in."""
    words = read_words("saisie")
    given = {name: text for name, text in words.entries.items() if name.startswith(PARTS)}
    limits = {
        "text": LONGEST_TEXT,
        "seen": MOST_OBSERVATIONS,
        "minutes": MOST_MINUTES,
        "workers": MOST_WORKERS,
    }
    data = {"words": given, "limits": limits, "screening": SCREENING in own_assets()[1]}
    template = (resources.files(__package__) / "static" / "saisie.html").read_text("utf-8")
    text = _SLOT.sub(
        lambda found: _data(data) if found[1] == "data" else html.escape(words(found[1])), template
    )
    return _file("saisie.html", text.encode("utf-8"), "text/html; charset=utf-8")


@cache
def files() -> Mapping[str, File]:
    """Return the files beside the page, by name; the shared ones only when they exist."""
    folder = resources.files(__package__) / "static"
    raw = {
        entry.name: entry.read_bytes()
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith((".js", ".css"))
    }
    raw |= {name: own_assets()[1][name] for name in _SHARED if name in own_assets()[1]}
    worker = raw.pop(WORKER)
    version = hashlib.sha256(page().content + worker)
    for name, content in raw.items():
        version.update(name.encode() + b"\0" + content + b"\0")
    begun = (
        f"const VERSION = {json.dumps(version.hexdigest()[:16])};\n"
        f"const PAGE = {json.dumps(PAGE_ROUTE)};\n"
        f"const FILES = {json.dumps([f'{FILES_ROUTE}/{name}' for name in raw])};\n"
    )
    raw[WORKER] = begun.encode() + worker
    return {name: _file(name, content) for name, content in raw.items()}


def _file(name: str, content: bytes, media: str = "") -> File:
    tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    return File(content, media or _TYPES[name.rpartition(".")[2]], tag)


def _data(values: Mapping[str, Any]) -> str:
    """Return JSON that can stand inside a `script` element of data."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
