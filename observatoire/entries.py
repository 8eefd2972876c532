"""What a street team writes down: an outing and its observations, precision already cut. Pure.

An outing has a day and a part of the day, never an hour; an observation has a place no finer than
a cell of a public grid, and says nothing of a person. Identifiers are random (UUID 4), made where
the entry is made: the same entry sent twice is the same entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from observatoire.codes import is_qpv, read_cell
from observatoire.errors import SchemaError
from observatoire.labels import read_words

SLOTS = ("matin", "apm", "soir", "nuit", "we")
INTENSITIES = (1, 2, 3)
SIZE_BANDS = ("", "1-4", "5-9", "10+")
PLACES = ("", "rue", "hall", "place", "parc", "commerce", "transport", "equipement", "autre")
PRECISIONS = ("qpv", "400", "200")
"""The places an entry may have, coarsest first: its QPV, or a cell of so many metres."""
LONGEST_TEXT = 280
MOST_OBSERVATIONS = 40
CLOCK_DAYS = 2
"""Days that a phone's clock may be away from the database's, beyond what the terms let write."""
MOST_MINUTES = 24 * 60
MOST_WORKERS = 20
_ITEM = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True)
class Seen:
    """One observation of an outing.

    Attributes
    ----------
    id
        Random UUID.
    item
        Code of the item of the site's grid in force.
    intensity
        1 to 3.
    size_band, place
        Of `SIZE_BANDS` and `PLACES`; empty: not said.
    cell
        Identifier of a cell of INSEE's grid (`CRS3035RES200mN…E…`), no finer than agreed; empty:
        the whole QPV.
    words
        At most 280 characters; empty unless the agreement allows words.
    """

    id: str
    item: str
    intensity: int = 1
    size_band: str = ""
    place: str = ""
    cell: str = ""
    words: str = ""


@dataclass(frozen=True)
class Outing:
    """One outing of a team in one QPV.

    Attributes
    ----------
    id
        Random UUID.
    day, slot
        The day, and the part of it (`SLOTS`); never an hour.
    qpv
        Code of the neighbourhood.
    duration_min, workers
        None: not said.
    nothing_to_report, seen
        « Rien à signaler », or its observations: one of the two, never both.
    corrects
        Id of the outing that this one replaces; empty: none.
    """

    id: str
    day: date
    slot: str
    qpv: str
    duration_min: int | None = None
    workers: int | None = None
    nothing_to_report: bool = False
    seen: tuple[Seen, ...] = field(default_factory=tuple)
    corrects: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, the day as `AAAA-MM-JJ`: what travels and what is stored."""
        values = asdict(self)
        return values | {"day": self.day.isoformat(), "seen": [asdict(one) for one in self.seen]}


@dataclass(frozen=True)
class Limits:
    """What an entry may hold, by the agreement and the grid in force.

    Attributes
    ----------
    qpv
        Codes that the team may write in.
    items
        Codes of the items collected.
    precision
        The finest place kept: of `PRECISIONS`.
    text
        Whether words are allowed.
    first, last
        Days between which an outing may be written, both included.
    near
        Whether a cell, the second, is of a QPV, the first.
    """

    qpv: Collection[str]
    items: Collection[str]
    precision: str
    text: bool
    first: date
    last: date
    near: Callable[[str, str], bool] = lambda _qpv, _cell: True


@dataclass(frozen=True)
class Kept:
    """An outing that is stored.

    Attributes
    ----------
    id
        Its random identifier, as it was sent.
    already
        It was stored before: nothing was added.
    """

    id: str
    already: bool


def read_outing(values: Mapping[str, Any], limits: Limits | None) -> Outing:
    """Return the outing that plain values describe; no limits: its QPV is of none of their sites.

    Raises
    ------
    SchemaError
        With every fault in `faults`, as « field : sentence », French; never a value of the entry.
    """
    made, faults = _form(values)
    if made is not None:
        faults = against(made, limits) if limits else [("qpv", "elsewhere")]
    if faults or made is None:
        words = read_words("saisie")
        listed = tuple(f"{place} : {words(f'fault.{name}')}" for place, name in faults)
        raise SchemaError(
            f"an entry that cannot be kept: {', '.join(place for place, _ in faults)}",
            user=words("refused.sentence"),
            remedy=" ; ".join(listed) + ".",
            faults=listed,
        )
    return made


def text_of(values: object, name: str) -> str:
    """Return a text of what was sent, whatever else it is (`id`, `qpv`); empty: none."""
    named = values.get(name) if isinstance(values, Mapping) else None
    return named if isinstance(named, str) else ""


def against(outing: Outing, limits: Limits) -> Faults:
    """Return what stands against an outing, as names of fields and of sentences (`fault.…`)."""
    return list(_against(outing, limits))


_OUTING = {
    "id": str,
    "day": str,
    "slot": str,
    "qpv": str,
    "duration_min": (int, type(None)),
    "workers": (int, type(None)),
    "nothing_to_report": bool,
    "seen": list,
    "corrects": str,
}
_SEEN = {"id": str, "item": str, "intensity": int, "size_band": str, "place": str, "cell": str}
_SEEN_ALL = {**_SEEN, "words": str}

Faults = list[tuple[str, str]]


def _form(values: Mapping[str, Any]) -> tuple[Outing | None, Faults]:
    """Return the outing when every field has its kind, else what is wrong."""
    faults = list(_kinds(values, _OUTING, {"id", "day", "slot", "qpv"}, ""))
    seen = values.get("seen", []) if isinstance(values, Mapping) else []
    if isinstance(seen, list):
        if len(seen) > MOST_OBSERVATIONS:
            faults.append(("seen", "many"))
        for rank, one in enumerate(seen[:MOST_OBSERVATIONS], 1):
            faults += _kinds(one, _SEEN_ALL, {"id", "item"}, f"seen.{rank}.")
    if faults:
        return None, faults
    try:
        day = date.fromisoformat(values["day"])
    except ValueError:
        return None, [("day", "day")]
    own = {**values, "day": day, "seen": tuple(Seen(**one) for one in seen)}
    return Outing(**own), []


def _kinds(
    values: object, kinds: Mapping[str, Any], needed: set[str], place: str
) -> Iterator[tuple[str, str]]:
    if not isinstance(values, Mapping):
        yield place.rstrip(".") or "entry", "kind"
        return
    for name in sorted(needed - set(values)):
        yield place + name, "missing"
    for name, value in values.items():
        if name not in kinds:
            yield place + "?", "unknown"  # its name may hold anything
        elif not isinstance(value, kinds[name]) or (
            isinstance(value, bool) and kinds[name] is not bool
        ):
            yield place + name, "kind"


def _against(outing: Outing, limits: Limits) -> Iterator[tuple[str, str]]:
    if not _is_random(outing.id):
        yield "id", "id"
    if outing.corrects and not _is_random(outing.corrects):
        yield "corrects", "id"
    if not limits.first <= outing.day <= limits.last:
        yield "day", "period"
    if outing.slot not in SLOTS:
        yield "slot", "choice"
    if not is_qpv(outing.qpv) or outing.qpv not in limits.qpv:
        yield "qpv", "qpv"
    if outing.duration_min is not None and not 0 < outing.duration_min <= MOST_MINUTES:
        yield "duration_min", "number"
    if outing.workers is not None and not 0 < outing.workers <= MOST_WORKERS:
        yield "workers", "number"
    if outing.nothing_to_report == bool(outing.seen):
        yield ("nothing_to_report", "nothing") if outing.seen else ("seen", "empty")
    if len({one.id for one in outing.seen}) < len(outing.seen):
        yield "seen", "twice"
    for rank, one in enumerate(outing.seen, 1):
        yield from _of_seen(one, outing.qpv, limits, f"seen.{rank}.")


def _of_seen(one: Seen, qpv: str, limits: Limits, place: str) -> Iterator[tuple[str, str]]:
    if not _is_random(one.id):
        yield f"{place}id", "id"
    if not _ITEM.fullmatch(one.item) or one.item not in limits.items:
        yield f"{place}item", "item"
    if one.intensity not in INTENSITIES:
        yield f"{place}intensity", "choice"
    if one.size_band not in SIZE_BANDS:
        yield f"{place}size_band", "choice"
    if one.place not in PLACES:
        yield f"{place}place", "choice"
    if one.cell and not _is_coarse_enough(one.cell, limits.precision):
        yield f"{place}cell", "cell"
    elif one.cell and not limits.near(qpv, one.cell):
        yield f"{place}cell", "far"
    if one.words and not limits.text:
        yield f"{place}words", "text"
    if len(one.words) > LONGEST_TEXT:
        yield f"{place}words", "long"


def _is_coarse_enough(cell: str, precision: str) -> bool:
    read = read_cell(cell)
    return read is not None and precision != "qpv" and read.size_m >= int(precision)


def _is_random(text: str) -> bool:
    """Tell whether it is a UUID of version 4, written plainly: no day, machine or counter in it."""
    try:
        made = UUID(text)
    except ValueError:
        return False
    return made.version == 4 and str(made) == text


def sorted_by_id(outings: Sequence[Outing]) -> list[Outing]:
    """Return outings in the order of their random ids: no order of arrival."""
    return sorted(outings, key=lambda one: one.id)
