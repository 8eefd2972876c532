"""Who imports exports of other tools: for the command line, and given to the page by the router.

A file is read in memory through a mapping of columns; its outings are written as a team's leader,
under the agreement and the grid in force. What is not written is said, row by row, without its
content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from observatoire import exchanges, grid_desk
from observatoire.access import Access
from observatoire.activity import Aside, Columns, Loading, Proposal, Saved
from observatoire.capture import Entries
from observatoire.codes import qpv_edition
from observatoire.errors import NotFoundError
from observatoire.exchanges import ActivityReading, ColumnMapping
from observatoire.labels import read_words
from observatoire.search import words_of
from observatoire.settings import Settings
from observatoire.store import Connection, captured, mappings, publications


@dataclass(frozen=True)
class ActivityDesk:
    """Answers the page and the command line (`activity.Activity`); holds nothing of a file."""

    settings: Settings

    def saved(self, access: Access, site: str) -> list[Saved]:
        """Return the mappings of a site, by name, for its teams."""
        with _door(access, access.session) as session:
            found = mappings.read_mappings(session, site)
        return [
            Saved(one.name, one.columns, one.step, one.organisation, one.role, one.recorded_on)
            for one in found
        ]

    def find(self, access: Access, site: str, name: str) -> Saved:
        """Return one saved mapping.

        Raises
        ------
        NotFoundError
            When the site has none of that name.
        """
        found = next((one for one in self.saved(access, site) if one.name == name), None)
        if found is None:
            words = read_words("echanges")
            raise NotFoundError(
                f"no mapping {name!r} of {site}",
                user=words("refused.no_mapping", name=name[:40]),
                remedy=words("refused.no_mapping_remedy"),
            )
        return found

    def save(self, access: Access, columns: Columns, after: int) -> int:
        """Save a mapping after the step that its writer saw (0: none yet).

        Raises
        ------
        SchemaError
            With everything that stands against it.
        AccessError
            When the account is not a team leader of its site.
        ConflictError
            When somebody else saved it in between.
        """
        mapping = exchanges.from_values(columns)
        values = exchanges.to_values(mapping)
        with _door(access, access.desk) as desk:
            return mappings.write_mapping(desk, mapping.site, mapping.name, values, after)

    def propose(
        self, access: Access, file: str, content: bytes, columns: Columns, *, suggested: bool
    ) -> Proposal:
        """Return the mapping given, or what the titles of a file suggest, and what it lacks.

        A place of the file that has the name of a neighbourhood of the site is proposed as it.

        Raises
        ------
        FileError, NominativeError
            As any other reading of the file.
        """
        today, path = date.today(), Path(file)
        mapping = exchanges.from_partial(columns)
        titles = exchanges.read_headers(
            path,
            today=today,
            sheet=mapping.sheet,
            header_row=mapping.header_row,
            content=content,
        )
        with _door(access, access.session) as session:
            names = _quarter_names(session, mapping.site)
            items = _item_labels(session, mapping.site)
        if suggested:
            mapping = replace(
                exchanges.suggest(titles, site=mapping.site, name=mapping.name, items=items),
                sheet=mapping.sheet,
                header_row=mapping.header_row,
            )
        lacking = exchanges.read_unknown(path, mapping, today=today, content=content)
        places = {said: names[words_of(said)] for said in lacking.places if words_of(said) in names}
        mapping = replace(mapping, neighbourhoods={**mapping.neighbourhoods, **places})
        left = tuple(said for said in lacking.places if said not in places)
        values = exchanges.to_values(mapping)
        return Proposal(titles, values, left, lacking.slots, lacking.items)

    def load(
        self,
        access: Access,
        file: str,
        content: bytes,
        columns: Columns,
        *,
        rehearse: bool,
        tell: Callable[[int], None] = lambda _: None,
    ) -> Loading:
        """Write the outings of a file as a team's leader, all or nothing; twice changes nothing.

        Raises
        ------
        SchemaError
            When the mapping cannot be used.
        FileError, NominativeError
            When the file is none, or is about persons: it is refused whole.
        AccessError
            When the account is not a team leader of the site, or no agreement lets it write.
        """
        mapping = exchanges.from_values(columns)
        today = date.today()
        reading = exchanges.read_activity(Path(file), mapping, today=today, content=content)
        desk = Entries(self.settings, access)
        done = desk.load(reading.outings, mapping.site, rehearse=rehearse, tell=tell)
        aside = [Aside(one.row, one.column, one.words) for one in reading.quarantine]
        aside += _refused(reading, done.refused, mapping)
        aside.sort(key=lambda one: (one.row, one.column))
        kept = reading.read - len({one.row for one in aside})
        return Loading(reading.read, kept, done.written, done.again, tuple(aside))


def _door(
    access: Access, own: Callable[[], AbstractContextManager[Connection]]
) -> AbstractContextManager[Connection]:
    """Return the door of whoever asks: the owner's command line, else an account's own."""
    is_owner = access.token is None and access.owner_engine is not None
    return access.owner() if is_owner else own()


def _refused(
    reading: ActivityReading,
    refused: Mapping[str, tuple[tuple[str, str], ...]],
    mapping: ColumnMapping,
) -> list[Aside]:
    """Return the rows of outings that the agreement or the grid does not allow, and why."""
    words = read_words("saisie")
    columns = {"day": mapping.day, "qpv": mapping.qpv, "slot": mapping.slot}
    return [
        Aside(row, columns.get(place, ""), words(f"fault.{fault}"))
        for key, faults in refused.items()
        for place, fault in faults[:1]
        for row in reading.rows[key]
    ]


def _quarter_names(session: Connection, site: str) -> dict[tuple[str, ...], str]:
    """Return the QPV of a site by the words of their names, but for names that two of them have."""
    codes = captured.site_quarters(session, site)
    if not codes:
        return {}
    ground = publications.read_boundaries(session, qpv_edition(codes[0]))
    own = ground.loc[ground.index.isin(codes), "name"]
    names = [words_of(str(name)) for name in own]
    return {
        name: str(code)
        for code, name in zip(own.index, names, strict=True)
        if name and names.count(name) == 1
    }


def _item_labels(session: Connection, site: str) -> dict[str, str]:
    """Return the label of each item that the teams of a site observe, by code."""
    grids = [one for one in grid_desk.in_force(session) if one.site == site]
    return {item.code: item.label for grid in grids for item in grid.items if item.observed}
