"""Where every file comes from: the register of sources, the hashes, and the way to fetch one.

The register (`sources.toml`, shipped with the package) is the only place that names publishers,
licences and addresses. A file is recognised by its hash, never by its name.
"""

from __future__ import annotations

import hashlib
import tomllib
import zipfile
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

from observatoire.errors import FileError, SourceError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Source:
    """One source of the register.

    Attributes
    ----------
    name
        Key, the one that figures and published layers carry.
    title, publisher, licence, vintage
        French, as they are cited.
    page
        The publisher's page, for people; empty when it is not known for certain.
    url
        The address of the file itself; empty when it is not known for certain.
    crs
        `EPSG:…` for a geographic file, else empty.
    file
        Name of the file as published.
    sha256
        Hash of that file, 64 hexadecimal digits; empty when it was never at hand.
    companions
        Hashes of the files that go with it (`.dbf`, `.prj`, `.shx` of a shapefile), by name.
    retrieved_on
        Day (`YYYY-MM-DD`) on which the file with that hash was in hand.
    feeds
        What it feeds here, in French.
    note
        What to know before using it, in French.
    fictitious
        True when the figures are invented.
    """

    name: str
    title: str
    publisher: str
    licence: str
    feeds: str
    vintage: str = ""
    page: str = ""
    url: str = ""
    crs: str = ""
    file: str = ""
    sha256: str = ""
    retrieved_on: str = ""
    note: str = ""
    fictitious: bool = False
    companions: dict[str, str] = field(default_factory=dict)


@cache
def read_register() -> dict[str, Source]:
    """Read the register shipped with the package, in its own order.

    Raises
    ------
    SourceError
        When the register is not what it should be.
    """
    text = (resources.files("observatoire") / "sources.toml").read_text("utf-8")
    return parse_register(text)


def parse_register(text: str) -> dict[str, Source]:
    """Return the sources that a TOML text declares; raise `SourceError` when one is malformed."""
    try:
        table: dict[str, dict[str, Any]] = tomllib.loads(text)
        return {name: Source(name=name, **row) for name, row in table.items()}
    except (tomllib.TOMLDecodeError, TypeError) as cause:
        raise SourceError(
            f"malformed register of sources: {cause}",
            user="Le registre des sources est malformé.",
            remedy="Chaque source a au moins title, publisher, licence et feeds.",
            file="sources.toml",
        ) from cause


def find_source(name: str) -> Source:
    """Return one source by its name; raise `SourceError` when the register has none."""
    register = read_register()
    if name in register:
        return register[name]
    raise SourceError(
        f"unknown source {name!r}",
        user=f"La source « {name} » n’est pas dans le registre.",
        remedy="La commande « observatoire sources list » donne la liste.",
    )


def recognise(sha256: str) -> Source | None:
    """Return the source whose file, or one of whose companions, has that hash; None otherwise."""
    for source in read_register().values():
        if sha256 and sha256 in (source.sha256, *source.companions.values()):
            return source
    return None


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits; raise `FileError` if unreadable."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as cause:
        raise FileError(
            f"cannot read {path.name}: {cause.strerror}",
            user="Le fichier est illisible.",
            remedy="Vérifiez son chemin et vos droits de lecture.",
            file=str(path),
        ) from cause
    return digest.hexdigest()


def matches(path: Path, source_file: str, sha256: str) -> bool:
    """Tell whether a downloaded file is the expected one.

    The hash is that of the file itself, or, for a zip, that of the member named `source_file`:
    a publisher's archive is rebuilt from time to time around files that do not change.
    """
    if file_sha256(path) == sha256:
        return True
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(
            PurePosixPath(member.filename).name == source_file
            and _member_sha256(archive, member) == sha256
            for member in archive.infolist()
        )


def _member_sha256(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    digest = hashlib.sha256()
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except (RuntimeError, zipfile.BadZipFile, NotImplementedError, EOFError):
        return ""  # encrypted or damaged: not the expected file
    return digest.hexdigest()
