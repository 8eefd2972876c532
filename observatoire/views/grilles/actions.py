"""What the buttons of the page do: one step at the desk, and how it went.

They run before the page is drawn again, with the version as it was shown: a change that somebody
else made in between is refused rather than covered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import streamlit as st

from observatoire import grid_desk
from observatoire.errors import ConflictError, FileError, ObservatoireError, SchemaError
from observatoire.grid_desk import Kept
from observatoire.grille import Item, core_items
from observatoire.grille.documents import LARGEST_BYTES, read_toml
from observatoire.labels import read_words
from observatoire.publication import Connection
from observatoire.settings import Site
from observatoire.views.doors import Doors
from observatoire.views.outcome import Outcome

outcome = Outcome("grille")
_DAY = "%d/%m/%Y"


def begin(doors: Doors, site: Site, *, core: bool) -> None:
    """Begin the first version, from the common core or from nothing."""
    items = core_items() if core else ()
    _step(doors, lambda desk: grid_desk.begin(desk, site, items), "done.begun")


def succeed(doors: Doors, site: Site) -> None:
    """Begin the version that will take the place of the one in force."""
    _step(doors, lambda desk: grid_desk.succeed(desk, site), "done.begun")


def take_in(doors: Doors, site: Site, key: str) -> None:
    """Take in an uploaded document as the draft, whatever the status that it claims."""

    def step(desk: Connection) -> Kept:
        document = read_toml(_uploaded(key))
        if document.site != site.id:
            words = read_words("grilles")
            raise ConflictError(
                f"a grid of {document.site!r}, not of {site.id}",
                user=words("refused.site", site=site.name),
                remedy=words("refused.site_remedy", id=site.id),
            )
        draft = replace(
            document,
            status="draft",
            version=0,
            supersedes=None,
            agreed_by=(),
            agreed_on=None,
            fictitious=False,
        )
        return grid_desk.take_in(desk, site, draft, date.today())

    _step(doors, step, "done.taken")


def save_item(doors: Doors, kept: Kept, code: str, typed: Callable[[], Item]) -> None:
    """Write an item of the draft: in the place of the one of that code, or last."""

    def step(desk: Connection) -> Kept:
        item, items = typed(), list(kept.grid.items)
        places = [rank for rank, one in enumerate(items) if one.code == code]
        if places:
            items[places[0]] = item
        else:
            items.append(item)
        return grid_desk.save(desk, kept, items, kept.grid.reason)

    _step(doors, step, "done.item")


def remove_item(doors: Doors, kept: Kept, code: str) -> None:
    """Take an item out of the draft."""
    items = [item for item in kept.grid.items if item.code != code]
    _step(doors, lambda desk: grid_desk.save(desk, kept, items, kept.grid.reason), "done.removed")


def save_reason(doors: Doors, kept: Kept, key: str) -> None:
    """Write why so few items are positive or neutral."""
    reason = str(st.session_state[key])
    _step(doors, lambda desk: grid_desk.save(desk, kept, kept.grid.items, reason), "done.reason")


def propose(doors: Doors, kept: Kept) -> None:
    """Propose the draft to the partners."""
    _step(doors, lambda desk: grid_desk.propose(desk, kept), "done.proposed")


def redraft(doors: Doors, kept: Kept) -> None:
    """Make a proposed grid a draft again."""
    grid = kept.grid
    _step(doors, lambda desk: grid_desk.save(desk, kept, grid.items, grid.reason), "done.redrafted")


def agree(doors: Doors, kept: Kept, key: str) -> None:
    """Record that organisations agreed, on a day."""

    def step(desk: Connection) -> Kept:
        names = str(st.session_state[f"{key}.by"]).splitlines()
        day = _day(str(st.session_state[f"{key}.on"]))
        return grid_desk.agree(desk, kept, names, day, date.today())

    _step(doors, step, "done.agreed")


def _step(doors: Doors, step: Callable[[Connection], Kept], done: str) -> None:
    """Do a step in one transaction, and keep how it went for the page to say."""
    labels = read_words("grilles")
    try:
        with doors.access.desk() as desk:
            kept = step(desk)
    except ObservatoireError as error:
        outcome.refuse(error)
    else:
        outcome.say(labels(done, version=kept.grid.version))


def _uploaded(key: str) -> str:
    """Return the text of the uploaded file."""
    words, file = read_words("grilles"), st.session_state.get(key)
    try:
        data = file.getvalue() if file is not None else b""
        text = data.decode("utf-8") if len(data) <= LARGEST_BYTES else ""
    except UnicodeDecodeError:
        text = ""
    if not text.strip():
        raise FileError(
            "no readable document",
            user=words("refused.unreadable"),
            remedy=words("refused.toml_remedy"),
        )
    return text


def _day(typed: str) -> date:
    try:
        return datetime.strptime(typed.strip(), _DAY).date()
    except ValueError:
        words = read_words("grilles")
        raise SchemaError(
            "not a day", user=words("refused.day"), remedy=words("refused.day_form")
        ) from None
