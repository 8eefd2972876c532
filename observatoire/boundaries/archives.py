"""Zipped geographic files: one is taken out, into a folder of ours, under a plain name."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path, PurePosixPath

from observatoire.errors import FileError

_READABLE = (".shp", ".geojson", ".json", ".gpkg")
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_MOST_BYTES = 2 << 30


def unpack(path: Path, folder: Path, layer: str | None) -> Path:
    """Take the one geographic file out of a zip, with its companions.

    Only file names are kept, so a member cannot be written outside `folder`.

    Raises
    ------
    FileError
        When the zip is damaged, encrypted or huge, holds no geographic file, or several and
        `layer` (a name without suffix) does not choose one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            main = _choose(archive, path, layer)
            inner = folder / f"layer{main.suffix.lower()}"
            for member in archive.infolist():
                name = PurePosixPath(member.filename)
                if name.parent == main.parent and name.stem == main.stem:
                    suffix = name.suffix.lower()
                    if suffix in _PARTS or name == main:
                        _take(archive, member, inner.with_suffix(suffix), path)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as cause:
        raise FileError(
            f"damaged or encrypted archive ({type(cause).__name__})",
            user="L’archive est endommagée ou protégée par un mot de passe.",
            remedy="Téléchargez-la de nouveau, ou extrayez les fichiers vous-même.",
            file=str(path),
        ) from cause
    return inner


def _choose(archive: zipfile.ZipFile, path: Path, layer: str | None) -> PurePosixPath:
    found = [
        PurePosixPath(name)
        for name in sorted(archive.namelist())
        if PurePosixPath(name).suffix.lower() in _READABLE and "__MACOSX" not in name
    ]
    chosen = [name for name in found if layer is None or name.stem == layer]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(name.stem for name in found)
    raise FileError(
        f"{len(found)} geographic files in the archive, {len(chosen)} chosen",
        user=(
            "L’archive ne dit pas quel fichier lire."
            if found
            else "L’archive ne contient aucun fichier géographique."
        ),
        remedy=f"Choisissez-le avec --layer : {names}." if found else "",
        file=str(path),
    )


def _take(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, path: Path) -> None:
    if member.file_size > _MOST_BYTES:
        raise FileError(
            "the archive holds a file over 2 GB",
            user="L’archive contient un fichier de plus de 2 Go.",
            remedy="Extrayez la couche utile vous-même.",
            file=str(path),
        )
    with archive.open(member) as stream, target.open("wb") as copy:
        shutil.copyfileobj(stream, copy)
