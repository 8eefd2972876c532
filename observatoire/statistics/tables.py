"""A published table as it comes: text cells, named columns, the row each line came from.

The quirks of the publications stop here: byte order mark, `;` or `,`, hundreds of empty columns,
blank trailing lines, spaces around column names, CRLF. Nothing is read as a number yet.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from observatoire.errors import FileError

_SEPARATORS = (";", ",")
_BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"SQLite format 3")
MAX_BYTES = 500_000_000


@dataclass(frozen=True)
class RawFile:
    """A file's text and its identity.

    Attributes
    ----------
    path
        As the user named it.
    text
        Its content, decoded from UTF-8, without a byte order mark.
    sha256
        Hash of its bytes, 64 hexadecimal digits.
    """

    path: Path
    text: str
    sha256: str


@dataclass(frozen=True)
class RawTable:
    """A table of text.

    Attributes
    ----------
    path
        File it came from.
    columns
        Names of the columns that have one, stripped, in the order of the file.
    cells
        One tuple of stripped texts per column, same order as `columns`; empty text for no value.
    rows
        Row of each line in the file, counted from 1 below the header.
    """

    path: Path
    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    rows: tuple[int, ...]

    def column(self, name: str) -> tuple[str, ...]:
        """Return the cells of the first column of that name."""
        return self.cells[self.columns.index(name)]


def read_text(path: Path, content: bytes | None = None) -> RawFile:
    """Read a text file, or the bytes of one that is in memory already.

    Raises
    ------
    FileError
        When it is absent, empty, too large, binary, or not in UTF-8.
    """
    if content is None:
        content = _bytes_of(path)
    elif not content.strip():
        raise _empty(path)
    if content.startswith(_BINARY) or b"\x00" in content[:65536]:
        raise FileError(
            "binary content where a CSV was expected",
            user="Ce fichier n’est pas un texte CSV.",
            remedy="Exportez la feuille de données en CSV UTF-8, ou décompressez l’archive.",
            file=str(path),
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        row = content[: cause.start].count(b"\n")
        raise FileError(
            f"not UTF-8 at byte {cause.start}",
            user="Le fichier n’est pas encodé en UTF-8.",
            remedy="Enregistrez-le en « CSV UTF-8 » (et non en Windows-1252 ou Latin-1).",
            file=str(path),
            row=row or None,
        ) from None
    return RawFile(path, text, hashlib.sha256(content).hexdigest())


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as cause:
        raise FileError(
            f"cannot read the file: {type(cause).__name__}",
            user="Le fichier n’existe pas ou ne peut pas être lu.",
            remedy="Vérifiez son chemin et les droits de lecture.",
            file=str(path),
        ) from cause
    if size > MAX_BYTES:
        raise FileError(
            f"{size} bytes is over the limit",
            user="Le fichier est trop gros pour une publication par quartier.",
            remedy="Vérifiez que c’est le bon fichier.",
            file=str(path),
        )
    if not content.strip():
        raise _empty(path)
    return content


def _empty(path: Path) -> FileError:
    return FileError(
        "empty file",
        user="Le fichier est vide.",
        remedy="Téléchargez-le à nouveau.",
        file=str(path),
    )


def parse_table(raw: RawFile) -> RawTable:
    """Return the table of a CSV text.

    Columns without a name are dropped when they hold nothing; lines without any value are dropped.

    Raises
    ------
    FileError
        When it has no separator, a line that does not have the columns of the header, an unclosed
        quotation mark, a column named twice, values under no name, or no line of data.
    """
    header, body = _split(raw)
    named = [index for index, name in enumerate(header) if name]
    names = tuple(header[index] for index in named)
    _refuse_twice_named(raw.path, names)
    lines: list[list[str]] = []
    rows: list[int] = []
    for row, line in enumerate(body, start=1):
        if not any(line):
            continue
        _check_width(raw.path, row, line, header)
        lines.append(line)
        rows.append(row)
    if not lines:
        raise FileError(
            "a header and no data",
            user="Le fichier n’a aucune ligne de données.",
            remedy="Téléchargez-le à nouveau : il est sans doute tronqué.",
            file=str(raw.path),
        )
    cells = tuple(tuple(line[index] for line in lines) for index in named)
    return RawTable(raw.path, names, cells, tuple(rows))


def _split(raw: RawFile) -> tuple[list[str], list[list[str]]]:
    separator = _separator(raw)
    reader = csv.reader(io.StringIO(raw.text, newline=""), delimiter=separator, strict=True)
    lines: list[list[str]] = []
    try:
        lines.extend([cell.strip() for cell in line] for line in reader)
    except csv.Error as cause:
        raise FileError(
            f"malformed CSV: {cause}",
            user="Le fichier s’interrompt au milieu d’une cellule, ou ses guillemets sont faux.",
            remedy="Téléchargez-le à nouveau : il est sans doute tronqué.",
            file=str(raw.path),
            row=len(lines),
        ) from cause
    start = next((index for index, line in enumerate(lines) if any(line)), 0)
    return lines[start], lines[start + 1 :]


def _separator(raw: RawFile) -> str:
    first = raw.text.lstrip("\r\n").split("\n", 1)[0]
    counts = {separator: first.count(separator) for separator in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda separator: counts[separator])
    if counts[best] == 0:
        found = " (il semble séparé par des tabulations)" if "\t" in first else ""
        raise FileError(
            "no known separator in the header",
            user=f"Les colonnes ne sont pas séparées par « ; » ou par « , »{found}.",
            remedy="Enregistrez le fichier en CSV, séparateur point-virgule.",
            file=str(raw.path),
            row=0,
        )
    return best


def _refuse_twice_named(path: Path, names: tuple[str, ...]) -> None:
    """Refuse a figure column that is named twice; a note column may be."""
    seen: set[str] = set()
    for name in names:
        if name in seen and not name.upper().startswith("NOTE"):
            raise FileError(
                f"column {name!r} appears twice",
                user="Cette colonne figure deux fois dans l’en-tête.",
                remedy="Gardez le fichier tel que publié, sans coller deux publications.",
                file=str(path),
                column=name,
            )
        seen.add(name)


def _check_width(path: Path, row: int, line: list[str], header: list[str]) -> None:
    if len(line) != len(header):
        raise FileError(
            f"{len(line)} cells in a table of {len(header)} columns",
            user=f"La ligne a {len(line)} cellules au lieu de {len(header)}.",
            remedy="Le fichier est tronqué, ou mal séparé : téléchargez-le à nouveau.",
            file=str(path),
            row=row,
        )
    stray = next((i for i, cell in enumerate(line) if cell and not header[i]), None)
    if stray is not None:
        raise FileError(
            f"a value in unnamed column {stray + 1}",
            user=f"Une valeur se trouve dans la colonne {stray + 1}, qui n’a pas de nom.",
            remedy="Les cellules sont décalées : reprenez le fichier tel que publié.",
            file=str(path),
            row=row,
        )
