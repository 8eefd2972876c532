"""Rows of an export → outings. An outing comes in whole or not at all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from observatoire.entries import MOST_OBSERVATIONS, Outing, Seen
from observatoire.exchanges.identity import outing_id
from observatoire.exchanges.lines import Bad, Line
from observatoire.exchanges.mapping import ColumnMapping

Group = tuple[list[Line], str]


def grouped(
    lines: Sequence[Line], bad: Sequence[Bad], mapping: ColumnMapping
) -> tuple[list[tuple[Outing, tuple[int, ...]]], list[Bad]]:
    """Return the outings that rows make, each with its rows, and the good rows that make none.

    Rows with the same reference in the same year are one outing. When one of them is bad, or says
    another day, slot or neighbourhood, the whole outing is set aside: half of it would come in
    first and its rest never, being already there.
    """
    outings: list[tuple[Outing, tuple[int, ...]]] = []
    aside: list[Bad] = []
    spoiled = {(one.reference, one.day and one.day.year) for one in bad if one.reference}
    alike: Counter[tuple[object, ...]] = Counter()
    for group in _groups(lines):
        first = group[0]
        keys = {(first.reference, first.day.year), (first.reference, None)}
        reason = "with_another" if keys & spoiled else _against(group, mapping)
        if reason:
            aside += [Bad(line.row, "", reason) for line in group]
            continue
        own = group if mapping.rows is not None else group[:1]
        aside += [Bad(line.row, "", "repeated") for line in group[len(own) :]]
        outings.append((_outing(group, mapping, alike), tuple(line.row for line in own)))
    return outings, aside


def _groups(lines: Sequence[Line]) -> Iterator[list[Line]]:
    groups: dict[tuple[object, ...], list[Line]] = defaultdict(list)
    for line in lines:
        own = (line.reference, line.day.year) if line.reference else ("", line.row)
        groups[own].append(line)
    yield from groups.values()


def _against(group: list[Line], mapping: ColumnMapping) -> str:
    """Return why rows are not one outing, as a reason; empty when they are."""
    if _disagree(group, mapping):
        return "disagree"
    counts = _counts(group, mapping)
    if any(line.nothing for line in group):
        return "nothing" if counts else ""
    if mapping.nothing and not counts:
        return "empty"
    if mapping.rows is not None and any(count > mapping.rows.most for _, count in counts):
        return "most"
    return "many" if sum(count for _, count in counts) > MOST_OBSERVATIONS else ""


def _disagree(group: list[Line], mapping: ColumnMapping) -> bool:
    """Tell whether rows contradict each other."""
    if mapping.rows is None and len({_said(line) for line in group}) > 1:
        return True
    efforts = [line.duration_min for line in group], [line.workers for line in group]
    return len({line.effort for line in group}) > 1 or any(
        len({value for value in values if value is not None}) > 1 for values in efforts
    )


def _said(line: Line) -> tuple[object, ...]:
    effort = (line.day.isoformat(), line.slot, line.qpv, line.duration_min, line.workers)
    return (*effort, line.nothing, line.counts)


def _counts(group: list[Line], mapping: ColumnMapping) -> list[tuple[str, int]]:
    """Return how many observations of each item; a repeated row counts once."""
    total: Counter[str] = Counter()
    for line in group if mapping.rows is not None else group[:1]:
        total.update(dict(line.counts))
    return sorted(total.items())


def _outing(
    group: list[Line], mapping: ColumnMapping, alike: Counter[tuple[object, ...]]
) -> Outing:
    first = group[0]
    if first.reference:
        own = outing_id(mapping, "reference", first.reference, first.day.year)
    else:
        said = _said(first)
        own = outing_id(mapping, "row", said, alike[said])
        alike[said] += 1
    seen = tuple(
        Seen(outing_id(mapping, "seen", own, item, rank), item)
        for item, count in _counts(group, mapping)
        for rank in range(count)
    )
    durations = [line.duration_min for line in group if line.duration_min is not None]
    workers = [line.workers for line in group if line.workers is not None]
    return Outing(
        id=own,
        day=first.day,
        slot=first.slot,
        qpv=first.qpv,
        duration_min=next(iter(durations), None),
        workers=next(iter(workers), None),
        # without a column for it, what says no observation says that there was nothing
        nothing_to_report=any(line.nothing for line in group) or not (mapping.nothing or seen),
        seen=seen,
    )
