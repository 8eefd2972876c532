"""What the buttons of the page do: one step at the desk, and how it went.

They run before the page is drawn again, with the version as it was shown: a change that somebody
else made in between is refused rather than covered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from observatoire import protocole_desk
from observatoire.errors import AccessError, ConflictError, ObservatoireError
from observatoire.labels import read_words
from observatoire.protocole import Share, Terms, model_terms
from observatoire.protocole_desk import Kept
from observatoire.publication import Connection
from observatoire.settings import Site
from observatoire.views.doors import Doors
from observatoire.views.outcome import Outcome
from observatoire.views.protocole import pins
from observatoire.views.protocole.pins import Pin
from observatoire.views.protocole.reading import agreement_of

outcome = Outcome("protocole")


def begin(doors: Doors, site: Site, version: int, current: Kept | None) -> None:
    """Begin a version: with the terms of the one in force, else with the model's."""
    terms = current.agreement.terms if current else model_terms()
    write(doors, site.id, lambda desk: protocole_desk.begin(desk, site, terms, version), "begun")


def take_in(doors: Doors, site: Site, version: int, pin: Pin | None, key: str) -> None:
    """Take in an uploaded document: its terms alone, whatever else it claims."""

    def step(desk: Connection) -> Kept:
        document = agreement_of(key)
        if document.site != site.id:
            words = read_words("protocole")
            raise ConflictError(
                f"an agreement of {document.site!r}, not of {site.id}",
                user=words("wrong.site", site=site.name),
                remedy=words("wrong.site_remedy", id=site.id),
            )
        if pin is None:
            return protocole_desk.begin(desk, site, document.terms, version)
        return protocole_desk.redraft(desk, pin.kept, document.terms)

    write(doors, site.id, step, "taken")


def save_share(
    doors: Doors, pin: Pin, before: tuple[str, tuple[str, ...]] | None, typed: Callable[[], Share]
) -> None:
    """Write a share of the draft: in the place of the one of that role and items, or last."""

    def step(desk: Connection) -> Kept:
        terms, made = pin.kept.agreement.terms, typed()
        shares = list(terms.shares)
        places = [rank for rank, one in enumerate(shares) if (one.role, one.items) == before]
        if places:
            shares[places[0]] = made
        else:
            shares.append(made)
        return protocole_desk.redraft(desk, pin.kept, replace(terms, shares=tuple(shares)))

    write(doors, pin.kept.agreement.site, step, "share")


def remove_share(doors: Doors, pin: Pin, before: tuple[str, tuple[str, ...]]) -> None:
    """Take a share out of the draft."""
    terms = pin.kept.agreement.terms
    left = tuple(one for one in terms.shares if (one.role, one.items) != before)
    made = replace(terms, shares=left)
    site = pin.kept.agreement.site
    write(doors, site, lambda desk: protocole_desk.redraft(desk, pin.kept, made), "removed")


def save_terms(doors: Doors, pin: Pin, typed: Callable[[Terms], Terms]) -> None:
    """Write the other terms of the draft; its shares stay."""
    site, terms = pin.kept.agreement.site, pin.kept.agreement.terms
    write(doors, site, lambda desk: protocole_desk.redraft(desk, pin.kept, typed(terms)), "terms")


def propose(doors: Doors, kept: Kept) -> None:
    """Propose the draft to the partners."""
    site = kept.agreement.site
    write(doors, site, lambda desk: protocole_desk.propose(desk, kept), "proposed")


def redraft(doors: Doors, kept: Kept) -> None:
    """Make a proposed version a draft again."""
    one = kept.agreement
    write(doors, one.site, lambda desk: protocole_desk.redraft(desk, kept, one.terms), "redrafted")


def sign(doors: Doors, kept: Kept) -> None:
    """Sign the proposed version for the organisation of whoever asks."""

    def step(desk: Connection) -> Kept:
        protocole_desk.sign(desk, kept)
        return kept

    write(doors, kept.agreement.site, step, "signed")


def agree(doors: Doors, kept: Kept) -> None:
    """Bring the proposed version into force from today, by those that signed it.

    The day is not asked for: another one would open what was seen before the signatures.
    """

    def step(desk: Connection) -> Kept:
        if not may_agree(protocole_desk.signatories(desk, kept)):
            words = read_words("protocole")
            raise AccessError(
                "not signed by a team and a partner",
                user=words("wrong.unsigned"),
                remedy=words("wrong.unsigned_remedy"),
            )
        return protocole_desk.agree(desk, kept, date.today())

    write(doors, kept.agreement.site, step, "agreed")


def may_agree(signed: list[tuple[str, str]]) -> bool:
    """Tell whether a team, by its leader, and another organisation signed."""
    organisations = {organisation for organisation, _ in signed}
    return len(organisations) > 1 and any(role == "team_leader" for _, role in signed)


def write(doors: Doors, site: str, step: Callable[[Connection], Kept], done: str) -> None:
    """Do a step on a version in one transaction; the forms begin anew on what it made."""
    made: list[Kept] = []
    if do(doors, lambda desk: made.append(step(desk)), pinned=site):
        pins.settle(site, made[0])
        version = made[0].agreement.version
        outcome.say(read_words("protocole")(f"done.{done}", version=version))


def do(
    doors: Doors, step: Callable[[Connection], None], done: str = "", *, pinned: str = ""
) -> bool:
    """Do a step in one transaction, and keep how it went for the page to say.

    Parameters
    ----------
    done
        The sentence that says it was done.
    pinned
        The site whose forms are open: when the version moved on, they say what to do.
    """
    try:
        with doors.access.desk() as desk:
            step(desk)
    except ObservatoireError as error:
        stale = error.remedy == read_words("acces")("refused.stale_remedy")
        outcome.refuse(error, "" if pinned and stale else error.remedy)
        return False
    if done:
        outcome.say(done)
    return True
