"""Download one file over HTTP: progress, resume after a cut, hash check, all of it or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests

from observatoire.errors import SourceError
from observatoire.sources import file_sha256, matches

_ATTEMPTS = 3
_CHUNK = 1 << 13  # what a cut may lose of what had come
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_CUTS = (
    requests.exceptions.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.Timeout,
)

Report = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Download:
    """What was fetched: where it is, its size, its hash, and whether it was there already."""

    path: Path
    size: int
    sha256: str
    present: bool
    verified: bool


def download(
    url: str,
    folder: Path,
    *,
    file_name: str,
    sha256: str,
    report: Report = lambda done, total: None,
    timeout_s: float = 30.0,
) -> Download:
    """Fetch a file into a folder under the name that its address ends with.

    What has come is kept beside it as `.part`: after a cut, in this run or the next one, only the
    rest is asked for (HTTP `Range`; a server that ignores it is read again from the start). The
    file takes its name once its hash is right; on a mismatch nothing is kept.

    Parameters
    ----------
    file_name
        Name of the file that the hash is of; the download itself, or the member of a zip.
    sha256
        The expected hash; empty when nobody knows it yet: the download is then not verified.
    report
        Called with the bytes that have come and the bytes expected (None when not said).
    timeout_s
        Longest silence of the server, in seconds.

    Raises
    ------
    SourceError
        When the address is not HTTP, the server cannot be reached, refuses, keeps cutting, or
        gives another file than the expected one.
    """
    target = folder / _name(url, file_name)
    if target.is_file() and sha256 and matches(target, file_name, sha256):
        return Download(target, target.stat().st_size, file_sha256(target), True, True)
    part = target.with_name(target.name + ".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        resumed = part.exists()
        final = _fill(url, part, report, timeout_s)
        if resumed and not _expected(part, file_name, sha256):
            part.unlink()  # the beginning was another version's: all of it again, once
            final = _fill(url, part, report, timeout_s)
        if not _expected(part, file_name, sha256):
            part.unlink()
            raise _mismatch(target)
        target = folder / _name(final, file_name)
        part.replace(target)
    except OSError as cause:
        raise SourceError(
            f"cannot write ({cause.strerror})",
            user="Le téléchargement ne peut pas être écrit.",
            remedy="Vérifiez le dossier et la place sur le disque.",
            file=str(target),
        ) from cause
    return Download(target, target.stat().st_size, file_sha256(target), False, bool(sha256))


def _expected(part: Path, file_name: str, sha256: str) -> bool:
    return not sha256 or matches(part, file_name, sha256)


def _name(url: str, file_name: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SourceError(
            "not an HTTP address",
            user="Ce n’est pas une adresse de téléchargement.",
            remedy="Elle commence par https://.",
        )
    last = Path(unquote(parts.path)).name
    return last if last.strip(". ") and "." in last else file_name or last or "fichier"


def _fill(url: str, part: Path, report: Report, timeout_s: float) -> str:
    """Bring a `.part` file to its end from where a cut left it; return its last address."""
    for attempt in range(1, _ATTEMPTS + 1):
        before = part.stat().st_size if part.exists() else 0
        try:
            return _stream(url, part, before, report, timeout_s)
        except _CUTS as cause:
            come = part.stat().st_size if part.exists() else 0
            if come <= before or attempt == _ATTEMPTS:
                raise _cut(part, come) from cause
        except requests.exceptions.RequestException as cause:
            raise _refused(type(cause).__name__) from cause
    raise AssertionError("the last attempt returns or raises")


def _stream(url: str, part: Path, start: int, report: Report, timeout_s: float) -> str:
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    with requests.get(url, headers=headers, stream=True, timeout=timeout_s) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            if _size(response) == start:
                return str(response.url)  # it was whole already
            part.unlink()
            return _stream(url, part, 0, report, timeout_s)
        if not response.ok:
            raise _refused(f"HTTP {response.status_code}")
        span = _RANGE.match(response.headers.get("Content-Range", ""))
        resumed = response.status_code == requests.codes.partial_content
        if resumed and (span is None or int(span[1]) != start):
            raise _refused("a part that was not asked for")
        done = start if resumed else 0
        total = _total(response, done)
        with part.open("ab" if resumed else "wb") as stream:
            for chunk in response.iter_content(_CHUNK):
                stream.write(chunk)
                done += len(chunk)
                report(done, total)
        return str(response.url)


def _total(response: requests.Response, start: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else None


def _size(response: requests.Response) -> int | None:
    """Return the size of the whole that a 416 answer states (`bytes */1234`)."""
    size = response.headers.get("Content-Range", "").rpartition("/")[2]
    return int(size) if size.isdigit() else None


def _mismatch(target: Path) -> SourceError:
    return SourceError(
        "the hash of the download is not the registered one",
        user="Le fichier reçu n’est pas celui du registre : rien n’a été gardé.",
        remedy="L’éditeur a pu le remplacer ; vérifiez son adresse, puis relancez.",
        file=target.name,
    )


def _cut(part: Path, come: int) -> SourceError:
    if not come:
        part.unlink(missing_ok=True)
        return SourceError(
            "the server cannot be reached",
            user="Le serveur ne répond pas : êtes-vous relié à internet ?",
            remedy="Sans internet, donnez un fichier déjà téléchargé aux commandes d’import.",
        )
    return SourceError(
        f"the connection was cut after {come} bytes",
        user="Le téléchargement a été coupé.",
        remedy="Relancez la même commande : il reprendra où il s’est arrêté.",
        file=part.name,
    )


def _refused(reason: str) -> SourceError:
    return SourceError(
        f"the server refused: {reason}",
        user=f"Le serveur refuse ce téléchargement ({reason}).",
        remedy="Vérifiez l’adresse, ou donnez-en une autre avec --url.",
    )
