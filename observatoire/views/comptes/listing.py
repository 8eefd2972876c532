"""The accounts of an administrator's sites as a table, and what each role may do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from observatoire.accounts import ROLES
from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.views.markup import Markup, join, tag, text, words


@dataclass(frozen=True)
class Account:
    """One account, as whoever keeps it reads it."""

    login: str
    role: str
    organisation: str
    sites: tuple[str, ...]
    active: bool
    must_change: bool
    locked: bool

    @property
    def state(self) -> str:
        """Return what most keeps it from being used."""
        if not self.active:
            return "closed"
        if self.locked:
            return "locked"
        return "must_change" if self.must_change else "active"


def table(accounts: Sequence[Account], names: Mapping[str, str], own: str) -> Markup:
    """Return the accounts, one row each.

    Parameters
    ----------
    names
        Name of each site, by id.
    own
        Login of whoever asks.
    """
    labels = read_words("comptes")
    columns = ("login", "role", "organisation", "sites", "state")
    heads = [words("th", labels(f"list.{name}"), attrs={"scope": "col"}) for name in columns]
    made = tag(
        "table",
        words("caption", labels("list.caption"), of="seen-by-readers"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *(_row(one, names, own) for one in accounts)),
        of="plain-table account-table",
    )
    return tag("div", made, of="scroll")


def _row(one: Account, names: Mapping[str, str], own: str) -> Markup:
    labels = read_words("comptes")
    mark = words("span", labels("list.own"), of="badge") if one.login == own else ""
    state = words("span", labels(f"state.{one.state}"), of=f"account-state {one.state}")
    cells = {
        "role": text(read_words("acces")(f"role.{one.role}")),
        "organisation": text(typeset(one.organisation)),
        "sites": text(", ".join(typeset(names.get(site, site)) for site in one.sites)),
        "state": state + words("small", labels(f"state_note.{one.state}")),
    }
    drawn = [
        tag("td", inside, attrs={"data-label": labels(f"list.{name}")})
        for name, inside in cells.items()
    ]
    return tag("tr", tag("th", text(one.login), mark, attrs={"scope": "row"}), *drawn)


def roles() -> Markup:
    """Return what each role may do, in plain words."""
    labels, names = read_words("comptes"), read_words("acces")
    rows = [
        words("dt", names(f"role.{role}")) + words("dd", labels(f"role_note.{role}"))
        for role in ROLES
    ]
    return tag("dl", join(rows), of="account-roles")
